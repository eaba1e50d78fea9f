//! Which records watches match, and what of a revision counts.

use serde_json::json;

use crate::model::article::PageKind;
use crate::model::portal::PortalId;
use crate::model::record::Record;
use crate::model::record::RevisionReason;
use crate::watch::Event;
use crate::watch::Field;
use crate::watch::Watch;
use crate::watch::changes::Change;
use crate::watch::matcher::Matcher;
use crate::watch::matcher::Sighting;
use crate::watch::testing::phrases;
use crate::watch::testing::record;
use crate::watch::testing::watch;

fn article(title: &str, text: &str) -> Record {
    record(&json!({ "title": title, "content_text": text }))
}

fn new(watches: Vec<Watch>, record: &Record) -> Vec<usize> {
    let sighting = Sighting { record, previous: None, is_backlog: false };
    Matcher::new(watches).findings(sighting).into_iter().map(|finding| finding.watch).collect()
}

#[test]
fn phrases_are_whole_words_without_accents_unless_they_ask_for_them() {
    let text = article("TINH GỌN bộ máy xã", "Bản đồ số của thủy lợi, ngày 07/3.");
    for (phrase, matches) in [
        ("tinh gọn bộ máy", true),
        ("tinh gon", true),
        ("inh gon", false),
        ("bo may xa ban", false),
        ("=tinh gọn", true),
        ("=tính gọn", false),
        ("tính gọn", true),
        ("=bản đồ", true),
        ("=bán đồ", false),
        ("thuỷ lợi", true),
        ("=thuỷ lợi", true),
        ("7/3", true),
        ("ban do so cua", true),
    ] {
        assert_eq!(!new(vec![watch("w", &[phrase])], &text).is_empty(), matches, "{phrase}");
    }
}

#[test]
fn any_all_and_none_are_what_they_say() {
    let both =
        |any: &[&str], all: &[&str], none: &[&str]| Watch { all: phrases(all), none: phrases(none), ..watch("w", any) };
    let text = article("Cháy rừng ở Suối Mơ", "Lửa đã tắt. Rừng thông được giữ.");
    for (wanted, matches) in [
        (both(&["chay rung", "lu quet"], &[], &[]), true),
        (both(&["lu quet"], &[], &[]), false),
        (both(&[], &["chay rung", "rung thong"], &[]), true),
        (both(&[], &["chay rung", "lu quet"], &[]), false),
        (both(&["lu quet", "lua"], &["rung thong"], &[]), true),
        (both(&["lua"], &["rung thong"], &["da tat"]), false),
        (both(&["lua"], &[], &["=đá tắt"]), true),
        (both(&[], &["rung", "rung"], &[]), true),
        (both(&["rung"], &["rung"], &["rung"]), false),
    ] {
        assert_eq!(new(vec![wanted.clone()], &text) == [0], matches, "{wanted:?}");
    }
}

#[test]
fn many_watches_share_a_phrase_and_each_has_its_filters() {
    let here = Watch { portals: vec![PortalId::new("suoi").unwrap()], ..watch("a", &["cau moi"]) };
    let elsewhere = Watch { portals: vec![PortalId::new("nui").unwrap()], ..watch("b", &["cau moi"]) };
    let province = Watch { provinces: vec!["suoi-mo".to_owned()], ..watch("c", &["cau moi"]) };
    let documents = Watch { kinds: vec![PageKind::Document], ..watch("d", &["cau moi"]) };
    let titles = Watch { fields: [Field::Title].into_iter().collect(), ..watch("e", &["cau moi"]) };
    let bylines = Watch { fields: [Field::Byline].into_iter().collect(), ..watch("f", &["lo thi pa"]) };
    let mut text = article("Xã", "Cầu mới đã xong.");
    text.byline = Some("Lò Thị Pá".to_owned());
    assert_eq!(new(vec![here, elsewhere, province, documents, titles, bylines], &text), [0, 2, 5]);
    assert_eq!(new(vec![], &text), Vec::<usize>::new());
}

#[test]
fn a_phrase_does_not_go_over_two_fields_or_two_keywords() {
    let mut text = article("Cầu", "mới xong");
    text.tags = vec!["đường".to_owned(), "sắt".to_owned()];
    let tags = Watch { fields: [Field::Tags].into_iter().collect(), ..watch("b", &["duong sat", "=đường sắt"]) };
    assert_eq!(new(vec![watch("a", &["cau moi"]), tags], &text), Vec::<usize>::new());
}

/// What a revision from one text to another is told.
fn revised(watched: Watch, old: &str, new: &str) -> Option<Vec<Change>> {
    let (old, mut new) = (article("Tin", old), article("Tin", new));
    new.revision = 2;
    let sighting = Sighting { record: &new, previous: Some(&old), is_backlog: false };
    let found = Matcher::new(vec![watched]).findings(sighting);
    found.into_iter().next().map(|finding| {
        assert_eq!(finding.event, Event::Revision);
        finding.changes
    })
}

#[test]
fn of_a_revision_only_what_was_added_counts() {
    let w = || watch("w", &["sap nhap"]);
    let change = |old: &str, new: &str| Change { old: old.to_owned(), new: new.to_owned() };
    let old = "Xã họp. Việc sáp nhập đã bàn. Dân đồng tình.";
    assert_eq!(revised(w(), "Xã họp. Dân đồng tình.", old), Some(vec![change("", "Việc sáp nhập đã bàn.")]));
    assert_eq!(revised(w(), old, "Xã họp lại. Việc sáp nhập đã bàn. Dân đồng tình."), None, "what was there");
    assert_eq!(revised(w(), old, "Việc sáp nhập đã bàn. Xã họp. Dân đồng tình."), None, "what was moved");
    assert_eq!(revised(w(), old, "Xã họp. Việc sáp nhập đã bàn kỹ. Dân đồng tình."), None, "a sentence that had it");
    assert_eq!(revised(w(), old, "Xã họp. Dân đồng tình."), None, "what was taken out");
    assert_eq!(
        revised(w(), "Xã họp bàn việc chung.", "Xã họp bàn việc sáp nhập."),
        Some(vec![change("Xã họp bàn việc chung.", "Xã họp bàn việc sáp nhập.")])
    );
    let other = revised(w(), old, "Xã họp. Tỉnh lại đề nghị sáp nhập. Dân đồng tình.");
    assert_eq!(
        other.map(|changes| changes[0].new.clone()),
        Some("Tỉnh lại đề nghị sáp nhập.".to_owned()),
        "another sentence"
    );
    let exact = || watch("w", &["=bản đồ"]);
    assert!(revised(exact(), "Bán đồ cũ.", "Bán đồ cũ. Bản đồ mới.").is_some());
    assert!(revised(exact(), "Bản đồ mới.", "Bản đồ mới. Bán đồ cũ.").is_none());
    let all = Watch { all: phrases(&["xa", "sap nhap"]), ..watch("w", &[]) };
    assert!(revised(all.clone(), "Xã họp.", "Xã họp. Bàn sáp nhập.").is_some(), "one phrase was there, the other came");
    let none = Watch { none: phrases(&["hoan"]), ..w() };
    assert!(revised(none, "Xã họp.", "Xã họp. Hoãn sáp nhập.").is_none());
}

#[test]
fn what_is_no_news_is_not_told() {
    let w = || Matcher::new(vec![watch("w", &["cau moi"])]);
    let text = article("Cầu mới", "");
    let told = |record: &Record, previous: Option<&Record>, is_backlog| {
        let found = w().findings(Sighting { record, previous, is_backlog });
        found.into_iter().map(|finding| (finding.event, finding.is_old)).collect::<Vec<_>>()
    };
    assert_eq!(told(&text, None, false), [(Event::New, false)]);
    assert_eq!(told(&text, None, true), [], "a first visit or a backfill");
    let other = Record { revision: 2, title: "Tin".to_owned(), ..text.clone() };
    let reread = Record { revision: 2, reason: serde_json::from_value(json!("reread")).unwrap(), ..text.clone() };
    assert_eq!(told(&reread, Some(&other), false), [], "a reread");
    assert_eq!(told(&Record { revision: 2, ..text.clone() }, None, false), [], "nobody knows what was added");
    assert_eq!(told(&Record { revision: 2, ..text.clone() }, Some(&other), true), [(Event::Revision, false)]);
    let withdrawn = serde_json::from_value(json!({"at": "2026-11-28T08:00:00+07:00", "reason": "gone"})).unwrap();
    let gone = Record { revision: 2, withdrawn: Some(withdrawn), ..text.clone() };
    assert_eq!(told(&gone, Some(&text), false), [(Event::Withdrawn, false)]);
    let back = Record { revision: 3, ..text.clone() };
    assert_eq!(told(&back, Some(&gone), false), [], "it is back as it was");
    let old = Record { date_published: Some("2026-11-20T08:00:00+07:00".to_owned()), ..text.clone() };
    assert_eq!(told(&old, None, false), [(Event::New, true)]);
    assert_eq!(told(&Record { date_published: None, ..text }, None, false), [(Event::New, false)]);
}

#[test]
fn a_copy_is_a_reprint_only_for_who_asks_for_no_new_stories() {
    let duplicate = json!({"of": "b", "kind": "reprint", "containment": 1.0});
    let copy = record(&json!({ "title": "Cầu mới", "duplicate": duplicate }));
    let events = |events: &[Event]| Watch { events: events.iter().copied().collect(), ..watch("w", &["cau moi"]) };
    let found = |watched| {
        let sighting = Sighting { record: &copy, previous: None, is_backlog: false };
        Matcher::new(vec![watched]).findings(sighting).first().map(|finding| finding.event)
    };
    assert_eq!(found(events(&[Event::New, Event::Reprint])), Some(Event::New));
    assert_eq!(found(events(&[Event::Reprint])), Some(Event::Reprint));
    assert_eq!(found(events(&[Event::Revision])), None);
}

#[test]
fn what_a_file_says_is_told_where_a_watch_asks_for_files() {
    let url = "https://suoi.example/tep.pdf";
    let files = json!([{"url": url, "title": "Tệp", "mime_type": "application/pdf"}]);
    let previous = record(&json!({ "title": "Thông báo", "attachments": files }));
    let mut read = Record { revision: 2, reason: Some(RevisionReason::Attachment), ..previous.clone() };
    read.attachments[0].content = Some("Đấu giá mỏ cát Bến Cầu. Hồ sơ nộp tại chỗ.".to_owned());
    let of_files =
        || Watch { fields: [Field::Title, Field::Attachments].into_iter().collect(), ..watch("f", &["mo cat"]) };
    let told = |watch: Watch, is_backlog| {
        let sighting = Sighting { record: &read, previous: Some(&previous), is_backlog };
        Matcher::new(vec![watch]).findings(sighting)
    };
    let findings = told(of_files(), false);
    assert_eq!((findings.len(), findings[0].event), (1, Event::Revision));
    assert_eq!(findings[0].changes[0].new, "Đấu giá mỏ cát Bến Cầu.");
    assert_eq!(told(of_files(), true), [], "the files of a backlog are no news either");
    assert_eq!(told(watch("w", &["mo cat", "thong bao"]), false), [], "the revision itself tells nothing");
}
