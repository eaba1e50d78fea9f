//! What messages say.

use jiff::Timestamp;
use serde_json::json;

use crate::model::record::DuplicateKind;
use crate::model::record::WithdrawalReason;
use crate::text::language::Language;
use crate::watch::Event;
use crate::watch::Watch;
use crate::watch::changes::Change;
use crate::watch::coverage::Coverage;
use crate::watch::coverage::Trouble;
use crate::watch::coverage::Unread;
use crate::watch::entry::Entry;
use crate::watch::entry::Place;
use crate::watch::message::Found;
use crate::watch::message::Period;
use crate::watch::message::digest;
use crate::watch::message::digest_markdown;
use crate::watch::message::of_story;
use crate::watch::testing::record;
use crate::watch::testing::watch;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn period() -> Period {
    Period { from: at("2026-11-28T00:00:00Z"), until: at("2026-11-29T00:00:00Z") }
}

fn subject() -> Watch {
    Watch { name: "Tinh gọn bộ máy".to_owned(), ..watch("tinh-gon", &["tinh gọn", "sáp nhập xã"]) }
}

fn unread(name: &str, trouble: Trouble) -> Unread {
    Unread { name: name.to_owned(), trouble, last_read: None }
}

fn entry(watch: &Watch, title: &str, text: &str) -> Entry {
    Entry::of(&record(&json!({ "title": title, "content_text": text })), watch, &[])
}

fn place(outlet: &str) -> Place {
    Place { outlet: outlet.to_owned(), url: "https://ban.example/1".to_owned() }
}

/// A digest with one of everything.
fn full(watch: &Watch) -> Vec<(Event, Entry)> {
    let told = entry(watch, "Xã Suối Mơ tinh gọn bộ máy", "Xã vừa họp. Việc này xong trong tháng. Câu ba.");
    let told = Entry { copies: vec![place("Báo Nà Lầu"), place("Cổng Tà Xùa")], copy_count: 2, ..told };
    let deep = entry(watch, "Họp xã", "Sáng nay xã họp. Trời mưa. Chủ tịch nói về việc sáp nhập xã trong năm tới.");
    let change = Change { old: "Giảm 12 phòng.".to_owned(), new: "Tinh gọn còn 10 phòng.".to_owned() };
    let revised = Entry { changes: vec![change], revision: 2, ..entry(watch, "Danh sách phòng", "") };
    let gone = Some((WithdrawalReason::Gone, "2026-11-28T10:00:00+07:00".to_owned()));
    let withdrawn = Entry { withdrawn: gone, ..entry(watch, "Tinh gọn: số liệu nháp", "") };
    let repeats = Some((DuplicateKind::Excerpt, place("Báo Nà Lầu")));
    let copy = Entry { repeats, ..entry(watch, "Xã tinh gọn", "") };
    vec![
        (Event::New, deep),
        (Event::New, told),
        (Event::Revision, revised),
        (Event::Withdrawn, withdrawn),
        (Event::Reprint, copy),
    ]
}

#[test]
fn a_digest_reads_like_a_digest() {
    let watch = subject();
    let found = [Found { watch: &watch, entries: full(&watch), unlisted: 0 }];
    let coverage = Coverage {
        portals: 41,
        unread: vec![unread("Báo Khe Sim", Trouble::Expired), unread("Cổng Bản Mạc", Trouble::NoAnswer)],
        partly: vec![unread("Cổng Tà Xùa", Trouble::Status(503))],
    };
    let message = digest(&found, period(), &coverage);
    assert_eq!(message.subject, "[điểm báo] Tinh gọn bộ máy · 2 tin, 1 sửa, 1 gỡ, 1 đăng lại · 29/11/2026");
    assert_eq!(
        message.text,
        "Tinh gọn bộ máy · Chủ nhật, 29/11/2026
======================================

Từ 07:00 ngày 28/11/2026 đến 07:00 ngày 29/11/2026 có 2 tin mới, 1 bài đã sửa, 1 bài đã gỡ, 1 bài đăng lại. Đọc được 39/41 nguồn; không đọc được: Báo Khe Sim (hết hạn chứng thư); Cổng Bản Mạc (máy chủ không trả lời). Chỉ đọc được một phần: Cổng Tà Xùa (máy chủ báo lỗi, HTTP 503).

Xã Suối Mơ *tinh gọn* bộ máy
Cổng Suối Mơ · 28/11/2026 07:30
Xã vừa họp. Việc này xong trong tháng.
Đăng lại ở 2 nơi: Báo Nà Lầu, Cổng Tà Xùa
https://suoi.example/a

Họp xã
Cổng Suối Mơ · 28/11/2026 07:30
Sáng nay xã họp. Trời mưa.
[…] Chủ tịch nói về việc *sáp nhập xã* trong năm tới.
https://suoi.example/a

ĐÃ SỬA

Danh sách phòng
Cổng Suối Mơ · 28/11/2026 07:30 · bản 2, ghi nhận lúc 28/11/2026 08:00
Trước: Giảm 12 phòng.
Nay: *Tinh gọn* còn 10 phòng.
https://suoi.example/a

ĐÃ GỠ

*Tinh gọn*: số liệu nháp
Cổng Suối Mơ · 28/11/2026 07:30 · gỡ trước 28/11/2026 10:00
Địa chỉ của bài nay báo trang đã bị xóa (410).
https://suoi.example/a

ĐĂNG LẠI

Xã *tinh gọn*
Cổng Suối Mơ · 28/11/2026 07:30
Trích bài của Báo Nà Lầu: https://ban.example/1
https://suoi.example/a

-- 
Muốn đổi nội dung theo dõi: sửa watch/tinh-gon.toml trong thư mục cấu hình; lệnh “tintinh watch test tinh-gon” cho xem trước kết quả.
"
    );
    for part in ["<html lang=\"vi\">", "<b>tinh gọn</b>", "<h1", "Đã gỡ", "href=\"https://suoi.example/a\""] {
        assert!(message.html.contains(part), "{part}");
    }
    let markdown = digest_markdown(&found, period(), &coverage);
    assert!(markdown.contains("- [Xã Suối Mơ **tinh gọn** bộ máy](https://suoi.example/a)"), "{markdown}");
}

#[test]
fn nothing_found_is_two_lines() {
    let watch = subject();
    let found = [Found { watch: &watch, entries: Vec::new(), unlisted: 0 }];
    let coverage = Coverage { portals: 5, ..Coverage::default() };
    let message = digest(&found, period(), &coverage);
    assert_eq!(message.subject, "[điểm báo] Tinh gọn bộ máy · không có tin mới · 29/11/2026");
    assert_eq!(
        message.text,
        "Không có tin nào khớp “Tinh gọn bộ máy” từ 07:00 ngày 28/11/2026 đến 07:00 ngày 29/11/2026. Đọc được 5/5 nguồn.
Muốn đổi nội dung theo dõi: sửa watch/tinh-gon.toml trong thư mục cấu hình; lệnh “tintinh watch test tinh-gon” cho xem trước kết quả.
"
    );
}

#[test]
fn english_has_its_words_and_several_watches_their_sections() {
    let english = |id: &str| Watch { language: Language::English, name: format!("Name {id}"), ..watch(id, &["cầu"]) };
    let (first, second, third) = (english("a"), english("b"), english("c"));
    let found = [
        Found { watch: &first, entries: vec![(Event::New, entry(&first, "Cầu mới", "Xong."))], unlisted: 0 },
        Found { watch: &second, entries: vec![(Event::New, entry(&second, "Cầu cũ", "Sửa."))], unlisted: 0 },
        Found { watch: &third, entries: Vec::new(), unlisted: 0 },
    ];
    let coverage = Coverage { portals: 2, unread: vec![unread("P", Trouble::Closed)], partly: Vec::new() };
    let message = digest(&found, period(), &coverage);
    assert_eq!(message.subject, "[digest] Name a, Name b, Name c · 2 stories · 29 Nov 2026");
    for line in [
        "Digest · Sunday, 29 Nov 2026\n",
        "From 28 Nov 2026, 07:00 to 29 Nov 2026, 07:00: 2 new stories. 1 of 2 sources could be read; could not be read: P (robots.txt does not allow automatic reading).",
        "Nothing for: Name c.",
        "Name a · 1 story\n----------------\n",
        "edit watch/a.toml, watch/b.toml, watch/c.toml in the config folder",
    ] {
        assert!(message.text.contains(line), "{line}\n{}", message.text);
    }
}

#[test]
fn a_message_about_one_story_has_its_headline_as_subject() {
    let watch = subject();
    let message = of_story(&watch, Event::Withdrawn, entry(&watch, "Tinh gọn", ""), at("2026-11-29T00:00:00Z"));
    assert_eq!(message.subject, "[Tinh gọn bộ máy] Đã gỡ: Tinh gọn");
    assert_eq!(message.data["article"]["title"], "Tinh gọn");
    assert!(!message.text.contains("ĐÃ GỠ"));
}

#[test]
fn what_a_site_wrote_is_text_in_every_format() {
    let watch = subject();
    let mut hostile = entry(&watch, "<script>alert(1)</script> & \"tinh gọn\" *x* [y](z)\u{0}", "</div><img src=x>");
    hostile.url = "javascript:alert(1)".to_owned();
    hostile.outlet = "<b>".to_owned();
    let found = [Found { watch: &watch, entries: vec![(Event::New, hostile)], unlisted: 0 }];
    let message = digest(&found, period(), &Coverage::default());
    for bad in ["<script>", "<img", "href=\"javascript", "\u{0}", "<b>·"] {
        assert!(!message.html.contains(bad), "{bad}: {}", message.html);
    }
    let markdown = digest_markdown(&found, period(), &Coverage::default());
    assert!(markdown.contains(r"\*x\* \[y\](z)"), "{markdown}");
    assert!(!markdown.contains("](javascript"), "{markdown}");
}

#[test]
fn of_many_stories_the_most_copied_are_shown_and_the_rest_is_counted() {
    let watch = subject();
    let numbered = |number: u64| Entry {
        id: format!("{number:04}"),
        copy_count: number,
        ..entry(&watch, &format!("Tinh gọn lần {number}"), "")
    };
    let entries = (0..120).map(|number| (Event::New, numbered(number))).collect();
    let message = digest(&[Found { watch: &watch, entries, unlisted: 0 }], period(), &Coverage::default());
    assert!(
        message.text.contains("lần 119\n") && message.text.contains("lần 70\n") && !message.text.contains("lần 69\n")
    );
    assert!(message.text.contains("Còn 70 tin chưa nêu ở đây: tintinh digest tinh-gon --format html"));
}

/// Digests as a desk may get them, to look at in a browser: `cargo test --lib digests_to_look_at -- --ignored` writes them to `target/digests`.
#[test]
#[ignore = "it writes pages for people"]
fn digests_to_look_at() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("target/digests");
    std::fs::create_dir_all(&folder).unwrap();
    let coverage = Coverage {
        portals: 41,
        unread: vec![
            Unread { last_read: Some(at("2026-11-28T03:10:00Z")), ..unread("Báo Khe Sim", Trouble::Expired) },
            unread("Cổng Thông tin điện tử xã Bản Mạc", Trouble::NoAnswer),
        ],
        partly: vec![unread("Cổng Tà Xùa", Trouble::Status(503))],
    };
    for (language, name) in [(Language::Vietnamese, "vi"), (Language::English, "en")] {
        let reform = Watch { language, ..subject() };
        let fire = Watch { language, name: "Cháy rừng".to_owned(), ..watch("chay-rung", &["cháy rừng"]) };
        let long = "Sáng 28/11, Hội đồng nhân dân xã Suối Mơ thông qua nghị quyết về tinh gọn bộ máy, theo đó số phòng chuyên môn giảm từ 12 xuống còn 8. \
            Các phòng mới bắt đầu làm việc từ ngày 1/1/2027; cán bộ dôi dư được bố trí ở các tổ dân phố. Nghị quyết có hiệu lực ngay.";
        let mut entries = full(&reform);
        let first = entry(
            &reform,
            "Xã Suối Mơ thông qua nghị quyết tinh gọn bộ máy, giảm bốn phòng chuyên môn từ đầu năm sau",
            long,
        );
        let copies = ["Báo Nà Lầu", "Cổng Thông tin điện tử tỉnh Suối Mơ", "Đài Tà Xùa"].map(place).to_vec();
        entries.insert(0, (Event::New, Entry { copies, copy_count: 3, ..first }));
        let fires = vec![(
            Event::New,
            entry(
                &fire,
                "Dập tắt đám cháy rừng ở Khe Sim sau sáu giờ",
                "Hơn 200 người tham gia chữa cháy. Không ai bị thương.",
            ),
        )];
        let quiet = Watch { language, name: "Nước sạch".to_owned(), ..watch("nuoc-sach", &["nước sạch"]) };
        let several = [
            Found { watch: &reform, entries: entries.clone(), unlisted: 0 },
            Found { watch: &fire, entries: fires, unlisted: 0 },
            Found { watch: &quiet, entries: Vec::new(), unlisted: 0 },
        ];
        let write = |of: &str, html: String| std::fs::write(folder.join(format!("{of}-{name}.html")), html).unwrap();
        write("one", digest(&several[..1], period(), &coverage).html);
        write("several", digest(&several, period(), &coverage).html);
        write("nothing", digest(&several[2..], period(), &coverage).html);
        let (event, one) = entries.remove(0);
        write("story", of_story(&reform, event, one, period().until).html);
    }
}
