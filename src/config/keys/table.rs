//! The rows, file by file. Rows that several files share are with the portal's. Each row is one line if it fits.

use std::time::Duration;

use crate::config::catalogue::KnownKind;
use crate::config::catalogue::Observation;
use crate::config::catalogue::OutletKind;
use crate::config::keys::File;
use crate::config::keys::GIB;
use crate::config::keys::HOUR;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::NAME;
use crate::config::keys::PORT;
use crate::config::keys::SECOND;
use crate::config::keys::TEN_YEARS;
use crate::config::keys::attachments;
use crate::config::keys::key;
use crate::config::keys::list;
use crate::config::keys::pages::PAGES;
use crate::config::keys::sinks::SINK;
use crate::config::keys::telling::NOTIFY;
use crate::config::keys::words;
use crate::model::article::PageKind;
use crate::model::settings::ImageSetting;
use crate::model::settings::LogFormat;
use crate::model::tls::TlsMode;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);
const KIB: u64 = 1 << 10;

/// A JSON pointer (RFC 6901).
const POINTER: Kind = Kind::Form("^(/([^~]|~[01])*)?$");

/// Bounds of the time limits of `[fetch]`. With less, no handshake finishes. With more, one request would take a whole visit.
const TIMEOUT: Kind = Kind::Duration(Duration::from_millis(100), Duration::from_mins(10));
/// Bounds of both sizes of `[fetch]`. The body is held in memory, once for each portal that is being visited.
const BODY: Kind = Kind::Size(64 * KIB, GIB);
const AGE: Kind = Kind::Duration(MINUTE, Duration::from_hours(3650 * 24));
const OUTLET_KINDS: [&str; 6] = words(&OutletKind::WORDS);
const KNOWN_KINDS: [&str; 4] = words(&KnownKind::WORDS);
const OBSERVATIONS: [&str; 6] = words(&Observation::WORDS);
const LOG_FORMATS: [&str; 4] = words(&LogFormat::WORDS);
const IMAGES: [&str; 3] = words(&ImageSetting::WORDS);
const HUNDRED_YEARS: Duration = Duration::from_hours(36_500 * 24);

#[rustfmt::skip]
pub(in crate::config) const MAIN: File = File {
    name: "tintinh",
    path: "tintinh.toml",
    doc: "Settings of tintinh. Every key is optional: this file shows the defaults. A line that begins with `#` and a key has no fixed default; \
          remove the `#` to set the key. Durations are whole numbers with the units ms, s, m, h or d (\"90s\", \"1h30m\"). Sizes are whole \
          numbers with the unit B, KiB, MiB or GiB. `tintinh check` reports all errors of this folder at once.",
    keys: &[
        key("contact", Kind::Text,
            "How the operator of a portal can contact you about this program's requests: a \"mailto:\" or web URL. It is sent with every request, \
             as `tintinh/<version> (+<contact>)`. Please set it; without it, operators cannot know who sends the requests.")
            .example(r#""mailto:you@example.org""#),
        key("state_dir", Kind::Text,
            "The folder of the state: the database, the page store and the lock. A relative path starts from the folder of this file. Default: \
             `tintinh-data` in the working directory, or /var/lib/tintinh if this file is /etc/tintinh/tintinh.toml. The flag --state-dir \
             overrides this key.").example(r#""/var/lib/tintinh""#),
        key("records_dir", Kind::Text,
            "The folder of the records, with one folder for each portal. A relative path starts from the folder of this file. Default: `records` in \
             the state folder. The flag --records-dir overrides this key.").example(r#""/var/lib/tintinh/records""#),
        key("fetch", Kind::Table(FETCH), "How pages are fetched."),
        key("pages", Kind::Table(PAGES), "The store of raw pages. With it, articles can be read again when rules change."),
        key("store", Kind::Table(super::store::STORE), "Where the database is: SQLite in the state folder, or PostgreSQL for many workers (docs/postgres.md)."),
        key("engine", Kind::Table(ENGINE), "Limits of visits and of the service."),
        key("dedup", Kind::Table(DEDUP), "How copies of a story are found."),
        key("search", Kind::Table(SEARCH), "The index of `tintinh search`."),
        key("attachments", Kind::Table(attachments::ATTACHMENTS), "Which files that articles offer are fetched and read. By default none is."),
        key("revisit", Kind::Table(REVISIT), "When known articles are fetched again."),
        key("log", Kind::Table(LOG), "What is logged and how."),
        key("alarms", Kind::Table(ALARMS),
            "When an alarm is raised: a portal's rules no longer match, a list is empty, a source fails, or a portal is silent for unusually long. \
             Each alarm is raised once. It is logged, counted in the metrics, and shown by `tintinh status` until its cause is gone."),
        key("notify", Kind::Tables(NOTIFY),
            "Whom to tell of what watches find (`watch/<id>.toml`) and of alarms. Write one table for each way. `tintinh notify test ID` tries one."),
        key("metrics", Kind::Table(METRICS), "Where metrics (/metrics, in the OpenMetrics format) and health (/healthz, /readyz) are served."),
        key("sink", Kind::Tables(SINK),
            "Where records are sent in addition to the record files. Each sink gets them at least once, in the order in which they were written, \
             independently of the others. Write one table for each sink. What a receiver does not take is sent again until it does."),
        key("web", Kind::Table(WEB), "The reader: stories, articles, search and coverage as pages and as feeds."),
        key("retention", Kind::Table(RETENTION), "What is deleted because of its age. If neither `records` nor `articles` is set, nothing is."),
        key("defaults", Kind::Table(DEFAULTS), "Values for portals whose files do not set them."),
    ],
};

#[rustfmt::skip]
const FETCH: &[Key] = &[
    key("user_agent", Kind::Text,
        "The whole User-Agent, instead of the one built from `contact`. Its first word is the name that is looked up in robots.txt.")
        .example(r#""tintinh/0.1 (+mailto:you@example.org)""#),
    key("connect_timeout", TIMEOUT, "Time to connect, TLS included.").default("10s"),
    key("first_byte_timeout", TIMEOUT, "Time from the request to the first byte of the response.").default("30s"),
    key("idle_timeout", TIMEOUT, "Time between two pieces of a response's body. It stops servers that send very slowly.").default("20s"),
    key("total_timeout", TIMEOUT, "Time for one request, from sending it to the last byte of the response.").default("1m"),
    key("max_wire_bytes", BODY, "Maximum size of a response on the wire.").default("16 MiB"),
    key("max_body_bytes", BODY,
        "Maximum size of a response after decompression. It is held in memory, one for each portal that is being visited.").default("32 MiB"),
    key("max_redirects", Kind::Number(0, 20), "Maximum number of redirects to follow.").default("10"),
    DELAY.doc(
        "Minimum time between two requests to one group of portals. The robots.txt of a host may ask for more. Use less than 1s only for your own servers.")
        .default("5s"),
    key("allow_addresses", list(&Kind::Text),
        "Private, local and reserved IP addresses are never connected to, except those in these blocks (CIDR: \"127.0.0.0/8\", \"fc00::/7\").")
        .default("[]").example(r#"["127.0.0.0/8"]; a single address is "127.0.0.1/32""#),
    key("allow_ports", list(&PORT), "Ports that may be connected to, in addition to 80 and 443.").default("[]").example("[8080]"),
    key("resolve", Kind::Map,
        "Hosts that are resolved here and not by DNS. The port is used if a URL names none. Put the names between quotes.")
        .example(r#"{ "example.vn" = "127.0.0.1:8080" }"#),
];

#[rustfmt::skip]
const ENGINE: &[Key] = &[
    key("concurrency", Kind::Number(1, 256), "Maximum number of portals visited at the same time. Portals of one group are visited one after the other.").default("8"),
    key("visit_time", Kind::Duration(SECOND, Duration::from_hours(6)),
        "Maximum time of a visit. The next visit continues with the rest. Not less than total_timeout.").default("10m"),
    key("visit_articles", Kind::Number(1, 10_000), "Maximum number of articles fetched in one visit.").default("50"),
    key("shutdown_grace", Kind::Duration(Duration::ZERO, Duration::from_mins(10)),
        "Time for visits to end after a stop signal. Then they are interrupted, and the next start continues them.").default("20s"),
    key("min_free", Kind::Size(0, 1024 * GIB),
        "Free space that the disk of the state folder must have. Below it, the service pauses until there is space again, so that it never \
         fills the disk.").default("256 MiB"),
];

#[rustfmt::skip]
const DEDUP: &[Key] = &[
    key("window", Kind::Duration(DAY, TEN_YEARS),
        "Time after which an article leaves the index. Later copies of it are then no longer found. The index takes about a kilobyte for each \
         article (`tintinh status` shows it).").default("400d"),
];

#[rustfmt::skip]
const SEARCH: &[Key] = &[
    key("enabled", Kind::Flag,
        "Whether `run` and `fetch` keep the index up to date. If not, only `tintinh search` updates it, before it searches.").default("true"),
];

/// Maximum number of ages. Each costs a request for each article.
const MOST_AGES: usize = 16;

#[rustfmt::skip]
const REVISIT: &[Key] = &[
    key("after", Kind::List(&AGE, 0, MOST_AGES),
        "Ages at which an article is fetched again to see whether it has changed, in ascending order. An empty list means never. Ages that \
         you add also apply to known articles that have not reached them yet.")
        .default(r#"["2h", "1d", "7d"]"#).example(r#"["2h", "1d", "7d"]"#),
];

#[rustfmt::skip]
const LOG: &[Key] = &[
    key("filter", Kind::Text,
        "A level (error, warn, info, debug, trace), or levels by module: \"info,tintinh::fetch=debug\".")
        .default("info").example(r#""info" or "info,tintinh::fetch=debug""#),
    key("format", Kind::Word(&LOG_FORMATS),
        "The format of the log: \"text\", \"json\" (one object per line), \"journal\" (the systemd journal, with fields), or \"auto\": the journal \
         if stderr is connected to it, else text.").default("auto"),
    key("lines", Kind::Number(0, 100_000),
        "Maximum number of lines per minute about one portal, not counting errors. One line gives the number of omitted lines. 0 means no limit.")
        .default("60"),
];

#[rustfmt::skip]
const ALARMS: &[Key] = &[
    key("command", list(&Kind::Text),
        "A program (an absolute path) and its arguments, run for each alarm that is raised or over. It receives the alarm as a JSON object on its \
         standard input. It is run without a shell. An empty list means no command.").default("[]").example(r#"["/usr/local/bin/tell", "--to", "ops"]"#),
    key("to", list(&NAME), "Ids of [[notify]] that are told of each alarm, in addition to `command`.").default("[]").example(r#"["ops"]"#),
    key("timeout", Kind::Duration(SECOND, Duration::from_mins(10)), "Time for the command. Then it is killed, and run again later.").default("30s"),
    key("failing_after", Kind::Duration(HOUR, Duration::from_hours(30 * 24)),
        "Time after which a portal, a source or a sink that fails without a break raises an alarm.").default("1d"),
    key("silent_after", Kind::Number(0, 100),
        "A portal that is silent for this many times its usual gap raises an alarm. The usual gap is the median of the longest gaps of the last \
         28 days with something new. 0 means no alarm.").default("5"),
];

#[rustfmt::skip]
const METRICS: &[Key] = &[
    key("listen", Kind::Text,
        "IP address and port. The address must be loopback unless `token_file` is set; in a container, use `0.0.0.0:9464`. Without this key, nothing \
         is served. A request must name an IP address, localhost or a name without dots as its Host, or send the token. So a proxy in front of \
         it must send such a Host, not that of its visitors (nginx does; Caddy: `header_up Host {upstream_hostport}`).").example(r#""127.0.0.1:9464""#),
    key("token_file", Kind::Text,
        "The file of a token that clients must send as \"Authorization: Bearer <token>\". A bare name is a credential of the unit \
         (LoadCredential=), or else a file next to this one. Without a token, everybody on this machine has access.").example(r#""metrics-token""#),
];

#[rustfmt::skip]
const WEB: &[Key] = &[
    key("listen", Kind::Text,
        "An address with its port, on loopback unless `password_file` or `public` is set. Nothing is served where it is not set.")
        .example(r#""127.0.0.1:8780""#),
    key("password_file", Kind::Text,
        "The file of the password that visitors must know. A bare name is that of a credential of the unit (LoadCredential=), else a file \
         beside this one. Without it everybody on this machine may read. Nothing is encrypted: between machines a proxy with TLS belongs before \
         the reader.").example(r#""web-password""#),
    key("public", Kind::Flag, "Whether everybody may read, from any machine and under any name. Not beside `password_file`.").default("false"),
    key("images", Kind::Word(&IMAGES),
        "When pages load the portals' images: where the visitor asks for them, always, or never. Until then the portals do not learn that somebody \
         reads.").default("click"),
];

#[rustfmt::skip]
const RETENTION: &[Key] = &[
    key("records", Kind::Duration(DAY, HUNDRED_YEARS), "Time after which the record files of a day are deleted.").example(r#""3650d""#),
    key("articles", Kind::Duration(Duration::from_hours(90 * 24), HUNDRED_YEARS),
        "Time after which the database forgets articles that no source lists any more. `export` and `diff` no longer find them. A tombstone of \
         each remains.").example(r#""3650d""#),
    key("tombstones", Kind::Duration(Duration::ZERO, HUNDRED_YEARS),
        "How long the tombstone of a forgotten article is kept: its id, URLs, identifier and a sketch of its text, a tenth of its record. If a \
         source lists the article again, even at another URL, nothing is written if it is unchanged, else its next revision under the same id. \
         Copies of it refer to it. After this time, it would be recorded as new, under the same id.").default("3650d"),
];

#[rustfmt::skip]
const DEFAULTS: &[Key] = &[
    EVERY.default("1h"),
    EVERY_MAX.default("4h"),
    QUIET.default("[]"),
    DELAY.doc("Minimum time between two requests. Default: `delay` of [fetch].").example(r#""5s""#),
];

const BETWEEN_VISITS: Kind = Kind::Duration(SECOND, Duration::from_hours(365 * 24));
const HOURS: Kind = Kind::Form(r"^\s*[0-2][0-9]:[0-5][0-9]\s*-\s*[0-2][0-9]:[0-5][0-9]\s*$");
/// Maximum number and step of pages: far above what sites use, and far below an overflow.
const PAGE_NUMBER: i64 = 1_000_000;
/// Maximum number of rows per page, far above what a request can mean.
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
        key("name", Kind::Text, "The portal's name, as it is printed.").required(r#""Cổng Thông tin điện tử …""#),
        key("province", NAME, "The province's key. Omit it if the portal does not belong to one province.").example(r#""vinh-phuc""#),
        HOME,
        HOSTS,
        key("group", NAME, "Portals of one group are never visited at the same time. Default: the host of `home`.").example(r#""vinhphuc.gov.vn""#),
        key("platform", NAME, "The CMS family: a file in platforms/.").example(r#""nukeviet""#),
        key("language", Kind::Form("^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"), "The language of its articles, as a BCP 47 tag.").default("vi").example(r#""vi""#),
        key("enabled", Kind::Flag, "Whether the portal is visited.").default("true"),
        VERIFIED,
        EVERY,
        EVERY_MAX,
        QUIET,
        DELAY,
        key("tls", Kind::Word(&TLS_MODES),
            "How TLS works: `modern` uses rustls. `legacy` is for old servers: OpenSSL with old versions, ciphers and keys. `unverified` is a last \
             resort: OpenSSL without verification of certificates.").default("modern"),
        key("extra_ca", Kind::Texts,
            "Files of certificates (PEM or DER) that are trusted as issuers for this portal. Relative paths start from the config folder.")
            .example(r#""ca/issuer.pem", or a list of such files"#),
        key("intermediates", Kind::Texts,
            "Files of issuers' certificates (PEM or DER) that the server fails to send. Relative paths start from the config folder.")
            .example(r#""ca/issuer.pem", or a list of such files"#),
        key("pins", Kind::Texts,
            "Public keys, one of which the server's certificate must have: `sha256/` and the base64 of the SHA-256 of its SPKI.")
            .example(r#""sha256/" and the base64 of the key's SHA-256; an error message about the certificate shows it"#),
        key("exclude", Kind::Texts, "Regular expressions over path and query. Matching URLs are never requested.").example("'^/tin-tuc/'"),
        key("keep", list(&Kind::Word(&KEPT_KINDS)),
            "Kinds of pages that are recorded in addition to articles: legal documents, videos or pictures with almost no text, calendar events. \
             Default: `[\"document\"]`.").example(r#"["document", "gallery"]"#),
        attachments::OF_PORTAL,
        key("source", Kind::Tables(SOURCE), "Where links to articles are found."),
        ARTICLE,
        IDENTITY,
    ],
};

#[rustfmt::skip]
const HOME: Key = key("home", Kind::Address, "The URL of the front page.").required(r#""https://example.vn/""#);
#[rustfmt::skip]
const HOSTS: Key = key("hosts", Kind::List(&Kind::Text, 1, usize::MAX),
    "Hosts whose URLs belong to the portal, by default the host of `home`; `*.x` means all hosts below x.").example(r#"["example.vn", "*.example.vn"]"#);
#[rustfmt::skip]
const VERIFIED: Key = key("verified", Kind::Text, "What this file is based on.");
#[rustfmt::skip]
const EVERY: Key = key("every", BETWEEN_VISITS,
    "Minimum time between visits, and so between two requests for one source. Up to a tenth is added.");
#[rustfmt::skip]
const EVERY_MAX: Key = key("every_max", BETWEEN_VISITS,
    "Maximum time between visits. Once a portal has been known for a week, visits pause while nothing new is likely at its usual hours of \
     publication: at night, on weekends, for days. If it is not longer than `every`, the portal is visited at that interval, day and night.");
#[rustfmt::skip]
const QUIET: Key = key("quiet", list(&HOURS),
    "Hours of the day in +07:00 in which the service does not visit portals. `tintinh fetch` ignores them. Example: \
     quiet = [\"22:00-05:00\", \"12:00-13:30\"].").example(r#"["22:00-05:00"]"#);
/// Zero is for your own servers. `tintinh check` warns below one second.
#[rustfmt::skip]
const DELAY: Key = key("delay", Kind::Duration(Duration::ZERO, HOUR), "Minimum time between two requests.");
#[rustfmt::skip]
const DATE_ORDER: Key = key("date_order", Kind::Word(&["day-first", "month-first"]), "Whether the first number of a date is the day or the month.");
#[rustfmt::skip]
const ARTICLE: Key = key("article", Kind::Tables(ARTICLE_KEYS), "Rules for article pages, with dates: a list of candidates for each field.");
#[rustfmt::skip]
const IDENTITY: Key = key("identity", Kind::Table(IDENTITY_KEYS),
    "How a URL identifies an article. Default: as the platform does. The id is derived only from this, so that it stays when the slug is edited.");

#[rustfmt::skip]
const SOURCE: &[Key] = &[
    key("id", NAME, "The source's name within the portal. Default: its kind.").example(r#""thoi-su""#),
    key("kind", Kind::Word(&["feed", "sitemap", "listing", "json"]), "The kind of source.").switch(),
    key("url", Kind::Address, "Its URL.").required(r#""https://example.vn/rss""#),
    key("pages", Kind::Number(1, 10_000), "Maximum number of pages that one visit reads. Default: 5, for sitemaps 50."),
    key("section", Kind::Text, "The section of links that name none.").example(r#""Thời sự""#),
    DATE_ORDER.fits(&["feed", "listing", "json"]),
    key("content", Kind::Word(&["hint", "article"]),
        "Whether the content is a hint or the whole article. In the second case, the article's page is not fetched.").default("hint").fits(&["feed", "json"]),
    key("distrust_minutes", Kind::Flag, "Whether the minutes of its dates are unreliable.").default("false").fits(&["feed"]),
    key("include", Kind::Texts,
        "Regular expressions. Only URLs that match one of them are articles.").example("'^/tin-tuc/'").fits(&["sitemap"]),
    key("follow", Kind::Texts,
        "Regular expressions. Only sub-sitemaps that match one of them are read.").example("'/sitemap-tin-'").fits(&["sitemap"]),
    key("paging", Kind::OneOf(&[LISTING_PAGING, JSON_PAGING]), "How to request the list's next pages.").example(PAGING_EXAMPLE).fits(&["listing", "json"]),
    key("select", Kind::Table(SELECT),
        "How to read items. Default: as the platform does, or else the generic reader.").example(SELECT_EXAMPLE).fits(&["listing"]),
    key("method", Kind::Word(&["GET", "POST"]), "The method of the request.").default("GET").fits(&["json"]),
    key("form", Kind::Map, "The form that a POST sends.").example(r#"{ start = "0", length = "50" }"#).fits(&["json"]),
    key("body", Kind::Json, "The JSON that a POST sends.").example("{ page = 1 }").fits(&["json"]),
    key("items", POINTER, "Where the rows are in the response.").example(r#""/data""#).fits(&["json"]),
    key("link", Kind::Text,
        "The article's URL: a template with JSON pointers in braces.")
        .required(r#""{/url}" or link = "https://example.vn/bai?id={/ID}""#).fits(&["json"]),
    key("fields", Kind::Table(FIELDS),
        "Where a row's values are. All are optional.").example(r#"{ title = "/Title", date = "/CreatedDate" }"#).fits(&["json"]),
];

const BY_NUMBER: &[&str] = &["query", "path", "post"];
const BY_LINK: &[&str] = &["next-link", "do-post-back"];

#[rustfmt::skip]
pub(in crate::config) const LISTING_PAGING: &[Key] = &[
    key("by", Kind::Word(&["query", "path", "next-link", "post", "do-post-back", "none"]), "How to request the list's next pages.").switch(),
    key("first", Kind::Number(0, PAGE_NUMBER), "The number of the first page.").default("1").fits(BY_NUMBER),
    key("step", Kind::Number(1, PAGE_NUMBER), "How much the number increases from page to page.").default("1").fits(&["query"]),
    key("parameter", Kind::Text,
        "The query parameter of the number; `*_cur` means any that ends like this.").required(r#""page""#).fits(&["query"]),
    key("pattern", Kind::Text, "The URL of page n, with `{page}` for the number.").required(r#""/page/{page}""#).fits(&["path"]),
    key("select", Kind::Candidates, "The link to the next page.").required(r#"["a.next"]"#).fits(BY_LINK),
    key("url", Kind::Text, "The URL to which the form is sent.").required(r#""/load-more""#).fits(&["post"]),
    key("pointer", POINTER, "Where the HTML is in a JSON response.").example(r#""/d""#).fits(&["post"]),
    key("form", Kind::Map,
        "The form. Its values may contain `{page}` and `{input:NAME}`.")
        .required(r#"{ pageIndex = "{page}", token = "{input:__TOKEN}" }"#).fits(&["post"]),
];

#[rustfmt::skip]
pub(in crate::config) const JSON_PAGING: &[Key] = &[
    key("by", Kind::Word(&["offset", "page", "none"]), "How to request the list's next pages.").switch(),
    key("parameter", Kind::Text,
        "Where the number of rows to skip or of the page is sent: a key of the form or query, or a pointer into the body.")
        .required(r#""start""#).fits(&["offset", "page"]),
    key("size", Kind::Number(1, MOST_ROWS), "Number of rows per page.").required("50").fits(&["offset"]),
    key("first", Kind::Number(0, MOST_ROWS), "The number of the first page.").default("1").fits(&["page"]),
    key("total", POINTER, "Where the number of pages is in the response.").example(r#""/totalPages""#).fits(&["page"]),
];

#[rustfmt::skip]
const SELECT: &[Key] = &[
    key("item", Kind::Candidates, "One element for each article."),
    key("link", Kind::Candidates, "Within an item: the link."),
    key("title", Kind::Candidates, "Within an item: the headline."),
    key("date", Kind::Candidates, "Within an item: the date."),
    key("summary", Kind::Candidates, "Within an item: the teaser."),
    key("image", Kind::Candidates, "Within an item: the image."),
    key("section", Kind::Candidates, "Within an item: the section."),
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
    key("section", POINTER, "The section.").example(r#""/Category""#),
];

#[rustfmt::skip]
const ARTICLE_KEYS: &[Key] = &[
    key("since", Kind::Day, "The first day on which the rules apply."),
    key("until", Kind::Day, "The last day on which the rules applied."),
    key("title", Kind::Candidates, "The headline."),
    key("lead", Kind::Candidates, "The lead."),
    key("body", Kind::Candidates, "The body's container."),
    key("date", Kind::Candidates, "The date of publication."),
    key("modified", Kind::Candidates, "The date of the last change."),
    key("author", Kind::Candidates, "The authors."),
    key("source", Kind::Candidates, "The source line."),
    key("section", Kind::Candidates, "The section."),
    key("tags", Kind::Candidates, "Keywords."),
    key("caption", Kind::Candidates, "Captions within the body."),
    key("attachment", Kind::Candidates, "Links to documents, anywhere on the page."),
    key("drop", Kind::Texts, "Elements that are removed before anything is read.").example(r#""div.related""#),
    DATE_ORDER,
];

#[rustfmt::skip]
const IDENTITY_KEYS: &[Key] = &[
    key("query", Kind::Texts, "Query parameters that identify the article. If a URL has one, all other parameters are ignored.").example(r#"["ItemID"]"#),
    key("path", list(&Kind::Table(PATH_RULE)),
        "Patterns over path and query. The first that matches counts.").example(r"[{ pattern = '-(\d+)\.html$', name = '/tin/$1' }]"),
    key("ignore_case", Kind::Flag, "Whether the server ignores case in URLs.").default("false"),
];

#[rustfmt::skip]
const PATH_RULE: &[Key] = &[
    key("pattern", Kind::Text, "A regular expression over the canonical URL, from its path on.").required(r"'-(\d+)\.html$'"),
    key("name", Kind::Form("^/"), "What identifies the article: a path with `$1` or `${name}` for what the groups match.").required("'/tin/$1'"),
];

#[rustfmt::skip]
pub(in crate::config) const PLATFORM: File = File {
    name: "platform",
    path: "platforms/<id>.toml",
    doc: "config/platforms/<id>.toml: a CMS family. The file's name is its id.",
    keys: &[
        key("name", Kind::Text, "The usual name of the family.").required(r#""NukeViet""#),
        VERIFIED,
        key("detect", Kind::Table(DETECT), "How its pages are recognized."),
        ARTICLE,
        IDENTITY.doc("How its URLs identify an article."),
        key("listing", Kind::Table(LISTING), "How its lists are read."),
    ],
};

const DETECT: &[Key] =
    &[key("any", Kind::Texts, "Selectors that match only pages of this family. One match is enough.")
        .required(r#"["div.asset-full-content"]"#)];

#[rustfmt::skip]
const LISTING: &[Key] = &[
    key("select", Kind::Table(SELECT), "How to read items.").example(SELECT_EXAMPLE),
    key("paging", Kind::Table(LISTING_PAGING), "How to request a list's next pages.").example(PAGING_EXAMPLE),
    DATE_ORDER,
];

#[rustfmt::skip]
pub(in crate::config) const CATALOGUE: File = File {
    name: "catalogue",
    path: "catalogue/<id>.toml",
    doc: "config/catalogue/<id>.toml: a known portal, whether or not it is visited. The file's name is its id.",
    keys: &[
        key("name", Kind::Text, "The outlet's name, as it is printed.").required(r#""Báo Nghệ An""#),
        key("kind", Kind::Word(&OUTLET_KINDS), "The kind of outlet.").default("portal"),
        key("province", NAME, "The province's key. Omit it if the portal does not belong to one province.").example(r#""vinh-phuc""#),
        HOME,
        HOSTS.doc("The outlet's hosts, including older names and editions, by default the host of `home`."),
        key("family", NAME, "The CMS family, if it is known: a file in platforms/.").example(r#""nukeviet""#),
        key("tls", Kind::Word(&TLS_MODES), "How TLS works, if somebody had to find out: like `tls` of a portal's file.").example(r#""legacy""#),
        key("succeeds", list(&NAME), "Entries of the provinces that became part of this one."),
        key("succeeded_by", NAME, "The entry of the province that this one became part of."),
        key("verified", Kind::Flag, "Whether somebody has looked at the live host.").required("false"),
        key("evidence", Kind::Text, "What the entry is based on.").required(r#""a list of links; nothing was fetched""#),
        key("note", Kind::Text, "Other facts."),
        key("code", Kind::Tables(CODE), "A code of the General Statistics Office and the days on which it denoted the province, the oldest first."),
        key("source", Kind::Tables(KNOWN_SOURCE), "Where its articles can be found, according to what somebody saw or used. `tintinh enable` turns these into sources."),
    ],
};

#[rustfmt::skip]
const KNOWN_SOURCE: &[Key] = &[
    key("kind", Kind::Word(&KNOWN_KINDS), "What is there; a directory is a page that lists feeds.").required(r#""feed""#),
    key("url", Kind::Address, "Its URL.").required(r#""https://example.vn/rss""#),
    key("section", Kind::Text, "The section of its articles.").example(r#""Thời sự""#),
    key("seen", Kind::Word(&OBSERVATIONS),
        "How it became known: measured (somebody saw articles), linked by the site, in its directory of feeds, in its robots.txt, read by public \
         code, or only through URLs of articles.").required(r#""code""#),
    key("year", Kind::Number(1990, 2100), "The year of the newest evidence."),
    key("evidence", Kind::Text, "The source of this information.").required(r#""a public repository""#),
];

#[rustfmt::skip]
const CODE: &[Key] = &[
    key("code", Kind::Form("^[0-9]{2}$"), "Two digits.").required(r#""26""#),
    key("name", Kind::Text, "The province's full name at that time.").required(r#""Tỉnh Vĩnh Phúc""#),
    key("from", Kind::Day, "The first day, if it is known."),
    key("to", Kind::Day, "The first day on which it was no longer valid. Absent if it still is."),
];

/// A candidate with a pattern, as a table.
#[rustfmt::skip]
pub(in crate::config) const CANDIDATE: &[Key] = &[
    key("select", Kind::Text, "A CSS selector, optionally followed by ` @attribute`.").required(r#""p.meta""#),
    key("pattern", Kind::Text, "A regular expression: the value is its first group, or its whole match.").example(r"'Ngày (\S+)'"),
];
