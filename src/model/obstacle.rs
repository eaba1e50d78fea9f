//! Pages that replace an article, as plain data: `obstacle` finds them.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// What a page with status 200 can be instead of an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// A test whether the visitor is a browser or a person.
    Challenge,
    /// A refusal by a firewall.
    Firewall,
    /// A form to log in.
    Login,
    /// A page that asks for consent before it shows anything.
    Consent,
    /// One page or text that is returned for articles with other titles.
    OneForAll,
    /// A site that is being built, repaired, or was never set up.
    Construction,
    /// Almost no content.
    Stub,
    /// An error page that does not say so in its status.
    ErrorPage,
    /// A page that only redirects its reader, and was followed once or leads out of the portal.
    Moved,
    /// A file of another type, labeled as a page.
    Binary,
}

impl Obstacle {
    /// Returns its name in `status` and logs.
    pub fn name(self) -> &'static str {
        match self {
            Obstacle::Challenge => "challenge",
            Obstacle::Firewall => "firewall",
            Obstacle::Login => "login",
            Obstacle::Consent => "consent page",
            Obstacle::OneForAll => "one page for all",
            Obstacle::Moved => "moved",
            Obstacle::Construction => "under construction",
            Obstacle::Stub => "stub",
            Obstacle::ErrorPage => "error page",
            Obstacle::Binary => "binary file",
        }
    }

    /// Whether it covers the whole site, so that further requests of a visit are useless.
    pub fn stands_before_the_site(self) -> bool {
        match self {
            Obstacle::Challenge
            | Obstacle::Firewall
            | Obstacle::Login
            | Obstacle::Consent
            | Obstacle::OneForAll
            | Obstacle::Construction => true,
            Obstacle::Stub | Obstacle::ErrorPage | Obstacle::Moved | Obstacle::Binary => false,
        }
    }
}

/// An obstacle, and the sign that shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// What it is.
    pub kind: Obstacle,
    /// What shows it, in a few words.
    pub sign: String,
}

impl fmt::Display for Sighting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.kind.name(), self.sign)
    }
}
