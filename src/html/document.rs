//! A page as text and as a tree, each made when it is first asked for: several stages look at one page, and it is decoded and parsed once.

use std::cell::OnceCell;

use scraper::ElementRef;

use crate::html::charset;
use crate::html::charset::Decoded;
use crate::html::charset::Markup;
use crate::html::tree;
use crate::html::tree::Tree;

/// A page of HTML as it was sent. Not `Send`, for its tree is not.
#[derive(Debug)]
pub struct Document<'a> {
    body: &'a [u8],
    content_type: Option<&'a str>,
    decoded: OnceCell<Decoded>,
    tree: OnceCell<Tree>,
}

impl<'a> Document<'a> {
    /// A body, with the `Content-Type` that it was sent with.
    pub fn new(body: &'a [u8], content_type: Option<&'a str>) -> Document<'a> {
        Document { body, content_type, decoded: OnceCell::new(), tree: OnceCell::new() }
    }

    /// Its text, and how that was come by.
    pub fn decoded(&self) -> &Decoded {
        self.decoded.get_or_init(|| charset::decode(self.body, self.content_type, Markup::Html))
    }

    /// Its tree.
    pub fn tree(&self) -> &Tree {
        self.tree.get_or_init(|| tree::parse(&self.decoded().text))
    }

    /// The root of its tree.
    pub fn root(&self) -> ElementRef<'_> {
        self.tree().html.root_element()
    }
}
