//! What a message says of one article.

use serde::Deserialize;
use serde::Serialize;

use crate::model::record::DuplicateKind;
use crate::model::record::Record;
use crate::model::record::WithdrawalReason;
use crate::text::date::Precision;
use crate::watch::Watch;
use crate::watch::changes;
use crate::watch::changes::Change;
use crate::watch::phrase;
use crate::watch::phrase::Phrase;

/// Characters of a lead or an excerpt at most: one or two sentences.
const MOST_CHARACTERS: usize = 320;

/// Other articles of a story that a message names at most.
pub const MOST_NAMED: usize = 8;

/// An article as a message shows it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// The portal's id.
    pub portal: String,
    /// The outlet's name.
    pub outlet: String,
    /// The province: its key, or its name once that was looked up.
    pub province: Option<String>,
    /// The address.
    pub url: String,
    /// The headline.
    pub title: String,
    /// When it was published, as in the record.
    pub published: Option<String>,
    /// How exact that is.
    pub precision: Option<Precision>,
    /// When it was fetched.
    pub fetched: String,
    /// The lead, or where the text begins.
    pub lead: String,
    /// A sentence with a phrase, where neither headline nor lead has one.
    pub excerpt: Option<String>,
    /// What a revision changed.
    pub changes: Vec<Change>,
    /// How it was found missing, and when.
    pub withdrawn: Option<(WithdrawalReason, String)>,
    /// What it repeats, where it is a copy.
    pub repeats: Option<(DuplicateKind, Place)>,
    /// Other articles of its story.
    pub copies: Vec<Place>,
    /// How many there are, those that are not named among them.
    pub copy_count: u64,
}

/// Another article of a story.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The outlet's name.
    pub outlet: String,
    /// The article's address.
    pub url: String,
}

impl Entry {
    /// The entry of a record for a watch; who copied it is not known here.
    pub fn of(record: &Record, watch: &Watch, changes: &[Change]) -> Entry {
        let phrases = || watch.any.iter().chain(&watch.all);
        let lead = lead(record);
        let is_shown = [&record.title, &lead].iter().any(|text| phrase::has_any(text, phrases()));
        Entry {
            id: record.id.clone(),
            revision: record.revision,
            portal: record.portal.clone(),
            outlet: record.outlet.clone(),
            province: record.province.clone(),
            url: record.url.clone(),
            title: record.title.clone(),
            published: record.date_published.clone(),
            precision: record.date_precision,
            fetched: record.date_fetched.clone(),
            excerpt: if is_shown { None } else { excerpt(record, &phrases().collect::<Vec<_>>()) },
            lead,
            changes: changes.iter().map(shortened).collect(),
            withdrawn: record.withdrawn.as_ref().map(|withdrawn| (withdrawn.reason, withdrawn.at.clone())),
            repeats: None,
            copies: Vec::new(),
            copy_count: 0,
        }
    }
}

/// The lead in one or two sentences, else those with which the text begins.
fn lead(record: &Record) -> String {
    let lead = record.summary.as_deref().filter(|lead| !lead.trim().is_empty());
    let mut text = String::new();
    for sentence in changes::split(lead.unwrap_or(&record.content_text)).take(2) {
        if !text.is_empty() && text.chars().count() + sentence.chars().count() > MOST_CHARACTERS {
            break;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(sentence);
    }
    cut(&text)
}

/// The first sentence of a text that has a phrase.
fn excerpt(record: &Record, phrases: &[&Phrase]) -> Option<String> {
    let has = |sentence: &&str| phrase::has_any(sentence, phrases.iter().copied());
    let found = changes::split(&record.content_text).find(has)?;
    let place = phrase::places(found, phrases.iter().copied()).first().cloned()?;
    // A long sentence is shown from a little before its phrase.
    let before = found.get(..place.start).unwrap_or_default();
    if before.chars().count() <= MOST_CHARACTERS / 2 {
        return Some(cut(found));
    }
    let start = before.char_indices().rev().nth(MOST_CHARACTERS / 4).map_or(0, |(at, _)| at);
    let start = found.get(start..).and_then(|rest| rest.find(' ')).map_or(start, |blank| start + blank + 1);
    Some(format!("… {}", cut(found.get(start..).unwrap_or(found))))
}

fn shortened(change: &Change) -> Change {
    Change { old: cut(&change.old), new: cut(&change.new) }
}

/// A text of so many characters at most, cut between words.
fn cut(text: &str) -> String {
    let Some((end, _)) = text.char_indices().nth(MOST_CHARACTERS) else { return text.to_owned() };
    let head = text.get(..end).unwrap_or(text);
    let head = head.rsplit_once(' ').map_or(head, |(head, _)| head);
    format!("{} …", head.trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_between_words() {
        let long = "lúa ".repeat(200);
        let short = cut(&long);
        assert!(short.chars().count() <= MOST_CHARACTERS + 2 && short.ends_with("lúa …"), "{short}");
        assert_eq!(cut("Cầu mới."), "Cầu mới.");
    }
}
