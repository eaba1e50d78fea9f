//! Reads `watch/<id>.toml` into [`Watch`].

use std::collections::BTreeSet;

use crate::config::portal;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::told;
use crate::model::article::PageKind;
use crate::model::notify::Channel;
use crate::model::portal::PortalId;
use crate::model::portal::WatchId;
use crate::text::language::Language;
use crate::watch::Event;
use crate::watch::Field;
use crate::watch::Fields;
use crate::watch::Watch;
use crate::watch::moment::Rhythm;
use crate::watch::phrase::Phrase;

/// The data against which a watch's file is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileContext<'a> {
    /// The ids of all portals.
    pub(super) portals: &'a [&'a PortalId],
    /// The keys of all provinces.
    pub(super) provinces: &'a BTreeSet<String>,
    /// The channels that it may notify.
    pub(super) channels: &'a [Channel],
}

pub(super) fn read(mut table: Table<'_>, id: &WatchId, around: FileContext<'_>) -> Option<Watch> {
    let name = table.read("name", Value::owned);
    let (has_any, has_all) = (table.has("any"), table.has("all"));
    let [any, all, none] = ["any", "all", "none"].map(|key| table.all(key, |value| value.parsed(Phrase::read)));
    if !has_any && !has_all {
        table.missing("the watch has no phrases", "any = [\"tinh gọn bộ máy\"], or all = [\"xã\", \"bộ máy\"]");
    }
    let portals = || around.portals.iter().map(|portal| portal.as_str());
    let portals = table.all("portals", |value| PortalId::new(value.known("portal", portals())?).ok());
    let provinces = table.all("provinces", |value| portal::read_province(value, around.provinces));
    let kinds = table.all("kinds", read_kind);
    let fields = table.all("fields", |value| value.choice(&Field::WORDS));
    let events = table.all("events", |value| value.choice(&Event::WORDS));
    let to = told::read_to(&mut table, "to", around.channels);
    let rhythm = table.read("rhythm", |value| value.parsed(Rhythm::read)).unwrap_or_default();
    let language = table.choice("language", &Language::WORDS);
    let max_age = table.duration("max_age");
    table.finish();
    let fields = if fields.is_empty() { Field::DEFAULT.to_vec() } else { fields };
    let events = if events.is_empty() { Event::DEFAULT.to_vec() } else { events };
    if any.is_empty() && all.is_empty() {
        return None;
    }
    Some(Watch {
        id: id.clone(),
        name: name?,
        any,
        all,
        none,
        portals,
        provinces,
        kinds,
        fields: fields.into_iter().collect::<Fields>(),
        events: events.into_iter().collect(),
        to,
        rhythm,
        language,
        max_age,
    })
}

fn read_kind(value: &Value<'_>) -> Option<PageKind> {
    let word = value.word()?;
    let kept = PageKind::KEEPABLE.iter().find(|(known, _)| *known == word);
    Some(kept.map_or(PageKind::Article, |(_, kind)| *kind))
}
