//! Detects walls: a text that appears for different links is not an article.
//!
//! An article whose title differs from what its link promises is held back until the visit ends. If another link with another promise leads to the
//! same text, neither is recorded. Otherwise it is recorded as usual.

use std::collections::BTreeSet;

use crate::model::link::Link;
use crate::model::record::Record;
use crate::store::Pending;
use crate::text::vietnamese::fold;
use crate::text::vietnamese::fold_ascii;
use crate::visit::decision::Decision;

/// Maximum number of articles held back at a time. Further ones are recorded at once. If the process is killed, they are fetched again.
const MAX_HELD: usize = 4;
/// Two titles are unrelated if they share less than this part of the shorter title's words.
const ALIKE: f64 = 0.34;
/// Minimum number of letters of a word in a URL that counts.
const WORD: usize = 3;

/// Where a visit's links lead.
#[derive(Default)]
pub(crate) struct HeldArticles {
    held: Vec<(Pending, Decision)>,
    /// Texts to which different links led.
    walls: BTreeSet<String>,
}

/// The result of a link leading to a text.
pub(crate) enum HoldDecision {
    /// Settle it as usual.
    Own(Box<Decision>),
    /// Hold it back.
    Held,
    /// Another link led there, so both show nothing. Contains the other one if it was held back.
    OneForAll(Option<Box<Pending>>),
}

impl HeldArticles {
    /// Takes a decision. Its article is held back if its title is not that of its link.
    pub(crate) fn meet(&mut self, pending: &Pending, decision: Decision) -> HoldDecision {
        let Some(record) =
            decision.article.as_ref().filter(|article| article.is_misnamed).map(|article| &article.record)
        else {
            return HoldDecision::Own(Box::new(decision));
        };
        let text = record.content_hash.clone();
        if self.walls.contains(&text) {
            return HoldDecision::OneForAll(None);
        }
        let Some(at) = self.held.iter().position(|(_, held)| held.text() == Some(&text)) else {
            if self.held.len() >= MAX_HELD {
                return HoldDecision::Own(Box::new(decision));
            }
            self.held.push((pending.clone(), decision));
            return HoldDecision::Held;
        };
        if self.held.get(at).is_some_and(|(other, _)| promises(&other.link) == promises(&pending.link)) {
            // The same article at two URLs.
            return HoldDecision::Own(Box::new(decision));
        }
        self.walls.insert(text);
        HoldDecision::OneForAll(Some(Box::new(self.held.remove(at).0)))
    }

    /// Returns the ids of the links held back.
    pub(crate) fn held_ids(&self) -> Vec<String> {
        self.held.iter().map(|(pending, _)| pending.id.clone()).collect()
    }

    /// Whether anything is held back. The site then shows more than one text.
    pub(crate) fn has_held(&self) -> bool {
        !self.held.is_empty()
    }

    /// Returns what was held back and matched no other link, in order of arrival.
    pub(crate) fn take_held(self) -> Vec<(Pending, Decision)> {
        self.held
    }
}

/// Returns what a link promises: the words of its title, else those of its URL.
fn promises(link: &Link) -> BTreeSet<String> {
    match &link.hints.title {
        Some(title) => words(&fold(title)),
        None => words_of_address(link),
    }
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn words_of_address(link: &Link) -> BTreeSet<String> {
    let path = fold_ascii(link.url.as_url().path());
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let is_word = |word: &String| word.len() >= WORD && word.bytes().all(|letter| letter.is_ascii_alphabetic());
    words(last.split('.').next().unwrap_or_default()).into_iter().filter(is_word).collect()
}

/// Whether an article's title has nothing in common with what its link promises. A URL without words promises nothing.
pub(crate) fn is_misnamed(link: &Link, record: &Record) -> bool {
    let (promised, title) = match &link.hints.title {
        Some(promised) => (words(&fold(promised)), words(&fold(&record.title))),
        None => (words_of_address(link), words(&fold_ascii(&record.title))),
    };
    let least = if link.hints.title.is_some() { 1 } else { 2 };
    if promised.len() < least {
        return false;
    }
    let common = promised.intersection(&title).count();
    #[expect(clippy::cast_precision_loss, reason = "words of a title")]
    let share = common as f64 / promised.len().min(title.len()).max(1) as f64;
    share < ALIKE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reading::saved;
    use crate::store::Article;
    use crate::url::PageUrl;

    fn link(url: &str, hint: Option<&str>) -> Link {
        let mut link = saved::link_to(&PageUrl::parse(url).unwrap());
        link.hints.title = hint.map(str::to_owned);
        link
    }

    fn record(title: &str) -> Record {
        let url = "http://a.example/1";
        let json = serde_json::json!({
            "schema_version": 1, "id": "0", "revision": 1, "portal": "p", "outlet": "P", "url": url, "final_url": url, "canonical_url": url,
            "title": title, "content_text": "", "content_html": "", "language": "vi", "date_fetched": "2026-11-24T00:00:00+07:00",
            "content_hash": title, "discovery": {"kind": "feed", "url": url}, "http": {"status": 200, "charset": "utf-8"},
            "extraction": {"rules": [], "version": "0", "origins": {}, "warnings": []}
        });
        serde_json::from_value(json).unwrap()
    }

    fn check(url: &str, hint: Option<&str>, title: &str, expect: bool) {
        assert_eq!(is_misnamed(&link(url, hint), &record(title)), expect, "{url} {hint:?} {title}");
    }

    /// Returns the outcome for a link with one title that leads to an article with another.
    fn meet(held: &mut HeldArticles, hint: &str, title: &str) -> &'static str {
        let link = link("http://a.example/1", Some(hint));
        let pending = Pending {
            id: hint.to_owned(),
            attempts: 0,
            settled: 0,
            first_seen: jiff::Timestamp::UNIX_EPOCH,
            raw: None,
            replay: false,
            revalidation: None,
            article: None,
            gone_since: None,
            link,
        };
        let article = Article { record: Box::new(record(title)), credit: None, is_misnamed: true, is_moved: false };
        match held.meet(&pending, Decision::recorded(article)) {
            HoldDecision::Own(_) => "own",
            HoldDecision::Held => "held",
            HoldDecision::OneForAll(None) => "one for all",
            HoldDecision::OneForAll(Some(_)) => "both",
        }
    }

    #[test]
    fn links_that_promise_something_else_end_at_one_text() {
        let mut held = HeldArticles::default();
        let met = ["một", "hai", "ba"].map(|hint| meet(&mut held, hint, "Thông báo"));
        assert_eq!(met, ["held", "both", "one for all"]);
        assert_eq!(meet(&mut held, "bốn", "Thư ngỏ"), "held");
        assert_eq!(meet(&mut held, "BỐN!", "Thư ngỏ"), "own", "the same article at two addresses");
        assert_eq!(held.take_held().len(), 1);
    }

    #[test]
    fn what_is_held_back_is_bounded() {
        let mut held = HeldArticles::default();
        for number in 0..MAX_HELD {
            assert_eq!(meet(&mut held, "một", &format!("Tin {number}")), "held");
        }
        assert_eq!(meet(&mut held, "một", "Tin nữa"), "own");
    }

    #[test]
    fn titles_that_have_nothing_of_what_was_promised() {
        let url = "http://a.example/1";
        check(url, Some("Nước sạch về bản"), "Thông báo", true);
        check(url, Some("Nước sạch về bản"), "NƯỚC SẠCH ĐÃ VỀ VỚI BẢN", false);
        check(url, Some("Thông báo về việc nghỉ lễ"), "Thông báo", false);
        check(url, None, "Thông báo", false);
        check("http://a.example/nuoc-sach-ve-ban-12.html", None, "Thông báo", true);
        check("http://a.example/nuoc-sach-ve-ban-12.html", None, "Nước sạch về bản", false);
    }
}
