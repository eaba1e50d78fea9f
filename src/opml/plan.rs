//! Plans the import of the feeds of an OPML file: which portal each feed belongs to, and what to write.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fmt::Write;

use crate::config;
use crate::config::Catalogue;
use crate::config::Config;
use crate::config::Portal;
use crate::config::quoted;
use crate::config::quoted_list;
use crate::discover::Reader;
use crate::model::portal::PortalId;
use crate::model::portal::ScopeDecision;
use crate::model::portal::SourceId;
use crate::opml::naming;
use crate::opml::reading::Feed;
use crate::opml::reading::Malformed;
use crate::opml::reading::Outlines;
use crate::url::PageUrl;
use crate::url::without_www;

/// What to write, and what to skip.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Complete files of new portals.
    pub(crate) new: Vec<Addition>,
    /// Texts that are appended to the files of existing portals.
    pub(crate) joined: Vec<Addition>,
    /// Skipped feeds.
    pub(crate) left_out: Vec<SkippedFeed>,
}

/// A text for a portal's file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Addition {
    pub(crate) portal: PortalId,
    /// Number of sources that it contains.
    pub(crate) sources: usize,
    pub(crate) text: String,
}

/// A skipped feed, and why it is skipped.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct SkippedFeed {
    pub(crate) line: usize,
    pub(crate) feed: String,
    pub(crate) reason: String,
}

/// The context of a plan.
pub(crate) struct PlanContext<'a> {
    pub(crate) config: &'a Config,
    pub(crate) catalogue: &'a Catalogue,
    /// File names that are taken although no configured portal has them.
    pub(crate) taken: BTreeSet<String>,
    /// The name of the OPML file.
    pub(crate) origin: &'a str,
}

/// A feed that can become a source.
struct Subscription<'a> {
    feed: &'a Feed,
    url: PageUrl,
    /// The front page: the one in the file, otherwise the root of the feed's host.
    home: PageUrl,
}

/// Makes the plan.
pub(crate) fn plan(outlines: &Outlines, around: &PlanContext<'_>) -> Plan {
    let mut plan = Plan::default();
    for Malformed { line, reason } in &outlines.malformed {
        plan.left_out.push(SkippedFeed { line: *line, feed: "a malformed outline".to_owned(), reason: reason.clone() });
    }
    let known = subscribed(around.config);
    let mut seen: BTreeMap<PageUrl, usize> = BTreeMap::new();
    let mut by_site: BTreeMap<String, Vec<Subscription<'_>>> = BTreeMap::new();
    let mut order: Vec<String> = Vec::new();
    for feed in &outlines.feeds {
        match subscription(feed, &mut seen, &known) {
            Ok(subscription) => {
                let site = subscription.home.bare_host().to_owned();
                if !by_site.contains_key(&site) {
                    order.push(site.clone());
                }
                by_site.entry(site).or_default().push(subscription);
            }
            Err(reason) => plan.left_out.push(left_out(feed, reason)),
        }
    }
    let mut sites = Vec::new();
    for site in order {
        let subscriptions = by_site.remove(&site).unwrap_or_default();
        match existing(&subscriptions, around.config) {
            Some(portal) => join(portal, &subscriptions, around, &mut plan),
            None => sites.push(subscriptions),
        }
    }
    plan.new = new_portals(&sites, &folders_of_one_site(outlines), around);
    plan.left_out.sort_by_key(|left| left.line);
    plan
}

fn left_out(feed: &Feed, reason: String) -> SkippedFeed {
    SkippedFeed { line: feed.line, feed: feed.title.clone().unwrap_or_else(|| feed.xml_url.clone()), reason }
}

/// Returns the feed as a subscription, or why it cannot be a source.
fn subscription<'a>(
    feed: &'a Feed,
    seen: &mut BTreeMap<PageUrl, usize>,
    known: &BTreeMap<PageUrl, &PortalId>,
) -> Result<Subscription<'a>, String> {
    if feed.is_comment {
        return Err("it is commented out".to_owned());
    }
    if !matches!(feed.form.as_str(), "" | "rss" | "rss1" | "rss2" | "atom" | "atom1" | "feed" | "jsonfeed") {
        return Err(format!("its type is `{}`, which is not a feed", feed.form));
    }
    let url = PageUrl::parse(&as_web(&feed.xml_url)).map_err(|error| format!("`{}`: {error}", feed.xml_url))?;
    let canonical = url.canonical();
    if let Some(line) = seen.get(&canonical) {
        return Err(format!("the same feed as in line {line}"));
    }
    if let Some(portal) = known.get(&canonical) {
        return Err(format!("portal {portal} already has it"));
    }
    seen.insert(canonical, feed.line);
    let named = feed.html_url.as_deref().and_then(|text| PageUrl::parse(text).ok());
    let home = named.or_else(|| url.join("/").ok()).unwrap_or_else(|| url.clone());
    Ok(Subscription { feed, url, home })
}

/// Converts `feed:https://…` and `feed://…`, as some readers write URLs.
fn as_web(text: &str) -> String {
    match text.strip_prefix("feed:") {
        Some(rest) if rest.starts_with("//") => format!("http:{rest}"),
        Some(rest) => rest.to_owned(),
        None => text.to_owned(),
    }
}

/// Returns the feeds that are already read, by canonical URL, with their portals.
fn subscribed(config: &Config) -> BTreeMap<PageUrl, &PortalId> {
    let feeds = config.portals.iter().flat_map(|portal| {
        let sources = portal.sources.iter().filter(|source| matches!(source.reader, Reader::Feed(_)));
        sources.map(|source| (source.first_step().request.url.canonical(), &portal.outlet.portal))
    });
    feeds.collect()
}

/// Returns the portal of the configuration that names the site's host exactly. `*.` stands for departments, which have their own files.
fn existing<'a>(subscriptions: &[Subscription<'_>], config: &'a Config) -> Option<&'a Portal> {
    let site = subscriptions.first()?.home.bare_host();
    let names = |portal: &&Portal| portal.scope.hosts.iter().any(|host| without_www(host) == site);
    config.portals.iter().filter(names).min_by_key(|portal| !portal.enabled)
}

/// Adds sources to the end of the file of an existing portal.
fn join(portal: &Portal, subscriptions: &[Subscription<'_>], around: &PlanContext<'_>, plan: &mut Plan) {
    let id = &portal.outlet.portal;
    let mut ids: BTreeSet<String> = portal.sources.iter().map(|source| source.id.to_string()).collect();
    let (mut text, mut sources) = (String::new(), 0);
    for subscription in subscriptions {
        match portal.scope.admits(&subscription.url) {
            ScopeDecision::Admitted => {
                text.push_str(&source(subscription, "", &mut ids, around));
                sources += 1;
            }
            ScopeDecision::Excluded => {
                plan.left_out.push(left_out(subscription.feed, format!("portal {id} excludes its path")));
            }
            ScopeDecision::ForeignHost => {
                let host = subscription.url.host();
                let reason = format!(
                    "its site is that of portal {id}, whose file does not name the host {host}: add it to `hosts`"
                );
                plan.left_out.push(left_out(subscription.feed, reason));
            }
        }
    }
    if sources > 0 {
        plan.joined.push(Addition { portal: id.clone(), sources, text });
    }
}

/// Returns a `[[source]]` with an empty line before it.
fn source(
    subscription: &Subscription<'_>,
    site_name: &str,
    ids: &mut BTreeSet<String>,
    around: &PlanContext<'_>,
) -> String {
    let title = subscription.feed.title.as_deref().unwrap_or_default();
    let own = naming::without(title, site_name);
    let id = naming::unused(&naming::slug(own).unwrap_or_else(|| "feed".to_owned()), ids);
    let folders = match subscription.feed.folders.join(" / ") {
        folders if folders.is_empty() => String::new(),
        folders => format!(", folder {folders}"),
    };
    let title = if title.is_empty() { String::new() } else { format!("{title}; ") };
    let comment = naming::one_line(&format!("{title}line {} of {}{folders}", subscription.feed.line, around.origin));
    let id = SourceId::new(&id).map_or_else(|_| String::new(), |id| format!("id = {}\n", quoted(id.as_str())));
    format!("\n# {comment}\n[[source]]\n{id}kind = \"feed\"\nurl = {}\n", quoted(subscription.url.as_str()))
}

/// Returns the folders with several feeds that all belong to one site. Such a folder belongs to the site.
fn folders_of_one_site(outlines: &Outlines) -> BTreeSet<&[String]> {
    let mut sites: BTreeMap<&[String], (usize, BTreeSet<String>)> = BTreeMap::new();
    for feed in &outlines.feeds {
        let address = feed.html_url.as_deref().unwrap_or(&feed.xml_url);
        let site =
            PageUrl::parse(&as_web(address)).map_or_else(|_| address.to_owned(), |url| url.bare_host().to_owned());
        let (feeds, sites) = sites.entry(&feed.folders).or_default();
        *feeds += 1;
        sites.insert(site);
    }
    let is_of_one = |(folders, (feeds, sites)): &(&[String], (usize, BTreeSet<String>))| {
        !folders.is_empty() && *feeds > 1 && sites.len() == 1
    };
    sites.into_iter().filter(is_of_one).map(|(folders, _)| folders).collect()
}

/// Returns the name of a site and the id for its portal: from the catalogue, else from the site or its folder. The name of a feed is usually that of
/// a section.
fn named(
    subscriptions: &[Subscription<'_>],
    first: &Subscription<'_>,
    own_folders: &BTreeSet<&[String]>,
    around: &PlanContext<'_>,
) -> (String, String) {
    if let Some(entry) = around.catalogue.entry_of(&first.home) {
        return (entry.name.clone(), entry.id.to_string());
    }
    let site = first.home.bare_host();
    let titles: Vec<&str> = subscriptions.iter().filter_map(|one| one.feed.title.as_deref()).collect();
    let folders = || subscriptions.iter().flat_map(|one| one.feed.folders.iter().rev()).map(String::as_str);
    let of_host = naming::of_host(folders().chain(titles.iter().copied()), site);
    let in_common = || if titles.len() > 1 { naming::common(&titles) } else { None };
    let folder = || {
        let folders = first.feed.folders.as_slice();
        own_folders.contains(folders).then(|| folders.last().map(|name| naming::one_line(name)))?
    };
    let name = of_host.or_else(in_common).or_else(folder).filter(|name| !name.is_empty());
    let by_host = || PortalId::of_site(&first.home).to_string();
    match name {
        Some(name) => {
            let id = naming::slug(&name).unwrap_or_else(by_host);
            (name, id)
        }
        None => (site.to_owned(), by_host()),
    }
}

/// Plans a file for each new site.
fn new_portals(
    sites: &[Vec<Subscription<'_>>],
    own_folders: &BTreeSet<&[String]>,
    around: &PlanContext<'_>,
) -> Vec<Addition> {
    let hosts: Vec<Vec<String>> = sites.iter().map(|subscriptions| hosts(subscriptions)).collect();
    let groups = groups(&hosts, around.config);
    let mut taken: BTreeSet<String> = around.taken.clone();
    taken.extend(around.config.portals.iter().map(|portal| portal.outlet.portal.to_string()));
    let mut additions = Vec::new();
    for ((subscriptions, hosts), group) in sites.iter().zip(&hosts).zip(&groups) {
        let Some(first) = subscriptions.first() else { continue };
        let (name, id) = named(subscriptions, first, own_folders, around);
        let Ok(portal) = PortalId::new(&naming::unused(&id, &mut taken)) else { continue };
        let text = file(subscriptions, &name, hosts, group.as_deref(), around);
        additions.push(Addition { portal, sources: subscriptions.len(), text });
    }
    additions
}

/// Returns the host of the front page with and without `www.`, and the hosts of the feeds.
fn hosts(subscriptions: &[Subscription<'_>]) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    let mut add = |host: &str| {
        if !hosts.iter().any(|known| known == host) {
            hosts.push(host.to_owned());
        }
    };
    for subscription in subscriptions {
        add(subscription.home.host());
        let url = subscription.home.as_url();
        if matches!(url.host(), Some(url::Host::Domain(_))) {
            add(subscription.home.bare_host());
            add(&format!("www.{}", subscription.home.bare_host()));
        }
        add(subscription.url.host());
    }
    hosts
}

/// Returns the groups of portals. Portals that share a host (feeds of many sites on one server) are in one group, so that the host gets one request
/// at a time. None if a portal shares no host, and for the first portal of a group, because the group has the name of its host.
fn groups(hosts: &[Vec<String>], config: &Config) -> Vec<Option<String>> {
    let mut label: Vec<usize> = (0..hosts.len()).collect();
    let mut of_host: BTreeMap<&str, usize> = BTreeMap::new();
    loop {
        let before = label.clone();
        for (number, own) in hosts.iter().enumerate() {
            let least =
                own.iter().filter_map(|host| of_host.get(host.as_str())).copied().fold(label[number], usize::min);
            label[number] = least;
            of_host.extend(own.iter().map(|host| (host.as_str(), least)));
        }
        if label == before {
            break;
        }
    }
    let enabled: Vec<&Portal> = config.enabled().collect();
    let existing = |root: usize| {
        let mut members =
            hosts.iter().enumerate().filter(|(number, _)| label[*number] == root).flat_map(|(_, own)| own);
        members.find_map(|host| enabled.iter().find(|portal| portal.scope.hosts.contains(host)))
    };
    let group = |(number, root): (usize, &usize)| match existing(*root) {
        Some(portal) => Some(portal.group.to_string()),
        None if *root == number => None,
        None => hosts[*root].first().cloned(),
    };
    label.iter().enumerate().map(group).collect()
}

/// Returns a portal's whole file.
fn file(
    subscriptions: &[Subscription<'_>],
    name: &str,
    hosts: &[String],
    group: Option<&str>,
    around: &PlanContext<'_>,
) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    let mut key = |key: &str, value: String| {
        let _ = writeln!(text, "{key} = {value}");
    };
    key("name", quoted(name));
    if let Some(first) = subscriptions.first() {
        if let Some(province) = around.catalogue.province_of(&first.home) {
            key("province", quoted(province));
        }
        key("home", quoted(first.home.as_str()));
    }
    key("hosts", quoted_list(hosts.iter().map(String::as_str)));
    if let Some(group) = group {
        key("group", quoted(group));
    }
    let entry = subscriptions.first().and_then(|first| around.catalogue.entry_of(&first.home));
    if let Some(family) = entry.and_then(|entry| entry.family.as_ref()) {
        key("platform", quoted(family.as_str()));
    }
    if let Some(tls) = entry.and_then(|entry| entry.tls) {
        key("tls", quoted(tls));
    }
    let language = subscriptions.iter().filter_map(|one| one.feed.language.as_deref());
    if let Some(language) = language.map(str::trim).find(|tag| config::language_tag(tag).is_ok()) {
        key("language", quoted(language));
    }
    key("verified", quoted(&naming::one_line(&format!("imported from {}; nothing was fetched", around.origin))));
    let mut ids = BTreeSet::new();
    for subscription in subscriptions {
        text.push_str(&source(subscription, name, &mut ids, around));
    }
    text
}
