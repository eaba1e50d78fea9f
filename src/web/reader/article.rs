//! The article page: text, files, revisions with their changes, and the source of each field.

use maud::Markup;
use maud::html;

use crate::config::catalogue::province_name;
use crate::file_text;
use crate::model::article::Attachment;
use crate::model::article::Block;
use crate::model::article::Image;
use crate::model::portal::PortalId;
use crate::model::portal::ScopeDecision;
use crate::model::record::Record;
use crate::store::RevisionNote;
use crate::text::changes;
use crate::text::changes::Paragraph;
use crate::text::changes::Piece;
use crate::text_files;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::marks;
use crate::web::reader::marks::MarkStates;
use crate::web::reader::newest;
use crate::web::reader::note;
use crate::web::reader::view;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Maximum bytes of a file's text on a page.
const MOST_OF_FILE: usize = 200_000;

/// Maximum images on a page.
const MOST_IMAGES: usize = 100;

/// An article and its surroundings.
struct Shown<'a> {
    view: &'a View,
    record: &'a Record,
    revisions: &'a [RevisionNote],
    /// Number of other articles in its story.
    copies: u64,
    /// Which images of the record the page may load, by index; `None` if images were not requested.
    images: Option<Vec<bool>>,
}

/// The page and the origins from which it may load images.
///
/// # Errors
/// [`Failure`].
pub(super) async fn page(reader: &Reader, view: &View, id: &str) -> Result<(Markup, Vec<String>), Failure> {
    let number =
        |key: &str| view.asked(key).map(|text| text.parse::<u32>().map_err(|_| Failure::BadRequest)).transpose();
    let (wanted, against) = (number("revision")?, number("against")?);
    let store = reader.pool.take().await?;
    let mut record = store.revision(id, wanted).await?.ok_or(Failure::NotFound)?;
    text_files::load(&reader.config().state_dir, &mut record.attachments);
    let revisions = store.revision_notes(id).await?;
    let is_marked = against.is_some() || view.asked("changes").is_some();
    let before = against.or_else(|| earlier(&revisions, record.revision)).filter(|_| is_marked);
    let before = match before {
        Some(number) => store.revision(id, Some(number)).await?,
        None => None,
    };
    let copies = store.story_size(id).await?.saturating_sub(1);
    drop(store);
    let is_shown = reader.shows_images(view);
    let images = is_shown.then(|| loadable(reader, &record));
    let origins = images.as_deref().map(|images| origins(&record, images)).unwrap_or_default();
    let states = MarkStates::of(reader, view, [id]).await;
    let shown = Shown { view, record: &record, revisions: &revisions, copies, images };
    let body = html! {
        article.whole id={ "a-" (record.id) } {
            (shown.head())
            (shown.notices())
            @match &before {
                Some(before) => { (shown.compared(before)) }
                None => {
                    h1 { (record.title) }
                    @if let Some(lead) = &record.summary { p.sapo { (lead) } }
                    (shown.images_link(reader))
                    div.text { (shown.text()) }
                }
            }
            (shown.last_lines())
            (marks::form(view, &states))
            (marks::line(view, &states, &record.id, 0))
            (shown.files())
            (shown.document())
            (shown.revisions())
            (note::record(view, &record))
        }
    };
    let frame = Frame { title: &record.title, tab: Tab::Other, has_feeds: true };
    Ok((frame::page(view, &frame, &body), origins))
}

/// The revision before `revision`.
fn earlier(revisions: &[RevisionNote], revision: u32) -> Option<u32> {
    revisions.iter().map(|note| note.revision).filter(|number| *number < revision).max()
}

/// Which images a page may load: only those on the portal's own hosts. Others may point anywhere, even into the visitor's own network.
fn loadable(reader: &Reader, record: &Record) -> Vec<bool> {
    let config = reader.config();
    let portal = PortalId::new(&record.portal).ok();
    let scope = portal.as_ref().and_then(|id| config.portal(id)).map(|portal| &portal.scope);
    let is_own = |image: &Image| {
        let decision = scope.zip(image.url.as_ref()).map(|(scope, url)| scope.admits(url));
        decision.is_some_and(|decision| decision != ScopeDecision::ForeignHost)
    };
    record.images.iter().take(MOST_IMAGES).map(is_own).collect()
}

/// The origins of the images, without duplicates.
fn origins(record: &Record, images: &[bool]) -> Vec<String> {
    let urls =
        record.images.iter().zip(images).filter(|(_, is_own)| **is_own).filter_map(|(image, _)| image.url.as_ref());
    let mut origins: Vec<String> = urls.map(|url| url.as_url().origin().ascii_serialization()).collect();
    origins.sort_unstable();
    origins.dedup();
    origins
}

impl Shown<'_> {
    fn word(&self, word: Word) -> &'static str {
        self.view.word(word)
    }

    /// The article's place and date, with navigation.
    fn head(&self) -> Markup {
        let (view, record) = (self.view, self.record);
        let province = record.province.as_deref().map(province_name);
        html! {
            p.meta {
                span { (record.outlet) }
                @if let Some(province) = province.filter(|name| !record.outlet.contains(*name)) { span { (province) } }
                (newest::when(view, record.date_published.as_deref(), record.date_precision))
                @if let Some(section) = &record.section { span { (section) } }
            }
            p.meta {
                a href=(view::outside(&record.url)) rel="noreferrer noopener" { (self.word(Word::Original)) " ↗" }
                @if self.copies > 0 { a href={ "/story/" (record.id) } { (view.language.copies(self.copies)) } }
                @if record.revision > 1 && record.withdrawn.is_none() && self.view.asked("changes").is_none() {
                    a href=(view.with(&[("changes", "1")])) { (view.language.revision(record.revision)) }
                }
            }
        }
    }

    /// Notices that come before the text.
    fn notices(&self) -> Markup {
        let (view, record) = (self.view, self.record);
        let newest = self.revisions.first().map_or(record.revision, |note| note.revision);
        html! {
            @if let Some(withdrawn) = &record.withdrawn {
                div.notice { p {
                    strong { (self.word(Word::Withdrawn)) } " · " (note::moment(view, &withdrawn.at)) " · "
                    (view.language.withdrawal(withdrawn.reason))
                } }
            }
            @if record.revision < newest {
                div.notice { p {
                    (self.word(Word::OldRevision)) " " a href={ "/article/" (record.id) } { (self.word(Word::Newer)) }
                } }
            }
        }
    }

    fn images_link(&self, reader: &Reader) -> Markup {
        let has_images = self.record.images.iter().any(|image| image.url.is_some());
        html! {
            @if has_images && reader.asks_for_images() {
                p.meta {
                    @if self.images.is_some() { a href=(self.view.with(&[("images", "")])) { (self.word(Word::HideImages)) } }
                    @else { a href=(self.view.with(&[("images", "1")])) { (self.word(Word::ShowImages)) } }
                }
            }
        }
    }

    fn text(&self) -> Markup {
        let record = self.record;
        let mut placed = vec![false; record.images.len()];
        for block in &record.blocks {
            if let Block::Image { index } = block
                && let Some(place) = placed.get_mut(*index)
            {
                *place = true;
            }
        }
        let rest: Vec<usize> =
            (0..record.images.len().min(MOST_IMAGES)).filter(|at| placed.get(*at) == Some(&false)).collect();
        html! {
            @if record.blocks.is_empty() {
                @for line in record.content_text.lines().filter(|line| !line.trim().is_empty()) { p { (line) } }
            }
            @for block in &record.blocks { (self.block(block)) }
            @for at in rest { (self.image(at)) }
            @if record.content_text.trim().is_empty() { p.quiet { (self.word(Word::NoText)) } }
        }
    }

    fn block(&self, block: &Block) -> Markup {
        html! {
            @match block {
                Block::Paragraph { text, .. } => { p { (text) } }
                Block::Heading { text, .. } => { h2 { (text) } }
                Block::List { ordered: true, items } => { ol { @for item in items { li { (item) } } } }
                Block::List { items, .. } => { ul { @for item in items { li { (item) } } } }
                Block::Table { rows } => {
                    div.scroll tabindex="0" { table { @for row in rows { tr { @for cell in row { td { (cell) } } } } } }
                }
                Block::Quote { text } => { blockquote { (text) } }
                Block::Image { index } => { (self.image(*index)) }
            }
        }
    }

    /// An image, or its caption if the image is not loaded.
    fn image(&self, at: usize) -> Markup {
        let Some(image) = self.record.images.get(at) else { return html! {} };
        let caption = image.caption.as_deref().filter(|caption| !caption.trim().is_empty());
        let is_open = self.images.as_ref().is_some_and(|images| images.get(at) == Some(&true));
        let is_elsewhere = self.images.is_some() && !is_open;
        html! {
            figure {
                @if let Some(url) = image.url.as_ref() {
                    @if is_open {
                        img src=(url.as_str()) alt=(caption.unwrap_or_default()) loading="lazy" referrerpolicy="no-referrer";
                    } @else if is_elsewhere {
                        p { a href=(url.as_str()) rel="noreferrer noopener" { (self.word(Word::ImageElsewhere)) " ↗" } }
                    }
                }
                figcaption {
                    @if !is_open { (self.word(Word::Image)) @if caption.is_some() { ": " } }
                    @if let Some(caption) = caption { (caption) }
                    @if let Some(credit) = &image.credit { " (" (credit) ")" }
                }
            }
        }
    }

    /// Byline and source line.
    fn last_lines(&self) -> Markup {
        let record = self.record;
        let authors: Vec<&str> = record.authors.iter().map(|author| author.name.as_str()).collect();
        let byline = record.byline.clone().unwrap_or_else(|| authors.join(", "));
        html! {
            @if !byline.is_empty() { p.byline { (byline) } }
            @if let Some(credit) = &record.credit { p.credit { (credit.text) } }
        }
    }

    fn files(&self) -> Markup {
        html! {
            @if !self.record.attachments.is_empty() {
                section.box {
                    h2 { (self.word(Word::Attachments)) }
                    ul { @for file in &self.record.attachments {
                        @let name = file.title.as_deref().unwrap_or_else(|| last_part(file.url.as_str()));
                        li {
                            a href=(file.url.as_str()) rel="noreferrer noopener" { (name) }
                            span.quiet { " · " (kind_of(&file.mime_type))
                                @if let Some(bytes) = file.size_in_bytes { " · " (size(self.view, bytes)) } }
                            @if let Some(text) = &file.content { (self.file_text(file, text)) }
                        }
                    } }
                }
            }
        }
    }

    /// The text of a file, page by page.
    fn file_text(&self, file: &Attachment, text: &str) -> Markup {
        let shown = text.get(..text.floor_char_boundary(MOST_OF_FILE)).unwrap_or(text);
        html! {
            details.file {
                summary {
                    (self.word(Word::FileText)) " · " (self.word(Word::Pages)) " " (file.pages.unwrap_or(1))
                    @if let Some(mean) = file.confidence { " · " (self.word(Word::Recognized)) " " (mean) " %" }
                }
                @for (number, page) in file_text::pages_of(shown).enumerate() {
                    h3 { (self.word(Word::Page)) " " (number + 1) }
                    pre { (page) }
                }
                @if shown.len() < text.len() { p.quiet { "…" } }
            }
        }
    }

    fn document(&self) -> Markup {
        let Some(document) = &self.record.document else { return html! {} };
        let day = |text: &Option<String>| {
            let date = text.as_deref()?.parse().ok()?;
            Some(self.view.language.day(date))
        };
        let facts = [
            (Word::Number, document.number.clone()),
            (Word::Type, document.kind.clone()),
            (Word::Issuer, document.issuer.clone()),
            (Word::Signer, document.signer.clone()),
            (Word::Issued, day(&document.issued)),
            (Word::Effective, day(&document.effective)),
        ];
        html! {
            section.box {
                h2 { (self.word(Word::Document)) }
                dl.facts { @for (word, value) in facts { @if let Some(value) = value { dt { (self.word(word)) } dd { (value) } } } }
            }
        }
    }

    fn revisions(&self) -> Markup {
        html! {
            @if self.revisions.len() > 1 {
                section.box {
                    h2 { (self.word(Word::Revisions)) }
                    ul { @for note in self.revisions {
                        li {
                            a href={ "/article/" (self.record.id) "?revision=" (note.revision) }
                                aria-current=[(note.revision == self.record.revision).then_some("true")] {
                                (self.word(Word::Revision)) " " (note.revision)
                            }
                            " · " (note::moment(self.view, &note.fetched))
                            @if note.is_withdrawal { " · " (self.word(Word::Withdrawn)) }
                            @if let Some(before) = earlier(self.revisions, note.revision) {
                                " · " a href={ "/article/" (self.record.id) "?revision=" (note.revision) "&against=" (before) } {
                                    (self.word(Word::WhatChanged))
                                }
                            }
                        }
                    } }
                }
            }
        }
    }

    /// The text with its changes since another revision.
    fn compared(&self, before: &Record) -> Markup {
        let (old, new) = (before, self.record);
        let title = changes::words(&old.title, &new.title);
        let empty = String::new;
        let lead =
            changes::paragraphs(&old.summary.clone().unwrap_or_else(empty), &new.summary.clone().unwrap_or_else(empty));
        let text = changes::paragraphs(&old.content_text, &new.content_text);
        let files =
            |record: &Record| record.attachments.iter().map(|file| file.url.to_string()).collect::<Vec<_>>().join("\n");
        let files = changes::paragraphs(&files(old), &files(new));
        let is_same = [&lead, &text, &files]
            .into_iter()
            .flatten()
            .chain([&title])
            .flatten()
            .all(|piece| matches!(piece, Piece::Same(_)));
        html! {
            p.meta {
                span { (self.word(Word::Compared)) " " (old.revision) " (" (note::moment(self.view, &old.date_fetched)) ")" }
                @if !is_same { a href="#change" { (self.word(Word::ToChange)) " ↓" } }
                a href=(self.view.with(&[("changes", ""), ("against", "")])) { (self.word(Word::WithoutMarks)) }
            }
            @if is_same { div.empty { p.what { (self.word(Word::NothingChanged)) } } }
            @let mut first = true;
            h1 { (marked(&title, &mut first)) }
            @for line in &lead { p.sapo { (marked(line, &mut first)) } }
            div.text { @for line in &text { p { (marked(line, &mut first)) } } }
            @if !files.iter().flatten().all(|piece| matches!(piece, Piece::Same(_))) {
                section.box { h2 { (self.word(Word::Attachments)) } ul { @for line in &files { li { (marked(line, &mut first)) } } } }
            }
        }
    }
}

/// A paragraph with its changes. The first change on a page is a link target.
fn marked(line: &Paragraph, first: &mut bool) -> Markup {
    let mut id = |piece: &Piece| {
        let is_change = !matches!(piece, Piece::Same(_));
        (is_change && std::mem::take(first)).then_some("change")
    };
    html! {
        @for (at, piece) in line.iter().enumerate() {
            @if at > 0 { " " }
            @match piece {
                Piece::Same(text) => { (text) }
                Piece::Gone(text) => { del id=[id(piece)] { (text) } }
                Piece::Come(text) => { ins id=[id(piece)] { (text) } }
            }
        }
    }
}

fn last_part(url: &str) -> &str {
    url.trim_end_matches('/').rsplit('/').next().unwrap_or(url)
}

/// The common name of a media type.
fn kind_of(mime_type: &str) -> String {
    let end = mime_type.rsplit(['/', '.']).next().unwrap_or(mime_type);
    match end {
        "msword" | "document" => "Word".to_owned(),
        "ms-excel" | "sheet" => "Excel".to_owned(),
        other => other.to_uppercase(),
    }
}

fn size(view: &View, bytes: u64) -> String {
    let comma = |text: String| view.language.pick(text.replace('.', ","), text);
    match bytes {
        0..1_000_000 => format!("{} kB", bytes.div_ceil(1000)),
        #[expect(clippy::cast_precision_loss, reason = "a size for people")]
        _ => comma(format!("{:.1} MB", bytes as f64 / 1e6)),
    }
}
