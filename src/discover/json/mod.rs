//! Reads JSON lists.

pub mod guess;

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::discover::Found;
use crate::discover::Place;
use crate::discover::plain;
use crate::html::charset;
use crate::html::charset::Decoded;
use crate::html::charset::Markup;
use crate::model::link::Hints;
use crate::model::link::Link;
use crate::model::request::Payload;
use crate::model::request::Request;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::json;
use crate::text::json::Json;
use crate::url::PageUrl;

/// Maximum number of rows read per response.
const MAX_ROWS: usize = 5_000;

/// Maximum number of times that JSON may be wrapped in a string of JSON.
const MAX_WRAPS: usize = 3;

/// The rules for reading a JSON list. Pointers follow RFC 6901 and are relative to the row unless stated otherwise.
#[derive(Debug, Clone)]
pub struct JsonRules {
    /// The request for the first page.
    pub request: Request,
    /// Pointer to the rows in the response. An empty pointer is the response itself.
    pub items: String,
    /// The article's URL, as a template with pointers in braces: `https://host/View_Detail.aspx?ItemID={/ID}`. A lone `{/url}` may be relative.
    pub link: String,
    /// The headline. Two or more `#` in a row are an editors' mark and become a space; a single one is text.
    pub title: Option<String>,
    /// The date.
    pub date: Option<String>,
    /// The date of the last change.
    pub modified: Option<String>,
    /// The lead.
    pub summary: Option<String>,
    /// The article's HTML, possibly escaped once more.
    pub content: Option<String>,
    /// The row's own identifier.
    pub guid: Option<String>,
    /// The teaser's image.
    pub image: Option<String>,
    /// The author.
    pub author: Option<String>,
    /// The section.
    pub section: Option<String>,
    /// Whether `content` is the whole article, so that its page need not be fetched.
    pub content_is_article: bool,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
    /// How to request the next page.
    pub paging: JsonPaging,
}

/// How to request the next page of a JSON list.
#[derive(Debug, Clone)]
pub enum JsonPaging {
    /// One page only.
    None,
    /// A parameter holds the number of rows to skip. The list ends with a page of fewer than `size` rows.
    Offset {
        /// The parameter, in the form, the JSON body (a pointer) or the query.
        parameter: String,
        /// Rows per page.
        size: u32,
    },
    /// A parameter holds the page's number. The list ends with an empty page or after `total` pages.
    Page {
        /// The parameter, in the form, the JSON body (a pointer) or the query.
        parameter: String,
        /// The number of the first page.
        first: u32,
        /// Pointer from the response's root to the number of pages.
        total: Option<String>,
    },
}

/// Reads one response of a JSON list.
pub(super) fn read(rules: &JsonRules, place: &Place<'_>) -> Found {
    let Decoded { text, mut warnings, .. } =
        charset::decode(&place.page.body, place.page.http.content_type.as_deref(), Markup::Json);
    let Json { value: root, fault } = match parse(&text) {
        Ok(root) => root,
        Err(reason) => return Found::broken(reason),
    };
    warnings.extend(fault);
    let rows = match pointer(&root, &rules.items).as_deref() {
        Some(Value::Array(rows)) => rows.clone(),
        // Some lists return `null` past their end.
        Some(Value::Null) => Vec::new(),
        _ => return Found::broken(format!("no array at `{}` of the answer", rules.items)),
    };
    let mut found = Found { warnings, ..Found::default() };
    let mut without_url = 0;
    for row in rows.iter().take(MAX_ROWS) {
        match link(rules, place, row, &mut found.warnings) {
            Some(link) => found.links.push(link),
            None => without_url += 1,
        }
    }
    if without_url > 0 {
        found.warnings.push(format!("rows without an address: {without_url}"));
    }
    if rows.len() > MAX_ROWS {
        found.warnings.push(format!("rows left out: {}, since at most {MAX_ROWS} are read", rows.len() - MAX_ROWS));
    }
    found.next.extend(next(rules, place, &root, rows.len()).map(|request| place.next_step(request)));
    found
}

/// Parses the JSON of a response.
pub(crate) fn parse(text: &str) -> Result<Json, String> {
    let text = text.trim_start_matches('\u{feff}').trim_start();
    if text.is_empty() {
        return Err("an empty answer instead of JSON".to_owned());
    }
    if text.starts_with('<') {
        return Err("HTML instead of JSON".to_owned());
    }
    json::read(text)
}

/// Returns the value at a pointer. JSON in a string is parsed on the way, and ASP.NET's wrapper `{"d": …}` is skipped.
pub(crate) fn pointer<'a>(value: &'a Value, path: &str) -> Option<Cow<'a, Value>> {
    let wrapped = value.as_object().filter(|fields| fields.len() == 1).and_then(|fields| fields.get("d"));
    match wrapped {
        Some(inner) if path.is_empty() => resolve(inner, path, MAX_WRAPS),
        Some(inner) => resolve(value, path, MAX_WRAPS).or_else(|| resolve(inner, path, MAX_WRAPS)),
        None => resolve(value, path, MAX_WRAPS),
    }
}

fn resolve<'a>(value: &'a Value, path: &str, wraps: usize) -> Option<Cow<'a, Value>> {
    if let Value::String(text) = value
        && text.trim_start().starts_with(['{', '['])
        && let (Some(wraps), Ok(inner)) = (wraps.checked_sub(1), json::read(text))
    {
        return resolve(&inner.value, path, wraps).map(|found| Cow::Owned(found.into_owned()));
    }
    let Some(rest) = path.strip_prefix('/') else {
        return path.is_empty().then_some(Cow::Borrowed(value));
    };
    let end = rest.find('/').unwrap_or(rest.len());
    let (token, rest) = rest.split_at(end);
    let token = token.replace("~1", "/").replace("~0", "~");
    let child = match value {
        Value::Object(fields) => fields.get(&token)?,
        Value::Array(items) => items.get(token.parse::<usize>().ok()?)?,
        _ => return None,
    };
    resolve(child, rest, wraps)
}

fn link(rules: &JsonRules, place: &Place<'_>, row: &Value, warnings: &mut Vec<String>) -> Option<Link> {
    let url = address(&rules.link, row, place.base())?;
    let text = |path: &Option<String>| scalar(row, path.as_deref()?);
    let mut dated = |path: &Option<String>| read_date(row, path.as_deref()?, rules.date_order, warnings);
    let date = dated(&rules.date);
    let modified = dated(&rules.modified);
    let content_html = text(&rules.content).map(|html| plain::unescaped_markup(&html));
    let hints = Hints {
        title: text(&rules.title).and_then(|title| plain::title(&without_markers(&title))),
        date,
        modified,
        summary: text(&rules.summary).and_then(|summary| plain::summary(&summary)),
        content_is_article: rules.content_is_article && content_html.is_some(),
        content_html,
        authors: text(&rules.author).and_then(|author| plain::title(&author)).into_iter().collect(),
        section: text(&rules.section).and_then(|section| plain::title(&section)),
        image: text(&rules.image).and_then(|image| place.base().join(&image).ok()),
        ..Hints::default()
    };
    Some(place.link(url, hints, text(&rules.guid)))
}

/// Returns a text or number of a row. Inside a row, a string is a text even if it looks like JSON.
fn scalar(row: &Value, path: &str) -> Option<String> {
    text_of(row.pointer(path)?)
}

/// Returns a text or number. Of an array, returns the first one.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => items.first().filter(|first| !first.is_array()).and_then(text_of),
        Value::String(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Fills in a template of pointers. A value inside a URL is escaped, so that it cannot change the URL's parts. A value at the beginning is the URL
/// itself and is not escaped.
fn address(template: &str, row: &Value, base: &PageUrl) -> Option<PageUrl> {
    let mut url = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (path, after) = after.split_once('}')?;
        url.push_str(before);
        let value = scalar(row, path)?;
        if url.is_empty() {
            url.push_str(&value);
        } else {
            escape_value(&value, &mut url);
        }
        rest = after;
    }
    url.push_str(rest);
    base.join(&url).ok()
}

fn escape_value(value: &str, out: &mut String) {
    for c in value.chars() {
        match c {
            '%' => out.push_str("%25"),
            '&' => out.push_str("%26"),
            '#' => out.push_str("%23"),
            '?' => out.push_str("%3F"),
            '+' => out.push_str("%2B"),
            ' ' => out.push_str("%20"),
            c => out.push(c),
        }
    }
}

/// Removes the editors' mark: two or more `#` in a row. At the ends it is removed; between words it becomes a space. A single `#` stays.
fn without_markers(title: &str) -> String {
    static MARKER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\s*#{2,}\s*").expect("a constant pattern"));
    MARKER.replace_all(title, " ").into_owned()
}

fn read_date(row: &Value, path: &str, order: DateOrder, warnings: &mut Vec<String>) -> Option<Dated> {
    let raw = scalar(row, path)?;
    let dated = date_of(row.pointer(path)?, order);
    if let Some(dated) = &dated {
        plain::warn_of_zone(dated, warnings);
    }
    if dated.is_none() {
        warnings.push(format!("no date: {}", plain::head(&raw, 60)));
    }
    dated
}

/// Returns the date of a value: a text, or a number of seconds or milliseconds since 1970.
fn date_of(value: &Value, order: DateOrder) -> Option<Dated> {
    let raw = text_of(value)?;
    let whole = raw.split('.').next().filter(|_| value.is_number());
    date::read_value(whole.unwrap_or(&raw), order)
}

fn next(rules: &JsonRules, place: &Place<'_>, root: &Value, rows: usize) -> Option<Request> {
    let done = place.step.number.saturating_add(1);
    match &rules.paging {
        JsonPaging::None => None,
        JsonPaging::Offset { parameter, size } => {
            if rows == 0 || rows < usize::try_from(*size).ok()? {
                return None;
            }
            let first = value_of(&rules.request, parameter).unwrap_or(0);
            let offset = first.checked_add(done.checked_mul(*size)?)?;
            Some(with_value(&rules.request, parameter, offset))
        }
        JsonPaging::Page { parameter, first, total } => {
            let total = total.as_ref().and_then(|path| pointer(root, path)?.into_owned().as_u64());
            if rows == 0 || total.is_some_and(|total| u64::from(done) >= total) {
                return None;
            }
            Some(with_value(&rules.request, parameter, first.checked_add(done)?))
        }
    }
}

/// Returns the number that a parameter has in the first page's request.
fn value_of(request: &Request, parameter: &str) -> Option<u32> {
    let text = match &request.payload {
        Payload::Form(pairs) if pairs.iter().any(|(name, _)| name == parameter) => {
            pairs.iter().find(|(name, _)| name == parameter)?.1.clone()
        }
        Payload::Json(body) if parameter.starts_with('/') => scalar(body, parameter)?,
        _ => request.url.as_url().query_pairs().find(|(name, _)| name == parameter)?.1.into_owned(),
    };
    text.trim().parse().ok()
}

/// Returns the request with another number: in its JSON body if the parameter is a pointer; in its form if the form has the parameter or the query
/// does not; otherwise in the query.
fn with_value(request: &Request, parameter: &str, number: u32) -> Request {
    let mut request = request.clone();
    let in_query = request.url.as_url().query_pairs().any(|(name, _)| name == parameter);
    match &mut request.payload {
        Payload::Json(body) if parameter.starts_with('/') => {
            set_pointer(body, parameter, number);
            return request;
        }
        Payload::Form(pairs) => {
            if let Some(pair) = pairs.iter_mut().find(|(name, _)| name == parameter) {
                pair.1 = number.to_string();
                return request;
            }
            if !in_query {
                pairs.push((parameter.to_owned(), number.to_string()));
                return request;
            }
        }
        Payload::Get | Payload::Json(_) => {}
    }
    request.url = super::with_parameter(&request.url, parameter, &number.to_string());
    request
}

fn set_pointer(body: &mut Value, path: &str, number: u32) {
    if let Some(value) = body.pointer_mut(path) {
        *value = if value.is_string() { number.to_string().into() } else { number.into() };
    } else if let Some((parent, name)) = path.rsplit_once('/')
        && let Some(Value::Object(fields)) = body.pointer_mut(parent)
    {
        fields.insert(name.to_owned(), number.into());
    }
}

#[cfg(test)]
mod tests;
