-- When each portal publishes, as its visits have shown (JSON).
CREATE TABLE habits (
    portal TEXT PRIMARY KEY,
    habit  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Who is due is found without a look at all portals.
CREATE INDEX portals_due ON portals (next_due, id);
