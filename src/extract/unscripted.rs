//! What a page keeps for scripts to show, or for readers without scripts: `<noscript>`, `<template>`, `<script type="text/template">`, and
//! the article in JSON-LD. It is read only where the page shows next to nothing.

use std::sync::LazyLock;

use regex::Captures;
use regex::Regex;

use crate::extract::outline;
use crate::extract::outline::Scope;
use crate::html::tree;
use crate::model::article::Block;

/// The page with what is kept opened as if it were shown; nothing where nothing is kept.
pub(super) fn opened(text: &str) -> Option<String> {
    static KEPT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let script = r#"<script[^>]*\stype\s*=\s*["']?text/(?:x-)?(?:template|html|tmpl|handlebars-template)[^>]*>(?P<script>.*?)</script>"#;
        Regex::new(&format!(r"(?is){script}|<(?P<end>/?)(?:noscript|template)\b[^>]*>")).ok()
    });
    let kept = KEPT.as_ref()?;
    let open = |found: &Captures<'_>| match (found.name("script"), found.name("end")) {
        (Some(script), _) => format!("<div>{}</div>", script.as_str()),
        (None, Some(end)) => format!("<{}div>", end.as_str()),
        (None, None) => String::new(),
    };
    kept.is_match(text).then(|| kept.replace_all(text, open).into_owned())
}

/// Paragraphs of an article that is given whole in JSON-LD (`articleBody`), as text or as HTML, and their words.
pub(super) fn paragraphs(body: &str) -> (Vec<Block>, u32) {
    let parsed = tree::parse(&body.replace('\n', "<br>"));
    let outline = outline::read(parsed.html.root_element(), &Scope::default());
    let words = outline.lines.iter().map(|line| line.words).sum();
    let lines = outline.lines.into_iter().filter(|line| !line.is_image());
    (lines.map(|line| Block::Paragraph { text: line.text, html: None }).collect(), words)
}
