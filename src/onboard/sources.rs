//! Tries the sources that were found, and chooses among them.

use std::collections::HashSet;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;

use crate::config::Config;
use crate::config::draft::PortalDraft;
use crate::config::draft::SourceDraft;
use crate::config::quoted;
use crate::discover;
use crate::discover::Found;
use crate::discover::Source;
use crate::discover::Step;
use crate::discover::json::JsonRules;
use crate::extract::document_of;
use crate::model::link::Link;
use crate::model::link::SourceKind;
use crate::model::page::Page;
use crate::onboard::look::ProbeFailure;
use crate::onboard::look::SiteProbe;
use crate::onboard::paging;
use crate::text::count::counted;
use crate::text::date::DateOrder;
use crate::text::date::rfc3339;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// Minimum number of links of a list.
pub const LEAST_LINKS: usize = 2;

/// At least one in this many links of a further source must be new. Otherwise the source is not worth its requests.
const NEW_AMONG: usize = 5;

/// Maximum number of parts of a sitemap index that are read.
const MAX_PARTS: usize = 3;

/// Number of requests that are reserved for articles.
const ROOM_FOR_ARTICLES: u64 = 8;

/// The remark for a list whose further pages were not found.
const NO_PAGING: &str =
    "no link to further pages was found, so only its first page is read (see `paging` in docs/rules.md)";

/// Names of sitemaps with articles.
static NEWS_PART: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)news|post|article|tin|bai").expect("a constant pattern"));

/// A source that was tried and returned links.
#[derive(Debug, Clone)]
pub struct WorkingSource {
    /// The source as the file writes it.
    pub draft: SourceDraft,
    /// The links of its first page.
    pub links: Vec<Link>,
    /// Its first page.
    pub page: Page,
}

/// Returns the ID of a source: its folded name, or else words of its URL.
pub fn id_of(text: &str, url: &PageUrl, taken: &[WorkingSource]) -> String {
    let words = |text: &str| -> Vec<String> {
        let folded = fold_ascii(text);
        let words = folded.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
        words.map(str::to_owned).collect()
    };
    let name = words(text).into_iter().take(6).collect::<Vec<_>>().join("-");
    // Words that occur in every URL of its kind are not names.
    let is_own =
        |word: &String| !["php", "aspx", "html", "htm", "xml", "index", "default", "pages"].contains(&word.as_str());
    let of_path = || words(url.as_url().path()).into_iter().rfind(is_own);
    let of_query = || words(url.as_url().query().unwrap_or_default()).into_iter().rfind(is_own);
    let name = Some(name).filter(|name| !name.is_empty()).or_else(of_path).or_else(of_query);
    let name = name.unwrap_or_else(|| "front".to_owned());
    let name: String = name.chars().take(40).collect();
    let is_free = |name: &String| !taken.iter().any(|other| other.draft.id == *name);
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    std::iter::once(name.clone()).chain(numbered).find(is_free).unwrap_or(name)
}

/// Compiles a draft as if it were read from the portal's file.
///
/// # Errors
/// The faults of the draft, which only a bug can cause.
pub fn compile(config: &Config, portal: &PortalDraft, draft: &SourceDraft) -> Result<Source, String> {
    let whole = PortalDraft { sources: vec![draft.clone()], rules: Vec::new(), ..portal.clone() };
    let read = config.read_portal(Path::new(""), &portal.id, "draft", &whole.to_toml());
    let read = read.map_err(|errors| errors.to_string())?;
    read.sources.into_iter().next().ok_or_else(|| "no source".to_owned())
}

/// Requests a source's first page and reads it.
///
/// # Errors
/// [`ProbeFailure`] if there is no page, or if it contains no list.
pub async fn try_source(
    look: &mut SiteProbe,
    config: &Config,
    portal: &PortalDraft,
    mut draft: SourceDraft,
) -> Result<WorkingSource, ProbeFailure> {
    let no = |message: String| ProbeFailure { public: message.clone(), message, hint: None };
    let source = compile(config, portal, &draft).map_err(no)?;
    let step = source.first_step();
    let page = look.ask(&step.request).await?;
    let found = discover::read(&source, &step, &page);
    if let Some(broken) = found.broken {
        return Err(no(broken));
    }
    let mut links = of_hosts(found, &portal.hosts);
    if draft.kind == SourceKind::Sitemap && links.len() < LEAST_LINKS {
        links.extend(parts(look, &source, &step, &page, &portal.hosts).await);
    }
    if links.len() < LEAST_LINKS {
        return Err(no(format!("only {} to the portal's own pages", counted(links.len(), "link"))));
    }
    draft.remarks.push(account(&links));
    let mut tried = WorkingSource { draft, links, page: Page::clone(&page) };
    if tried.draft.kind == SourceKind::Listing {
        find_paging(look, config, portal, &mut tried).await;
    }
    Ok(tried)
}

fn of_hosts(found: Found, hosts: &[String]) -> Vec<Link> {
    found.links.into_iter().filter(|link| hosts.iter().any(|host| host == link.url.host())).collect()
}

/// Returns the links of some parts of a sitemap index: those whose names suggest news first, then the others in their order.
async fn parts(look: &mut SiteProbe, source: &Source, step: &Step, page: &Page, hosts: &[String]) -> Vec<Link> {
    let mut parts = discover::read(source, step, page).next;
    let speaks_of_news = |url: &PageUrl| NEWS_PART.is_match(url.as_url().path());
    parts.sort_by_key(|part| !speaks_of_news(&part.request.url));
    let mut links = Vec::new();
    for part in parts.iter().take(MAX_PARTS) {
        if let Ok(page) = look.ask(&part.request).await {
            links.extend(of_hosts(discover::read(source, part, &page), hosts));
        }
    }
    links
}

fn account(links: &[Link]) -> String {
    let dates: Vec<_> =
        links.iter().filter_map(|link| link.hints.date.as_ref().or(link.hints.modified.as_ref())).collect();
    let newest = dates
        .iter()
        .map(|dated| dated.at)
        .max()
        .map(|at| format!(", newest {}", rfc3339(at).get(..10).unwrap_or_default()));
    format!("{}, {} dated{}", counted(links.len(), "link"), dates.len(), newest.unwrap_or_default())
}

/// Finds out how to reach a list's further pages and tries it: most links of the second page must be new.
async fn find_paging(look: &mut SiteProbe, config: &Config, portal: &PortalDraft, tried: &mut WorkingSource) {
    let platform_pages = compile(config, portal, &tried.draft)
        .is_ok_and(|source| !discover::read(&source, &source.first_step(), &tried.page).next.is_empty());
    if platform_pages {
        return;
    }
    let guesses = paging::guesses(document_of(&tried.page).root(), &tried.page.final_url);
    for guess in guesses.into_iter().take(2) {
        let mut draft = tried.draft.clone();
        draft.keys.push(format!("paging = {}", guess.toml));
        let Ok(source) = compile(config, portal, &draft) else { continue };
        let Some(step) = discover::read(&source, &source.first_step(), &tried.page).next.into_iter().next() else {
            continue;
        };
        if !look.has_room(ROOM_FOR_ARTICLES) {
            draft.remarks.push(format!("paging by {}, untested", guess.evidence));
            tried.draft = draft;
            return;
        }
        let Ok(page) = look.ask(&step.request).await else { continue };
        let more = of_hosts(discover::read(&source, &step, &page), &portal.hosts);
        let known: HashSet<&PageUrl> = tried.links.iter().map(|link| &link.url).collect();
        let new = more.iter().filter(|link| !known.contains(&link.url)).count();
        if new * 2 > more.len() {
            draft.remarks.push(format!("paging by {}; its second page gave {new} other links", guess.evidence));
            tried.draft = draft;
            return;
        }
    }
    tried.draft.remarks.push(NO_PAGING.to_owned());
}

/// Chooses, among the sources that returned links, those that together cover the site: feeds before APIs before lists before sitemaps. A source with
/// hardly any new links is left out, with the reason.
pub fn choose(tried: Vec<WorkingSource>) -> (Vec<WorkingSource>, Vec<(PageUrl, String)>) {
    let mut order = tried;
    let rank = |kind: SourceKind| match kind {
        SourceKind::Feed => 0,
        SourceKind::Json => 1,
        SourceKind::Listing => 2,
        SourceKind::Sitemap => 3,
    };
    // The sort is stable: sources of one kind stay in the order in which they were found.
    order.sort_by_key(|one| rank(one.draft.kind));
    let mut known: HashSet<PageUrl> = HashSet::new();
    let (mut chosen, mut left): (Vec<WorkingSource>, _) = (Vec::new(), Vec::new());
    for one in order {
        let new = one.links.iter().filter(|link| !known.contains(&link.url.canonical())).count();
        let goes_deeper =
            one.draft.kind == SourceKind::Listing && one.draft.keys.iter().any(|key| key.starts_with("paging"));
        let covers_feed = goes_deeper && !chosen.iter().any(|other| other.draft.kind != SourceKind::Feed);
        if new >= LEAST_LINKS && new * NEW_AMONG >= one.links.len() || covers_feed {
            known.extend(one.links.iter().map(|link| link.url.canonical()));
            chosen.push(one);
        } else {
            left.push((
                one.draft.url.clone(),
                format!("{new} of its {} links are in no other source", one.links.len()),
            ));
        }
    }
    (chosen, left)
}

/// Returns a pattern for what the paths of articles have in common: their first segment and their extension. None if they share neither.
pub fn shape_of(paths: &[&str]) -> Option<Regex> {
    const LEAST: usize = 3;
    let (first, rest) = paths.split_first()?;
    let segment = |path: &str| path.trim_start_matches('/').split_once('/').map(|(segment, _)| segment.to_owned());
    let ending = |path: &str| {
        path.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map(|(_, ending)| ending.to_owned())
    };
    let shared =
        |of: &dyn Fn(&str) -> Option<String>| of(first).filter(|_| rest.iter().all(|path| of(path) == of(first)));
    let (head, tail) = (shared(&segment), shared(&ending));
    if paths.len() < LEAST || head.is_none() && tail.is_none() {
        return None;
    }
    let head = head.map_or_else(|| "^/".to_owned(), |head| format!("^/{}/", regex::escape(&head)));
    let tail = tail.map(|tail| format!(".+\\.{}$", regex::escape(&tail))).unwrap_or_default();
    Regex::new(&format!("{head}{tail}")).ok()
}

/// Drafts the source for a list in SharePoint's own API, as on vinhphuc.gov.vn: JSON rows with the whole article.
pub fn script_list(api: &PageUrl, list: &str, home: &PageUrl, taken: &[WorkingSource]) -> SourceDraft {
    let name = list.rsplit('/').next().unwrap_or(list);
    let link = format!("{}{list}/View_Detail.aspx?ItemID={{/ID}}", home.origin());
    let form = format!(
        "form = {{ do = \"QUERYDATA\", fieldOrder = \"CreatedDate\", ascending = \"desc\", UrlList = {}, start = \"0\", length = \"50\" }}",
        quoted(list)
    );
    SourceDraft {
        id: id_of(&unicode::spaced(name), api, taken),
        kind: SourceKind::Json,
        url: api.clone(),
        section: None,
        keys: vec![
            "method = \"POST\"".to_owned(),
            form,
            "items = \"/data\"".to_owned(),
            format!("link = {}", quoted(&link)),
            "content = \"article\"".to_owned(),
            "fields = { title = \"/Title\", date = \"/CreatedDate\", summary = \"/DescriptionNews\", content = \"/ContentNews\", guid = \"/ID\" }".to_owned(),
            "paging = { by = \"offset\", parameter = \"start\", size = 50 }".to_owned(),
        ],
        remarks: vec![format!("the list {list}, which a script of the front page fetches from this API")],
    }
}

/// Drafts the source for a JSON list with guessed rules. Its paging is taken from its URL.
pub fn json_list(id: String, rules: &JsonRules, evidence: &str) -> SourceDraft {
    let fields = [
        ("title", &rules.title),
        ("date", &rules.date),
        ("modified", &rules.modified),
        ("summary", &rules.summary),
        ("image", &rules.image),
        ("author", &rules.author),
        ("section", &rules.section),
        ("guid", &rules.guid),
    ];
    let field = |(name, path): (&str, &Option<String>)| Some(format!("{name} = {}", quoted(path.as_deref()?)));
    let fields: Vec<String> = fields.into_iter().filter_map(field).collect();
    let mut keys = vec![
        format!("items = {}", quoted(&rules.items)),
        format!("link = {}", quoted(&rules.link)),
        format!("fields = {{ {} }}", fields.join(", ")),
    ];
    keys.extend((rules.date_order == DateOrder::MonthFirst).then(|| "date_order = \"month-first\"".to_owned()));
    let mut remarks = vec![evidence.to_owned()];
    match paging::counted(&rules.request.url) {
        Some(paging) => keys.push(format!("paging = {paging}")),
        None => remarks.push(NO_PAGING.to_owned()),
    }
    let url = rules.request.url.clone();
    SourceDraft { id, kind: SourceKind::Json, url, section: None, keys, remarks }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::json::guess;
    use crate::model::request::Expect;
    use crate::model::request::Request;
    use crate::reading::saved;

    #[test]
    fn lists_in_json_are_written_with_their_fields_and_pages() {
        let url = PageUrl::parse("https://tinh.example/api/tin?page=1&size=2").unwrap();
        let row = |n: u32| {
            format!(
                r#"{{"ma":{n},"TieuDe":"Bà con xã Mẫu vào vụ cấy","LienKet":"/tin/{n}","NgayDang":"05/{}/2026","TomTat":"Vui mừng."}}"#,
                n + 12
            )
        };
        let body = format!(r#"{{"data":{{"rows":[{},{}]}}}}"#, row(1), row(2));
        let page = saved::page(url.clone(), bytes::Bytes::from(body), jiff::Timestamp::UNIX_EPOCH);
        let rules = guess::rules(&Request::get(url, Expect::Json), &page).unwrap();
        let draft = json_list("tin".to_owned(), &rules, "the address given");
        let expect = [
            "items = \"/data/rows\"",
            "link = \"{/LienKet}\"",
            "fields = { title = \"/TieuDe\", date = \"/NgayDang\", summary = \"/TomTat\" }",
            "date_order = \"month-first\"",
            "paging = { by = \"page\", parameter = \"page\", first = 1 }",
        ];
        assert_eq!(
            (draft.keys, draft.remarks),
            (expect.map(str::to_owned).to_vec(), vec!["the address given".to_owned()])
        );
    }
}
