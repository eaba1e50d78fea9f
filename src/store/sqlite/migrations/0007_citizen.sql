-- What a citizen of the web remembers. Times are milliseconds since 1970 in UTC.

-- Validators belong to the address that gave them, which is another where the one asked for is redirected. `full_at` is when the address
-- last answered in full.
CREATE TABLE source_validators (
    portal        TEXT NOT NULL,
    source        TEXT NOT NULL,
    url           TEXT NOT NULL,
    etag          BLOB,
    last_modified BLOB,
    full_at       INTEGER NOT NULL,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;

INSERT INTO source_validators (portal, source, url, etag, last_modified, full_at)
    SELECT portal, source, url, etag, last_modified, 0 FROM source_pages;

-- Pages by the address asked for: a hash of the body, the walk that last read it, and the steps that it led to: where it is unchanged the
-- walk may have to go on with them.
DROP TABLE source_pages;
CREATE TABLE source_pages (
    portal    TEXT NOT NULL,
    source    TEXT NOT NULL,
    url       TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    walk      INTEGER NOT NULL,
    next      TEXT,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;

ALTER TABLE links ADD COLUMN validators_url TEXT;

-- The configured address that the columns below speak of: where it changes they count for nothing.
ALTER TABLE sources ADD COLUMN address TEXT;
-- Since when the address answers 410; it is not asked any more.
ALTER TABLE sources ADD COLUMN gone_since INTEGER;
-- Where the address redirects for good, on how many days it did, and the last of them.
ALTER TABLE sources ADD COLUMN moved_to TEXT;
ALTER TABLE sources ADD COLUMN moved_days INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN moved_day TEXT;
-- How often the source wants to be looked at: JSON.
ALTER TABLE sources ADD COLUMN pace TEXT;

-- Until when origins want to be left alone, and their robots.txt.
CREATE TABLE origins (
    origin         TEXT PRIMARY KEY,
    rest_until     INTEGER,
    refusals       INTEGER NOT NULL DEFAULT 0,
    robots         BLOB,
    robots_fetched INTEGER
) STRICT, WITHOUT ROWID;

-- What was never tried comes first, then looks at what is known, then what failed: a page that fails or is blocked holds up no other.
DROP INDEX links_pending;
CREATE INDEX links_pending ON links (portal, attempts > 0, settled > 0, not_before, number) WHERE state = 'pending';
