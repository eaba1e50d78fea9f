//! The story page: where it appeared first, which source its copies name, and how much of the text each has, in order of time.

use jiff::Timestamp;
use maud::Markup;
use maud::html;

use crate::config::catalogue::province_name;
use crate::query::article::day;
use crate::store::Story;
use crate::store::StoryArticle;
use crate::web::reader::Failure;
use crate::web::reader::Reader;
use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::newest;
use crate::web::reader::newest::Brief;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// The page.
///
/// # Errors
/// [`Failure`].
pub(super) async fn page(reader: &Reader, view: &View, id: &str) -> Result<Markup, Failure> {
    let story = reader.pool.take().await?.story_of::<Brief>(id).await?.ok_or(Failure::NotFound)?;
    let head = story.articles.iter().find(|article| article.relation.is_none()).or(story.articles.first());
    let title = head.map(|article| article.record.title.clone()).ok_or(Failure::NotFound)?;
    let begun = story.articles.first().map(|article| article.published.unwrap_or(article.seen));
    let others = story.count.saturating_sub(1);
    let body = html! {
        div.story {
            p.meta { span { (view.word(Word::Story)) } @if others > 0 { span.n { (view.language.copies(others)) } } }
            h1 { (title) }
            @if others == 0 { p { (view.word(Word::StorySingle)) } }
            ol.line { @for (at, article) in story.articles.iter().enumerate() { (member(view, &story, at, article, begun)) } }
            @if story.count > story.articles.len() as u64 { p.quiet { (view.word(Word::More)) } }
        }
    };
    Ok(frame::page(view, &Frame { title: &title, tab: Tab::Other, has_feeds: true }, &body))
}

fn member(
    view: &View,
    story: &Story<Brief>,
    at: usize,
    article: &StoryArticle<Brief>,
    begun: Option<Timestamp>,
) -> Markup {
    let brief = &article.record;
    let is_first = at == 0 && article.published.is_some() && story.count > 1;
    let is_head = article.relation.is_none() && story.count > 1;
    html! {
        li.first[is_first] {
            p.when {
                (newest::when(view, brief.date_published.as_deref(), brief.date_precision))
                @if let Some(lag) = lag(view, article, begun).filter(|_| at > 0) { " · " (lag) }
            }
            h3 { a href={ "/article/" (brief.id) } { (brief.title) } }
            p.meta {
                span { (brief.outlet) }
                @if let Some(province) = brief.province.as_deref().map(province_name) {
                    @if !brief.outlet.contains(province) { span { (province) } }
                }
                @if is_first { span.tag { (view.word(Word::FirstPublished)) } }
                @if article.is_credited { span.tag { (view.word(Word::Credited)) } }
                @if is_head && !is_first { span { (view.word(Word::Head)) } }
                @if let Some((kind, share)) = article.relation {
                    span {
                        (view.language.relation(kind)) " · " (view.word(Word::Share)) " " (percent(share))
                    }
                }
                @if brief.withdrawn.is_some() { span.warn { (view.word(Word::Withdrawn)) } }
                @else if brief.revision > 1 {
                    a href={ "/article/" (brief.id) "?changes=1" } { (view.language.revision(brief.revision)) }
                }
            }
        }
    }
}

/// A share in percent, never rounded up to 100.
fn percent(share: f64) -> String {
    format!("{:.0}%", (share * 100.0).floor().clamp(0.0, 100.0))
}

/// How long after the first article this one appeared, if both are dated to the minute.
fn lag(view: &View, article: &StoryArticle<Brief>, begun: Option<Timestamp>) -> Option<String> {
    let (published, begun) = (article.published?, begun?);
    let seconds = u64::try_from(published.as_second() - begun.as_second()).ok().filter(|seconds| *seconds > 0)?;
    if article.record.date_precision == Some(crate::text::date::Precision::Day) {
        let days = u64::try_from(day(published) - day(begun)).ok().filter(|days| *days > 0)?;
        return Some(later(view, days * 86_400));
    }
    Some(later(view, seconds))
}

fn later(view: &View, seconds: u64) -> String {
    let span = view.language.span(seconds);
    view.language.pick(format!("{} {span}", view.word(Word::Later)), format!("{span} {}", view.word(Word::Later)))
}
