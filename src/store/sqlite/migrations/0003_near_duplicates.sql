-- The index of near-duplicates, and the clusters of copies as they are known now. Both are written in the settle transaction.

-- One row for each article. `head` is the number of the cluster's head, its own where it is alone or the head itself; then the others are empty.
CREATE TABLE copies (
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE REFERENCES articles (id),
    site        INTEGER NOT NULL,
    credit      INTEGER NOT NULL DEFAULT 0,
    published   INTEGER,
    seen        INTEGER NOT NULL,
    keys        INTEGER NOT NULL,
    head        INTEGER NOT NULL REFERENCES copies (number) DEFERRABLE INITIALLY DEFERRED,
    kind        TEXT CHECK (kind IN ('reprint', 'excerpt', 'extended')),
    containment REAL,
    reverse     REAL,
    CHECK ((head = number) = (kind IS NULL)),
    CHECK ((kind IS NULL) = (containment IS NULL)),
    CHECK ((kind IS NULL) = (reverse IS NULL))
) STRICT;

CREATE INDEX copies_head ON copies (head);

-- Those that are in the index, by age: the oldest leave it when they are out of the window.
CREATE INDEX copies_indexed ON copies (seen) WHERE keys > 0;

-- Which articles hold a shingle: the sample of each text (see `dedup::sketch`).
CREATE TABLE shingles (
    key     INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
