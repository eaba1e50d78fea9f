//! JSON lists.
use crate::model::request::Request;
use crate::text::date::DateOrder;

/// How a JSON list is read. Pointers are RFC 6901, relative to the row where not said otherwise.
#[derive(Debug, Clone)]
pub struct JsonRules {
    /// The request for the first page.
    pub request: Request,
    /// Where the rows lie in the answer: a pointer; "" is the answer itself.
    pub items: String,
    /// The article's address: a template of pointers in braces: `https://host/View_Detail.aspx?ItemID={/ID}`; `{/url}` alone may be relative.
    pub link: String,
    /// The headline.
    pub title: Option<String>,
    /// The date.
    pub date: Option<String>,
    /// The date of the last change.
    pub modified: Option<String>,
    /// The lead.
    pub summary: Option<String>,
    /// The article's HTML, possibly escaped once more.
    pub content: Option<String>,
    /// The row's own identifier.
    pub guid: Option<String>,
    /// The teaser's image.
    pub image: Option<String>,
    /// The author.
    pub author: Option<String>,
    /// The rubric.
    pub section: Option<String>,
    /// Whether `content` is the whole article, so that its page need not be fetched.
    pub content_is_article: bool,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
    /// How the list goes on.
    pub paging: JsonPaging,
}

/// How a JSON list goes on.
#[derive(Debug, Clone)]
pub enum JsonPaging {
    /// One page only.
    None,
    /// A parameter holds the number of rows to skip; the list ends with a page of fewer than `size` rows.
    Offset {
        /// The parameter, in the form, the JSON body (a pointer) or the query.
        parameter: String,
        /// Rows a page.
        size: u32,
    },
    /// A parameter holds the page's number; the list ends with an empty page, or with `total`.
    Page {
        /// The parameter, in the form, the JSON body (a pointer) or the query.
        parameter: String,
        /// The first page's number.
        first: u32,
        /// Pointer from the answer's root to the number of pages.
        total: Option<String>,
    },
}
