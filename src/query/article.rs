//! The parts of a record that are searched, and the terms by which an article is found.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::model::article::Credit;
use crate::model::article::Document;
use crate::model::article::PageKind;
use crate::query::syllable::for_each;
use crate::query::syllable::slug;

/// Maximum syllables by which an article is found. Of some thousand real pages, one in five hundred has more.
pub const MOST_SYLLABLES: usize = 20_000;

/// Maximum syllables of its files by which an article is found: about sixty pages.
pub const MOST_SYLLABLES_OF_FILES: usize = 20_000;

/// Seconds of a day.
const DAY: i64 = 24 * 60 * 60;
/// The offset in seconds of +07:00, in which portals print dates.
const HOUSE: i64 = 7 * 60 * 60;

/// The part of a record that search needs; the rest is not parsed.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct Searchable {
    /// `id` of the record.
    pub id: String,
    /// `revision` of the record.
    pub revision: u32,
    /// The portal's id.
    pub portal: String,
    /// The province's key.
    pub province: Option<String>,
    /// The outlet's name.
    pub outlet: String,
    /// The URL.
    pub url: String,
    /// What the page is.
    #[serde(default)]
    pub kind: PageKind,
    /// The headline.
    pub title: String,
    /// The lead.
    pub summary: Option<String>,
    /// The body's text.
    pub content_text: String,
    /// The byline.
    pub byline: Option<String>,
    /// The source line.
    pub credit: Option<Credit>,
    /// The facts of a legal document.
    pub document: Option<Document>,
    /// The article's files.
    #[serde(default)]
    pub attachments: Vec<SearchableFile>,
    /// When it was published.
    pub date_published: Option<String>,
    /// When it was fetched.
    pub date_fetched: String,
    /// Present if the article was withdrawn.
    pub withdrawn: Option<IgnoredAny>,
}

/// The part of an attachment that search needs.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
pub struct SearchableFile {
    /// The place of its text.
    pub text: Option<String>,
    /// Its text, if it was loaded.
    #[serde(skip)]
    pub content: Option<String>,
}

impl Searchable {
    /// Reads it from a record as one line of JSON.
    ///
    /// # Errors
    /// If it is not a record.
    pub fn read(json: &str) -> Result<Searchable, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Whether it can be found. Withdrawn articles cannot be.
    pub fn is_found(&self) -> bool {
        self.withdrawn.is_none()
    }

    /// Returns its publication day in +07:00, otherwise the day on which it was found, as days since 1970.
    pub fn day(&self) -> i64 {
        let published = self.date_published.as_deref().and_then(day_of);
        published.or_else(|| day_of(&self.date_fetched)).unwrap_or(0)
    }

    /// Returns the number of a legal document.
    pub fn number(&self) -> Option<&str> {
        self.document.as_ref()?.number.as_deref()
    }

    /// Returns the texts in which words are searched, apart from the title.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let credit = self.credit.as_ref().map(|credit| credit.text.as_str());
        let parts = [self.summary.as_deref(), Some(&*self.content_text), self.byline.as_deref(), credit, self.number()];
        parts.into_iter().flatten()
    }

    /// Returns the texts of its files, if they were loaded.
    pub fn contents(&self) -> impl Iterator<Item = &str> {
        self.attachments.iter().filter_map(|file| file.content.as_deref())
    }

    /// Returns the terms by which it is found, separated by spaces.
    pub fn terms(&self) -> String {
        let mut terms = String::with_capacity(self.content_text.len() * 3);
        for (mark, value) in [
            (PORTAL, Some(self.portal.as_str())),
            (PROVINCE, self.province.as_deref()),
            (KIND, Some(kind_word(self.kind))),
            (NUMBER, self.number()),
        ] {
            if let Some(value) = value.map(slug).filter(|value| !value.is_empty()) {
                terms.extend([mark, &value, if mark == NUMBER { "- " } else { " " }]);
            }
        }
        let mut left = MOST_SYLLABLES;
        push_terms(&self.title, TITLE, &mut left, &mut terms);
        push_terms(&self.title, "", &mut left, &mut terms);
        for text in self.texts() {
            push_terms(text, "", &mut left, &mut terms);
        }
        let mut left = MOST_SYLLABLES_OF_FILES;
        for (number, text) in self.contents().enumerate() {
            if number == 0 {
                terms.extend([IN, ATTACHMENT, " "]);
            }
            push_terms(text, "", &mut left, &mut terms);
        }
        terms
    }
}

/// Prefix of a term of the title. Each of them is also a term of the article.
pub const TITLE: &str = "^";
/// Separator of the syllables of a pair.
pub const PAIR: char = '_';
/// Prefix of the portal's id.
pub const PORTAL: &str = "p/";
/// Prefix of the province's key.
pub const PROVINCE: &str = "v/";
/// Prefix of the kind.
pub const KIND: &str = "k/";
/// Prefix of the number of a legal document. The number ends with `-`, so that it can be found by its beginning: `15/2025`.
pub const NUMBER: &str = "n/";

/// Prefix of the part in which words are searched.
pub const IN: &str = "i/";
/// The word for the texts of attachments.
pub const ATTACHMENT: &str = "attachment";

/// Returns a kind's word, as used in records.
pub fn kind_word(kind: PageKind) -> &'static str {
    match kind {
        PageKind::Article => "article",
        PageKind::Document => "document",
        PageKind::List => "list",
        PageKind::Search => "search",
        PageKind::Home => "home",
        PageKind::Video => "video",
        PageKind::Gallery => "gallery",
        PageKind::Event => "event",
        PageKind::Error => "error",
        PageKind::Print => "print",
    }
}

fn push_terms(text: &str, mark: &str, left: &mut usize, terms: &mut String) {
    let mut last = String::new();
    for_each(text, |_, syllable| {
        if *left == 0 {
            return;
        }
        *left -= 1;
        terms.extend([mark, syllable, " "]);
        if !last.is_empty() {
            terms.extend([mark, &last]);
            terms.push(PAIR);
            terms.extend([syllable, " "]);
        }
        last.clear();
        last.push_str(syllable);
    });
}

/// Returns the day in +07:00 of a moment, as written in records.
fn day_of(text: &str) -> Option<i64> {
    Some(day(text.parse().ok()?))
}

/// Returns the day of a moment in +07:00, as days since 1970.
pub fn day(moment: Timestamp) -> i64 {
    (moment.as_second() + HOUSE).div_euclid(DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn article() -> Searchable {
        Searchable {
            portal: "hagiang".to_owned(),
            province: Some("ha-giang".to_owned()),
            title: "Mở đường".to_owned(),
            content_text: "Đường mới mở.".to_owned(),
            document: Some(Document { number: Some("05/QĐ-UBND".to_owned()), ..Document::default() }),
            date_fetched: "2025-11-24T23:30:00+07:00".to_owned(),
            ..Searchable::default()
        }
    }

    #[test]
    fn terms_are_syllables_pairs_and_what_filters_ask_for() {
        assert_eq!(
            article().terms(),
            "p/hagiang v/ha-giang k/article n/5-qd-ubnd- ^mo ^duong ^mo_duong mo duong mo_duong duong moi duong_moi mo moi_mo \
             5 qd 5_qd ubnd qd_ubnd "
        );
    }

    #[test]
    fn a_long_text_gives_no_more_terms_than_the_bound() {
        let article = Searchable { content_text: "a ".repeat(MOST_SYLLABLES * 3), ..article() };
        assert!(article.terms().split(' ').count() < 2 * MOST_SYLLABLES + 20);
    }

    #[test]
    fn a_day_is_that_of_vietnam() {
        let day = article().day();
        assert_eq!(day, 20_416);
        let published = Some("2025-11-24T00:10:00+07:00".to_owned());
        assert_eq!(Searchable { date_published: published, ..article() }.day(), day);
    }

    #[test]
    fn what_was_withdrawn_is_not_found() {
        let json = |more: &str| {
            format!(
                r#"{{"id":"a","revision":1,"portal":"p","outlet":"o","url":"u","title":"t","content_text":"x","date_fetched":""{more}}}"#
            )
        };
        assert!(Searchable::read(&json("")).unwrap().is_found());
        assert!(!Searchable::read(&json(r#","withdrawn":{"at":"2025-11-24T00:00:00+07:00"}"#)).unwrap().is_found());
    }
}
