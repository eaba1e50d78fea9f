//! Folding against the tables of Vietnamese spelling, and the bounded parser against pages of real portals.

use tintinh::text::vietnamese;

use crate::support::conformance;
use crate::support::table;

fn rows(name: &str) -> Option<Vec<Vec<String>>> {
    table(&format!("domain/tables/{name}"))
}

#[test]
fn every_row_of_the_fold_table() {
    let Some(rows) = rows("fold.tsv") else { return };
    let wrong: Vec<_> = rows
        .iter()
        .filter(|row| vietnamese::fold(&row[0]) != row[1] || vietnamese::fold_ascii(&row[0]) != row[2])
        .collect();
    conformance("fold", rows.len() - wrong.len(), rows.len());
    assert!(rows.len() > 80 && wrong.is_empty(), "{} of {} wrong: {wrong:#?}", wrong.len(), rows.len());
}

#[test]
fn both_tone_styles_have_one_key() {
    let (Some(moved), Some(unchanged)) = (rows("tone-placement.tsv"), rows("tone-unchanged.tsv")) else { return };
    let apart: Vec<_> = moved.iter().filter(|row| vietnamese::fold(&row[0]) != vietnamese::fold(&row[1])).collect();
    assert!(moved.len() > 200 && apart.is_empty(), "{apart:#?}");
    let changed: Vec<_> = unchanged
        .iter()
        .filter(|row| without_i(&vietnamese::fold(&row[0])) != without_i(&row[0].to_lowercase()))
        .collect();
    conformance("tone-placement", moved.len() - apart.len(), moved.len());
    conformance("tone-unchanged", unchanged.len() - changed.len(), unchanged.len());
    assert!(unchanged.len() > 150 && changed.is_empty(), "{changed:#?}");
}

/// The table speaks of tones only; that `kỹ` is filed under `kĩ` is another rule's work.
fn without_i(text: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    text.nfd().map(|c| if c == 'y' { 'i' } else { c }).nfc().collect()
}
