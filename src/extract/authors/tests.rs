//! Authors on pages: who is one, where names are, and what stands next to them.

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

#[test]
fn a_site_may_begin_with_its_writers_name() {
    let head = "<meta name=\"author\" content=\"Ada Rowe\"><meta property=\"og:site_name\" content=\"Ada Rowe | River Photos\">";
    assert_eq!(authors_at("https://adarowephotos.example/5", head, "", ""), ["Ada Rowe"]);
    let byline = "<p class=\"byline\"><a rel=\"author\" href=\"/ada\">Ada Rowe</a></p>";
    let head = "<meta property=\"og:site_name\" content=\"Ada Rowe\">";
    assert_eq!(authors_at("https://adarowe.example/5", head, byline, ""), ["Ada Rowe"], "printed");
    let pen_name = "<p><a rel=\"author\" href=\"/x\">Bếnsông</a></p>";
    assert_eq!(
        authors_at("https://bensong.blogs.example/5", "", pen_name, ""),
        ["Bếnsông"],
        "a user's place on a host"
    );
}

#[test]
fn a_person_counts_before_a_house_and_beside_it() {
    let staff = "<meta name=\"author\" content=\"River Weekly Staff\">";
    assert_eq!(authors(staff, "<p class=\"byline\"><a rel=\"author\" href=\"/a\">Ada Rowe</a></p>", ""), ["Ada Rowe"]);
    for beside in ["Ada Rowe, FRSA", "Ada Rowe | River Jobs", "Ada Rowe and the newsroom"] {
        assert_eq!(authors(&format!("<meta name=\"author\" content=\"{beside}\">"), "", ""), ["Ada Rowe"], "{beside}");
    }
    for firm in ["Nhà in Cồn Lau GmbH, Berlin, Germany", "Verein für Flüsse und Auen", "songnuoc.example Redaktion"]
    {
        assert!(authors(&format!("<meta name=\"author\" content=\"{firm}\">"), "", "").is_empty(), "{firm}");
    }
    assert!(authors("", "<p class=\"author\">The Harbour Team</p>", "").is_empty(), "several who sign as one");
}

#[test]
fn an_author_stands_in_a_row_and_in_a_page_of_any_name() {
    let row = "<div class=\"author-share-top\"><a class=\"author\">Lê Văn Mùa</a> <a href=\"/s\">Chia sẻ</a></div>";
    assert_eq!(authors("", row, ""), ["Lê Văn Mùa"]);
    let html = format!(
        "<html lang=\"vi\"><body class=\"sidebar-off comments-on\"><h1>{HEADLINE}</h1><style>p {{}}</style><span class=\"byline\"><style>'Open Sans'</style>Ada Rowe</span><div>{TEXT}</div></body></html>"
    );
    let read = sample::read("https://songnuoc.example/tin/5", "", &Hints::default(), &html);
    assert_eq!(read.authors, ["Ada Rowe"]);
    let parted = "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"author\":[{\"@type\":\"Person\",\"givenName\":\"Ada\",\"familyName\":\"Rowe\"}]}</script>";
    assert_eq!(authors(parted, "", ""), ["Ada Rowe"]);
    assert_eq!(
        authors("", "<p>Posted by Ada Rowe, Ben Tide and Cara Quay Lane of Sands</p>", ""),
        Vec::<String>::new(),
        "a sentence"
    );
    assert_eq!(authors("", "<p>Posted by Ada Rowe, Ben Tide, Cara Quay and Dan Weir Hook</p>", "").len(), 4);
}

#[test]
fn a_day_a_label_and_an_office_are_left_out_of_a_byline() {
    let bylines = [
        "<p class=\"byline\">Ada Rowe Friday 20 November 2026</p>",
        "<p class=\"byline\">Ada Rowe @adarowe</p>",
        "<p class=\"byline\">Story by Ada Rowe for The River Post</p>",
        "<p class=\"byline\">By Ada Rowe in Saltmarsh Quay</p>",
        "<dl><dt>Author</dt><dd>Ada Rowe</dd></dl>",
    ];
    for byline in bylines {
        assert_eq!(authors("", byline, ""), ["Ada Rowe"], "{byline}");
    }
    let vietnamese = [
        "<p class=\"author\">PV Lê Văn Mùa</p>",
        "<p class=\"author\">Lê Văn Mùa (Phòng Văn hóa - Thông tin)</p>",
        "<div class=\"b1\">Lê Văn Mùa - Thứ Sáu, 20/11/2026 08:47</div>",
        "<div class=\"b2\">20/11/2026 | Lê Văn Mùa</div>",
        "<p class=\"byline\">Bài, ảnh: Lê Văn Mùa</p>",
    ];
    for byline in vietnamese {
        assert_eq!(authors("", byline, ""), ["Lê Văn Mùa"], "{byline}");
    }
    for nobody in ["Default Author", "Staff Writer"] {
        assert!(authors(&format!("<meta name=\"author\" content=\"{nobody}\">"), "", "").is_empty(), "{nobody}");
    }
    assert_eq!(authors("<meta name=\"author\" content=\"Associated Press\">", "", ""), ["Associated Press"]);
}

#[test]
fn labels_and_names_may_stand_apart() {
    let bylines = [
        "<div><span>By</span><span>Ada Rowe</span></div>",
        "<div><p>By</p></div><div><p>Ada Rowe</p></div>",
        "<p>by: Ada Rowe, Nov 20, 2026</p>",
        "<ul><li>Autorin/Autor Ada Rowe</li></ul>",
        "<p>Written by Ada Rowe and photographed by Ben Tide</p>",
        "<p class=\"author\">Interview: Ada Rowe</p>",
    ];
    for byline in bylines {
        assert_eq!(authors("", byline, ""), ["Ada Rowe"], "{byline}");
    }
    assert_eq!(authors("", "<p>Thực hiện: Lê Văn Mùa - Đồ họa: Trần Bến</p>", ""), ["Lê Văn Mùa"]);
}

#[test]
fn previews_name_authors_and_sites_may_bear_their_names() {
    let preview =
        "<meta name=\"twitter:label1\" content=\"Written by\"><meta name=\"twitter:data1\" content=\"Ada Rowe\">";
    assert_eq!(authors(preview, "", ""), ["Ada Rowe"]);
    let time = preview.replace("Written by", "Reading time");
    assert!(authors(&time, "", "").is_empty());
    let own = "<meta property=\"og:site_name\" content=\"Ada Rowe\"><meta name=\"author\" content=\"ada rowe\">";
    assert_eq!(authors(own, "", ""), ["ada rowe"]);
}
