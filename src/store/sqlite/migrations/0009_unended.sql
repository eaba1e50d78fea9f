-- Bodies of an origin that may go on, with how often each came (JSON): the third of the same is taken.
ALTER TABLE origins ADD COLUMN unended TEXT;
