//! The keys of a JSON list, in a source of kind `json` → [`JsonRules`].

use toml::de::DeValue;

use crate::config::address::hold_to_scope;
use crate::config::listing::checked_pointer;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::units;
use crate::discover::json::JsonPaging;
use crate::discover::json::JsonRules;
use crate::model::portal::Scope;
use crate::model::request::Expect;
use crate::model::request::Payload;
use crate::model::request::Request;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// Rows a page at most, as wide as a request can be meant.
const MOST_ROWS: u32 = 100_000;

/// The keys that only a JSON list has, as they stand in the file.
pub(super) struct JsonKeys<'a> {
    pub(super) method: Option<Value<'a>>,
    pub(super) form: Option<Value<'a>>,
    pub(super) body: Option<Value<'a>>,
    pub(super) items: Option<Value<'a>>,
    pub(super) link: Option<Value<'a>>,
    pub(super) fields: Option<Value<'a>>,
}

/// Reads the rules. `content` is the value that says `content = "article"`.
pub(super) fn read(
    keys: &JsonKeys<'_>,
    url: Option<&PageUrl>,
    date_order: Option<DateOrder>,
    content: Option<&Value<'_>>,
    paging: Option<&Value<'_>>,
    scope: Option<&Scope>,
) -> Option<JsonRules> {
    let payload = read_payload(keys.method.as_ref(), keys.form.as_ref(), keys.body.as_ref());
    let items = keys.items.as_ref().and_then(|value| value.parsed("\"/data\"", checked_pointer));
    let link = keys.link.as_ref().and_then(|value| read_link(value, url, scope));
    let fields = keys.fields.as_ref().and_then(read_fields).unwrap_or_default();
    let paging = paging.map_or(Some(JsonPaging::None), read_paging);
    if let (Some(value), None) = (content, &fields.content) {
        let hint = "say where it stands: fields = { content = \"/ContentNews\" }";
        value.problem("the article's content is nowhere among `fields`", hint);
    }
    Some(JsonRules {
        request: Request { url: url?.clone(), payload: payload?, expect: Expect::Json },
        items: items.unwrap_or_default(),
        link: link?,
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
    // Without the source's address, which is reported already, a relative template cannot be judged.
    let Some(base) = base else { return Some(link) };
    let url = base.join(&units::fill(&link));
    match url {
        Ok(url) if !host_is_open(&link) => hold_to_scope(value, &url, scope),
        Ok(_) => {}
        Err(error) => {
            value.problem(format!("`{link}` makes no address: {error}"), "begin it with https:// and the host");
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
enum PagingMethod {
    None,
    Offset,
    Page,
}

fn read_paging(value: &Value<'_>) -> Option<JsonPaging> {
    let mut table = value.table("JsonPaging", r#"paging = { by = "offset", parameter = "start", size = 50 }"#)?;
    let by_value = table.require("by", "say how the list goes on: by = \"offset\"");
    let by = by_value.as_ref().and_then(|value| value.word(&BY));
    let parameter = fitting(&mut table, by, "parameter", &[PagingMethod::Offset, PagingMethod::Page]);
    let size = fitting(&mut table, by, "size", &[PagingMethod::Offset]);
    let first = fitting(&mut table, by, "first", &[PagingMethod::Page]);
    let total = fitting(&mut table, by, "total", &[PagingMethod::Page]);
    table.finish();
    let needed = [
        (
            parameter.is_none() && matches!(by, Some(PagingMethod::Offset | PagingMethod::Page)),
            "parameter",
            "parameter = \"start\"",
        ),
        (size.is_none() && by == Some(PagingMethod::Offset), "size", "size = 50"),
    ];
    for (_, key, example) in needed.into_iter().filter(|(is_missing, ..)| *is_missing) {
        by_value.as_ref()?.problem(format!("this way of paging needs `{key}`"), format!("add {example}"));
    }
    let parameter = parameter.and_then(|value| value.filled("parameter = \"start\"").map(str::to_owned));
    let size = size.and_then(|value| value.number(1..=MOST_ROWS));
    let first = first.and_then(|value| value.number(0..=MOST_ROWS)).unwrap_or(1);
    let total = total.and_then(|value| value.parsed("\"/totalPages\"", checked_pointer));
    Some(match by? {
        PagingMethod::None => JsonPaging::None,
        PagingMethod::Offset => JsonPaging::Offset { parameter: parameter?, size: size? },
        PagingMethod::Page => JsonPaging::Page { parameter: parameter?, first, total },
    })
}

const BY: [(&str, PagingMethod); 3] =
    [("none", PagingMethod::None), ("offset", PagingMethod::Offset), ("page", PagingMethod::Page)];

/// Takes a key, and reports it where it does not fit.
fn fitting<'a>(
    table: &mut Table<'a>,
    by: Option<PagingMethod>,
    key: &'static str,
    ways: &[PagingMethod],
) -> Option<Value<'a>> {
    let value = table.take(key)?;
    if by.is_none_or(|by| ways.contains(&by)) {
        return Some(value);
    }
    let words: Vec<String> =
        BY.iter().filter(|(_, by)| ways.contains(by)).map(|(word, _)| format!("by = \"{word}\"")).collect();
    let message = format!("`{key}` does not fit this way of paging");
    value.key_problem(message, format!("`{key}` belongs to {}", words.join(" and ")));
    None
}
