//! The table of documents' numbers.

use tintinh::text::document;

use crate::support::conformance;
use crate::support::table;

fn is_right(row: &[String]) -> bool {
    let [text, number, year, kind, issuer, unit, canonical, name, ..] = row else {
        panic!("a row of ten columns: {row:?}")
    };
    let Some(read) = document::read(text) else { return number.is_empty() };
    let given = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let named = name.starts_with("law") || given(read.kind_name()) == *name;
    (read.number.as_str(), read.canonical.as_str()) == (number, canonical)
        && given(read.year.as_deref()) == *year
        && given(read.kind) == *kind
        && given(read.issuer.as_deref()) == *issuer
        && given(read.unit.as_deref()) == *unit
        && named
}

#[test]
fn numbers_of_documents_are_read_and_other_numbers_are_not() {
    let Some(rows) = table("domain/tables/documents.tsv") else { return };
    let wrong: Vec<String> = rows
        .iter()
        .filter(|row| !is_right(row))
        .map(|row| format!("{:?}: {:?}", row[0], document::read(&row[0])))
        .collect();
    conformance("documents", rows.len() - wrong.len(), rows.len());
    let invented: Vec<&str> = rows
        .iter()
        .filter(|row| row[1].is_empty() && document::read(&row[0]).is_some())
        .map(|row| row[0].as_str())
        .collect();
    assert_eq!(invented, Vec::<&str>::new(), "no documents' numbers");
    assert!(wrong.len() * 100 <= rows.len() * 3, "{wrong:#?}");
}
