//! Output about sources: links, and why there is no page.

use crate::fetch::Fetched;
use crate::model::link::Link;
use crate::text::date;
use crate::url::PageUrl;

/// One line of JSON per link: `{"url": …, "title": …, "date": …}`. The date is RFC 3339 with +07:00; unknown values are null.
pub fn json_lines(links: &[Link]) -> String {
    let of_link = |link: &Link| {
        let known = link.hints.date.as_ref().or(link.hints.modified.as_ref());
        let known = known.map(|dated| date::rfc3339(dated.at));
        json_line(&link.url, link.hints.title.as_deref(), known.as_deref())
    };
    links.iter().map(of_link).collect()
}

pub(super) fn json_line(url: &PageUrl, title: Option<&str>, date: Option<&str>) -> String {
    format!("{}\n", serde_json::json!({ "url": url.as_str(), "title": title, "date": date }))
}

/// Describes why a response is not a page.
pub(super) fn no_page(url: &PageUrl, fetched: &Fetched) -> String {
    match fetched {
        Fetched::Page(_) => format!("{url} is a page"),
        Fetched::Unchanged(_) => format!("{url} answers that it did not change"),
        Fetched::Gone(status) => format!("{url} answers {status}"),
        Fetched::Disallowed(line) => format!("robots.txt disallows {url}: {line}"),
        Fetched::OutOfScope(to) => format!("{url} redirects to {to}"),
    }
}
