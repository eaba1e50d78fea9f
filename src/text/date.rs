//! Dates as Vietnamese portals print them.
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

use crate::url::PageUrl;

/// A moment that a page or a source names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dated {
    /// The moment; below the precision its +07:00 reading is zero.
    pub at: Timestamp,
    /// How exact it is.
    pub precision: Precision,
    /// As printed.
    pub raw: String,
}

/// How exact a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// A day.
    Day,
    /// A minute.
    Minute,
    /// A second.
    Second,
}

/// Which number of `05/03/2021` is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// The Vietnamese rule.
    #[default]
    DayFirst,
    /// A source that prints `9/5/2026` for 5 September.
    MonthFirst,
}

/// Reads the text of a date element, an attribute, a meta, a feed or JSON value.
pub fn read(_text: &str, _order: DateOrder) -> Option<Dated> {
    todo!()
}
/// Reads a date that stands in an address; a fallback only.
pub fn read_url(_url: &PageUrl) -> Option<Dated> {
    todo!()
}
/// RFC 3339 with +07:00, to the second.
pub fn rfc3339(_at: Timestamp) -> String {
    todo!()
}
