//! HTML lists.
use crate::html::select::Candidate;
use crate::text::date::DateOrder;
use crate::url::PageUrl;

/// How an HTML list is read. Selectors are lists of candidates: the first that matches counts.
#[derive(Debug, Clone)]
pub struct ListingRules {
    /// The first page's address.
    pub url: PageUrl,
    /// One element for each article. Empty: the generic reader (repeated link blocks, scored) is used.
    pub item: Vec<Candidate>,
    /// Within an item: the element whose `href` (or named attribute) is the address. Empty: the item itself or its first link with a text.
    pub link: Vec<Candidate>,
    /// Within an item: the headline. Empty: the link's text without the date's.
    pub title: Vec<Candidate>,
    /// Within an item: the date.
    pub date: Vec<Candidate>,
    /// Within an item: the teaser.
    pub summary: Vec<Candidate>,
    /// Within an item: the teaser's image (`src` and the lazy `data-*` forms by themselves).
    pub image: Vec<Candidate>,
    /// Within an item: the rubric.
    pub section: Vec<Candidate>,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
    /// How the next page is found.
    pub paging: Paging,
}

/// How an HTML list goes on.
#[derive(Debug, Clone)]
pub enum Paging {
    /// One page only.
    None,
    /// A query parameter holds the page's number (`?page=2`, Liferay's `_101_INSTANCE_x_cur=2`).
    Query {
        /// The parameter; `*_cur` names the one parameter of the page's links that ends so.
        parameter: String,
        /// The first page's number.
        first: u32,
        /// How much the number rises from page to page.
        step: u32,
    },
    /// The address of page n by a pattern: `{page}` is the number ("/page/{page}", relative to the first page's address).
    Path {
        /// The pattern.
        pattern: String,
        /// The first page's number.
        first: u32,
    },
    /// The page links to the next one.
    NextLink(Vec<Candidate>),
    /// Further pages are HTML fragments got by POST of a form (UIArticleInMenu).
    Post {
        /// Where to.
        url: PageUrl,
        /// The form; `{page}` in a value is the page's number; `{input:NAME}` is the value of the first page's hidden field.
        form: Vec<(String, String)>,
        /// The first page's number; the first POST asks for `first + 1`.
        first: u32,
        /// Where in a JSON answer the fragment lies (RFC 6901 pointer, `/d`); absent: the answer is the fragment.
        pointer: Option<String>,
    },
    /// ASP.NET WebForms: the link's `__doPostBack('target','argument')` with the page's hidden fields.
    DoPostBack(Vec<Candidate>),
}
