//! Feeds.
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// How a feed is read.
#[derive(Debug, Clone)]
pub struct FeedRules {
    /// Its address.
    pub url: PageUrl,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
    /// Minutes of its dates cannot be trusted (NukeViet's RSS prints the month there): dates are cut to the day… see portals.md.
    pub distrust_minutes: bool,
    /// Whether `content:encoded` is the whole article, so that its page need not be fetched.
    pub content_is_article: bool,
}
