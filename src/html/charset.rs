//! Bytes → text: BOM, then HTTP header, then the document's own declaration, then detection.

/// Text, and how it was come by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text, without its BOM.
    pub text: String,
    /// The charset's WHATWG name, in lower case.
    pub charset: String,
    /// What was odd: a label that lied, bytes that were replaced.
    pub warnings: Vec<String>,
}

/// What is decoded: decides which declaration is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markup {
    /// `<meta charset>` and its old form.
    Html,
    /// `<?xml encoding?>`.
    Xml,
    /// UTF-8 by its standard.
    Json,
}

/// Decodes a body.
pub fn decode(_body: &[u8], _content_type: Option<&str>, _markup: Markup) -> Decoded {
    todo!()
}
