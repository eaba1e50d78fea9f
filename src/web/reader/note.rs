//! "This record": the source of each field, and the page that proves it.

use maud::Markup;
use maud::html;

use crate::model::record::Record;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// The box below an article.
pub(super) fn record(view: &View, record: &Record) -> Markup {
    let note = &record.extraction;
    html! {
        details.box.record {
            summary { (view.word(Word::ThisRecord)) }
            dl.facts {
                dt { "id" } dd { code { (record.id) } " · " (view.word(Word::Revision)) " " (record.revision) }
                dt { (view.word(Word::Fetched)) } dd { (moment(view, &record.date_fetched)) " · HTTP " (record.http.status) }
                dt { (view.word(Word::FoundBy)) } dd { (record.discovery.kind.as_str()) " · " code { (record.discovery.url) } }
                @if let Some(raw) = &record.date_raw { dt { (view.word(Word::DateAsPrinted)) } dd { "“" (raw) "”" } }
                dt { (view.word(Word::Rules)) } dd { (note.rules.join(", ")) " · tintinh " (note.version) }
                dt { (view.word(Word::Hash)) } dd { code { (record.content_hash) } }
                @if let Some(raw) = &record.raw {
                    dt { (view.word(Word::Evidence)) } dd { code { (raw.file) " +" (raw.offset) } }
                }
            }
            h3 { (view.word(Word::WhereFrom)) }
            dl.facts { @for (field, origin) in &note.origins {
                dt { (view.language.field(field).unwrap_or(field)) } dd { code { (origin) } }
            } }
            @if !note.warnings.is_empty() {
                h3 { (view.word(Word::Warnings)) }
                ul { @for warning in &note.warnings { li { (warning) } } }
            }
        }
    }
}

/// A moment as records store it.
pub(super) fn moment(view: &View, text: &str) -> Markup {
    html! {
        @match text.parse() {
            Ok(at) => { time datetime=(text) { (view.language.minute(at)) } }
            Err(_) => { (view.word(Word::DateUnknown)) }
        }
    }
}
