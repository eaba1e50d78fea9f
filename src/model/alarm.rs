//! Alarms: named, raised once, and cleared when their cause is gone.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::model::portal::PortalId;
use crate::model::record::RawRef;

/// The kinds of alarms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// None of a portal's rules for a field matches any more.
    RuleStopped,
    /// A field that most pages had is found on hardly any.
    FieldLost,
    /// Bodies are much shorter than before.
    BodyShrunk,
    /// Pages that used to be articles are rejected.
    PagesRejected,
    /// A list that had links has none.
    ListingEmpty,
    /// A feed became a web page.
    FeedIsHtml,
    /// robots.txt disallows a source, or all articles of a portal.
    ClosedByRobots,
    /// A portal has published nothing for several times its usual gap.
    PortalSilent,
    /// A portal's visits have failed for long.
    PortalFailing,
    /// A source has failed for long.
    SourceFailing,
    /// Pages are set aside: the program failed on them, the store refused their records, or they are too large.
    Quarantine,
    /// Records cannot be written and wait.
    SinkFailing,
    /// The service waits for its store.
    StorePaused,
}

impl AlarmKind {
    /// All kinds.
    pub const ALL: [AlarmKind; 13] = [
        AlarmKind::RuleStopped,
        AlarmKind::FieldLost,
        AlarmKind::BodyShrunk,
        AlarmKind::PagesRejected,
        AlarmKind::ListingEmpty,
        AlarmKind::FeedIsHtml,
        AlarmKind::ClosedByRobots,
        AlarmKind::PortalSilent,
        AlarmKind::PortalFailing,
        AlarmKind::SourceFailing,
        AlarmKind::Quarantine,
        AlarmKind::SinkFailing,
        AlarmKind::StorePaused,
    ];

    /// Returns its name in the status, the log, the metrics and for the operator's command.
    pub fn name(self) -> &'static str {
        match self {
            AlarmKind::RuleStopped => "rule-stopped",
            AlarmKind::FieldLost => "field-lost",
            AlarmKind::BodyShrunk => "body-shrunk",
            AlarmKind::PagesRejected => "pages-rejected",
            AlarmKind::ListingEmpty => "listing-empty",
            AlarmKind::FeedIsHtml => "feed-is-html",
            AlarmKind::ClosedByRobots => "closed-by-robots",
            AlarmKind::PortalSilent => "portal-silent",
            AlarmKind::PortalFailing => "portal-failing",
            AlarmKind::SourceFailing => "source-failing",
            AlarmKind::Quarantine => "quarantine",
            AlarmKind::SinkFailing => "sink-failing",
            AlarmKind::StorePaused => "store-paused",
        }
    }

    /// Returns the kind with this name.
    pub fn of_name(name: &str) -> Option<AlarmKind> {
        AlarmKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// Identifies an alarm: while one is open, it is not raised again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlarmKey {
    /// What it is about.
    pub kind: AlarmKind,
    /// The portal, if it concerns one.
    pub portal: Option<PortalId>,
    /// The source or the field, if it concerns one; else empty.
    pub subject: String,
}

impl AlarmKey {
    /// Creates the key of an alarm about a portal, or about a part of it.
    pub fn of_portal(kind: AlarmKind, portal: &PortalId, subject: &str) -> AlarmKey {
        AlarmKey { kind, portal: Some(portal.clone()), subject: subject.to_owned() }
    }

    /// Creates the key of an alarm about the service as a whole.
    pub fn of_service(kind: AlarmKind) -> AlarmKey {
        AlarmKey { kind, portal: None, subject: String::new() }
    }
}

/// A reason for an alarm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// Its identity.
    pub key: AlarmKey,
    /// What is wrong, since when and what helps, in a sentence.
    pub message: String,
    /// The page that shows it, in the page store.
    pub evidence: Option<RawRef>,
}

/// An alarm as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its number, which increases.
    pub number: i64,
    /// What it is about.
    pub key: AlarmKey,
    /// When it was raised.
    pub raised: Timestamp,
    /// When it was cleared.
    pub cleared: Option<Timestamp>,
    /// What is wrong.
    pub message: String,
    /// The page that showed it, kept for as long as the alarm.
    pub evidence: Option<RawRef>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde_and_lead_back() {
        for kind in AlarmKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
            assert_eq!(AlarmKind::of_name(kind.name()), Some(kind));
        }
    }
}
