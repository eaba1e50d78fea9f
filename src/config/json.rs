//! Reads the keys of a JSON list, in a source of kind `json`, into [`JsonRules`].

use toml::de::DeValue;

use crate::config::address::hold_to_scope;
use crate::config::keys::JSON_PAGING;
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

/// The base of a JSON list's rules.
pub(super) struct JsonSource<'a> {
    pub(super) url: Option<&'a PageUrl>,
    pub(super) order: Option<DateOrder>,
    pub(super) scope: Option<&'a Scope>,
}

impl JsonSource<'_> {
    /// Reads the keys that only a JSON list has. `content` is the value of `content = "article"`.
    pub(super) fn read(
        &self,
        table: &mut Table<'_>,
        content: Option<&Value<'_>>,
        paging: Option<&Value<'_>>,
    ) -> Option<JsonRules> {
        let payload = read_payload(table);
        let items = table.read("items", |value| value.parsed(checked_pointer));
        let link = table.read("link", |value| read_link(value, self.url, self.scope));
        let mut fields = table.section("fields");
        let names = ["title", "date", "modified", "summary", "content", "guid", "image", "author", "section"];
        // An empty text counts as absent.
        let [title, date, modified, summary, content_at, guid, image, author, section] = names
            .map(|name| fields.read(name, |value| value.parsed(checked_pointer)).filter(|pointer| !pointer.is_empty()));
        fields.finish();
        if let (Some(value), None) = (content, &content_at) {
            let hint = "say where it is: fields = { content = \"/ContentNews\" }";
            value.problem("`fields` does not say where the article's content is", hint);
        }
        let paging = paging.map_or(Some(JsonPaging::None), read_paging);
        Some(JsonRules {
            request: Request { url: self.url?.clone(), payload: payload?, expect: Expect::Json },
            items: items.unwrap_or_default(),
            link: link?,
            title,
            date,
            modified,
            summary,
            content: content_at,
            guid,
            image,
            author,
            section,
            content_is_article: content.is_some(),
            date_order: self.order.unwrap_or_default(),
            paging: paging?,
        })
    }
}

/// Reads a template of pointers. Its result must be a URL of the portal, as far as this can be checked without a row.
fn read_link(value: &Value<'_>, base: Option<&PageUrl>, scope: Option<&Scope>) -> Option<String> {
    let link = value.parsed(|text| {
        let found = units::placeholders(text)?;
        match found.iter().find(|pointer| !pointer.starts_with('/') || units::pointer(pointer).is_err()) {
            Some(other) => Err(format!("`{{{other}}}` is not a JSON pointer in braces")),
            None if found.is_empty() => Err(format!("`{text}` is the same for every row")),
            None => Ok(text.to_owned()),
        }
    })?;
    if link.starts_with('{') {
        return Some(link);
    }
    // Without the source's URL, whose absence is already reported, a relative template cannot be checked.
    let Some(base) = base else { return Some(link) };
    let url = base.join(&units::fill(&link));
    match url {
        Ok(url) if !host_is_open(&link) => hold_to_scope(value, &url, scope),
        Ok(_) => {}
        Err(error) => {
            value.problem(format!("`{link}` gives no valid URL: {error}"), "begin it with https:// and the host");
        }
    }
    Some(link)
}

/// Whether a placeholder is in the host of a template.
fn host_is_open(link: &str) -> bool {
    let after_scheme = link.split_once("://").map_or("", |(_, rest)| rest);
    after_scheme.split('/').next().is_some_and(|host| host.contains('{'))
}

fn read_payload(table: &mut Table<'_>) -> Option<Payload> {
    let (method, form, body) = (table.take("method"), table.take("form"), table.take("body"));
    let is_post = method.as_ref().map_or(Some(false), |value| value.word().map(|word| word == "POST"));
    let form_pairs = form.as_ref().map(read_form);
    let json = body.as_ref().map(read_body);
    match (is_post?, form, body) {
        (_, Some(_), Some(body)) => {
            body.key_problem("a request has either `form` or `body`, not both", "keep the one that the server expects");
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
            method?.problem("a POST needs a body", hint);
            None
        }
    }
}

fn read_form(value: &Value<'_>) -> Option<Vec<(String, String)>> {
    let pair = |entry: &Value<'_>| Some((entry.key().to_owned(), entry.text()?.to_owned()));
    value.entries()?.iter().map(pair).collect()
}

fn read_body(value: &Value<'_>) -> Option<serde_json::Value> {
    if !matches!(value.raw(), DeValue::Table(_) | DeValue::Array(_)) {
        value.wrong_type("a table");
        return None;
    }
    json_of(value, value.raw())
}

/// Converts TOML to JSON. Dates and numbers that do not exist in JSON are reported.
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
        at.problem("`body` has a value that does not exist in JSON", "write dates and huge numbers as strings");
    }
    json
}

fn read_paging(value: &Value<'_>) -> Option<JsonPaging> {
    let mut table = value.table_of(JSON_PAGING)?;
    let by = table.read("by", Value::word);
    let parameter = table.read("parameter", Value::owned);
    let size = table.read("size", Value::number);
    let first = table.number("first");
    let total = table.read("total", |value| value.parsed(checked_pointer));
    table.finish();
    Some(match by? {
        "offset" => JsonPaging::Offset { parameter: parameter?, size: size? },
        "page" => JsonPaging::Page { parameter: parameter?, first, total },
        _ => JsonPaging::None,
    })
}
