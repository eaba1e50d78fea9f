//! URLs in a portal's file, checked against its hosts.

use crate::config::reader::Value;
use crate::model::portal::Scope;
use crate::model::portal::ScopeDecision;
use crate::url::PageUrl;

/// Reads a URL that must be on one of the portal's hosts.
pub(super) fn owned_url(value: &Value<'_>, scope: Option<&Scope>) -> Option<PageUrl> {
    let url = value.url(None)?;
    hold_to_scope(value, &url, scope);
    Some(url)
}

/// Reports a URL that is not on one of the portal's hosts.
pub(super) fn hold_to_scope(value: &Value<'_>, url: &PageUrl, scope: Option<&Scope>) {
    let Some(scope) = scope else { return };
    if scope.admits(url) == ScopeDecision::ForeignHost {
        let message = format!("`{}` is not one of the portal's hosts ({})", url.host(), scope.hosts.join(", "));
        value.problem(message, format!("add \"{}\" to `hosts` if it belongs to the portal", url.host()));
    }
}
