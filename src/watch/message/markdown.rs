//! A message as Markdown.

use crate::watch::message::Item;
use crate::watch::message::Marked;
use crate::watch::message::Page;
use crate::watch::message::is_web;

pub(super) fn write(page: &Page) -> String {
    let mut parts: Vec<String> = page.heading.iter().map(|heading| format!("# {}", escaped(heading))).collect();
    parts.extend(page.intro.iter().map(|line| escaped(line)));
    for section in &page.sections {
        parts.extend(section.heading.iter().map(|heading| format!("## {}", escaped(heading))));
        for (heading, items) in &section.groups {
            parts.extend(heading.iter().map(|heading| format!("### {heading}")));
            parts.extend(items.iter().map(item));
        }
        parts.extend(section.more.iter().map(|line| escaped(line)));
    }
    parts.extend(page.closing.iter().map(|line| format!("*{}*", escaped(line))));
    format!("{}\n", parts.join("\n\n"))
}

fn item(item: &Item) -> String {
    // What could end the address ends it; a blank cannot stand in one.
    let url = item.url.replace('(', "%28").replace(')', "%29").replace(['<', '>', ' '], "");
    let title = if is_web(&url) { format!("[{}]({url})", marked(&item.title)) } else { marked(&item.title) };
    let mut lines = vec![format!("- {title}  "), format!("  {}  ", escaped(&item.meta))];
    lines.extend(item.texts.iter().map(|text| format!("  {}  ", marked(text))));
    lines.extend(item.changes.iter().map(|(label, text)| format!("  {label}: {}  ", marked(text))));
    lines.extend(item.notes.iter().map(|note| format!("  {}  ", escaped(note))));
    lines.join("\n").trim_end().to_owned()
}

fn marked(text: &Marked) -> String {
    let piece =
        |(piece, is_bold): (&str, bool)| if is_bold { format!("**{}**", escaped(piece)) } else { escaped(piece) };
    text.pieces().into_iter().map(piece).collect()
}

/// A text in which nothing is markup.
fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|') {
            all.push('\\');
        }
        all.push(if c.is_control() { ' ' } else { c });
    }
    all
}
