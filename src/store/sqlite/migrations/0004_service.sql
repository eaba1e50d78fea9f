-- What portals are watched by, the alarms that came of it, and what a service keeps to run for years. Times are milliseconds since 1970 in UTC.

-- The last pages of each portal: what was found on them, and by what (JSON).
CREATE TABLE observations (
    portal TEXT NOT NULL,
    number INTEGER NOT NULL,
    page   TEXT NOT NULL,
    PRIMARY KEY (portal, number)
) STRICT, WITHOUT ROWID;

-- When something new last came, and the gaps between new articles (JSON).
CREATE TABLE rhythms (
    portal   TEXT PRIMARY KEY,
    last_new INTEGER NOT NULL,
    gaps     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What fails, since when: a source, or the portal as a whole where the name is empty.
CREATE TABLE failing (
    portal   TEXT NOT NULL,
    source   TEXT NOT NULL,
    since    INTEGER NOT NULL,
    times    INTEGER NOT NULL,
    message  TEXT NOT NULL,
    kind     TEXT,
    evidence TEXT,
    PRIMARY KEY (portal, source)
) STRICT, WITHOUT ROWID;

CREATE TABLE alarms (
    number   INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT NOT NULL,
    portal   TEXT NOT NULL DEFAULT '',
    subject  TEXT NOT NULL DEFAULT '',
    raised   INTEGER NOT NULL,
    cleared  INTEGER,
    message  TEXT NOT NULL,
    evidence TEXT,
    -- What of it the operator's command was told.
    told     TEXT NOT NULL DEFAULT 'nothing' CHECK (told IN ('nothing', 'raised', 'cleared'))
) STRICT;

CREATE UNIQUE INDEX alarms_open ON alarms (kind, portal, subject) WHERE cleared IS NULL;
CREATE INDEX alarms_untold ON alarms (number) WHERE told <> 'cleared';

-- Links on which the whole process ended.
CREATE TABLE crashes (
    portal TEXT NOT NULL,
    link   TEXT NOT NULL,
    times  INTEGER NOT NULL,
    PRIMARY KEY (portal, link)
) STRICT, WITHOUT ROWID;

-- Whether a link is to be read from the page that was kept of it.
ALTER TABLE links ADD COLUMN replay INTEGER NOT NULL DEFAULT 0;

-- When a source last showed a link, to the day.
ALTER TABLE links ADD COLUMN last_seen INTEGER NOT NULL DEFAULT 0;
UPDATE links SET last_seen = first_seen;

-- Single facts about the whole: the moment before which files of records were deleted by age.
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What the status counts, without a look at the links themselves.
CREATE INDEX links_outcome ON links (portal, outcome, state, settled, attempts);
