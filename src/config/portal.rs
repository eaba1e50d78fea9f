//! Reads `portals/<id>.toml` into [`Portal`].

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use crate::config::Platform;
use crate::config::Portal;
use crate::config::address::hold_to_scope;
use crate::config::article;
use crate::config::identity;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::rhythm;
use crate::config::settings::Defaults;
use crate::config::source;
use crate::config::source::Surroundings;
use crate::config::tls;
use crate::config::typed;
use crate::config::units;
use crate::model::article::PageKind;
use crate::model::file_kind::FileKind;
use crate::model::portal::GroupId;
use crate::model::portal::Outlet;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::model::portal::Scope;
use crate::model::portal::Zone;
use crate::text::vietnamese::fold_ascii;
use crate::url::PageUrl;

/// The context in which a portal's file is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileContext<'a> {
    /// The platforms that could be read.
    pub(super) platforms: &'a [Platform],
    /// All platforms that have a file, readable or not.
    pub(super) platform_ids: &'a [PlatformId],
    /// The keys of all provinces, old and new.
    pub(super) provinces: &'a BTreeSet<String>,
    /// The defaults for keys that the file does not set.
    pub(super) defaults: &'a Defaults,
    /// The config folder, from which relative paths start.
    pub(super) dir: &'a Path,
}

/// Reads a portal's file.
pub(super) fn read(mut table: Table<'_>, id: &PortalId, around: FileContext<'_>) -> Option<Portal> {
    let home_value = table.take("home");
    let home = home_value.as_ref().and_then(|value| value.url(None));
    let scope = read_scope(&mut table, home.as_ref());
    if let (Some(home), Some(value)) = (&home, &home_value) {
        hold_to_scope(value, home, scope.as_ref());
    }
    let outlet = read_outlet(&mut table, id, home.clone(), around.provinces);
    let group = read_group(&mut table, home.as_ref(), home_value.as_ref());
    let platform = table.read("platform", |value| {
        let name = value.known("platform", around.platform_ids.iter().map(PlatformId::as_str))?;
        around.platform_ids.iter().find(|id| id.as_str() == name).cloned()
    });
    let enabled = table.flag("enabled");
    let verified = table.read("verified", |value| value.text().map(str::to_owned));
    let rhythm = rhythm::read(&mut table, around.defaults.rhythm.clone());
    let delay = table.read("delay", Value::duration).unwrap_or(around.defaults.delay);
    let tls = Arc::new(tls::read(&mut table, around.dir));
    let keep = table.read("keep", read_kept).unwrap_or_else(|| PageKind::KEPT.to_vec());
    let attachments = table.read("attachments", |value| {
        Some(value.elements()?.iter().filter_map(|kind| kind.choice(&FileKind::WORDS)).collect())
    });
    let listing = around.platforms.iter().find(|known| Some(&known.id) == platform.as_ref());
    let listing = listing.and_then(|platform| platform.listing.as_ref());
    if enabled && !table.has("source") {
        table.missing("the portal has no [[source]]", "add one, or write enabled = false");
    }
    let sources = source::read_all(&mut table, Surroundings { scope: scope.as_ref(), platform: listing });
    let rules = article::read_all(&mut table, &format!("portal {id}"), false);
    let identity = table.read("identity", identity::read);
    table.finish();
    Some(Portal {
        outlet: outlet?,
        enabled,
        group: group?,
        scope: scope?,
        platform,
        every: rhythm.every,
        every_max: rhythm.every_max,
        quiet: rhythm.quiet,
        delay,
        tls,
        keep,
        attachments: attachments.unwrap_or_else(|| around.defaults.attachments.clone()),
        sources,
        rules,
        identity,
        verified: verified.unwrap_or_default(),
    })
}

fn read_kept(value: &Value<'_>) -> Option<Vec<PageKind>> {
    Some(value.elements()?.iter().filter_map(|kind| kind.choice(&PageKind::KEEPABLE)).collect())
}

fn read_outlet(
    table: &mut Table<'_>,
    id: &PortalId,
    home: Option<PageUrl>,
    provinces: &BTreeSet<String>,
) -> Option<Outlet> {
    let name = table.read("name", Value::owned);
    let province = table.read("province", |value| read_province(value, provinces));
    let language = table.form("language", language_tag);
    Some(Outlet { portal: id.clone(), name: name?, province, home: home?, language, zone: Zone::Vietnam })
}

pub(super) fn read_province(value: &Value<'_>, provinces: &BTreeSet<String>) -> Option<String> {
    let text = value.filled()?;
    if provinces.contains(text) {
        return Some(text.to_owned());
    }
    // Spaces and punctuation are ignored, and so is a longer name ("Tỉnh …", "TP. …") or a part of it.
    let letters = |name: &str| fold_ascii(name).replace(|c: char| !c.is_ascii_alphanumeric(), "");
    let (names, key) = (provinces.iter().map(String::as_str), letters(text));
    let near = names.clone().find(|name| letters(name) == key).or_else(|| units::nearest(text, names.clone()));
    let is_part = |name: &&str| key.ends_with(&letters(name)) || (key.len() > 2 && letters(name).contains(&key));
    let near = near.or_else(|| names.filter(is_part).max_by_key(|name| name.len()));
    let hint = match near {
        Some(near) => format!("did you mean \"{near}\"?"),
        None => "`tintinh catalogue` lists them; leave the key out for what is not of one province".to_owned(),
    };
    value.problem(format!("there is no province `{text}`"), hint);
    None
}

/// Checks the syntax of a language tag (RFC 5646): a language of two or three letters, then subtags of up to eight characters.
///
/// # Errors
/// A sentence if the text has another form.
pub fn language_tag(text: &str) -> Result<String, String> {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let is_language = (2..=3).contains(&language.len()) && language.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if is_language && parts.all(is_subtag) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a language tag"))
    }
}

/// Reads the hosts, or takes that of `home` if there are none, and the excluded paths.
fn read_scope(table: &mut Table<'_>, home: Option<&PageUrl>) -> Option<Scope> {
    let exclude = table.read("exclude", Value::regexes).unwrap_or_else(typed::no_patterns);
    Some(Scope { hosts: read_hosts(table, home)?, exclude })
}

/// Reads the hosts. None if one of them cannot be read, so that no source is checked against an incomplete list.
pub(super) fn read_hosts(table: &mut Table<'_>, home: Option<&PageUrl>) -> Option<Vec<String>> {
    match table.take("hosts") {
        Some(value) => {
            let read: Vec<Option<String>> = value.elements()?.iter().map(|host| host.parsed(host_name)).collect();
            read.into_iter().collect()
        }
        None => Some(vec![home?.host().to_owned()]),
    }
}

/// Returns a host in the form used in URLs (lower case, punycode), optionally after `*.`.
fn host_name(text: &str) -> Result<String, String> {
    let (star, name) = match text.strip_prefix("*.") {
        Some(name) => ("*.", name),
        None => ("", text),
    };
    let refused = || format!("`{text}` is not a host name");
    if name.is_empty()
        || name.contains(['/', '@', '?', '#', '*', ' ', '\\'])
        || (name.contains(':') && !name.starts_with('['))
    {
        return Err(refused());
    }
    let url = PageUrl::parse(&format!("http://{name}/")).map_err(|_| refused())?;
    Ok(format!("{star}{}", url.host()))
}

fn read_group(table: &mut Table<'_>, home: Option<&PageUrl>, home_value: Option<&Value<'_>>) -> Option<GroupId> {
    if let Some(value) = table.take("group") {
        return value.parsed(GroupId::new);
    }
    let host = home?.host();
    let group = GroupId::new(host);
    if group.is_err() {
        home_value?.problem(format!("the host `{host}` cannot name the portal's group"), "add group = \"a-name\"");
    }
    group.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_and_nothing_else() {
        let check = |text: &str, expect: Option<&str>| assert_eq!(host_name(text).ok().as_deref(), expect, "{text}");
        check("vinhphuc.gov.vn", Some("vinhphuc.gov.vn"));
        check("*.VinhPhuc.gov.vn", Some("*.vinhphuc.gov.vn"));
        check("127.0.0.1", Some("127.0.0.1"));
        check("[::1]", Some("[::1]"));
        check("München.de", Some("xn--mnchen-3ya.de"));
        for bad in ["", "*.", "https://x.vn", "x.vn:8080", "x.vn/", "a b.vn", "x.*.vn", "u@x.vn"] {
            check(bad, None);
        }
    }

    #[test]
    fn language_tags() {
        for good in ["vi", "en-US", "zh-Hant-TW", "mnw"] {
            assert_eq!(language_tag(good).as_deref(), Ok(good));
        }
        for bad in ["", "v", "VI", "tiếng", "vi-", "vi_VN", "vi-abcdefghi"] {
            assert!(language_tag(bad).is_err(), "{bad}");
        }
    }
}
