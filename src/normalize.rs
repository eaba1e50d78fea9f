//! `Extracted` + link + outlet → a [`Record`], or the reason why there is none. Pure.

use crate::model::article::Extracted;
use crate::model::link::Link;
use crate::model::outcome::Rejection;
use crate::model::page::Page;
use crate::model::portal::Outlet;
use crate::model::record::Record;

/// Makes the record of revision 1 of an article; `dedup` sets `revision`, `previous`, `duplicate`, the visit sets `raw`.
///
/// # Errors
/// [`Rejection`] where the page is no article that is to be kept.
pub fn normalize(_extracted: Extracted, _link: &Link, _page: &Page, _outlet: &Outlet) -> Result<Record, Rejection> {
    todo!()
}

/// A sign that a page with status 200 is a challenge, a login, an error or a set-up page; looked for before extraction.
pub fn not_an_article(_page: &Page) -> Option<Rejection> {
    todo!()
}
