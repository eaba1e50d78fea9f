//! The rows, file by file; what several files share stands with the portal's. One row a line, as far as it fits.

use std::time::Duration;

use crate::config::catalogue::KnownKind;
use crate::config::catalogue::Observation;
use crate::config::catalogue::OutletKind;
use crate::config::keys::File;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::key;
use crate::config::keys::list;
use crate::config::keys::words;
use crate::model::article::PageKind;
use crate::model::settings::LogFormat;
use crate::model::tls::TlsMode;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_mins(1);
const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);
const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit.
const NAME: Kind = Kind::Form("^[a-z0-9][a-z0-9_.-]{0,63}$");
/// A JSON pointer (RFC 6901).
const POINTER: Kind = Kind::Form("^(/([^~]|~[01])*)?$");

/// Bounds of the time limits of `[fetch]`: below, no handshake ends; above, a visit would be one request.
const TIMEOUT: Kind = Kind::Duration(Duration::from_millis(100), Duration::from_mins(10));
/// Bounds of both sizes of `[fetch]`: the body lies in memory, once for each portal under visit.
const BODY: Kind = Kind::Size(64 * KIB, GIB);
const AGE: Kind = Kind::Duration(MINUTE, Duration::from_hours(3650 * 24));
const OUTLET_KINDS: [&str; 6] = words(&OutletKind::WORDS);
const KNOWN_KINDS: [&str; 4] = words(&KnownKind::WORDS);
const OBSERVATIONS: [&str; 6] = words(&Observation::WORDS);
const LOG_FORMATS: [&str; 4] = words(&LogFormat::WORDS);
const PORT: Kind = Kind::Number(1, 65_535);
/// A bound for ages and times that says no more than that the number is meant.
const TEN_YEARS: Duration = Duration::from_hours(3650 * 24);
const HUNDRED_YEARS: Duration = Duration::from_hours(36_500 * 24);

#[rustfmt::skip]
pub(in crate::config) const MAIN: File = File {
    name: "tintinh",
    path: "tintinh.toml",
    doc: "Settings of tintinh. Every key may be left out: what stands here are the defaults. Lines that begin with `#` and a key have no \
          fixed default; take the `#` away to set them. Durations are whole numbers with ms, s, m, h or d (\"90s\", \"1h30m\"); sizes are \
          whole numbers with B, KiB, MiB or GiB. `tintinh check` says what is wrong with this folder, all at once.",
    keys: &[
        key("contact", Kind::Text,
            "Whom an operator of a portal can write to about this program's requests: a \"mailto:\" or a web address. It is sent with every request, \
             as `tintinh/<version> (+<contact>)`. Please set it; without it servers cannot tell who asks.")
            .example(r#""mailto:you@example.org""#),
        key("state_dir", Kind::Text,
            "Where the state lies: the database, the page store and the lock. A relative path begins in the folder of this file. Default: the folder \
             `tintinh-data` in the folder where the program is started, or /var/lib/tintinh where this file is /etc/tintinh/tintinh.toml. The flag \
             --state-dir stands before this key.").example(r#""/var/lib/tintinh""#),
        key("records_dir", Kind::Text,
            "Where records are written, one folder for each portal. A relative path begins in the folder of this file. Default: `records` in the \
             state's folder. The flag --records-dir stands before this key.").example(r#""/var/lib/tintinh/records""#),
        key("fetch", Kind::Table(FETCH), "How pages are fetched."),
        key("pages", Kind::Table(PAGES), "The store of raw pages, which lets articles be read again when rules change."),
        key("engine", Kind::Table(ENGINE), "How work is bounded."),
        key("dedup", Kind::Table(DEDUP), "How copies of one story are looked for."),
        key("search", Kind::Table(SEARCH), "The index of `tintinh search`."),
        key("revisit", Kind::Table(REVISIT), "When articles are looked at again."),
        key("log", Kind::Table(LOG), "What is logged, and how."),
        key("alarms", Kind::Table(ALARMS),
            "When an operator is told of what goes wrong: a portal's rules that no longer match, a list that is empty, a source that fails, a \
             silence that is not usual. Each alarm is raised once, shown by `tintinh status` until its reason is over, logged, and counted in the \
             metrics."),
        key("metrics", Kind::Table(METRICS), "Where metrics (/metrics, in the format of OpenMetrics) and health (/healthz, /readyz) are served."),
        key("retention", Kind::Table(RETENTION), "What is deleted by age. Without a key nothing ever is."),
        key("defaults", Kind::Table(DEFAULTS), "What portals get where their files do not say."),
    ],
};

#[rustfmt::skip]
const FETCH: &[Key] = &[
    key("user_agent", Kind::Text,
        "The whole User-Agent, in place of the one made of `contact`; its first word is the name that robots.txt knows us by.")
        .example(r#""tintinh/0.1 (+mailto:you@example.org)""#),
    key("connect_timeout", TIMEOUT, "Time to connect, TLS included.").default("10s"),
    key("first_byte_timeout", TIMEOUT, "Time from the request to the answer's first byte.").default("30s"),
    key("idle_timeout", TIMEOUT, "Time between two pieces of an answer's body, against servers that drip.").default("20s"),
    key("total_timeout", TIMEOUT, "Time for one exchange, from the request to the last byte.").default("1m"),
    key("max_wire_bytes", BODY, "Bytes of an answer on the wire at most.").default("16 MiB"),
    key("max_body_bytes", BODY,
        "Bytes of an answer after decompression at most; it lies in memory, one for each portal under visit.").default("32 MiB"),
    key("max_redirects", Kind::Number(0, 20), "Redirects followed at most.").default("10"),
    DELAY.doc(
        "Least time between two requests to one group of portals. The robots.txt of a host may ask for more. Below 1s is for servers of your own.")
        .default("5s"),
    key("allow_addresses", list(&Kind::Text),
        "Private, local and reserved addresses are never connected to, but for those in these blocks (CIDR: \"127.0.0.0/8\", \"fc00::/7\").")
        .default("[]").example(r#"["127.0.0.0/8"]; a single address is "127.0.0.1/32""#),
    key("allow_ports", list(&PORT), "Ports beside 80 and 443 that may be connected to.").default("[]").example("[8080]"),
    key("resolve", Kind::Map,
        "Hosts that are resolved here and not by DNS; the port is used where an address names none. Names stand between quotes.")
        .example(r#"{ "example.vn" = "127.0.0.1:8080" }"#),
];

#[rustfmt::skip]
const PAGES: &[Key] = &[
    key("keep", Kind::Duration(HOUR, TEN_YEARS), "Exchanges older than this are dropped.").default("30d"),
    key("max_bytes", Kind::Size(MIB, 1024 * GIB), "Bytes on disk at most; the oldest files go first.").default("2 GiB"),
];

#[rustfmt::skip]
const ENGINE: &[Key] = &[
    key("concurrency", Kind::Number(1, 256), "Portals visited at the same time at most. Two of one group never are.").default("8"),
    key("visit_time", Kind::Duration(SECOND, Duration::from_hours(6)),
        "A visit's time; what is left is taken up by the next visit. No less than total_timeout.").default("10m"),
    key("visit_articles", Kind::Number(1, 10_000), "Articles fetched in one visit at most.").default("50"),
    key("shutdown_grace", Kind::Duration(Duration::ZERO, Duration::from_mins(10)),
        "Time to end visits after a signal, then they are cut off and taken up again at the next start.").default("20s"),
    key("min_free", Kind::Size(0, 1024 * GIB),
        "Bytes that must be free where the state lies. Below it the service pauses in place and goes on when there is room again, so that a full \
         disk is met before it is full.").default("256 MiB"),
];

#[rustfmt::skip]
const DEDUP: &[Key] = &[
    key("window", Kind::Duration(DAY, TEN_YEARS),
        "Time after which an article leaves the index, so that later copies of it are no longer found; the index takes about a kilobyte for each \
         article (`tintinh status` shows it).").default("400d"),
];

#[rustfmt::skip]
const SEARCH: &[Key] = &[
    key("enabled", Kind::Flag,
        "Whether `run` and `fetch` keep the index up to date. If not, `tintinh search` does so before it answers.").default("true"),
];

/// Ages at most; each costs a request for each article.
const MOST_AGES: usize = 16;

#[rustfmt::skip]
const REVISIT: &[Key] = &[
    key("after", Kind::List(&AGE, 0, MOST_AGES),
        "Ages at which an article is asked for again to see whether it was changed; rising. An empty list: never. Ages that are added \
         count for known articles, too, unless they have passed.")
        .default(r#"["2h", "1d", "7d"]"#).example(r#"["2h", "1d", "7d"]"#),
];

#[rustfmt::skip]
const LOG: &[Key] = &[
    key("filter", Kind::Text,
        "A level (error, warn, info, debug, trace), or levels by module: \"info,tintinh::fetch=debug\".")
        .default("info").example(r#""info" or "info,tintinh::fetch=debug""#),
    key("format", Kind::Word(&LOG_FORMATS),
        "How lines are written: \"text\", \"json\" (one object a line), \"journal\" (the systemd journal, with fields), or \"auto\": the journal \
         where stderr is connected to it, else text.").default("auto"),
    key("lines", Kind::Number(0, 100_000),
        "Lines about one portal in a minute at most, below the level of errors; what is left out is counted in one line. 0: any number.")
        .default("60"),
];

#[rustfmt::skip]
const ALARMS: &[Key] = &[
    key("command", list(&Kind::Text),
        "A program (an absolute path) and its arguments, run for each alarm that is raised or over. It is given the alarm as a JSON object on its \
         standard input. No shell stands in between. An empty list: none.").default("[]").example(r#"["/usr/local/bin/tell", "--to", "ops"]"#),
    key("timeout", Kind::Duration(SECOND, Duration::from_mins(10)), "Time for the command, then it is killed, and tried again later.").default("30s"),
    key("failing_after", Kind::Duration(HOUR, Duration::from_hours(30 * 24)),
        "Time after which a portal or a source that fails without a break is an alarm.").default("1d"),
    key("silent_after", Kind::Number(0, 100),
        "How many times its usual gap a portal may be silent before that is an alarm: the usual gap is the median of the longest gaps of the last 28 \
         days with something new. 0: for ever.").default("5"),
];

#[rustfmt::skip]
const METRICS: &[Key] = &[
    key("listen", Kind::Text,
        "An address with its port, on loopback unless `token_file` is set: in a container it is `0.0.0.0:9464`. Nothing is served where it is \
         not set. Who asks must do so by an address, as localhost or by a name without dots, or know the token: a proxy before it \
         sends such a Host and not its visitors' (nginx does; Caddy: `header_up Host {upstream_hostport}`).").example(r#""127.0.0.1:9464""#),
    key("token_file", Kind::Text,
        "The file of a token that who asks must send as \"Authorization: Bearer <token>\". A bare name is that of a credential of the unit \
         (LoadCredential=), else a file beside this one. Without it everybody on this machine may ask.").example(r#""metrics-token""#),
];

#[rustfmt::skip]
const RETENTION: &[Key] = &[
    key("records", Kind::Duration(DAY, HUNDRED_YEARS), "The age of a day at which its files of records are deleted.").example(r#""3650d""#),
    key("articles", Kind::Duration(Duration::from_hours(90 * 24), HUNDRED_YEARS),
        "Time after which articles that no source has shown any more are forgotten by the database: `export` and `diff` know them no more. A \
         tombstone of each stays.").example(r#""3650d""#),
    key("tombstones", Kind::Duration(Duration::ZERO, HUNDRED_YEARS),
        "Time for which the tombstone of a forgotten article stays: its id, addresses, identifier and the sketch of its text, a tenth of its record. \
         Should a source show it again, also at another address, nothing is written while it says the same, else its next revision under its \
         id; copies of it name it. After that time it would be recorded as new, under the same id.").default("3650d"),
];

#[rustfmt::skip]
const DEFAULTS: &[Key] = &[
    EVERY.default("1h"),
    EVERY_MAX.default("4h"),
    QUIET.default("[]"),
    DELAY.doc("Least time between two requests; [fetch] delay where it is absent.").example(r#""5s""#),
];

const BETWEEN_VISITS: Kind = Kind::Duration(SECOND, Duration::from_hours(365 * 24));
const HOURS: Kind = Kind::Form(r"^\s*[0-2][0-9]:[0-5][0-9]\s*-\s*[0-2][0-9]:[0-5][0-9]\s*$");
/// Highest first number and step of pages: far above what is seen, and far below an overflow.
const PAGE_NUMBER: i64 = 1_000_000;
/// Rows a page at most, as wide as a request can be meant.
const MOST_ROWS: i64 = 100_000;

const TLS_MODES: [&str; 3] = words(&TlsMode::WORDS);
const KEPT_KINDS: [&str; 4] = words(&PageKind::KEEPABLE);

const SELECT_EXAMPLE: &str = r#"{ item = "li.news", date = "span.date" }"#;
const PAGING_EXAMPLE: &str = r#"{ by = "query", parameter = "page" }"#;

#[rustfmt::skip]
pub(in crate::config) const PORTAL: File = File {
    name: "portal",
    path: "portals/<id>.toml",
    doc: "config/portals/<id>.toml: one portal. The file's name is its id.",
    keys: &[
        key("name", Kind::Text, "The portal's name as people print it.").required(r#""Cổng Thông tin điện tử …""#),
        key("province", NAME, "The province's key; left out for what is not of one province.").example(r#""vinh-phuc""#),
        HOME,
        HOSTS,
        key("group", NAME, "Portals of one group are never visited at the same time; the home's host by default.").example(r#""vinhphuc.gov.vn""#),
        key("platform", NAME, "The CMS family: a file in platforms/.").example(r#""nukeviet""#),
        key("language", Kind::Form("^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"), "BCP 47 tag of what is published.").default("vi").example(r#""vi""#),
        key("enabled", Kind::Flag, "Whether it is visited.").default("true"),
        VERIFIED,
        EVERY,
        EVERY_MAX,
        QUIET,
        DELAY,
        key("tls", Kind::Word(&TLS_MODES),
            "How TLS is done: `modern` by rustls; `legacy` for old servers, by OpenSSL with old versions, ciphers and keys; `unverified` as a last \
             resort, by OpenSSL without verification of certificates.").default("modern"),
        key("extra_ca", Kind::Texts,
            "Files of certificates (PEM or DER) that are trusted as issuers for this portal. Relative paths begin in the config folder.")
            .example(r#""ca/issuer.pem", or a list of such files"#),
        key("intermediates", Kind::Texts,
            "Files of issuers' certificates (PEM or DER) that the server forgets to send. Relative paths begin in the config folder.")
            .example(r#""ca/issuer.pem", or a list of such files"#),
        key("pins", Kind::Texts,
            "Keys one of which the server's certificate must have: `sha256/` and the base64 of the SHA-256 of its SPKI.")
            .example(r#""sha256/" and the base64 of the key's SHA-256; an error message about the certificate shows it"#),
        key("exclude", Kind::Texts, "Regular expressions over path and query: what they match is left alone.").example("'^/tin-tuc/'"),
        key("keep", list(&Kind::Word(&KEPT_KINDS)),
            "Kinds of pages that are kept beside articles; `[\"document\"]` by default. Legal documents, videos or pictures with next to no text, \
             events of a calendar.").example(r#"["document", "gallery"]"#),
        key("source", Kind::Tables(SOURCE), "Where links to articles are found."),
        ARTICLE,
        IDENTITY,
    ],
};

#[rustfmt::skip]
const HOME: Key = key("home", Kind::Address, "The address of the front page.").required(r#""https://example.vn/""#);
#[rustfmt::skip]
const HOSTS: Key = key("hosts", Kind::List(&Kind::Text, 1, usize::MAX),
    "Hosts whose addresses belong to the portal, `*.x` for all below x; the home's by default.").example(r#"["example.vn", "*.example.vn"]"#);
#[rustfmt::skip]
const VERIFIED: Key = key("verified", Kind::Text, "What this file rests on.");
#[rustfmt::skip]
const EVERY: Key = key("every", BETWEEN_VISITS,
    "Least time between visits, and so between two looks at one source; up to a tenth more.");
#[rustfmt::skip]
const EVERY_MAX: Key = key("every_max", BETWEEN_VISITS,
    "Time between visits at most. Once a portal is known for a week, the next visit waits for as long as nothing new is likely by the hours in which \
     it publishes: by night, on weekends, for days. Not longer than `every`: it is visited in one rhythm, day and night.");
#[rustfmt::skip]
const QUIET: Key = key("quiet", list(&HOURS),
    "Hours of the day in +07:00 in which portals are left alone; what is asked for by hand (`tintinh fetch`) is done all the same. Example: \
     quiet = [\"22:00-05:00\", \"12:00-13:30\"].").example(r#"["22:00-05:00"]"#);
/// None at all is for servers of one's own; `tintinh check` warns below a second.
#[rustfmt::skip]
const DELAY: Key = key("delay", Kind::Duration(Duration::ZERO, HOUR), "Least time between two requests.");
#[rustfmt::skip]
const DATE_ORDER: Key = key("date_order", Kind::Word(&["day-first", "month-first"]), "Which number of a date is the day.");
#[rustfmt::skip]
const ARTICLE: Key = key("article", Kind::Tables(ARTICLE_KEYS), "Rules for article pages, dated: lists of candidates for each field.");
#[rustfmt::skip]
const IDENTITY: Key = key("identity", Kind::Table(IDENTITY_KEYS),
    "How addresses name an article; the platform's by default. Its id is made of that alone, so that it outlives an edit of the slug.");

#[rustfmt::skip]
const SOURCE: &[Key] = &[
    key("id", NAME, "Its name within the portal; the kind by default.").example(r#""thoi-su""#),
    key("kind", Kind::Word(&["feed", "sitemap", "listing", "json"]), "What it is.").switch(),
    key("url", Kind::Address, "Its address.").required(r#""https://example.vn/rss""#),
    key("pages", Kind::Number(1, 10_000), "Pages of it that one visit reads at most; 5 by default, 50 of sitemaps."),
    key("section", Kind::Text, "The rubric of links that name none.").example(r#""Thời sự""#),
    DATE_ORDER.fits(&["feed", "listing", "json"]),
    key("content", Kind::Word(&["hint", "article"]),
        "Whether the content given is a hint or the whole article, whose page is then not fetched.").default("hint").fits(&["feed", "json"]),
    key("distrust_minutes", Kind::Flag, "Whether the minutes of its dates cannot be trusted.").default("false").fits(&["feed"]),
    key("include", Kind::Texts,
        "Regular expressions: only addresses that one of them matches are articles.").example("'^/tin-tuc/'").fits(&["sitemap"]),
    key("follow", Kind::Texts,
        "Regular expressions: only sub-sitemaps that one of them matches are followed.").example("'/sitemap-tin-'").fits(&["sitemap"]),
    key("paging", Kind::OneOf(&[LISTING_PAGING, JSON_PAGING]), "How the list goes on.").example(PAGING_EXAMPLE).fits(&["listing", "json"]),
    key("select", Kind::Table(SELECT),
        "How items are read; the platform's way, or the generic reader's, by default.").example(SELECT_EXAMPLE).fits(&["listing"]),
    key("method", Kind::Word(&["GET", "POST"]), "How it is asked for.").default("GET").fits(&["json"]),
    key("form", Kind::Map, "The form that a POST carries.").example(r#"{ start = "0", length = "50" }"#).fits(&["json"]),
    key("body", Kind::Json, "The JSON that a POST carries.").example("{ page = 1 }").fits(&["json"]),
    key("items", POINTER, "Where the rows lie in the answer.").example(r#""/data""#).fits(&["json"]),
    key("link", Kind::Text,
        "The article's address: a template of JSON pointers in braces.")
        .required(r#""{/url}" or link = "https://example.vn/bai?id={/ID}""#).fits(&["json"]),
    key("fields", Kind::Table(FIELDS),
        "Where a row's values stand; all may be left out.").example(r#"{ title = "/Title", date = "/CreatedDate" }"#).fits(&["json"]),
];

const BY_NUMBER: &[&str] = &["query", "path", "post"];
const BY_LINK: &[&str] = &["next-link", "do-post-back"];

#[rustfmt::skip]
pub(in crate::config) const LISTING_PAGING: &[Key] = &[
    key("by", Kind::Word(&["query", "path", "next-link", "post", "do-post-back", "none"]), "How the list goes on.").switch(),
    key("first", Kind::Number(0, PAGE_NUMBER), "The first page's number.").default("1").fits(BY_NUMBER),
    key("step", Kind::Number(1, PAGE_NUMBER), "How much the number rises from page to page.").default("1").fits(&["query"]),
    key("parameter", Kind::Text,
        "The query parameter that holds the number; `*_cur` names the one that ends so.").required(r#""page""#).fits(&["query"]),
    key("pattern", Kind::Text, "The address of page n, with `{page}` for the number.").required(r#""/page/{page}""#).fits(&["path"]),
    key("select", Kind::Candidates, "The link to the next page.").required(r#"["a.next"]"#).fits(BY_LINK),
    key("url", Kind::Text, "Where the form is sent.").required(r#""/load-more""#).fits(&["post"]),
    key("pointer", POINTER, "Where the fragment lies in a JSON answer.").example(r#""/d""#).fits(&["post"]),
    key("form", Kind::Map,
        "The form, with `{page}` and `{input:NAME}` in its values.")
        .required(r#"{ pageIndex = "{page}", token = "{input:__TOKEN}" }"#).fits(&["post"]),
];

#[rustfmt::skip]
pub(in crate::config) const JSON_PAGING: &[Key] = &[
    key("by", Kind::Word(&["offset", "page", "none"]), "How the list goes on.").switch(),
    key("parameter", Kind::Text,
        "What holds the number of rows to skip or the page's number: a key of the form or query, or a pointer into the body.")
        .required(r#""start""#).fits(&["offset", "page"]),
    key("size", Kind::Number(1, MOST_ROWS), "Rows a page.").required("50").fits(&["offset"]),
    key("first", Kind::Number(0, MOST_ROWS), "The first page's number.").default("1").fits(&["page"]),
    key("total", POINTER, "Where the number of pages stands in the answer.").example(r#""/totalPages""#).fits(&["page"]),
];

#[rustfmt::skip]
const SELECT: &[Key] = &[
    key("item", Kind::Candidates, "One element for each article."),
    key("link", Kind::Candidates, "Within an item: the link."),
    key("title", Kind::Candidates, "Within an item: the headline."),
    key("date", Kind::Candidates, "Within an item: the date."),
    key("summary", Kind::Candidates, "Within an item: the teaser."),
    key("image", Kind::Candidates, "Within an item: the image."),
    key("section", Kind::Candidates, "Within an item: the rubric."),
];

#[rustfmt::skip]
const FIELDS: &[Key] = &[
    key("title", POINTER, "The headline.").example(r#""/Title""#),
    key("date", POINTER, "The date.").example(r#""/Date""#),
    key("modified", POINTER, "The date of the last change.").example(r#""/Modified""#),
    key("summary", POINTER, "The lead.").example(r#""/Summary""#),
    key("content", POINTER, "The article's HTML.").example(r#""/ContentNews""#),
    key("guid", POINTER, "The row's own identifier.").example(r#""/ID""#),
    key("image", POINTER, "The teaser's image.").example(r#""/Image""#),
    key("author", POINTER, "The author.").example(r#""/Author""#),
    key("section", POINTER, "The rubric.").example(r#""/Category""#),
];

#[rustfmt::skip]
const ARTICLE_KEYS: &[Key] = &[
    key("since", Kind::Day, "First day on which they hold."),
    key("until", Kind::Day, "Last day on which they held."),
    key("title", Kind::Candidates, "The headline."),
    key("lead", Kind::Candidates, "The lead."),
    key("body", Kind::Candidates, "The body's container."),
    key("date", Kind::Candidates, "The date of publication."),
    key("modified", Kind::Candidates, "The date of the last change."),
    key("author", Kind::Candidates, "The authors."),
    key("source", Kind::Candidates, "The source line."),
    key("section", Kind::Candidates, "The rubric."),
    key("tags", Kind::Candidates, "Keywords."),
    key("caption", Kind::Candidates, "Captions within the body."),
    key("attachment", Kind::Candidates, "Links to documents, wherever they stand."),
    key("drop", Kind::Texts, "Elements to leave out before anything is read.").example(r#""div.related""#),
    DATE_ORDER,
];

#[rustfmt::skip]
const IDENTITY_KEYS: &[Key] = &[
    key("query", Kind::Texts, "Query parameters that name it: where one is there, the others fall.").example(r#"["ItemID"]"#),
    key("path", list(&Kind::Table(PATH_RULE)),
        "Patterns over path and query; the first that matches decides.").example(r"[{ pattern = '-(\d+)\.html$', name = '/tin/$1' }]"),
    key("ignore_case", Kind::Flag, "Whether the server does not tell upper from lower case.").default("false"),
];

#[rustfmt::skip]
const PATH_RULE: &[Key] = &[
    key("pattern", Kind::Text, "A regular expression over the canonical address from its path on.").required(r"'-(\d+)\.html$'"),
    key("name", Kind::Form("^/"), "What names the article: a path with `$1` or `${name}` for what the groups match.").required("'/tin/$1'"),
];

#[rustfmt::skip]
pub(in crate::config) const PLATFORM: File = File {
    name: "platform",
    path: "platforms/<id>.toml",
    doc: "config/platforms/<id>.toml: a CMS family. The file's name is its id.",
    keys: &[
        key("name", Kind::Text, "The family's name as people call it.").required(r#""NukeViet""#),
        VERIFIED,
        key("detect", Kind::Table(DETECT), "How its pages are recognised."),
        ARTICLE,
        IDENTITY.doc("How its addresses name an article."),
        key("listing", Kind::Table(LISTING), "How its lists are read."),
    ],
};

const DETECT: &[Key] =
    &[key("any", Kind::Texts, "Selectors that only this family's pages match, each enough by itself.")
        .required(r#"["div.asset-full-content"]"#)];

#[rustfmt::skip]
const LISTING: &[Key] = &[
    key("select", Kind::Table(SELECT), "How items are read.").example(SELECT_EXAMPLE),
    key("paging", Kind::Table(LISTING_PAGING), "How a list goes on.").example(PAGING_EXAMPLE),
    DATE_ORDER,
];

#[rustfmt::skip]
pub(in crate::config) const CATALOGUE: File = File {
    name: "catalogue",
    path: "catalogue/<id>.toml",
    doc: "config/catalogue/<id>.toml: a portal that is known of, whether or not it is visited. The file's name is its id.",
    keys: &[
        key("name", Kind::Text, "The outlet's name as people print it.").required(r#""Báo Nghệ An""#),
        key("kind", Kind::Word(&OUTLET_KINDS), "What it is.").default("portal"),
        key("province", NAME, "The province's key; left out for what is not of one province.").example(r#""vinh-phuc""#),
        HOME,
        HOSTS.doc("The portal's hosts, older names and editions included; the home's by default."),
        key("family", NAME, "The CMS family, where it is known: a file in platforms/.").example(r#""nukeviet""#),
        key("tls", Kind::Word(&TLS_MODES), "How TLS is done, where somebody had to know: as `tls` of a portal's file.").example(r#""legacy""#),
        key("succeeds", list(&NAME), "Entries of the provinces that became a part of this one."),
        key("succeeded_by", NAME, "The entry of the province that this one is a part of."),
        key("verified", Kind::Flag, "Whether somebody looked at the live host.").required("false"),
        key("evidence", Kind::Text, "What the entry rests on.").required(r#""a list of links; nothing was fetched""#),
        key("note", Kind::Text, "What else should be known."),
        key("code", Kind::Tables(CODE), "A code of the General Statistics Office and the days on which it stood for the province; the oldest first."),
        key("source", Kind::Tables(KNOWN_SOURCE), "Where its articles can be had, by what somebody saw or used. `tintinh enable` makes sources of them."),
    ],
};

#[rustfmt::skip]
const KNOWN_SOURCE: &[Key] = &[
    key("kind", Kind::Word(&KNOWN_KINDS), "What lies there; a directory is a page that names feeds.").required(r#""feed""#),
    key("url", Kind::Address, "Its address.").required(r#""https://example.vn/rss""#),
    key("section", Kind::Text, "The rubric of its articles.").example(r#""Thời sự""#),
    key("seen", Kind::Word(&OBSERVATIONS),
        "How it came to be known: measured (somebody saw articles), linked by the site, in its directory of feeds, in its robots.txt, read by public \
         code, or only by addresses of articles.").required(r#""code""#),
    key("year", Kind::Number(1990, 2100), "The year of the newest evidence."),
    key("evidence", Kind::Text, "Who says so.").required(r#""a public repository""#),
];

#[rustfmt::skip]
const CODE: &[Key] = &[
    key("code", Kind::Form("^[0-9]{2}$"), "Two digits.").required(r#""26""#),
    key("name", Kind::Text, "The province's full name on these days.").required(r#""Tỉnh Vĩnh Phúc""#),
    key("from", Kind::Day, "The first day, where it is known."),
    key("to", Kind::Day, "The first day on which it no longer held; absent where it still does."),
];

/// A candidate with a pattern, as a table.
#[rustfmt::skip]
pub(in crate::config) const CANDIDATE: &[Key] = &[
    key("select", Kind::Text, "A CSS selector, maybe followed by ` @attribute`.").required(r#""p.meta""#),
    key("pattern", Kind::Text, "A regular expression: the value is its first group, or its whole match.").example(r"'Ngày (\S+)'"),
];
