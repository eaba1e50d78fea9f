//! The shape of the files as JSON Schema, for editors and for people who check files without this program.
//!
//! The reader is written by hand because serde stops at the first error; the types here mirror what it takes, and a test holds the keys of
//! both to each other.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use crate::model::record::Record;
use crate::text::date::DateOrder;

/// The schemas by the stems of their files in `schema/`: those of the config files, which editors read (draft 7, the newest that all of
/// them know), and the record's.
pub fn schemas() -> Vec<(&'static str, Value)> {
    vec![
        ("tintinh", of_file::<Main>()),
        ("portal", of_file::<Portal>()),
        ("platform", of_file::<Platform>()),
        ("catalogue", of_file::<Catalogue>()),
        ("record", finished(SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Record>())),
    ]
}

fn of_file<T: JsonSchema>() -> Value {
    finished(SchemaSettings::draft07().into_generator().into_root_schema_for::<T>())
}

fn finished(schema: schemars::Schema) -> Value {
    let mut value = schema.to_value();
    drop_null(&mut value);
    let Value::Object(mut fields) = value else { return value };
    // What a file is comes first; a reader need not look for it behind 500 lines.
    let mut ordered = serde_json::Map::new();
    for key in ["$schema", "title", "description"] {
        ordered.extend(fields.shift_remove(key).map(|value| (key.to_owned(), value)));
    }
    ordered.extend(fields);
    Value::Object(ordered)
}

/// What is absent is left out, in TOML and in records alike: no value is ever `null`.
fn drop_null(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.values_mut().for_each(drop_null);
            if let Some(Value::Array(types)) = fields.get_mut("type") {
                types.retain(|name| name != "null");
                if let [only] = types.as_slice() {
                    let only = only.clone();
                    fields.insert("type".to_owned(), only);
                }
            }
            if let Some(Value::Array(choices)) = fields.get_mut("anyOf") {
                choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
                // Draft 7 ignores what stands beside a `$ref`, so that the one left goes into an `allOf` of its own.
                if choices.len() == 1
                    && let Some(only) = fields.shift_remove("anyOf")
                {
                    fields.insert("allOf".to_owned(), only);
                }
            }
        }
        Value::Array(values) => values.iter_mut().for_each(drop_null),
        _ => {}
    }
}

/// A duration: whole numbers with a unit of ms, s, m, h or d.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the derive only, as are all types here")]
struct Span(#[schemars(regex(pattern = r"^\s*([0-9]+(ms|s|m|h|d))+\s*$"))] String);

/// A span of the day, maybe over midnight: `22:00-05:00`.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct HourSpan(#[schemars(regex(pattern = r"^\s*[0-2][0-9]:[0-5][0-9]\s*-\s*[0-2][0-9]:[0-5][0-9]\s*$"))] String);

/// A size in bytes: a whole number with B, KiB, MiB or GiB.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Size(#[schemars(regex(pattern = r"^\s*[0-9]+\s*(B|KiB|MiB|GiB)\s*$"))] String);

/// 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Name(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9_.-]{0,63}$"))] String);

/// A JSON pointer (RFC 6901).
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Pointer(#[schemars(regex(pattern = r"^(/([^~]|~[01])*)?$"))] String);

/// A day, written without quotes.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Day(#[schemars(extend("format" = "date"))] String);

/// One text or a list of texts.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "a mirror of the reader")]
enum Texts {
    One(String),
    Many(Vec<String>),
}

/// Where a value may stand: the first candidate that matches counts.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "a mirror of the reader")]
enum Candidates {
    One(Candidate),
    Many(Vec<Candidate>),
}

/// A CSS selector, maybe followed by ` @attribute`; or a table.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "a mirror of the reader")]
enum Candidate {
    Text(String),
    Table(CandidateTable),
}

/// A selector and a pattern that cuts the value out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct CandidateTable {
    /// A CSS selector, maybe followed by ` @attribute`.
    select: String,
    /// A regular expression: the value is its first group, or its whole match.
    pattern: Option<String>,
}

/// config/tintinh.toml: settings of tintinh. Every key may be left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Main {
    /// Where the state lies: database, page store, lock. Relative paths begin in this file's folder.
    state_dir: Option<String>,
    /// Where records are written; `records` in the state folder by default.
    records_dir: Option<String>,
    /// Whom to write to about requests: a mailto: or web address, sent in the User-Agent.
    contact: Option<String>,
    /// How pages are fetched.
    fetch: Option<FetchTable>,
    /// How the page store is bounded.
    pages: Option<PagesTable>,
    /// How work is bounded.
    engine: Option<EngineTable>,
    /// How copies are looked for.
    dedup: Option<DedupTable>,
    /// When articles are looked at again.
    revisit: Option<RevisitTable>,
    /// What is logged, and how.
    log: Option<LogTable>,
    /// When an operator is told of what goes wrong, and how.
    alarms: Option<AlarmsTable>,
    /// Where metrics and health are served.
    metrics: Option<MetricsTable>,
    /// What is deleted by age; nothing where a key is absent.
    retention: Option<RetentionTable>,
    /// What portals get where their files do not say.
    defaults: Option<DefaultsTable>,
}

/// How pages are fetched.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct FetchTable {
    /// The whole User-Agent in place of `tintinh/<version> (+<contact>)`.
    user_agent: Option<String>,
    /// Time to connect, TLS included.
    connect_timeout: Option<Span>,
    /// Time from the request to the answer's first byte.
    first_byte_timeout: Option<Span>,
    /// Time between two pieces of an answer's body.
    idle_timeout: Option<Span>,
    /// Time for one exchange from the request to the last byte.
    total_timeout: Option<Span>,
    /// Bytes on the wire at most.
    max_wire_bytes: Option<Size>,
    /// Bytes after decompression at most.
    max_body_bytes: Option<Size>,
    /// Redirects at most.
    #[schemars(range(min = 0, max = 20))]
    max_redirects: Option<u32>,
    /// Least time between two requests to one group.
    delay: Option<Span>,
    /// Private addresses that may be connected to, as CIDR blocks.
    allow_addresses: Option<Vec<String>>,
    /// Ports beside 80 and 443 that may be connected to.
    #[schemars(inner(range(min = 1, max = 65535)))]
    allow_ports: Option<Vec<u16>>,
    /// Hosts that are resolved here and not by DNS: host = "ip:port".
    resolve: Option<BTreeMap<String, String>>,
}

/// How the page store is bounded.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct PagesTable {
    /// Exchanges older than this are dropped.
    keep: Option<Span>,
    /// Bytes on disk at most; the oldest files go first.
    max_bytes: Option<Size>,
}

/// How work is bounded.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct EngineTable {
    /// Portals visited at the same time at most.
    #[schemars(range(min = 1, max = 256))]
    concurrency: Option<u16>,
    /// A visit's time.
    visit_time: Option<Span>,
    /// Articles fetched in one visit at most.
    #[schemars(range(min = 1, max = 10_000))]
    visit_articles: Option<u32>,
    /// Time to end visits after a signal.
    shutdown_grace: Option<Span>,
    /// Bytes that must be free where the state lies; below it the service pauses.
    min_free: Option<Size>,
}

/// How copies are looked for.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct DedupTable {
    /// Time after which an article is no longer looked for among the copies of new ones.
    window: Option<Span>,
}

/// When articles are looked at again.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct RevisitTable {
    /// Ages at which an article is looked at again, rising; an empty list: never.
    #[schemars(length(max = 16))]
    after: Option<Vec<Span>>,
}

/// What is logged, and how.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct LogTable {
    /// tracing's filter: a level, or levels by module.
    filter: Option<String>,
    /// How lines are written.
    format: Option<LogFormat>,
    /// Lines of one portal in a minute at most; 0: any number.
    #[schemars(range(min = 0, max = 100_000))]
    lines: Option<u32>,
}

/// When an operator is told of what goes wrong, and how.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct AlarmsTable {
    /// A program (an absolute path) and its arguments; it is given the alarm as JSON on its standard input.
    command: Option<Vec<String>>,
    /// Time for the command, then it is killed.
    timeout: Option<Span>,
    /// Time after which a portal or a source that fails is an alarm.
    failing_after: Option<Span>,
    /// How many times its usual gap a portal may be silent; 0: for ever.
    #[schemars(range(min = 0, max = 100))]
    silent_after: Option<u32>,
}

/// Where metrics and health are served.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct MetricsTable {
    /// A loopback address with its port.
    listen: Option<String>,
    /// The file of a token that who asks must send; a bare name is that of a credential of the unit, else a file beside this one.
    token_file: Option<String>,
}

/// What is deleted by age; nothing where a key is absent.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct RetentionTable {
    /// The age of a day at which its files of records are deleted.
    records: Option<Span>,
    /// Time after which articles that no source shows any more are forgotten.
    articles: Option<Span>,
}

/// How log lines are written; `auto` is the journal where stderr is connected to it, else text.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum LogFormat {
    Auto,
    Text,
    Json,
    Journal,
}

/// What portals get where their files do not say.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct DefaultsTable {
    /// Time between visits.
    every: Option<Span>,
    /// Time between visits at most, where by what was learned of the portal nothing new is likely; `every` or less: it never grows.
    every_max: Option<Span>,
    /// Hours of the day in +07:00 in which it is left alone: `["22:00-05:00"]`.
    quiet: Option<Vec<HourSpan>>,
    /// Least time between two requests; `[fetch] delay` by default.
    delay: Option<Span>,
}

/// config/portals/<id>.toml: one portal. The file's name is its id.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Portal {
    /// The portal's name as people print it.
    name: String,
    /// The province's key; left out for what is not of one province.
    province: Option<Name>,
    /// The address of the front page.
    #[schemars(extend("format" = "uri"))]
    home: String,
    /// Hosts whose addresses belong to the portal, `*.x` for all below x; the home's by default.
    #[schemars(length(min = 1))]
    hosts: Option<Vec<String>>,
    /// Portals of one group are never visited at the same time; the home's host by default.
    group: Option<Name>,
    /// The CMS family: a file in platforms/.
    platform: Option<Name>,
    /// BCP 47 tag of what is published; `vi` by default.
    #[schemars(regex(pattern = r"^[a-z]{2,3}(-[A-Za-z0-9]{1,8})*$"))]
    language: Option<String>,
    /// Whether it is visited; true by default.
    enabled: Option<bool>,
    /// What this file rests on.
    verified: Option<String>,
    /// Time between visits.
    every: Option<Span>,
    /// Time between visits at most, where by what was learned of the portal nothing new is likely; `every` or less: it never grows.
    every_max: Option<Span>,
    /// Hours of the day in +07:00 in which it is left alone: `["22:00-05:00"]`.
    quiet: Option<Vec<HourSpan>>,
    /// Least time between two requests.
    delay: Option<Span>,
    /// By what TLS is done: `modern` by default; `legacy` for old servers; `unverified` as a last resort.
    tls: Option<TlsMode>,
    /// Files of certificates (PEM or DER) that are trusted as issuers for this portal. Relative paths begin in the config folder.
    extra_ca: Option<Texts>,
    /// Files of issuers' certificates (PEM or DER) that the server forgets to send. Relative paths begin in the config folder.
    intermediates: Option<Texts>,
    /// Keys one of which the server's certificate must have: `sha256/` and the base64 of the SHA-256 of its SPKI.
    pins: Option<Texts>,
    /// Regular expressions over path and query: what they match is left alone.
    exclude: Option<Texts>,
    /// Kinds of pages that are kept beside articles; `["document"]` by default.
    keep: Option<Vec<KeptKind>>,
    /// Where links to articles are found.
    source: Option<Vec<SourceTable>>,
    /// Rules for article pages, dated.
    article: Option<Vec<ArticleTable>>,
    /// How addresses name an article; the platform's by default.
    identity: Option<IdentityTable>,
}

/// By what TLS is done: rustls; OpenSSL with old versions, ciphers and keys; OpenSSL without verification of certificates.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum TlsMode {
    Modern,
    Legacy,
    Unverified,
}

/// A kind of page that is no article: a legal document, a video or pictures with next to no text, an event of a calendar.
#[derive(JsonSchema)]
#[schemars(rename_all = "snake_case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum KeptKind {
    Document,
    Video,
    Gallery,
    Event,
}

/// Where links to articles are found.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct SourceTable {
    /// Its name within the portal; the kind by default.
    id: Option<Name>,
    /// What it is.
    kind: Kind,
    /// Its address.
    #[schemars(extend("format" = "uri"))]
    url: String,
    /// Pages of it that one visit reads at most; 5 by default, 50 of sitemaps.
    #[schemars(range(min = 1, max = 10_000))]
    pages: Option<u32>,
    /// The rubric of links that name none.
    section: Option<String>,
    /// Which number of a date is the day (feed, listing, json).
    date_order: Option<DateOrder>,
    /// Whether the content given is a hint or the whole article, whose page is then not fetched (feed, json).
    content: Option<Content>,
    /// Whether the minutes of its dates cannot be trusted (feed).
    distrust_minutes: Option<bool>,
    /// Regular expressions: only addresses that one of them matches are articles (sitemap).
    include: Option<Texts>,
    /// Regular expressions: only sub-sitemaps that one of them matches are followed (sitemap).
    follow: Option<Texts>,
    /// How the list goes on (listing, json).
    paging: Option<SourcePaging>,
    /// How items are read (listing); the platform's, or the generic reader's, by default.
    select: Option<SelectTable>,
    /// GET by default (json).
    method: Option<Method>,
    /// The form that a POST carries (json).
    form: Option<BTreeMap<String, String>>,
    /// The JSON that a POST carries (json).
    body: Option<Value>,
    /// Where the rows lie in the answer (json).
    items: Option<Pointer>,
    /// The article's address: a template of pointers in braces (json).
    link: Option<String>,
    /// Where a row's values stand (json).
    fields: Option<FieldsTable>,
}

/// What a source is.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum Kind {
    Feed,
    Sitemap,
    Listing,
    Json,
}

/// What a source's content is.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum Content {
    Hint,
    Article,
}

/// How a list is asked for.
#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum Method {
    Get,
    Post,
}

/// How a list goes on.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "a mirror of the reader")]
enum SourcePaging {
    Listing(Box<ListingPaging>),
    Json(JsonPaging),
}

/// How an HTML list goes on.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct ListingPaging {
    /// The way.
    by: ListingBy,
    /// The first page's number (query, path, post); 1 by default.
    #[schemars(range(min = 0, max = 1_000_000))]
    first: Option<u32>,
    /// How much the number rises from page to page (query); 1 by default.
    #[schemars(range(min = 1, max = 1_000_000))]
    step: Option<u32>,
    /// The query parameter that holds the number; `*_cur` names the one that ends so (query).
    parameter: Option<String>,
    /// The address of page n, with `{page}` for the number (path).
    pattern: Option<String>,
    /// The link to the next page (next-link, do-post-back).
    select: Option<Candidates>,
    /// Where the form is sent (post).
    url: Option<String>,
    /// Where the fragment lies in a JSON answer (post).
    pointer: Option<Pointer>,
    /// The form, with `{page}` and `{input:NAME}` in its values (post).
    form: Option<BTreeMap<String, String>>,
}

/// The ways in which an HTML list goes on.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum ListingBy {
    None,
    Query,
    Path,
    NextLink,
    Post,
    DoPostBack,
}

/// How a JSON list goes on.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct JsonPaging {
    /// The way.
    by: JsonBy,
    /// What holds the number of rows to skip or the page's number: a key of the form or query, or a pointer into the body.
    parameter: Option<String>,
    /// Rows a page (offset).
    #[schemars(range(min = 1, max = 100_000))]
    size: Option<u32>,
    /// The first page's number (page); 1 by default.
    #[schemars(range(min = 0, max = 100_000))]
    first: Option<u32>,
    /// Where the number of pages stands in the answer (page).
    total: Option<Pointer>,
}

/// The ways in which a JSON list goes on.
#[derive(JsonSchema)]
#[schemars(rename_all = "kebab-case")]
#[expect(dead_code, reason = "a mirror of the reader")]
enum JsonBy {
    None,
    Offset,
    Page,
}

/// How the items of an HTML list are read.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct SelectTable {
    /// One element for each article.
    item: Option<Candidates>,
    /// Within an item: the link.
    link: Option<Candidates>,
    /// Within an item: the headline.
    title: Option<Candidates>,
    /// Within an item: the date.
    date: Option<Candidates>,
    /// Within an item: the teaser.
    summary: Option<Candidates>,
    /// Within an item: the image.
    image: Option<Candidates>,
    /// Within an item: the rubric.
    section: Option<Candidates>,
}

/// Where the values of a JSON list's row stand; all may be left out.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct FieldsTable {
    /// The headline.
    title: Option<Pointer>,
    /// The date.
    date: Option<Pointer>,
    /// The date of the last change.
    modified: Option<Pointer>,
    /// The lead.
    summary: Option<Pointer>,
    /// The article's HTML.
    content: Option<Pointer>,
    /// The row's own identifier.
    guid: Option<Pointer>,
    /// The teaser's image.
    image: Option<Pointer>,
    /// The author.
    author: Option<Pointer>,
    /// The rubric.
    section: Option<Pointer>,
}

/// Rules for article pages: lists of candidates for each field.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct ArticleTable {
    /// First day on which they hold.
    since: Option<Day>,
    /// Last day on which they held.
    until: Option<Day>,
    /// The headline.
    title: Option<Candidates>,
    /// The lead.
    lead: Option<Candidates>,
    /// The body's container.
    body: Option<Candidates>,
    /// The date of publication.
    date: Option<Candidates>,
    /// The date of the last change.
    modified: Option<Candidates>,
    /// The authors.
    author: Option<Candidates>,
    /// The source line.
    source: Option<Candidates>,
    /// The rubric.
    section: Option<Candidates>,
    /// Keywords.
    tags: Option<Candidates>,
    /// Captions within the body.
    caption: Option<Candidates>,
    /// Links to documents, wherever they stand.
    attachment: Option<Candidates>,
    /// Elements to leave out before anything is read.
    drop: Option<Texts>,
    /// Which number of a date is the day.
    date_order: Option<DateOrder>,
}

/// How addresses name an article: its id is made of that alone, so that it outlives an edit of the slug.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct IdentityTable {
    /// Query parameters that name it: where one is there, the others fall.
    query: Option<Texts>,
    /// Patterns over path and query; the first that matches decides.
    path: Option<Vec<PathRuleTable>>,
    /// Whether the server does not tell upper from lower case; false by default.
    ignore_case: Option<bool>,
}

/// A pattern over path and query, and what its groups make.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct PathRuleTable {
    /// A regular expression over the canonical address from its path on.
    pattern: String,
    /// What names the article: a path with `$1` or `${name}` for what the groups match.
    #[schemars(regex(pattern = "^/"))]
    name: String,
}

/// config/platforms/<id>.toml: a CMS family. The file's name is its id.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Platform {
    /// The family's name as people call it.
    name: String,
    /// What this file rests on.
    verified: Option<String>,
    /// How its pages are recognised.
    detect: Option<DetectTable>,
    /// Rules for article pages, dated.
    article: Option<Vec<ArticleTable>>,
    /// How its addresses name an article.
    identity: Option<IdentityTable>,
    /// How its lists are read.
    listing: Option<ListingTable>,
}

/// How a family's pages are recognised.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct DetectTable {
    /// Selectors, each enough by itself.
    any: Texts,
}

/// How a family's lists are read.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct ListingTable {
    /// How items are read.
    select: Option<SelectTable>,
    /// How a list goes on.
    paging: Option<ListingPaging>,
    /// Which number of a date is the day.
    date_order: Option<DateOrder>,
}

/// config/catalogue/<id>.toml: a portal that is known of, whether or not it is visited. The file's name is its id.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct Catalogue {
    /// The province's name, without "Tỉnh" or "Thành phố".
    name: String,
    /// The province's key.
    province: Name,
    /// The address of the front page.
    #[schemars(extend("format" = "uri"))]
    home: String,
    /// The portal's hosts, older names and editions included; the home's by default.
    #[schemars(length(min = 1))]
    hosts: Option<Vec<String>>,
    /// The CMS family, where it is known: a file in platforms/.
    family: Option<Name>,
    /// Entries of the provinces that became a part of this one.
    succeeds: Option<Vec<Name>>,
    /// The entry of the province that this one is a part of.
    succeeded_by: Option<Name>,
    /// Whether somebody looked at the live host.
    verified: bool,
    /// What the entry rests on.
    evidence: String,
    /// What else should be known.
    note: Option<String>,
    /// The province's codes, the oldest first.
    code: Option<Vec<CodeTable>>,
}

/// A code of the General Statistics Office and the days on which it stood for the province.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
#[expect(dead_code, reason = "a mirror of the reader")]
struct CodeTable {
    /// Two digits.
    #[schemars(regex(pattern = "^[0-9]{2}$"))]
    code: String,
    /// The province's full name on these days.
    name: String,
    /// The first day, where it is known.
    from: Option<Day>,
    /// The first day on which it no longer held; absent where it still does.
    to: Option<Day>,
}
