//! Determines the time span for which one page of a source lists all articles. Used for sources that deliver whole articles.

use jiff::Timestamp;

use crate::model::link::Link;

/// Minimum number of articles that show the order of a page.
const FEWEST: usize = 4;

/// Returns the time span between the newest and the oldest article of a page that lists whole articles by date, without its ends: every article dated
/// inside it would be listed. Pinned articles before or after the others do not count. None if the page has another order.
pub fn listed(links: &[Link]) -> Option<(Timestamp, Timestamp)> {
    let whole = links.iter().filter(|link| link.hints.content_is_article);
    let dates: Vec<Timestamp> = whole.filter_map(|link| Some(link.hints.date.as_ref()?.at)).collect();
    let falling = dates.chunk_by(|one, next| one >= next);
    let rising = dates.chunk_by(|one, next| one <= next);
    let longest = falling.chain(rising).max_by_key(|run| run.len())?;
    // At most one article in five may be out of order, as pinned ones are.
    if longest.len() < FEWEST || longest.len() * 5 < links.len() * 4 {
        return None;
    }
    let (first, last) = (*longest.first()?, *longest.last()?);
    (first != last).then(|| (first.min(last), first.max(last)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::saved;
    use crate::text::date::Dated;
    use crate::text::date::Precision;
    use crate::url::PageUrl;

    fn check(days: &[i64], expect: Option<(i64, i64)>) {
        let at = |day: i64| Timestamp::from_second(day * 86_400).unwrap();
        let link = |(number, day): (usize, &i64)| {
            let mut link = saved::link_to(&PageUrl::parse(&format!("http://a.example/{number}")).unwrap());
            link.hints.content_is_article = true;
            link.hints.date = Some(Dated { at: at(*day), precision: Precision::Day, raw: String::new(), offset: None });
            link
        };
        let links: Vec<Link> = days.iter().enumerate().map(link).collect();
        assert_eq!(listed(&links), expect.map(|(from, to)| (at(from), at(to))), "{days:?}");
    }

    #[test]
    fn a_page_in_order_lists_all_between_its_ends() {
        check(&[20, 19, 19, 17, 12], Some((12, 20)));
        check(&[3, 4, 9, 9, 10], Some((3, 10)));
        // A pinned article of last year says nothing about what lies between.
        check(&[1, 20, 19, 18, 17, 12], Some((12, 20)));
        check(&[20, 20, 20, 20], None);
        check(&[20, 19, 18], None);
        check(&[20, 3, 17, 9, 12, 5], None);
        check(&[], None);
    }
}
