//! The tables of short lines: bylines, source lines, credits, marks of agencies, and lines of the frame with their look-alikes.

use tintinh::extract::lines::caption;
use tintinh::extract::lines::frame;
use tintinh::extract::lines::last;
use tintinh::extract::lines::prefix;

use crate::support::conformance;
use crate::support::table;

/// What a row of `lines.tsv` comes to here.
fn is_right(row: &[String]) -> bool {
    let [text, position, role, source, people, rest, ..] = row else { panic!("a row of eight columns: {row:?}") };
    let text = text.replace("<o:p></o:p>", "");
    match position.as_str() {
        "last" => {
            let read = last::read(&text);
            let found = match &read {
                None => "ordinary",
                Some(signature) if signature.is_source => "source",
                Some(_) => "byline",
            };
            let named = read.as_ref().map(|signature| signature.people.join("; ")).unwrap_or_default();
            let outlet = read.and_then(|signature| signature.outlet).unwrap_or_default();
            found == role && (role == "ordinary" || (named == *people && (role == "byline" || outlet == *source)))
        }
        "caption" => {
            let Some(read) = caption::read(&text) else { return false };
            let credit = if source.is_empty() { people } else { source };
            read.credit.unwrap_or_default() == *credit && read.shows.unwrap_or_default() == *rest
        }
        _ => match prefix::read(&text) {
            None => role == "ordinary",
            Some(read) => {
                role == "agency-prefix"
                    && read.rest == rest
                    && (source.is_empty() != read.is_outlet)
                    && (source.is_empty() || read.mark == source)
            }
        },
    }
}

#[test]
fn short_lines_are_told_apart() {
    let Some(rows) = table("domain/tables/lines.tsv") else { return };
    let wrong: Vec<&str> = rows.iter().filter(|row| !is_right(row)).map(|row| row[0].as_str()).collect();
    conformance("lines", rows.len() - wrong.len(), rows.len());
    assert!(wrong.len() * 20 <= rows.len(), "{wrong:#?}");
}

#[test]
fn lines_of_the_frame_are_known_and_sentences_like_them_are_not() {
    let (Some(phrases), Some(observed), Some(lookalikes)) = (
        table("domain/tables/boilerplate.tsv"),
        table("domain/tables/boilerplate-observed.tsv"),
        table("domain/tables/boilerplate-lookalikes.tsv"),
    ) else {
        return;
    };
    let exact = phrases.iter().filter(|row| row[0] == "exact").map(|row| row[1].as_str());
    let lines: Vec<&str> = exact.chain(observed.iter().map(|row| row[0].as_str())).collect();
    let missed: Vec<&&str> = lines.iter().filter(|line| frame::read(line).is_none()).collect();
    conformance("frame-lines", lines.len() - missed.len(), lines.len());
    let mistaken: Vec<&str> =
        lookalikes.iter().map(|row| row[0].as_str()).filter(|line| frame::read(line).is_some()).collect();
    assert_eq!(mistaken, Vec::<&str>::new(), "sentences taken for the frame");
    assert_eq!(missed, Vec::<&&str>::new(), "lines of the frame taken for text");
}
