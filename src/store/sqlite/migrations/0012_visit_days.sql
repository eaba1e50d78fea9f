-- How the visits of each day went, by portal; days count from 1970 in +07:00.
CREATE TABLE visit_days (
    portal TEXT NOT NULL,
    day    INTEGER NOT NULL,
    -- Visits that ended well, of which some sources failed, that failed as a whole, and that found the portal closed by its robots.txt.
    well   INTEGER NOT NULL DEFAULT 0,
    partly INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0,
    -- Visits that brought something new.
    new    INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (portal, day)
) STRICT, WITHOUT ROWID;
