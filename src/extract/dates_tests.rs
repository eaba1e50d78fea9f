//! Dates on pages: where they are, which are machine-readable, and which of several counts.

use crate::extract::sample;
use crate::extract::sample::HEADLINE;
use crate::extract::sample::TEXT;
use crate::model::article::Extracted;
use crate::model::link::Hints;
use crate::text::date;
use crate::text::date::Precision;

fn read_in(language: &str, head: &str, above: &str, hints: &Hints) -> Extracted {
    let html = format!(
        "<html lang=\"{language}\"><head>{head}</head><body><article><h1>{HEADLINE}</h1>{above}<div class=\"nd\">{TEXT}</div></article></body></html>"
    );
    sample::read("https://conlau.example/tin/5", "", hints, &html)
}

/// Returns when a page was published and changed, to the precision that it shows.
fn dates(head: &str, above: &str) -> (String, String) {
    let read = read_in("vi", head, above, &Hints::default());
    let plain = |dated: Option<&date::Dated>| {
        dated.map_or_else(String::new, |dated| {
            let length = if dated.precision == Precision::Day { 10 } else { 16 };
            date::rfc3339(dated.at)[..length].to_owned()
        })
    };
    (plain(read.published.as_ref().map(|field| &field.value)), plain(read.modified.as_ref().map(|field| &field.value)))
}

#[test]
fn a_date_in_the_head_counts_whatever_its_place_is_called() {
    let heads = [
        "<aside><time datetime=\"2026-11-20\">20/11/2026</time></aside>",
        "<div class=\"card-footer\"><span class=\"ngay\">20/11/2026</span></div>",
        "<div class=\"side-info\"><p>20/11/2026</p></div>",
        "<ul><li><b>Datum:</b> 20.11.2026</li><li>Cồn Lau</li></ul>",
        "<h3>Dân hai bờ chờ đã ba năm, nay xe và người lại qua sông mỗi ngày hai mươi lượt.</h3><p>Lê Văn Mùa</p><p>20/11/2026</p>",
        "<div>thứ sáu, 20 11, 2026</div>",
    ];
    for head in heads {
        assert_eq!(dates("", head).0, "2026-11-20", "{head}");
    }
    let related = "<div class=\"related\"><a href=\"/a\">Một bài khác của cùng chuyên mục</a> <span class=\"date\">20/11/2026</span></div>";
    assert_eq!(dates("", related).0, "", "another article's");
}

#[test]
fn two_printed_dates_are_of_publication_and_change() {
    let lines = [
        "20/11/2026 07:00 (Cập nhật: 21/11/2026 08:30)",
        "Cập nhật: 21/11/2026 08:30 | Đăng: 20/11/2026 07:00",
        "Ngày tạo: 20/11/2026 07:00; Ngày cập nhật: 21/11/2026 08:30",
    ];
    for line in lines {
        let expected = ("2026-11-20T07:00".to_owned(), "2026-11-21T08:30".to_owned());
        assert_eq!(dates("", &format!("<div class=\"info\">{line}</div>")), expected, "{line}");
    }
    assert_eq!(dates("", "<div class=\"info\">Cập nhật: 21/11/2026 08:30</div>").0, "2026-11-21T08:30", "the only one");
}

#[test]
fn nothing_is_changed_before_it_is_published() {
    let head = "<meta property=\"article:modified_time\" content=\"2019-01-01T00:00:00+07:00\">";
    assert_eq!(
        dates(head, "<time datetime=\"2026-11-20\">20/11/2026</time>"),
        ("2026-11-20".to_owned(), String::new())
    );
}

#[test]
fn metas_of_any_name_that_says_it_are_read() {
    for name in ["x-published-date", "published", "vendor.pubdate", "release_date", "article-created-at"] {
        assert_eq!(dates(&format!("<meta name=\"{name}\" content=\"2026-11-20\">"), "").0, "2026-11-20", "{name}");
    }
    for name in ["event-date", "expires", "date-format"] {
        assert_eq!(dates(&format!("<meta name=\"{name}\" content=\"2026-11-20\">"), "").0, "", "{name}");
    }
}

#[test]
fn what_is_printed_corrects_what_is_said_for_machines() {
    let printed = "<time itemprop=\"datePublished\" datetime=\"2026-11-20\">20/11/2026</time>";
    assert_eq!(
        dates("<meta name=\"date\" content=\"2026-10-02T08:00:00+07:00\">", printed).0,
        "2026-11-20",
        "a vague name"
    );
    let json = |value: &str| {
        format!(
            "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"datePublished\":\"{value}\"}}</script>"
        )
    };
    let shown = |text: &str| format!("<span class=\"date\">{text}</span>");
    assert_eq!(dates(&json("2026-11-20"), &shown("20/11/2026 07:05")).0, "2026-11-20T07:05", "the minute");
    assert_eq!(dates(&json("2026-11-19T18:30:00Z"), &shown("20/11/2026")).0, "2026-11-20T01:30", "the day here");
    assert_eq!(dates(&json("2026-11-05T10:00:00+07:00"), &shown("20/11/2026")).0, "2026-11-05T10:00", "another day");
    let abroad =
        read_in("de", &json("2026-11-19T23:30:00Z"), &shown("20. November 2026"), &Hints::default()).published.unwrap();
    assert_eq!(
        (date::rfc3339(abroad.value.at).get(..10), abroad.value.precision),
        (Some("2026-11-20"), Precision::Day)
    );
}

/// Reads an article that prints a text as its date, with a date from the source.
fn dated(printed: &str, hint: &str) -> Extracted {
    let hints = Hints { date: date::read_value(hint, date::DateOrder::DayFirst), ..Hints::default() };
    read_in("vi", "", &format!("<span class=\"date\">{printed}</span>"), &hints)
}

fn day(extracted: &Extracted) -> Option<String> {
    extracted.published.as_ref().map(|published| date::rfc3339(published.value.at))
}

#[test]
fn the_page_tells_which_number_of_a_sources_date_is_the_day() {
    let check = |printed: &str, hint: &str, expect: &str| {
        assert_eq!(day(&dated(printed, hint)).as_deref(), Some(expect), "{printed}, {hint}");
    };
    check("05/03/2019", "03/05/2019 08:15", "2019-03-05T08:15:00+07:00");
    check("05/03/2019", "05/03/2019 08:15", "2019-03-05T08:15:00+07:00");
    check("05/03/2019", "03/06/2019 08:15", "2019-03-05T00:00:00+07:00");
    check("05/03/2019 10:00", "03/05/2019 08:15", "2019-03-05T10:00:00+07:00");
    check("05/03/2019", "03/05/2019", "2019-03-05T00:00:00+07:00");
}

#[test]
fn a_record_tells_of_a_zone_that_is_not_known() {
    let told = |extracted: &Extracted| extracted.warnings.iter().filter(|warning| warning.contains("zone")).count();
    let of_page = dated("2019-03-05T10:00:00 XYZ", "");
    assert_eq!((day(&of_page).as_deref(), told(&of_page)), (Some("2019-03-05T00:00:00+07:00"), 1));
    let of_hint = dated("", "Tue, 05 Mar 2019 10:00:00 AST");
    assert_eq!((day(&of_hint).as_deref(), told(&of_hint)), (Some("2019-03-05T00:00:00+07:00"), 1));
    let known = dated("2019-03-05T10:00:00+07:00", "Tue, 05 Mar 2019 10:00:00 BST");
    assert_eq!((day(&known).as_deref(), told(&known)), (Some("2019-03-05T10:00:00+07:00"), 0));
}

#[test]
fn the_date_of_a_teaser_is_not_the_articles() {
    let boxes = [
        "<div class=\"c1\"><a href=\"/a\"><h4>Trường mầm non xóm Bưởi đón lớp học mới</h4></a><time datetime=\"2026-11-20\">20/11/2026</time></div>",
        "<div class=\"c2\"><a href=\"/b\"><small class=\"date\">20/11/2026</small><h3>Trường mầm non xóm Bưởi đón lớp học mới</h3><p>Lớp học có ba mươi lăm cháu, cô giáo là người trong xóm.</p></a></div>",
        "<div class=\"c3\"><h4><a href=\"/c\">Trường mầm non xóm Bưởi <b>đón</b> lớp học mới</a></h4><span class=\"date\">20/11/2026</span><h4><a href=\"/d\">Hợp tác xã chè xuất chuyến hàng đầu</a></h4><span class=\"date\">18/11/2026</span></div>",
    ];
    for teaser in boxes {
        let html = format!("<h1>{HEADLINE}</h1><div class=\"nd\">{TEXT}</div><h3>Mới</h3>{teaser}");
        let read = sample::read("https://conlau.example/tin/5", "", &Hints::default(), &html);
        assert_eq!(day(&read), None, "{teaser}");
    }
    let own = "<p class=\"meta\"><a href=\"/tin/5\">Đăng ngày 20 tháng 11 năm 2026</a> <time datetime=\"2026-11-20\">20/11/2026</time></p>";
    let html = format!("<div>{own}</div><h1>{HEADLINE}</h1><div class=\"nd\">{TEXT}</div>");
    let read = sample::read("https://conlau.example/tin/5", "", &Hints::default(), &html);
    assert!(day(&read).is_some(), "a date that is a link to its own article");
}

#[test]
fn a_date_counts_behind_a_list_of_links() {
    let links: String =
        (0..7).map(|n| format!("<li><a href=\"/{n}\">Bài khác thứ {n} của chuyên mục này</a></li>")).collect();
    let html = format!(
        "<article><h1>{HEADLINE}</h1><div class=\"nd\">{TEXT}</div><h4>Xem thêm</h4><ul>{links}</ul><span class=\"ngay\">20/11/2026 07:05</span></article>"
    );
    let read = sample::read("https://conlau.example/tin/5", "", &Hints::default(), &html);
    assert_eq!(day(&read).as_deref(), Some("2026-11-20T07:05:00+07:00"));
}

#[test]
fn the_moment_of_the_visit_is_not_the_articles_date() {
    let json = "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"datePublished\":\"2026-11-29T10:12:00+07:00\"}</script>";
    let page = |head: &str, today: &str| {
        let html = format!(
            "<head>{json}{head}</head><p>{today}</p><ul><li><a href=\"/\">Trang chủ</a></li></ul><article><h1>{HEADLINE}</h1><span class=\"ngay\">20/11/2026</span><div class=\"nd\">{TEXT}</div></article>"
        );
        day(&sample::read("https://conlau.example/tin/5", "", &Hints::default(), &html)).unwrap()[..10].to_owned()
    };
    let meta = "<meta property=\"article:published_time\" content=\"2026-11-20T08:00:00+07:00\">";
    assert_eq!(page(meta, ""), "2026-11-20", "of two days for machines that which is shown");
    assert_eq!(page("", "Chủ nhật, ngày 29/11/2026"), "2026-11-20", "today's date in the head");
    assert_eq!(page("", ""), "2026-11-29", "nothing speaks against it");
}

#[test]
fn dates_stand_in_the_foot_the_facts_and_beside_other_words() {
    let page = |article: &str, behind: &str| {
        let html = format!("<html lang=\"vi\"><body>{article}{behind}</body></html>");
        let read = sample::read("https://conlau.example/tin/5", "", &Hints::default(), &html);
        read.published.map(|field| date::rfc3339(field.value.at)[..10].to_owned())
    };
    let body = format!("<div class=\"nd\">{TEXT}</div>");
    let found = [
        format!(
            "<article><h1>{HEADLINE}</h1>{body}<footer><span class=\"ngay\">Đăng ngày 20/11/2026</span></footer></article>"
        ),
        format!(
            "<article><h1>{HEADLINE}</h1>{body}<ul><li><b>Date</b> 20/11/2026</li><li><b>Bởi</b> Lê Văn Mùa</li></ul></article>"
        ),
        format!("<article><h1>{HEADLINE} <span>(2026-11-20T05:00:00Z)</span></h1>{body}</article>"),
        format!(
            "<article><h1>{HEADLINE}</h1><div class=\"nd\"><p>Cồn Lau (20/11/2026) - Phà chạy lại từ sáng sớm nay, sau ba năm dân hai bờ chờ.</p>{TEXT}</div></article>"
        ),
        format!(
            "<article><h1>{HEADLINE}</h1><p>20/11/2026 <a href=\"/xa\">Cồn Lau</a>, <a href=\"/huyen\">Lam Mộc</a></p>{body}</article>"
        ),
    ];
    for article in found {
        assert_eq!(page(&article, &format!("<div>{TEXT}{TEXT}</div>")).as_deref(), Some("2026-11-20"), "{article}");
    }
    let other = format!("<article><h1>{HEADLINE}</h1>{body}</article>");
    assert_eq!(page(&other, "<footer><p>20/11/2026</p></footer>"), None, "the foot of the page");
}

#[test]
fn an_instant_of_utc_has_the_day_that_the_page_shows_with_its_minute() {
    let head = "<meta property=\"article:published_time\" content=\"2026-11-20T02:30:00Z\">";
    let read = read_in("en", head, "<time>November 19, 2026, 9:30 PM</time>", &Hints::default());
    let published = read.published.map(|field| date::rfc3339_as_published(&field.value));
    assert_eq!(published.as_deref(), Some("2026-11-19T21:30:00-05:00"));
}

#[test]
fn what_the_head_says_counts_before_elements_that_other_articles_have_too() {
    let head = "<meta property=\"article:published_time\" content=\"2026-11-20T07:00:00+07:00\">";
    let above = "<span itemprop=\"datePublished\" content=\"2026-11-24\"></span><p>24/11/2026</p>";
    assert_eq!(dates(head, above).0, "2026-11-20T07:00");
}

#[test]
fn a_date_of_change_is_worth_less_than_one_without_a_label() {
    let above = "<p>Lê Văn Mùa | 20/11/2026</p><p>Cập nhật: 24/11/2026</p>";
    assert_eq!(dates("", above).0, "2026-11-20");
}

#[test]
fn a_line_dates_an_article_with_a_label_beside_other_words() {
    for line in [
        "Đăng lúc 07:00 ngày 20/11/2026, cập nhật lúc 08:30 ngày 21/11/2026",
        "Posted 20 November 2026 in News",
        "Ngày đăng: 20/11/2026 | Lượt xem: 1.203",
    ] {
        assert_eq!(dates("", &format!("<p>{line}</p>")).0[..10], *"2026-11-20", "{line}");
    }
    for none in ["Hôm nay: Thứ sáu, 20/11/2026", "Quyết định có hiệu lực từ ngày 20/11/2026."] {
        assert_eq!(dates("", &format!("<p>{none}</p>")).0, "", "{none}");
    }
    let changed = "<time datetime=\"2026-11-20T07:00:00+07:00\">20/11</time>\
        <time class=\"updated\" datetime=\"2026-11-21T08:30:00+07:00\">21/11</time>";
    assert_eq!(dates("", changed), ("2026-11-20T07:00".to_owned(), "2026-11-21T08:30".to_owned()));
}

#[test]
fn a_moment_in_the_articles_head_stands_for_that_of_a_program() {
    let head = "<script type=\"application/ld+json\">{\"@type\":\"NewsArticle\",\"datePublished\":\"2026-12-29T10:00:00+07:00\"}</script>";
    assert_eq!(dates(head, "<div class=\"pub\">Thứ Sáu, 20/11/2026 14:05</div>").0, "2026-11-20T14:05");
}
