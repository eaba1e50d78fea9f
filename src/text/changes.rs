//! What changed between two texts, word by word.
//!
//! # Cost
//! Texts are compared by paragraphs first, and by words only where paragraphs differ. If more than `MOST_WORDS` words differ in one place, or a
//! text has more than `MOST_LINES` paragraphs, the whole old text counts as removed and the new one as added.

use similar::Algorithm;
use similar::DiffOp;
use similar::capture_diff_slices;

/// Maximum number of words of one place that are compared. Myers' algorithm takes the product of both sides at worst.
const MOST_WORDS: usize = 2000;

/// Maximum number of paragraphs that are compared, for the same reason.
const MOST_LINES: usize = 3000;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// In both texts.
    Same(String),
    /// Only in the old text.
    Gone(String),
    /// Only in the new text.
    Come(String),
}

/// A paragraph of the old text, of the new one, or of both.
pub type Paragraph = Vec<Piece>;

/// Returns the paragraphs of two texts, with their changes.
pub fn paragraphs(old: &str, new: &str) -> Vec<Paragraph> {
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        lines.filter(|line| !line.is_empty()).collect()
    };
    let (old, new) = (lines(old), lines(new));
    compared(&old, &new, MOST_LINES)
        .iter()
        .flat_map(|op| {
            let before = old.get(op.old_range()).unwrap_or_default();
            let after = new.get(op.new_range()).unwrap_or_default();
            match op {
                DiffOp::Equal { .. } => before.iter().map(|line| vec![Piece::Same(line.clone())]).collect(),
                _ => replaced(before, after),
            }
        })
        .collect()
}

/// Returns where two texts agree and differ. If one has more than `most` pieces and they differ at all, one replaces the other as a whole.
pub fn compared<T: Ord + std::hash::Hash>(before: &[T], after: &[T], most: usize) -> Vec<DiffOp> {
    if before.len().max(after.len()) > most && before != after {
        return vec![DiffOp::Replace { old_index: 0, old_len: before.len(), new_index: 0, new_len: after.len() }];
    }
    capture_diff_slices(Algorithm::Patience, before, after)
}

/// Returns replaced paragraphs: in pairs if both sides have the same number.
fn replaced(before: &[String], after: &[String]) -> Vec<Paragraph> {
    if before.len() == after.len() {
        return before.iter().zip(after).map(|(old, new)| words(old, new)).collect();
    }
    let gone = before.iter().map(|line| vec![Piece::Gone(line.clone())]);
    gone.chain(after.iter().map(|line| vec![Piece::Come(line.clone())])).collect()
}

/// Returns the words of two lines, with their changes.
pub fn words(old: &str, new: &str) -> Paragraph {
    let (before, after): (Vec<&str>, Vec<&str>) = (old.split_whitespace().collect(), new.split_whitespace().collect());
    let joined = |words: Option<&[&str]>| words.unwrap_or_default().join(" ");
    let mut pieces = Vec::new();
    for op in compared(&before, &after, MOST_WORDS) {
        let (gone, come) = (joined(before.get(op.old_range())), joined(after.get(op.new_range())));
        match op {
            DiffOp::Equal { .. } => pieces.push(Piece::Same(gone)),
            _ => pieces.extend([Piece::Gone(gone), Piece::Come(come)].into_iter().filter(|piece| !piece.is_empty())),
        }
    }
    pieces
}

impl Piece {
    fn is_empty(&self) -> bool {
        let (Piece::Same(text) | Piece::Gone(text) | Piece::Come(text)) = self;
        text.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(old: &str, new: &str, expect: &[&str]) {
        let shown = |piece: &Piece| match piece {
            Piece::Same(text) => text.clone(),
            Piece::Gone(text) => format!("[-{text}-]"),
            Piece::Come(text) => format!("{{+{text}+}}"),
        };
        let lines: Vec<String> =
            paragraphs(old, new).iter().map(|pieces| pieces.iter().map(shown).collect::<Vec<_>>().join(" ")).collect();
        assert_eq!(lines, expect);
    }

    #[test]
    fn words_within_paragraphs_and_whole_paragraphs() {
        check("", "", &[]);
        check("a b\n\nc", "a  b\nc", &["a b", "c"]);
        check("trồng 4,6 nghìn héc ta", "trồng 4,9 nghìn héc ta", &["trồng [-4,6-] {+4,9+} nghìn héc ta"]);
        check("một\nhai\nba", "một\nba", &["một", "[-hai-]", "ba"]);
        check("một\nba", "một\nhai\nba", &["một", "{+hai+}", "ba"]);
        check("", "mới", &["{+mới+}"]);
    }

    #[test]
    fn what_is_too_long_is_shown_whole() {
        let old: String = (0..=MOST_WORDS).map(|number| format!("a{number} ")).collect();
        let new: String = (0..=MOST_WORDS).map(|number| format!("b{number} ")).collect();
        assert_eq!(words(&old, &new).len(), 2);
        assert_eq!(words(&old, &old).len(), 1);
        let (old, new) = (old.replace(' ', "\n").repeat(2), new.replace(' ', "\n").repeat(2));
        let begun = tokio::time::Instant::now();
        // Both sides have the same number, so they form pairs.
        assert_eq!(paragraphs(&old, &new).len(), 2 * (MOST_WORDS + 1));
        assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
    }
}
