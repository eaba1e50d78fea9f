//! What an operator is to be told of: named, raised once, and over when its reason is.

use jiff::Timestamp;
use serde::Deserialize;
use serde::Serialize;

use crate::model::portal::PortalId;
use crate::model::record::RawRef;

/// What an alarm is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AlarmKind {
    /// A field that a portal's rules gave is no longer given by any of them.
    RuleStopped,
    /// A field that was found on most pages is hardly found any more.
    FieldLost,
    /// Bodies are much shorter than they were.
    BodyShrunk,
    /// Pages that used to be articles are rejected.
    PagesRejected,
    /// A list that had links has none.
    ListingEmpty,
    /// What was a feed is a web page.
    FeedIsHtml,
    /// Its robots.txt closes a source, or all articles of a portal, to us.
    ClosedByRobots,
    /// Nothing new came for several times the portal's usual gap.
    PortalSilent,
    /// A portal's visits fail for long.
    PortalFailing,
    /// A source's walks fail for long.
    SourceFailing,
    /// Pages are set aside: the program failed on them, the store refused their records, or they are too large.
    Quarantine,
    /// Records wait that cannot be written.
    SinkFailing,
    /// The service waits for its store.
    StorePaused,
}

impl AlarmKind {
    /// All of them.
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

    /// Its name, as in the status, the log, the metrics and for the operator's command.
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

    /// The kind of that name.
    pub fn of_name(name: &str) -> Option<AlarmKind> {
        AlarmKind::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// What tells one alarm from another: while one is open, the same is not raised again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AlarmKey {
    /// What it is about.
    pub kind: AlarmKind,
    /// The portal, where it is about one.
    pub portal: Option<PortalId>,
    /// The source or the field, where it is about one; else empty.
    pub subject: String,
}

impl AlarmKey {
    /// The key of an alarm about a portal, and maybe about something of it.
    pub fn of_portal(kind: AlarmKind, portal: &PortalId, subject: &str) -> AlarmKey {
        AlarmKey { kind, portal: Some(portal.clone()), subject: subject.to_owned() }
    }

    /// The key of an alarm about the service as a whole.
    pub fn of_service(kind: AlarmKind) -> AlarmKey {
        AlarmKey { kind, portal: None, subject: String::new() }
    }
}

/// A reason for an alarm, as it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What tells it from others.
    pub key: AlarmKey,
    /// What is wrong, since when and what would help, in a sentence.
    pub message: String,
    /// The page that shows it, in the page store.
    pub evidence: Option<RawRef>,
}

/// An alarm as the store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarm {
    /// Its number: rises.
    pub number: i64,
    /// What it is about.
    pub key: AlarmKey,
    /// When it was raised.
    pub raised: Timestamp,
    /// When its reason was over.
    pub cleared: Option<Timestamp>,
    /// What is wrong.
    pub message: String,
    /// The page that showed it, kept as long as the alarm.
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
