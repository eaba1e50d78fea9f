//! Turns a catalogue entry into a portal file: which of its known sources to read, with the evidence for each.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use crate::config::Catalogue;
use crate::config::catalogue::Entry;
use crate::config::catalogue::KnownKind;
use crate::config::catalogue::KnownSource;
use crate::config::catalogue::Observation;
use crate::config::draft::PortalDraft;
use crate::config::draft::SourceDraft;
use crate::text::count::counted;
use crate::url::without_www;

/// Maximum sources of an outlet. A visit requests each of them, and an outlet publishes a few dozen articles a day.
pub const MAX_SOURCES: usize = 12;

/// The family whose feed URLs have no file extension. With one, the server always returns an empty channel.
const BARE_FEEDS: &str = "news-a";

/// Last path segments of sources that hold the articles of all sections.
const WHOLE: [&str; 13] = [
    "",
    "all",
    "articles",
    "default",
    "feed",
    "google-news",
    "home",
    "index",
    "moi-nhat",
    "rss",
    "tin-moi",
    "tin-moi-nhat",
    "tin-tuc-moi-nhat",
];

/// Path segments that describe the kind of a source, not its topic.
const FRAME: [&str; 11] =
    ["rss", "rss_feed", "rsschanel", "feed", "cate", "subcate", "news", "pages", "trang", "vi", "vi_vn"];

/// Beginnings of sections that hold images, audio or advertisements rather than articles. They come last.
const ASIDE: [&str; 17] = [
    "anh",
    "audio",
    "bao-in",
    "cuoc-song-qua-anh",
    "da-phuong-tien",
    "daphuongtien",
    "e-magazine",
    "emagazine",
    "infographic",
    "media",
    "multimedia",
    "phat-thanh",
    "podcast",
    "quang-cao",
    "shorts",
    "truyen-hinh",
    "video",
];

/// The sources of an outlet that are read, and those that are not.
#[derive(Debug)]
pub struct Choice<'a> {
    /// One source per section, in the order in which they are written.
    pub taken: Vec<&'a KnownSource>,
    /// The other readable sources.
    pub left: Vec<&'a KnownSource>,
}

/// Chooses the sources of an outlet that are read. Each section gets one source: feeds before news sitemaps before lists, better evidence first. If
/// articles were observed in a feed of all sections, that feed alone is chosen. A sitemap of the whole site may be old or contain anything, so it is
/// only read if nothing else is known. The same holds for a feed at a URL that is known to stay empty.
pub fn choose(entry: &Entry) -> Choice<'_> {
    let readable: Vec<&KnownSource> = entry.sources.iter().filter(|source| source.kind.as_source().is_some()).collect();
    let is_sound = |source: &&KnownSource| class(source) < Class::Sitemap && !is_trap(source, entry);
    let sound: Vec<&KnownSource> = readable.iter().copied().filter(is_sound).collect();
    let mut taken = of_each_rubric(if sound.is_empty() { &readable } else { &sound });
    let is_enough = |first: &&KnownSource| {
        first.seen == Observation::Measured && class(first) <= Class::NewsSitemap && is_whole(&rubric(first))
    };
    if taken.first().is_some_and(is_enough) {
        taken.truncate(1);
    }
    taken.truncate(MAX_SOURCES);
    let left = readable.into_iter().filter(|source| !taken.contains(source)).collect();
    Choice { taken, left }
}

/// Returns the best source of each section. The source of all sections comes first, then the others in the entry's order; images and audio come last.
fn of_each_rubric<'a>(sources: &[&'a KnownSource]) -> Vec<&'a KnownSource> {
    let mut best: BTreeMap<String, (usize, &KnownSource)> = BTreeMap::new();
    for (place, source) in sources.iter().enumerate() {
        let rank = |source: &KnownSource| (class(source), source.seen, std::cmp::Reverse(source.year));
        let held = best.entry(rubric(source)).or_insert((place, source));
        if rank(source) < rank(held.1) {
            held.1 = source;
        }
    }
    let mut chosen: Vec<_> = best.into_iter().collect();
    chosen.sort_by_key(|(rubric, (place, source))| (!is_whole(rubric), is_aside(rubric), class(source), *place));
    chosen.into_iter().map(|(_, (_, source))| source).collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Feed,
    NewsSitemap,
    List,
    Sitemap,
}

fn class(source: &KnownSource) -> Class {
    match source.kind {
        KnownKind::Feed => Class::Feed,
        KnownKind::Sitemap if source.url.as_url().path().contains("news") => Class::NewsSitemap,
        KnownKind::Sitemap => Class::Sitemap,
        KnownKind::Listing | KnownKind::Directory => Class::List,
    }
}

fn is_trap(source: &KnownSource, entry: &Entry) -> bool {
    let has_ending = || source.url.as_url().path().rsplit('.').next() == Some("rss");
    source.kind == KnownKind::Feed
        && entry.family.as_ref().is_some_and(|own| own.as_str() == BARE_FEEDS)
        && has_ending()
}

fn is_whole(rubric: &str) -> bool {
    WHOLE.contains(&rubric)
}

fn is_aside(rubric: &str) -> bool {
    ASIDE.iter().any(|start| rubric.starts_with(start))
}

/// Returns the topic of a source by its URL: `/rss/kinh-te-3.rss` and `/kinh-te/` both give `kinh-te`.
fn rubric(source: &KnownSource) -> String {
    if source.kind == KnownKind::Sitemap {
        return String::new();
    }
    let url = source.url.as_url();
    let path = url.path().to_ascii_lowercase();
    let mut parts: Vec<&str> =
        path.split('/').filter(|part| !part.is_empty() && !FRAME.contains(part)).map(without_ending).collect();
    if let (KnownKind::Feed, Some(last)) = (source.kind, parts.last_mut()) {
        *last = without_zone(last);
    }
    let query = url.query().unwrap_or_default();
    let query = query.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    parts.into_iter().filter(|part| !is_whole(part)).chain(query).collect::<Vec<_>>().join("-").to_ascii_lowercase()
}

fn without_ending(part: &str) -> &str {
    let endings = [".rss", ".xml", ".html", ".htm", ".aspx"];
    endings.iter().find_map(|ending| part.strip_suffix(ending)).unwrap_or(part)
}

/// Removes the zone number from a feed's name, because the URL of the list does not have it.
fn without_zone(part: &str) -> &str {
    let stem = part.trim_end_matches(|c: char| c.is_ascii_digit());
    stem.strip_suffix('-').filter(|stem| !stem.is_empty()).unwrap_or(part)
}

/// Drafts the file of a portal with these sources.
pub fn draft(entry: &Entry, sources: &[&KnownSource], left: &[&KnownSource]) -> PortalDraft {
    let mut remarks = vec![
        format!(
            "Written by `tintinh enable {}` from the catalogue. The addresses were seen or used by others;",
            entry.id
        ),
        format!("nothing was fetched. `tintinh check --live {}` tries them.", entry.id),
    ];
    remarks.extend(entry.note.clone());
    if !left.is_empty() {
        let left = counted(left.len(), "more source");
        remarks.push(format!("The catalogue has {left}: tintinh catalogue {} --json", entry.id));
    }
    let newest = sources.iter().filter_map(|source| source.year).max();
    let year = newest.map(|year| format!(" ({year})")).unwrap_or_default();
    let mut ids = BTreeSet::new();
    PortalDraft {
        id: entry.id.clone(),
        remarks,
        name: entry.name.clone(),
        province: entry.province.clone(),
        home: entry.home.clone(),
        hosts: hosts(entry),
        platform: entry.family.clone(),
        tls: entry.tls.map(str::to_owned),
        verified: format!("sources of the catalogue, by public code and directories{year}; nothing was fetched"),
        sources: sources.iter().filter_map(|source| source_draft(source, &mut ids)).collect(),
        rules: Vec::new(),
    }
}

/// Returns the entry's hosts, each with and without `www.`, because a site may respond under one and link to the other.
fn hosts(entry: &Entry) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for host in &entry.hosts {
        let bare = without_www(host);
        for name in [host.clone(), bare.to_owned(), format!("www.{bare}")] {
            if !hosts.contains(&name) {
                hosts.push(name);
            }
        }
    }
    hosts
}

fn source_draft(source: &KnownSource, ids: &mut BTreeSet<String>) -> Option<SourceDraft> {
    let kind = source.kind.as_source()?;
    let rubric = rubric(source);
    let stem = if rubric.is_empty() { kind.as_str() } else { rubric.as_str() };
    let stem: String = stem
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .take(48)
        .collect::<String>()
        .trim_matches('-')
        .to_owned();
    let names = [stem.clone(), format!("{stem}-{}", kind.as_str())].into_iter();
    let numbered = (2..=ids.len() + 2).map(|number| format!("{stem}-{number}"));
    let id = names.chain(numbered).find(|name| !ids.contains(name))?;
    ids.insert(id.clone());
    let year = source.year.map(|year| format!(", {year}")).unwrap_or_default();
    Some(SourceDraft {
        id,
        kind,
        url: source.url.clone(),
        section: source.section.clone(),
        keys: Vec::new(),
        remarks: vec![format!("{}: {}{year}", source.seen.in_words(), source.evidence)],
    })
}

/// Whether an entry belongs to a province or to one that was merged into it; see [`Catalogue::province_today`].
pub fn is_of(entry: &Entry, province: &str, catalogue: &Catalogue) -> bool {
    let own = entry.province.as_deref();
    own.is_some_and(|own| own == province || catalogue.province_today(own) == province)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::url::PageUrl;

    fn known(kind: KnownKind, url: &str) -> KnownSource {
        KnownSource {
            kind,
            url: PageUrl::parse(url).unwrap(),
            section: None,
            seen: Observation::Code,
            year: None,
            evidence: "a list".to_owned(),
        }
    }

    #[test]
    fn addresses_say_what_a_source_is_about() {
        let check = |kind, url: &str, expect: &str| assert_eq!(rubric(&known(kind, url)), expect, "{url}");
        check(KnownKind::Feed, "https://a.example/rss/kinh-te-3.rss", "kinh-te");
        check(KnownKind::Listing, "https://a.example/kinh-te/", "kinh-te");
        check(KnownKind::Feed, "https://a.example/rss/cate/thoi-su/", "thoi-su");
        check(KnownKind::Feed, "https://a.example/rss/news/thoi-su.rss", "thoi-su");
        check(KnownKind::Feed, "https://a.example/rss/do-thi/giao-thong", "do-thi-giao-thong");
        check(KnownKind::Listing, "https://a.example/tin-tuc-24h", "tin-tuc-24h");
        for whole in ["https://a.example/", "https://a.example/home.rss", "https://a.example/rss/tin-moi-nhat.rss"] {
            check(KnownKind::Feed, whole, "");
        }
        check(KnownKind::Sitemap, "https://a.example/sitemap-news.xml", "");
        check(KnownKind::Listing, "https://a.example/Trang/Tin-tuc.aspx?Cat=82", "tin-tuc-cat-82");
    }

    #[test]
    fn a_rubric_is_read_once_and_what_stays_empty_never() {
        let catalogue = Catalogue::shipped();
        let mut entry = catalogue.entries()[0].clone();
        entry.family = crate::model::portal::PlatformId::new("news-a").ok();
        let urls = |entry: &Entry| choose(entry).taken.iter().map(|one| one.url.to_string()).collect::<Vec<_>>();
        let sitemap = known(KnownKind::Sitemap, "https://a.example/sitemap.xml");
        let trap = known(KnownKind::Feed, "https://a.example/rss/kinh-te.rss");
        let list = known(KnownKind::Listing, "https://a.example/kinh-te");
        let feed = known(KnownKind::Feed, "https://a.example/rss/the-thao");
        let video = known(KnownKind::Listing, "https://a.example/video");
        let whole = known(KnownKind::Feed, "https://a.example/rss");
        entry.sources = vec![sitemap.clone()];
        assert_eq!(urls(&entry), ["https://a.example/sitemap.xml"], "better than nothing");
        entry.sources = vec![sitemap, video, trap, list, feed];
        let rubrics = ["https://a.example/rss/the-thao", "https://a.example/kinh-te", "https://a.example/video"];
        assert_eq!(urls(&entry), rubrics);
        entry.sources.push(whole.clone());
        assert_eq!(urls(&entry)[0], "https://a.example/rss");
        assert_eq!(urls(&entry).len(), 4, "nobody saw an article in the feed of all rubrics");
        entry.sources.push(KnownSource { seen: Observation::Measured, ..whole });
        assert_eq!(urls(&entry), ["https://a.example/rss"]);
        assert_eq!(choose(&entry).left.len(), 6);
    }

    #[test]
    fn no_outlet_has_more_sources_than_a_visit_should_read() {
        for entry in Catalogue::shipped().entries() {
            let choice = choose(entry);
            assert!(choice.taken.len() <= MAX_SOURCES, "{}", entry.id);
            let has_any = entry.sources.iter().any(|source| source.kind.as_source().is_some());
            assert_eq!(choice.taken.is_empty(), !has_any, "{}", entry.id);
        }
    }
}
