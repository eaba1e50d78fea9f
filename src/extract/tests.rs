//! Small invented pages for what the readers promise.

use super::*;
use crate::model::article::Block;
use crate::model::article::PageKind;
use crate::text::date;

const TEXT: &str = "<p>Sáng 5/3, Ủy ban nhân dân huyện tổ chức hội nghị tổng kết công tác năm 2018 và triển khai nhiệm vụ năm 2019, \
    với hơn 150 đại biểu tham dự tại hội trường huyện.</p>\
    <p>Báo cáo tại hội nghị cho biết, tổng giá trị sản xuất đạt 4.250 tỷ đồng, tăng 7,2% so với năm trước; thu ngân sách vượt 12% kế \
    hoạch được giao từ đầu năm.</p>\
    <p>Phát biểu kết luận, đồng chí Chủ tịch yêu cầu các xã, thị trấn tập trung giải ngân vốn đầu tư công, chăm lo đời sống nhân dân \
    trong dịp giáp hạt.</p>";

const MENU: &str = "<ul class=\"menu\"><li><a href=\"/\">Trang chủ</a></li><li><a href=\"/gioi-thieu\">Giới thiệu</a></li>\
    <li><a href=\"/tin-tuc\">Tin tức sự kiện</a></li></ul>";

fn read_at(url: &str, html: &str) -> Extracted {
    read_by(&[], url, html)
}

fn read_by(rules: &[&ArticleRules], url: &str, html: &str) -> Extracted {
    let (url, hints) = (PageUrl::parse(url).unwrap(), Hints::default());
    let input = Input {
        url: &url,
        document: &Document::new(html.as_bytes(), None),
        hints: &hints,
        site: "",
        explain: false,
        memory: None,
        learn: false,
    };
    extract(input, rules)
}

fn read_page(html: &str) -> Extracted {
    read_at("https://huyen.example.gov.vn/hoi-nghi-tong-ket-nam-2018", html)
}

fn article(head: &str, above: &str, below: &str) -> Extracted {
    read_page(&format!(
        "<html><head><title>Cổng thông tin huyện</title>{head}</head><body>{MENU}<h1>Tin tức</h1><div class=\"detail\">\
         <div class=\"title\">Hội nghị tổng kết năm 2018</div>{above}<div class=\"noidung\">{TEXT}{below}</div></div>\
         <div class=\"footer\">Bản quyền thuộc về huyện. Điện thoại: 0211 123 456</div></body></html>"
    ))
}

fn texts(extracted: &Extracted) -> Vec<&str> {
    let text = |block: &'_ Block| matches!(block, Block::Paragraph { .. } | Block::Heading { .. });
    let blocks = extracted.blocks.iter().filter(|block| text(block));
    blocks
        .filter_map(|block| match block {
            Block::Paragraph { text, .. } | Block::Heading { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

fn title(extracted: &Extracted) -> &str {
    &extracted.title.as_ref().unwrap().value
}

fn day(extracted: &Extracted) -> Option<String> {
    extracted.published.as_ref().map(|field| date::rfc3339(field.value.at))
}

#[test]
fn the_headline_is_neither_the_sites_name_nor_a_portlets() {
    let read = article("", "<span class=\"date\">Ngày đăng: 05/03/2019 08:30</span>", "");
    assert_eq!(title(&read), "Hội nghị tổng kết năm 2018");
    assert_eq!(day(&read).as_deref(), Some("2019-03-05T08:30:00+07:00"));
    assert_eq!(texts(&read).len(), 3);
}

#[test]
fn what_stands_bare_before_the_body_is_no_part_of_it() {
    let html = format!(
        "<h1>Hội nghị tổng kết năm 2018</h1><time>5/3/2019</time> <span>Văn hóa</span><div class=\"than\">{TEXT}</div>"
    );
    let mut rules = ArticleRules::default();
    rules.body.push(crate::html::select::Candidate::parse("div.than", None).unwrap());
    let read = read_by(&[&rules], "https://x.example/1", &html);
    assert!(
        matches!(read.blocks.first(), Some(Block::Paragraph { text, .. }) if text.starts_with("Sáng 5/3")),
        "{:?}",
        read.blocks
    );
}

/// Rules that name `div.than` for the body, `.ngay` for the date and `h2` for the headline.
fn rules(of_family: bool) -> ArticleRules {
    let place = |css: &str| vec![crate::html::select::Candidate::parse(css, None).unwrap()];
    ArticleRules {
        of_family,
        body: place("div.than"),
        date: place(".ngay"),
        title: place("h2"),
        ..ArticleRules::default()
    }
}

fn first_text(read: &Extracted) -> &str {
    texts(read).first().copied().unwrap_or_default()
}

#[test]
fn of_a_familys_rules_what_the_page_does_not_bear_out_is_not_believed() {
    let (family, portal) = (rules(true), rules(false));
    let read = |rules: &ArticleRules, html: &str| read_by(&[rules], "https://x.example/1", html);
    let head = "<h1>Hội nghị tổng kết năm 2018</h1><p class=\"date\">Ngày đăng: 05/03/2019</p>";
    let teaser = "<div class=\"than\">Một tin khác của huyện</div>";
    // This theme gives its teasers the name that another gives the body.
    for html in [
        format!("{teaser}{teaser}{head}<div>{TEXT}</div>"),
        format!(
            "{head}<div>{}</div><div class=\"than\">Thị trấn họp</div>",
            TEXT.repeat(3).replace("Sáng 5/3", "Sáng 5/3 (lại)")
        ),
    ] {
        assert!(first_text(&read(&family, &html)).starts_with("Sáng 5/3"), "{html}");
        assert!(!first_text(&read(&portal, &html)).starts_with("Sáng 5/3"), "a portal's own are taken at their word");
    }
    // Only the text inside the body's element counts.
    let related = "<div class=\"related\"><a href=\"/2\">Tin khác của huyện</a> <a href=\"/3\">Tin nữa</a></div>";
    let whole = format!("{head}<div class=\"than\">{TEXT}{related}{}</div>", TEXT.replace("hội nghị", "cuộc họp"));
    let shows = |rules: &ArticleRules| texts(&read(rules, &whole)).iter().any(|text| text.contains("Tin khác"));
    assert_eq!((shows(&family), shows(&portal)), (false, true));
    // Family rules may match a short notice, however much is next to it.
    let notice = format!("{head}<div class=\"than\"><p>Xã nghỉ Tết từ mùng một.</p></div>");
    assert_eq!(first_text(&read(&family, &notice)), "Xã nghỉ Tết từ mùng một.");
}

#[test]
fn a_familys_rule_that_finds_several_dates_or_none_leaves_the_question_open() {
    let (family, portal) = (rules(true), rules(false));
    let day = |rules: &ArticleRules, html: &str| {
        let read = read_by(&[rules], "https://x.example/1", html);
        read.published.map(|date| date::rfc3339(date.value.at)[..10].to_owned())
    };
    let head = "<h2>Hội nghị tổng kết năm 2018</h2><p class=\"date\">Ngày đăng: 05/03/2019</p>";
    let none = format!("{head}<div class=\"than\">{TEXT}</div>");
    assert_eq!((day(&family, &none).as_deref(), day(&portal, &none)), (Some("2019-03-05"), None));
    let teasers = "<span class=\"ngay\">01/01/2019</span><span class=\"ngay\">02/01/2019</span>";
    let several = format!("{teasers}{head}<div class=\"than\">{TEXT}</div>");
    assert_eq!(day(&family, &several).as_deref(), Some("2019-03-05"));
    assert_eq!(day(&portal, &several).as_deref(), Some("2019-01-01"));
}

#[test]
fn an_unknown_date_stays_unknown() {
    let read = article("", "", "");
    assert_eq!(read.published, None, "dates in the text are not the article's");
    let clock = "<div class=\"clock\">Thứ Ba, ngày 24/11/2026</div>";
    let read = read_page(&format!("<body>{clock}<h1>Hội nghị tổng kết năm 2018</h1>{TEXT}</body>"));
    assert_eq!(read.published, None, "nor is the visitor's");
    let head = "<header><div>Thị xã Mẫu</div><span class=\"current-time\">Thứ sáu, 04/07/2025, 08:15</span></header>";
    let own = "<div><span class=\"h5\">Thứ hai - 07/04/2025 14:10</span></div>";
    let read = read_page(&format!("<body>{head}<h1>Hội nghị tổng kết năm 2018</h1>{own}{TEXT}</body>"));
    assert_eq!(read.published.map(|date| date::rfc3339(date.value.at)).as_deref(), Some("2025-04-07T14:10:00+07:00"));
}

#[test]
fn json_ld_is_read_through_escapes_and_graphs() {
    let json = r#"<script type="application/ld+json">{"@graph":[{"@type":"NewsArticle","headline":"Hội nghị &amp;quot;tổng kết&amp;quot; năm 2018",
        "datePublished":"2019-03-05T08:30:00+07:00","author":{"@type":"Person","name":"Nguyễn Thị Lan"}}]}</script>"#;
    let page = format!("<head>{json}</head><body><h1>Hội nghị \"tổng kết\" năm 2018</h1>{TEXT}</body>");
    let read = read_page(&page);
    assert_eq!(title(&read), "Hội nghị \"tổng kết\" năm 2018");
    assert_eq!(day(&read).as_deref(), Some("2019-03-05T08:30:00+07:00"));
    assert_eq!(read.authors, ["Nguyễn Thị Lan"]);
}

#[test]
fn json_ld_with_a_wrong_sign_is_read() {
    for wrong in ["\\ud83d", "\\ude00\\ud83d", "\\x41\\'", "\n\u{1}", "\"hai\" từ", "x\", \"n\": NaN, \"z\": \"y"] {
        let json = format!(
            "{{\"@type\":\"NewsArticle\",\"description\":\"{wrong}\",\"datePublished\":\"2019-03-05T08:30:00+07:00\",}}"
        );
        let page = format!(
            "<head><script type='application/ld+json'>/*<![CDATA[*/{json}/*]]>*/</script></head><body><h1>Tin</h1>{TEXT}</body>"
        );
        assert_eq!(day(&read_page(&page)).as_deref(), Some("2019-03-05T08:30:00+07:00"), "{wrong}");
    }
}

#[test]
fn a_publisher_is_no_author() {
    let head = "<meta name=\"author\" content=\"Cổng thông tin huyện\"><meta property=\"article:publisher\" content=\"Huyện\">";
    assert_eq!(article(head, "", "").authors, Vec::<String>::new());
}

#[test]
fn last_lines_are_byline_and_source_and_tails_are_dropped() {
    let below = "<p style=\"text-align:right\"><b>Tin, ảnh: Hồng Vân</b></p><p>Theo: baodaknong.org.vn</p>\
        <div>Các tin khác</div><ul><li><a href=\"/a\">Huyện đoàn ra quân tháng thanh niên năm 2019</a></li></ul>";
    let read = article("", "", below);
    assert_eq!(read.byline.as_ref().unwrap().value, "Tin, ảnh: Hồng Vân");
    assert_eq!(read.authors, ["Hồng Vân"]);
    assert_eq!(read.credit.as_ref().unwrap().value.outlet.as_deref(), Some("baodaknong.org.vn"));
    assert_eq!(texts(&read).len(), 3);
}

#[test]
fn captions_go_to_their_images_and_tracking_pixels_nowhere() {
    let below = "<p style=\"text-align:center\"><img src=\"data:image/gif;base64,R0lGOD\" data-src=\"/anh/hoi-nghi.jpg\"></p>\
        <p style=\"text-align:center\"><i>Quang cảnh hội nghị</i></p>\
        <p>Hội nghị cũng trao giấy khen cho 12 tập thể và 30 cá nhân có thành tích xuất sắc trong phong trào thi đua.</p>\
        <img src=\"https://tracker.example/p.gif\" width=\"1\" height=\"1\">";
    let read = article("", "", below);
    let images: Vec<(&str, Option<&str>)> =
        read.images.iter().map(|image| (image.url.as_ref().unwrap().as_str(), image.caption.as_deref())).collect();
    assert_eq!(images, [("https://huyen.example.gov.vn/anh/hoi-nghi.jpg", Some("Quang cảnh hội nghị"))]);
    assert_eq!(texts(&read).len(), 4);
}

#[test]
fn documents_are_attached_in_whatever_way_they_are_offered() {
    let below = "<p>Tệp đính kèm: <a href=\"/upload/Kế hoạch.PDF\">Kế hoạch.PDF</a></p>\
        <p>Xem biểu mẫu <a href=\"/documents/20182/0/bieu+mau.docx/e93f61e8-ecc8\">tại đây</a>, nộp trước ngày 30 hằng tháng tại bộ phận một cửa.</p>\
        <button onclick=\"downloadFile('Danh sách.xlsx','/download/ds.xlsx')\">Tải về</button>\
        <iframe src=\"/viewer.html?file=%2Fupload%2Fbao-cao.pdf&amp;page=1\"></iframe>\
        <a href=\"/\">Phụ lục.pdf</a>";
    let read = article("", "", below);
    let files: Vec<(&str, &str)> = read
        .attachments
        .iter()
        .map(|file| (file.url.as_url().path(), file.title.as_deref().unwrap_or_default()))
        .collect();
    assert_eq!(
        files,
        [
            ("/upload/K%E1%BA%BF%20ho%E1%BA%A1ch.PDF", "Kế hoạch.PDF"),
            ("/documents/20182/0/bieu+mau.docx/e93f61e8-ecc8", "bieu mau.docx"),
            ("/download/ds.xlsx", "Danh sách.xlsx"),
            ("/upload/bao-cao.pdf", "bao-cao.pdf"),
        ]
    );
    assert!(texts(&read).iter().all(|text| !text.contains("Tệp đính kèm")), "an offer is no text");
    assert!(texts(&read).iter().any(|text| text.contains("Xem biểu mẫu")), "a sentence with a link is");
}

#[test]
fn documents_of_the_frame_are_not_the_articles() {
    let html = format!(
        "<body><div class=\"sidebar\"><a href=\"/van-ban/luat.pdf\">Luật.pdf</a></div>\
         <div class=\"main\"><h1>Hội nghị tổng kết năm 2018</h1><div class=\"noidung\">{TEXT}</div>\
         <p><a href=\"/upload/phu-luc.pdf\">Phụ lục.pdf</a></p><h3>Tin khác</h3><a href=\"/upload/khac.pdf\">Khác.pdf</a></div>\
         <footer><a href=\"/rss.pdf\">Hướng dẫn.pdf</a></footer></body>"
    );
    let read = read_page(&html);
    let files: Vec<&str> = read.attachments.iter().map(|file| file.url.as_url().path()).collect();
    assert_eq!(files, ["/upload/phu-luc.pdf"]);
}

#[test]
fn a_text_cut_into_containers_and_cells_is_joined() {
    let parts: Vec<&str> = TEXT.split("</p>").filter(|part| !part.is_empty()).collect();
    let split: String = parts.iter().map(|part| format!("<div class=\"section\">{part}</p></div>")).collect();
    assert_eq!(texts(&read_page(&format!("<body>{MENU}<h1>Hội nghị tổng kết năm 2018</h1>{split}</body>"))).len(), 3);
    let cells: String = parts.iter().map(|part| format!("<tr><td>{part}</p></td></tr>")).collect();
    let page = format!(
        "<body><table><tr><td>{MENU}</td></tr><tr><td><h1>Hội nghị tổng kết năm 2018</h1></td></tr>{cells}</table></body>"
    );
    assert_eq!(texts(&read_page(&page)).len(), 3);
}

#[test]
fn tables_and_lists_keep_their_form_and_no_paragraph_comes_twice() {
    let below = "<ul><li>Xã Đông: 12 hộ được hỗ trợ xây nhà</li><li>Xã Tây: 9 hộ được hỗ trợ xây nhà</li></ul>\
        <table><tr><td>Xã</td><td>Hộ</td></tr><tr><td>Đông</td><td>12</td></tr><tr><td>Tây</td><td>9</td></tr></table>\
        <p>Các hộ còn lại sẽ được hỗ trợ trong quý II, theo thứ tự ưu tiên mà thôn đã bình xét công khai.</p>";
    let read = article("", "", below);
    assert!(read.blocks.iter().any(|block| matches!(block, Block::List { items, .. } if items.len() == 2)));
    assert!(
        read.blocks
            .iter()
            .any(|block| matches!(block, Block::Table { rows } if rows.len() == 3 && rows[0] == ["Xã", "Hộ"]))
    );
    let doubled = format!("<body><h1>Hội nghị tổng kết năm 2018</h1><div class=\"noidung\">{TEXT}{TEXT}</div></body>");
    assert_eq!(texts(&read_page(&doubled)).len(), 3);
}

#[test]
fn html_of_the_record_is_clean() {
    let below = "<p onclick=\"x()\">Chi tiết xem <a href=\"javascript:alert(1)\">bảng <b>giá</b></a> và <a href=\"/gia?x=1&amp;y=2\" onmouseover=\"x()\">trang \
        &lt;giá&gt;</a> của sở, áp dụng thống nhất từ ngày đầu tháng tư năm nay.<script>alert(1)</script></p>";
    let read = article("", "", below);
    let html: String = read
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Paragraph { html: Some(html), .. } => Some(html.as_str()),
            _ => None,
        })
        .collect();
    assert!(html.contains("<a href=\"https://huyen.example.gov.vn/gia?x=1&amp;y=2\">trang &lt;giá&gt;</a>"), "{html}");
    assert!(html.contains("<strong>giá</strong>"), "{html}");
    assert!(!html.contains("script") && !html.contains("onclick") && !html.contains("alert"), "{html}");
}

#[test]
fn what_a_page_keeps_for_scripts_is_read_where_it_shows_nothing() {
    let title = "<title>Hội nghị tổng kết năm 2018</title><h1>Hội nghị tổng kết năm 2018</h1>";
    for page in [
        format!("{title}<div class=\"post\"><script type='text/template'>{TEXT}</script></div>"),
        format!("{title}<noscript><div class=\"post\">{TEXT}</div></noscript>"),
        format!("{title}<template><div class=\"post\">{TEXT}</div></template>"),
    ] {
        assert_eq!(texts(&read_page(&page)).len(), 3, "{page}");
    }
    let body = TEXT.replace("<p>", "").replace("</p>", "\\n");
    let json = format!(
        "<script type=\"application/ld+json\">{{\"@type\":\"NewsArticle\",\"articleBody\":\"{body}\"}}</script>"
    );
    let read = read_page(&format!("{title}{json}<div id=\"app\"></div>"));
    assert_eq!((texts(&read).len(), read.body_origin.as_deref()), (3, Some("json-ld")));
}

#[test]
fn a_notice_of_short_lines_is_read_by_the_name_of_its_body() {
    let page = format!(
        "<body>{MENU}<h1>Lịch tiếp dân</h1><div class=\"entry-content\"><p>Thứ Hai: ông Lan.</p><p>Thứ Năm: bà Cúc.</p></div></body>"
    );
    assert_eq!(texts(&read_page(&page)), ["Thứ Hai: ông Lan.", "Thứ Năm: bà Cúc."]);
}

// --- kinds ---

fn teasers(count: usize) -> String {
    (0..count)
        .map(|n| {
            format!(
                "<div class=\"item\"><h3><a href=\"/tin-{n}\">Huyện tổ chức hội nghị lần thứ {n} năm nay</a></h3></div>"
            )
        })
        .collect()
}

#[test]
fn lists_front_pages_and_errors_are_told() {
    let list = format!("<title>Tin tức</title><body>{MENU}<h1>Tin tức</h1>{}</body>", teasers(20));
    assert_eq!(read_at("https://huyen.example.gov.vn/tin-tuc", &list).kind, PageKind::List);
    assert_eq!(read_at("https://huyen.example.gov.vn/tim-kiem?q=x&page=2", &list).kind, PageKind::Search);
    assert_eq!(read_at("https://huyen.example.gov.vn/?utm_source=x", &list).kind, PageKind::Home);
    let error =
        "<title>404 - Không tìm thấy</title><h1>Không tìm thấy trang</h1><p>Trang bạn yêu cầu không tồn tại.</p>";
    assert_eq!(read_page(error).kind, PageKind::Error);
    let video = "<title>Hội nghị tổng kết năm 2018</title><h1>Hội nghị tổng kết năm 2018</h1><iframe src=\"https://www.youtube.com/embed/x\"></iframe>";
    assert_eq!(read_page(video).kind, PageKind::Video);
    let print = format!(
        "<head><link rel=\"canonical\" href=\"/hoi-nghi-tong-ket-nam-2018\"><meta name=\"robots\" content=\"noindex\"></head><h1>Hội nghị tổng kết năm 2018</h1>{TEXT}"
    );
    assert_eq!(read_at("https://huyen.example.gov.vn/print/12", &print).kind, PageKind::Print);
}

#[test]
fn an_article_among_many_teasers_is_one() {
    let page = format!(
        "<body>{MENU}<h1>Hội nghị tổng kết năm 2018</h1><div class=\"noidung\">{TEXT}</div>{}</body>",
        teasers(20)
    );
    assert_eq!(read_page(&page).kind, PageKind::Article);
    let notice = format!(
        "<body>{MENU}<h1>Hội nghị tổng kết năm 2018</h1><span class=\"date\">05/03/2019</span><p>Giấy mời: <a href=\"/gm.pdf\">gm.pdf</a></p>{}</body>",
        teasers(6)
    );
    assert_eq!(read_page(&notice).kind, PageKind::Article);
}

// --- the site's memory ---

/// Builds a page of a site whose frame has no telling names, in the style of one year or another.
fn of_site(number: usize, style: &str) -> (PageUrl, String) {
    let own = format!(
        "<p>Đợt {number} của chương trình diễn ra tại xã số {number}, nơi có {number}2 hộ dân đang sinh sống bằng nghề trồng rừng và chăn nuôi gia súc.</p>\
         <p>Sau đợt {number}, ban tổ chức sẽ khảo sát thêm {number} thôn khác để chuẩn bị cho năm tới, theo nguyện vọng của bà con.</p>"
    );
    let frame = format!(
        "<p>Kính mong quý bạn đọc gần xa tiếp tục đồng hành, chia sẻ và góp ý cho trang {style} của chúng tôi trong thời gian tới.</p>"
    );
    let html = format!(
        "<html><body><div class=\"{style}-top\">{MENU}</div><div class=\"{style}-box\"><h2>Chương trình đợt thứ {number} của huyện</h2>{own}{frame}</div></body></html>"
    );
    (PageUrl::parse(&format!("https://huyen.example.gov.vn/chuong-trinh-{number}")).unwrap(), html)
}

fn read_with(memory: Option<&SiteMemory>, url: &PageUrl, html: &str) -> (Extracted, Lesson) {
    let hints = Hints::default();
    let input = Input {
        url,
        document: &Document::new(html.as_bytes(), None),
        hints: &hints,
        site: "",
        explain: false,
        memory,
        learn: true,
    };
    let (extracted, lesson) = read(input, &[]);
    (extracted, lesson.unwrap())
}

fn taught(numbers: std::ops::Range<usize>, style: &str, memory: &mut SiteMemory) {
    for number in numbers {
        let (url, html) = of_site(number, style);
        assert!(memory.learn(&read_with(None, &url, &html).1));
    }
}

#[test]
fn what_repeats_over_a_sites_articles_is_frame() {
    let (url, html) = of_site(9, "xanh");
    assert_eq!(texts(&read_with(None, &url, &html).0).len(), 3, "one page alone cannot tell");
    let mut memory = SiteMemory::default();
    taught(1..5, "xanh", &mut memory);
    let (read, lesson) = read_with(Some(&memory), &url, &html);
    assert_eq!(texts(&read).len(), 2);
    assert_eq!(title(&read), "Chương trình đợt thứ 9 của huyện");
    assert!(!memory.may_change(&lesson), "what was read with it need not be read again");
}

#[test]
fn a_page_read_twice_teaches_once_and_does_not_fall_to_its_own_memory() {
    let mut memory = SiteMemory::default();
    taught(1..5, "xanh", &mut memory);
    let (url, html) = of_site(1, "xanh");
    assert!(!memory.learn(&read_with(None, &url, &html).1), "it is known");
    assert_eq!(memory.articles(), 4);
    // The same article under another URL: its headline is known.
    let other = PageUrl::parse("https://huyen.example.gov.vn/in/1").unwrap();
    assert!(!memory.learn(&read_with(None, &other, &html).1));
    let (read, _) = read_with(Some(&memory), &url, &html);
    assert_eq!(texts(&read).len(), 2, "its own text is text");
}

#[test]
fn a_memory_that_would_take_most_of_a_page_is_not_believed() {
    let mut memory = SiteMemory::default();
    let hints = Hints::default();
    for number in 0..4 {
        // The same text under several headlines, like a weekly notice.
        let url = PageUrl::parse(&format!("https://huyen.example.gov.vn/lich-{number}")).unwrap();
        let html = format!("<body><h1>Lịch công tác tuần thứ {number} của huyện</h1><div>{TEXT}</div></body>");
        let input = Input {
            url: &url,
            document: &Document::new(html.as_bytes(), None),
            hints: &hints,
            site: "",
            explain: false,
            memory: None,
            learn: true,
        };
        memory.learn(&read(input, &[]).1.unwrap());
    }
    let url = PageUrl::parse("https://huyen.example.gov.vn/lich-9").unwrap();
    let html = format!("<body><h1>Lịch công tác tuần thứ 9 của huyện</h1><div>{TEXT}</div></body>");
    assert_eq!(texts(&read_with(Some(&memory), &url, &html).0).len(), 3);
}

#[test]
fn a_redesign_is_forgotten_and_memory_stays_small() {
    let mut memory = SiteMemory::default();
    taught(0..20, "xanh", &mut memory);
    let old = serde_json::to_string(&memory).unwrap().len();
    taught(1000..1400, "vang", &mut memory);
    let (url, html) = of_site(2000, "vang");
    assert_eq!(texts(&read_with(Some(&memory), &url, &html).0).len(), 2, "the new frame is known");
    let (url, html) = of_site(2001, "xanh");
    assert_eq!(texts(&read_with(Some(&memory), &url, &html).0).len(), 3, "the old one no more");
    assert!(memory.articles() <= template::WINDOW);
    assert!(serde_json::to_string(&memory).unwrap().len() < old * 8);
    let kept: SiteMemory = serde_json::from_str(&serde_json::to_string(&memory).unwrap()).unwrap();
    assert_eq!(kept, memory);
}

#[test]
fn what_only_screen_readers_say_is_no_text_but_its_signs_part() {
    let said = "<p>Giờ mở cửa<span class=\"sr-only\"> mở trong cửa sổ mới</span> của chợ Gò được lùi lại một giờ trong cả mùa đông này.</p>\
        <p>Chợ phiên<span class=\"visually-hidden\">: </span><span>họp sáu lần mỗi tháng, từ khi trời sáng đến giữa buổi trưa.</span></p>";
    let read =
        sample::read("https://gocho.example/tin/5", "", &Hints::default(), &format!("<h1>Chợ Gò đổi giờ</h1>{said}"));
    let text = crate::normalize::text_of(&read.blocks);
    assert!(text.contains("Giờ mở cửa của chợ Gò") && text.contains("Chợ phiên: họp sáu lần"), "{text}");
}
