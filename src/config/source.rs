//! `[[source]]` of a portal's file → [`Source`].

use std::fmt;

use crate::config::address::hold_to_scope;
use crate::config::address::owned_url;
use crate::config::json;
use crate::config::json::JsonKeys;
use crate::config::listing;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::typed;
use crate::discover::Reader;
use crate::discover::Source;
use crate::discover::feed::FeedRules;
use crate::discover::json::JsonRules;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::discover::sitemap::SitemapRules;
use crate::model::portal::Scope;
use crate::model::portal::SourceId;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// Pages of a source that one visit reads where the file does not say.
pub(super) const PAGES: u32 = 5;
/// Likewise for a sitemap, whose index alone names dozens of parts.
pub(super) const SITEMAP_PAGES: u32 = 50;
/// Pages at most: a visit is bounded in time long before.
const MOST_PAGES: u32 = 10_000;
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
        let free = (number..=number + self.taken.len()).map(name).find(|name| !self.taken.contains(name))?;
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
    let reader = keys.reader(url.as_ref(), around);
    keys.table.finish();
    Some(Source { id: id?, max_pages: pages, section, reader: reader? })
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

    fn reader(&mut self, url: Option<&PageUrl>, around: Surroundings<'_>) -> Option<Reader> {
        // Each kind's keys are taken whatever the kind, so that those that do not fit are reported as such and not as unknown.
        let order = self.take("date_order", &[Kind::Feed, Kind::Listing, Kind::Json]);
        let order = order.as_ref().and_then(Value::date_order);
        let content = self.content_is_article();
        let paging = self.take("paging", &[Kind::Listing, Kind::Json]);
        let feed = self.feed(url, order, content.is_some());
        let sitemap = self.sitemap(url);
        let listing = self.listing(url, order, paging.as_ref(), around);
        let json = self.json(url, order, content.as_ref(), paging.as_ref(), around.scope);
        match self.kind? {
            Kind::Feed => feed.map(Reader::Feed),
            Kind::Sitemap => sitemap.map(Reader::Sitemap),
            Kind::Listing => listing.map(|rules| Reader::Listing(Box::new(rules))),
            Kind::Json => json.map(|rules| Reader::Json(Box::new(rules))),
        }
    }

    /// `content = "article"`, as the value that says it.
    fn content_is_article(&mut self) -> Option<Value<'a>> {
        let value = self.take("content", &[Kind::Feed, Kind::Json])?;
        let is_article = value.word(&[("hint", false), ("article", true)])?;
        is_article.then_some(value)
    }

    fn feed(&mut self, url: Option<&PageUrl>, order: Option<DateOrder>, content_is_article: bool) -> Option<FeedRules> {
        let distrust = self.take("distrust_minutes", &[Kind::Feed]).and_then(|value| value.flag());
        Some(FeedRules {
            url: url?.clone(),
            date_order: order.unwrap_or_default(),
            distrust_minutes: distrust.unwrap_or(false),
            content_is_article,
        })
    }

    fn sitemap(&mut self, url: Option<&PageUrl>) -> Option<SitemapRules> {
        let mut set = |key| self.take(key, &[Kind::Sitemap]).map_or_else(typed::no_patterns, |value| value.regexes());
        let (include, follow) = (set("include"), set("follow"));
        Some(SitemapRules { url: url?.clone(), include, follow })
    }

    fn listing(
        &mut self,
        url: Option<&PageUrl>,
        order: Option<DateOrder>,
        paging: Option<&Value<'_>>,
        around: Surroundings<'_>,
    ) -> Option<ListingRules> {
        let select = self.take("select", &[Kind::Listing]);
        if self.kind != Some(Kind::Listing) {
            return None;
        }
        let shape = listing::read(select.as_ref(), paging, order, url);
        if let (Some(Paging::Post { url, .. }), Some(value)) = (&shape.paging, paging) {
            hold_to_scope(value, url, around.scope);
        }
        Some(shape.resolve(url?.clone(), around.platform))
    }

    fn json(
        &mut self,
        url: Option<&PageUrl>,
        order: Option<DateOrder>,
        content: Option<&Value<'_>>,
        paging: Option<&Value<'_>>,
        scope: Option<&Scope>,
    ) -> Option<JsonRules> {
        let mut take = |key| self.take(key, &[Kind::Json]);
        let keys = JsonKeys {
            method: take("method"),
            form: take("form"),
            body: take("body"),
            items: take("items"),
            link: take("link"),
            fields: take("fields"),
        };
        match self.kind {
            Some(Kind::Json) => {
                if keys.link.is_none() {
                    self.table.missing("`link` is missing", LINK_HINT);
                }
                json::read(&keys, url, order, content, paging, scope)
            }
            // The kind itself could not be read: what can be said of these keys alone is said.
            None => json::read(&keys, url, order, None, None, scope),
            Some(_) => None,
        }
    }
}

const LINK_HINT: &str = "how a row becomes an address: link = \"https://example.vn/bai?id={/ID}\" or link = \"{/url}\"";
