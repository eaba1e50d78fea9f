//! What identifies an article in the URLs of a CMS family.

use regex::Regex;
use thiserror::Error;

use crate::url::PageUrl;

/// How the URLs of a CMS family identify an article. Everything else in them (a slug that editors change, the list it was reached from, the state of
/// a portlet) is noise.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Query parameters that identify it, in lower case. If one of them is present, all others are removed.
    pub query: Vec<String>,
    /// Patterns over path and query. The first that matches counts.
    pub path: Vec<PathRule>,
    /// Whether the server ignores case.
    pub ignore_case: bool,
}

/// A pattern over the canonical URL's path and query, and the name made of its groups.
#[derive(Debug, Clone)]
pub struct PathRule {
    pattern: Regex,
    name: String,
}

/// Why a text is not a name of a [`PathRule`].
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PathRuleError {
    /// It must look like a path.
    #[error("`{0}` does not begin with `/`")]
    NoPath(String),
    /// It must use a part of the URL; otherwise all articles would be one.
    #[error("`{0}` names no group of the pattern (`$1`, `${{name}}`)")]
    NoGroup(String),
}

impl PathRule {
    /// Creates a rule. `name` is a path with `$1` or `${name}` for what the groups of the pattern match.
    ///
    /// # Errors
    /// [`PathRuleError`] if the name is not a path or uses no group.
    pub fn new(pattern: Regex, name: &str) -> Result<PathRule, PathRuleError> {
        if !name.starts_with('/') {
            return Err(PathRuleError::NoPath(name.to_owned()));
        }
        let numbers = (1..pattern.captures_len()).map(|number| number.to_string());
        let names = pattern.capture_names().flatten().map(str::to_owned);
        let takes_up = |group: String| name.contains(&format!("${group}")) || name.contains(&format!("${{{group}}}"));
        if !numbers.chain(names).any(takes_up) {
            return Err(PathRuleError::NoGroup(name.to_owned()));
        }
        Ok(PathRule { pattern, name: name.to_owned() })
    }

    fn name_in(&self, path_and_query: &str) -> Option<String> {
        let groups = self.pattern.captures(path_and_query)?;
        let mut name = String::new();
        groups.expand(&self.name, &mut name);
        Some(name)
    }
}

impl Identity {
    /// Returns the canonical URL reduced to what identifies the article. None if the rules find nothing in it. It is only for comparing and hashing:
    /// a server may not know it.
    pub fn of(&self, url: &PageUrl) -> Option<PageUrl> {
        let canonical = url.canonical();
        self.by_path(&canonical).or_else(|| self.by_query(&canonical))
    }

    fn by_path(&self, url: &PageUrl) -> Option<PageUrl> {
        let path_and_query = &url.as_url()[url::Position::BeforePath..url::Position::AfterQuery];
        let name = self.path.iter().find_map(|rule| rule.name_in(path_and_query))?;
        let mut named = url.as_url().clone();
        named.set_query(None);
        named.set_path(&self.in_case(&name));
        Some(PageUrl(named))
    }

    fn by_query(&self, url: &PageUrl) -> Option<PageUrl> {
        let pairs = url.as_url().query()?.split('&').filter_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            let name = name.to_ascii_lowercase();
            (self.query.contains(&name) && !value.is_empty()).then(|| format!("{name}={}", self.in_case(value)))
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        if query.is_empty() {
            return None;
        }
        let mut named = url.as_url().clone();
        named.set_path(&self.in_case(url.as_url().path()));
        named.set_query(Some(&query));
        Some(PageUrl(named))
    }

    fn in_case(&self, text: &str) -> String {
        if self.ignore_case { text.to_lowercase() } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(pattern: &str, name: &str) -> PathRule {
        PathRule::new(Regex::new(pattern).unwrap(), name).unwrap()
    }

    fn check(identity: &Identity, url: &str, expect: Option<&str>) {
        let named = identity.of(&PageUrl::parse(url).unwrap());
        assert_eq!(named.as_ref().map(PageUrl::as_str), expect, "{url}");
    }

    #[test]
    fn parameters_that_name_the_article() {
        let identity = Identity { query: vec!["itemid".to_owned()], path: vec![], ignore_case: true };
        let expect = Some("https://a.vn/lists/kinhte/view_detail.aspx?itemid=7");
        check(&identity, "https://a.vn/Lists/KinhTe/View_Detail.aspx?ItemID=7", expect);
        check(&identity, "https://a.vn/lists/kinhte/view_detail.aspx?Source=%2f&itemid=7&PageIndex=2#x", expect);
        check(&identity, "https://a.vn/Lists/KinhTe/View_Detail.aspx?ItemID=", None);
        check(&identity, "https://a.vn/Pages/trang-chu.aspx", None);
    }

    #[test]
    fn a_slug_may_change() {
        let path = vec![rule(r"^/tin/[^/?]*-(\d+)\.html$", "/tin/$1"), rule(r"^/xem\?(?:.*&)?id=(\d+)", "/tin/$1")];
        let identity = Identity { path, ..Identity::default() };
        check(&identity, "https://a.vn/tin/mot-slug-12.html?utm_source=x", Some("https://a.vn/tin/12"));
        check(&identity, "https://a.vn/tin/slug-khac-12.html", Some("https://a.vn/tin/12"));
        check(&identity, "https://a.vn/xem?a=1&id=12", Some("https://a.vn/tin/12"));
        check(&identity, "https://a.vn/tin/12.html", None);
    }

    #[test]
    fn a_name_takes_up_something_of_the_address() {
        let named = |name: &str| PathRule::new(Regex::new(r"-(?<id>\d+)$").unwrap(), name).map(drop);
        assert_eq!(named("/$1"), Ok(()));
        assert_eq!(named("/${id}"), Ok(()));
        assert_eq!(named("$1"), Err(PathRuleError::NoPath("$1".to_owned())));
        assert_eq!(named("/tin"), Err(PathRuleError::NoGroup("/tin".to_owned())));
    }
}
