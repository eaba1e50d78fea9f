-- One article may be met at several addresses: its id is that of the first.
CREATE TABLE addresses (
    -- The id that another address of the article gives.
    id       TEXT PRIMARY KEY,
    article  TEXT NOT NULL,
    -- The hash of that address without what sites write otherwise for one article.
    spelling INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX addresses_article ON addresses (article);
CREATE INDEX addresses_spelling ON addresses (spelling);

-- The same of the article's first address.
ALTER TABLE articles ADD COLUMN spelling INTEGER NOT NULL DEFAULT 0;
CREATE INDEX articles_spelling ON articles (spelling);

-- A hash of a link's source and of what that calls its entry.
ALTER TABLE links ADD COLUMN entry INTEGER;
CREATE INDEX links_entry ON links (portal, entry) WHERE entry IS NOT NULL;

-- The same of links that were forgotten, for as long as something of their article stays.
CREATE TABLE entries (
    portal  TEXT NOT NULL,
    entry   INTEGER NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (portal, entry, article)
) STRICT, WITHOUT ROWID;
CREATE INDEX entries_article ON entries (article);

-- What is kept of articles whose records were forgotten: the sketch of the text, by which the article and its copies are known again.
CREATE TABLE tombstones (
    id     TEXT PRIMARY KEY REFERENCES articles (id),
    sketch BLOB NOT NULL
) STRICT, WITHOUT ROWID;
