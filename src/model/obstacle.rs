//! What stands in a page's place, as plain data: `obstacle` finds it.

use std::fmt;

use serde::Deserialize;
use serde::Serialize;

/// What a page with status 200 may be in an article's place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// A test whether the visitor is a browser or a person.
    Challenge,
    /// A refusal by a firewall.
    Firewall,
    /// A form to log in.
    Login,
    /// A site that is being built, repaired, or was never set up.
    Construction,
    /// Next to nothing.
    Stub,
    /// An error page that does not say so in its status.
    ErrorPage,
    /// A file of another type under the type of a page.
    Binary,
}

impl Obstacle {
    /// Its name, as `status` and logs show it.
    pub fn name(self) -> &'static str {
        match self {
            Obstacle::Challenge => "challenge",
            Obstacle::Firewall => "firewall",
            Obstacle::Login => "login",
            Obstacle::Construction => "under construction",
            Obstacle::Stub => "stub",
            Obstacle::ErrorPage => "error page",
            Obstacle::Binary => "binary file",
        }
    }

    /// Whether it stands before the whole site, so that a visit gains nothing by asking for more.
    pub fn stands_before_the_site(self) -> bool {
        matches!(self, Obstacle::Challenge | Obstacle::Firewall | Obstacle::Login | Obstacle::Construction)
    }
}

/// An obstacle, and the sign by which it was known.
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
