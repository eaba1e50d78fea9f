PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE addresses (
    -- The id that another address of the article gives.
    id       TEXT PRIMARY KEY,
    article  TEXT NOT NULL,
    -- The hash of that address without what sites write otherwise for one article.
    spelling INTEGER NOT NULL
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
CREATE TABLE articles (
    id            TEXT PRIMARY KEY,
    portal        TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    content_hash  TEXT NOT NULL,
    duplicate_of  TEXT,
    first_seen    INTEGER NOT NULL
, last_shown INTEGER NOT NULL DEFAULT 0, withdrawn INTEGER, spelling INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO "articles" VALUES('e77f4bb7b67333b3a8ecd8a591d7fb91','thongbao','http://thongbao.example/tb/1',1,'e1b74db2746756a90c54fd5000cf20ae',NULL,1796030848264,1796030848264,NULL,-3348709735608639697);
INSERT INTO "articles" VALUES('faef7519188a2a94ed301f2251cb502c','thongbao','http://thongbao.example/tb/2',1,'f69ac34c77f532f9bb899536c83ec07d',NULL,1796030848330,1796030848330,NULL,-7123705639324543646);
INSERT INTO "articles" VALUES('be5f63e7b22bc9ed1b68fd609bd42132','thongbao','http://thongbao.example/tb/3',1,'285b84a295f1dac43483068b16706b99',NULL,1796030848357,1796030848357,NULL,-2183078408613045511);
CREATE TABLE copies (
    number      INTEGER PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE REFERENCES articles (id),
    site        INTEGER NOT NULL,
    credit      INTEGER NOT NULL DEFAULT 0,
    published   INTEGER,
    seen        INTEGER NOT NULL,
    keys        INTEGER NOT NULL,
    head        INTEGER NOT NULL REFERENCES copies (number) DEFERRABLE INITIALLY DEFERRED,
    kind        TEXT CHECK (kind IN ('reprint', 'excerpt', 'extended')),
    containment REAL,
    reverse     REAL,
    CHECK ((head = number) = (kind IS NULL)),
    CHECK ((kind IS NULL) = (containment IS NULL)),
    CHECK ((kind IS NULL) = (reverse IS NULL))
) STRICT;
INSERT INTO "copies" VALUES(1,'e77f4bb7b67333b3a8ecd8a591d7fb91',4232440229,0,NULL,1796030848264,9,1,NULL,NULL,NULL);
INSERT INTO "copies" VALUES(2,'faef7519188a2a94ed301f2251cb502c',4232440229,0,NULL,1796030848330,14,2,NULL,NULL,NULL);
INSERT INTO "copies" VALUES(3,'be5f63e7b22bc9ed1b68fd609bd42132',4232440229,0,NULL,1796030848357,10,3,NULL,NULL,NULL);
CREATE TABLE crashes (
    portal TEXT NOT NULL,
    link   TEXT NOT NULL,
    times  INTEGER NOT NULL,
    PRIMARY KEY (portal, link)
) STRICT, WITHOUT ROWID;
CREATE TABLE entries (
    portal  TEXT NOT NULL,
    entry   INTEGER NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (portal, entry, article)
) STRICT, WITHOUT ROWID;
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "facts" VALUES('looks_planned_by',774776498376920428);
INSERT INTO "facts" VALUES('store',106906210407254);
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
CREATE TABLE groups (
    name         TEXT PRIMARY KEY,
    lease_until  INTEGER NOT NULL DEFAULT 0,
    last_request INTEGER
) STRICT;
INSERT INTO "groups" VALUES('thongbao.example',0,1796030848342);
CREATE TABLE habits (
    portal TEXT PRIMARY KEY,
    habit  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "habits" VALUES('thongbao','{"since":"2026-11-30T09:27:28.362924835Z","looked":"2026-11-30T09:27:28.362924835Z","occasions":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]}');
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
    raw           TEXT, replay INTEGER NOT NULL DEFAULT 0, last_seen INTEGER NOT NULL DEFAULT 0, validators_url TEXT, article TEXT, gone_since INTEGER, dated INTEGER, entry INTEGER, backlog INTEGER NOT NULL DEFAULT 0,
    UNIQUE (portal, id)
) STRICT;
INSERT INTO "links" VALUES(1,'thongbao','e77f4bb7b67333b3a8ecd8a591d7fb91','http://thongbao.example/tb/1','{"url":"http://thongbao.example/tb/1","hints":{"title":"Thông báo số 1"},"discovery":{"source":"feed","kind":"feed","url":"http://thongbao.example/rss"}}','pending','recorded',NULL,0,1,1796038048190,1796030848190,NULL,NULL,'{"file":"2026-11-30.1.warc.gz","offset":535}',0,1796030848190,NULL,'e77f4bb7b67333b3a8ecd8a591d7fb91',NULL,NULL,NULL,1);
INSERT INTO "links" VALUES(2,'thongbao','faef7519188a2a94ed301f2251cb502c','http://thongbao.example/tb/2','{"url":"http://thongbao.example/tb/2","hints":{"title":"Thông báo số 2"},"discovery":{"source":"feed","kind":"feed","url":"http://thongbao.example/rss"}}','pending','recorded',NULL,0,1,1796038048190,1796030848190,NULL,NULL,'{"file":"2026-11-30.1.warc.gz","offset":2063}',0,1796030848190,NULL,'faef7519188a2a94ed301f2251cb502c',NULL,NULL,NULL,1);
INSERT INTO "links" VALUES(3,'thongbao','be5f63e7b22bc9ed1b68fd609bd42132','http://thongbao.example/tb/3','{"url":"http://thongbao.example/tb/3","hints":{"title":"Thông báo số 3"},"discovery":{"source":"feed","kind":"feed","url":"http://thongbao.example/rss"}}','pending','recorded',NULL,0,1,1796038048190,1796030848190,NULL,NULL,'{"file":"2026-11-30.1.warc.gz","offset":3601}',0,1796030848190,NULL,'be5f63e7b22bc9ed1b68fd609bd42132',NULL,NULL,NULL,1);
CREATE TABLE observations (
    portal TEXT NOT NULL,
    number INTEGER NOT NULL,
    page   TEXT NOT NULL,
    PRIMARY KEY (portal, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "observations" VALUES('thongbao',1,'{"at":"2026-11-30T09:27:28.264116264Z","title":"shown and said","body":"generic","letters":223,"page":{"file":"2026-11-30.1.warc.gz","offset":535}}');
INSERT INTO "observations" VALUES('thongbao',2,'{"at":"2026-11-30T09:27:28.330780497Z","title":"shown and said","body":"generic","letters":229,"page":{"file":"2026-11-30.1.warc.gz","offset":2063}}');
INSERT INTO "observations" VALUES('thongbao',3,'{"at":"2026-11-30T09:27:28.356875557Z","title":"shown and said","body":"generic","letters":230,"page":{"file":"2026-11-30.1.warc.gz","offset":3601}}');
CREATE TABLE origins (
    origin         TEXT PRIMARY KEY,
    rest_until     INTEGER,
    refusals       INTEGER NOT NULL DEFAULT 0,
    robots         BLOB,
    robots_fetched INTEGER
, unended TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "origins" VALUES('http://thongbao.example',NULL,0,NULL,NULL,NULL);
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    fetched  INTEGER NOT NULL,
    FOREIGN KEY (id, revision) REFERENCES records (id, revision)
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
INSERT INTO "portals" VALUES('thongbao','thongbao.example',1796034660296,1,0,1,0,0,1796030848362,1796030848362,NULL);
CREATE TABLE records (
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    portal   TEXT NOT NULL,
    json     TEXT NOT NULL, sequence INTEGER,
    PRIMARY KEY (id, revision)
) STRICT;
INSERT INTO "records" VALUES('e77f4bb7b67333b3a8ecd8a591d7fb91',1,'thongbao','{"schema_version":1,"id":"e77f4bb7b67333b3a8ecd8a591d7fb91","revision":1,"sequence":1,"portal":"thongbao","outlet":"Thông báo","url":"http://thongbao.example/tb/1","final_url":"http://thongbao.example/tb/1","canonical_url":"http://thongbao.example/tb/1","kind":"article","title":"Thông báo số 1 về hồ chứa","content_text":"Ủy ban nhân dân thông báo số 1 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình hồ chứa trên địa bàn.\n\nMọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 1 của tháng sau; tài liệu số 1 đính kèm.","content_html":"<p>Ủy ban nhân dân thông báo số 1 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình hồ chứa trên địa bàn.</p>\n<p>Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 1 của tháng sau; tài liệu số 1 đính kèm.</p>","blocks":[{"type":"paragraph","text":"Ủy ban nhân dân thông báo số 1 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình hồ chứa trên địa bàn."},{"type":"paragraph","text":"Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 1 của tháng sau; tài liệu số 1 đính kèm."}],"language":"vi","attachments":[{"url":"http://thongbao.example/tep/1.pdf","title":"Thông báo 1.pdf","mime_type":"application/pdf"}],"date_fetched":"2026-11-30T16:27:28+07:00","content_hash":"e1b74db2746756a90c54fd5000cf20ae","discovery":{"kind":"feed","url":"http://thongbao.example/rss"},"http":{"status":200,"charset":"utf-8"},"extraction":{"rules":["generic","shown and said"],"version":"0.1.0","origins":{"content_text":"generic","title":"shown and said"}},"raw":{"file":"2026-11-30.1.warc.gz","offset":535}}',1);
INSERT INTO "records" VALUES('faef7519188a2a94ed301f2251cb502c',1,'thongbao','{"schema_version":1,"id":"faef7519188a2a94ed301f2251cb502c","revision":1,"sequence":2,"portal":"thongbao","outlet":"Thông báo","url":"http://thongbao.example/tb/2","final_url":"http://thongbao.example/tb/2","canonical_url":"http://thongbao.example/tb/2","kind":"article","title":"Thông báo số 2 về đường liên xã","content_text":"Ủy ban nhân dân thông báo số 2 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình đường liên xã trên địa bàn.\n\nMọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 2 của tháng sau; tài liệu số 2 đính kèm.","content_html":"<p>Ủy ban nhân dân thông báo số 2 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình đường liên xã trên địa bàn.</p>\n<p>Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 2 của tháng sau; tài liệu số 2 đính kèm.</p>","blocks":[{"type":"paragraph","text":"Ủy ban nhân dân thông báo số 2 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình đường liên xã trên địa bàn."},{"type":"paragraph","text":"Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 2 của tháng sau; tài liệu số 2 đính kèm."}],"language":"vi","attachments":[{"url":"http://thongbao.example/tep/2.pdf","title":"Thông báo 2.pdf","mime_type":"application/pdf"}],"date_fetched":"2026-11-30T16:27:28+07:00","content_hash":"f69ac34c77f532f9bb899536c83ec07d","discovery":{"kind":"feed","url":"http://thongbao.example/rss"},"http":{"status":200,"charset":"utf-8"},"extraction":{"rules":["generic","shown and said"],"version":"0.1.0","origins":{"content_text":"generic","title":"shown and said"}},"raw":{"file":"2026-11-30.1.warc.gz","offset":2063}}',2);
INSERT INTO "records" VALUES('be5f63e7b22bc9ed1b68fd609bd42132',1,'thongbao','{"schema_version":1,"id":"be5f63e7b22bc9ed1b68fd609bd42132","revision":1,"sequence":3,"portal":"thongbao","outlet":"Thông báo","url":"http://thongbao.example/tb/3","final_url":"http://thongbao.example/tb/3","canonical_url":"http://thongbao.example/tb/3","kind":"article","title":"Thông báo số 3 về trường mầm non","content_text":"Ủy ban nhân dân thông báo số 3 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình trường mầm non trên địa bàn.\n\nMọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 3 của tháng sau; tài liệu số 3 đính kèm.","content_html":"<p>Ủy ban nhân dân thông báo số 3 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình trường mầm non trên địa bàn.</p>\n<p>Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 3 của tháng sau; tài liệu số 3 đính kèm.</p>","blocks":[{"type":"paragraph","text":"Ủy ban nhân dân thông báo số 3 về việc niêm yết công khai danh sách nhận hỗ trợ của công trình trường mầm non trên địa bàn."},{"type":"paragraph","text":"Mọi ý kiến gửi về bộ phận một cửa trong giờ làm việc, trước ngày 3 của tháng sau; tài liệu số 3 đính kèm."}],"language":"vi","attachments":[{"url":"http://thongbao.example/tep/3.pdf","title":"Thông báo 3.pdf","mime_type":"application/pdf"}],"date_fetched":"2026-11-30T16:27:28+07:00","content_hash":"285b84a295f1dac43483068b16706b99","discovery":{"kind":"feed","url":"http://thongbao.example/rss"},"http":{"status":200,"charset":"utf-8"},"extraction":{"rules":["generic","shown and said"],"version":"0.1.0","origins":{"content_text":"generic","title":"shown and said"}},"raw":{"file":"2026-11-30.1.warc.gz","offset":3601}}',3);
CREATE TABLE rhythms (
    portal   TEXT PRIMARY KEY,
    last_new INTEGER NOT NULL,
    gaps     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "rhythms" VALUES('thongbao',1796030848362,'[]');
CREATE TABLE shingles (
    key     INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
INSERT INTO "shingles" VALUES(7541194,1);
INSERT INTO "shingles" VALUES(7541194,2);
INSERT INTO "shingles" VALUES(7541194,3);
INSERT INTO "shingles" VALUES(273425691,2);
INSERT INTO "shingles" VALUES(382244563,2);
INSERT INTO "shingles" VALUES(490123329,3);
INSERT INTO "shingles" VALUES(502046271,1);
INSERT INTO "shingles" VALUES(570565867,2);
INSERT INTO "shingles" VALUES(860876199,2);
INSERT INTO "shingles" VALUES(967884658,1);
INSERT INTO "shingles" VALUES(967884658,2);
INSERT INTO "shingles" VALUES(967884658,3);
INSERT INTO "shingles" VALUES(1063051638,2);
INSERT INTO "shingles" VALUES(1191572063,1);
INSERT INTO "shingles" VALUES(1191572063,2);
INSERT INTO "shingles" VALUES(1191572063,3);
INSERT INTO "shingles" VALUES(1380885519,3);
INSERT INTO "shingles" VALUES(1641246548,1);
INSERT INTO "shingles" VALUES(1709472536,1);
INSERT INTO "shingles" VALUES(1838256818,1);
INSERT INTO "shingles" VALUES(1838256818,2);
INSERT INTO "shingles" VALUES(1838256818,3);
INSERT INTO "shingles" VALUES(1876564435,3);
INSERT INTO "shingles" VALUES(2627969337,2);
INSERT INTO "shingles" VALUES(3319685231,2);
INSERT INTO "shingles" VALUES(3505708495,1);
INSERT INTO "shingles" VALUES(3505708495,2);
INSERT INTO "shingles" VALUES(3505708495,3);
INSERT INTO "shingles" VALUES(3728517461,2);
INSERT INTO "shingles" VALUES(3993855903,1);
INSERT INTO "shingles" VALUES(3995308184,3);
INSERT INTO "shingles" VALUES(4196831406,3);
INSERT INTO "shingles" VALUES(4252523379,2);
CREATE TABLE sightings (
    portal TEXT NOT NULL,
    source TEXT NOT NULL,
    link   TEXT NOT NULL,
    walk   INTEGER NOT NULL,
    PRIMARY KEY (portal, source, link)
) STRICT, WITHOUT ROWID;
INSERT INTO "sightings" VALUES('thongbao','feed','be5f63e7b22bc9ed1b68fd609bd42132',1);
INSERT INTO "sightings" VALUES('thongbao','feed','e77f4bb7b67333b3a8ecd8a591d7fb91',1);
INSERT INTO "sightings" VALUES('thongbao','feed','faef7519188a2a94ed301f2251cb502c',1);
CREATE TABLE site_memory (
    host    TEXT PRIMARY KEY,
    memory  BLOB NOT NULL,
    updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "site_memory" VALUES('thongbao.example',X'28B52FFD60E102950E00962452199029C5065BB95FF8916BF567CCEE675BE4A64D9BDEE4DC9D8151004400410073FA0C068302857104045039C3DAAE662ADF881C1D9B9B333ADED1CFB26BF2A731B3CB31664BA11C29474085639E53BFA332960E5349AFDC287D95CC0800C0C158282014C631074321A110285824200C86E74BDBCED96E4579695A64733CA40D875654262253E5C9D33536BE21B9D194AAEC563AD9BD4EEA6644242C235695D4D1BEFB48DD46D69E134BC438E46058E62DDE947505B6FAF64F7E2532A574959AC54545D7118B6324D6BD6379EAEF14F94929FFA844456F492CBA98C8AB7A47529229FE952C7A4CC4A97F7E4DE8939B1132CED968B50A0D0D341293C99C90EE25DE75CC33BA6AC567B69BC4381A7830120BC44042B1285818C7F4602424081607C6C183B158482CEAC48EB59256A708201408C6D160A9BACB6B764B3F266B911FCFDDF273CCE66F0536205002111822DB03915478AA8DAE438F3C2B2E94296AB7583129CC44CE2E429F2CF82C8C616F4CEEB8EB8DEA056A4820E9341F660D9F45575B892760C926807A42A5F7643B4D67EE2378ED6091D3F00718B676B8B6917CC1BDD03343C38B6C9CD1ABBFABB6B0DB6C48836161F4C301584DD0B51879F74D852F6786686520E83C6F1238824601',1796030848367);
CREATE TABLE source_pages (
    portal    TEXT NOT NULL,
    source    TEXT NOT NULL,
    url       TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    walk      INTEGER NOT NULL,
    next      TEXT,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;
INSERT INTO "source_pages" VALUES('thongbao','feed','http://thongbao.example/rss','daa896571f1e4c4095caaa9ece5215e0',1,NULL);
CREATE TABLE source_validators (
    portal        TEXT NOT NULL,
    source        TEXT NOT NULL,
    url           TEXT NOT NULL,
    etag          BLOB,
    last_modified BLOB,
    full_at       INTEGER NOT NULL,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;
INSERT INTO "source_validators" VALUES('thongbao','feed','http://thongbao.example/rss',NULL,NULL,1796030848168);
CREATE TABLE sources (
    portal       TEXT NOT NULL REFERENCES portals (id),
    id           TEXT NOT NULL,
    walk         INTEGER NOT NULL DEFAULT 0,
    unfinished   INTEGER NOT NULL DEFAULT 0,
    failures     INTEGER NOT NULL DEFAULT 0,
    not_before   INTEGER,
    last_success INTEGER,
    last_error   TEXT, address TEXT, gone_since INTEGER, moved_to TEXT, moved_days INTEGER NOT NULL DEFAULT 0, moved_day TEXT, pace TEXT,
    PRIMARY KEY (portal, id)
) STRICT, WITHOUT ROWID;
INSERT INTO "sources" VALUES('thongbao','feed',1,0,0,NULL,1796030848195,NULL,'http://thongbao.example/rss',NULL,NULL,0,NULL,NULL);
CREATE TABLE tombstones (
    id     TEXT PRIMARY KEY REFERENCES articles (id),
    sketch BLOB NOT NULL
) STRICT, WITHOUT ROWID;
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
INSERT INTO "visit_days" VALUES('thongbao',20787,1,0,0,0,1);
CREATE INDEX links_url ON links (url);
CREATE INDEX articles_content ON articles (content_hash, first_seen);
CREATE INDEX articles_url ON articles (canonical_url);
CREATE INDEX records_portal ON records (portal);
CREATE INDEX copies_head ON copies (head);
CREATE INDEX copies_indexed ON copies (seen) WHERE keys > 0;
CREATE UNIQUE INDEX alarms_open ON alarms (kind, portal, subject) WHERE cleared IS NULL;
CREATE INDEX alarms_untold ON alarms (number) WHERE told <> 'cleared';
CREATE INDEX links_outcome ON links (portal, outcome, state, settled, attempts);
CREATE INDEX portals_due ON portals (next_due, id);
CREATE INDEX links_pending ON links (portal, attempts > 0, settled > 0, not_before, number) WHERE state = 'pending';
CREATE INDEX links_article ON links (article) WHERE article IS NOT NULL;
CREATE INDEX articles_last_shown ON articles (last_shown);
CREATE INDEX links_of_unknown_articles ON links (portal, last_seen) WHERE article IS NULL AND outcome IN ('recorded', 'unchanged');
CREATE UNIQUE INDEX records_sequence ON records (sequence);
CREATE INDEX articles_withdrawn ON articles (portal) WHERE withdrawn IS NOT NULL;
CREATE INDEX links_dated ON links (portal, dated) WHERE dated IS NOT NULL;
CREATE INDEX addresses_article ON addresses (article);
CREATE INDEX addresses_spelling ON addresses (spelling);
CREATE INDEX articles_spelling ON articles (spelling);
CREATE INDEX links_entry ON links (portal, entry) WHERE entry IS NOT NULL;
CREATE INDEX entries_article ON entries (article);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('outbox',3);
PRAGMA user_version=13;
COMMIT;
