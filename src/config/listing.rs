//! `select`, `paging` and `date_order` of a list, in a listing source or in a platform's `[listing]`.

use crate::config::article::candidates;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::units;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::html::select::Candidate;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// The host of addresses that a platform's file cannot know; [`at`] puts the source's in its place (RFC 2606 reserves the name).
const UNKNOWN_ORIGIN: &str = "http://platform.invalid/";

/// What a file says of a list; what it leaves out may come from the platform.
#[derive(Debug, Default)]
pub(super) struct ListShape {
    /// Item, link, title, date, summary, image, section.
    pub(super) select: Option<Select>,
    /// How the list goes on.
    pub(super) paging: Option<Paging>,
    /// Which number of a date is the day.
    pub(super) date_order: Option<DateOrder>,
}

/// The candidate lists of `select`.
#[derive(Debug, Clone, Default)]
pub(super) struct Select {
    item: Vec<Candidate>,
    link: Vec<Candidate>,
    title: Vec<Candidate>,
    date: Vec<Candidate>,
    summary: Vec<Candidate>,
    image: Vec<Candidate>,
    section: Vec<Candidate>,
}

impl ListShape {
    /// The rules for a source at `url`: what the source says, then what its platform says, then the generic reader.
    pub(super) fn resolve(self, url: PageUrl, platform: Option<&ListingRules>) -> ListingRules {
        let base = platform.map_or_else(|| generic(url.clone()), |rules| at(rules, &url));
        let select = self.select.unwrap_or(Select {
            item: base.item,
            link: base.link,
            title: base.title,
            date: base.date,
            summary: base.summary,
            image: base.image,
            section: base.section,
        });
        ListingRules {
            url,
            item: select.item,
            link: select.link,
            title: select.title,
            date: select.date,
            summary: select.summary,
            image: select.image,
            section: select.section,
            date_order: self.date_order.unwrap_or(base.date_order),
            paging: self.paging.unwrap_or(base.paging),
        }
    }
}

fn generic(url: PageUrl) -> ListingRules {
    ListingRules {
        url,
        item: Vec::new(),
        link: Vec::new(),
        title: Vec::new(),
        date: Vec::new(),
        summary: Vec::new(),
        image: Vec::new(),
        section: Vec::new(),
        date_order: DateOrder::default(),
        paging: Paging::None,
    }
}

/// A platform's rules at the address of a list: the address that only the source knows is filled in.
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
pub(super) fn read_platform(mut table: Table<'_>) -> Option<ListingRules> {
    let base = PageUrl::parse(UNKNOWN_ORIGIN).ok()?;
    let select = table.take("select");
    let paging = table.take("paging");
    let date_order = table.take("date_order").and_then(|value| value.date_order());
    table.finish();
    Some(read(select.as_ref(), paging.as_ref(), date_order, Some(&base)).resolve(base, None))
}

/// Puts together what a list's three keys say. `base` is the address against which those in `paging` are resolved.
pub(super) fn read(
    select: Option<&Value<'_>>,
    paging: Option<&Value<'_>>,
    date_order: Option<DateOrder>,
    base: Option<&PageUrl>,
) -> ListShape {
    ListShape {
        select: select.and_then(read_select),
        paging: paging.and_then(|value| read_paging(value, base)),
        date_order,
    }
}

fn read_select(value: &Value<'_>) -> Option<Select> {
    let mut table = value.table("SelectTable", r#"select = { item = "li.news", date = "span.date" }"#)?;
    let select = Select {
        item: candidates(&mut table, "item"),
        link: candidates(&mut table, "link"),
        title: candidates(&mut table, "title"),
        date: candidates(&mut table, "date"),
        summary: candidates(&mut table, "summary"),
        image: candidates(&mut table, "image"),
        section: candidates(&mut table, "section"),
    };
    table.finish();
    Some(select)
}

/// The ways a list goes on, by the word after `by`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PagingMethod {
    None,
    Query,
    Path,
    NextLink,
    Post,
    DoPostBack,
}

const BY: [(&str, PagingMethod); 6] = [
    ("none", PagingMethod::None),
    ("query", PagingMethod::Query),
    ("path", PagingMethod::Path),
    ("next-link", PagingMethod::NextLink),
    ("post", PagingMethod::Post),
    ("do-post-back", PagingMethod::DoPostBack),
];

/// Highest first number and step of pages: far above what is seen, and far below an overflow.
const MOST_PAGE_NUMBER: u32 = 1_000_000;

fn read_paging(value: &Value<'_>, base: Option<&PageUrl>) -> Option<Paging> {
    let mut table = value.table("ListingPaging", r#"paging = { by = "query", parameter = "page" }"#)?;
    let by_value = table.require("by", "say how the list goes on: by = \"query\"");
    let by = by_value.as_ref().and_then(|value| value.word(&BY));
    let mut keys = PagingKeys { table, by, by_value };
    let first = keys.number("first", &[PagingMethod::Query, PagingMethod::Path, PagingMethod::Post], 0);
    let step = keys.number("step", &[PagingMethod::Query], 1);
    let parameter = keys.required("parameter", &[PagingMethod::Query], "parameter = \"page\"");
    let parameter = parameter.and_then(|value| value.filled("\"page\"").map(str::to_owned));
    let pattern =
        keys.required("pattern", &[PagingMethod::Path], "pattern = \"/page/{page}\"").as_ref().and_then(path_pattern);
    let select = keys.required("select", &[PagingMethod::NextLink, PagingMethod::DoPostBack], "select = [\"a.next\"]");
    let select = select.map_or_else(Vec::new, |value| value.candidates());
    let url =
        keys.required("url", &[PagingMethod::Post], "url = \"/load-more\"").and_then(|value| post_url(&value, base));
    let pointer = keys.take("pointer", &[PagingMethod::Post]).and_then(|value| value.parsed("\"/d\"", checked_pointer));
    let form = keys.required("form", &[PagingMethod::Post], "form = { pageIndex = \"{page}\" }");
    let form = form.as_ref().and_then(post_form);
    keys.table.finish();
    Some(match by? {
        PagingMethod::None => Paging::None,
        PagingMethod::Query => Paging::Query { parameter: parameter?, first, step },
        PagingMethod::Path => Paging::Path { pattern: pattern?, first },
        PagingMethod::NextLink => Paging::NextLink(select),
        PagingMethod::DoPostBack => Paging::DoPostBack(select),
        PagingMethod::Post => Paging::Post { url: url?, form: form?, first, pointer },
    })
}

/// The keys of `paging`, each of which fits some ways only.
struct PagingKeys<'a> {
    table: Table<'a>,
    by: Option<PagingMethod>,
    by_value: Option<Value<'a>>,
}

impl<'a> PagingKeys<'a> {
    /// Takes a key, and reports it where it does not fit.
    fn take(&mut self, key: &'static str, ways: &[PagingMethod]) -> Option<Value<'a>> {
        let value = self.table.take(key)?;
        if self.by.is_some_and(|by| !ways.contains(&by)) {
            let fitting = BY.iter().filter(|(_, by)| ways.contains(by));
            let words: Vec<String> = fitting.map(|(word, _)| format!("by = \"{word}\"")).collect();
            let message = format!("`{key}` does not fit this way of paging");
            value.key_problem(message, format!("`{key}` belongs to {}", words.join(" and ")));
            return None;
        }
        Some(value)
    }

    /// Takes a key that must be there where it fits.
    fn required(&mut self, key: &'static str, ways: &[PagingMethod], example: &str) -> Option<Value<'a>> {
        let value = self.take(key, ways);
        if value.is_none()
            && self.by.is_some_and(|by| ways.contains(&by))
            && let Some(by) = &self.by_value
        {
            by.problem(format!("this way of paging needs `{key}`"), format!("add {example}"));
        }
        value
    }

    fn number(&mut self, key: &'static str, ways: &[PagingMethod], least: u32) -> u32 {
        self.take(key, ways).and_then(|value| value.number(least..=MOST_PAGE_NUMBER)).unwrap_or(1)
    }
}

fn path_pattern(value: &Value<'_>) -> Option<String> {
    value.parsed("\"/page/{page}\"", |text| match units::placeholders(text)?.as_slice() {
        [] => Err(format!("`{text}` does not say where the page's number stands")),
        found if found.iter().all(|name| *name == "page") => Ok(text.to_owned()),
        _ => Err(format!("`{text}` has a placeholder other than {{page}}")),
    })
}

/// Without the source's address, which is reported already, a relative one cannot be judged.
fn post_url(value: &Value<'_>, base: Option<&PageUrl>) -> Option<PageUrl> {
    value.url(Some(base?))
}

/// The form of further pages: `{page}` and `{input:NAME}` in its values.
fn post_form(value: &Value<'_>) -> Option<Vec<(String, String)>> {
    const EXAMPLE: &str = r#"form = { pageIndex = "{page}", token = "{input:__TOKEN}" }"#;
    let pairs = value.table("Form", EXAMPLE)?.rest();
    let pairs: Vec<_> = pairs.iter().filter_map(|(value, key)| Some(((*key).to_owned(), form_value(value)?))).collect();
    if !pairs.iter().any(|(_, value)| value.contains("{page}")) {
        value.problem("the form does not say which page is asked for", format!("put {{page}} into a value: {EXAMPLE}"));
    }
    Some(pairs)
}

fn form_value(value: &Value<'_>) -> Option<String> {
    value.parsed("\"{page}\" or \"{input:__TOKEN}\"", |text| {
        let known = |name: &&str| *name == "page" || name.strip_prefix("input:").is_some_and(|input| !input.is_empty());
        match units::placeholders(text)?.iter().find(|name| !known(name)) {
            Some(other) => Err(format!("`{{{other}}}` is no placeholder of a form")),
            None => Ok(text.to_owned()),
        }
    })
}

/// A JSON pointer as text.
pub(super) fn checked_pointer(text: &str) -> Result<String, String> {
    units::pointer(text).map(|()| text.to_owned())
}
