-- Links that a source's first walk or a backfill brought: what they lead to was there before anybody looked, and is no news.
ALTER TABLE links ADD COLUMN backlog INTEGER NOT NULL DEFAULT 0;
