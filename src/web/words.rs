//! The text of the pages, in both languages.

use crate::model::alarm::AlarmKind;
use crate::model::record::DuplicateKind;
use crate::model::record::WithdrawalReason;
use crate::text::language::Language;
use crate::watch::Event;

impl Language {
    /// The language for a language tag, if the pages have it.
    pub(super) fn of_tag(tag: &str) -> Option<Language> {
        Language::WORDS.iter().find(|(known, _)| *known == tag).map(|(_, language)| *language)
    }

    /// The other language.
    pub(super) fn other(self) -> Language {
        self.pick(Language::English, Language::Vietnamese)
    }

    /// The text of a word.
    pub(super) fn of(self, word: Word) -> &'static str {
        let (vietnamese, english) = word.both();
        self.pick(vietnamese, english)
    }

    /// Formats a whole number: 1.234 or 1,234.
    pub(super) fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(self.pick('.', ','));
            }
            text.push(digit);
        }
        text
    }

    /// A number of stories.
    pub(super) fn stories(self, count: u64) -> String {
        let number = self.number(count);
        self.pick(format!("{number} tin"), format!("{number} {}", if count == 1 { "story" } else { "stories" }))
    }

    /// The number of other places where a story appears.
    pub(super) fn copies(self, count: u64) -> String {
        let number = self.number(count);
        let places = if count == 1 { "place" } else { "places" };
        self.pick(format!("Đăng lại ở {number} nơi"), format!("Republished at {number} {places}"))
    }

    /// A number of portals that could not be read.
    pub(super) fn unread(self, count: u64) -> String {
        let number = self.number(count);
        let portals = if count == 1 { "portal" } else { "portals" };
        self.pick(format!("{number} cổng không đọc được"), format!("{number} {portals} could not be read"))
    }

    /// Text for an article that was changed.
    pub(super) fn revision(self, revision: u32) -> String {
        self.pick(format!("đã sửa · bản {revision}"), format!("changed · revision {revision}"))
    }

    /// A duration in its largest unit: "3 giờ", "3 hours".
    pub(super) fn span(self, seconds: u64) -> String {
        let (number, vietnamese, english) = match seconds {
            0..60 => return self.pick("chưa đến 1 phút".to_owned(), "less than a minute".to_owned()),
            60..3600 => (seconds / 60, "phút", "minute"),
            3600..172_800 => (seconds / 3600, "giờ", "hour"),
            _ => (seconds / 86_400, "ngày", "day"),
        };
        let plural = if number == 1 { "" } else { "s" };
        self.pick(format!("{number} {vietnamese}"), format!("{number} {english}{plural}"))
    }

    /// How an article duplicates another.
    pub(super) fn relation(self, kind: DuplicateKind) -> &'static str {
        match kind {
            DuplicateKind::Reprint => self.pick("đăng lại", "reprint"),
            DuplicateKind::Excerpt => self.pick("trích", "excerpt"),
            DuplicateKind::Extended => self.pick("bổ sung", "extended"),
        }
    }

    /// The event that a watch found.
    pub(super) fn event(self, event: Event) -> &'static str {
        match event {
            Event::New => self.pick("tin mới", "new"),
            Event::Revision => self.pick("đã sửa", "changed"),
            Event::Withdrawn => self.pick("đã gỡ", "withdrawn"),
            Event::Reprint => self.pick("đăng lại", "reprint"),
        }
    }

    /// How an article was found to be withdrawn.
    pub(super) fn withdrawal(self, reason: WithdrawalReason) -> &'static str {
        match reason {
            WithdrawalReason::NotFound => self.pick("địa chỉ trả lời 404", "its address answers 404"),
            WithdrawalReason::Gone => self.pick("địa chỉ trả lời 410", "its address answers 410"),
            WithdrawalReason::Unlisted => self.pick("nguồn không còn liệt kê bài", "its source no longer lists it"),
        }
    }

    /// The display name of a page kind.
    pub(super) fn kind(self, word: &str) -> &'static str {
        match word {
            "document" => self.pick("văn bản", "legal document"),
            "video" => self.pick("video", "video"),
            "gallery" => self.pick("ảnh", "gallery"),
            "event" => self.pick("sự kiện", "event"),
            _ => self.pick("bài", "article"),
        }
    }

    /// The text of an alarm.
    pub(super) fn alarm(self, kind: AlarmKind) -> &'static str {
        let (vietnamese, english) = match kind {
            AlarmKind::RuleStopped => {
                ("quy tắc đọc không còn khớp với trang", "a reading rule no longer matches its pages")
            }
            AlarmKind::FieldLost => ("thiếu một trường mà trước đây có", "a field that most pages had is missing"),
            AlarmKind::BodyShrunk => ("nội dung bài ngắn hơn hẳn trước đây", "texts are much shorter than before"),
            AlarmKind::PagesRejected => ("trang không còn đọc được thành bài", "pages no longer read as articles"),
            AlarmKind::ListingEmpty => ("danh sách bài trống", "a list that had links is empty"),
            AlarmKind::FeedIsHtml => ("nguồn tin trả về trang web thay vì tin", "a feed became a web page"),
            AlarmKind::ClosedByRobots => ("cổng không cho phép đọc tự động (robots.txt)", "closed by robots.txt"),
            AlarmKind::PortalSilent => ("im lặng lâu bất thường", "silent for unusually long"),
            AlarmKind::PortalFailing => ("không đọc được cổng đã lâu", "the portal has failed for long"),
            AlarmKind::SourceFailing => ("không đọc được một nguồn đã lâu", "a source has failed for long"),
            AlarmKind::Quarantine => ("có trang phải để riêng", "pages are set aside"),
            AlarmKind::SinkFailing => ("không ghi được bản ghi ra tệp", "records cannot be written"),
            AlarmKind::StorePaused => ("cơ sở dữ liệu không ghi được", "the database cannot be written"),
        };
        self.pick(vietnamese, english)
    }

    /// The display name of a record's field.
    pub(super) fn field(self, name: &str) -> Option<&'static str> {
        Some(match name {
            "title" => self.pick("tiêu đề", "title"),
            "summary" => self.pick("sapo", "lead"),
            "content_text" => self.pick("nội dung", "text"),
            "date_published" => self.pick("ngày đăng", "published"),
            "date_modified" => self.pick("ngày cập nhật", "updated"),
            "authors" => self.pick("tác giả", "authors"),
            "byline" => self.pick("dòng ký tên", "byline"),
            "credit" => self.pick("dòng ghi nguồn", "source line"),
            "section" => self.pick("chuyên mục", "section"),
            "tags" => self.pick("từ khóa", "keywords"),
            "images" => self.pick("ảnh", "images"),
            "attachments" => self.pick("tệp đính kèm", "attachments"),
            "document" => self.pick("văn bản", "legal document"),
            _ => return None,
        })
    }
}

/// Defines the words, each in both languages.
macro_rules! words {
    ($($name:ident: $vietnamese:literal, $english:literal;)*) => {
        /// A word or a sentence of the pages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(super) enum Word { $(#[doc = $english] $name,)* }

        impl Word {
            /// In Vietnamese and in English.
            fn both(self) -> (&'static str, &'static str) {
                match self { $(Word::$name => ($vietnamese, $english),)* }
            }

            /// All of them.
            #[cfg(test)]
            const ALL: &[Word] = &[$(Word::$name,)*];
        }
    };
}

words! {
    Newest: "Mới nhất", "Newest";
    Coverage: "Độ phủ", "Coverage";
    Watches: "Theo dõi", "Watches";
    AllWatches: "Mọi mục theo dõi", "All watches";
    NoWatches: "Chưa có mục theo dõi nào.", "There are no watches yet.";
    NoWatchesWhy: "Mỗi tệp trong thư mục `watch` của cấu hình là một mục: cụm từ cần tìm và nơi báo tin. `docs/watch.md` có ví dụ.",
        "Each file in the folder `watch` of the configuration is one: phrases to look for, and whom to tell. `docs/watch.md` has an example.";
    NoHits: "Chưa tìm thấy gì.", "Nothing was found yet.";
    NoHitsWhy: "Chỉ các bài đến sau khi có mục theo dõi mới được xét. `tintinh watch test` thử một mục trên các bài đã lưu; trang Độ phủ cho biết cổng nào không đọc được.",
        "Only articles that come after a watch was added are looked at. `tintinh watch test` tries one on what is stored; Coverage shows which portals could not be read.";
    LastDays: "7 ngày qua", "last 7 days";
    LastFound: "Khớp lần cuối", "Last match";
    FoundAt: "khớp", "matched";
    Marks: "Đánh dấu", "Marks";
    Unread: "Chưa đọc", "Unread";
    Starred: "Có sao", "Starred";
    IsRead: "đã đọc", "read";
    MarkRead: "Đánh dấu đã đọc", "Mark as read";
    MarkUnread: "Đánh dấu chưa đọc", "Mark as unread";
    MarkAllRead: "Đánh dấu đã đọc cả trang này", "Mark this page as read";
    Star: "Gắn sao", "Star";
    Unstar: "Bỏ sao", "Remove star";
    MarksFailed: "Không ghi được dấu.", "The mark could not be written.";
    MarksFailedWhy: "Tin và các trang vẫn dùng được. Kiểm tra chỗ trống của đĩa và quyền ghi vào thư mục dữ liệu, rồi thử lại.",
        "Stories and pages still work. See whether the disk is full and the state folder may be written, then try again.";
    Search: "Tìm kiếm", "Search";
    SearchHint: "tìm…", "search…";
    Skip: "Đến nội dung", "Skip to content";
    Menu: "Trang", "Pages";
    Filters: "Lọc", "Filters";
    Day: "Ngày", "Day";
    Province: "Tỉnh, thành", "Province";
    Portal: "Nguồn", "Outlet";
    Section: "Chuyên mục", "Section";
    Kind: "Loại", "Kind";
    All: "tất cả", "all";
    Show: "Xem", "Show";
    OtherDay: "Ngày khác", "Another day";
    Remove: "Bỏ lọc", "Remove filter";
    Today: "Hôm nay", "Today";
    Yesterday: "Hôm qua", "Yesterday";
    DateUnknown: "không rõ ngày", "date unknown";
    Older: "Cũ hơn", "Older";
    Feeds: "Theo dõi danh sách này", "Follow this list";
    Export: "Xuất (JSON Lines)", "Export (JSON Lines)";
    Loading: "Đang nạp các tin cũ hơn; số đếm chưa đầy đủ.", "Older stories are being loaded; counts are not complete yet.";
    NothingYet: "Chưa có tin nào.", "There are no stories yet.";
    NothingYetWhy: "Chưa cổng nào được đọc, hoặc chưa cổng nào có bài. Trang Độ phủ cho biết lần đọc tới của từng cổng.",
        "No portal has been read yet, or none had an article. The page Coverage shows when each is visited next.";
    NothingMatches: "Không có tin nào khớp với các bộ lọc này.", "No story matches these filters.";
    NothingMatchesWhy: "Bỏ bớt một bộ lọc, hoặc xem tất cả tin mới nhất.", "Remove a filter, or see all newest stories.";
    EndOfList: "Danh sách chỉ giữ các tin gần đây nhất; tin cũ hơn tìm được ở trang Tìm kiếm.",
        "The list holds the most recent stories; older ones are found by Search.";
    Withdrawn: "đã gỡ", "withdrawn";
    Story: "Diễn biến của tin", "The story";
    StorySingle: "Tin này chỉ có ở một nơi.", "This story stands at one place only.";
    FirstPublished: "đăng đầu tiên", "first published";
    Head: "bản gốc của nhóm", "head of the story";
    Credited: "nguồn ghi trong bài", "source as credited";
    Share: "trùng", "in common";
    Later: "sau", "later";
    More: "và còn nữa", "and more";
    Original: "Xem bài trên trang gốc", "Read it at its outlet";
    Attachments: "Tệp đính kèm", "Attachments";
    FileText: "Nội dung tệp", "Text of the file";
    Pages: "số trang", "pages";
    Page: "Trang", "Page";
    Recognized: "nhận dạng từ ảnh, độ tin cậy", "read off a picture, confidence";
    Document: "Văn bản", "Legal document";
    Number: "Số, ký hiệu", "Number";
    Type: "Loại văn bản", "Type";
    Issuer: "Cơ quan ban hành", "Issued by";
    Signer: "Người ký", "Signed by";
    Issued: "Ngày ban hành", "Issued on";
    Effective: "Ngày hiệu lực", "In force from";
    ShowImages: "Hiện ảnh (tải từ cổng gốc)", "Show images (from the outlet)";
    HideImages: "Ẩn ảnh", "Hide images";
    Image: "Ảnh", "Image";
    ImageElsewhere: "mở ảnh ở nơi khác", "open the image elsewhere";
    ThisRecord: "Bản ghi này", "This record";
    WhereFrom: "Từng trường lấy từ đâu", "Where each field came from";
    Rules: "Quy tắc đọc", "Rules";
    FoundBy: "Tìm thấy qua", "Found by";
    Fetched: "Đọc lúc", "Fetched";
    Evidence: "Bằng chứng (trang gốc đã lưu)", "Evidence (the stored page)";
    Hash: "Dấu vân của nội dung", "Hash of the text";
    DateAsPrinted: "Ngày như in trên trang", "Date as printed";
    Warnings: "Lưu ý khi đọc", "Warnings";
    Revisions: "Các bản", "Revisions";
    Revision: "bản", "revision";
    Newer: "bản mới nhất", "newest revision";
    WhatChanged: "Đã sửa những gì", "What changed";
    WithoutMarks: "Xem không đánh dấu", "Without marks";
    OldRevision: "Đây là một bản cũ.", "This is an old revision.";
    Compared: "So với bản", "Compared with revision";
    NothingChanged: "Không có chữ nào thay đổi.", "Not a word has changed.";
    NoText: "Bài không có chữ, chỉ có ảnh hoặc tệp.", "There is no text, only images or files.";
    SearchWhat: "Từ khóa, có dấu hoặc không dấu", "Words, with or without accents";
    From: "Từ ngày", "From";
    To: "Đến ngày", "To";
    Order: "Xếp theo", "Order";
    ByRank: "phù hợp nhất", "best first";
    ByDate: "mới nhất", "newest first";
    NoResults: "Không có kết quả.", "No results.";
    NoResultsWhy: "Thử ít từ hơn, bỏ bộ lọc, hoặc nới khoảng ngày. Không cần gõ dấu: “tinh gian bien che” tìm được “tinh giản biên chế”.",
        "Try fewer words, remove filters, or widen the dates. Accents are not needed: “tinh gian bien che” finds “tinh giản biên chế”.";
    SearchHelp: "“cụm từ” trong ngoặc kép, -từ để loại, =đúng dấu, portal:…, province:…, kind:document, number:15/2025.",
        "“a phrase” in quotes, -word leaves out, =exact accents, portal:…, province:…, kind:document, number:15/2025.";
    SearchEmpty: "Gõ vài từ để tìm trong mọi bài đã đọc.", "Type some words to search everything that was read.";
    SearchBad: "Không hiểu câu tìm:", "The query cannot be understood:";
    SearchBehind: "Chỉ mục đang được nạp; có thể thiếu những bài mới nhất.", "The index is being filled; the newest articles may be missing.";
    SearchOff: "Chưa có chỉ mục tìm kiếm. Trang khác vẫn dùng được; chỉ mục được nạp khi dịch vụ chạy.",
        "There is no search index yet. All other pages work; the service fills it while it runs.";
    AmongBest: "trong các kết quả đầu", "among the first results";
    CoverageWhy: "Mỗi ô là một ngày, hôm nay ở bên phải; chỉ vào ô để xem số lần đọc.", "Each cell is a day, today on the right; point at one to see its visits.";
    NoPortals: "Chưa có cổng nào trong cấu hình.", "The configuration has no portals.";
    NoPortalsWhy: "`tintinh catalogue` liệt kê các cổng đã biết; `tintinh add` thêm một cổng.",
        "`tintinh catalogue` lists known ones; `tintinh add` adds one.";
    DayWell: "đọc được, có tin mới", "read, with news";
    DayQuiet: "đọc được, không có tin mới", "read, nothing new";
    DayPartly: "đọc được một phần", "partly read";
    DayFailed: "không đọc được", "could not be read";
    DayClosed: "cổng không cho phép đọc tự động (robots.txt)", "closed by robots.txt";
    DayNone: "không có lần đọc", "no visit";
    ToMend: "Chi tiết để sửa (tiếng Anh)", "Details";
    Visits: "lần đọc", "visits";
    Found: "tìm thấy", "found";
    ToChange: "Đến chỗ sửa đầu tiên", "To the first change";
    LastRead: "Đọc được lần cuối", "Last read";
    LastNew: "Tin mới lần cuối", "Last news";
    UsualGap: "Thường có tin mỗi", "Usually news every";
    NextVisit: "Lần đọc tới", "Next visit";
    Records: "bản ghi", "records";
    Never: "chưa lần nào", "never";
    NotKnownYet: "chưa đủ dữ liệu", "not known yet";
    NotVisited: "không được đọc (enabled = false)", "not visited (enabled = false)";
    Now: "đang đọc", "being read now";
    Due: "ngay bây giờ", "due now";
    Ago: "trước", "ago";
    InTime: "sau", "in";
    Well: "đọc tốt", "read well";
    Since: "từ", "since";
    NotFound: "Không có trang này.", "There is no such page.";
    NotFoundWhy: "Bài có thể đã được xóa theo thời hạn lưu giữ, hoặc địa chỉ gõ sai.",
        "The article may have been deleted by age, or the address is mistyped.";
    BadRequest: "Địa chỉ này có chỗ không hiểu được.", "A part of this address cannot be understood.";
    Failed: "Trang này không đọc được cơ sở dữ liệu.", "This page could not read the database.";
    FailedWhy: "Việc đọc các cổng không bị ảnh hưởng. Tải lại trang sau ít phút; `tintinh doctor` cho biết chi tiết.",
        "Visits of portals are not affected. Reload in some minutes; `tintinh doctor` tells details.";
    Busy: "Máy chủ đang bận; thử lại sau vài giây.", "The server is busy; try again in some seconds.";
    Login: "Đăng nhập", "Log in";
    Logout: "Đăng xuất", "Log out";
    Password: "Mật khẩu", "Password";
    WrongPassword: "Mật khẩu không đúng.", "The password is wrong.";
    TooManyLogins: "Quá nhiều lần sai; thử lại sau một phút.", "Too many attempts; try again in a minute.";
    FormExpired: "Biểu mẫu đã hết hạn; hãy gửi lại.", "The form has expired; send it again.";
    FormExpiredWhy: "Quay lại trang trước, tải lại trang rồi thử lần nữa.", "Go back to the page, reload it, and try again.";
    FeedAddress: "Địa chỉ nguồn tin ở đây có khóa riêng; đổi mật khẩu thì khóa cũ hết hiệu lực.",
        "Feed addresses here hold a key; a new password revokes it.";
    OtherLanguage: "English", "Tiếng Việt";
    Help: "Phím tắt", "Keys";
    HelpSearch: "tìm", "search";
    HelpNext: "tin sau, tin trước", "next, previous";
    HelpOpen: "mở", "open";
    HelpStar: "gắn sao, bỏ sao", "star, remove the star";
    HelpRead: "đánh dấu đã đọc, chưa đọc", "mark as read, as unread";
    HelpHelp: "bảng này", "this help";
    Close: "Đóng", "Close";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_both_languages() {
        for word in Word::ALL {
            let (vietnamese, english) = word.both();
            assert!(!vietnamese.trim().is_empty() && !english.trim().is_empty(), "{word:?}");
        }
        for kind in AlarmKind::ALL {
            assert_ne!(Language::Vietnamese.alarm(kind), Language::English.alarm(kind), "{kind:?}");
        }
    }

    #[test]
    fn numbers_and_spans_are_of_the_language() {
        assert_eq!(Language::Vietnamese.number(1_234_567), "1.234.567");
        assert_eq!(Language::English.number(999), "999");
        assert_eq!(Language::English.stories(1), "1 story");
        assert_eq!(Language::Vietnamese.copies(3), "Đăng lại ở 3 nơi");
        assert_eq!(Language::English.copies(1), "Republished at 1 place");
        assert_eq!(Language::Vietnamese.span(7200), "2 giờ");
        assert_eq!(Language::English.span(86_400 * 3), "3 days");
    }
}
