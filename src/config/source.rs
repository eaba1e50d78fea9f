//! Reads `[[source]]` of a portal's file into [`Source`].

use crate::config::address::hold_to_scope;
use crate::config::address::owned_url;
use crate::config::json::JsonSource;
use crate::config::listing;
use crate::config::listing::ListShape;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::typed;
use crate::discover::Reader;
use crate::discover::Source;
use crate::discover::feed::FeedRules;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::discover::sitemap::SitemapRules;
use crate::model::portal::Scope;
use crate::model::portal::SourceId;

/// The default maximum number of pages of a source that one visit reads.
pub(super) const PAGES: u32 = 5;
/// The same number for a sitemap, whose index alone names dozens of parts.
pub(super) const SITEMAP_PAGES: u32 = 50;

/// What the reading of a source depends on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Surroundings<'a> {
    /// The portal's hosts; absent if they could not be read, and then nothing is checked against them.
    pub(super) scope: Option<&'a Scope>,
    /// The list rules of the portal's platform.
    pub(super) platform: Option<&'a ListingRules>,
}

/// Reads the `[[source]]` tables of a portal's file, in its order.
pub(super) fn read_all(file: &mut Table<'_>, around: Surroundings<'_>) -> Vec<Source> {
    let mut names = Names::default();
    file.all("source", |value| read(value.table()?, around, &mut names))
}

/// The names used so far, and the kinds of sources without a name.
#[derive(Debug, Default)]
struct Names {
    taken: Vec<String>,
    unnamed: Vec<&'static str>,
}

impl Names {
    fn give(&mut self, id: Option<&Value<'_>>, kind: Option<&'static str>) -> Option<SourceId> {
        let Some(value) = id else { return self.default_name(kind?) };
        let id = value.parsed(SourceId::new)?;
        if self.taken.iter().any(|taken| taken == id.as_str()) {
            value.problem(format!("two sources are called `{id}`"), "give each source of a portal an id of its own");
            return None;
        }
        self.taken.push(id.to_string());
        Some(id)
    }

    /// Returns the kind, or the kind with the lowest free number.
    fn default_name(&mut self, kind: &'static str) -> Option<SourceId> {
        self.unnamed.push(kind);
        let number = self.unnamed.iter().filter(|unnamed| **unnamed == kind).count();
        let name = |number: usize| if number == 1 { kind.to_owned() } else { format!("{kind}-{number}") };
        let free = (number..=number + self.taken.len()).map(name).find(|name| !self.taken.contains(name))?;
        self.taken.push(free.clone());
        SourceId::new(&free).ok()
    }
}

/// Reads a source. Keys of all kinds are taken whatever its kind, and its table reports those that do not fit. If the kind could not be read, all
/// fit.
fn read(mut table: Table<'_>, around: Surroundings<'_>, names: &mut Names) -> Option<Source> {
    let kind = table.read("kind", Value::word);
    let id = names.give(table.take("id").as_ref(), kind);
    let url = table.read("url", |value| owned_url(value, around.scope));
    let pages = table.read("pages", Value::number);
    let section = table.read("section", Value::owned);
    let order = table.read("date_order", Value::date_order);
    let content = table.take("content").filter(|value| value.word() == Some("article"));
    let paging = table.take("paging");
    let distrust_minutes = table.flag("distrust_minutes");
    let mut patterns = |key| table.read(key, Value::regexes).unwrap_or_else(typed::no_patterns);
    let (include, follow) = (patterns("include"), patterns("follow"));
    let shape = ListShape {
        select: table.read("select", listing::read_select),
        paging: paging.as_ref().filter(|_| kind == Some("listing")).and_then(|value| {
            let paging = listing::read_paging(value, url.as_ref())?;
            if let Paging::Post { url, .. } = &paging {
                hold_to_scope(value, url, around.scope);
            }
            Some(paging)
        }),
        date_order: order,
    };
    let of_json = |_: &&Value<'_>| kind == Some("json");
    let json = JsonSource { url: url.as_ref(), order, scope: around.scope };
    let json = json.read(&mut table, content.as_ref().filter(of_json), paging.as_ref().filter(of_json));
    table.finish();
    let (kind, url, order) = (kind?, url?, order.unwrap_or_default());
    let reader = match kind {
        "feed" => {
            Reader::Feed(FeedRules { url, date_order: order, distrust_minutes, content_is_article: content.is_some() })
        }
        "sitemap" => Reader::Sitemap(SitemapRules { url, include, follow }),
        "listing" => Reader::Listing(Box::new(shape.resolve(url, around.platform))),
        _ => Reader::Json(Box::new(json?)),
    };
    let max_pages = pages.unwrap_or(if kind == "sitemap" { SITEMAP_PAGES } else { PAGES });
    Some(Source { id: id?, max_pages, section, reader })
}
