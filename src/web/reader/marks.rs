//! Marks on pages: read and starred articles, and the buttons that change them. The buttons are forms, so they work without scripts.

use std::collections::HashMap;

use axum::response::Response;
use maud::Markup;
use maud::html;

use crate::marks::ItemId;
use crate::marks::Mark;
use crate::marks::MarkError;
use crate::web::reader::Reader;
use crate::web::reader::answers;
use crate::web::reader::login;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Maximum articles that one form marks: more than a page shows.
const MOST_MARKED: usize = 200;

/// Which articles on a page are read and starred.
#[derive(Debug, Default)]
pub(super) struct MarkStates {
    known: HashMap<String, (bool, bool)>,
    /// The articles, in page order.
    ids: Vec<String>,
}

impl MarkStates {
    /// The marks of some articles. Empty if the visitor may not set marks.
    pub(super) async fn of<'a>(reader: &Reader, view: &View, ids: impl IntoIterator<Item = &'a str>) -> MarkStates {
        let Some(marks) = reader.marks().await.filter(|_| view.form.is_some()) else { return MarkStates::default() };
        let ids: Vec<String> = ids.into_iter().map(str::to_owned).collect();
        let items: Vec<ItemId> = ids.iter().map(|id| ItemId::of_article(id)).collect();
        let shelf = reader.shelf();
        let states = marks.look(|sets| shelf.marks_of(sets, &items));
        MarkStates { known: ids.iter().cloned().zip(states).collect(), ids }
    }

    /// The CSS classes of an article in a list.
    pub(super) fn class(&self, id: &str) -> String {
        let (is_read, is_starred) = self.known.get(id).copied().unwrap_or_default();
        let read = if is_read { " read" } else { "" };
        let starred = if is_starred { " starred" } else { "" };
        format!("item{read}{starred}")
    }
}

/// The form to which the page's buttons belong.
pub(super) fn form(view: &View, states: &MarkStates) -> Markup {
    html! {
        @if let Some(token) = view.form.as_deref().filter(|_| !states.known.is_empty()) {
            form #marks method="post" action="/mark" hidden {
                input type="hidden" name="token" value=(token);
                input type="hidden" name="to" value=(view.own());
            }
        }
    }
}

/// The last line of an article in a list: its copies, marks and buttons.
pub(super) fn line(view: &View, states: &MarkStates, id: &str, copies: u64) -> Markup {
    let state = states.known.get(id);
    html! {
        @if copies > 0 || state.is_some() {
            p.meta.marks {
                @if copies > 0 { a href={ "/story/" (id) } { (view.language.copies(copies)) } }
                @if let Some((is_read, is_starred)) = state {
                    @if *is_read {
                        span { (view.word(Word::IsRead)) }
                        span { button form="marks" name="unread" value=(id) { (view.word(Word::MarkUnread)) } }
                    } @else {
                        span { button form="marks" name="read" value=(id) { (view.word(Word::MarkRead)) } }
                    }
                    @if *is_starred {
                        span { button form="marks" name="unstar" value=(id) { "★ " (view.word(Word::Unstar)) } }
                    } @else {
                        span { button form="marks" name="star" value=(id) { "☆ " (view.word(Word::Star)) } }
                    }
                }
            }
        }
    }
}

/// The button that marks all articles on a page as read.
pub(super) fn all_read(view: &View, states: &MarkStates) -> Markup {
    let unread = || states.ids.iter().filter(|id| states.known.get(*id).is_some_and(|(is_read, _)| !is_read));
    html! {
        @if let Some(token) = view.form.as_deref().filter(|_| unread().next().is_some()) {
            form.plain method="post" action="/mark" {
                input type="hidden" name="token" value=(token);
                input type="hidden" name="to" value=(view.own());
                @for id in unread() { input type="hidden" name="read" value=(id); }
                button { (view.word(Word::MarkAllRead)) }
            }
        }
    }
}

/// Applies a mark form, then redirects to its page, at the article that was marked.
pub(super) async fn set(reader: &Reader, view: &View, form: &[(String, String)]) -> Response {
    let asked = |name: &str| -> Vec<&str> {
        let values = form.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        values.take(MOST_MARKED).collect()
    };
    let mut last = None;
    for (name, mark, is_set) in [
        ("read", Mark::Read, true),
        ("unread", Mark::Read, false),
        ("star", Mark::Starred, true),
        ("unstar", Mark::Starred, false),
    ] {
        let ids = asked(name);
        let items = ids.iter().map(|id| ItemId::of_article(id)).collect();
        if let Err(error) = reader.mark(items, mark, is_set).await {
            tracing::warn!("a mark was not set: {error}");
            return answers::not_marked(view);
        }
        last = last.or_else(|| Some(ids).filter(|ids| ids.len() == 1)?.first().copied());
    }
    let is_id = |id: &&str| id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let to = login::own_place(asked("to").first().copied().unwrap_or("/"));
    let place = last.filter(is_id).map(|id| format!("#a-{id}")).unwrap_or_default();
    answers::see_other(&format!("{to}{place}"))
}

impl Reader {
    /// Sets or removes a mark. Removing it clears it on all articles of each story.
    ///
    /// # Errors
    /// [`MarkError`].
    pub(in crate::web) async fn mark(&self, items: Vec<ItemId>, mark: Mark, is_set: bool) -> Result<(), MarkError> {
        if items.is_empty() {
            return Ok(());
        }
        let items = if is_set { items } else { self.shelf().with_stories(&items) };
        self.marks_file().await?.set(items, mark, is_set, self.clock.now()).await
    }
}
