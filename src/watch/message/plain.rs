//! A message as plain text. Lines are not folded: a mail program does that for the width at hand. Phrases stand between asterisks.

use crate::watch::message::Item;
use crate::watch::message::Marked;
use crate::watch::message::Page;

pub(super) fn write(page: &Page) -> String {
    let mut parts: Vec<String> = page.heading.iter().map(|heading| underlined(heading, '=')).collect();
    parts.extend(page.intro.iter().cloned());
    for section in &page.sections {
        parts.extend(section.heading.iter().map(|heading| underlined(heading, '-')));
        for (heading, items) in &section.groups {
            parts.extend(heading.iter().map(|heading| heading.to_uppercase()));
            parts.extend(items.iter().map(item));
        }
        parts.extend(section.more.iter().cloned());
    }
    let closing = page.closing.join("\n");
    if !closing.is_empty() {
        // A message without stories is two lines.
        parts.push(if page.sections.iter().all(|section| section.groups.is_empty()) {
            closing
        } else {
            format!("-- \n{closing}")
        });
    }
    let between = if page.heading.is_none() && page.sections.iter().all(|section| section.groups.is_empty()) {
        "\n"
    } else {
        "\n\n"
    };
    format!("{}\n", parts.join(between))
}

fn underlined(heading: &str, with: char) -> String {
    let line: String = std::iter::repeat_n(with, heading.chars().count()).collect();
    format!("{heading}\n{line}")
}

fn item(item: &Item) -> String {
    let mut lines = vec![marked(&item.title), item.meta.clone()];
    lines.extend(item.texts.iter().map(marked));
    lines.extend(item.changes.iter().map(|(label, text)| format!("{label}: {}", marked(text))));
    lines.extend(item.notes.iter().cloned());
    lines.push(item.url.clone());
    lines.join("\n")
}

fn marked(text: &Marked) -> String {
    text.pieces()
        .into_iter()
        .map(|(piece, is_bold)| if is_bold { format!("*{piece}*") } else { piece.to_owned() })
        .collect()
}
