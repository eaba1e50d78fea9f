//! Canonical addresses against the suites of other canonicalizers. Their forms differ from ours and from each other's, so that not the form is
//! held but what it says: what a suite calls one address has one id here, and what it tells apart has two.

#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use serde_json::Value;
use tintinh::text::fingerprint::article_id;
use tintinh::url::PageUrl;

use crate::support::shared;

/// An address, and the form that a suite gives it.
type Row = (String, String);

fn file(name: &str) -> Option<String> {
    Some(std::fs::read_to_string(shared("conformance/urls")?.join(name)).unwrap())
}

/// Rows of a table of calls, of one function without options.
fn calls(name: &str, functions: &[&str]) -> Option<Vec<Row>> {
    let rows = file(name)?.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect::<Vec<_>>();
    let chosen = rows.iter().filter(|row| functions.iter().any(|function| row["func"] == *function));
    let plain = chosen.filter(|row| row["kwargs"].as_object().is_none_or(serde_json::Map::is_empty));
    let texts = |row: &Value| Some((row["args"][0].as_str()?.to_owned(), row["expected"].as_str()?.to_owned()));
    Some(plain.filter_map(texts).collect())
}

fn pairs(name: &str) -> Option<Vec<Row>> {
    let table: BTreeMap<String, String> = serde_json::from_str(&file(name)?).unwrap();
    Some(table.into_iter().collect())
}

/// The id of an address; none of what is no page.
fn id(text: &str) -> Option<String> {
    let canonical = PageUrl::parse(text).ok()?.canonical();
    assert_eq!(canonical.canonical(), canonical, "{text}");
    Some(article_id(&canonical))
}

/// Holds the ids to a suite, but for what it calls one address and we do not, and what it tells apart and we do not.
fn hold(rows: &[Row], one_is_two: &[&str], two_are_one: &[&str], at_least: usize) {
    let pages: Vec<(&Row, String, String)> =
        rows.iter().filter_map(|row| Some((row, id(&row.0)?, id(&row.1)?))).collect();
    assert!(pages.len() >= at_least, "{} rows", pages.len());
    let apart: Vec<&str> =
        pages.iter().filter(|(_, one, other)| one != other).map(|(row, ..)| row.0.as_str()).collect();
    assert_eq!(apart, one_is_two);
    let mut forms: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (row, id, _) in &pages {
        forms.entry(id).or_default().insert(bare(&row.1));
    }
    let together = |forms: BTreeSet<String>| (forms.len() > 1).then(|| forms.into_iter().collect::<Vec<_>>().join(" "));
    let merged: Vec<String> = forms.into_values().filter_map(together).collect();
    assert_eq!(merged, two_are_one);
}

/// A form without what ids do not know: scheme, `www.`, user, and whether an empty path, query or fragment is written.
fn bare(form: &str) -> String {
    let form = form.split('#').next().unwrap_or_default();
    let form = form.split_once("://").map_or(form, |(_, rest)| rest);
    let form = form.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(form, |(_, rest)| rest);
    form.strip_prefix("www.").unwrap_or(form).trim_end_matches(['?', '/']).to_owned()
}

#[test]
fn w3lib() {
    let Some(rows) = calls("w3lib-url.jsonl", &["canonicalize_url"]) else { return };
    hold(&rows, &[], &[], 40);
}

#[test]
fn courlan() {
    let Some(rows) = calls("courlan.jsonl", &["normalize_url", "clean_url"]) else { return };
    // It cuts what it takes for the rest of markup; an address is what its attribute held.
    let cut = ["https://example.org/abc\"", "https://example.org/abc<"];
    // Portals write the other scheme's port into their links; no server speaks TLS at port 80.
    hold(&rows, &cut, &["dwds.de dwds.de:80"], 25);
}

#[test]
fn urlcanon() {
    let Some(rows) = pairs("urlcanon/testdata/semantic_precise.json") else { return };
    // Rows of bytes that are no text, and of the Safe Browsing canonicalizer, which unescapes until nothing changes (`%2561` is `a`); RFC 3986
    // unescapes once.
    let is_bytes = |text: &str| text.chars().any(|c| ('\u{80}'..'\u{100}').contains(&c));
    let is_twice_escaped = |text: &str| text.contains("%25") || text.contains("%%");
    let rows: Vec<Row> = rows.into_iter().filter(|(given, _)| !is_bytes(given) && !is_twice_escaped(given)).collect();
    let one_is_two = [
        // Dots alone are no host that anything answers at.
        "http:%2e%2e%2e/a/b",
        "http:%2e%2e/a/b",
        "http:%2e/a/b",
        "http:/%2e%2e%2e/a/b",
        "http:/%2e%2e/a/b",
        "http:/%2e/a/b",
        "http://%2e%2e%2e/a/b",
        "http://%2e%2e/a/b",
        "http://%2e/a/b",
        "http:///%2e%2e%2e/a/b",
        "http:///%2e%2e/a/b",
        "http:///%2e/a/b",
        // Signs that RFC 3986 allows in no address stay escaped, and `=` where it means something.
        "http://example.com/%7Ffp3%3Eju%3Dduvgw%3Dd",
        "http://facebook.com/?foo=%7B%22abc%22",
    ];
    hold(&rows, &one_is_two, &["foo foo:80"], 80);
    let Some(rows) = pairs("urlcanon/testdata/aggressive.json") else { return };
    // A www with a number is another host, and paths and parameters keep their case and their final slash.
    let one_is_two = [
        "http://example.com/foo?c=5&&a=1&B=3&A=2&b=4&C=6&",
        "http://example.com/something/;jsessionid=E85FAC04E331FFCA55549B10B7C7A4FA",
        "http://www.flickr.com/photos/36050182@N05/",
        "http://www12.foo.com/",
        "http://www232.chub.org:8080/foo",
        "https://www12.foo.com/",
    ];
    hold(&rows, &one_is_two, &["chub.org/foo chub.org:443/foo"], 20);
}

#[test]
fn surt() {
    let Some(rows) = calls("surt.jsonl", &["handyurl.parse().geturl"]) else { return };
    // It takes an address within an address for the one that was meant.
    hold(&rows, &["http://https://order.1and1.com"], &[], 8);
    // Its sort-friendly forms are no addresses: those of one form are one.
    let Some(rows) = calls("surt.jsonl", &["surt.surt"]) else { return };
    let mut ids: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (given, form) in &rows {
        ids.entry(form.to_lowercase()).or_default().extend(id(given));
    }
    let apart: Vec<_> = ids.iter().filter(|(_, ids)| ids.len() > 1).collect();
    assert!(ids.len() > 5 && apart.is_empty(), "{apart:?}");
}

#[test]
fn canonical_twice_is_canonical_once() {
    let Some(text) = file("urlcanon/testdata/idempotence.json") else { return };
    let addresses: Vec<String> = serde_json::from_str(&text).unwrap();
    assert!(addresses.iter().filter_map(|address| id(address)).count() >= 10);
}
