//! The articles as data, independent of how a site shows them.

use jiff::civil::DateTime;
use serde::Deserialize;

/// One article of a sample portal, read from `articles/<site>.json`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Story {
    /// Its number at the portal.
    pub(crate) id: u32,
    /// Its name in URLs.
    pub(crate) slug: String,
    /// The section; on some sites a part of the URL.
    pub(crate) section: String,
    /// The headline.
    pub(crate) title: String,
    /// When it was published, in Vietnam's time; absent if its page shows nothing.
    pub(crate) published: Option<DateTime>,
    /// The lead; empty if there is none.
    #[serde(default)]
    pub(crate) lead: String,
    /// The body in reading order.
    #[serde(default)]
    pub(crate) body: Vec<Part>,
    /// "Tin, ảnh: …"
    pub(crate) byline: Option<String>,
    /// "Theo …"
    pub(crate) source_line: Option<String>,
    /// Documents to download.
    #[serde(default)]
    pub(crate) files: Vec<File>,
    /// How its text is encoded.
    #[serde(default)]
    pub(crate) writing: Writing,
    /// The response of its URL.
    #[serde(default)]
    pub(crate) fate: ArticleAnswer,
    /// Whether it is published only in the later state.
    #[serde(default)]
    pub(crate) late: bool,
    /// The replacement of a paragraph of the body in the later state.
    pub(crate) revision: Option<Revision>,
    /// Site and slug of the article whose lead and body this one repeats word for word.
    pub(crate) reprint_of: Option<(String, String)>,
    /// Whether the revision is included.
    #[serde(skip)]
    pub(crate) revised: bool,
}

/// A part of a body.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Part {
    /// A paragraph.
    Text(String),
    /// An image with its caption.
    Picture {
        /// The image's path.
        image: String,
        /// The caption as printed.
        caption: String,
    },
}

/// A document to download.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    /// The link's text.
    pub(crate) title: String,
    /// Its path as written in the page: with spaces and diacritics.
    pub(crate) path: String,
}

/// A paragraph that is edited.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Revision {
    /// The index of the paragraph in the body, from 0.
    pub(crate) part: usize,
    /// Its new text.
    pub(crate) text: String,
}

/// How a text is encoded in the page. Decoded correctly, all give the same text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Writing {
    /// Precomposed letters.
    #[default]
    Plain,
    /// Entities of Latin-1 followed by combining tone marks: `tr&ocirc;̀ng`.
    Entities,
    /// Completely decomposed letters.
    Nfd,
    /// Zero-width spaces and no-break spaces between the words.
    Spaces,
}

/// The response of an article's URL.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ArticleAnswer {
    /// The article.
    #[default]
    Shown,
    /// Status 404.
    Missing,
    /// Status 200 with a script that sets a cookie and reloads.
    Challenge,
    /// The article, below a path that `robots.txt` disallows.
    Disallowed,
}

/// The states of the sites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// As started.
    First,
    /// After [`crate::demo::Sites::advance`].
    Later,
}

/// Returns a site's stories in a state, the newest (by number) first. A test ensures that the shipped data is complete.
pub(crate) fn stories(json: &str, stage: Stage) -> Vec<Story> {
    let mut stories: Vec<Story> = serde_json::from_str(json).unwrap_or_default();
    if stage == Stage::First {
        stories.retain(|story| !story.late);
    } else {
        stories.iter_mut().for_each(Story::revise);
    }
    stories.sort_by_key(|story| std::cmp::Reverse(story.id));
    stories
}

impl Story {
    fn revise(&mut self) {
        if let Some(revision) = self.revision.take()
            && let Some(part) = self.body.get_mut(revision.part)
        {
            *part = Part::Text(revision.text);
            self.revised = true;
        }
    }

    /// Returns the paragraphs of the body.
    pub(crate) fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.body.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Picture { .. } => None,
        })
    }

    /// Returns the captions of the images.
    pub(crate) fn captions(&self) -> impl Iterator<Item = &str> {
        self.body.iter().filter_map(|part| match part {
            Part::Text(_) => None,
            Part::Picture { caption, .. } => Some(caption.as_str()),
        })
    }
}
