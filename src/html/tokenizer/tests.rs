//! The tree must equal html5ever's for every text.
use html5ever::ParseOpts;
use html5ever::tree_builder::TreeBuilder;
use html5ever::tree_builder::TreeSink;
use proptest::prelude::*;
use scraper::Html;
use scraper::HtmlTreeSink;

use super::*;

fn ours(text: &str) -> Html {
    let builder = TreeBuilder::new(HtmlTreeSink::new(Html::new_document()), ParseOpts::default().tree_builder);
    run(text, &builder, || true);
    builder.sink.finish()
}

#[expect(clippy::disallowed_methods, reason = "the unbounded parser is what ours is held to")]
fn check(text: &str) {
    let (ours, theirs) = (ours(text), Html::parse_document(text));
    assert_eq!(ours.quirks_mode, theirs.quirks_mode, "{text:?}");
    assert_eq!(format!("{:?}", ours.tree), format!("{:?}", theirs.tree), "{text:?}");
}

#[test]
fn pieces_of_every_state() {
    for text in [
        "",
        "a < b & c &amp; d &lt e &notit; &#x80; &#0; &#xD800; &#99999999; &; &#; &#x;",
        "<p class=a CLASS=b id='x>y' data-x=\"1&amp;2&copy=3&copyx\" hidden / =y z = q>x</p \n a=b>y</>z</ x>",
        "<br/><a/b/c=d/>x<img src=a/>",
        "x<",
        "x</",
        "x<p",
        "x<p a='b",
        "x<!",
        "x<!-",
        "<!-->a<!--->b<!---->c<!--a--!>d<!-- -- > -->e<!--f",
        "<!--f--",
        "<!--f--!",
        "<!--f-",
        "<?php x ?>y<!x>z<![CDATA[q]]>",
        "<svg><![CDATA[a<b>\0&amp;]]><p>x</svg><math><mi>x</math>",
        "<title>a &amp; <b> </titl></title x>b",
        "<textarea>\n\nx</textarea><pre>\ny</pre>",
        "<style>a</styl><!-- </style>b",
        "<script>a</scrip><!-- <script> </script> --> b </script>c",
        "<script><!--></script>a<script><!-- </script>b<script><!-- <script></script></script>c",
        "<script><!-- <script> </script> </script>d<script><!--",
        "<noscript><p>x</noscript><plaintext><p>\0x",
        "a\0b<p\0q \0r='\0'>\0</p><select><option>x<p>y</select>",
        "<table>x<tr>y<td>z</table><b><p>x</b>y<a>1<a>2",
        "line\r\nline\rline\n<p a='x\r\ny'>",
        "\u{feff}<p>x",
        "<iframe><p></iframe><xmp><p></xmp><noframes><p></noframes>",
        "<p>\u{1F600}ắ<TITLE>É</TITLE><İX>",
    ] {
        check(text);
    }
}

#[test]
fn doctypes() {
    for text in [
        "<!doctype html>",
        "<!DOCTYPE>",
        "<!doctype  HTML ><table><tr><td>",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\"><p><table>",
        "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01 Transitional//EN\"><p><table>",
        "<!DOCTYPE html PUBLIC '-//W3C//DTD HTML 3.2//EN'><p><table>",
        "<!DOCTYPE html SYSTEM \"about:legacy-compat\"><p><table>",
        "<!DOCTYPE html SYSTEM \"a><p><table>",
        "<!DOCTYPE html public x><p><table>",
        "<!DOCTYPE html x><p><table>",
        "<!DOCTYPE html PUBLIC \"a\" x><p><table>",
        "<!doctype html",
    ] {
        check(text);
    }
}

#[test]
fn what_is_bounded() {
    let page = format!("<img src=\"data:image/png;base64,{}\" alt='ảnh'>", "QUJD".repeat(10_000));
    let html = ours(&page).html();
    assert!(html.len() < 250 && html.contains("alt=\"ảnh\""), "{html}");
    let page: String = (0..2_000).map(|n| format!("a{n}=1 ")).collect();
    assert_eq!(ours(&format!("<p {page}>x</p>")).html().matches("=\"1\"").count(), MAX_ATTRIBUTES);
}

/// Pieces that are hard for tokenizers.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "<",
        ">",
        "</",
        "<!--",
        "-->",
        "--",
        "-",
        "!",
        "/",
        "=",
        "'",
        "\"",
        " ",
        "\n",
        "\r",
        "\0",
        "&",
        "&amp;",
        "&lt",
        "&#65;",
        ";",
        "a",
        "P",
        "ắ",
        "<p",
        "<p>",
        "</p>",
        "<b>",
        "</b>",
        "<i class=x>",
        "<a href='y'>",
        "</a>",
        "<table>",
        "<tr>",
        "<td>",
        "</table>",
        "<script>",
        "</script>",
        "<SCRIPT ",
        "</script",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<textarea>",
        "</textarea>",
        "<svg>",
        "</svg>",
        "<![CDATA[",
        "]]>",
        "<select>",
        "<option>",
        "<div",
        "<br/>",
        "<!doctype html>",
        "<?x",
        "<template>",
        "</template>",
        "<body a=b>",
        "<html lang=vi>",
        "<head>",
        "<noscript>",
        "</noscript>",
        "<form>",
        "<math>",
        "<mi>",
        "<frameset>",
        "<li>",
        "<h1>",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn any_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        check(&pieces.concat());
    }

    #[test]
    fn any_text(text in "\\PC{0,200}") {
        check(&text);
    }
}
