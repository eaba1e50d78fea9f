//! A page as text and as a tree. Each is made on first use, so that the page is decoded and parsed only once although several stages read it.

use std::cell::OnceCell;

use scraper::ElementRef;

use crate::html::charset;
use crate::html::charset::Decoded;
use crate::html::charset::Markup;
use crate::html::tree;
use crate::html::tree::Tree;

/// An HTML page as received. It is not `Send`, because its tree is not.
#[derive(Debug)]
pub struct Document<'a> {
    body: &'a [u8],
    content_type: Option<&'a str>,
    decoded: OnceCell<Decoded>,
    tree: OnceCell<Tree>,
}

impl<'a> Document<'a> {
    /// Creates a document from a body and the `Content-Type` that it was sent with.
    pub fn new(body: &'a [u8], content_type: Option<&'a str>) -> Document<'a> {
        Document { body, content_type, decoded: OnceCell::new(), tree: OnceCell::new() }
    }

    /// Returns the decoded text with its charset and warnings.
    pub fn decoded(&self) -> &Decoded {
        self.decoded.get_or_init(|| charset::decode(self.body, self.content_type, Markup::Html))
    }

    /// Returns the parsed tree.
    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| tree::parse(&self.decoded().text))
    }

    /// Returns the root element of the tree.
    pub fn root(&self) -> ElementRef<'_> {
        self.tree().html.root_element()
    }
}
