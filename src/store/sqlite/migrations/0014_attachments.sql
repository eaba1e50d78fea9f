-- Files that articles offer, as far as the configuration asks for them: a queue behind the visits. A row is to be fetched, then to be read, then done;
-- it is fetched again when its article is.
CREATE TABLE attachments (
    number         INTEGER PRIMARY KEY,
    portal         TEXT NOT NULL,
    article        TEXT NOT NULL,
    url            TEXT NOT NULL,
    state          TEXT NOT NULL DEFAULT 'fetch' CHECK (state IN ('fetch', 'read', 'done')),
    not_before     INTEGER NOT NULL,
    first_seen     INTEGER NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 0,
    outcome        TEXT,
    reason         TEXT,
    etag           BLOB,
    last_modified  BLOB,
    validators_url TEXT,
    sha256         TEXT,
    raw            TEXT,
    UNIQUE (article, url)
) STRICT;
CREATE INDEX attachments_due ON attachments (state, not_before);
-- What was done for attachments on each day in +07:00: requests, and milliseconds of processor time.
CREATE TABLE attachment_days (
    portal TEXT NOT NULL,
    day    TEXT NOT NULL,
    files  INTEGER NOT NULL DEFAULT 0,
    cpu    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (portal, day)
) STRICT, WITHOUT ROWID;
