//! Stored exchanges as evidence: what was sent, when, by whom, and whether its digest still matches.

use bytes::Bytes;
use jiff::Timestamp;

use crate::archive::ArchiveError;
use crate::archive::PageStore;
use crate::archive::day_of;
use crate::archive::evidence;
use crate::archive::files;
use crate::archive::files::Form;
use crate::archive::files::Name;
use crate::archive::warc::digest;
use crate::archive::warc::fields::Fields;
use crate::archive::warc::http::ResponseHead;
use crate::archive::warc::member;
use crate::archive::warc::member::Record;
use crate::model::page::Page;
use crate::model::record::RawRef;

/// A stored exchange.
#[derive(Debug, Clone)]
pub struct StoredPage {
    /// Its place.
    pub place: RawRef,
    /// The fields of the archive's record. Empty for a page that an older version stored.
    pub fields: Fields,
    /// The response's head as stored; empty if there is none.
    pub head: Bytes,
    /// The body as stored, with its content coding.
    pub body: Bytes,
}

impl StoredPage {
    /// Returns the URL that responded.
    pub fn url(&self) -> &str {
        self.fields.get("WARC-Target-URI").unwrap_or_default()
    }

    /// Whether the digests recorded with the page still match. None if there are none.
    pub fn holds(&self) -> Option<bool> {
        let holds = |name: &str, parts: &[&[u8]]| digest::verify(self.fields.get(name)?, parts);
        let block = holds("WARC-Block-Digest", &[&self.head, &self.body])?;
        Some(block && holds("WARC-Payload-Digest", &[&self.body]).unwrap_or(true))
    }

    /// Returns the body without its content coding, as far as it arrived.
    pub fn decoded(&self) -> Bytes {
        let head = ResponseHead::read(&self.head);
        let decoded = head.and_then(|head| head.decode(self.body.clone(), evidence::MAX_BODY).ok());
        decoded.unwrap_or_else(|| self.body.clone())
    }
}

impl PageStore {
    /// Returns the stored exchange at a place. None if it was dropped.
    ///
    /// # Errors
    /// [`ArchiveError`] if it is damaged.
    pub async fn stored(&self, place: &RawRef) -> Result<Option<StoredPage>, ArchiveError> {
        let place = place.clone();
        self.on_disk(move |store| store.stored_now(&place)).await?
    }

    fn stored_now(&self, place: &RawRef) -> Result<Option<StoredPage>, ArchiveError> {
        let of_page = |page: Page| {
            let fields = Fields::default()
                .with("WARC-Target-URI", page.final_url.as_str())
                .with("WARC-Date", page.fetched.to_string());
            StoredPage { place: place.clone(), fields, head: Bytes::new(), body: page.body }
        };
        let of_record = |Record { fields, block }: Record| {
            let block = Bytes::from(block);
            let is_http = fields.get("Content-Type").is_some_and(|kind| kind.contains("msgtype=response"));
            let head = ResponseHead::read(&block).filter(|_| is_http).map_or(0, |head| head.length);
            let (head, body) = (block.slice(..head), block.slice(head..));
            Ok(StoredPage { place: place.clone(), fields, head, body })
        };
        self.read_at(place, of_page, of_record)
    }

    /// Returns the last exchange with any of the URLs that was stored until a moment, searching the files backwards from that day. For an unchanged
    /// page, it returns the exchange that has the body.
    ///
    /// # Errors
    /// [`ArchiveError`].
    pub async fn find(&self, urls: Vec<String>, until: Timestamp) -> Result<Option<RawRef>, ArchiveError> {
        self.on_disk(move |store| store.find_now(&urls, until)).await?
    }

    fn find_now(&self, urls: &[String], until: Timestamp) -> Result<Option<RawRef>, ArchiveError> {
        let mut wanted = Wanted { urls: urls.to_vec(), until, is_original: false };
        for stored in files::list(&self.dir)?.iter().rev().filter(|stored| stored.name.form == Form::Warc) {
            // The original of a revisit may be in the same file.
            while stored.name.day <= day_of(wanted.until)
                && let Some((offset, fields)) = self.last_in(&stored.name, &wanted)?
            {
                match Wanted::original_of(&fields) {
                    Some(original) if !wanted.is_original => wanted = original,
                    _ => return Ok(Some(RawRef { file: stored.name.to_string(), offset })),
                }
            }
        }
        Ok(None)
    }

    /// Returns the last matching record in a file, with its offset.
    fn last_in(&self, name: &Name, wanted: &Wanted) -> Result<Option<(u64, Fields)>, ArchiveError> {
        let mut found: Option<(Timestamp, u64, Fields)> = None;
        let Some((file, _)) = name.for_reading(&self.dir)? else { return Ok(None) };
        member::each(file, |offset, fields| {
            let at = wanted.accepts(&fields);
            if let Some(at) = at.filter(|at| found.as_ref().is_none_or(|(last, ..)| at >= last)) {
                found = Some((at, offset, fields));
            }
        });
        Ok(found.map(|(_, offset, fields)| (offset, fields)))
    }
}

/// What to search for.
struct Wanted {
    urls: Vec<String>,
    until: Timestamp,
    /// Whether to find the original of a revisit: not a revisit itself, and with exactly this moment.
    is_original: bool,
}

impl Wanted {
    /// Returns the moment of a record if it matches.
    fn accepts(&self, fields: &Fields) -> Option<Timestamp> {
        match fields.get("WARC-Type") {
            Some("response" | "resource") => {}
            Some("revisit") if !self.is_original => {}
            _ => return None,
        }
        let names = [fields.get("WARC-Target-URI"), fields.get(evidence::REQUESTED)];
        let is_one = names.into_iter().flatten().any(|url| self.urls.iter().any(|wanted| wanted == url));
        let at: Timestamp = fields.get("WARC-Date").filter(|_| is_one)?.parse().ok()?;
        (if self.is_original { at == self.until } else { at <= self.until }).then_some(at)
    }

    /// Returns the search for a revisit's original. None for other records.
    fn original_of(fields: &Fields) -> Option<Wanted> {
        let url = fields.get("WARC-Refers-To-Target-URI")?.to_owned();
        let until = fields.get("WARC-Refers-To-Date")?.parse().ok()?;
        Some(Wanted { urls: vec![url], until, is_original: true })
    }
}
