//! Reads `select`, `paging` and `date_order` of a list, in a listing source or in a platform's `[listing]`.

use crate::config::keys::LISTING_PAGING;
use crate::config::reader::Value;
use crate::config::units;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::html::select::Candidate;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// The host of URLs that a platform's file cannot know; [`at`] replaces it by the source's (RFC 2606 reserves the name).
const UNKNOWN_ORIGIN: &str = "http://platform.invalid/";

/// The rules for a list in one file. Missing ones may come from the platform.
#[derive(Debug, Default)]
pub(super) struct ListShape {
    /// How to read an item.
    pub(super) select: Option<Select>,
    /// How to request the list's next pages.
    pub(super) paging: Option<Paging>,
    /// Whether the first number of a date is the day or the month.
    pub(super) date_order: Option<DateOrder>,
}

/// The candidates of item, link, title, date, summary, image and section.
type Select = [Vec<Candidate>; 7];

impl ListShape {
    /// Returns the rules for a source at `url`: those of the source, then of its platform, then of the generic reader.
    pub(super) fn resolve(self, url: PageUrl, platform: Option<&ListingRules>) -> ListingRules {
        let base = platform.map(|rules| at(rules, &url));
        let of_base = |rules: &ListingRules| {
            let ListingRules { item, link, title, date, summary, image, section, .. } = rules.clone();
            [item, link, title, date, summary, image, section]
        };
        let is_of_family = self.select.is_none() && base.is_some();
        let select = self.select.or_else(|| base.as_ref().map(of_base));
        let [item, link, title, date, summary, image, section] = select.unwrap_or_default();
        let date_order = self.date_order.or(base.as_ref().map(|rules| rules.date_order)).unwrap_or_default();
        let paging = self.paging.or(base.map(|rules| rules.paging)).unwrap_or(Paging::None);
        ListingRules { url, item, link, title, date, summary, image, section, is_of_family, date_order, paging }
    }
}

/// Returns a platform's rules for a list, with the list's URL filled in.
pub(super) fn at(platform: &ListingRules, url: &PageUrl) -> ListingRules {
    let mut rules = ListingRules { url: url.clone(), ..platform.clone() };
    if let Paging::Post { url: target, .. } = &mut rules.paging
        && let Some(path) = target.as_str().strip_prefix(UNKNOWN_ORIGIN)
        && let Ok(resolved) = url.join(&format!("/{path}"))
    {
        *target = resolved;
    }
    rules
}

/// Reads a platform's `[listing]`.
pub(super) fn read_platform(value: &Value<'_>) -> Option<ListingRules> {
    let mut table = value.table()?;
    let base = PageUrl::parse(UNKNOWN_ORIGIN).ok()?;
    let shape = ListShape {
        select: table.read("select", read_select),
        paging: table.read("paging", |value| read_paging(value, Some(&base))),
        date_order: table.read("date_order", Value::date_order),
    };
    table.finish();
    Some(shape.resolve(base, None))
}

/// Reads `select`: how to read an item of the list.
pub(super) fn read_select(value: &Value<'_>) -> Option<Select> {
    let mut table = value.table()?;
    let names = ["item", "link", "title", "date", "summary", "image", "section"];
    let select = names.map(|name| table.candidates(name));
    table.finish();
    Some(select)
}

/// Reads `paging`: how to request the list's next pages. `base` is the URL against which its URLs are resolved. Without the source's URL, whose
/// absence is already reported, a relative one cannot be checked.
pub(super) fn read_paging(value: &Value<'_>, base: Option<&PageUrl>) -> Option<Paging> {
    let mut table = value.table_of(LISTING_PAGING)?;
    let by = table.read("by", Value::word);
    let (first, step) = (table.number("first"), table.number("step"));
    let parameter = table.read("parameter", Value::owned);
    let pattern = table.read("pattern", path_pattern);
    let select = table.candidates("select");
    let url = table.read("url", |value| value.url(Some(base?)));
    let pointer = table.read("pointer", |value| value.parsed(checked_pointer));
    let form = table.read("form", post_form);
    table.finish();
    Some(match by? {
        "query" => Paging::Query { parameter: parameter?, first, step },
        "path" => Paging::Path { pattern: pattern?, first },
        "next-link" => Paging::NextLink(select),
        "do-post-back" => Paging::DoPostBack(select),
        "post" => Paging::Post { url: url?, form: form?, first, pointer },
        _ => Paging::None,
    })
}

fn path_pattern(value: &Value<'_>) -> Option<String> {
    value.parsed(|text| match units::placeholders(text)?.as_slice() {
        [] => Err(format!("`{text}` does not say where the page's number is")),
        found if found.iter().all(|name| *name == "page") => Ok(text.to_owned()),
        _ => Err(format!("`{text}` has a placeholder other than {{page}}")),
    })
}

/// The form of further pages: `{page}` and `{input:NAME}` in its values.
fn post_form(value: &Value<'_>) -> Option<Vec<(String, String)>> {
    let entries = value.entries()?;
    let form: Vec<_> =
        entries.iter().filter_map(|entry| Some((entry.key().to_owned(), entry.parsed(form_value)?))).collect();
    if !form.iter().any(|(_, value)| value.contains("{page}")) {
        let hint = format!("put {{page}} into a value: {}", value.hint());
        value.problem("the form does not say which page is requested", hint);
    }
    Some(form)
}

fn form_value(text: &str) -> Result<String, String> {
    let known = |name: &&str| *name == "page" || name.strip_prefix("input:").is_some_and(|input| !input.is_empty());
    match units::placeholders(text)?.iter().find(|name| !known(name)) {
        Some(other) => Err(format!("`{{{other}}}` is not a placeholder of a form")),
        None => Ok(text.to_owned()),
    }
}

/// Checks a JSON pointer and returns it as text.
pub(super) fn checked_pointer(text: &str) -> Result<String, String> {
    units::pointer(text).map(|()| text.to_owned())
}
