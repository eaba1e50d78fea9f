//! Tests of the whole engine, on texts that were used for nothing else.

use crate::dedup::cluster::take_in;
use crate::dedup::document::Document;
use crate::dedup::document::Parts;
use crate::dedup::relate::Relation;
use crate::dedup::testing::TestShelf;
use crate::dedup::testing::article;
use crate::dedup::testing::edited;
use crate::dedup::testing::text;
use crate::model::record::DuplicateKind;
use crate::model::record::DuplicateKind::Excerpt;
use crate::model::record::DuplicateKind::Extended;
use crate::model::record::DuplicateKind::Reprint;

fn shelved(documents: &[Document]) -> TestShelf {
    let mut shelf = TestShelf::default();
    for document in documents {
        let Ok(_) = take_in(&mut shelf, document);
    }
    shelf
}

/// Returns the relation of the second of two articles to the first.
fn relation(first: &Document, second: &Document) -> Option<Relation> {
    let mut shelf = shelved(std::slice::from_ref(first));
    let Ok(taken_in) = take_in(&mut shelf, second);
    taken_in.standing.and_then(|standing| standing.relation)
}

#[track_caller]
fn check(first: &str, second: &str, expect: Option<DuplicateKind>) {
    let found = relation(&article("a", "", first), &article("b", "", second));
    assert_eq!(found.map(|relation| relation.kind), expect, "{found:?}");
}

#[test]
fn copies_are_found_through_edits() {
    for seed in 0..40 {
        let original = text(seed, 400);
        check(&original, &original, Some(Reprint));
        check(&original, &edited(&original, 5, seed), Some(Reprint));
        check(&original, &edited(&original, 10, seed), Some(Reprint));
        check(&original, &original.to_uppercase(), Some(Reprint));
        let (lead, rest) = original.split_once('\n').unwrap();
        check(&original, &format!("{}\n{rest}\nTheo Báo Vườn Xuân", text(seed + 1000, 25)), Some(Reprint));
        let without_a_letter: String = rest.chars().skip(1).collect();
        check(&original, &format!("{lead}\n{without_a_letter}"), Some(Reprint));
        check(&original, &text(seed + 1000, 400), None);
    }
}

#[test]
fn parts_are_found_from_either_side() {
    for seed in 0..40 {
        let long = text(seed, 900);
        let lines: Vec<&str> = long.lines().collect();
        check(&long, &lines[..5].join("\n"), Some(Excerpt));
        check(&lines[..5].join("\n"), &long, Some(Extended));
        check(&long, &lines[20..28].join("\n"), Some(Excerpt));
        check(&edited(&long, 5, seed), &lines[..10].join("\n"), Some(Excerpt));
    }
}

#[test]
fn the_containment_is_the_share_of_this_text_in_the_other() {
    let long = text(1, 800);
    let part = long.lines().take(10).collect::<Vec<_>>().join("\n");
    let excerpt = relation(&article("a", "", &long), &article("b", "", &part)).unwrap();
    assert!(excerpt.containment > 0.99 && (excerpt.reverse - 0.25).abs() < 0.01, "{excerpt:?}");
    let extended = relation(&article("a", "", &part), &article("b", "", &long)).unwrap();
    assert_eq!(extended, excerpt.reversed());
}

#[test]
fn quotations_make_no_copy() {
    for seed in 0..40 {
        let (one, other) = (text(seed, 500), text(seed + 1000, 500));
        let mut lines: Vec<&str> = other.lines().collect();
        let quoted: Vec<&str> = one.lines().collect();
        // Every second sentence is from the other report, as when two reporters write about one speech.
        for at in (0..lines.len()).step_by(2) {
            lines[at] = quoted[at];
        }
        check(&one, &lines.join("\n"), None);
    }
}

#[test]
fn a_form_on_other_subjects_is_no_copy() {
    let form = |place: &str, day: u32, price: u32| {
        let body = format!(
            "{} Tài sản đấu giá: quyền sử dụng đất tại {place}. {} Giá khởi điểm {price} triệu đồng, bước giá {} triệu đồng. {} Hồ sơ \
             nhận từ ngày {day}/7 đến ngày {}/7, lúc {} giờ.",
            text(1, 60),
            text(2, 60),
            price / 20,
            text(3, 60),
            day + 5,
            day % 12
        );
        article("a", &format!("Thông báo đấu giá quyền sử dụng đất tại {place}"), &body)
    };
    assert_eq!(relation(&form("thôn Đông", 4, 900), &form("bãi Tây", 19, 340)), None);
    let one = form("thôn Đông", 4, 900);
    assert_eq!(relation(&one, &one).map(|relation| relation.kind), Some(Reprint));
}

#[test]
fn one_form_on_other_names_is_told_by_the_headlines() {
    let named = |name: &str| {
        let body = format!("{} Thủ tục lĩnh vực {name}, gồm các bước sau. {}", text(1, 120), text(2, 120));
        article("a", &format!("Công bố thủ tục lĩnh vực {name}"), &body)
    };
    assert_eq!(relation(&named("chăn nuôi"), &named("thủy lợi")), None);
    let mut renamed = named("chăn nuôi");
    renamed.title = article("b", "Thủ tục mới trong ngành chăn nuôi", "").title;
    assert!(relation(&named("chăn nuôi"), &renamed).is_some(), "another headline over the same words");
}

#[test]
fn one_form_for_other_cases_is_no_copy_under_one_headline() {
    let laws = "Luật số 1/2016, Nghị định 62 ngày 16 tháng 5 năm 2017, Thông tư 2 ngày 8 tháng 2 năm 2022, Quyết định 45 năm 2019";
    let notice = |owner: &str, place: &str, area: u32, price: u32| {
        let case = format!("Tài sản của {owner} tại {place}, diện tích {area} m2, giá khởi điểm {price} triệu đồng");
        article(
            "a",
            "Thông báo lựa chọn tổ chức đấu giá",
            &format!("{laws}. {}\n{case}.\n{}", text(1, 100), text(2, 150)),
        )
    };
    let one = notice("ông Lê Minh", "xã Đông Hồ", 120, 900);
    assert_eq!(relation(&one, &notice("bà Vũ Hạnh", "phường Tây Sơn", 85, 340)), None);
    let corrected = notice("ông Lê Minh", "xã Đông Hồ", 125, 950);
    assert_eq!(relation(&one, &corrected).map(|relation| relation.kind), Some(Reprint));
    let other_words = notice("ông Minh", "Đông Hồ", 120, 900);
    assert_eq!(relation(&one, &other_words).map(|relation| relation.kind), Some(Reprint));
}

#[test]
fn bulletins_of_other_days_are_no_copies() {
    let bulletin = |day: u32| {
        let prices: Vec<String> =
            (0..12).map(|n| format!("{} giá {}.{}00 đồng", text(n, 12), day * 7 % 90 + 10, (day + 3) % 10)).collect();
        article("a", &format!("Giá nông sản ngày {day}/3"), &prices.join(", "))
    };
    assert_eq!(relation(&bulletin(4), &bulletin(5)), None);
    let mut untitled = bulletin(5);
    untitled.title = Vec::new();
    assert_eq!(relation(&bulletin(4), &untitled), None, "the figures tell without headlines");
}

#[test]
fn decisions_with_other_numbers_are_no_copies() {
    let body = text(1, 300);
    let decision = |title: &str, head: &str| article("a", title, &format!("{head}\n{body}"));
    let first = decision("Quyết định số 12/QĐ-UBND về việc khen thưởng", "");
    assert_eq!(relation(&first, &decision("Quyết định số 13/QĐ-UBND về việc khen thưởng", "")), None);
    assert!(relation(&first, &decision("Khen thưởng theo Quyết định 12/QĐ-UBND", "")).is_some());
    let headed = |number: &str| decision("", &format!("Số: {number}"));
    assert_eq!(relation(&headed("12/QĐ-UBND"), &headed("13/QĐ-UBND")), None);
    let mut numbered = decision("Về việc khen thưởng", "");
    numbered.titular = decision("13/QĐ-UBND", "").titular;
    assert_eq!(relation(&first, &numbered), None);
}

#[test]
fn a_section_of_a_round_up_is_its_excerpt_whatever_numbers_it_names() {
    let section = |number: &str, seed| format!("Theo Nghị định {number}/2019/NĐ-CP, {}", text(seed, 150));
    let sections = [section("11", 1), section("12", 2), section("13", 3)];
    let round_up = article("a", "Chính sách mới trong tháng 4", &sections.join("\n"));
    let one = article("b", "Quy định mới về lệ phí", &sections[1]);
    assert_eq!(relation(&round_up, &one).map(|relation| relation.kind), Some(Excerpt));
}

#[test]
fn what_a_site_says_below_every_article_is_nobodys_text() {
    let disclaimer = text(99, 150);
    let body = |seed: u64| format!("{}\n{disclaimer}", text(seed, 60));
    let titled = |site, seed: u64| article(site, &text(seed + 500, 8), &body(seed));
    let mut shelf = shelved(&(0..30).map(|seed| titled("a", seed)).collect::<Vec<_>>());
    assert!(shelf.standings.iter().all(|standing| standing.relation.is_none()), "{:?}", shelf.view());
    let Ok(copy) = take_in(&mut shelf, &titled("b", 20));
    assert_eq!(copy.standing.map(|standing| standing.head), Some(20), "its own words still tell");
    // Without sites, the second cannot be distinguished from a copy with another lead until there are enough articles to make it a set phrase.
    let shelf = shelved(&(0..60).map(|seed| article("", "", &body(seed))).collect::<Vec<_>>());
    let late = shelf.standings.iter().skip(10);
    assert!(late.clone().all(|standing| standing.relation.is_none()), "{:?}", shelf.view());
}

#[test]
fn notices_of_a_few_words_are_told_by_headline_and_file() {
    let notice = |site, title, file: &str| {
        let parts = Parts { site, title, body: "Xem chi tiết tại đây", ..Parts::default() };
        Document::new(parts, [file])
    };
    let title = "Lịch công tác tuần 24 của Chủ tịch Ủy ban nhân dân huyện";
    let next_week = title.replace("24", "25");
    let one = notice("a", title, "http://a.vn/tuan-24.pdf");
    assert_eq!(relation(&one, &notice("a", title, "http://a.vn/tuan-25.pdf")), None);
    assert_eq!(relation(&one, &notice("a", &next_week, "http://a.vn/tuan-24.pdf")), None);
    let copy = relation(&one, &notice("b", title, "http://b.vn/img/tuan-24.pdf"));
    assert_eq!(copy.map(|relation| relation.kind), Some(Reprint));
}

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

fn dated(site: &str, body: &str, published: i64) -> Document {
    Document::new(Parts { site, body, published: Some(published), ..Parts::default() }, [])
}

#[test]
fn the_earliest_copy_heads_the_story_wherever_it_arrives() {
    let body = text(1, 300);
    let at = |hours: i64| dated("a", &body, 1000 * DAY + hours * HOUR);
    assert_eq!(shelved(&[at(5), at(3), at(9)]).view(), [(1, Some(Reprint)), (1, None), (1, Some(Reprint))]);
    let undated = article("b", "", &body);
    assert_eq!(shelved(&[at(5), undated.clone()]).view(), [(0, None), (0, Some(Reprint))]);
    assert_eq!(shelved(&[undated, at(5)]).view(), [(0, None), (0, Some(Reprint))]);
    let midnight = dated("c", &body, 1000 * DAY - 7 * HOUR);
    assert_eq!(shelved(&[at(5), midnight]).view(), [(0, None), (0, Some(Reprint))], "a day is not before its hours");
}

#[test]
fn a_longer_text_is_an_extension_within_days_and_the_whole_within_months() {
    let long = text(1, 400);
    let short = long.lines().take(8).collect::<Vec<_>>().join("\n");
    let at = |body: &str, days: i64| dated("a", body, (1000 + days) * DAY + HOUR);
    assert_eq!(shelved(&[at(&short, 0), at(&long, 1)]).view(), [(0, None), (0, Some(Extended))]);
    assert_eq!(shelved(&[at(&short, 0), at(&long, 40)]).view(), [(1, Some(Excerpt)), (1, None)]);
    assert_eq!(shelved(&[at(&long, 1), at(&short, 0)]).view(), [(1, Some(Extended)), (1, None)]);
    assert_eq!(shelved(&[at(&long, 40), at(&short, 0)]).view(), [(0, None), (0, Some(Excerpt))]);
}

#[test]
fn a_credit_decides_who_heads_the_story() {
    let body = text(1, 300);
    let from = |site, credit, hours| {
        let parts = Parts { site, credit, body: &body, published: Some(1000 * DAY + hours * HOUR), ..Parts::default() };
        Document::new(parts, [])
    };
    let copies = [from("a", Some("c"), 1), from("b", Some("c"), 2), from("c", None, 9)];
    assert_eq!(shelved(&copies).view(), [(2, Some(Reprint)), (2, Some(Reprint)), (2, None)]);
    let uncredited = [from("c", None, 9), from("a", Some("c"), 1)];
    assert_eq!(shelved(&uncredited).view(), [(0, None), (0, Some(Reprint))]);
}

#[test]
fn a_later_copy_joins_two_clusters_into_one() {
    let whole = text(1, 400);
    let lines: Vec<&str> = whole.lines().collect();
    // Each lacks a different third, so they are not copies of each other.
    let first = format!("{}\n{}", lines[..13].join("\n"), text(2, 80));
    let second = format!("{}\n{}", text(3, 80), lines[7..].join("\n"));
    let shelf = shelved(&[article("a", "", &first), article("b", "", &second), article("c", "", &whole)]);
    let heads: Vec<u32> = shelf.view().iter().map(|(head, _)| *head).collect();
    assert_eq!(heads[0], heads[2], "{:?}", shelf.view());
    let pair = shelved(&[article("a", "", &first), article("b", "", &second)]);
    assert_eq!(pair.view()[1], (1, None));
}

#[test]
fn a_round_up_does_not_make_one_story_of_its_parts() {
    let (one, other) = (text(1, 200), text(2, 200));
    let round_up = format!("{one}\n{other}");
    let at = |body: &str, hours: i64| dated("a", body, 1000 * DAY + hours * HOUR);
    let shelf = shelved(&[at(&one, 1), at(&round_up, 2), at(&other, 3)]);
    assert_eq!(shelf.view(), [(0, None), (0, Some(Extended)), (2, None)], "the other part is a story of its own");
}

#[test]
fn a_text_that_everybody_carries_stays_one_story() {
    let body = text(1, 300);
    let copies: Vec<Document> = (0..300).map(|seed| article("a", "", &edited(&body, 2, seed))).collect();
    let shelf = shelved(&copies);
    assert!(shelf.view().iter().all(|(head, _)| *head == 0), "{:?}", shelf.view());
}
