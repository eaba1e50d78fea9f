//! Old Vietnamese sets against tables of their bytes, samples of text, and what must be left alone.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::path::Path;

use tintinh::html::charset;
use tintinh::html::charset::Markup;
use tintinh::text::legacy;
use tintinh::text::legacy::Charset;
use tintinh::text::unicode;

use crate::support::conformance;
use crate::support::shared;

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn bytes_of(hex: &str) -> Vec<u8> {
    hex.split_whitespace().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}

/// Each letter's bytes in each set, with the ways of writing that differ between sources.
#[test]
fn every_letter_of_every_set() {
    let Some(path) = shared("domain/tables/charmaps.tsv") else { return };
    let columns = [
        (3, Charset::Tcvn3),
        (5, Charset::Tcvn5712),
        (6, Charset::Viscii),
        (8, Charset::Vps),
        (10, Charset::Vni),
        (11, Charset::Vni),
        (12, Charset::Windows1258),
        (13, Charset::Windows1258),
        (14, Charset::Windows1258),
    ];
    let mut asked = 0;
    for row in rows(&path) {
        for (column, charset) in columns {
            let hex = row.get(column).map_or("", |hex| hex.trim());
            let small = charset == Charset::Tcvn3 && row[4] == "shared-with-small";
            if hex.is_empty() {
                continue;
            }
            let expected = if small { row[0].to_lowercase() } else { row[0].clone() };
            assert_eq!(charset.decode(&bytes_of(hex)), expected, "{charset:?} {hex}");
            asked += 1;
        }
    }
    assert!(asked > 900, "{asked}");
}

/// A row of the samples' manifest.
struct Sample {
    name: String,
    kind: String,
    encoding: String,
    repair: String,
    bytes: Vec<u8>,
    expected: String,
}

fn samples() -> Option<Vec<Sample>> {
    let root = shared("domain/tables/encoding-samples")?;
    let read = |name: &str| std::fs::read(root.join(name)).unwrap();
    let rows = rows(&root.join("manifest.tsv")).into_iter().filter(|row| row[1] != "expected");
    Some(
        rows.map(|row| Sample {
            bytes: read(&row[0]),
            expected: String::from_utf8(read(&row[3])).unwrap(),
            name: row[0].clone(),
            kind: row[1].clone(),
            encoding: row[2].clone(),
            repair: row[4].clone(),
        })
        .collect(),
    )
}

fn charset_of(encoding: &str) -> Charset {
    match encoding {
        "cp1258" => Charset::Windows1258,
        other => Charset::for_label(other).unwrap(),
    }
}

/// The samples that are bytes, decoded as a page is that says nothing of its charset; the alphabet, which is no text, as one that names it.
/// Then uchardet's files.
#[test]
fn encodings_vi() {
    let (Some(samples), Some(uchardet)) = (samples(), shared("conformance/encodings/uchardet/test/vi")) else { return };
    let (mut passed, mut total) = (0, 0);
    let mut ask = |name: &str, text: &str, expected: &str| {
        total += 1;
        let right = unicode::nfc(text).trim_end() == unicode::nfc(expected).trim_end();
        passed += usize::from(right);
        if !right {
            eprintln!("{name}: {text:?}, not {expected:?}");
        }
    };
    for sample in samples.iter().filter(|sample| sample.kind == "bytes") {
        let label = charset_of(&sample.encoding).name();
        let named = (sample.repair == "table-test-only").then(|| format!("text/html; charset={label}"));
        let decoded = charset::decode(&sample.bytes, named.as_deref(), Markup::Html);
        ask(&sample.name, &decoded.text, &sample.expected);
    }
    let plain = std::fs::read_to_string(uchardet.join("utf-8.txt")).unwrap();
    for name in ["utf-8.txt", "viscii.txt", "windows-1258.txt"] {
        let decoded = charset::decode(&std::fs::read(uchardet.join(name)).unwrap(), None, Markup::Html);
        ask(name, &decoded.text, &plain);
    }
    conformance("encodings-vi", passed, total);
    assert_eq!((passed, total), (87, 87));
}

/// Every sample of decoded text: what is spoilt is put right, what is not is left alone.
#[test]
fn texts_are_put_right_or_left_alone() {
    let Some(samples) = samples() else { return };
    let (mut right, mut asked) = (0, 0);
    for sample in samples.iter().filter(|sample| sample.kind != "bytes") {
        let raw = String::from_utf8(sample.bytes.clone()).unwrap();
        let text = if Path::new(&sample.name).extension().is_some_and(|extension| extension == "html") {
            unicode::decode_entities(&raw)
        } else {
            raw
        };
        let repaired = legacy::repair(&text).map(|repaired| repaired.text);
        let expected = match sample.repair.as_str() {
            // C0 bytes stand for letters; no parser of HTML lets them through.
            "bytes-only" => continue,
            "no" | "key-only" => None,
            // The alphabet is no text.
            "table-test-only" => repaired.clone().map(|_| sample.expected.clone()),
            _ => Some(sample.expected.clone()),
        };
        asked += 1;
        if repaired == expected {
            right += 1;
        } else {
            eprintln!("{}: {repaired:?}, not {expected:?}", sample.name);
        }
    }
    conformance("encoding-samples", right, asked);
    assert_eq!((right, asked), (127, 127));
}

/// Bytes of a text in a set, by the table of letters; what the set does not have stays out.
fn encode(text: &str, letters: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for c in text.chars() {
        match letters.iter().find(|(letter, _)| *letter == c.to_string()) {
            Some((_, own)) => bytes.extend(own),
            None => bytes.extend(u8::try_from(c).ok().filter(u8::is_ascii)),
        }
    }
    bytes
}

/// Real articles, written in each of the sets and read as windows-1252: bodies come back whole, titles nearly always, and what was never
/// spoilt is left alone.
#[test]
fn real_articles_in_each_set() {
    let (Some(truth), Some(path)) = (shared("corpus/vn-dev/truth.jsonl"), shared("domain/tables/charmaps.tsv")) else {
        return;
    };
    let truth = std::fs::read_to_string(truth).unwrap();
    let articles: Vec<serde_json::Value> = truth.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let texts = |key: &str| -> Vec<String> {
        let lines = |value: &serde_json::Value| match value {
            serde_json::Value::Array(lines) => {
                lines.iter().filter_map(|line| line.as_str()).collect::<Vec<_>>().join("\n")
            }
            value => value.as_str().unwrap_or_default().to_owned(),
        };
        let texts = articles.iter().map(|article| unicode::nfc(&lines(&article[key])));
        // Quotes and dashes had no place in sets that used all bytes for letters.
        let quotes = [("“", "\""), ("”", "\""), ("’", "'"), ("‘", "'"), ("–", "-"), ("…", "..."), ("•", "-")];
        let texts = texts.map(|text| quotes.iter().fold(text, |text, (sign, plain)| text.replace(sign, plain)));
        // Without optimization all the bodies take a minute.
        let every = if key == "body" { 5 } else { 1 };
        texts.filter(|text| !text.is_ascii()).step_by(every).collect()
    };
    for (column, charset) in [
        (5, Charset::Tcvn5712),
        (6, Charset::Viscii),
        (8, Charset::Vps),
        (10, Charset::Vni),
        (12, Charset::Windows1258),
    ] {
        let letters: Vec<(String, Vec<u8>)> =
            rows(&path).into_iter().map(|row| (row[0].clone(), bytes_of(&row[column]))).collect();
        for (key, least) in [("body", 100), ("title", 97)] {
            let (mut right, mut all) = (0, 0);
            for text in texts(key) {
                let bytes = encode(&text, &letters);
                let spoilt = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned();
                let meant = charset.decode(&bytes);
                if meant == spoilt {
                    continue;
                }
                all += 1;
                let repaired = legacy::repair(&spoilt).map(|repaired| repaired.text);
                let told = legacy::detect(&bytes).map(|charset| charset.decode(&bytes));
                right += usize::from(repaired.as_deref() == Some(&meant) && told.as_deref() == Some(&meant));
                if repaired.as_deref() != Some(&meant) {
                    eprintln!(
                        "{charset:?} {key}: {:?}, not {:?}",
                        repaired.map(|text| text.chars().take(200).collect::<String>()),
                        meant.chars().take(200).collect::<String>()
                    );
                } else if told.as_deref() != Some(&meant) {
                    eprintln!(
                        "{charset:?} {key}: told {:?} {:?}",
                        legacy::detect(&bytes),
                        meant.chars().take(200).collect::<String>()
                    );
                }
            }
            eprintln!("{charset:?} {key}: {right} of {all}");
            assert!(right * 100 >= all * least && all > 25);
        }
    }
}

/// What is right is left alone, in Vietnamese and in other languages.
#[test]
fn right_texts_are_left_alone() {
    for corpus in ["corpus/vn-dev/truth.jsonl", "corpus/articles-dev/truth.jsonl"] {
        let Some(path) = shared(corpus) else { return };
        let mut asked = 0;
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let article: serde_json::Value = serde_json::from_str(line).unwrap();
            let body = article["body"].as_array().into_iter().flatten();
            let texts = ["title", "text", "lead"]
                .into_iter()
                .map(|key| &article[key])
                .chain(body)
                .filter_map(|text| text.as_str());
            // Some references were encoded twice themselves. Control characters show it.
            let is_right = |text: &&str| !text.contains(|c| matches!(c, '\u{80}'..='\u{9f}'));
            for text in texts.flat_map(|text| text.split("\n\n")).filter(is_right) {
                asked += 1;
                assert_eq!(legacy::repair(text), None, "{text}");
            }
        }
        assert!(asked > 1000, "{asked}");
    }
}
