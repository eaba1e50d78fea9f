-- Times are milliseconds since 1970 in UTC. JSON columns hold what the domain's types serialize to.

CREATE TABLE groups (
    name         TEXT PRIMARY KEY,
    lease_until  INTEGER NOT NULL DEFAULT 0,
    last_request INTEGER
) STRICT;

CREATE TABLE portals (
    id           TEXT PRIMARY KEY,
    group_name   TEXT NOT NULL REFERENCES groups (name),
    next_due     INTEGER NOT NULL,
    fence        INTEGER NOT NULL DEFAULT 0,
    lease_until  INTEGER NOT NULL DEFAULT 0,
    visits       INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    continued    INTEGER NOT NULL DEFAULT 0,
    last_visit   INTEGER,
    last_success INTEGER,
    last_error   TEXT
) STRICT;

CREATE TABLE sources (
    portal       TEXT NOT NULL REFERENCES portals (id),
    id           TEXT NOT NULL,
    walk         INTEGER NOT NULL DEFAULT 0,
    unfinished   INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    not_before   INTEGER,
    last_success INTEGER,
    last_error   TEXT,
    PRIMARY KEY (portal, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE source_pages (
    portal        TEXT NOT NULL,
    source        TEXT NOT NULL,
    url           TEXT NOT NULL,
    etag          BLOB,
    last_modified BLOB,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    number        INTEGER PRIMARY KEY,
    portal        TEXT NOT NULL REFERENCES portals (id),
    id            TEXT NOT NULL,
    url           TEXT NOT NULL,
    link          TEXT NOT NULL,
    state         TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done')),
    outcome       TEXT,
    reason        TEXT,
    attempts      INTEGER NOT NULL DEFAULT 0,
    settled       INTEGER NOT NULL DEFAULT 0,
    not_before    INTEGER NOT NULL DEFAULT 0,
    first_seen    INTEGER NOT NULL,
    etag          BLOB,
    last_modified BLOB,
    raw           TEXT,
    UNIQUE (portal, id)
) STRICT;

CREATE INDEX links_pending ON links (portal, settled > 0 OR attempts > 0, not_before, number) WHERE state = 'pending';
CREATE INDEX links_url ON links (url);

CREATE TABLE sightings (
    portal TEXT NOT NULL,
    source TEXT NOT NULL,
    link   TEXT NOT NULL,
    walk   INTEGER NOT NULL,
    PRIMARY KEY (portal, source, link)
) STRICT, WITHOUT ROWID;

CREATE TABLE articles (
    id            TEXT PRIMARY KEY,
    portal        TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    content_hash  TEXT NOT NULL,
    duplicate_of  TEXT,
    first_seen    INTEGER NOT NULL
) STRICT;

CREATE INDEX articles_content ON articles (content_hash, first_seen);
CREATE INDEX articles_url ON articles (canonical_url);

CREATE TABLE records (
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    portal   TEXT NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (id, revision)
) STRICT;

CREATE INDEX records_portal ON records (portal);

CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    fetched  INTEGER NOT NULL,
    FOREIGN KEY (id, revision) REFERENCES records (id, revision)
) STRICT;
