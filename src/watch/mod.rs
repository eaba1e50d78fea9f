//! Watches: which records somebody wants to be told of, and what the message says. Pure: it gets records, the portals' state and a moment, and
//! returns findings and texts.

pub mod changes;
pub mod coverage;
pub mod entry;
pub mod matcher;
pub mod message;
pub mod moment;
pub mod phrase;
pub mod phrase_tree;

#[cfg(test)]
mod matcher_tests;
#[cfg(test)]
mod message_tests;
#[cfg(test)]
pub(crate) mod testing;

use std::fmt;
use std::time::Duration;

use crate::model::article::PageKind;
use crate::model::portal::NotifyId;
use crate::model::portal::PortalId;
use crate::model::portal::WatchId;
use crate::model::record::Record;
use crate::text::language::Language;
use crate::watch::moment::Rhythm;
use crate::watch::phrase::Phrase;

/// Phrases of one list of a watch at most.
pub const MOST_PHRASES: usize = 200;

/// Phrases at most of which all must be there.
pub const MOST_ALL: usize = 32;

/// What somebody wants to be told of: a file in `config/watch/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watch {
    /// The stem of its file.
    pub id: WatchId,
    /// As people call it.
    pub name: String,
    /// One of these must be there, unless there are none.
    pub any: Vec<Phrase>,
    /// All of these must be there.
    pub all: Vec<Phrase>,
    /// None of these may be there.
    pub none: Vec<Phrase>,
    /// Of these portals alone; empty: of all.
    pub portals: Vec<PortalId>,
    /// Of these provinces alone, by their keys; empty: of all.
    pub provinces: Vec<String>,
    /// Of these kinds alone; empty: of all.
    pub kinds: Vec<PageKind>,
    /// Where phrases are looked for.
    pub fields: Fields,
    /// What is told.
    pub events: Events,
    /// Whom to tell: ids of `[[notify]]`.
    pub to: Vec<NotifyId>,
    /// When.
    pub rhythm: Rhythm,
    /// In which language.
    pub language: Language,
    /// Older articles are not told.
    pub max_age: Duration,
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Event {
    /// A story that was not told yet.
    New,
    /// An article was changed, and what was added matches.
    Revision,
    /// An article that matches was withdrawn.
    Withdrawn,
    /// Another portal repeats a story that was told.
    Reprint,
}

impl Event {
    /// Events by their names in files.
    pub const WORDS: [(&'static str, Event); 4] = [
        ("new", Event::New),
        ("revision", Event::Revision),
        ("withdrawn", Event::Withdrawn),
        ("reprint", Event::Reprint),
    ];

    /// What is told if a file does not say.
    pub const DEFAULT: [Event; 3] = [Event::New, Event::Revision, Event::Withdrawn];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Event::New => "new",
            Event::Revision => "revision",
            Event::Withdrawn => "withdrawn",
            Event::Reprint => "reprint",
        }
    }

    /// The event of a name.
    pub fn of_name(name: &str) -> Option<Event> {
        Event::WORDS.iter().find(|(known, _)| *known == name).map(|(_, event)| *event)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Some events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Events(u8);

impl Events {
    /// Whether an event is among them.
    pub fn has(self, event: Event) -> bool {
        self.0 & (1 << event as u8) != 0
    }
}

impl FromIterator<Event> for Events {
    fn from_iter<I: IntoIterator<Item = Event>>(events: I) -> Events {
        Events(events.into_iter().fold(0, |all, event| all | (1 << event as u8)))
    }
}

/// A part of a record in which phrases are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Field {
    /// The headline.
    Title,
    /// The lead.
    Lead,
    /// The body.
    Text,
    /// The captions of images.
    Captions,
    /// Authors and byline.
    Byline,
    /// The source line.
    Source,
    /// The rubric.
    Section,
    /// Keywords.
    Tags,
    /// The facts of a legal document.
    Document,
    /// The names of attachments, and their texts where they were read.
    Attachments,
}

impl Field {
    /// Fields by their names in files.
    pub const WORDS: [(&'static str, Field); 10] = [
        ("title", Field::Title),
        ("lead", Field::Lead),
        ("text", Field::Text),
        ("captions", Field::Captions),
        ("byline", Field::Byline),
        ("source", Field::Source),
        ("section", Field::Section),
        ("tags", Field::Tags),
        ("document", Field::Document),
        ("attachments", Field::Attachments),
    ];

    /// Where phrases are looked for if a file does not say: headline, lead, body and the facts of a document.
    pub const DEFAULT: [Field; 4] = [Field::Title, Field::Lead, Field::Text, Field::Document];

    /// What a record has in a field.
    pub fn texts(self, record: &Record) -> Vec<&str> {
        match self {
            Field::Title => vec![&record.title],
            Field::Lead => record.summary.iter().map(String::as_str).collect(),
            Field::Text => vec![&record.content_text],
            Field::Captions => record.images.iter().filter_map(|image| image.caption.as_deref()).collect(),
            Field::Byline => record
                .byline
                .iter()
                .chain(record.authors.iter().map(|author| &author.name))
                .map(String::as_str)
                .collect(),
            Field::Source => record.credit.iter().map(|credit| credit.text.as_str()).collect(),
            Field::Section => record.section.iter().map(String::as_str).collect(),
            Field::Tags => record.tags.iter().map(String::as_str).collect(),
            Field::Document => record.document.iter().flat_map(document_texts).collect(),
            Field::Attachments => {
                let files = record.attachments.iter();
                files.flat_map(|file| [file.title.as_deref(), file.content.as_deref()]).flatten().collect()
            }
        }
    }
}

fn document_texts(document: &crate::model::article::Document) -> impl Iterator<Item = &str> {
    let parts = [&document.number, &document.kind, &document.issuer, &document.signer];
    parts.into_iter().flatten().map(String::as_str)
}

/// Some fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fields(u16);

impl Fields {
    /// One field.
    pub fn of(field: Field) -> Fields {
        Fields(1 << field as u16)
    }

    /// Whether both have a field in common.
    pub fn meets(self, other: Fields) -> bool {
        self.0 & other.0 != 0
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Fields) -> Fields {
        Fields(self.0 | other.0)
    }
}

impl FromIterator<Field> for Fields {
    fn from_iter<I: IntoIterator<Item = Field>>(fields: I) -> Fields {
        fields.into_iter().fold(Fields::default(), |all, field| all.and(Fields::of(field)))
    }
}
