//! Warnings about settings that are allowed but probably mistakes. Each has its position and a fix. The configuration is used nevertheless.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use regex::Regex;

use crate::config::Portal;
use crate::config::problem::Problem;
use crate::config::problem::SourceFile;
use crate::config::settings::Settings;
use crate::config::units;
use crate::discover::Reader;
use crate::discover::Source;
use crate::model::notify::Means;
use crate::model::portal::PortalId;
use crate::model::request::Request;
use crate::model::sink::SinkSettings;
use crate::model::sink::SinkTarget;
use crate::model::tls::TlsMode;
use crate::url::PageUrl;
use crate::url::without_www;

/// Paths of articles in the forms of CMS families. A pattern that matches all of them matches every article of any portal.
const ARTICLE_PATHS: [&str; 5] = [
    "/tin-tuc/le-hoi-dau-xuan-347391.html",
    "/Lists/TinTuc/View_Detail.aspx?ItemID=7",
    "/index.php?option=com_content&view=article&id=12",
    "/2024/02/20/Le-Hoi/",
    "/a",
];

/// The fix for a pattern that cannot match.
const PATH_HINT: &str = "patterns are matched against path and query: begin it with ^/";

/// Returns the warnings about `tintinh.toml`, then those about the portals' files.
pub(super) fn all(
    settings: &Settings,
    sinks: &[SinkSettings],
    main: &SourceFile,
    portals: &[Portal],
    files: &BTreeMap<PortalId, SourceFile>,
) -> Vec<Problem> {
    let mut warnings: Vec<Problem> =
        contact(settings, main).into_iter().chain(commands(settings, sinks, main)).collect();
    let enabled: Vec<(&Portal, &SourceFile)> = portals
        .iter()
        .filter(|portal| portal.enabled)
        .filter_map(|portal| Some((portal, files.get(&portal.outlet.portal)?)))
        .collect();
    if enabled.is_empty() {
        let hint = "set enabled = true in a portal's file, or make one with `tintinh add`";
        warnings.push(Problem::of_file(&main.name, "no portal is enabled: the service visits none", hint));
    }
    for (portal, file) in &enabled {
        warnings.extend(haste(settings, portal, file));
        warnings.extend(tls(portal, file));
        warnings.extend(exclusions(portal, file));
        warnings.extend(inclusions(portal, file));
    }
    warnings.extend(shared_sources(&enabled));
    warnings
}

fn contact(settings: &Settings, main: &SourceFile) -> Option<Problem> {
    let is_silent =
        settings.contact.is_none() && settings.config.fetch.user_agent == Settings::default().config.fetch.user_agent;
    let message = "`contact` is not set: servers cannot tell whom to write to about this program's requests";
    is_silent.then(|| Problem::of_file(&main.name, message, "contact = \"mailto:you@example.org\""))
}

/// Warns of commands that cannot be run, which would otherwise be noticed at the first alarm, message or record.
fn commands(settings: &Settings, sinks: &[SinkSettings], main: &SourceFile) -> Vec<Problem> {
    let mut warnings = Vec::new();
    let mut check = |path: &[&str], loss: String, command: &[String]| {
        let problem = command.first().and_then(|program| cannot_be_run(program));
        warnings.extend(problem.map(|(reason, hint)| main.problem(path, format!("{loss}: {reason}"), hint)));
    };
    let alarms = &settings.config.alarms.command;
    check(&["alarms", "command", "0"], "alarms will not be reported".to_owned(), alarms);
    for (number, channel) in settings.config.channels.iter().enumerate() {
        if let Means::Command(command) = &channel.means {
            let loss = format!("nobody will be told by `{}`", channel.id);
            check(&["notify", &number.to_string(), "command", "0"], loss, command);
        }
    }
    for (number, sink) in sinks.iter().enumerate() {
        if let SinkTarget::Command { command, .. } = &sink.target {
            let loss = format!("records will wait for the sink `{}`", sink.id);
            check(&["sink", &number.to_string(), "command", "0"], loss, command);
        }
    }
    warnings
}

/// Why a program cannot be run, and what to do.
fn cannot_be_run(program: &str) -> Option<(String, String)> {
    let reason = match fs::metadata(Path::new(program)) {
        Err(error) => format!("cannot be found: {error}"),
        Ok(found) if !found.is_file() => "is not a file".to_owned(),
        Ok(found) if found.permissions().mode() & 0o111 == 0 => "is not executable".to_owned(),
        Ok(_) => return None,
    };
    let hint = match program.split_once(' ') {
        Some((first, _)) => format!("separate the words: command = [\"{first}\", …]"),
        None => "install the program there and make it executable, or name another".to_owned(),
    };
    Some((format!("the `command` {program} {reason}"), hint))
}

fn haste(settings: &Settings, portal: &Portal, file: &SourceFile) -> Option<Problem> {
    let is_own = settings.config.fetch.resolve.contains_key(portal.outlet.home.host());
    let message = format!("portal {} is asked more than once a second", portal.outlet.portal);
    let hint = "do this to servers of your own only: delay = \"1s\" or more";
    (portal.delay < Duration::from_secs(1) && !is_own).then(|| file.problem(&["delay"], message, hint))
}

fn tls(portal: &Portal, file: &SourceFile) -> Option<Problem> {
    let id = &portal.outlet.portal;
    let (message, hint) = match portal.tls.mode {
        TlsMode::Modern => return None,
        _ if !cfg!(feature = "legacy-tls") => (
            format!("portal {id} needs old TLS, which this program was built without: rustls may not connect"),
            "build it with the feature `legacy-tls`",
        ),
        TlsMode::Legacy => return None,
        TlsMode::Unverified => (
            format!("portal {id} has tls = \"unverified\": anyone between it and this machine can change its pages"),
            "give the issuer's certificate with extra_ca or intermediates, or the server's key with pins",
        ),
    };
    Some(file.problem(&["tls"], message, hint))
}

/// Warns of patterns of `exclude` that leave nothing of a source, or cannot match.
fn exclusions(portal: &Portal, file: &SourceFile) -> Vec<Problem> {
    let check = |(number, pattern): (usize, &String)| {
        let (message, hint) = exclusion(portal, pattern)?;
        Some(file.problem(&["exclude", &number.to_string()], message, hint))
    };
    portal.scope.exclude.patterns().iter().enumerate().filter_map(check).collect()
}

fn exclusion(portal: &Portal, pattern: &str) -> Option<(String, &'static str)> {
    if begins_with_a_word(pattern) {
        return Some((format!("`exclude` never matches with `{pattern}`"), PATH_HINT));
    }
    let regex = Regex::new(pattern).ok()?;
    if ARTICLE_PATHS.iter().all(|path| regex.is_match(path)) {
        let message = format!("`exclude` covers every article with `{pattern}`: nothing of the portal would be read");
        return Some((message, "name the paths that are to be left alone, as in '^/van-ban/'"));
    }
    let covered = portal.sources.iter().find_map(|source| Some((source, covered(source, &regex)?)));
    covered.map(|(source, what)| {
        let message = format!("`exclude` covers {what} of the source {} with `{pattern}`", source.id);
        (message, "write the pattern so that it matches only what is to be left alone")
    })
}

/// Warns of patterns of a sitemap that cannot match. They are also matched against whole URLs.
fn inclusions(portal: &Portal, file: &SourceFile) -> Vec<Problem> {
    let mut warnings = Vec::new();
    for (source, rules) in portal.sources.iter().enumerate() {
        let Reader::Sitemap(rules) = &rules.reader else { continue };
        for (key, patterns) in [("include", &rules.include), ("follow", &rules.follow)] {
            let idle = |pattern: &str| begins_with_a_word(pattern) && !pattern.starts_with("^http");
            for (number, pattern) in patterns.patterns().iter().enumerate().filter(|(_, pattern)| idle(pattern)) {
                let path = ["source", &source.to_string(), key, &number.to_string()];
                warnings.push(file.problem(&path, format!("`{key}` never matches with `{pattern}`"), PATH_HINT));
            }
        }
    }
    warnings
}

/// Whether a pattern begins with a word. Paths begin with a slash.
fn begins_with_a_word(pattern: &str) -> bool {
    pattern.strip_prefix('^').is_some_and(|rest| rest.starts_with(char::is_alphanumeric))
}

/// Returns which part of a source a pattern of `exclude` covers.
fn covered(source: &Source, exclude: &Regex) -> Option<&'static str> {
    let is_covered =
        |url: &PageUrl| exclude.is_match(&url.as_url()[url::Position::BeforePath..url::Position::AfterQuery]);
    match &source.reader {
        _ if is_covered(&source.first_step().request.url) => Some("the URL"),
        Reader::Json(rules) => {
            let row = rules.request.url.join(&units::fill(&rules.link)).ok()?;
            (!rules.link.starts_with('{') && is_covered(&row)).then_some("every article")
        }
        Reader::Sitemap(rules) => {
            let is_chosen = rules.include.patterns().iter().any(|include| include == exclude.as_str());
            is_chosen.then_some("what is included")
        }
        _ => None,
    }
}

/// Warns of sources with the same request: each of their articles would be fetched and recorded twice.
fn shared_sources(enabled: &[(&Portal, &SourceFile)]) -> Vec<Problem> {
    let mut askers: HashMap<String, (&Portal, &Source)> = HashMap::new();
    let mut warnings = Vec::new();
    for (portal, file) in enabled {
        for (number, source) in portal.sources.iter().enumerate() {
            let request = source.first_step().request;
            let Some((other, twin)) = askers.insert(wanted(&request), (portal, source)) else { continue };
            let is_same_portal = other.outlet.portal == portal.outlet.portal;
            let of = if is_same_portal { String::new() } else { format!(" of the portal {}", other.outlet.portal) };
            let message = format!("the source {} is the same as the source {}{of}", source.id, twin.id);
            let hint = "leave one of them out: each article would be fetched and recorded twice";
            warnings.push(file.problem(&["source", &number.to_string(), "url"], message, hint));
        }
    }
    warnings
}

/// Returns a request without what most servers do not distinguish: http and https, `www.`, a final slash, the order of a query.
fn wanted(request: &Request) -> String {
    let canonical = request.url.canonical();
    let rest = canonical.as_str().split_once("://").map_or("", |(_, rest)| rest);
    format!("{} {:?}", without_www(rest).trim_end_matches('/'), request.payload)
}
