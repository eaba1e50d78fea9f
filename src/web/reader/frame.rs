//! The frame of every page: its head, the menu, and the help on keys.

use maud::DOCTYPE;
use maud::Markup;
use maud::html;

use crate::web::reader::view::Format;
use crate::web::reader::view::View;
use crate::web::words::Word;

/// The entries of the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Newest,
    Watches,
    Coverage,
    Search,
    /// None of the entries.
    Other,
}

/// The menu, in order.
const MENU: [(Tab, &str, Word); 3] = [
    (Tab::Newest, "/", Word::Newest),
    (Tab::Watches, "/watch", Word::Watches),
    (Tab::Coverage, "/coverage", Word::Coverage),
];

/// The properties of a page.
pub(super) struct Frame<'a> {
    pub(super) title: &'a str,
    pub(super) tab: Tab,
    /// Whether the page is also available as a feed.
    pub(super) has_feeds: bool,
}

/// Renders a whole page.
pub(super) fn page(view: &View, frame: &Frame<'_>, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(view.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (frame.title) " · tintinh" }
                link rel="stylesheet" href="/style.css";
                link rel="icon" href="data:,";
                @if frame.has_feeds {
                    link rel="alternate" type="application/atom+xml" title="Atom" href=(view.feed(Format::Atom));
                    link rel="alternate" type="application/rss+xml" title="RSS" href=(view.feed(Format::Rss));
                    link rel="alternate" type="application/feed+json" title="JSON Feed" href=(view.feed(Format::Json));
                }
                script src="/keys.js" defer {}
            }
            body {
                a.skip href="#content" { (view.word(Word::Skip)) }
                (header(view, frame.tab))
                main #content tabindex="-1" { (body) }
                (footer(view, frame.has_feeds))
                (help(view))
            }
        }
    }
}

fn header(view: &View, tab: Tab) -> Markup {
    html! {
        header.top {
            div.bar {
                a.brand href="/" { "tintinh" }
                nav aria-label=(view.word(Word::Menu)) {
                    @for (own, href, word) in MENU {
                        a href=(href) aria-current=[(own == tab).then_some("page")] { (view.word(word)) }
                    }
                }
                form.find action="/search" role="search" {
                    input #q type="search" name="q" value=[view.asked("q")] placeholder=(view.word(Word::SearchHint))
                        aria-label=(view.word(Word::Search)) autocomplete="off";
                    button { (view.word(Word::Search)) }
                }
            }
        }
    }
}

fn footer(view: &View, has_feeds: bool) -> Markup {
    let other = view.language.other();
    html! {
        footer {
            @if has_feeds {
                p {
                    (view.word(Word::Feeds)) ": "
                    a href=(view.feed(Format::Atom)) { "Atom" } " · "
                    a href=(view.feed(Format::Rss)) { "RSS" } " · "
                    a href=(view.feed(Format::Json)) { "JSON" } " · "
                    a href=(view.feed(Format::Lines)) { (view.word(Word::Export)) }
                }
                @if view.feed_key.is_some() { p { (view.word(Word::FeedAddress)) } }
            }
            p {
                a href=(view.in_language(other)) hreflang=(other.tag()) lang=(other.tag()) { (view.word(Word::OtherLanguage)) }
                @if let Some(token) = &view.logout {
                    " · " form.plain method="post" action="/logout" {
                        input type="hidden" name="token" value=(token);
                        button { (view.word(Word::Logout)) }
                    }
                }
            }
        }
    }
}

fn help(view: &View) -> Markup {
    let keys = [
        ("/", Word::HelpSearch),
        ("j k", Word::HelpNext),
        ("o", Word::HelpOpen),
        ("s", Word::HelpStar),
        ("m", Word::HelpRead),
        ("?", Word::HelpHelp),
    ];
    html! {
        dialog #help aria-labelledby="help-title" {
            h2 #help-title { (view.word(Word::Help)) }
            dl {
                @for (key, word) in keys {
                    dt { kbd { (key) } }
                    dd { (view.word(word)) }
                }
            }
            form method="dialog" { button { (view.word(Word::Close)) } }
        }
    }
}

/// A page that says why there is nothing to show and what to do.
pub(super) fn empty(view: &View, what: Word, why: Word) -> Markup {
    html! {
        div.empty {
            p.what { (view.word(what)) }
            p { (view.word(why)) }
        }
    }
}
