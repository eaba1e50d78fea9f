//! Captions, bylines and source lines, in the places where pages put them.

use crate::extract::sample;
use crate::model::article::Block;
use crate::model::article::Extracted;
use crate::model::link::Hints;

/// Reads the sample article with additions in its head, at the end of its text and below it.
fn read(head: &str, inside: &str, below: &str) -> Extracted {
    let (headline, text) = (sample::HEADLINE, sample::TEXT);
    let html = format!(
        "<html lang=\"vi\"><body><div class=\"menu\"><a href=\"/\">Trang chủ</a></div><div class=\"detail\"><h1>{headline}</h1>{head}\
         <div class=\"noidung\">{text}{inside}</div>{below}</div><div class=\"footer\"><p>Trang tin xã Cồn Lau</p></div></body></html>"
    );
    sample::read("https://conlau.example/tin/ben-pha-con-lau-chay-lai", "", &Hints::default(), &html)
}

fn captions(read: &Extracted) -> Vec<&str> {
    read.images.iter().filter_map(|image| image.caption.as_deref()).collect()
}

fn paragraphs(read: &Extracted) -> Vec<&str> {
    let text = |block: &'_ Block| matches!(block, Block::Paragraph { .. });
    let blocks = read.blocks.iter().filter(|block| text(block));
    blocks
        .filter_map(|block| if let Block::Paragraph { text, .. } = block { Some(text.as_str()) } else { None })
        .collect()
}

const REST: &str =
    "<p>Xã cũng lắp thêm đèn và phao cứu sinh ở hai đầu bến để bà con yên tâm qua sông vào những chuyến cuối ngày.</p>";

#[test]
fn a_plain_line_below_a_picture_is_its_caption() {
    let lines = [
        (
            "<p>Chuyến phà đầu tiên rời bến trong tiếng reo hò của bà con hai bờ.</p>",
            "Chuyến phà đầu tiên rời bến trong tiếng reo hò của bà con hai bờ.",
        ),
        ("<p><b>Bà con lên chuyến phà đầu tiên</b></p>", "Bà con lên chuyến phà đầu tiên"),
        (
            "<p><b>Bà Lê Thị Mận -</b></p><p><b>trưởng bến, kiểm tra phao cứu sinh</b></p>",
            "Bà Lê Thị Mận - trưởng bến, kiểm tra phao cứu sinh",
        ),
    ];
    for (line, caption) in lines {
        let read = read("", &format!("<p><img src=\"/a.jpg\"></p>{line}{REST}"), "");
        assert_eq!(captions(&read), [caption]);
        assert_eq!(paragraphs(&read).len(), 4, "{caption}");
    }
    let subheads = format!(
        "<p><b>Bến mới</b></p>{REST}<p><img src=\"/a.jpg\"></p><p><b>Phà mới</b></p><p>Phà do xưởng của tỉnh đóng, vỏ thép, máy tiết kiệm dầu hơn phà cũ một phần ba và chạy êm hơn.</p>"
    );
    assert_eq!(captions(&read("", &subheads, "")), [""; 0], "a subheading among others");
}

#[test]
fn as_many_captions_as_pictures_are_one_each() {
    let rows = [
        "<div><div><img src=\"/a.jpg\"></div><div><img src=\"/b.jpg\"></div></div><p class=\"caption\">Bến cũ</p><p class=\"caption\">Bến mới</p>",
        "<table><tr><td><img src=\"/a.jpg\"></td><td><img src=\"/b.jpg\"></td></tr><tr><td>Bến cũ</td><td>Bến mới</td></tr></table>",
        "<div class=\"wp-caption\"><img src=\"/a.jpg\"><p>Bến cũ</p></div><div class=\"wp-caption\"><img src=\"/b.jpg\"><p>Bến mới</p></div>",
    ];
    for row in rows {
        let read = read("", &format!("{row}{REST}"), "");
        let captions: Vec<Option<&str>> = read.images.iter().map(|image| image.caption.as_deref()).collect();
        assert_eq!(captions, [Some("Bến cũ"), Some("Bến mới")], "{row}");
        assert_eq!(paragraphs(&read).len(), 4, "{row}");
    }
    let one = "<figure><img src=\"/a.jpg\"><img src=\"/b.jpg\"><figcaption>Hai bến</figcaption></figure>";
    let read = read("", &format!("{one}{REST}"), "");
    assert_eq!(captions(&read), ["Hai bến"]);
}

#[test]
fn the_credited_line_below_the_picture_above_the_text_is_its_caption() {
    let head = "<div><img src=\"/a.jpg\"><p>Phà mới cập bến Cồn Lau. Ảnh: Hồ Lam</p></div>";
    let read = read(head, REST, "");
    assert_eq!(captions(&read), ["Phà mới cập bến Cồn Lau. Ảnh: Hồ Lam"]);
    assert_eq!(paragraphs(&read).len(), 4);
}

#[test]
fn a_sentence_that_goes_on_after_pictures_is_text() {
    let split = format!(
        "<p>Dự lễ có lãnh đạo xã cùng đại diện các thôn</p><p><img src=\"/a.jpg\"></p><p>và các tổ tự quản bến đò.</p>{REST}"
    );
    let read = read("", &split, "");
    assert_eq!(captions(&read), [""; 0]);
    assert!(paragraphs(&read).contains(&"và các tổ tự quản bến đò."));
}

#[test]
fn each_picture_of_a_row_has_its_own_caption() {
    let row: String = ["Bến cũ", "Bến mới", "Phà mới"]
        .iter()
        .enumerate()
        .map(|(at, text)| {
            format!("<div class=\"wp-caption\"><img src=\"/{at}.jpg\"><p class=\"wp-caption-text\">{text}</p></div>")
        })
        .collect();
    let read = read("", &format!("{row}{REST}"), "");
    assert_eq!(captions(&read), ["Bến cũ", "Bến mới", "Phà mới"]);
}

#[test]
fn a_picture_in_the_head_keeps_its_caption() {
    let head = "<figure><img src=\"/dau.jpg\"><figcaption>Toàn cảnh bến phà</figcaption></figure>";
    assert_eq!(captions(&read(head, "", "")), ["Toàn cảnh bến phà"]);
    let named = "<div><img src=\"/dau.jpg\"><p class=\"o-chu-thich\">Toàn cảnh bến phà</p></div>";
    assert_eq!(captions(&read(named, "", "")), ["Toàn cảnh bến phà"]);
}

#[test]
fn the_credit_of_a_lost_picture_is_no_text() {
    let read = read("", &format!("<p>Bến phà nhìn từ bờ tả. Ảnh minh họa: Internet</p>{REST}"), "");
    assert_eq!(captions(&read), ["Bến phà nhìn từ bờ tả. Ảnh minh họa: Internet"]);
    assert_eq!(paragraphs(&read).len(), 4);
}

#[test]
fn lines_in_the_fields_of_a_theme_sign() {
    let byline = |read: &Extracted| read.byline.as_ref().map(|field| field.value.clone()).unwrap_or_default();
    let field = read("", "", "<div><p class=\"h5\"><strong>Tác giả: </strong>Lê Mùa Thu</p></div>");
    assert_eq!(
        (byline(&field).as_str(), field.authors.as_slice()),
        ("Tác giả: Lê Mùa Thu", ["Lê Mùa Thu".to_owned()].as_slice())
    );
    let office = read("", "<p class=\"o-tac-gia\">Văn phòng UBND xã Cồn Lau</p>", "");
    assert_eq!(byline(&office), "Văn phòng UBND xã Cồn Lau");
    assert_eq!(paragraphs(&office).len(), 3);
    let head = read("<div class=\"info\"><span class=\"author\">Lê Mùa Thu</span></div>", "", "");
    assert_eq!(byline(&head), "Lê Mùa Thu");
    let source = read("", "", "<div><p><strong>Nguồn tin: </strong>Báo Cồn Lau</p></div>");
    assert_eq!(source.credit.map(|field| field.value.text).as_deref(), Some("Nguồn tin: Báo Cồn Lau"));
    let account = read("<div class=\"info\"><span class=\"author\">Super User</span></div>", "", "");
    assert_eq!(byline(&account), "", "an account");
}

#[test]
fn a_box_of_other_articles_ends_where_its_links_end() {
    let links: String =
        (0..2).map(|n| format!("<p><a href=\"/khac-{n}\">Thôn Lau Sậy dựng thêm bến đò thứ {n}</a></p>")).collect();
    let read_on = read("", &format!("<p>TIN BÀI LIÊN QUAN</p>{links}{REST}"), "");
    assert_eq!(paragraphs(&read_on).len(), 4, "the text goes on");
    let short = "<p>Phà nghỉ khi gió trên cấp sáu.</p><p>Lịch chạy tháng sau sẽ niêm yết tại hai đầu bến.</p>";
    let ended = read("", &format!("{REST}<p>Đọc thêm</p>{links}{short}"), "");
    assert_eq!(paragraphs(&ended).len(), 6);
    let tail = read("", &format!("{REST}<p>Tin khác</p>{links}"), "");
    assert_eq!(paragraphs(&tail).len(), 4, "a list at the end");
}

#[test]
fn a_line_in_a_table_of_its_own_is_the_caption_of_a_lost_picture() {
    let table = "<table><tbody><tr><td>&nbsp;</td></tr><tr><td>Bến phà nhìn từ bờ tả</td></tr></tbody></table>";
    let whole = read("", &format!("<p>{}</p>{table}{REST}", "Sáng nay, phà qua sông đã chạy lại sau ba năm dài."), "");
    assert_eq!(captions(&whole), ["Bến phà nhìn từ bờ tả"]);
    let data = "<table><tbody><tr><td>Giá vé</td><td>Năm nghìn đồng</td></tr></tbody></table>";
    let kept = read("", &format!("<p>{}</p>{data}{REST}", "Sáng nay, phà qua sông đã chạy lại sau ba năm dài."), "");
    assert!(captions(&kept).is_empty(), "a row of data");
}
