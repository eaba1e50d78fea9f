//! The lists: portals as feeds in their province's folder, watches as tags, and unread counts for each.

use std::collections::BTreeSet;

use serde_json::Value;
use serde_json::json;

use crate::config::Config;
use crate::config::catalogue::province_name;
use crate::watch::Watch;
use crate::web::greader::Refusal;
use crate::web::greader::request::Asked;
use crate::web::reader::Reader;
use crate::web::reader::shelf::Facet;
use crate::web::reader::shelf::Source;
use crate::web::reader::shelf::Wanted;

pub(super) const READING_LIST: &str = "user/-/state/com.google/reading-list";
pub(super) const READ: &str = "user/-/state/com.google/read";
pub(super) const STARRED: &str = "user/-/state/com.google/starred";
pub(super) const LABEL: &str = "user/-/label/";

/// The answer to a request that changes the subscriptions.
pub(super) const READ_ONLY: &str =
    "portals, provinces and watches are those of the service's configuration: `tintinh add` adds a portal";

/// The user's information.
pub(super) fn user() -> Value {
    json!({ "userId": "1", "userName": "tintinh", "userProfileId": "1", "userEmail": "tintinh@localhost" })
}

/// The stream id of a portal.
pub(super) fn feed(portal: &str) -> String {
    format!("feed/{portal}")
}

/// The folder id of a province.
pub(super) fn folder(province: &str) -> String {
    format!("{LABEL}{}", province_name(province))
}

/// The tag of a watch: its name. If the name equals a province's or an earlier watch's, the id is added.
pub(super) fn tag(config: &Config, watch: &Watch) -> String {
    let name = watch.name.replace('/', "∕");
    let is_folder = provinces(config).any(|province| province_name(province) == name);
    let is_taken = config.watches.iter().take_while(|other| other.id != watch.id).any(|other| other.name == watch.name);
    if is_folder || is_taken { format!("{LABEL}{name} ({})", watch.id) } else { format!("{LABEL}{name}") }
}

/// The provinces of the portals, without duplicates.
pub(super) fn provinces(config: &Config) -> impl Iterator<Item = &str> {
    let all: BTreeSet<&str> = config.portals.iter().filter_map(|portal| portal.outlet.province.as_deref()).collect();
    all.into_iter()
}

/// Every portal that is configured or has articles.
pub(super) fn subscriptions(reader: &Reader, asked: &Asked) -> Value {
    let config = reader.config();
    let origin = reader.origin(&asked.uri, &asked.headers);
    let page = |portal: &str| format!("{origin}/newest?portal={portal}");
    let subscription = |id: &str, title: &str, province: Option<&str>, home: &str| {
        let label = |province: &str| json!({ "id": folder(province), "label": province_name(province) });
        json!({
            "id": feed(id), "title": title, "sortid": title, "categories": province.map(label).into_iter().collect::<Vec<_>>(),
            "url": page(id).replace("/newest?", "/newest.atom?"), "htmlUrl": home, "iconUrl": "",
        })
    };
    let known = config.portals.iter().map(|portal| {
        let outlet = &portal.outlet;
        subscription(outlet.portal.as_str(), &outlet.name, outlet.province.as_deref(), outlet.home.as_str())
    });
    let mut all: Vec<Value> = known.collect();
    let is_known = |id: &str| config.portals.iter().any(|portal| portal.outlet.portal.as_str() == id);
    let mut left: Vec<_> = reader.shelf().portals().into_iter().filter(|id| !is_known(id)).collect();
    left.sort_unstable();
    all.extend(left.iter().map(|id| subscription(id, id, None, &page(id))));
    json!({ "subscriptions": all })
}

/// The folders and tags.
pub(super) fn tags(reader: &Reader) -> Value {
    let config = reader.config();
    let mut all = vec![json!({ "id": STARRED, "sortid": "starred" })];
    all.extend(
        provinces(&config).map(|province| json!({ "id": folder(province), "sortid": province, "type": "folder" })),
    );
    all.extend(
        config
            .watches
            .iter()
            .map(|watch| json!({ "id": tag(&config, watch), "sortid": watch.id.as_str(), "type": "tag" })),
    );
    json!({ "tags": all })
}

/// The number of unread stories in each stream.
///
/// # Errors
/// If the hits of watches or the marks cannot be read.
pub(super) async fn unread(reader: &Reader) -> Result<Value, Refusal> {
    let (config, shelf, tagged) = (reader.config(), reader.shelf(), reader.watch_tags().await?);
    let entry = |id: String, count: u64, newest: i64| json!({ "id": id, "count": count, "newestItemTimestampUsec": (newest * 1000).to_string() });
    let of_watch = |watch: &Watch| Source::Items(tagged.items_of(watch.id.as_str()));
    let (total, all) = reader.marks_file().await?.look(|sets| {
        let marks = shelf.story_marks(sets);
        let counts = shelf.unread(&marks);
        let mut all = Vec::new();
        let mut total = 0;
        for ((facet, name), count) in &counts {
            let id = match facet {
                Some(Facet::Portal) => feed(name),
                Some(Facet::Province) if name.is_empty() => continue,
                Some(_) => folder(name),
                None => READING_LIST.to_owned(),
            };
            if facet.is_none() {
                total = count.count;
            }
            all.push(entry(id, count.count, count.newest));
        }
        for watch in &config.watches {
            let wanted = Wanted { marks: vec![(crate::marks::Mark::Read, false)], ..Wanted::of(of_watch(watch)) };
            let (newest, _) = shelf.stream(&Wanted::of(of_watch(watch)), &marks, None, 1);
            let count = shelf.stream_ids(&wanted, &marks).len() as u64;
            all.push(entry(tag(&config, watch), count, newest.first().map_or(0, |item| item.seen)));
        }
        (total, all)
    });
    Ok(json!({ "max": total, "unreadcounts": all }))
}

/// The refusal to add a subscription, in the form that apps read.
pub(super) fn not_added(asked: &Asked) -> Value {
    json!({ "query": asked.first("quickadd").unwrap_or_default(), "numResults": 0, "error": READ_ONLY })
}
