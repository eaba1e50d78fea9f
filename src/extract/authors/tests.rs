//! Authors on pages: who is one, where names stand, and what stands beside them.

use crate::extract::sample;
use crate::extract::sample::HEADLINE;
use crate::extract::sample::TEXT;
use crate::model::link::Hints;

fn authors_at(url: &str, head: &str, above: &str, below: &str) -> Vec<String> {
    let html = format!(
        "<html lang=\"vi\"><head>{head}</head><body><article><h1>{HEADLINE}</h1>{above}<div class=\"nd\">{TEXT}\
         </div></article>{below}</body></html>"
    );
    sample::read(url, "", &Hints::default(), &html).authors
}

fn authors(head: &str, above: &str, below: &str) -> Vec<String> {
    authors_at("https://songnuoc.example/tin/5", head, above, below)
}

#[test]
fn what_stands_beside_a_name_is_no_part_of_it() {
    let bylines = [
        "<div class=\"byline\">By <span>Ada Rowe</span> <span>Friday, 20 November 2026</span></div>",
        "<div class=\"author\"><b>Ada Rowe</b> <i>Former Ferryman</i></div>",
        "<div class=\"author-box\"><a href=\"/team/ada\">Ada Rowe</a><p>River Correspondent &amp; Editor</p></div>",
        "<p class=\"byline\"><a rel=\"author\" href=\"/x\">Ada Rowe, PhD</a></p>",
    ];
    for byline in bylines {
        assert_eq!(authors("", byline, ""), ["Ada Rowe"], "{byline}");
    }
    assert_eq!(
        authors("", "<p class=\"byline\">By <a>Ada Rowe</a> and <a>Ben Tide</a></p>", ""),
        ["Ada Rowe", "Ben Tide"]
    );
    assert_eq!(authors("", "<p class=\"author\">김나루 기자</p>", ""), ["김나루"]);
}

#[test]
fn authors_stand_in_many_places() {
    assert_eq!(authors("", "<p><a href=\"/people/ada-rowe\">Ada Rowe</a></p>", ""), ["Ada Rowe"]);
    assert_eq!(
        authors("", "<p>bởi <a rel=\"author\" href=\"/tac-gia/bensong\">Bếnsông</a></p>", ""),
        ["Bếnsông"],
        "a pen name"
    );
    assert_eq!(
        authors("", "", "<div class=\"author_box\"><b>Ada Rowe</b><p>Ada writes of rivers.</p></div>"),
        ["Ada Rowe"]
    );
    assert_eq!(authors("<meta name=\"tacgia\" content=\"Lê Văn Mùa\">", "", ""), ["Lê Văn Mùa"]);
}

#[test]
fn who_is_nobodys_or_anothers_author_is_none() {
    for nobody in ["No Author", "Không có tác giả", "https://social.example/SongNuoc", "Songnuoc, Cồn Lau", "@songnuoc"]
    {
        assert!(authors(&format!("<meta name=\"author\" content=\"{nobody}\">"), "", "").is_empty(), "{nobody}");
    }
    let others = "<div class=\"more\"><a href=\"/a\">Một bài khác trong ngày</a> <span itemprop=\"author\">Ben Tide</span></div>";
    assert_eq!(authors("", "<p class=\"byline\"><a rel=\"author\" href=\"/n\">Ada Rowe</a></p>", others), ["Ada Rowe"]);
    let two = "<meta name=\"author\" content=\"River House\"><meta name=\"author\" content=\"Ada Rowe\">";
    assert_eq!(authors(two, "<p class=\"byline\">Ada Rowe</p>", ""), ["Ada Rowe"], "the publisher stands first");
}

#[test]
fn a_site_may_bear_its_writers_name() {
    let head = "<meta name=\"author\" content=\"Ada Rowe\"><meta property=\"og:site_name\" content=\"Ada Rowe\">";
    assert_eq!(authors_at("https://adarowe.example/5", head, "", ""), ["Ada Rowe"]);
    let head = "<meta name=\"author\" content=\"River News\"><meta property=\"og:site_name\" content=\"River News\">";
    assert!(authors_at("https://rivernews.example/5", head, "", "").is_empty());
}
