//! Headlines on pages whose first heading is not the headline.

use crate::extract::sample;
use crate::extract::sample::HEADLINE;
use crate::extract::sample::TEXT;
use crate::model::link::Hints;

/// Returns the headline of a page. `site` is the outlet's name.
fn title_at(url: &str, site: &str, head: &str, body: &str) -> String {
    let html = format!(
        "<html lang=\"vi\"><head>{head}</head><body><ul class=\"menu\"><li><a href=\"/\">Trang chủ</a></li><li><a href=\"/tin-xa\">Tin \
         trong xã</a></li></ul>{body}<div class=\"footer\"><p>Cổng thông tin xã Cồn Lau</p></div></body></html>"
    );
    sample::read(url, site, &Hints::default(), &html).title.map(|title| title.value).unwrap_or_default()
}

fn title(head: &str, body: &str) -> String {
    title_at("https://conlau.example/Pages/Doc.aspx?id=5", "", head, body)
}

#[test]
fn a_heading_of_the_frame_is_no_headline() {
    let plain = format!("<div class=\"t1\">{HEADLINE}</div>");
    let bodies = [
        format!("<div class=\"khung-title\"><b>Tin trong xã</b></div><div class=\"nd\">{plain}{TEXT}</div>"),
        format!("<h1>Tin trong xã</h1><div class=\"nd\">{plain}{TEXT}</div>"),
        format!(
            "<h1>Thăm dò ý kiến</h1><p>Chọn một</p><h1>Chi tiết tin</h1><article><h2>{HEADLINE}</h2>{TEXT}</article>"
        ),
        format!("<h1>Cổng thông tin xã Cồn Lau</h1><article><h2>{HEADLINE}</h2>{TEXT}</article>"),
        format!("<div class=\"banner\"><div class=\"news-title\">{HEADLINE}</div></div><div class=\"nd\">{TEXT}</div>"),
    ];
    for body in bodies {
        assert_eq!(title("<title>Chi tiết tin - Cổng thông tin xã Cồn Lau</title>", &body), HEADLINE, "{body}");
    }
}

#[test]
fn a_section_in_the_address_is_no_headline() {
    let menu = "<p><a href=\"https://conlau.example/nong-nghiep-nong-thon\">Nông nghiệp - Nông thôn</a></p>";
    let body =
        format!("{menu}<h2>Nông nghiệp - Nông thôn</h2><article><h3 class=\"title\">{HEADLINE}</h3>{TEXT}</article>");
    let url = "https://conlau.example/nong-nghiep-nong-thon/-/content/id/3045";
    assert_eq!(title_at(url, "", "<title>Nông nghiệp - Nông thôn</title>", &body), HEADLINE);
}

#[test]
fn what_else_stands_in_a_heading_is_no_part_of_the_headline() {
    let headings = [
        format!("<small>Giao thông</small>{HEADLINE}"),
        format!("{HEADLINE}<small>Niềm vui của dân hai bờ</small>"),
        format!("<span class=\"kicker\">Giao thông</span><span>{HEADLINE}</span>"),
        format!("{HEADLINE} <time>20/11/2026</time>"),
        format!("{HEADLINE} <span>(2026-11-20T08:00:00Z)</span>"),
        format!("‹ {HEADLINE}"),
        format!("<ruby>{HEADLINE}<rp>(</rp><rt>a</rt><rp>)</rp></ruby>"),
    ];
    for heading in headings {
        let body = format!("<article><h1>{heading}</h1>{TEXT}</article>");
        assert_eq!(title("<title>Xã Cồn Lau</title>", &body), HEADLINE, "{heading}");
    }
    let named = format!("<article><h1><span>Giao thông</span><span>{HEADLINE}</span></h1>{TEXT}</article>");
    assert_eq!(title(&format!("<meta property=\"og:title\" content=\"{HEADLINE}\">"), &named), HEADLINE);
}

#[test]
fn the_sites_name_is_no_part_of_the_headline() {
    let body = format!("<div class=\"nd\"><div class=\"date\">20/11/2026</div>{TEXT}</div>");
    let heads = [
        format!("<title>{HEADLINE} - Cổng thông tin xã Cồn Lau</title>"),
        format!("<title>Cổng thông tin xã Cồn Lau - {HEADLINE}</title>"),
        format!("<title>Trang chủ - Tin trong xã | {HEADLINE}</title>"),
        format!("<title>Đò Dọc: {HEADLINE}</title><meta property=\"og:site_name\" content=\"Đò Dọc\">"),
        format!("<title>{HEADLINE} | Báo điện tử Sông Nước</title>"),
    ];
    for head in heads {
        assert_eq!(title(&head, &body), HEADLINE, "{head}");
    }
    let head = format!("<title>{HEADLINE} - Nhịp sống Cồn Lau</title>");
    let named = title_at("https://conlau.example/Pages/Doc.aspx?id=5", "Nhịp sống Cồn Lau", &head, &body);
    assert_eq!(named, HEADLINE, "the portal's own name is known");
}

#[test]
fn what_only_looks_like_a_name_stays() {
    let page = |heading: &str| format!("<article><h1>{heading}</h1>{TEXT}</article>");
    for heading in ["Đổi mới - sáng tạo: Cồn Lau sau một năm", "Nhật ký bến phà: đếm thuyền (20/11/2026)"]
    {
        assert_eq!(title(&format!("<title>{heading}</title>"), &page(heading)), heading);
    }
    // The page's own lists link to short headlines, with or without a slash.
    let body = format!(
        "<article><p class=\"Title\">Bến phà mở</p>{TEXT}</article><ul><li><a href=\"/ben-pha-mo\">Bến phà mở</a></li></ul>"
    );
    assert_eq!(
        title_at("https://conlau.example/ben-pha-mo/", "", "<title>Cổng thông tin xã Cồn Lau</title>", &body),
        "Bến phà mở"
    );
    // The first line of the text is not the headline.
    let bare = format!("<div class=\"nd\">{TEXT}</div>");
    assert_eq!(title(&format!("<title>{HEADLINE} - Cổng thông tin xã Cồn Lau</title>"), &bare), HEADLINE);
}

#[test]
fn the_headline_of_a_decree_is_long() {
    let decree = "Nghị quyết về việc bổ sung một số chính sách thuộc chương trình giữ bến phà và làm đường ven sông của huyện Lam Mộc giai đoạn \
                  2026 - 2030 ban hành kèm theo Nghị quyết số 12/2026/NQ-HĐND ngày 20 tháng 11 năm 2026 của Hội đồng nhân dân huyện";
    let head = "<title>Trang thông tin điện tử huyện Lam Mộc - Tỉnh Cồn Lau</title>";
    let body = format!("<table><tr><td><p class=\"Title\">{decree}</p></td></tr><tr><td>{TEXT}</td></tr></table>");
    assert_eq!(title(head, &body), decree);
}

#[test]
fn the_end_of_a_heading_that_is_said_is_the_headline() {
    let said = format!("<title>Xã Cồn Lau</title><meta property=\"og:title\" content=\"{HEADLINE}\">");
    for kicker in ["Giao thông - ", "20 Tháng 11 2026 ", "Cầu mới: "] {
        let body = format!("<article><h1>{kicker}{HEADLINE}</h1>{TEXT}</article>");
        assert_eq!(title(&said, &body), HEADLINE, "{kicker}");
    }
    let block = format!(
        "<h1 class=\"article-title\"><span class=\"article-title__overline\">Giao thông</span> <span>{HEADLINE}</span></h1>"
    );
    assert_eq!(title("<title>Xã Cồn Lau</title>", &format!("<article>{block}{TEXT}</article>")), HEADLINE);
}

#[test]
fn a_page_may_be_called_as_the_menu_calls_it() {
    let body = format!("<div class=\"ct\"><h2>Tin trong xã</h2><div class=\"nd\">{TEXT}</div></div>");
    assert_eq!(title("<title>Tin trong xã - Liên hiệp thanh niên xã</title>", &body), "Tin trong xã");
}

#[test]
fn the_head_of_a_list_is_no_headline() {
    let file = "<p><a href=\"/tep/danh-sach.pdf\">Danh sách hộ nhận giống lúa mùa.pdf</a></p>";
    let body =
        format!("<div class=\"ct\"><h2>{HEADLINE}</h2>{file}</div><h2>Tin cùng mục</h2><ul><li>Bài khác</li></ul>");
    assert_eq!(title("<title>Công khai</title>", &body), HEADLINE);
}

#[test]
fn the_owner_of_the_site_and_its_rubric_are_no_part_of_a_headline() {
    let foot = "<p>© 2026 Bến Sông Xanh. Mọi quyền được bảo lưu.</p>";
    let page = format!("<title>{HEADLINE} - Bến Sông Xanh</title>");
    assert_eq!(
        title(&page, &format!("<h1>Bến Sông Xanh</h1><article><h2>{HEADLINE}</h2>{TEXT}</article>{foot}")),
        HEADLINE
    );
    assert_eq!(title(&page, &format!("<div class=\"nd\">{TEXT}</div>{foot}")), HEADLINE, "no heading");
    let paper = format!("<title>{HEADLINE} - Giao thông - Báo Cồn Lau điện tử</title>");
    assert_eq!(title(&paper, &format!("<div class=\"nd\">{TEXT}</div>")), HEADLINE, "a rubric");
    let named = format!("<title>{HEADLINE} | Sông Nước</title><meta property=\"og:site_name\" content=\"Sông Nước\">");
    let body = format!("<article><h1>{HEADLINE} | Sông Nước</h1>{TEXT}</article>");
    assert_eq!(title(&named, &body), HEADLINE, "in the heading");
}

#[test]
fn a_badge_or_a_tool_in_a_heading_is_left_out_where_title_says_so() {
    let page = format!("<title>{HEADLINE} - Cổng thông tin xã Cồn Lau</title>");
    for heading in [
        format!("<span class=\"badge\">Video</span> {HEADLINE}"),
        format!("{HEADLINE} <a href=\"?in=1\">In trang</a>"),
        format!("{HEADLINE}<span>Mới</span>"),
    ] {
        assert_eq!(title(&page, &format!("<article><h1>{heading}</h1>{TEXT}</article>")), HEADLINE, "{heading}");
    }
}

#[test]
fn the_whole_article_may_stand_in_a_place_that_is_called_a_foot() {
    let page = format!("<title>{HEADLINE} - Cổng thông tin xã Cồn Lau</title>");
    assert_eq!(title(&page, &format!("<div class=\"footer-top\"><h1>{HEADLINE}</h1>{TEXT}</div>")), HEADLINE);
}

#[test]
fn a_headline_that_its_editor_broke_is_one() {
    let broken = HEADLINE.replacen("chạy lại", "<br>chạy lại", 1);
    let body = format!("<div><h2>{broken}</h2>{TEXT}</div>");
    assert_eq!(title("<title>Xã Cồn Lau</title>", &body), HEADLINE);
    let kicker = format!("<div><h2><span class=\"kicker\">Giao thông</span><br>{HEADLINE}</h2>{TEXT}</div>");
    assert_eq!(title("<title>Xã Cồn Lau</title>", &kicker), HEADLINE);
}

#[test]
fn what_stands_behind_a_headline_in_its_heading_is_left_out() {
    let head = format!("<title>{HEADLINE} - Cồn Lau</title><meta property=\"og:title\" content=\"{HEADLINE}\">");
    for heading in [
        format!("{HEADLINE} <a href=\"/x\">(songnuoc.example)</a> <span>14</span>"),
        format!("<b>{HEADLINE}</b><em>Nghe</em><em>Lưu bài</em>"),
    ] {
        assert_eq!(title(&head, &format!("<article><h1>{heading}</h1>{TEXT}</article>")), HEADLINE, "{heading}");
    }
}

#[test]
fn the_only_heading_far_above_the_text_is_the_headline() {
    let between: String = (0..30).map(|n| format!("<p><a href=\"#p{n}\">Phần {n}</a></p>")).collect();
    let body = format!("<h1>{HEADLINE}</h1><div>{between}</div><article>{TEXT}</article>");
    let said = "<title>Vì sao bến phà Cồn Lau chạy lại | Sông Nước</title>\
        <meta property=\"og:title\" content=\"Vì sao bến phà Cồn Lau chạy lại\">";
    assert_eq!(title(said, &body), HEADLINE);
}

#[test]
fn parts_of_the_page_have_titles_that_are_no_headlines() {
    for part in ["<h2 class=\"module-title\">Đời sống ven sông</h2>", "<h3>Thống kê truy cập</h3>"] {
        let body = format!("{part}<div class=\"x\"><p class=\"tieu-de\">{HEADLINE}</p>{TEXT}</div>");
        assert_eq!(title("<title>Xã Cồn Lau</title>", &body), HEADLINE, "{part}");
    }
}

#[test]
fn a_plain_line_with_the_words_of_the_address_is_the_headline() {
    let about = "<div><h3>Giới thiệu</h3><p>Xã Cồn Lau nằm giữa hai nhánh sông, có chín ấp và ngôi chợ nổi họp từ lúc trời còn tối.</p>\
        <p>Dân trong xã trồng dừa, nuôi cá bè và đan cói, mỗi năm cúng đình hai kỳ vào tháng ba và tháng chạp.</p></div>";
    let notice =
        format!("<div class=\"a\"><div class=\"b\">{HEADLINE}</div><div class=\"c\">Phà chạy từ sáng mai.</div></div>");
    let url = "https://conlau.example/ben-pha-con-lau-chay-lai-sau-ba-nam";
    assert_eq!(title_at(url, "", "<title>Xã Cồn Lau</title>", &format!("{about}{notice}")), HEADLINE);
}

#[test]
fn a_topic_before_a_colon_stays_though_the_frame_names_it() {
    let headline = format!("Chuyện sông nước: {HEADLINE}");
    let body = format!("<h1>{headline}</h1><article>{TEXT}</article><footer><p>Chuyện sông nước</p></footer>");
    assert_eq!(title(&format!("<title>{headline} - Cồn Lau</title>"), &body), headline);
}
