-- What the articles of a host have in common: `extract::template::SiteMemory` as JSON in zstd.
CREATE TABLE site_memory (
    host    TEXT PRIMARY KEY,
    memory  BLOB NOT NULL,
    updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
