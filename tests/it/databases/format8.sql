PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE groups (
    name         TEXT PRIMARY KEY,
    lease_until  INTEGER NOT NULL DEFAULT 0,
    last_request INTEGER
) STRICT;
INSERT INTO "groups" VALUES('khe.example',0,1795934753603);
INSERT INTO "groups" VALUES('xanuoi.example',0,1795934753688);
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
INSERT INTO portals VALUES('khe','khe.example',1795938417484,1,0,1,0,0,1795934753612,1795934753612,NULL);
INSERT INTO portals VALUES('xanuoi','xanuoi.example',1795938455587,1,0,1,0,0,1795934753733,1795934753733,NULL);
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
INSERT INTO sources VALUES('khe','feed',1,0,0,NULL,1795934753527,NULL,'http://khe.example/feed.xml',NULL,NULL,0,NULL,NULL);
INSERT INTO sources VALUES('xanuoi','feed',1,0,0,NULL,1795934753525,NULL,'http://xanuoi.example/feed.xml',NULL,NULL,0,NULL,NULL);
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
    raw           TEXT, replay INTEGER NOT NULL DEFAULT 0, last_seen INTEGER NOT NULL DEFAULT 0, validators_url TEXT, article TEXT,
    UNIQUE (portal, id)
) STRICT;
INSERT INTO links VALUES(1,'xanuoi','bd037c24ef83719dd26279b84a045a8b','http://xanuoi.example/bai/1.html','{"url":"http://xanuoi.example/bai/1.html","hints":{"title":"Tin 0"},"discovery":{"source":"feed","kind":"feed","url":"http://xanuoi.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953523,1795934753523,X'223132333022',NULL,'{"file":"2026-11-29.1.zst","offset":658}',0,1795934753523,'http://xanuoi.example/bai/1.html','bd037c24ef83719dd26279b84a045a8b');
INSERT INTO links VALUES(2,'xanuoi','98b75c56b0ba56ff423053bdf44ae530','http://xanuoi.example/a/2.html','{"url":"http://xanuoi.example/a/2.html","hints":{"title":"Tin 1"},"discovery":{"source":"feed","kind":"feed","url":"http://xanuoi.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953523,1795934753523,X'223132343922',NULL,'{"file":"2026-11-29.1.zst","offset":1329}',0,1795934753523,'http://xanuoi.example/a/2.html','ca1a22829b4530b774bcfb4343b159cb');
INSERT INTO links VALUES(3,'xanuoi','55842ad7c5f21c12a8a8a00bc9aa9cd9','http://xanuoi.example/x/3.html','{"url":"http://xanuoi.example/x/3.html","hints":{"title":"Tin 2"},"discovery":{"source":"feed","kind":"feed","url":"http://xanuoi.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953523,1795934753523,X'223131393922',NULL,'{"file":"2026-11-29.1.zst","offset":2703}',0,1795934753523,'http://xanuoi.example/x/3.html','e68ce71b91861ee5edc2d2bd8327b435');
INSERT INTO links VALUES(4,'xanuoi','bbf50add6be431ba95039cb6268ae3aa','http://xanuoi.example/y/3.html','{"url":"http://xanuoi.example/y/3.html","hints":{"title":"Tin 3"},"discovery":{"source":"feed","kind":"feed","url":"http://xanuoi.example/feed.xml"}}','pending','unchanged',NULL,0,1,1795941953523,1795934753523,NULL,NULL,'{"file":"2026-11-29.1.zst","offset":3381}',0,1795934753523,NULL,NULL);
INSERT INTO links VALUES(5,'xanuoi','c200af3fa215d8fbe822923e80ceae49','http://xanuoi.example/lech/1','{"url":"http://xanuoi.example/lech/1","hints":{"title":"Tin 4"},"discovery":{"source":"feed","kind":"feed","url":"http://xanuoi.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953523,1795934753523,X'223132343022',NULL,'{"file":"2026-11-29.1.zst","offset":4055}',0,1795934753523,'http://xanuoi.example/lech/1','fc9e8edef90f6b56808faafb81e5e666');
INSERT INTO links VALUES(6,'xanuoi','bd2152448ea2ed2bde653de641819470','http://xanuoi.example/lech/2','{"url":"http://xanuoi.example/lech/2","hints":{"title":"Tin 5"},"discovery":{"source":"feed","kind":"feed","url":"http://xanuoi.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953523,1795934753523,X'223132303122',NULL,'{"file":"2026-11-29.1.zst","offset":4726}',0,1795934753523,'http://xanuoi.example/lech/2','bd2152448ea2ed2bde653de641819470');
INSERT INTO links VALUES(7,'khe','e54280f93a2f8b9d274e56c85a443305','http://khe.example/khac/mo-duong-moi-7.html','{"url":"http://khe.example/khac/mo-duong-moi-7.html","hints":{"title":"Tin 0"},"discovery":{"source":"feed","kind":"feed","url":"http://khe.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953524,1795934753524,X'223131363722',NULL,'{"file":"2026-11-29.1.zst","offset":0}',0,1795934753524,'http://khe.example/khac/mo-duong-moi-7.html','e54280f93a2f8b9d274e56c85a443305');
INSERT INTO links VALUES(8,'khe','790f4f91d746450aceed9a2f4f9faf11','http://khe.example/tin/dap-nho-8.html','{"url":"http://khe.example/tin/dap-nho-8.html","hints":{"title":"Tin 2"},"discovery":{"source":"feed","kind":"feed","url":"http://khe.example/feed.xml"}}','pending','recorded',NULL,0,1,1795941953524,1795934753524,X'223132333822',NULL,'{"file":"2026-11-29.1.zst","offset":2021}',0,1795934753524,'http://khe.example/tin/dap-nho-8.html','790f4f91d746450aceed9a2f4f9faf11');
CREATE TABLE sightings (
    portal TEXT NOT NULL,
    source TEXT NOT NULL,
    link   TEXT NOT NULL,
    walk   INTEGER NOT NULL,
    PRIMARY KEY (portal, source, link)
) STRICT, WITHOUT ROWID;
INSERT INTO sightings VALUES('khe','feed','790f4f91d746450aceed9a2f4f9faf11',1);
INSERT INTO sightings VALUES('khe','feed','e54280f93a2f8b9d274e56c85a443305',1);
INSERT INTO sightings VALUES('xanuoi','feed','55842ad7c5f21c12a8a8a00bc9aa9cd9',1);
INSERT INTO sightings VALUES('xanuoi','feed','98b75c56b0ba56ff423053bdf44ae530',1);
INSERT INTO sightings VALUES('xanuoi','feed','bbf50add6be431ba95039cb6268ae3aa',1);
INSERT INTO sightings VALUES('xanuoi','feed','bd037c24ef83719dd26279b84a045a8b',1);
INSERT INTO sightings VALUES('xanuoi','feed','bd2152448ea2ed2bde653de641819470',1);
INSERT INTO sightings VALUES('xanuoi','feed','c200af3fa215d8fbe822923e80ceae49',1);
CREATE TABLE articles (
    id            TEXT PRIMARY KEY,
    portal        TEXT NOT NULL,
    canonical_url TEXT NOT NULL,
    revision      INTEGER NOT NULL,
    content_hash  TEXT NOT NULL,
    duplicate_of  TEXT,
    first_seen    INTEGER NOT NULL
, last_shown INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO articles VALUES('bd037c24ef83719dd26279b84a045a8b','xanuoi','http://xanuoi.example/bai/1.html',1,'31e8472c24d3e26b6abab3107d28de31',NULL,1795934753540,1795934753540);
INSERT INTO articles VALUES('e54280f93a2f8b9d274e56c85a443305','khe','http://khe.example/khac/mo-duong-moi-7.html',1,'e7ede82ef66b1f25091179e1bfecc036',NULL,1795934753541,1795934753541);
INSERT INTO articles VALUES('ca1a22829b4530b774bcfb4343b159cb','xanuoi','http://xanuoi.example/bai/2.html',1,'28110d09c74a06033c014125e78f9328',NULL,1795934753585,1795934753585);
INSERT INTO articles VALUES('790f4f91d746450aceed9a2f4f9faf11','khe','http://khe.example/tin/dap-nho-8.html',1,'3c9cedbf8ec9dac8e1b61091dfa6ae62',NULL,1795934753610,1795934753610);
INSERT INTO articles VALUES('e68ce71b91861ee5edc2d2bd8327b435','xanuoi','http://xanuoi.example/bai/3.html',1,'b5f9efc939b98901cacf5c7587772caa',NULL,1795934753614,1795934753614);
INSERT INTO articles VALUES('fc9e8edef90f6b56808faafb81e5e666','xanuoi','http://xanuoi.example/lech',1,'97aeae9f3c03490a165ac1c860805f58',NULL,1795934753666,1795934753666);
INSERT INTO articles VALUES('bd2152448ea2ed2bde653de641819470','xanuoi','http://xanuoi.example/lech/2',1,'3adaea7e9616d5564001e2d2ef7e96d8',NULL,1795934753709,1795934753709);
CREATE TABLE records (
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    portal   TEXT NOT NULL,
    json     TEXT NOT NULL,
    PRIMARY KEY (id, revision)
) STRICT;
INSERT INTO records VALUES('bd037c24ef83719dd26279b84a045a8b',1,'xanuoi','{"schema_version":1,"id":"bd037c24ef83719dd26279b84a045a8b","revision":1,"portal":"xanuoi","outlet":"Cổng xanuoi","url":"http://xanuoi.example/bai/1.html","final_url":"http://xanuoi.example/bai/1.html","canonical_url":"http://xanuoi.example/bai/1.html","kind":"article","title":"Xã Nuối mở lại đường vào bản","content_text":"Đường suối gió bản ngô nắng vườn nắng trâu gió ngô núi nắng đường bản làng suối núi nắng lúa lúa mưa rừng đường nhà suối chợ sông rừng bản nắng suối bản đường bò chợ suối đường vườn ngô.\n\nLàng ngô ngô vườn cầu nhà rừng núi bản trâu bò bản núi bò cầu cầu bò đường chợ lúa núi bò núi suối bò bản chợ nắng sông lúa núi nhà bò rừng làng chợ nhà nhà nhà nắng.\n\nĐường gió núi sông nhà nắng lúa trâu nhà nhà ngô cầu nhà nhà chợ lúa rừng làng ngô sông núi núi núi rừng lúa gió đường trâu chợ làng mưa gió gió vườn chợ làng làng nhà bản bản.\n\nNắng cầu chợ vườn đường mưa vườn rừng chợ suối núi sông sông đường suối núi bò nắng ngô trâu gió gió nhà gió ngô núi làng vườn chợ chợ rừng chợ cầu núi sông nắng trâu chợ ngô sông.","content_html":"<p>Đường suối gió bản ngô nắng vườn nắng trâu gió ngô núi nắng đường bản làng suối núi nắng lúa lúa mưa rừng đường nhà suối chợ sông rừng bản nắng suối bản đường bò chợ suối đường vườn ngô.</p>\n<p>Làng ngô ngô vườn cầu nhà rừng núi bản trâu bò bản núi bò cầu cầu bò đường chợ lúa núi bò núi suối bò bản chợ nắng sông lúa núi nhà bò rừng làng chợ nhà nhà nhà nắng.</p>\n<p>Đường gió núi sông nhà nắng lúa trâu nhà nhà ngô cầu nhà nhà chợ lúa rừng làng ngô sông núi núi núi rừng lúa gió đường trâu chợ làng mưa gió gió vườn chợ làng làng nhà bản bản.</p>\n<p>Nắng cầu chợ vườn đường mưa vườn rừng chợ suối núi sông sông đường suối núi bò nắng ngô trâu gió gió nhà gió ngô núi làng vườn chợ chợ rừng chợ cầu núi sông nắng trâu chợ ngô sông.</p>","blocks":[{"type":"paragraph","text":"Đường suối gió bản ngô nắng vườn nắng trâu gió ngô núi nắng đường bản làng suối núi nắng lúa lúa mưa rừng đường nhà suối chợ sông rừng bản nắng suối bản đường bò chợ suối đường vườn ngô."},{"type":"paragraph","text":"Làng ngô ngô vườn cầu nhà rừng núi bản trâu bò bản núi bò cầu cầu bò đường chợ lúa núi bò núi suối bò bản chợ nắng sông lúa núi nhà bò rừng làng chợ nhà nhà nhà nắng."},{"type":"paragraph","text":"Đường gió núi sông nhà nắng lúa trâu nhà nhà ngô cầu nhà nhà chợ lúa rừng làng ngô sông núi núi núi rừng lúa gió đường trâu chợ làng mưa gió gió vườn chợ làng làng nhà bản bản."},{"type":"paragraph","text":"Nắng cầu chợ vườn đường mưa vườn rừng chợ suối núi sông sông đường suối núi bò nắng ngô trâu gió gió nhà gió ngô núi làng vườn chợ chợ rừng chợ cầu núi sông nắng trâu chợ ngô sông."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"31e8472c24d3e26b6abab3107d28de31","discovery":{"kind":"feed","url":"http://xanuoi.example/feed.xml"},"http":{"status":200,"etag":"\"1230\"","charset":"utf-8"},"extraction":{"rules":["portal xanuoi"],"version":"0.1.0","origins":{"content_text":"portal xanuoi: div.than","title":"portal xanuoi: h1"}},"raw":{"file":"2026-11-29.1.zst","offset":658}}');
INSERT INTO records VALUES('e54280f93a2f8b9d274e56c85a443305',1,'khe','{"schema_version":1,"id":"e54280f93a2f8b9d274e56c85a443305","revision":1,"portal":"khe","outlet":"Cổng khe","url":"http://khe.example/khac/mo-duong-moi-7.html","final_url":"http://khe.example/khac/mo-duong-moi-7.html","canonical_url":"http://khe.example/khac/mo-duong-moi-7.html","kind":"article","title":"Khe Lặng mở đường qua đèo","content_text":"Cầu rừng chợ rừng trâu gió nắng bản đường đường chợ núi ngô làng vườn chợ đường cầu bản nắng trâu nắng suối nắng núi suối sông đường ngô cầu gió bò ngô bản gió suối trâu mưa sông bò.\n\nRừng ngô lúa lúa nắng bò sông rừng rừng cầu chợ ngô mưa gió sông mưa bò rừng gió cầu lúa ngô núi suối núi bản bò bản cầu núi núi chợ gió cầu núi nhà gió mưa cầu nhà.\n\nSông cầu cầu trâu cầu cầu làng ngô bò bản chợ bò mưa nắng gió nhà vườn núi nhà trâu trâu chợ nhà gió cầu trâu lúa vườn sông gió vườn vườn gió làng gió ngô sông gió ngô bò.\n\nLàng trâu gió đường lúa suối chợ sông chợ bò đường nắng nhà làng suối vườn nhà vườn vườn rừng cầu bò lúa rừng cầu ngô đường làng rừng suối bản rừng suối núi vườn bản trâu gió bản suối.","content_html":"<p>Cầu rừng chợ rừng trâu gió nắng bản đường đường chợ núi ngô làng vườn chợ đường cầu bản nắng trâu nắng suối nắng núi suối sông đường ngô cầu gió bò ngô bản gió suối trâu mưa sông bò.</p>\n<p>Rừng ngô lúa lúa nắng bò sông rừng rừng cầu chợ ngô mưa gió sông mưa bò rừng gió cầu lúa ngô núi suối núi bản bò bản cầu núi núi chợ gió cầu núi nhà gió mưa cầu nhà.</p>\n<p>Sông cầu cầu trâu cầu cầu làng ngô bò bản chợ bò mưa nắng gió nhà vườn núi nhà trâu trâu chợ nhà gió cầu trâu lúa vườn sông gió vườn vườn gió làng gió ngô sông gió ngô bò.</p>\n<p>Làng trâu gió đường lúa suối chợ sông chợ bò đường nắng nhà làng suối vườn nhà vườn vườn rừng cầu bò lúa rừng cầu ngô đường làng rừng suối bản rừng suối núi vườn bản trâu gió bản suối.</p>","blocks":[{"type":"paragraph","text":"Cầu rừng chợ rừng trâu gió nắng bản đường đường chợ núi ngô làng vườn chợ đường cầu bản nắng trâu nắng suối nắng núi suối sông đường ngô cầu gió bò ngô bản gió suối trâu mưa sông bò."},{"type":"paragraph","text":"Rừng ngô lúa lúa nắng bò sông rừng rừng cầu chợ ngô mưa gió sông mưa bò rừng gió cầu lúa ngô núi suối núi bản bò bản cầu núi núi chợ gió cầu núi nhà gió mưa cầu nhà."},{"type":"paragraph","text":"Sông cầu cầu trâu cầu cầu làng ngô bò bản chợ bò mưa nắng gió nhà vườn núi nhà trâu trâu chợ nhà gió cầu trâu lúa vườn sông gió vườn vườn gió làng gió ngô sông gió ngô bò."},{"type":"paragraph","text":"Làng trâu gió đường lúa suối chợ sông chợ bò đường nắng nhà làng suối vườn nhà vườn vườn rừng cầu bò lúa rừng cầu ngô đường làng rừng suối bản rừng suối núi vườn bản trâu gió bản suối."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"e7ede82ef66b1f25091179e1bfecc036","discovery":{"kind":"feed","url":"http://khe.example/feed.xml"},"http":{"status":200,"etag":"\"1167\"","charset":"utf-8"},"extraction":{"rules":["portal khe"],"version":"0.1.0","origins":{"content_text":"portal khe: div.than","title":"portal khe: h1"}},"raw":{"file":"2026-11-29.1.zst","offset":0}}');
INSERT INTO records VALUES('ca1a22829b4530b774bcfb4343b159cb',1,'xanuoi','{"schema_version":1,"id":"ca1a22829b4530b774bcfb4343b159cb","revision":1,"portal":"xanuoi","outlet":"Cổng xanuoi","url":"http://xanuoi.example/a/2.html","final_url":"http://xanuoi.example/a/2.html","canonical_url":"http://xanuoi.example/bai/2.html","kind":"article","title":"Trạm bơm đầu suối chạy trở lại","content_text":"Suối chợ ngô bò núi vườn đường nắng nắng mưa gió nhà vườn gió gió đường rừng đường làng bản trâu vườn núi nắng mưa ngô suối đường làng chợ nhà đường chợ gió cầu vườn nhà núi cầu nắng.\n\nLàng cầu nhà mưa vườn đường bản vườn mưa nhà ngô nhà rừng rừng rừng nắng bản bản nhà vườn sông rừng núi chợ rừng nắng chợ nắng bản nhà sông chợ gió làng bò bản cầu bản bò vườn.\n\nSuối nắng cầu cầu mưa suối cầu bò suối suối nhà đường gió bò làng chợ trâu gió núi núi vườn suối đường núi sông mưa trâu nhà nhà ngô vườn núi suối nắng bò mưa chợ bản vườn gió.\n\nBò sông làng làng nhà làng lúa núi rừng đường sông ngô vườn nhà suối rừng sông bò nhà lúa suối sông mưa bò nắng trâu ngô mưa suối núi lúa rừng nhà suối bò bò vườn cầu gió đường.","content_html":"<p>Suối chợ ngô bò núi vườn đường nắng nắng mưa gió nhà vườn gió gió đường rừng đường làng bản trâu vườn núi nắng mưa ngô suối đường làng chợ nhà đường chợ gió cầu vườn nhà núi cầu nắng.</p>\n<p>Làng cầu nhà mưa vườn đường bản vườn mưa nhà ngô nhà rừng rừng rừng nắng bản bản nhà vườn sông rừng núi chợ rừng nắng chợ nắng bản nhà sông chợ gió làng bò bản cầu bản bò vườn.</p>\n<p>Suối nắng cầu cầu mưa suối cầu bò suối suối nhà đường gió bò làng chợ trâu gió núi núi vườn suối đường núi sông mưa trâu nhà nhà ngô vườn núi suối nắng bò mưa chợ bản vườn gió.</p>\n<p>Bò sông làng làng nhà làng lúa núi rừng đường sông ngô vườn nhà suối rừng sông bò nhà lúa suối sông mưa bò nắng trâu ngô mưa suối núi lúa rừng nhà suối bò bò vườn cầu gió đường.</p>","blocks":[{"type":"paragraph","text":"Suối chợ ngô bò núi vườn đường nắng nắng mưa gió nhà vườn gió gió đường rừng đường làng bản trâu vườn núi nắng mưa ngô suối đường làng chợ nhà đường chợ gió cầu vườn nhà núi cầu nắng."},{"type":"paragraph","text":"Làng cầu nhà mưa vườn đường bản vườn mưa nhà ngô nhà rừng rừng rừng nắng bản bản nhà vườn sông rừng núi chợ rừng nắng chợ nắng bản nhà sông chợ gió làng bò bản cầu bản bò vườn."},{"type":"paragraph","text":"Suối nắng cầu cầu mưa suối cầu bò suối suối nhà đường gió bò làng chợ trâu gió núi núi vườn suối đường núi sông mưa trâu nhà nhà ngô vườn núi suối nắng bò mưa chợ bản vườn gió."},{"type":"paragraph","text":"Bò sông làng làng nhà làng lúa núi rừng đường sông ngô vườn nhà suối rừng sông bò nhà lúa suối sông mưa bò nắng trâu ngô mưa suối núi lúa rừng nhà suối bò bò vườn cầu gió đường."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"28110d09c74a06033c014125e78f9328","discovery":{"kind":"feed","url":"http://xanuoi.example/feed.xml"},"http":{"status":200,"etag":"\"1249\"","charset":"utf-8"},"extraction":{"rules":["portal xanuoi"],"version":"0.1.0","origins":{"content_text":"portal xanuoi: div.than","title":"portal xanuoi: h1"}},"raw":{"file":"2026-11-29.1.zst","offset":1329}}');
INSERT INTO records VALUES('790f4f91d746450aceed9a2f4f9faf11',1,'khe','{"schema_version":1,"id":"790f4f91d746450aceed9a2f4f9faf11","revision":1,"portal":"khe","outlet":"Cổng khe","url":"http://khe.example/tin/dap-nho-8.html","final_url":"http://khe.example/tin/dap-nho-8.html","canonical_url":"http://khe.example/tin/dap-nho-8.html","kind":"article","title":"Đập nhỏ giữ nước cho ruộng bậc thang","content_text":"Suối lúa bản suối đường vườn suối bản lúa núi ngô vườn vườn trâu nắng làng ngô chợ gió rừng mưa sông làng cầu vườn ngô lúa rừng sông vườn vườn nhà vườn bò ngô làng làng bò chợ làng.\n\nĐường bò nắng cầu rừng bản nắng sông rừng ngô lúa bò suối sông nhà vườn suối làng lúa suối núi vườn chợ núi gió nắng bò sông sông suối cầu suối bản núi suối mưa sông trâu núi vườn.\n\nGió đường lúa gió vườn trâu bản trâu trâu làng mưa trâu lúa vườn nhà nhà chợ vườn bản bò chợ núi bản mưa nhà đường gió đường nắng lúa mưa rừng suối nắng vườn chợ bản mưa bản ngô.\n\nNhà chợ đường vườn lúa chợ nhà vườn đường suối rừng sông núi làng nắng núi đường suối trâu sông lúa bản cầu vườn chợ suối suối chợ nắng mưa núi sông làng bản ngô gió vườn nắng sông vườn.","content_html":"<p>Suối lúa bản suối đường vườn suối bản lúa núi ngô vườn vườn trâu nắng làng ngô chợ gió rừng mưa sông làng cầu vườn ngô lúa rừng sông vườn vườn nhà vườn bò ngô làng làng bò chợ làng.</p>\n<p>Đường bò nắng cầu rừng bản nắng sông rừng ngô lúa bò suối sông nhà vườn suối làng lúa suối núi vườn chợ núi gió nắng bò sông sông suối cầu suối bản núi suối mưa sông trâu núi vườn.</p>\n<p>Gió đường lúa gió vườn trâu bản trâu trâu làng mưa trâu lúa vườn nhà nhà chợ vườn bản bò chợ núi bản mưa nhà đường gió đường nắng lúa mưa rừng suối nắng vườn chợ bản mưa bản ngô.</p>\n<p>Nhà chợ đường vườn lúa chợ nhà vườn đường suối rừng sông núi làng nắng núi đường suối trâu sông lúa bản cầu vườn chợ suối suối chợ nắng mưa núi sông làng bản ngô gió vườn nắng sông vườn.</p>","blocks":[{"type":"paragraph","text":"Suối lúa bản suối đường vườn suối bản lúa núi ngô vườn vườn trâu nắng làng ngô chợ gió rừng mưa sông làng cầu vườn ngô lúa rừng sông vườn vườn nhà vườn bò ngô làng làng bò chợ làng."},{"type":"paragraph","text":"Đường bò nắng cầu rừng bản nắng sông rừng ngô lúa bò suối sông nhà vườn suối làng lúa suối núi vườn chợ núi gió nắng bò sông sông suối cầu suối bản núi suối mưa sông trâu núi vườn."},{"type":"paragraph","text":"Gió đường lúa gió vườn trâu bản trâu trâu làng mưa trâu lúa vườn nhà nhà chợ vườn bản bò chợ núi bản mưa nhà đường gió đường nắng lúa mưa rừng suối nắng vườn chợ bản mưa bản ngô."},{"type":"paragraph","text":"Nhà chợ đường vườn lúa chợ nhà vườn đường suối rừng sông núi làng nắng núi đường suối trâu sông lúa bản cầu vườn chợ suối suối chợ nắng mưa núi sông làng bản ngô gió vườn nắng sông vườn."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"3c9cedbf8ec9dac8e1b61091dfa6ae62","discovery":{"kind":"feed","url":"http://khe.example/feed.xml"},"http":{"status":200,"etag":"\"1238\"","charset":"utf-8"},"extraction":{"rules":["portal khe"],"version":"0.1.0","origins":{"content_text":"portal khe: div.than","title":"portal khe: h1"}},"raw":{"file":"2026-11-29.1.zst","offset":2021}}');
INSERT INTO records VALUES('e68ce71b91861ee5edc2d2bd8327b435',1,'xanuoi','{"schema_version":1,"id":"e68ce71b91861ee5edc2d2bd8327b435","revision":1,"portal":"xanuoi","outlet":"Cổng xanuoi","url":"http://xanuoi.example/x/3.html","final_url":"http://xanuoi.example/x/3.html","canonical_url":"http://xanuoi.example/bai/3.html","kind":"article","title":"Chợ phiên dời sang ngày thứ bảy","content_text":"Chợ làng nhà cầu bản cầu nắng suối sông trâu bản bản bò trâu mưa nhà rừng núi nắng chợ bò mưa vườn cầu cầu vườn đường ngô lúa sông đường lúa mưa cầu nhà nhà rừng sông lúa bản.\n\nBản lúa ngô ngô làng trâu ngô núi mưa núi trâu cầu ngô làng cầu sông rừng nắng lúa mưa nhà trâu lúa bò gió trâu chợ suối lúa bò rừng suối sông lúa núi bò bò gió lúa núi.\n\nTrâu bò nắng trâu núi núi núi bò bản bò đường suối trâu suối đường cầu mưa nắng nhà rừng bản nắng núi làng gió chợ bản rừng chợ núi chợ cầu sông mưa bản nắng núi ngô lúa ngô.\n\nGió bản cầu chợ nhà đường sông sông sông làng đường mưa rừng nhà mưa sông lúa ngô ngô đường vườn chợ trâu rừng gió nhà bản lúa ngô sông nắng cầu làng mưa vườn lúa trâu ngô nhà chợ.","content_html":"<p>Chợ làng nhà cầu bản cầu nắng suối sông trâu bản bản bò trâu mưa nhà rừng núi nắng chợ bò mưa vườn cầu cầu vườn đường ngô lúa sông đường lúa mưa cầu nhà nhà rừng sông lúa bản.</p>\n<p>Bản lúa ngô ngô làng trâu ngô núi mưa núi trâu cầu ngô làng cầu sông rừng nắng lúa mưa nhà trâu lúa bò gió trâu chợ suối lúa bò rừng suối sông lúa núi bò bò gió lúa núi.</p>\n<p>Trâu bò nắng trâu núi núi núi bò bản bò đường suối trâu suối đường cầu mưa nắng nhà rừng bản nắng núi làng gió chợ bản rừng chợ núi chợ cầu sông mưa bản nắng núi ngô lúa ngô.</p>\n<p>Gió bản cầu chợ nhà đường sông sông sông làng đường mưa rừng nhà mưa sông lúa ngô ngô đường vườn chợ trâu rừng gió nhà bản lúa ngô sông nắng cầu làng mưa vườn lúa trâu ngô nhà chợ.</p>","blocks":[{"type":"paragraph","text":"Chợ làng nhà cầu bản cầu nắng suối sông trâu bản bản bò trâu mưa nhà rừng núi nắng chợ bò mưa vườn cầu cầu vườn đường ngô lúa sông đường lúa mưa cầu nhà nhà rừng sông lúa bản."},{"type":"paragraph","text":"Bản lúa ngô ngô làng trâu ngô núi mưa núi trâu cầu ngô làng cầu sông rừng nắng lúa mưa nhà trâu lúa bò gió trâu chợ suối lúa bò rừng suối sông lúa núi bò bò gió lúa núi."},{"type":"paragraph","text":"Trâu bò nắng trâu núi núi núi bò bản bò đường suối trâu suối đường cầu mưa nắng nhà rừng bản nắng núi làng gió chợ bản rừng chợ núi chợ cầu sông mưa bản nắng núi ngô lúa ngô."},{"type":"paragraph","text":"Gió bản cầu chợ nhà đường sông sông sông làng đường mưa rừng nhà mưa sông lúa ngô ngô đường vườn chợ trâu rừng gió nhà bản lúa ngô sông nắng cầu làng mưa vườn lúa trâu ngô nhà chợ."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"b5f9efc939b98901cacf5c7587772caa","discovery":{"kind":"feed","url":"http://xanuoi.example/feed.xml"},"http":{"status":200,"etag":"\"1199\"","charset":"utf-8"},"extraction":{"rules":["portal xanuoi"],"version":"0.1.0","origins":{"content_text":"portal xanuoi: div.than","title":"portal xanuoi: h1"}},"raw":{"file":"2026-11-29.1.zst","offset":2703}}');
INSERT INTO records VALUES('fc9e8edef90f6b56808faafb81e5e666',1,'xanuoi','{"schema_version":1,"id":"fc9e8edef90f6b56808faafb81e5e666","revision":1,"portal":"xanuoi","outlet":"Cổng xanuoi","url":"http://xanuoi.example/lech/1","final_url":"http://xanuoi.example/lech/1","canonical_url":"http://xanuoi.example/lech","kind":"article","title":"Trường xã đón học sinh mới","content_text":"Gió vườn lúa vườn bò mưa bản suối đường chợ suối gió nhà vườn chợ ngô ngô rừng làng vườn ngô vườn nhà nhà nhà trâu làng mưa làng bò gió gió rừng vườn nắng mưa đường vườn nắng vườn.\n\nSuối ngô suối núi bò làng núi sông lúa trâu chợ mưa gió núi rừng ngô nắng cầu sông đường nắng núi mưa làng chợ chợ chợ suối rừng núi núi trâu rừng đường nhà đường bản nắng đường lúa.\n\nRừng trâu làng nắng mưa chợ rừng mưa làng trâu trâu bản cầu ngô mưa sông nhà chợ mưa cầu nắng đường sông ngô chợ vườn rừng mưa gió làng gió ngô đường cầu sông trâu suối chợ làng chợ.\n\nBản lúa trâu núi gió nắng nắng vườn gió núi rừng vườn núi suối lúa rừng nắng chợ đường chợ núi nắng rừng nhà gió lúa trâu vườn làng vườn suối núi ngô mưa ngô cầu vườn lúa đường trâu.","content_html":"<p>Gió vườn lúa vườn bò mưa bản suối đường chợ suối gió nhà vườn chợ ngô ngô rừng làng vườn ngô vườn nhà nhà nhà trâu làng mưa làng bò gió gió rừng vườn nắng mưa đường vườn nắng vườn.</p>\n<p>Suối ngô suối núi bò làng núi sông lúa trâu chợ mưa gió núi rừng ngô nắng cầu sông đường nắng núi mưa làng chợ chợ chợ suối rừng núi núi trâu rừng đường nhà đường bản nắng đường lúa.</p>\n<p>Rừng trâu làng nắng mưa chợ rừng mưa làng trâu trâu bản cầu ngô mưa sông nhà chợ mưa cầu nắng đường sông ngô chợ vườn rừng mưa gió làng gió ngô đường cầu sông trâu suối chợ làng chợ.</p>\n<p>Bản lúa trâu núi gió nắng nắng vườn gió núi rừng vườn núi suối lúa rừng nắng chợ đường chợ núi nắng rừng nhà gió lúa trâu vườn làng vườn suối núi ngô mưa ngô cầu vườn lúa đường trâu.</p>","blocks":[{"type":"paragraph","text":"Gió vườn lúa vườn bò mưa bản suối đường chợ suối gió nhà vườn chợ ngô ngô rừng làng vườn ngô vườn nhà nhà nhà trâu làng mưa làng bò gió gió rừng vườn nắng mưa đường vườn nắng vườn."},{"type":"paragraph","text":"Suối ngô suối núi bò làng núi sông lúa trâu chợ mưa gió núi rừng ngô nắng cầu sông đường nắng núi mưa làng chợ chợ chợ suối rừng núi núi trâu rừng đường nhà đường bản nắng đường lúa."},{"type":"paragraph","text":"Rừng trâu làng nắng mưa chợ rừng mưa làng trâu trâu bản cầu ngô mưa sông nhà chợ mưa cầu nắng đường sông ngô chợ vườn rừng mưa gió làng gió ngô đường cầu sông trâu suối chợ làng chợ."},{"type":"paragraph","text":"Bản lúa trâu núi gió nắng nắng vườn gió núi rừng vườn núi suối lúa rừng nắng chợ đường chợ núi nắng rừng nhà gió lúa trâu vườn làng vườn suối núi ngô mưa ngô cầu vườn lúa đường trâu."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"97aeae9f3c03490a165ac1c860805f58","discovery":{"kind":"feed","url":"http://xanuoi.example/feed.xml"},"http":{"status":200,"etag":"\"1240\"","charset":"utf-8"},"extraction":{"rules":["portal xanuoi"],"version":"0.1.0","origins":{"content_text":"portal xanuoi: div.than","title":"portal xanuoi: h1"}},"raw":{"file":"2026-11-29.1.zst","offset":4055}}');
INSERT INTO records VALUES('bd2152448ea2ed2bde653de641819470',1,'xanuoi','{"schema_version":1,"id":"bd2152448ea2ed2bde653de641819470","revision":1,"portal":"xanuoi","outlet":"Cổng xanuoi","url":"http://xanuoi.example/lech/2","final_url":"http://xanuoi.example/lech/2","canonical_url":"http://xanuoi.example/lech/2","kind":"article","title":"Cầu treo được thay ván mặt","content_text":"Lúa ngô núi gió sông núi sông bản mưa ngô nhà bò trâu gió đường núi gió cầu bản trâu bò nắng bản mưa bản sông núi bản lúa sông nhà núi nắng bò chợ cầu ngô nhà gió đường.\n\nSuối bò lúa nhà núi sông gió rừng lúa gió lúa gió sông gió sông bản vườn suối nắng sông bò ngô bản đường nhà rừng bò suối nhà nhà cầu núi cầu bản gió gió rừng bò bản trâu.\n\nLàng ngô nhà suối cầu làng sông mưa nắng đường làng gió sông làng bản vườn chợ cầu ngô chợ làng vườn rừng chợ vườn suối trâu núi chợ lúa cầu nắng lúa rừng cầu bò nắng đường nhà vườn.\n\nGió rừng vườn suối nắng sông cầu rừng mưa nắng núi núi sông suối rừng sông rừng đường gió đường cầu nhà sông làng vườn mưa rừng mưa cầu nhà rừng đường chợ chợ núi núi trâu mưa cầu mưa.","content_html":"<p>Lúa ngô núi gió sông núi sông bản mưa ngô nhà bò trâu gió đường núi gió cầu bản trâu bò nắng bản mưa bản sông núi bản lúa sông nhà núi nắng bò chợ cầu ngô nhà gió đường.</p>\n<p>Suối bò lúa nhà núi sông gió rừng lúa gió lúa gió sông gió sông bản vườn suối nắng sông bò ngô bản đường nhà rừng bò suối nhà nhà cầu núi cầu bản gió gió rừng bò bản trâu.</p>\n<p>Làng ngô nhà suối cầu làng sông mưa nắng đường làng gió sông làng bản vườn chợ cầu ngô chợ làng vườn rừng chợ vườn suối trâu núi chợ lúa cầu nắng lúa rừng cầu bò nắng đường nhà vườn.</p>\n<p>Gió rừng vườn suối nắng sông cầu rừng mưa nắng núi núi sông suối rừng sông rừng đường gió đường cầu nhà sông làng vườn mưa rừng mưa cầu nhà rừng đường chợ chợ núi núi trâu mưa cầu mưa.</p>","blocks":[{"type":"paragraph","text":"Lúa ngô núi gió sông núi sông bản mưa ngô nhà bò trâu gió đường núi gió cầu bản trâu bò nắng bản mưa bản sông núi bản lúa sông nhà núi nắng bò chợ cầu ngô nhà gió đường."},{"type":"paragraph","text":"Suối bò lúa nhà núi sông gió rừng lúa gió lúa gió sông gió sông bản vườn suối nắng sông bò ngô bản đường nhà rừng bò suối nhà nhà cầu núi cầu bản gió gió rừng bò bản trâu."},{"type":"paragraph","text":"Làng ngô nhà suối cầu làng sông mưa nắng đường làng gió sông làng bản vườn chợ cầu ngô chợ làng vườn rừng chợ vườn suối trâu núi chợ lúa cầu nắng lúa rừng cầu bò nắng đường nhà vườn."},{"type":"paragraph","text":"Gió rừng vườn suối nắng sông cầu rừng mưa nắng núi núi sông suối rừng sông rừng đường gió đường cầu nhà sông làng vườn mưa rừng mưa cầu nhà rừng đường chợ chợ núi núi trâu mưa cầu mưa."}],"language":"vi","date_fetched":"2026-11-29T13:45:53+07:00","content_hash":"3adaea7e9616d5564001e2d2ef7e96d8","discovery":{"kind":"feed","url":"http://xanuoi.example/feed.xml"},"http":{"status":200,"etag":"\"1201\"","charset":"utf-8"},"extraction":{"rules":["portal xanuoi"],"version":"0.1.0","origins":{"content_text":"portal xanuoi: div.than","title":"portal xanuoi: h1"},"warnings":["the page calls http://xanuoi.example/lech its own address"]},"raw":{"file":"2026-11-29.1.zst","offset":4726}}');
CREATE TABLE outbox (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    id       TEXT NOT NULL,
    revision INTEGER NOT NULL,
    fetched  INTEGER NOT NULL,
    FOREIGN KEY (id, revision) REFERENCES records (id, revision)
) STRICT;
INSERT INTO outbox VALUES(8,'e68ce71b91861ee5edc2d2bd8327b435',1,1764400000000);
INSERT INTO outbox VALUES(9,'bd2152448ea2ed2bde653de641819470',1,1764400000000);
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
INSERT INTO copies VALUES(1,'bd037c24ef83719dd26279b84a045a8b',2007701671,0,NULL,1795934753540,22,1,NULL,NULL,NULL);
INSERT INTO copies VALUES(2,'e54280f93a2f8b9d274e56c85a443305',1341476601,0,NULL,1795934753541,27,2,NULL,NULL,NULL);
INSERT INTO copies VALUES(3,'ca1a22829b4530b774bcfb4343b159cb',2007701671,0,NULL,1795934753585,25,3,NULL,NULL,NULL);
INSERT INTO copies VALUES(4,'790f4f91d746450aceed9a2f4f9faf11',1341476601,0,NULL,1795934753610,21,4,NULL,NULL,NULL);
INSERT INTO copies VALUES(5,'e68ce71b91861ee5edc2d2bd8327b435',2007701671,0,NULL,1795934753614,23,5,NULL,NULL,NULL);
INSERT INTO copies VALUES(6,'fc9e8edef90f6b56808faafb81e5e666',2007701671,0,NULL,1795934753666,21,6,NULL,NULL,NULL);
INSERT INTO copies VALUES(7,'bd2152448ea2ed2bde653de641819470',2007701671,0,NULL,1795934753709,21,7,NULL,NULL,NULL);
CREATE TABLE shingles (
    key     INTEGER NOT NULL,
    article INTEGER NOT NULL,
    PRIMARY KEY (key, article)
) STRICT, WITHOUT ROWID;
INSERT INTO shingles VALUES(75393645,1);
INSERT INTO shingles VALUES(108777670,4);
INSERT INTO shingles VALUES(158870623,5);
INSERT INTO shingles VALUES(165885078,7);
INSERT INTO shingles VALUES(183668400,3);
INSERT INTO shingles VALUES(185768365,7);
INSERT INTO shingles VALUES(202551426,5);
INSERT INTO shingles VALUES(221844560,5);
INSERT INTO shingles VALUES(227329826,2);
INSERT INTO shingles VALUES(246910411,2);
INSERT INTO shingles VALUES(267014611,6);
INSERT INTO shingles VALUES(341284527,4);
INSERT INTO shingles VALUES(344934702,2);
INSERT INTO shingles VALUES(415195712,2);
INSERT INTO shingles VALUES(445463296,3);
INSERT INTO shingles VALUES(446315918,1);
INSERT INTO shingles VALUES(458414058,7);
INSERT INTO shingles VALUES(478445478,3);
INSERT INTO shingles VALUES(500673024,5);
INSERT INTO shingles VALUES(550434317,4);
INSERT INTO shingles VALUES(555660956,2);
INSERT INTO shingles VALUES(594908950,4);
INSERT INTO shingles VALUES(669789015,6);
INSERT INTO shingles VALUES(680193361,3);
INSERT INTO shingles VALUES(808595249,2);
INSERT INTO shingles VALUES(835968896,3);
INSERT INTO shingles VALUES(915097799,3);
INSERT INTO shingles VALUES(933475465,7);
INSERT INTO shingles VALUES(978304938,7);
INSERT INTO shingles VALUES(1042740198,5);
INSERT INTO shingles VALUES(1058335016,7);
INSERT INTO shingles VALUES(1101345464,2);
INSERT INTO shingles VALUES(1167670777,6);
INSERT INTO shingles VALUES(1180100899,3);
INSERT INTO shingles VALUES(1211628664,3);
INSERT INTO shingles VALUES(1216623893,5);
INSERT INTO shingles VALUES(1227239095,1);
INSERT INTO shingles VALUES(1228685204,6);
INSERT INTO shingles VALUES(1250627862,3);
INSERT INTO shingles VALUES(1265181531,5);
INSERT INTO shingles VALUES(1266671269,6);
INSERT INTO shingles VALUES(1287609682,4);
INSERT INTO shingles VALUES(1306629584,4);
INSERT INTO shingles VALUES(1355914553,3);
INSERT INTO shingles VALUES(1357527628,6);
INSERT INTO shingles VALUES(1360230383,7);
INSERT INTO shingles VALUES(1395317018,3);
INSERT INTO shingles VALUES(1398892775,7);
INSERT INTO shingles VALUES(1485790929,2);
INSERT INTO shingles VALUES(1503381658,1);
INSERT INTO shingles VALUES(1544606896,1);
INSERT INTO shingles VALUES(1550351089,2);
INSERT INTO shingles VALUES(1574467556,6);
INSERT INTO shingles VALUES(1575207992,2);
INSERT INTO shingles VALUES(1578205120,5);
INSERT INTO shingles VALUES(1587262270,1);
INSERT INTO shingles VALUES(1593875227,2);
INSERT INTO shingles VALUES(1601356730,3);
INSERT INTO shingles VALUES(1604122894,2);
INSERT INTO shingles VALUES(1614314158,6);
INSERT INTO shingles VALUES(1665774253,1);
INSERT INTO shingles VALUES(1708631970,5);
INSERT INTO shingles VALUES(1731647879,5);
INSERT INTO shingles VALUES(1753683658,3);
INSERT INTO shingles VALUES(1754409449,4);
INSERT INTO shingles VALUES(1754627350,1);
INSERT INTO shingles VALUES(1791135069,7);
INSERT INTO shingles VALUES(1844663946,5);
INSERT INTO shingles VALUES(1857609952,1);
INSERT INTO shingles VALUES(1902241625,2);
INSERT INTO shingles VALUES(1904222465,2);
INSERT INTO shingles VALUES(1921158280,3);
INSERT INTO shingles VALUES(1933057091,3);
INSERT INTO shingles VALUES(2060150304,2);
INSERT INTO shingles VALUES(2065140028,1);
INSERT INTO shingles VALUES(2126120370,7);
INSERT INTO shingles VALUES(2135882657,1);
INSERT INTO shingles VALUES(2156821014,5);
INSERT INTO shingles VALUES(2167754501,1);
INSERT INTO shingles VALUES(2184192857,1);
INSERT INTO shingles VALUES(2199429311,1);
INSERT INTO shingles VALUES(2210217928,3);
INSERT INTO shingles VALUES(2223399707,4);
INSERT INTO shingles VALUES(2259416542,6);
INSERT INTO shingles VALUES(2286716831,5);
INSERT INTO shingles VALUES(2297734552,7);
INSERT INTO shingles VALUES(2375962610,5);
INSERT INTO shingles VALUES(2382995914,2);
INSERT INTO shingles VALUES(2396645301,7);
INSERT INTO shingles VALUES(2409412712,2);
INSERT INTO shingles VALUES(2441137825,7);
INSERT INTO shingles VALUES(2496967179,6);
INSERT INTO shingles VALUES(2503090732,5);
INSERT INTO shingles VALUES(2511827796,1);
INSERT INTO shingles VALUES(2519251290,4);
INSERT INTO shingles VALUES(2547439123,3);
INSERT INTO shingles VALUES(2559779605,2);
INSERT INTO shingles VALUES(2570826787,5);
INSERT INTO shingles VALUES(2582572080,4);
INSERT INTO shingles VALUES(2596379994,7);
INSERT INTO shingles VALUES(2599308414,7);
INSERT INTO shingles VALUES(2640804310,4);
INSERT INTO shingles VALUES(2677199437,2);
INSERT INTO shingles VALUES(2681680843,4);
INSERT INTO shingles VALUES(2684599523,2);
INSERT INTO shingles VALUES(2686687043,6);
INSERT INTO shingles VALUES(2712657312,4);
INSERT INTO shingles VALUES(2714513543,6);
INSERT INTO shingles VALUES(2724459673,1);
INSERT INTO shingles VALUES(2729443185,5);
INSERT INTO shingles VALUES(2741743174,2);
INSERT INTO shingles VALUES(2835341535,3);
INSERT INTO shingles VALUES(2864812421,2);
INSERT INTO shingles VALUES(2868645144,6);
INSERT INTO shingles VALUES(2893311686,6);
INSERT INTO shingles VALUES(2978912014,7);
INSERT INTO shingles VALUES(3131662405,6);
INSERT INTO shingles VALUES(3152341410,1);
INSERT INTO shingles VALUES(3203264788,1);
INSERT INTO shingles VALUES(3207111558,4);
INSERT INTO shingles VALUES(3227106417,3);
INSERT INTO shingles VALUES(3252027890,4);
INSERT INTO shingles VALUES(3288097615,7);
INSERT INTO shingles VALUES(3332700982,2);
INSERT INTO shingles VALUES(3337019677,5);
INSERT INTO shingles VALUES(3379684136,1);
INSERT INTO shingles VALUES(3445729844,3);
INSERT INTO shingles VALUES(3492940701,6);
INSERT INTO shingles VALUES(3496956890,1);
INSERT INTO shingles VALUES(3519855726,5);
INSERT INTO shingles VALUES(3526387305,5);
INSERT INTO shingles VALUES(3528482004,2);
INSERT INTO shingles VALUES(3553577809,6);
INSERT INTO shingles VALUES(3557875395,2);
INSERT INTO shingles VALUES(3601674003,3);
INSERT INTO shingles VALUES(3637458004,2);
INSERT INTO shingles VALUES(3643751885,3);
INSERT INTO shingles VALUES(3663278320,5);
INSERT INTO shingles VALUES(3721423909,7);
INSERT INTO shingles VALUES(3751732679,3);
INSERT INTO shingles VALUES(3950808094,4);
INSERT INTO shingles VALUES(3972817491,6);
INSERT INTO shingles VALUES(3974728460,7);
INSERT INTO shingles VALUES(3981731351,1);
INSERT INTO shingles VALUES(3993133973,3);
INSERT INTO shingles VALUES(4009532993,7);
INSERT INTO shingles VALUES(4014321689,4);
INSERT INTO shingles VALUES(4018585593,6);
INSERT INTO shingles VALUES(4028263982,1);
INSERT INTO shingles VALUES(4061338528,5);
INSERT INTO shingles VALUES(4140001051,5);
INSERT INTO shingles VALUES(4196179597,4);
INSERT INTO shingles VALUES(4222854727,6);
INSERT INTO shingles VALUES(4240964430,4);
INSERT INTO shingles VALUES(4241387466,6);
INSERT INTO shingles VALUES(4242444647,2);
INSERT INTO shingles VALUES(4254743536,7);
INSERT INTO shingles VALUES(4260630552,3);
INSERT INTO shingles VALUES(4275449893,4);
INSERT INTO shingles VALUES(4291045502,4);
CREATE TABLE observations (
    portal TEXT NOT NULL,
    number INTEGER NOT NULL,
    page   TEXT NOT NULL,
    PRIMARY KEY (portal, number)
) STRICT, WITHOUT ROWID;
INSERT INTO observations VALUES('khe',1,'{"at":"2026-11-29T06:45:53.541873632Z","title":"portal khe: h1","body":"portal khe: div.than","letters":708,"page":{"file":"2026-11-29.1.zst","offset":0}}');
INSERT INTO observations VALUES('khe',2,'{"at":"2026-11-29T06:45:53.610121109Z","title":"portal khe: h1","body":"portal khe: div.than","letters":731,"page":{"file":"2026-11-29.1.zst","offset":2021}}');
INSERT INTO observations VALUES('xanuoi',1,'{"at":"2026-11-29T06:45:53.540740638Z","title":"portal xanuoi: h1","body":"portal xanuoi: div.than","letters":714,"page":{"file":"2026-11-29.1.zst","offset":658}}');
INSERT INTO observations VALUES('xanuoi',2,'{"at":"2026-11-29T06:45:53.585043982Z","title":"portal xanuoi: h1","body":"portal xanuoi: div.than","letters":718,"page":{"file":"2026-11-29.1.zst","offset":1329}}');
INSERT INTO observations VALUES('xanuoi',3,'{"at":"2026-11-29T06:45:53.614649793Z","title":"portal xanuoi: h1","body":"portal xanuoi: div.than","letters":704,"page":{"file":"2026-11-29.1.zst","offset":2703}}');
INSERT INTO observations VALUES('xanuoi',4,'{"at":"2026-11-29T06:45:53.637957692Z","title":"portal xanuoi: h1","body":"portal xanuoi: div.than","letters":704,"page":{"file":"2026-11-29.1.zst","offset":3381}}');
INSERT INTO observations VALUES('xanuoi',5,'{"at":"2026-11-29T06:45:53.666719166Z","title":"portal xanuoi: h1","body":"portal xanuoi: div.than","letters":732,"page":{"file":"2026-11-29.1.zst","offset":4055}}');
INSERT INTO observations VALUES('xanuoi',6,'{"at":"2026-11-29T06:45:53.709410858Z","title":"portal xanuoi: h1","body":"portal xanuoi: div.than","letters":712,"page":{"file":"2026-11-29.1.zst","offset":4726}}');
CREATE TABLE rhythms (
    portal   TEXT PRIMARY KEY,
    last_new INTEGER NOT NULL,
    gaps     TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO rhythms VALUES('khe',1795934753612,'[]');
INSERT INTO rhythms VALUES('xanuoi',1795934753733,'[]');
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
CREATE TABLE crashes (
    portal TEXT NOT NULL,
    link   TEXT NOT NULL,
    times  INTEGER NOT NULL,
    PRIMARY KEY (portal, link)
) STRICT, WITHOUT ROWID;
CREATE TABLE facts (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE habits (
    portal TEXT PRIMARY KEY,
    habit  TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO habits VALUES('khe','{"since":"2026-11-29T06:45:53.612798915Z","looked":"2026-11-29T06:45:53.612798915Z","occasions":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]}');
INSERT INTO habits VALUES('xanuoi','{"since":"2026-11-29T06:45:53.73390277Z","looked":"2026-11-29T06:45:53.73390277Z","occasions":[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0]}');
CREATE TABLE site_memory (
    host    TEXT PRIMARY KEY,
    memory  BLOB NOT NULL,
    updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO site_memory VALUES('khe.example',X'28b52ffd605501ad0a00b6dc431a8029690374551ff1710fe94fa3884c4f8beceede695ee026a44043003500340064a18000410a00803d3d9ef95b3c366d5c6c665959e99b9bb21a190a0075c6f23968e6170ebdd4906511a5e7ce7288c60643418e840382941724c14004101c0807b2102f1f935cee5c8da54b64ed7baf16ed56ed1291d265cad279e6f41fd254518d793ccaf3b8676719666b525c90a34e4b74eced9b1e06e3deeae3bb2f7dd5c31f62599ab5ea4f5ab54dfa19613f935657ebc98e8a6ee3a79cbff173bfd53477b30f7eec6654f620ba3ecf8944a205318e83808138080e525a100463e03020a59f821c0ac641d59ae9dd21d3f9b78003e28094c4d18732b3ce106f6e922aa9f0f9a98bca5434934db57cbda20c1a00b60803429cad130225cd6e7d1cce15caf302a5b6c8d0da65f940849dc9110e04ee62824ec0a228e3b215932bcf16a662e683f9a00554896be758f39c8e590b4701',1795934753624);
INSERT INTO site_memory VALUES('xanuoi.example',X'28b52ffd6017048d140096b8771990abd001cb4db00b2eb5e873d7abc924d34e321990fb7f00027b00670066000a080909858080bdc9bf513a63b8ee294a3ec5519973582ec50ac9353ca690921a57cb31d616fd010a01cb84dd2aacc7e9ad18a33a959abc53a48c03140242e34553f5395a122986e3a9526f251a3d0528044a4345e53dac085d36c5cc3b1bd4a2ab53235d40004062e1309090500c808483410201c2a261200111321c659217f76d68745c2435a4b5ddda647ca3d56ce9dd5713956cfd66a947c852a6c8494af5a5a648fbe963c36386cbc40d3f9a64459c69bf0b096b43a6915299d4137b7f22d24163259b122f1e2ed59cfeefd92ffca84c280690b04b1e139d64bcf7e0121001ff9c34727c3aecaa9a3d6f2289a3c19122da6ad0421ae1f8689dd6d1ee9168a6e8e5e8ef2ce9742673bfdaf2981a2cd34db7fb7886443a45c8278a08d598661b9699121a4358c24119e3c728d9e6bb8a3d875075683b0d99c7ab459ada54074796748ff28c0a111111029030580c1418242c1016098500241a0c0e160b0985c801128b078345878c19e164ba9a60208121a188f08abae1ca8c17efeb909b6f9e913eac6f4f88afbe38e4d663120ed3b40c1a3c550d128d29c7deb9365d4d4f790dcb8c3a4d9c0f9ead693a475e27bdaafafa2625197e5d581d91d8124ba86118c51061081184104940aa90e64042c24c997a107097d41cb6081227016d9da073bd5f6d3d71514d7ce55b54b396644280128f07987b046867daba7db2d2495c5fe5a65b78890cc760702040d816da3357ce7332d9dc525608a63fc0f52d3bc2217289da2b20dd0975ec393e8043553449cfa38827c222c9b5ef1a1f194d7f20283a80159650769f45cbd32c2cc179d8a836b787915e1bbd6aee9ec14fbc8c6331c2f26aebf9250f8bcfc95705',1795934753741);
CREATE TABLE source_validators (
    portal        TEXT NOT NULL,
    source        TEXT NOT NULL,
    url           TEXT NOT NULL,
    etag          BLOB,
    last_modified BLOB,
    full_at       INTEGER NOT NULL,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;
INSERT INTO source_validators VALUES('khe','feed','http://khe.example/feed.xml',X'2233333922',NULL,1795934753518);
INSERT INTO source_validators VALUES('xanuoi','feed','http://xanuoi.example/feed.xml',X'2235333722',NULL,1795934753518);
CREATE TABLE source_pages (
    portal    TEXT NOT NULL,
    source    TEXT NOT NULL,
    url       TEXT NOT NULL,
    body_hash TEXT NOT NULL,
    walk      INTEGER NOT NULL,
    next      TEXT,
    PRIMARY KEY (portal, source, url)
) STRICT, WITHOUT ROWID;
INSERT INTO source_pages VALUES('khe','feed','http://khe.example/feed.xml','5686d82fc951fb6c5c99fb61237d7563',1,NULL);
INSERT INTO source_pages VALUES('xanuoi','feed','http://xanuoi.example/feed.xml','2edd429d5e11eb497f6d83087d354e8d',1,NULL);
CREATE TABLE origins (
    origin         TEXT PRIMARY KEY,
    rest_until     INTEGER,
    refusals       INTEGER NOT NULL DEFAULT 0,
    robots         BLOB,
    robots_fetched INTEGER
, unended TEXT) STRICT, WITHOUT ROWID;
INSERT INTO origins VALUES('http://khe.example',NULL,0,NULL,NULL,NULL);
INSERT INTO origins VALUES('http://xanuoi.example',NULL,0,NULL,NULL,NULL);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('outbox',9);
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
COMMIT;
PRAGMA user_version=8;
