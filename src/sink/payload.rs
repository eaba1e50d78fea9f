//! The payload of a sink: full or brief records, as JSON Lines or in a webhook's envelope.

use serde::Serialize;

use crate::model::article::PageKind;
use crate::model::cursor::Cursor;
use crate::model::portal::SinkId;
use crate::model::record::Duplicate;
use crate::model::record::Record;
use crate::model::record::Withdrawal;
use crate::model::sink::SinkPayload;

/// The type of a webhook's envelope.
const TYPE: &str = "records.written";

/// Records on their way to a sink, in stream order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SinkBatch {
    /// The position in the stream after the last record.
    pub next: Cursor,
    /// `date_fetched` of the last record: the timestamp of a webhook.
    pub written: String,
    /// One line of JSON each, without the newline.
    pub records: Vec<String>,
    /// Number of records that were removed before they could be sent.
    pub missing: u64,
}

/// A record without its texts: only what it is and where.
#[derive(Serialize)]
struct Brief<'a> {
    id: &'a str,
    revision: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    sequence: Option<u64>,
    portal: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    province: Option<&'a str>,
    outlet: &'a str,
    url: &'a str,
    kind: PageKind,
    title: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_published: Option<&'a str>,
    date_fetched: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    withdrawn: Option<&'a Withdrawal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duplicate: Option<&'a Duplicate>,
}

/// Formats a record as one line of JSON.
///
/// # Errors
/// None that a record can cause.
pub fn line(record: &Record, payload: SinkPayload) -> serde_json::Result<String> {
    if payload == SinkPayload::Full {
        return serde_json::to_string(record);
    }
    serde_json::to_string(&Brief {
        id: &record.id,
        revision: record.revision,
        sequence: record.sequence,
        portal: &record.portal,
        province: record.province.as_deref(),
        outlet: &record.outlet,
        url: &record.url,
        kind: record.kind,
        title: &record.title,
        date_published: record.date_published.as_deref(),
        date_fetched: &record.date_fetched,
        withdrawn: record.withdrawn.as_ref(),
        duplicate: record.duplicate.as_ref(),
    })
}

impl SinkBatch {
    /// Formats the batch as JSON Lines.
    pub fn lines(&self) -> String {
        let mut lines = self.records.join("\n");
        lines.push('\n');
        lines
    }

    /// Formats the batch as the body of a webhook. The same records give the same bytes.
    pub fn envelope(&self, sink: &SinkId) -> String {
        let missing = if self.missing > 0 { format!(",\"missing\":{}", self.missing) } else { String::new() };
        // Names, cursors and dates contain no characters that JSON would escape.
        format!(
            "{{\"type\":\"{TYPE}\",\"timestamp\":\"{}\",\"data\":{{\"sink\":\"{sink}\",\"cursor\":\"{}\"{missing},\"records\":[{}]}}}}",
            self.written,
            self.next,
            self.records.join(",")
        )
    }
}

/// The `webhook-id` of a webhook: a hash of its body, so that a batch that is sent again keeps its id.
pub fn message_id(body: &str) -> String {
    let mut hash = blake3::hash(body.as_bytes()).to_hex().to_string();
    hash.truncate(32);
    format!("msg_{hash}")
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use serde_json::json;

    use super::*;
    use crate::model::cursor::StoreName;

    #[test]
    fn an_envelope_is_json_and_its_id_is_that_of_its_bytes() {
        let next = Cursor::behind(StoreName::new(7), 12, "a", 1);
        let batch = SinkBatch {
            next: next.clone(),
            written: "2026-11-29T08:00:00+07:00".to_owned(),
            records: vec![r#"{"id":"a"}"#.to_owned(), r#"{"id":"b"}"#.to_owned()],
            missing: 3,
        };
        let sink = SinkId::new("archive").unwrap();
        let body: Value = serde_json::from_str(&batch.envelope(&sink)).unwrap();
        let expect = json!({
            "type": "records.written", "timestamp": "2026-11-29T08:00:00+07:00",
            "data": {"sink": "archive", "cursor": next.to_string(), "missing": 3, "records": [{"id": "a"}, {"id": "b"}]},
        });
        assert_eq!(body, expect);
        assert_eq!(batch.lines(), "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
        let id = |batch: &SinkBatch| message_id(&batch.envelope(&sink));
        assert_eq!(id(&batch), id(&batch.clone()));
        assert_ne!(id(&batch), id(&SinkBatch { missing: 0, ..batch.clone() }));
        assert!(!SinkBatch { missing: 0, ..batch.clone() }.envelope(&sink).contains("missing"));
        assert!(id(&batch).len() == 36 && id(&batch).bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'));
    }
}
