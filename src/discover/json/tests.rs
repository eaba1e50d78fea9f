use serde_json::json;

use super::*;
use crate::discover::Reader;
use crate::discover::Step;
use crate::discover::read as read_page;
use crate::discover::testing::*;
use crate::model::request::Expect;

fn rules() -> JsonRules {
    let path = |path: &str| Some(path.to_owned());
    JsonRules {
        request: Request {
            url: url("https://tinh.example/api/tin"),
            payload: Payload::Form(vec![
                ("do".to_owned(), "QUERYDATA".to_owned()),
                ("start".to_owned(), "0".to_owned()),
            ]),
            expect: Expect::Json,
        },
        items: "/data".to_owned(),
        link: "https://tinh.example/View_Detail.aspx?ItemID={/ID}".to_owned(),
        title: path("/Title"),
        date: path("/CreatedDate"),
        modified: None,
        summary: path("/Description"),
        content: path("/Content"),
        guid: path("/ID"),
        image: path("/Image"),
        author: None,
        section: None,
        content_is_article: true,
        date_order: DateOrder::DayFirst,
        paging: JsonPaging::Offset { parameter: "start".to_owned(), size: 2 },
    }
}

fn list(rules: &JsonRules, body: &str) -> Found {
    read_first(Reader::Json(Box::new(rules.clone())), body)
}

#[test]
fn rows_become_links() {
    let body = json!({"data": [
        {"ID": 13820, "Title": "Khai mạc ##Hội thi##", "CreatedDate": "2025-06-30T19:02:21", "Description": "",
         "Content": "&lt;p&gt;Sáng nay &amp;amp; mai&lt;/p&gt;", "Image": "/a.jpg"},
        {"ID": "13821", "Title": "Tin #2", "CreatedDate": "30/06/2025", "Description": "Tóm <b>tắt</b>", "Content": null},
        {"Title": "không địa chỉ"},
    ]});
    let found = list(&rules(), &format!("\u{feff}{body}"));
    assert_eq!(
        rows(&found),
        [
            "/View_Detail.aspx?ItemID=13820 | Khai mạc Hội thi | 2025-06-30T19:02",
            "/View_Detail.aspx?ItemID=13821 | Tin #2 | 2025-06-30",
        ]
    );
    let (first, second) = (&found.links[0], &found.links[1]);
    assert_eq!(first.hints.content_html.as_deref(), Some("<p>Sáng nay &amp; mai</p>"));
    assert_eq!((first.hints.content_is_article, second.hints.content_is_article), (true, false));
    assert_eq!((first.hints.summary.as_deref(), second.hints.summary.as_deref()), (None, Some("Tóm tắt")));
    assert_eq!(
        (first.discovery.guid.as_deref(), found.warnings.as_slice()),
        (Some("13820"), &["rows without an address: 1".to_owned()][..])
    );
}

#[test]
fn answers_are_unwrapped() {
    let check = |items: &str, body: &str| {
        let rules = JsonRules { items: items.to_owned(), ..rules() };
        assert_eq!(list(&rules, body).links.len(), 1, "{items} {body}");
    };
    check("/data", r#"{"data":[{"ID":1}]}"#);
    check("", r#"[{"ID":1}]"#);
    check("/data", r#"{"d":{"data":[{"ID":1}]}}"#);
    check("/data", r#"{"d":"{\"data\":[{\"ID\":1}]}"}"#);
    check("/d/data", r#"{"d":"{\"data\":[{\"ID\":1}]}"}"#);
    check("", r#"{"d":"[{\"ID\":1}]"}"#);
    check("/d", r#"{"d":"[{\"ID\":1}]"}"#);
    check("/data", r#"jQuery1_2({"data":[{"ID":1}]});"#);
    check("/data", ")]}',\n{\"data\":[{\"ID\":1}]}");
    check("/a~1b/0", r#"{"a/b":[[{"ID":1}]]}"#);
}

#[test]
fn addresses_are_filled() {
    let check = |template: &str, row: Value, expect: Option<&str>| {
        let filled = address(template, &row, &url("https://tinh.example/api/"));
        assert_eq!(filled.as_ref().map(PageUrl::as_str), expect, "{template}");
    };
    check("{/url}", json!({"url": "/tin/a b"}), Some("https://tinh.example/tin/a%20b"));
    check("{/url}?x=1", json!({"url": "https://b.example/1"}), Some("https://b.example/1?x=1"));
    check(
        "/tin/{/slug}-{/n/id}.html",
        json!({"slug": "a&b?", "n": {"id": 7}}),
        Some("https://tinh.example/tin/a%26b%3F-7.html"),
    );
    check("/tin/{/id}", json!({"id": null}), None);
    check("/tin/{/id", json!({"id": 1}), None);
    check("{/url}", json!({"url": "javascript:x()"}), None);
}

#[test]
fn dates_of_every_kind_are_read() {
    let check = |value: Value, expect: &str| {
        let mut warnings = Vec::new();
        let row = json!({"d": value});
        assert_eq!(shown(read_date(&row, "/d", DateOrder::DayFirst, &mut warnings).as_ref()), expect, "{row}");
        assert_eq!(warnings.is_empty(), expect != "-");
    };
    check(json!("2025-06-30T19:02:21"), "2025-06-30T19:02");
    check(json!(1_751_284_941), "2025-06-30T19:02");
    check(json!(1_751_284_941_000_i64), "2025-06-30T19:02");
    check(json!("/Date(1751284941000)/"), "2025-06-30T19:02");
    check(json!("/Date(1751284941000+0700)/"), "2025-06-30T19:02");
    check(json!("hôm nay"), "-");
    check(json!(i64::MAX), "-");
}

#[test]
fn lists_go_on_until_they_end() {
    let two = r#"{"pages":2,"data":[{"ID":1},{"ID":2}]}"#;
    let one = r#"{"pages":2,"data":[{"ID":3}]}"#;
    let form = |found: &Found| match &found.next[0].request.payload {
        Payload::Form(pairs) => pairs.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(form(&list(&rules(), two))[1], ("start".to_owned(), "2".to_owned()));
    assert!(list(&rules(), one).next.is_empty());
    assert!(list(&rules(), r#"{"data":[]}"#).next.is_empty());

    let page =
        |total: Option<&str>| JsonPaging::Page { parameter: "p".to_owned(), first: 1, total: total.map(str::to_owned) };
    let get = JsonRules {
        request: Request::get(url("https://tinh.example/api?p=1&n=2"), Expect::Json),
        paging: page(None),
        ..rules()
    };
    assert_eq!(next_urls(&list(&get, one)), ["https://tinh.example/api?p=2&n=2"]);
    let body = json!({"query": {"page": 1}});
    let request = Request { url: url("https://tinh.example/api"), payload: Payload::Json(body), expect: Expect::Json };
    let paging = JsonPaging::Page { parameter: "/query/page".to_owned(), first: 1, total: Some("/pages".to_owned()) };
    let posted = JsonRules { request, paging, ..rules() };
    let found = list(&posted, two);
    assert_eq!(found.next[0].request.payload, Payload::Json(json!({"query": {"page": 2}})));
    let source = source(Reader::Json(Box::new(posted)));
    let last = Step { number: 1, ..found.next[0].clone() };
    assert!(read_page(&source, &last, &testing_page(two)).next.is_empty());
}

fn testing_page(body: &str) -> crate::model::page::Page {
    page(&url("https://tinh.example/api"), body)
}

#[test]
fn what_is_no_list_is_named() {
    let check = |body: &str, expect: &str| {
        let broken = list(&rules(), body).broken.unwrap_or_default();
        assert!(broken.starts_with(expect), "{body}: {broken}");
    };
    check("", "an empty answer instead of JSON");
    check("<html>", "HTML instead of JSON");
    check("OK", "no JSON:");
    check(r#"{"data": {}}"#, "no array at `/data`");
    check(r#"{"error": 1}"#, "no array at `/data`");
    check("Error [x] of {y}", "no JSON:");
    check(&"[".repeat(100_000), "no JSON:");
    assert_eq!(list(&rules(), r#"{"data": null}"#).broken, None);
}

#[test]
fn rows_are_bounded() {
    let all: Vec<Value> = (0..MAX_ROWS + 3).map(|number| json!({"ID": number})).collect();
    let found = list(&rules(), &json!({"data": all}).to_string());
    assert_eq!(found.links.len(), MAX_ROWS);
    assert_eq!(found.warnings, ["rows left out: 3, since at most 5000 are read"]);
}

/// Invalid JSON costs only the invalid characters, not the list, and causes a warning. The same holds for JSON in a string.
#[test]
fn a_wrong_sign_loses_no_row() {
    let check = |body: &str| {
        let found = list(&rules(), body);
        let told = found.warnings.iter().any(|warning| warning.starts_with("JSON mended: "));
        assert_eq!((found.links.len(), told || body.contains("\"d\"")), (2, true), "{body}: {:?}", found.warnings);
    };
    check(r#"{"data":[{"ID":1,"Title":"Chợ \ud83d Tết"},{"ID":2}]}"#);
    check(r#"{"data":[{"ID":1,"Title":"\ude00\ud83d"},{"ID":2,"\udead":1}]}"#);
    check("{\"data\":[{\"ID\":1,\"Title\":\"hai\ndòng\"},{\"ID\":2}]}");
    check(r#"{"data":[{"ID":1,"n":NaN},{"ID":2},]}"#);
    check(r#"{"data":[{"ID":1},{"ID":2,"Title":"cắt"#);
    check(r#"{"d":"{\"data\":[{\"ID\":1,\"Title\":\"\\ud83d\"},{\"ID\":2}]}"}"#);
}

/// JSON in a string of JSON in a string and so on.
#[test]
fn wraps_are_bounded() {
    let rows_below = |wraps: usize| {
        let wrapped = (0..wraps).fold(json!([{"ID": 1}]), |inner, _| json!({"a": inner.to_string()}));
        resolve(&wrapped, &"/a".repeat(wraps), MAX_WRAPS).is_some_and(|rows| rows.is_array())
    };
    assert_eq!([MAX_WRAPS, MAX_WRAPS + 1].map(rows_below), [true, false]);
}
