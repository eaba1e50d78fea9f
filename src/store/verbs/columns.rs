//! Converts values to columns and back.

use jiff::Timestamp;

use crate::model::page::Revalidation;
use crate::model::page::Validators;
use crate::store::StoreError;
use crate::store::engine::Row;
use crate::url::PageUrl;

pub(crate) fn millis(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

pub(crate) fn moment(millis: i64) -> Timestamp {
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Reads validators from their columns, with the URL that gave them, or `own` if none is stored.
pub(super) fn revalidation(
    etag: Option<Vec<u8>>,
    last_modified: Option<Vec<u8>>,
    url: Option<&str>,
    own: &str,
) -> Option<Revalidation> {
    let url = PageUrl::parse(url.unwrap_or(own)).ok()?;
    Revalidation::new(&url, &Validators { etag, last_modified })
}

/// Writes a value as a JSON column.
pub(crate) fn to_json<T: serde::Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Value(error.to_string()))
}

/// Reads a value from a JSON column.
pub(crate) fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Value(error.to_string()))
}

/// Reads a value from a column. Any bytes that damage has left are accepted.
pub(super) fn json_at<T: serde::de::DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, StoreError> {
    let bytes = row.get_ref(column)?.as_bytes().map_err(|error| StoreError::Value(error.to_string()))?;
    serde_json::from_slice(bytes).map_err(|error| StoreError::Value(error.to_string()))
}

/// Reads learned data from a JSON column. If it cannot be read, it is learned again and blocks nothing.
pub(super) fn learned<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let read = serde_json::from_str(text);
    read.inspect_err(|error| tracing::warn!("learned data cannot be read and is learned again: {error}")).ok()
}

/// Reads a name from a column.
pub(super) fn name<T, E: std::fmt::Display>(read: Result<T, E>) -> Result<T, StoreError> {
    read.map_err(|error| StoreError::Value(error.to_string()))
}
