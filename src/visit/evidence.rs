//! What a visit stores of the exchanges with its portal.

use crate::archive::ArchiveError;
use crate::archive::Kept;
use crate::fetch::Fetched;
use crate::model::page::Page;
use crate::model::record::RawRef;
use crate::model::record::Record;
use crate::url::PageUrl;
use crate::visit::Visit;

impl Visit<'_> {
    /// Stores a raw page; `earlier` is the place of the last one of its link. If that fails, the record is written nevertheless.
    pub(super) async fn keep_raw(&self, page: &Page, earlier: Option<&RawRef>) -> Option<Kept> {
        let kept = self.context.pages.append(page, earlier).await;
        self.stored(&page.url, kept)
    }

    /// Records which record a stored page gave, and waits until the page is on disk if the settings require that. A record must not refer to a page
    /// that may be lost.
    pub(super) async fn secure_raw(&self, page: &Page, kept: Option<Kept>, record: Option<&Record>) -> Option<RawRef> {
        let kept = kept?;
        if let Some(record) = record {
            let (id, portal) = (record.id.clone(), record.portal.clone());
            let facts = vec![("record", id), ("portal", portal), ("via", record.discovery.url.clone())];
            let now = self.context.clock.now();
            let noted = self.context.pages.note_reading(&page.final_url, &kept, facts, now).await;
            self.stored(&page.url, noted);
        }
        let secured = self.context.pages.secure().await;
        self.stored(&page.url, secured).map(|()| kept.place)
    }

    /// Stores the response of an article's URL if it is not a page: a 304, or a response whose body was cut off.
    pub(super) async fn keep_evidence(&mut self, fetched: Option<&Fetched>, earlier: Option<&RawRef>) {
        let pages = &self.context.pages;
        let (url, stored) = match (fetched, earlier) {
            (Some(Fetched::Unchanged(unchanged)), Some(earlier)) => {
                (unchanged.url.clone(), pages.append_unchanged(unchanged, earlier).await)
            }
            (None, _) => {
                let cut = self.session.take_cut();
                let Some(url) = cut.last().map(|last| last.url.clone()) else { return };
                (url, pages.append_cut(cut).await)
            }
            _ => return,
        };
        self.stored(&url, stored);
    }

    fn stored<T>(&self, url: &PageUrl, stored: Result<T, ArchiveError>) -> Option<T> {
        stored
            .inspect_err(|error| {
                tracing::warn!(portal = %self.portal.outlet.portal, %url, "page not stored: {error}");
            })
            .ok()
    }
}
