//! The login page.

use maud::Markup;
use maud::html;

use crate::web::reader::frame;
use crate::web::reader::frame::Frame;
use crate::web::reader::frame::Tab;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// Renders the page. `problem` says what was wrong with the last attempt; `token` belongs to the form's cookie.
pub(super) fn page(view: &View, problem: Option<Word>, token: &str, to: &str) -> Markup {
    let body = html! {
        div.narrow {
            h1 { (view.word(Word::Login)) }
            @if let Some(problem) = problem { div.notice role="alert" { p { (view.word(problem)) } } }
            form.search method="post" action="/login" {
                input type="hidden" name="token" value=(token);
                input type="hidden" name="to" value=(to);
                label.wide { (view.word(Word::Password))
                    input type="password" name="password" required autofocus autocomplete="current-password"; }
                button { (view.word(Word::Login)) }
            }
        }
    };
    frame::page(view, &Frame { title: view.word(Word::Login), tab: Tab::Other, has_feeds: false }, &body)
}

/// The path to go on to after a login. Only paths of the reader are allowed, so that a login cannot lead elsewhere.
pub(super) fn own_place(to: &str) -> &str {
    let is_own =
        to.starts_with('/') && !to.starts_with("//") && to.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_own { to } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_places_of_the_reader_alone() {
        assert_eq!(own_place("/newest?day=2026-11-29"), "/newest?day=2026-11-29");
        for to in ["", "//evil.example", "/\\evil.example", "https://evil.example", "/a\r\nSet-Cookie: x"] {
            assert_eq!(own_place(to), "/", "{to}");
        }
    }
}
