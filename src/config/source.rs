//! `[[source]]` of a portal's file → [`Source`].

use std::fmt;

use toml::de::DeValue;

use crate::config::listing;
use crate::config::listing::checked_pointer;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::units;
use crate::discover::Reader;
use crate::discover::Source;
use crate::discover::feed::FeedRules;
use crate::discover::json::JsonPaging;
use crate::discover::json::JsonRules;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::discover::sitemap::SitemapRules;
use crate::model::portal::Admission;
use crate::model::portal::Scope;
use crate::model::portal::SourceId;
use crate::model::request::Expect;
use crate::model::request::Payload;
use crate::model::request::Request;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// Pages of a source that one visit reads where the file does not say.
pub(super) const PAGES: u32 = 5;
/// Likewise for a sitemap, whose index alone names dozens of parts.
pub(super) const SITEMAP_PAGES: u32 = 50;
/// Pages at most: a visit is bounded in time long before.
const MOST_PAGES: u32 = 10_000;
/// Rows a page at most, as wide as a request can be meant.
const MOST_ROWS: u32 = 100_000;

/// What a source is, as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Feed,
    Sitemap,
    Listing,
    Json,
}

const KINDS: [(&str, Kind); 4] =
    [("feed", Kind::Feed), ("sitemap", Kind::Sitemap), ("listing", Kind::Listing), ("json", Kind::Json)];

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = KINDS.iter().find(|(_, kind)| kind == self).map_or("", |(word, _)| word);
        formatter.write_str(word)
    }
}

/// What a source's reading depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The portal's hosts; absent where they could not be read, and then nothing is held to them.
    pub(super) scope: Option<&'a Scope>,
    /// The list rules of the portal's platform.
    pub(super) platform: Option<&'a ListingRules>,
}

/// Reads all `[[source]]` tables, in the order of the file.
pub(super) fn read_all(value: Option<Value<'_>>, around: Surroundings<'_>) -> Vec<Source> {
    let mut names = Names::default();
    let tables = value.map_or_else(Vec::new, |value| value.tables("SourceTable"));
    tables.into_iter().filter_map(|table| read(table, around, &mut names)).collect()
}

/// The names given so far, and how many sources of each kind had none.
#[derive(Debug, Default)]
struct Names {
    taken: Vec<String>,
    unnamed: Vec<Kind>,
}

impl Names {
    fn give(&mut self, id: Option<&Value<'_>>, kind: Option<Kind>) -> Option<SourceId> {
        let Some(value) = id else { return self.default_name(kind?) };
        let id = value.parsed("id = \"thoi-su\"", |text| SourceId::new(text).map_err(|error| error.to_string()))?;
        if self.taken.iter().any(|taken| taken == id.as_str()) {
            value.problem(format!("two sources are called `{id}`"), "give each source of a portal an id of its own");
            return None;
        }
        self.taken.push(id.to_string());
        Some(id)
    }

    /// The kind, or the kind with the lowest number that is free.
    fn default_name(&mut self, kind: Kind) -> Option<SourceId> {
        self.unnamed.push(kind);
        let number = self.unnamed.iter().filter(|unnamed| **unnamed == kind).count();
        let name = |number: usize| if number == 1 { kind.to_string() } else { format!("{kind}-{number}") };
        let free = (number..).map(name).find(|name| !self.taken.contains(name))?;
        self.taken.push(free.clone());
        SourceId::new(&free).ok()
    }
}

fn read(table: Table<'_>, around: Surroundings<'_>, names: &mut Names) -> Option<Source> {
    let mut keys = Keys { table, kind: None };
    let kind = keys.table.require("kind", "one of \"feed\", \"sitemap\", \"listing\", \"json\"");
    keys.kind = kind.and_then(|value| value.word(&KINDS));
    let id = names.give(keys.table.take("id").as_ref(), keys.kind);
    let url = keys.table.require("url", "the address of the source: url = \"https://…\"");
    let url = url.and_then(|value| owned_url(&value, None, around.scope));
    let default_pages = if keys.kind == Some(Kind::Sitemap) { SITEMAP_PAGES } else { PAGES };
    let pages = keys.table.take("pages").and_then(|value| value.number(1..=MOST_PAGES)).unwrap_or(default_pages);
    let section = keys.table.take("section").and_then(|value| value.filled("section = \"Thời sự\"").map(str::to_owned));
    let reader = keys.reader(url, around);
    keys.table.finish();
    Some(Source { id: id?, max_pages: pages, section, reader: reader? })
}

/// An address that must be on one of the portal's hosts.
fn owned_url(value: &Value<'_>, base: Option<&PageUrl>, scope: Option<&Scope>) -> Option<PageUrl> {
    let url = value.url(base)?;
    hold_to_scope(value, &url, scope);
    Some(url)
}

fn hold_to_scope(value: &Value<'_>, url: &PageUrl, scope: Option<&Scope>) {
    let Some(scope) = scope else { return };
    if scope.admits(url) == Admission::ForeignHost {
        let message = format!("`{}` is none of the portal's hosts ({})", url.host(), scope.hosts.join(", "));
        value.problem(message, format!("add \"{}\" to `hosts`, where it belongs to the portal", url.host()));
    }
}

/// The keys of a source, each of which fits some kinds only.
struct Keys<'a> {
    table: Table<'a>,
    /// Absent where it could not be read; then every key is taken to fit.
    kind: Option<Kind>,
}

impl<'a> Keys<'a> {
    /// Takes a key, and reports it where it does not fit.
    fn take(&mut self, key: &'static str, kinds: &[Kind]) -> Option<Value<'a>> {
        let value = self.table.take(key)?;
        let Some(kind) = self.kind.filter(|kind| !kinds.contains(kind)) else { return Some(value) };
        let words: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
        let message = format!("`{key}` does not fit a source of kind `{kind}`");
        value.key_problem(message, format!("`{key}` belongs to kind {}", words.join(" and ")));
        None
    }

    fn reader(&mut self, url: Option<PageUrl>, around: Surroundings<'_>) -> Option<Reader> {
        let date_order = self.take("date_order", &[Kind::Feed, Kind::Listing, Kind::Json]);
        let content_is_article = self.content_is_article();
        let feed = self.feed();
        let sitemap = self.sitemap();
        let paging = self.take("paging", &[Kind::Listing, Kind::Json]);
        let select = self.take("select", &[Kind::Listing]);
        let order = date_order.as_ref().and_then(Value::date_order);
        let json = self.json(url.as_ref(), around.scope);
        Some(match self.kind? {
            Kind::Feed => Reader::Feed(FeedRules {
                url: url?,
                date_order: order.unwrap_or_default(),
                distrust_minutes: feed,
                content_is_article: content_is_article.is_some(),
            }),
            Kind::Sitemap => {
                let (include, follow) = sitemap;
                Reader::Sitemap(SitemapRules { url: url?, include, follow })
            }
            Kind::Listing => {
                let mut shape = listing::read(select, paging.clone(), None, url.as_ref());
                shape.date_order = order;
                if let (Some(Paging::Post { url, .. }), Some(value)) = (&shape.paging, &paging) {
                    hold_to_scope(value, url, around.scope);
                }
                Reader::Listing(Box::new(shape.resolve(url?, around.platform)))
            }
            Kind::Json => {
                let paging = paging.as_ref().map_or(Some(JsonPaging::None), read_json_paging);
                let rules = json.finish(content_is_article.as_ref(), order, paging);
                Reader::Json(Box::new(rules?))
            }
        })
    }

    /// `content = "article"`, as the value that says it.
    fn content_is_article(&mut self) -> Option<Value<'a>> {
        let value = self.take("content", &[Kind::Feed, Kind::Json])?;
        let is_article = value.word(&[("hint", false), ("article", true)])?;
        is_article.then_some(value)
    }

    fn feed(&mut self) -> bool {
        self.take("distrust_minutes", &[Kind::Feed]).and_then(|value| value.flag()).unwrap_or(false)
    }

    fn sitemap(&mut self) -> (regex::RegexSet, regex::RegexSet) {
        let mut set =
            |key| self.take(key, &[Kind::Sitemap]).map_or_else(regex::RegexSet::empty, |value| value.regexes());
        (set("include"), set("follow"))
    }

    fn json(&mut self, url: Option<&PageUrl>, scope: Option<&Scope>) -> JsonShape {
        let method = self.take("method", &[Kind::Json]);
        let form = self.take("form", &[Kind::Json]);
        let body = self.take("body", &[Kind::Json]);
        let items = self.take("items", &[Kind::Json]);
        let link = self.take("link", &[Kind::Json]);
        let fields = self.take("fields", &[Kind::Json]);
        if self.kind == Some(Kind::Json) && link.is_none() {
            let hint = "how a row becomes an address: link = \"https://example.vn/bai?id={/ID}\" or link = \"{/url}\"";
            self.table.missing("`link` is missing", hint);
        }
        JsonShape {
            payload: read_payload(method.as_ref(), form.as_ref(), body.as_ref()),
            url: url.cloned(),
            items: items.and_then(|value| value.parsed("\"/data\"", checked_pointer)).unwrap_or_default(),
            link: link.and_then(|value| read_link(&value, url, scope)),
            fields: fields.as_ref().and_then(read_fields).unwrap_or_default(),
        }
    }
}

/// A JSON source's keys, read.
struct JsonShape {
    payload: Option<Payload>,
    url: Option<PageUrl>,
    items: String,
    link: Option<String>,
    fields: Fields,
}

impl JsonShape {
    fn finish(
        self,
        content: Option<&Value<'_>>,
        date_order: Option<DateOrder>,
        paging: Option<JsonPaging>,
    ) -> Option<JsonRules> {
        let fields = self.fields;
        if let (Some(value), None) = (content, &fields.content) {
            let hint = "say where it stands: fields = { content = \"/ContentNews\" }";
            value.problem("the article's content is nowhere among `fields`", hint);
        }
        Some(JsonRules {
            request: Request { url: self.url?, payload: self.payload?, expect: Expect::Json },
            items: self.items,
            link: self.link?,
            title: fields.title,
            date: fields.date,
            modified: fields.modified,
            summary: fields.summary,
            content: fields.content,
            guid: fields.guid,
            image: fields.image,
            author: fields.author,
            section: fields.section,
            content_is_article: content.is_some(),
            date_order: date_order.unwrap_or_default(),
            paging: paging?,
        })
    }
}

/// Pointers within a row; an empty text is as good as none.
#[derive(Debug, Default)]
struct Fields {
    title: Option<String>,
    date: Option<String>,
    modified: Option<String>,
    summary: Option<String>,
    content: Option<String>,
    guid: Option<String>,
    image: Option<String>,
    author: Option<String>,
    section: Option<String>,
}

fn read_fields(value: &Value<'_>) -> Option<Fields> {
    let mut table = value.table("FieldsTable", r#"fields = { title = "/Title", date = "/CreatedDate" }"#)?;
    let mut field = |key| {
        let pointer = table.take(key)?.parsed("\"/Title\"", checked_pointer)?;
        Some(pointer).filter(|pointer| !pointer.is_empty())
    };
    let fields = Fields {
        title: field("title"),
        date: field("date"),
        modified: field("modified"),
        summary: field("summary"),
        content: field("content"),
        guid: field("guid"),
        image: field("image"),
        author: field("author"),
        section: field("section"),
    };
    table.finish();
    Some(fields)
}

/// A template of pointers. What it makes must be an address of the portal, as far as that can be seen before a row is there.
fn read_link(value: &Value<'_>, base: Option<&PageUrl>, scope: Option<&Scope>) -> Option<String> {
    let link = value.parsed("\"https://example.vn/bai?id={/ID}\"", |text| {
        let found = units::placeholders(text)?;
        match found.iter().find(|pointer| !pointer.starts_with('/') || units::pointer(pointer).is_err()) {
            Some(other) => Err(format!("`{{{other}}}` is no JSON pointer in braces")),
            None if found.is_empty() => Err(format!("`{text}` is the same for every row")),
            None => Ok(text.to_owned()),
        }
    })?;
    if link.starts_with('{') {
        return Some(link);
    }
    let filled = units::fill(&link);
    let url = base.map_or_else(|| PageUrl::parse(&filled), |base| base.join(&filled));
    match url {
        Ok(url) if !host_is_open(&link) => hold_to_scope(value, &url, scope),
        Ok(_) => {}
        Err(error) => {
            value.problem(format!("`{link}` makes no address: {error}"), "begin it with https:// and the host")
        }
    }
    Some(link)
}

/// Whether a placeholder stands in the host of a template.
fn host_is_open(link: &str) -> bool {
    let after_scheme = link.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.split('/').next().is_some_and(|host| host.contains('{'))
}

fn read_payload(method: Option<&Value<'_>>, form: Option<&Value<'_>>, body: Option<&Value<'_>>) -> Option<Payload> {
    let post = match method {
        Some(value) => value.word(&[("GET", false), ("POST", true)])?,
        None => false,
    };
    let form_pairs = form.map(read_form);
    let json = body.map(read_body);
    match (post, form, body) {
        (_, Some(_), Some(body)) => {
            body.key_problem("a request carries `form` or `body`, not both", "keep the one that the server reads");
            None
        }
        (false, Some(value), None) | (false, None, Some(value)) => {
            value.key_problem(format!("`{}` is only sent by POST", value.key()), "add method = \"POST\"");
            None
        }
        (false, None, None) => Some(Payload::Get),
        (true, Some(_), None) => form_pairs?.map(Payload::Form),
        (true, None, Some(_)) => json?.map(Payload::Json),
        (true, None, None) => {
            let hint = "add form = { … } or body = { … }";
            method?.problem("a POST needs what it carries", hint);
            None
        }
    }
}

fn read_form(value: &Value<'_>) -> Option<Vec<(String, String)>> {
    const EXAMPLE: &str = r#"form = { start = "0", length = "50" }"#;
    let pairs = value.table("Form", EXAMPLE)?.rest();
    let pair = |(value, key): &(Value<'_>, &str)| Some(((*key).to_owned(), value.text(EXAMPLE)?.to_owned()));
    pairs.iter().map(pair).collect()
}

fn read_body(value: &Value<'_>) -> Option<serde_json::Value> {
    if !matches!(value.raw(), DeValue::Table(_) | DeValue::Array(_)) {
        value.wrong_type("a table", "body = { page = 1 }");
        return None;
    }
    json_of(value, value.raw())
}

/// TOML as JSON; dates and numbers that JSON cannot say are reported.
fn json_of(at: &Value<'_>, value: &DeValue<'_>) -> Option<serde_json::Value> {
    use serde_json::Value as Json;
    let json = match value {
        DeValue::String(text) => Some(Json::from(text.as_ref())),
        DeValue::Boolean(flag) => Some(Json::from(*flag)),
        DeValue::Integer(digits) => i64::from_str_radix(digits.as_str(), digits.radix()).ok().map(Json::from),
        DeValue::Float(digits) => digits.as_str().parse().ok().and_then(serde_json::Number::from_f64).map(Json::Number),
        DeValue::Datetime(_) => None,
        DeValue::Array(values) => return values.iter().map(|value| json_of(at, value.get_ref())).collect(),
        DeValue::Table(table) => {
            let mut pairs: Vec<_> = table.iter().collect();
            pairs.sort_by_key(|(key, _)| key.span().start);
            let pair = |(key, value): (&toml::Spanned<toml::de::DeString<'_>>, &toml::Spanned<DeValue<'_>>)| {
                Some((key.get_ref().to_string(), json_of(at, value.get_ref())?))
            };
            return pairs.into_iter().map(pair).collect::<Option<serde_json::Map<_, _>>>().map(Json::Object);
        }
    };
    if json.is_none() {
        at.problem("`body` holds a value that JSON cannot say", "write dates and huge numbers as strings");
    }
    json
}

/// The ways a JSON list goes on, by the word after `by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    None,
    Offset,
    Page,
}

fn read_json_paging(value: &Value<'_>) -> Option<JsonPaging> {
    let mut table = value.table("JsonPaging", r#"paging = { by = "offset", parameter = "start", size = 50 }"#)?;
    let by_value = table.require("by", "say how the list goes on: by = \"offset\"");
    let by = by_value
        .as_ref()
        .and_then(|value| value.word(&[("none", By::None), ("offset", By::Offset), ("page", By::Page)]));
    let mut take = |key: &'static str, ways: &[By], belongs: &str| {
        let value = table.take(key)?;
        if by.is_some_and(|by| !ways.contains(&by)) {
            value.key_problem(
                format!("`{key}` does not fit this way of paging"),
                format!("`{key}` belongs to {belongs}"),
            );
            return None;
        }
        Some(value)
    };
    let parameter = take("parameter", &[By::Offset, By::Page], "by = \"offset\" and by = \"page\"");
    let size = take("size", &[By::Offset], "by = \"offset\"");
    let first = take("first", &[By::Page], "by = \"page\"").and_then(|value| value.number(0..=MOST_ROWS)).unwrap_or(1);
    let total =
        take("total", &[By::Page], "by = \"page\"").and_then(|value| value.parsed("\"/totalPages\"", checked_pointer));
    let needs = |key: &str, example: &str| {
        if let Some(by) = &by_value {
            by.problem(format!("this way of paging needs `{key}`"), format!("add {example}"));
        }
    };
    if by.is_some_and(|by| by != By::None) && parameter.is_none() {
        needs("parameter", "parameter = \"start\"");
    }
    if by == Some(By::Offset) && size.is_none() {
        needs("size", "size = 50");
    }
    let parameter = parameter.and_then(|value| value.filled("parameter = \"start\"").map(str::to_owned));
    let size = size.and_then(|value| value.number(1..=MOST_ROWS));
    table.finish();
    Some(match by? {
        By::None => JsonPaging::None,
        By::Offset => JsonPaging::Offset { parameter: parameter?, size: size? },
        By::Page => JsonPaging::Page { parameter: parameter?, first, total },
    })
}
