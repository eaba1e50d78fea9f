//! `tintinh status PORTAL`: a portal's sources and pages, with reasons and advice.

use std::fmt::Write;

use serde_json::Value;

use crate::commands::moments;
use crate::config::Config;
use crate::config::Portal;
use crate::discover::Source;
use crate::model::portal::PortalId;
use crate::overview::Overview;
use crate::overview::PortalDetail;
use crate::store::LinkSet;
use crate::store::ListedLink;
use crate::store::PortalStatus;
use crate::store::SourceState;
use crate::text::count::counted;
use crate::text::date::rfc3339;
use crate::text::visible;

/// Describes a portal: its sources, the pages that need attention, and what was found on the latest pages.
pub(super) fn in_words(config: &Config, overview: &Overview, detail: &PortalDetail) -> String {
    let id = detail.value["portal"].as_str().unwrap_or_default();
    let portal = PortalId::new(id).ok().and_then(|id| config.portal(&id));
    let state = overview.portals.iter().find(|state| state.portal.as_str() == id);
    let mut text = String::new();
    if let Some(portal) = portal {
        text.push_str(&sources(overview, portal, state));
    }
    if let Some(state) = state {
        for (set, links) in &detail.pages {
            text.push_str(&pages(overview, state, *set, links));
        }
    }
    text.push_str(&fields(&detail.value));
    text
}

/// A portal's sources as its file names them, with the last response of each.
fn sources(overview: &Overview, portal: &Portal, state: Option<&PortalStatus>) -> String {
    let mut text = format!("sources of {}\n", portal.outlet.portal);
    if !portal.enabled {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  the service does not visit it: its file says `enabled = false`");
    }
    for source in &portal.sources {
        let known = state.and_then(|state| state.sources.iter().find(|(id, _)| *id == source.id));
        let _ = writeln!(
            text,
            "  {} ({}): {}",
            source.id,
            source.kind().as_str(),
            answer(overview, known.map(|(_, state)| state))
        );
        let _ = writeln!(text, "    {}", address(source));
        if let Some(state) = known.map(|(_, state)| state) {
            text.push_str(&trouble(overview, state));
        }
    }
    text
}

fn address(source: &Source) -> String {
    visible::line(source.first_step().request.url.as_str()).into_owned()
}

/// When a source was last read.
fn answer(overview: &Overview, state: Option<&SourceState>) -> String {
    let read = state.and_then(|state| state.last_success);
    match (state, read) {
        (None, _) => "not asked yet".to_owned(),
        (Some(state), None) if state.failures == 0 => "not read yet".to_owned(),
        (Some(state), None) => format!("never read, failed {} in a row", counted(state.failures, "time")),
        (Some(state), Some(at)) if state.failures > 0 => {
            format!("read {}, failed {} in a row since", moments::ago(overview.at, at), counted(state.failures, "time"))
        }
        (Some(_), Some(at)) => format!("read {}", moments::ago(overview.at, at)),
    }
}

/// What is wrong with a source, and how to fix it.
fn trouble(overview: &Overview, state: &SourceState) -> String {
    let mut text = String::new();
    // Writing into a string cannot fail.
    if let Some(error) = &state.last_error {
        let _ = writeln!(text, "    {}", visible::line(error));
    }
    if let Some(since) = state.gone_since {
        let since = rfc3339(since);
        let _ = writeln!(text, "    gone since {since}: not asked any more; correct or remove it in the portal's file");
    } else if let Some(moved) = &state.moved {
        let to = visible::line(moved.to.as_str());
        let _ = writeln!(text, "    moved to {to}: write this address into the portal's file");
    } else if let Some(wait) = state.not_before.and_then(|at| moments::wait(overview.at, at)) {
        let _ = writeln!(text, "    asked again no sooner than in {}; `tintinh fetch` asks now", moments::span(wait));
    }
    text
}

/// A set of links: how many there are, what happens to them, and the newest ones.
fn pages(overview: &Overview, portal: &PortalStatus, set: LinkSet, links: &[ListedLink]) -> String {
    let id = &portal.portal;
    let (total, head, advice) = match set {
        LinkSet::Failed => (
            portal.failed,
            "failed pages",
            format!("each is tried again by itself; `tintinh retry {id} --failed` does not wait"),
        ),
        LinkSet::Blocked => (
            portal.blocked,
            "pages that the site blocks",
            "each is tried again by itself; if it lasts, ask the site's operator".to_owned(),
        ),
        LinkSet::SetAside => {
            (portal.quarantined, "pages set aside", format!("after a new version or other rules: `tintinh retry {id}`"))
        }
        LinkSet::Waiting => (
            portal.waiting,
            "pages that wait",
            format!("for the next visit: {}", moments::next_visit(overview, portal)),
        ),
        LinkSet::LeftOut => (
            portal.rejected,
            "pages left out",
            format!("`tintinh explain URL` says why; after a change of the rules: `tintinh retry {id} --rejected`"),
        ),
    };
    if total == 0 {
        return String::new();
    }
    let mut text = format!("{head} of {id}: {total} ({advice})\n");
    for link in links {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {}", visible::line(&link.url));
        let _ = write!(text, "{}", last_word(overview, link));
    }
    let more = total.saturating_sub(links.len() as u64);
    if more > 0 {
        let _ = writeln!(text, "  … and {more} more");
    }
    text
}

/// Why a page is in its state, and when it is requested next.
fn last_word(overview: &Overview, link: &ListedLink) -> String {
    let failed = (link.attempts > 0).then(|| format!("{} in a row", counted(link.attempts, "attempt")));
    let wait = link
        .next
        .and_then(|next| moments::wait(overview.at, next))
        .map(|wait| format!("next in {}", moments::span(wait)));
    let reason = Some(visible::line(&link.reason).into_owned()).filter(|reason| !reason.is_empty());
    let words: Vec<String> = [reason, failed, wait].into_iter().flatten().collect();
    if words.is_empty() { String::new() } else { format!("    {}\n", words.join(" · ")) }
}

/// What was found on a portal's latest pages, one line per field and rule.
fn fields(detail: &Value) -> String {
    let portal = detail["portal"].as_str().unwrap_or_default();
    let mut text = format!("last pages of {portal} ({} remembered)\n", detail["pages"]);
    for (field, shares) in detail["fields"].as_object().into_iter().flatten() {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "  {field}: found on {} of {}", shares["found"], shares["of"]);
        for (origin, count) in shares["by"].as_object().into_iter().flatten() {
            let _ = writeln!(text, "    {count} by {}", visible::line(origin));
        }
    }
    text
}
