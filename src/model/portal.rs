//! Names of portals, groups, platforms and sinks, and which URLs belong to a portal.

use std::fmt;

use regex::RegexSet;
use serde::Deserialize;
use serde::Serialize;
use thiserror::Error;

use crate::url::PageUrl;

/// The text is not a valid name. Names are used as file names and keys, so they consist of `a-z`, `0-9`, `-`, `_` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "`{0}` is not a valid name: use 1 to 64 characters of a-z, 0-9, `-`, `_` and `.`, beginning with a letter or digit"
)]
pub struct NameError(pub String);

fn check_name(text: &str) -> Result<(), NameError> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    let begins_well = text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    if begins_well && text.len() <= 64 && text.chars().all(allowed) { Ok(()) } else { Err(NameError(text.to_owned())) }
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks and wraps a name.
            ///
            /// # Errors
            /// [`NameError`] if the text is not a name.
            pub fn new(text: &str) -> Result<$name, NameError> {
                check_name(text)?;
                Ok($name(text.to_owned()))
            }

            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::borrow::Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = NameError;
            fn try_from(text: String) -> Result<$name, NameError> {
                $name::new(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    };
}

name! {
    /// A portal's name: the stem of its file in `config/portals/`, and of its folder of records.
    PortalId
}
impl PortalId {
    /// Returns the name of a site by its host: `www.vinhphuc.gov.vn` is `vinhphuc`, `krongno.daknong.gov.vn` is `krongno.daknong`.
    pub fn of_site(url: &PageUrl) -> PortalId {
        let host = url.bare_host();
        let endings = [".gov.vn", ".com.vn", ".org.vn", ".edu.vn", ".net.vn", ".vn", ".com", ".org", ".net"];
        let stem = endings.iter().find_map(|ending| host.strip_suffix(ending)).unwrap_or(host);
        let plain: String = stem
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' })
            .take(64)
            .collect();
        PortalId::new(plain.trim_matches(['.', '-'])).unwrap_or_else(|_| PortalId("portal".to_owned()))
    }
}

name! {
    /// A CMS family's name: the stem of its file in `config/platforms/`.
    PlatformId
}
name! {
    /// The key of a lease: portals on one server share a group and are never visited at the same time.
    GroupId
}
name! {
    /// A watch's name: the stem of its file in `config/watch/`.
    WatchId
}
name! {
    /// The name of a `[[notify]]`.
    NotifyId
}
name! {
    /// A source's name within its portal.
    SourceId
}
name! {
    /// A sink's name, under which its place in the stream is stored.
    SinkId
}

/// The identity of a portal, as in its records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlet {
    /// The portal's name.
    pub portal: PortalId,
    /// The outlet's printed name: "Cổng Thông tin điện tử tỉnh Vĩnh Phúc".
    pub name: String,
    /// The province's key in `config`, such as "vinh-phuc"; absent if it belongs to no single province.
    pub province: Option<String>,
    /// The portal's front page.
    pub home: PageUrl,
    /// The language as a BCP 47 tag, usually `vi`.
    pub language: String,
    /// The time zone of its dates.
    pub zone: Zone,
}

/// The time zone of a record's dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Zone {
    /// +07:00, whatever the page says. It is the zone of every portal.
    #[default]
    Vietnam,
    /// The zone that the page names, else +07:00: for saved pages of other countries, where +07:00 would move the day.
    AsPublished,
}

/// Which URLs belong to a portal: those on the hosts in its file, minus the excluded paths.
#[derive(Debug, Clone)]
pub struct Scope {
    /// Host names in lower case; `*.host` stands for every host below.
    pub hosts: Vec<String>,
    /// Patterns over path and query; matching URLs are never requested.
    pub exclude: RegexSet,
}

/// The verdict of a [`Scope`] on a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeDecision {
    /// It may be followed.
    Admitted,
    /// Its host does not belong to the portal.
    ForeignHost,
    /// The operator excluded its path.
    Excluded,
}

impl Scope {
    /// Returns whether a URL may be followed.
    pub fn admits(&self, url: &PageUrl) -> ScopeDecision {
        if !self.hosts.iter().any(|pattern| host_matches(pattern, url.host())) {
            return ScopeDecision::ForeignHost;
        }
        let path_and_query = &url.as_url()[url::Position::BeforePath..url::Position::AfterQuery];
        if self.exclude.is_match(path_and_query) { ScopeDecision::Excluded } else { ScopeDecision::Admitted }
    }
}

fn host_matches(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|rest| rest.ends_with('.')),
        None => pattern == host,
    }
}
