//! Drops lines that a page shows twice: a theme's second version for another screen width, and sentences in large letters between the paragraphs
//! that contain them.

use std::cell::OnceCell;

use foldhash::HashMap;
use foldhash::HashSet;

use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::text::unicode;

/// Minimum number of words of a repeated line that the theme doubled, not the author.
const DOUBLED: u32 = 6;

/// Minimum number of times that an author repeats a sentence: "Open daily from 8 to 17" below each of several places.
const FORMULA: usize = 4;

/// Maximum number of bytes of the text that are searched for pull quotes, and of pull quotes that are searched for.
const MOST_SEARCHED: usize = 128 * 1024;
const MOST_PULLED: usize = 200;

/// Maximum number of words of a pull quote.
const PULLED: u32 = 60;

/// Whether a line repeats an earlier one.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Again {
    No,
    Yes,
    /// It does, but authors repeat subheadings, items and formulas too. It is the theme's only if a line beside it is repeated as well.
    WithOthers,
}

/// Drops word-for-word repetitions and pull quotes.
pub(super) fn drop_doubled(lines: &mut Vec<Line<'_>>, dropped: &mut Vec<String>) {
    let again = repetitions(lines);
    let is_again = |at: usize| again.get(at).is_some_and(|again| *again != Again::No);
    let mut at = 0..;
    lines.retain(|line| {
        let at = at.next().unwrap_or_default();
        let doubled = match again.get(at) {
            Some(Again::Yes) => true,
            Some(Again::WithOthers) => is_again(at + 1) || at.checked_sub(1).is_some_and(is_again),
            Some(Again::No) | None => false,
        };
        if doubled {
            dropped.push(line.text.clone());
        }
        !doubled
    });
}

fn repetitions(lines: &[Line<'_>]) -> Vec<Again> {
    let mut text = String::new();
    for line in lines.iter().filter(|line| line.kind == Kind::Paragraph) {
        if text.len() + line.text.len() < MOST_SEARCHED {
            text.push_str(&line.text);
            text.push('\n');
        }
    }
    let may_be = |line: &Line<'_>| line.words >= DOUBLED && !line.is_image() && !matches!(line.kind, Kind::Row { .. });
    let mut counts: HashMap<&str, usize> = HashMap::default();
    for line in lines.iter().filter(|line| may_be(line)) {
        *counts.entry(&line.text).or_default() += 1;
    }
    let (lower, rows) = (OnceCell::new(), OnceCell::new());
    let mut looks = 0;
    let mut is_quoted = |line: &Line<'_>| {
        line.kind == Kind::Quote && line.words <= PULLED && looks < MOST_PULLED && {
            looks += 1;
            let rows = || rows.get_or_init(|| rows_of(lower.get_or_init(|| text.to_lowercase())).collect());
            is_pulled(&text, &line.text) || is_retold(rows(), &line.text.to_lowercase())
        }
    };
    let mut seen: HashSet<&str> = HashSet::default();
    let mut again = Vec::with_capacity(lines.len());
    for line in lines {
        let is_formula = || counts.get(line.text.as_str()).is_some_and(|count| *count >= FORMULA);
        again.push(match line.kind {
            _ if !may_be(line) => Again::No,
            _ if is_quoted(line) => Again::Yes,
            _ if seen.insert(&line.text) => Again::No,
            Kind::Heading(_) | Kind::Item { .. } => Again::WithOthers,
            _ if is_formula() => Again::WithOthers,
            _ => Again::Yes,
        });
    }
    again
}

/// Whether a paragraph of a text contains a line together with other words.
fn is_pulled(text: &str, line: &str) -> bool {
    let is_mark = |c: char| matches!(c, '"' | '“' | '”' | '«' | '»' | '‘' | '’');
    let line = line.trim_matches(is_mark);
    text.match_indices(line).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + line.len()..).and_then(|after| after.chars().next());
        let edge = |c: Option<char>| c.is_none_or(|c| c == '\n' || is_mark(c));
        let parts = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        parts(before) && parts(after) && !(edge(before) && edge(after))
    })
}

/// Number of words in a row that are compared, and how many of every ten such rows of a pull quote the text must contain. Editors shorten pull
/// quotes.
const IN_ROW: usize = 3;
const LEAST_RETOLD: usize = 8;

/// Returns all rows of words of a text in lower case.
fn rows_of(lower: &str) -> impl Iterator<Item = [&str; IN_ROW]> {
    let words =
        |after: usize| lower.split(|c: char| !unicode::is_alphanumeric(c)).filter(|word| !word.is_empty()).skip(after);
    words(0).zip(words(1)).zip(words(2)).map(|((one, two), three)| [one, two, three])
}

/// Whether most of a quotation is in the paragraphs of the text, given its rows of words.
fn is_retold(rows: &HashSet<[&str; IN_ROW]>, quote: &str) -> bool {
    let (mut count, mut told) = (0, 0);
    for row in rows_of(quote) {
        count += 1;
        told += usize::from(rows.contains(&row));
    }
    count > 0 && told * 10 >= count * LEAST_RETOLD
}

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::extract::sample::TEXT;

    fn count_of(text: &str, body: &str) -> usize {
        sample::text_of(body).matches(text).count()
    }

    fn part(number: usize) -> String {
        format!("<p>Bến thứ {number} nằm ở khúc sông rộng, người đợi phà ngồi dưới mái tôn cạnh gốc đa.</p>")
    }

    #[test]
    fn authors_repeat_subheadings_items_and_formulas() {
        let heading = "<h3>Phà chạy từ mấy giờ sáng mỗi ngày</h3>";
        let two = format!("{TEXT}{heading}{}{heading}{}", part(1), part(2));
        assert_eq!(count_of("mấy giờ sáng", &two), 2);
        let formula = "<p>Phà chạy từ năm giờ sáng mỗi ngày.</p>";
        let places: String = (1..5).map(|n| part(n) + formula).collect();
        assert_eq!(count_of("từ năm giờ sáng mỗi ngày", &format!("{TEXT}{places}")), 4);
    }

    #[test]
    fn a_second_version_for_another_width_and_a_pull_quote_are_left_out() {
        let heading = "<h3>Phà chạy từ mấy giờ sáng mỗi ngày</h3>";
        let version = format!("<div>{TEXT}{heading}{}</div>", part(1));
        assert_eq!(count_of("mấy giờ sáng", &version.repeat(2)), 1);
        let pulled =
            "<blockquote>Hơn ba trăm hộ dân hai bên bờ đã ra bến chờ chuyến phà … cập bến sau mùa lũ</blockquote>";
        assert_eq!(count_of("ba trăm hộ dân", &format!("{TEXT}{pulled}{}", part(1))), 1);
        let said = "<blockquote>Tôi đợi chuyến này từ hồi nước còn ngập mái bến, nay mới qua được sông.</blockquote>";
        assert_eq!(count_of("ngập mái bến", &format!("{TEXT}{said}{}", part(1))), 1);
    }
}
