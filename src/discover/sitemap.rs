//! Sitemaps.
use regex::RegexSet;

use crate::url::PageUrl;

/// How a sitemap is read.
#[derive(Debug, Clone)]
pub struct SitemapRules {
    /// Its address.
    pub url: PageUrl,
    /// Only addresses that one of these matches are articles; empty: all that are no sub-sitemap.
    pub include: RegexSet,
    /// Sub-sitemaps are followed only where one of these matches; empty: all.
    pub follow: RegexSet,
}
