//! Opens content that a page keeps for scripts or for readers without scripts: `<noscript>`, `<template>`, `<script type="text/template">`, and
//! the article in JSON-LD. It is read only if the page shows almost nothing.

use std::sync::LazyLock;

use regex::Regex;

use crate::extract::outline;
use crate::extract::outline::Scope;
use crate::html::tree;
use crate::model::article::Block;

/// Returns the page with such content shown. None if there is none.
pub(super) fn opened(text: &str) -> Option<String> {
    static KEPT: LazyLock<Regex> = LazyLock::new(|| {
        let script =
            r#"(?P<script><script[^>]*\stype\s*=\s*["']?text/(?:x-)?(?:template|html|tmpl|handlebars-template)[^>]*>)"#;
        Regex::new(&format!(r"(?is){script}|<(?P<end>/?)(?:noscript|template)(?-u:\b)[^>]*>"))
            .expect("a constant pattern")
    });
    static END: LazyLock<Regex> = LazyLock::new(|| Regex::new("(?i)</script>").expect("a constant pattern"));
    let mut out = String::new();
    let (mut at, mut opens) = (0, false);
    // If one script does not end, no later one does.
    let mut ends = true;
    while let Some(found) = KEPT.captures_at(text, at) {
        let tag = found.get(0)?;
        out.push_str(text.get(at..tag.start())?);
        at = tag.end();
        opens |= found.name("end").is_some();
        if let Some(end) = found.name("end") {
            out.push_str(if end.is_empty() { "<div>" } else { "</div>" });
        } else if let Some(close) = ends.then(|| END.find_at(text, at)).flatten() {
            out.extend(["<div>", text.get(at..close.start())?, "</div>"]);
            (at, opens) = (close.end(), true);
        } else {
            ends = false;
            out.push_str(tag.as_str());
        }
    }
    out.push_str(text.get(at..)?);
    opens.then_some(out)
}

/// Returns the paragraphs of a whole article in JSON-LD (`articleBody`, as text or HTML), and their number of words.
pub(super) fn paragraphs(body: &str) -> (Vec<Block>, u32) {
    let parsed = tree::parse(&body.replace('\n', "<br>"));
    let outline = outline::read(parsed.html.root_element(), &Scope::default());
    let words = outline.lines.iter().map(|line| line.words).sum();
    let lines = outline.lines.into_iter().filter(|line| !line.is_image());
    (lines.map(|line| Block::Paragraph { text: line.text, html: None }).collect(), words)
}
