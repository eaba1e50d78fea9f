//! What messages say, in Vietnamese and English. The words are those of `docs/watch.md`.

use jiff::Timestamp;

use crate::model::record::DuplicateKind;
use crate::model::record::WithdrawalReason;
use crate::text::language::Language;
use crate::text::words;
use crate::watch::Event;
use crate::watch::Watch;
use crate::watch::coverage::Coverage;
use crate::watch::coverage::Unread;
use crate::watch::entry::Entry;
use crate::watch::message::Counts;
use crate::watch::message::Period;
use crate::watch::moment;

/// Portals that could not be read, watches and the like that one sentence names at most.
const MOST_NAMES: usize = 10;

/// The words of a language.
#[derive(Debug)]
pub(super) struct Phrasing {
    language: Language,
    pub(super) digest: &'static str,
    pub(super) digest_heading: &'static str,
    pub(super) revised: &'static str,
    pub(super) withdrawn: &'static str,
    pub(super) reprinted: &'static str,
    pub(super) before: &'static str,
    pub(super) now: &'static str,
    pub(super) added: &'static str,
    pub(super) removed: &'static str,
}

const VIETNAMESE: Phrasing = Phrasing {
    language: Language::Vietnamese,
    digest: "điểm báo",
    digest_heading: "Điểm báo",
    revised: "Đã sửa",
    withdrawn: "Đã gỡ",
    reprinted: "Đăng lại",
    before: "Trước",
    now: "Nay",
    added: "Thêm",
    removed: "Bỏ",
};

const ENGLISH: Phrasing = Phrasing {
    language: Language::English,
    digest: "digest",
    digest_heading: "Digest",
    revised: "Changed",
    withdrawn: "Withdrawn",
    reprinted: "Republished",
    before: "Before",
    now: "Now",
    added: "Added",
    removed: "Removed",
};

impl Phrasing {
    pub(super) fn of(language: Language) -> &'static Phrasing {
        match language {
            Language::Vietnamese => &VIETNAMESE,
            Language::English => &ENGLISH,
        }
    }

    fn is_english(&self) -> bool {
        self.language == Language::English
    }

    /// What stands before the headline of a message about one story.
    pub(super) fn prefix(&self, event: Event) -> &'static str {
        match (event, self.is_english()) {
            (Event::New, _) => "",
            (Event::Revision, false) => "Đã sửa: ",
            (Event::Revision, true) => "Changed: ",
            (Event::Withdrawn, false) => "Đã gỡ: ",
            (Event::Withdrawn, true) => "Withdrawn: ",
            (Event::Reprint, false) => "Đăng lại: ",
            (Event::Reprint, true) => "Republished: ",
        }
    }

    /// `7 tin, 2 sửa, 1 gỡ`, for a subject or a heading.
    pub(super) fn counts(&self, counts: Counts) -> String {
        let stories = if counts.new == 1 { "story" } else { "stories" };
        let words = if self.is_english() {
            [stories, "changed", "withdrawn", "republished"]
        } else {
            ["tin", "sửa", "gỡ", "đăng lại"]
        };
        match (counts.all() > 0, self.is_english()) {
            (true, _) => counted(counts, words),
            (false, false) => "không có tin mới".to_owned(),
            (false, true) => "nothing new".to_owned(),
        }
    }

    /// `7 tin mới, 2 bài đã sửa, 1 bài đã gỡ`, for a sentence.
    fn counts_in_full(&self, counts: Counts) -> String {
        let stories = if counts.new == 1 { "new story" } else { "new stories" };
        let words = if self.is_english() {
            [stories, "changed", "withdrawn", "republished"]
        } else {
            ["tin mới", "bài đã sửa", "bài đã gỡ", "bài đăng lại"]
        };
        counted(counts, words)
    }

    /// The names of watches, for a subject.
    pub(super) fn names(&self, watches: &[&Watch]) -> String {
        let names: Vec<&str> = watches.iter().map(|watch| watch.name.as_str()).collect();
        match names.as_slice() {
            [_, _, _, rest @ ..] if !rest.is_empty() => {
                let others = if self.is_english() {
                    format!("{} more", rest.len())
                } else {
                    format!("{} mục khác", rest.len())
                };
                format!("{}, {others}", names.iter().take(3).copied().collect::<Vec<_>>().join(", "))
            }
            _ => names.join(", "),
        }
    }

    /// What was found: the first sentence of a digest.
    pub(super) fn found(&self, names: &str, counts: Counts, period: Period) -> String {
        let [from, until] = [period.from, period.until].map(|at| moment::clock_of(at, self.language));
        match (counts.all() > 0, self.is_english()) {
            (false, false) => format!("Không có tin nào khớp “{names}” từ {from} đến {until}."),
            (false, true) => format!("Nothing matched “{names}” from {from} to {until}."),
            (true, false) => format!("Từ {from} đến {until} có {}.", self.counts_in_full(counts)),
            (true, true) => format!("From {from} to {until}: {}.", self.counts_in_full(counts)),
        }
    }

    /// The watches for which nothing was found, beside others.
    pub(super) fn nothing_for(&self, watches: &[&Watch]) -> String {
        let names = self.joined(&watches.iter().map(|watch| watch.name.clone()).collect::<Vec<_>>(), ", ", "mục");
        if self.is_english() { format!("Nothing for: {names}.") } else { format!("Không có tin khớp: {names}.") }
    }

    /// What could be read and what could not.
    pub(super) fn coverage(&self, coverage: &Coverage) -> String {
        let read = coverage.portals.saturating_sub(coverage.unread.len());
        let all = coverage.portals;
        let name = |unread: &Unread| {
            let since = unread.last_read.map(|moment| self.language.minute(moment));
            let since = match (since, self.is_english()) {
                (None, _) => String::new(),
                (Some(since), false) => format!(", đọc lần cuối {since}"),
                (Some(since), true) => format!(", last read {since}"),
            };
            format!("{} ({}{since})", unread.name, unread.trouble.in_words(self.language))
        };
        let partly = |unread: &Unread| format!("{} ({})", unread.name, unread.trouble.in_words(self.language));
        let names = |all: &[Unread], name: &dyn Fn(&Unread) -> String| {
            self.joined(&all.iter().map(name).collect::<Vec<_>>(), "; ", "nguồn")
        };
        let mut said = match (coverage.unread.is_empty(), self.is_english()) {
            (_, false) if all == 0 => "Chưa có nguồn nào được bật.".to_owned(),
            (_, true) if all == 0 => "No source is enabled.".to_owned(),
            (true, false) => format!("Đọc được {read}/{all} nguồn."),
            (true, true) => format!("{read} of {all} sources could be read."),
            (false, false) => {
                format!("Đọc được {read}/{all} nguồn; không đọc được: {}.", names(&coverage.unread, &name))
            }
            (false, true) => {
                format!("{read} of {all} sources could be read; could not be read: {}.", names(&coverage.unread, &name))
            }
        };
        if !coverage.partly.is_empty() {
            let names = names(&coverage.partly, &partly);
            let label = if self.is_english() { "Read in part" } else { "Chỉ đọc được một phần" };
            said.extend([" ", label, ": ", &names, "."]);
        }
        said
    }

    fn joined(&self, names: &[String], between: &str, noun: &str) -> String {
        let rest = names.len().saturating_sub(MOST_NAMES);
        let shown = names.iter().take(MOST_NAMES).map(String::as_str).collect::<Vec<_>>().join(between);
        match (rest, self.is_english()) {
            (0, _) => shown,
            (rest, false) => format!("{shown}{between}và {rest} {noun} khác"),
            (rest, true) => format!("{shown}{between}and {rest} more"),
        }
    }

    pub(super) fn more(&self, hidden: usize, watch: &Watch) -> String {
        if self.is_english() {
            format!("{hidden} more are not shown: tintinh digest {} --format html", watch.id)
        } else {
            format!("Còn {hidden} tin chưa nêu ở đây: tintinh digest {} --format html", watch.id)
        }
    }

    /// Outlet and time.
    pub(super) fn meta(&self, entry: &Entry, event: Event) -> String {
        let published = moment::published(entry.published.as_deref(), entry.precision, self.language);
        // The name of most outlets says the province.
        let outlet = words::folded(&entry.outlet);
        let province = entry.province.clone().filter(|province| !outlet.contains(&words::folded(province)));
        let mut parts: Vec<String> =
            [Some(entry.outlet.clone()), province, Some(published)].into_iter().flatten().collect();
        match (event, &entry.withdrawn) {
            (Event::Withdrawn, Some((_, at))) => {
                let at = moment::published(Some(at), None, self.language);
                parts.push(if self.is_english() {
                    format!("withdrawn before {at}")
                } else {
                    format!("gỡ trước {at}")
                });
            }
            (Event::Revision, _) => {
                let at = moment::published(Some(&entry.fetched), None, self.language);
                let revision = entry.revision;
                parts.push(if self.is_english() {
                    format!("revision {revision}, seen {at}")
                } else {
                    format!("bản {revision}, ghi nhận lúc {at}")
                });
            }
            _ => {}
        }
        parts.join(" · ")
    }

    /// What stands below a story.
    pub(super) fn notes(&self, entry: &Entry, event: Event) -> Vec<String> {
        let mut notes = Vec::new();
        if let (Event::Withdrawn, Some((reason, _))) = (event, &entry.withdrawn) {
            notes.push(self.withdrawal(*reason).to_owned());
        }
        if let Some((kind, place)) = &entry.repeats {
            notes.push(match (kind, self.is_english()) {
                (DuplicateKind::Reprint, false) => format!("Đăng lại bài của {}: {}", place.outlet, place.url),
                (DuplicateKind::Excerpt, false) => format!("Trích bài của {}: {}", place.outlet, place.url),
                (DuplicateKind::Extended, false) => format!("Bổ sung bài của {}: {}", place.outlet, place.url),
                (DuplicateKind::Reprint, true) => format!("Republished from {}: {}", place.outlet, place.url),
                (DuplicateKind::Excerpt, true) => format!("An excerpt from {}: {}", place.outlet, place.url),
                (DuplicateKind::Extended, true) => format!("Extends an article of {}: {}", place.outlet, place.url),
            });
        }
        if entry.copy_count > 0 {
            notes.push(self.copies(entry));
        }
        notes
    }

    /// `Đăng lại ở 3 nơi: Báo Tà Xùa, Cổng Nà Lầu`.
    fn copies(&self, entry: &Entry) -> String {
        let mut names: Vec<&str> = Vec::new();
        for place in &entry.copies {
            if !names.contains(&place.outlet.as_str()) {
                names.push(&place.outlet);
            }
        }
        let names = names.join(", ");
        match (entry.copy_count, self.is_english()) {
            (count, false) => format!("Đăng lại ở {count} nơi: {names}"),
            (1, true) => format!("Republished at 1 place: {names}"),
            (count, true) => format!("Republished at {count} places: {names}"),
        }
    }

    fn withdrawal(&self, reason: WithdrawalReason) -> &'static str {
        match (reason, self.is_english()) {
            (WithdrawalReason::NotFound, false) => "Địa chỉ của bài nay báo không tìm thấy trang (404).",
            (WithdrawalReason::NotFound, true) => "Its address now answers that there is no such page (404).",
            (WithdrawalReason::Gone, false) => "Địa chỉ của bài nay báo trang đã bị xóa (410).",
            (WithdrawalReason::Gone, true) => "Its address now answers that the page was removed (410).",
            (WithdrawalReason::Unlisted, false) => "Nguồn không còn đăng bài này.",
            (WithdrawalReason::Unlisted, true) => "Its source no longer lists it.",
        }
    }

    /// The last line.
    pub(super) fn how_to_change(&self, watches: &[&Watch]) -> String {
        let files: Vec<String> = watches.iter().map(|watch| format!("watch/{}.toml", watch.id)).collect();
        let files = self.joined(&files, ", ", "tệp");
        let example = watches.first().map(|watch| watch.id.as_str()).unwrap_or_default();
        if self.is_english() {
            format!(
                "To change what is watched, edit {files} in the config folder; “tintinh watch test {example}” shows what it would find."
            )
        } else {
            format!(
                "Muốn đổi nội dung theo dõi: sửa {files} trong thư mục cấu hình; lệnh “tintinh watch test {example}” cho xem trước kết quả."
            )
        }
    }

    pub(super) fn silent_subject(&self, days: i64) -> String {
        if self.is_english() {
            format!("nothing for {days} days")
        } else {
            format!("{days} ngày không có tin khớp")
        }
    }

    pub(super) fn silent(&self, watch: &Watch, days: i64, has_nearest: bool) -> String {
        let name = &watch.name;
        match (has_nearest, self.is_english()) {
            (true, false) => format!(
                "“{name}” không có tin nào khớp trong {days} ngày qua. Những tin gần nhất với các cụm từ đang theo dõi:"
            ),
            (false, false) => format!(
                "“{name}” không có tin nào khớp trong {days} ngày qua, và cũng không có tin nào gần với các cụm từ đang theo dõi."
            ),
            (true, true) => {
                format!("“{name}” has matched nothing for {days} days. The texts that are nearest to its phrases:")
            }
            (false, true) => format!("“{name}” has matched nothing for {days} days, and no text is near its phrases."),
        }
    }
}

fn counted(counts: Counts, words: [&str; 4]) -> String {
    let Counts { new, revised, withdrawn, reprints } = counts;
    let parts = [new, revised, withdrawn, reprints].into_iter().zip(words).filter(|(count, _)| *count > 0);
    parts.map(|(count, word)| format!("{count} {word}")).collect::<Vec<_>>().join(", ")
}

/// The text of a test message, in both languages: whoever gets it may read either.
pub(super) fn test(id: &str, now: Timestamp) -> Vec<String> {
    let [vi, en] = [Language::Vietnamese, Language::English].map(|language| language.minute(now));
    vec![
        format!(
            "Đây là thư thử của mục [[notify]] “{id}”, gửi lúc {vi}. Nếu thấy đúng các chữ Ế, ỗ, ượ, Đ thì tiếng Việt hiển thị tốt."
        ),
        format!("This is a test of the [[notify]] entry “{id}”, sent {en}."),
    ]
}
