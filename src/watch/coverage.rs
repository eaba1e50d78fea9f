//! Which portals could be read, and in a reader's words why one could not: "no hit" must never mean "not looked".

use jiff::Timestamp;

use crate::text::language::Language;

/// What was read for a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Portals that are to be read.
    pub portals: usize,
    /// Those that could not be read, by name.
    pub unread: Vec<Unread>,
    /// Those of which some sources could not be read.
    pub partly: Vec<Unread>,
}

/// A portal that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// As people call it.
    pub name: String,
    /// Why.
    pub trouble: Trouble,
    /// When it was last read, if it ever was.
    pub last_read: Option<Timestamp>,
}

/// How far a portal could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// All of its sources.
    Whole,
    /// Some of its sources.
    Part(Trouble),
    /// Nothing.
    None(Trouble),
}

impl Reading {
    /// Why something could not be read.
    pub fn trouble(self) -> Option<Trouble> {
        match self {
            Reading::Whole => None,
            Reading::Part(trouble) | Reading::None(trouble) => Some(trouble),
        }
    }
}

/// Why a portal cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Its name is not resolved.
    NoName,
    /// Its server does not answer, or not in time.
    NoAnswer,
    /// Its certificate has expired.
    Expired,
    /// Its certificate is wrong in another way.
    Certificate,
    /// Its server answers with an error.
    Status(u16),
    /// A challenge or a firewall stands before it.
    Blocked,
    /// robots.txt forbids it.
    Closed,
    /// robots.txt cannot be read, so that nothing else may be.
    NoRobots,
    /// The server asked for a pause.
    Resting,
    /// What answers is no list of news any more.
    NoList,
    /// Its articles' pages are no longer what they were.
    Changed,
    /// The program has not come to it.
    NotVisited,
    /// Something else.
    Other,
}

impl Trouble {
    /// What a failure's message says. The messages are this program's own.
    pub fn of_message(message: &str) -> Trouble {
        let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
        if has(&["blocked:"]) {
            return Trouble::Blocked;
        }
        if has(&["disallowed by robots.txt"]) {
            return Trouble::Closed;
        }
        if has(&["robots.txt is unreachable"]) {
            return Trouble::NoRobots;
        }
        if let Some(status) = status_in(message) {
            return if status == 429 { Trouble::Resting } else { Trouble::Status(status) };
        }
        if has(&["TLS failed", "certificate"]) {
            return if has(&["expired"]) { Trouble::Expired } else { Trouble::Certificate };
        }
        if has(&["cannot be resolved"]) {
            return Trouble::NoName;
        }
        if has(&["took longer than", "cannot be reached", "cut off"]) {
            return Trouble::NoAnswer;
        }
        if has(&["asked for no requests"]) {
            return Trouble::Resting;
        }
        if has(&["`tintinh links` shows", "has no entry"]) {
            return Trouble::NoList;
        }
        Trouble::Other
    }

    /// In a reader's words.
    pub fn in_words(self, language: Language) -> String {
        let [vi, en] = match self {
            Trouble::Status(status) => {
                return match (language, status) {
                    (Language::Vietnamese, 404 | 410) => format!("không còn trang tin ở địa chỉ cũ, HTTP {status}"),
                    (Language::Vietnamese, 500..) => format!("máy chủ báo lỗi, HTTP {status}"),
                    (Language::Vietnamese, _) => format!("máy chủ từ chối, HTTP {status}"),
                    (Language::English, 404 | 410) => format!("its list of news is gone, HTTP {status}"),
                    (Language::English, 500..) => format!("its server reports an error, HTTP {status}"),
                    (Language::English, _) => format!("its server refuses, HTTP {status}"),
                };
            }
            Trouble::NoName => ["không tìm thấy tên miền", "its domain name is not found"],
            Trouble::NoAnswer => ["máy chủ không trả lời", "its server does not answer"],
            Trouble::Expired => ["hết hạn chứng thư", "its certificate has expired"],
            Trouble::Certificate => ["lỗi chứng thư bảo mật", "its certificate is wrong"],
            Trouble::Blocked => ["tường lửa chặn truy cập", "a firewall stands before it"],
            Trouble::Closed => {
                ["cổng không cho phép đọc tự động, theo robots.txt", "robots.txt does not allow automatic reading"]
            }
            Trouble::NoRobots => ["không đọc được robots.txt", "its robots.txt cannot be read"],
            Trouble::Resting => ["máy chủ yêu cầu tạm ngừng truy cập", "its server asked for a pause"],
            Trouble::NoList => ["trang danh sách tin không còn đọc được", "its list of news can no longer be read"],
            Trouble::Changed => {
                ["giao diện trang bài đã đổi, có thể đọc thiếu", "its pages have changed and may be read in part"]
            }
            Trouble::NotVisited => ["chưa đến lượt đọc", "not visited yet"],
            Trouble::Other => ["lỗi khi đọc", "an error while reading"],
        };
        if language == Language::English { en } else { vi }.to_owned()
    }
}

/// The status of an answer that a message names: `HTTP status 503`, `answers 404`.
fn status_in(message: &str) -> Option<u16> {
    let after = |mark: &str| message.split_once(mark).map(|(_, rest)| rest);
    let rest = after("HTTP status ").or_else(|| after(" answers "))?;
    let digits = rest.get(..3)?;
    digits.parse().ok().filter(|status| (400..600).contains(status))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_failures_are_told_in_words() {
        for (message, trouble) in [
            ("taxua.example: HTTP status 503; tried again later", Trouble::Status(503)),
            ("http://taxua.example/tin answers 404; retried less and less often", Trouble::Status(404)),
            ("taxua.example: the request took longer than 30 s; tried again later", Trouble::NoAnswer),
            ("taxua.example: cannot be reached: connection refused; tried again later", Trouble::NoAnswer),
            ("taxua.example: its name cannot be resolved: no such host", Trouble::NoName),
            ("taxua.example: TLS failed: the certificate has expired: …", Trouble::Expired),
            ("taxua.example: TLS failed: an unknown issuer: …", Trouble::Certificate),
            ("http://taxua.example/: blocked: challenge (D1N)", Trouble::Blocked),
            ("http://taxua.example/tin is disallowed by robots.txt: Disallow: /", Trouble::Closed),
            (
                "taxua.example: robots.txt is unreachable, so nothing else is asked for: HTTP status 500",
                Trouble::NoRobots,
            ),
            ("taxua.example: HTTP status 429; tried again later, no sooner than in 60 s", Trouble::Resting),
            ("a panic", Trouble::Other),
        ] {
            assert_eq!(Trouble::of_message(message), trouble, "{message}");
        }
        assert_eq!(Trouble::Status(503).in_words(Language::Vietnamese), "máy chủ báo lỗi, HTTP 503");
    }
}
