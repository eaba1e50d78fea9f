//! `catalogue/<id>.toml`: known portals, newspapers and other outlets, whether or not a file in `portals/` visits them.
//!
//! An entry contains no more than its evidence: a name, hosts, the family if somebody saw it on the site, URLs from which somebody read articles.
//! Codes of provinces were reassigned in 2025 and mean nothing without a date. So each has the days on which it was valid, in the entry of the
//! province's portal.

mod source;

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

use jiff::civil::Date;

use crate::config::ConfigErrors;
pub use crate::config::catalogue::source::KnownKind;
pub use crate::config::catalogue::source::KnownSource;
pub use crate::config::catalogue::source::Observation;
pub use crate::config::catalogue::source::OutletKind;
use crate::config::collector::Missing;
use crate::config::collector::ProblemCollector;
use crate::config::collector::named;
use crate::config::collector::source_file;
use crate::config::keys::CATALOGUE;
use crate::config::portal;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::shipped;
use crate::config::units;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::url::PageUrl;
use crate::url::without_www;

/// Maximum number of ids that are suggested for a wrong one.
const MOST_NEAR: usize = 5;

/// The known portals, by id.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    entries: Vec<Entry>,
}

/// A known portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The stem of its file, and the id of the portal's file if one is made of it: `vinhphuc`.
    pub id: PortalId,
    /// The outlet's name, as it is printed: `Báo Nghệ An`.
    pub name: String,
    /// The kind of outlet.
    pub kind: OutletKind,
    /// The province's key, as `province` in a portal's file: `vinh-phuc`; absent if it does not belong to one province.
    pub province: Option<String>,
    /// The front page.
    pub home: PageUrl,
    /// The home's host and others of the same portal (older names, editions in English), in lower case.
    pub hosts: Vec<String>,
    /// The CMS family, if it is known.
    pub family: Option<PlatformId>,
    /// How TLS works, if somebody had to find out.
    pub tls: Option<&'static str>,
    /// The codes of the province whose portal this is, the oldest first.
    pub codes: Vec<Code>,
    /// Portals of the provinces that became part of this one.
    pub succeeds: Vec<PortalId>,
    /// The portal of the province that this one became part of.
    pub succeeded_by: Option<PortalId>,
    /// Whether somebody has looked at the live host.
    pub verified: bool,
    /// What the entry is based on.
    pub evidence: String,
    /// Other facts.
    pub note: Option<String>,
    /// Where its articles can be found.
    pub sources: Vec<KnownSource>,
}

/// A code of the General Statistics Office, with the days on which it denoted a province: `[from, to)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// Two digits: `26`.
    pub code: String,
    /// The province's full name at that time: `Tỉnh Vĩnh Phúc`.
    pub name: String,
    /// The first day, if it is known.
    pub from: Option<Date>,
    /// The first day on which it was no longer valid; absent if it still is.
    pub to: Option<Date>,
}

impl Code {
    /// Whether it was valid on a day.
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.to.is_none_or(|to| day < to)
    }
}

/// Returns the name of a province in the shipped catalogue: see [`Catalogue::province_name`].
pub fn province_name(key: &str) -> &str {
    static SHIPPED: LazyLock<Catalogue> = LazyLock::new(Catalogue::shipped);
    SHIPPED.province_name(key)
}

impl Catalogue {
    /// Loads the entries of the binary, and those of `<config_dir>/catalogue/`, if that folder exists, which replace them.
    ///
    /// # Errors
    /// [`ConfigErrors`] with all errors of all files: syntax, unknown keys, wrong values, unknown ids and families, two entries of one host,
    /// successions that only one side names.
    pub fn load(config_dir: &Path) -> Result<Catalogue, ConfigErrors> {
        let mut gathering = ProblemCollector::default();
        let own = gathering.folder(&config_dir.join("catalogue"), Missing::Allowed);
        let platforms: BTreeMap<PlatformId, SourceFile> =
            gathering.folder(&config_dir.join("platforms"), Missing::Allowed);
        Catalogue::gather(gathering, own, platforms.into_keys().collect())
    }

    /// Returns the entries of the binary.
    ///
    /// # Panics
    /// If a shipped file is wrong, which a test prevents.
    pub fn shipped() -> Catalogue {
        Catalogue::gather(ProblemCollector::default(), BTreeMap::new(), Vec::new())
            .unwrap_or_else(|errors| unreachable!("the shipped catalogue is wrong:\n{errors}"))
    }

    fn gather(
        mut gathering: ProblemCollector,
        own: BTreeMap<PortalId, SourceFile>,
        mut families: Vec<PlatformId>,
    ) -> Result<Catalogue, ConfigErrors> {
        let files = shipped::CATALOGUE.iter().map(|(id, text)| (*id, source_file("catalogue", id, text)));
        let mut files = named(files, PortalId::new);
        files.extend(own);
        families.extend(shipped::PLATFORMS.iter().filter_map(|(id, _)| PlatformId::new(id).ok()));
        let ids: Vec<&PortalId> = files.keys().collect();
        let around = FileContext { ids: &ids, families: &families };
        let read =
            |(id, file): (&PortalId, &SourceFile)| gathering.read(file, &CATALOGUE, |table| read(table, id, around));
        let entries: Vec<Entry> = files.iter().filter_map(read).collect();
        let mut problems = gathering.problems;
        if problems.is_empty() {
            problems = disagreements(&entries, &files);
        }
        if problems.is_empty() { Ok(Catalogue { entries }) } else { Err(ConfigErrors::new(problems)) }
    }

    /// Returns all entries, sorted by id.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the entry with this id.
    pub fn get(&self, id: &PortalId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// Returns a few ids that may be meant by a wrong one: those that contain it, else the nearest.
    pub fn nearest(&self, wrong: &str) -> Vec<&str> {
        let ids = || self.entries.iter().map(|entry| entry.id.as_str());
        let holding: Vec<&str> = ids().filter(|id| wrong.len() > 2 && id.contains(wrong)).take(MOST_NEAR).collect();
        if holding.is_empty() { units::nearest(wrong, ids()).into_iter().collect() } else { holding }
    }

    /// Returns the entry of a province's portal, which describes the province: its codes, and what it became part of.
    fn portal_of(&self, province: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| !entry.codes.is_empty() && entry.province.as_deref() == Some(province))
    }

    /// Returns the name of a province, without "Tỉnh" or "Thành phố": `Vĩnh Phúc`. It is the key if no portal of the province is known.
    pub fn province_name<'a>(&'a self, province: &'a str) -> &'a str {
        let full = self.portal_of(province).and_then(|entry| entry.codes.last()).map(|code| code.name.as_str());
        let short = |full: &'a str| full.strip_prefix("Tỉnh ").or_else(|| full.strip_prefix("Thành phố "));
        full.map_or(province, |full| short(full).unwrap_or(full))
    }

    /// Returns the key of the province that a province belongs to today: itself, or the one that it became part of.
    pub fn province_today<'a>(&'a self, province: &'a str) -> &'a str {
        let heir = self.portal_of(province).and_then(|entry| self.get(entry.succeeded_by.as_ref()?));
        heir.and_then(|heir| heir.province.as_deref()).unwrap_or(province)
    }

    /// Returns the province of a URL's host: that of its entry, else of the entry of a parent domain, since a portal's departments have subdomains.
    pub fn province_of(&self, url: &PageUrl) -> Option<&str> {
        let is_below =
            |own: &str| url.bare_host().strip_suffix(without_www(own)).is_some_and(|rest| rest.ends_with('.'));
        let above = || self.entries.iter().find(|entry| entry.hosts.iter().any(|own| is_below(own)));
        self.entry_of(url).or_else(above)?.province.as_deref()
    }

    /// Returns the entry that names a URL's host, with or without `www.`.
    pub fn entry_of(&self, url: &PageUrl) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.hosts.iter().any(|own| without_www(own) == url.bare_host()))
    }
}

/// Returns the provinces of the entries of the binary and of `<config_dir>/catalogue/`. Errors of the latter are reported when the catalogue itself
/// is read.
pub(super) fn provinces(config_dir: &Path) -> BTreeSet<String> {
    static SHIPPED: LazyLock<BTreeSet<String>> =
        LazyLock::new(|| shipped::CATALOGUE.iter().filter_map(|(_, text)| province_in(text)).collect());
    let own: BTreeMap<PortalId, SourceFile> =
        ProblemCollector::default().folder(&config_dir.join("catalogue"), Missing::Allowed);
    SHIPPED.iter().cloned().chain(own.values().filter_map(|file| province_in(&file.text))).collect()
}

fn province_in(text: &str) -> Option<String> {
    // The part above the first table is enough, and only a twentieth of the text.
    let head = text.split("\n[").next().unwrap_or(text);
    let table: toml::Table = toml::from_str(head).ok()?;
    table.get("province")?.as_str().map(str::to_owned)
}

/// The context in which an entry's file is checked.
#[derive(Debug, Clone, Copy)]
pub(super) struct FileContext<'a> {
    pub(super) ids: &'a [&'a PortalId],
    pub(super) families: &'a [PlatformId],
}

/// Reads an entry's file.
pub(super) fn read(mut table: Table<'_>, id: &PortalId, around: FileContext<'_>) -> Option<Entry> {
    let name = table.read("name", Value::owned);
    let kind = table.choice("kind", &OutletKind::WORDS);
    let province = table.read("province", |value| value.parsed(PortalId::new));
    let home_value = table.take("home");
    let home = home_value.as_ref().and_then(|value| value.url(None));
    let hosts = portal::read_hosts(&mut table, home.as_ref());
    if let (Some(value), Some(url), Some(hosts)) = (&home_value, &home, &hosts)
        && !hosts.iter().any(|host| host == url.host())
    {
        value.problem(format!("`{}` is not one of `hosts`", url.host()), format!("add \"{}\" to `hosts`", url.host()));
    }
    let families = || around.families.iter().map(PlatformId::as_str);
    let family = table.read("family", |value| PlatformId::new(value.known("family", families())?).ok());
    let known = |value: &Value<'_>| PortalId::new(value.known("entry", around.ids.iter().map(|id| id.as_str()))?).ok();
    let succeeds = table.all("succeeds", known);
    let succeeded_by = table.read("succeeded_by", known);
    let verified = table.read("verified", Value::flag);
    let evidence = table.read("evidence", Value::owned);
    let note = table.read("note", Value::owned);
    let tls = table.read("tls", Value::word);
    let codes = table.all("code", |value| read_code(value.table()?));
    let own = hosts.as_deref().unwrap_or_default();
    let sources = table.all("source", |value| source::read(value.table()?, own));
    table.finish();
    Some(Entry {
        id: id.clone(),
        name: name?,
        kind,
        province: province.map(|key| key.to_string()),
        home: home?,
        hosts: hosts?,
        family,
        tls,
        codes,
        succeeds,
        succeeded_by,
        verified: verified?,
        evidence: evidence?,
        note,
        sources,
    })
}

fn read_code(mut table: Table<'_>) -> Option<Code> {
    let code = table.read("code", |value| value.parsed(two_digits));
    let name = table.read("name", Value::owned);
    let from = table.read("from", Value::date);
    let to = table.read("to", |value| {
        let end = value.date()?;
        if let Some(first) = from.filter(|first| *first >= end) {
            let message = format!("this code ends on {end}, before it begins on {first}");
            value.problem(message, "swap `from` and `to`");
        }
        Some(end)
    });
    table.finish();
    Some(Code { code: code?, name: name?, from, to })
}

fn two_digits(text: &str) -> Result<String, String> {
    let is_code = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_code { Ok(text.to_owned()) } else { Err(format!("`{text}` is not a province's code")) }
}

/// Finds contradictions between files: one host in two entries, successions that only one side names.
fn disagreements(entries: &[Entry], files: &BTreeMap<PortalId, SourceFile>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut seen: BTreeMap<&str, &PortalId> = BTreeMap::new();
    let after: BTreeSet<(&PortalId, &PortalId)> =
        entries.iter().filter_map(|entry| Some((entry.succeeded_by.as_ref()?, &entry.id))).collect();
    let mut before = BTreeSet::new();
    let mut report = |entry: &Entry, path: &[&str], message: String, hint: String| {
        if let Some(file) = files.get(&entry.id) {
            problems.push(file.problem(path, message, hint));
        }
    };
    for entry in entries {
        for (number, host) in entry.hosts.iter().enumerate() {
            if let Some(other) = seen.insert(host, &entry.id) {
                let hint = "leave it in the entry of the portal that it belongs to".to_owned();
                report(entry, &["hosts", &number.to_string()], format!("`{host}` is a host of {other} too"), hint);
            }
        }
        for (number, old) in entry.succeeds.iter().enumerate() {
            before.insert((&entry.id, old));
            if !after.contains(&(&entry.id, old)) {
                let hint = format!("write succeeded_by = \"{}\" into {old}.toml", entry.id);
                report(
                    entry,
                    &["succeeds", &number.to_string()],
                    format!("{old} does not say that {} succeeds it", entry.id),
                    hint,
                );
            }
        }
    }
    for (new, old) in after.difference(&before) {
        if let Some(entry) = entries.iter().find(|entry| entry.id == **old) {
            let hint = format!("add \"{old}\" to `succeeds` in {new}.toml");
            report(entry, &["succeeded_by"], format!("{new} does not say that it succeeds {old}"), hint);
        }
    }
    problems
}
