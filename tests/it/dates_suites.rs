//! The date reader against tables of what portals print and what other readers are tested with.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use jiff::Timestamp;
use serde_json::Value;
use tintinh::text::date;
use tintinh::text::date::DateOrder;
use tintinh::text::date::Dated;
use tintinh::text::date::Precision;
use tintinh::url::PageUrl;

use crate::discover_suites::read_feed;
use crate::support::conformance;
use crate::support::shared;

/// As the table writes it: to the precision, then the zone; a day stands alone.
fn plain(dated: Option<&Dated>) -> String {
    let Some(dated) = dated else { return "none".to_owned() };
    let full = date::rfc3339(dated.at);
    match dated.precision {
        Precision::Day => full[..10].to_owned(),
        Precision::Minute => format!("{}+07:00", &full[..16]),
        Precision::Second => full,
    }
}

struct Row<'a> {
    text: &'a str,
    expected: &'a str,
    order: DateOrder,
    context: &'a str,
    if_element: &'a str,
}

impl Row<'_> {
    fn new(line: &str) -> Row<'_> {
        let columns: Vec<&str> = line.split('\t').collect();
        let order = if columns[3].contains("month-first") { DateOrder::MonthFirst } else { DateOrder::DayFirst };
        Row { text: columns[0], expected: columns[1], order, context: columns[4], if_element: columns[5] }
    }

    /// What is read, and what should be, for each function the context concerns.
    fn readings(&self) -> Vec<(&'static str, String, &str)> {
        match self.context {
            "url" => {
                let base = PageUrl::parse("https://tinh.example/").unwrap();
                let read = date::read_url(&base.join(self.text).unwrap());
                vec![("read_url", plain(read.as_ref()), self.expected)]
            }
            "body" | "footer" | "header" | "header-clock" => {
                let if_element = if self.if_element.is_empty() { "none" } else { self.if_element };
                vec![
                    ("find_labelled", plain(date::find_labelled(self.text).as_ref()), self.expected),
                    ("read", plain(date::read(self.text, self.order).as_ref()), if_element),
                ]
            }
            _ => vec![("read", plain(date::read(self.text, self.order).as_ref()), self.expected)],
        }
    }
}

#[test]
fn the_table_of_portal_dates() {
    let Some(path) = shared("domain/tables/dates.tsv") else { return };
    let table = std::fs::read_to_string(path).unwrap();
    let (mut rows, mut right) = (0, 0);
    let mut invented = Vec::new();
    for line in table.lines().skip(1) {
        let row = Row::new(line);
        let readings = row.readings();
        rows += 1;
        right += usize::from(readings.iter().all(|(_, read, expected)| read == expected));
        for (function, read, expected) in readings {
            if read != expected {
                eprintln!("{function}({:?}): {read}, not {expected}", row.text);
                if expected == "none" {
                    invented.push(row.text);
                }
            }
        }
    }
    conformance("dates", right, rows);
    assert_eq!(invented, [""; 0], "dates where there are none");
    assert!(right * 100 >= rows * 99, "{right} of {rows}");
}

fn json_lines(name: &str) -> Option<Vec<Value>> {
    let text = std::fs::read_to_string(shared(&format!("conformance/dates/{name}"))?).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

/// How many values of a foreign suite are read how.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    /// The suite's moment.
    right: usize,
    /// The same civil time, but +07:00 where the suite takes UTC for a value without a zone.
    house_zone: usize,
    /// A date that we do not read.
    unread: usize,
    /// No date, in agreement.
    refused: usize,
    /// A moment other than the suite's.
    wrong: usize,
    /// A date where the suite has none.
    invented: usize,
}

impl Tally {
    fn add(&mut self, input: &str, read: Option<Timestamp>, expected: Option<Timestamp>) {
        let house = |expected: Timestamp| Timestamp::from_second(expected.as_second() - 7 * 3600).unwrap();
        let (count, note) = match (read, expected) {
            (None, None) => (&mut self.refused, ""),
            (Some(read), Some(expected)) if read == expected => (&mut self.right, ""),
            (Some(read), Some(expected)) if read == house(expected) => (&mut self.house_zone, ""),
            (None, Some(_)) => (&mut self.unread, "unread"),
            (Some(_), Some(_)) => (&mut self.wrong, "wrong"),
            (Some(_), None) => (&mut self.invented, "invented"),
        };
        *count += 1;
        if !note.is_empty() {
            eprintln!("{note}: {input:?} is {read:?}, there {expected:?}");
        }
    }
}

/// The date of a feed's only entry.
fn feed_date(input: &str) -> Option<Timestamp> {
    let feed = serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "items": [{ "id": "1", "url": "http://tinh.example/1", "date_published": input }],
    });
    let url = PageUrl::parse("http://tinh.example/feed").unwrap();
    let found = read_feed(url.as_str(), None, feed.to_string().into_bytes());
    Some(found.links.first()?.hints.date.as_ref()?.at)
}

/// Dates that feedparser, miniflux and gofeed are tested with, as those of feeds. A value without a zone is +07:00 here, where those suites
/// take UTC. Not read are years and months alone, whose day would be made up, years before 1990, truncated forms of ISO 8601, and what one feed
/// alone prints (months of three digits, a Hungarian name within ISO 8601).
#[test]
fn feed_dates() {
    let Some(cases) = json_lines("feed-dates.jsonl") else { return };
    let mut tally = Tally::default();
    let (mut parsed, mut unparsed) = (0, 0);
    for case in &cases {
        let input = case["input"].as_str().unwrap();
        let read = feed_date(input);
        match case.get("expect_utc") {
            Some(expected) => tally.add(input, read, expected.as_str().map(|text| text.parse().unwrap())),
            None if read.is_some() => parsed += 1,
            None => {
                unparsed += 1;
                eprintln!("unparsed: {input:?}");
            }
        }
    }
    let right = tally.right + tally.house_zone + tally.refused + parsed;
    conformance("feed-dates", right, cases.len());
    assert_eq!((tally.invented, parsed + unparsed), (0, 48));
    assert!(right * 100 >= cases.len() * 93, "{tally:?}");
}

#[test]
fn dates_of_feedparser() {
    let Some(cases) = json_lines("feedparser-dates.jsonl") else { return };
    let mut tally = Tally::default();
    for case in &cases {
        let Some(input) = case.pointer("/param/input_value").and_then(Value::as_str) else { continue };
        let expected = case.pointer("/param/expected_value").and_then(Value::as_array).map(|parts| {
            let part = |index: usize| parts[index].as_i64().unwrap();
            let text =
                format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", part(0), part(1), part(2), part(3), part(4), part(5));
            text.parse().unwrap()
        });
        tally.add(input, date::read(input, DateOrder::DayFirst).map(|dated| dated.at), expected);
    }
    assert_eq!(tally, Tally { right: 23, house_zone: 5, unread: 10, refused: 25, wrong: 8, invented: 1 });
}

#[test]
fn texts_of_htmldate() {
    const FUNCTIONS: [&str; 5] =
        ["try_date_expr", "custom_parse", "regex_parse", "external_date_parser", "search_pattern"];
    let Some(cases) = json_lines("htmldate-unit.jsonl") else { return };
    let mut tally = Tally::default();
    let mut urls = Tally::default();
    for case in &cases {
        let expected = case["expected"].as_str().and_then(|text| midnight(text.get(..10)?));
        if let Some(url) = case.pointer("/kwargs/url").and_then(Value::as_str) {
            urls.add(url, day(date::read_url(&PageUrl::parse(url).unwrap())), expected);
        }
        let Some(input) = case.pointer("/args/0").and_then(Value::as_str) else { continue };
        let applies = FUNCTIONS.contains(&case["func"].as_str().unwrap()) && case["args"][1] != "%d %B %Y";
        if applies {
            tally.add(input, day(date::read(input, DateOrder::DayFirst)), expected);
        }
    }
    // Wrong is a suite's "2018-04-12" read as 4 December; invented is "Fri, Sept 1, 2017", which htmldate reads only in
    // its slower mode. Unread are days with a dash or a bar before the year.
    assert_eq!(tally, Tally { right: 11, unread: 2, refused: 27, wrong: 1, invented: 1, ..Tally::default() });
    assert_eq!(urls, Tally { right: 3, refused: 4, ..Tally::default() });
}

fn midnight(day: &str) -> Option<Timestamp> {
    format!("{day}T00:00:00Z").parse().ok()
}

/// The printed day, which is all that htmldate gives.
fn day(dated: Option<Dated>) -> Option<Timestamp> {
    midnight(&date::rfc3339(dated?.at)[..10])
}
