-- One stream of all records: the number of each is its place in the order in which they were written.
ALTER TABLE records ADD COLUMN sequence INTEGER;

-- The last of the old ones gets the number of the last row that the outbox ever had: so there is room below them for still older ones, which
-- are known from their files alone.
UPDATE records SET sequence = place.number FROM (
    SELECT rowid AS row, row_number() OVER (ORDER BY rowid)
        + max((SELECT coalesce(max(seq), 0) FROM sqlite_sequence WHERE name = 'outbox') - (SELECT count(*) FROM records), 0) AS number
    FROM records
) AS place WHERE place.row = records.rowid;
CREATE UNIQUE INDEX records_sequence ON records (sequence);

-- The store's name, which its cursors carry: the one random number. A rebuilt database takes it from beside the files.
INSERT INTO facts (name, value) VALUES ('store', random() & 281474976710655);

-- When an article was found withdrawn; its newest record says so as well.
ALTER TABLE articles ADD COLUMN withdrawn INTEGER;
CREATE INDEX articles_withdrawn ON articles (portal) WHERE withdrawn IS NOT NULL;

-- Since when a known article's address answers that there is nothing (404, 410), or its list no longer holds it.
ALTER TABLE links ADD COLUMN gone_since INTEGER;

-- When a link's article was published, if its source gives whole articles: such a source is held to what it must list.
ALTER TABLE links ADD COLUMN dated INTEGER;
UPDATE links SET dated = unixepoch(json_extract(link, '$.hints.date.at')) * 1000
    WHERE CASE WHEN json_valid(link) THEN json_extract(link, '$.hints.content_is_article') END;
CREATE INDEX links_dated ON links (portal, dated) WHERE dated IS NOT NULL;
