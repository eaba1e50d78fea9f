-- A link knows the article that its page shows: the page may call another address its own, and several links may show one article.
ALTER TABLE links ADD COLUMN article TEXT;
CREATE INDEX links_article ON links (article) WHERE article IS NOT NULL;

-- Until when an article is known to have been shown by a link that shows another one since; else when it was first seen.
ALTER TABLE articles ADD COLUMN last_shown INTEGER NOT NULL DEFAULT 0;
UPDATE articles SET last_shown = first_seen;
CREATE INDEX articles_last_shown ON articles (last_shown);

-- A record names the address at which it was read: the newest one of a link's address is of the link's article.
CREATE TEMP TABLE told AS
    SELECT r.rowid AS number, r.portal, json_extract(r.json, '$.url') AS url, r.id
    FROM records r JOIN articles a ON a.id = r.id WHERE json_valid(r.json);
CREATE INDEX temp.told_url ON told (portal, url, number);
UPDATE links SET article = (SELECT t.id FROM told t WHERE t.portal = links.portal AND t.url = links.url ORDER BY t.number DESC LIMIT 1)
    WHERE settled > 0;
DROP TABLE told;
UPDATE links SET article = id WHERE article IS NULL AND settled > 0 AND EXISTS (SELECT 1 FROM articles a WHERE a.id = links.id);

-- What is left shows an article that another link gave: which one, the next look in full tells. Until then such a link keeps the articles of
-- its portal from being forgotten.
UPDATE links SET etag = NULL, last_modified = NULL, validators_url = NULL, state = 'pending',
        not_before = CASE WHEN state = 'pending' THEN not_before ELSE 0 END
    WHERE article IS NULL AND outcome IN ('recorded', 'unchanged');
CREATE INDEX links_of_unknown_articles ON links (portal, last_seen) WHERE article IS NULL AND outcome IN ('recorded', 'unchanged');
-- Bodies of an origin that may go on, with how often each came (JSON): the third of the same is taken.
ALTER TABLE origins ADD COLUMN unended TEXT;
