//! Recognizes lines of the frame around an article: tools, counters, headings of lists of other articles, imprint.
//!
//! A phrase must be the whole line (without bullets before and colons or periods after), or its beginning if it is marked so: "Tin khác" is a
//! heading, "Tin khác với dự báo" is a sentence.

use std::sync::LazyLock;

use foldhash::HashMap;
use regex::RegexSet;

use crate::text::vietnamese::fold;

/// The kind of a frame line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Frame {
    /// The heading of a list of other articles. The lines after it are not this article's.
    ListHead,
    /// A visit counter.
    Counter,
    /// Readers' ratings.
    Rating,
    /// Share buttons.
    Share,
    /// A comment form or a list of comments.
    Comments,
    /// A box to search for articles of a day.
    DateFilter,
    /// Printing, sending, going back, downloading.
    Tool,
    /// Copyright, license, imprint.
    Copyright,
}

/// Maximum number of characters of a line that only begins with a phrase.
const MAX_BEGINNING: usize = 120;

/// Returns the kind of a frame line. None for text.
///
/// ```
/// use tintinh::extract::lines::frame;
/// assert_eq!(frame::read("Các tin đã đưa ngày:"), Some(frame::Frame::ListHead));
/// assert_eq!(frame::read("Các tin khác nhau về vụ việc khiến người dân hoang mang."), None);
/// ```
pub fn read(text: &str) -> Option<Frame> {
    if text.chars().count() > MAX_BEGINNING + 40 {
        return None;
    }
    let folded = fold(text);
    let key = bare(&folded);
    if let Some(frame) = EXACT.get(key.as_str()) {
        return Some(*frame);
    }
    if text.chars().count() <= MAX_BEGINNING {
        let head = folded.trim_start_matches(before);
        if let Some((_, frame)) = BEGINNINGS.iter().find(|(phrase, _)| head.starts_with(phrase.as_str())) {
            return Some(*frame);
        }
    }
    let at = SHAPES.matches(&key).into_iter().next()?;
    PATTERNS.get(at).map(|(frame, _)| *frame)
}

/// Whether a character is a bullet or similar, before a phrase.
fn before(c: char) -> bool {
    c.is_whitespace() || "-•»>*+|".contains(c)
}

fn bare(folded: &str) -> String {
    let after = |c: char| c.is_whitespace() || ":.…»>|".contains(c);
    folded.trim_start_matches(before).trim_end_matches(after).to_owned()
}

static EXACT: LazyLock<HashMap<String, Frame>> = LazyLock::new(|| {
    let tables: [(Frame, &[&str]); 7] = [
        (Frame::ListHead, LIST_HEADS),
        (Frame::Counter, COUNTERS),
        (Frame::Rating, RATINGS),
        (Frame::Share, SHARES),
        (Frame::Comments, COMMENTS),
        (Frame::DateFilter, DATE_FILTERS),
        (Frame::Tool, TOOLS),
    ];
    tables
        .into_iter()
        .flat_map(|(frame, phrases)| phrases.iter().map(move |phrase| (bare(&fold(phrase)), frame)))
        .collect()
});

static BEGINNINGS: LazyLock<Vec<(String, Frame)>> = LazyLock::new(|| {
    let tables = [(Frame::Copyright, COPYRIGHT), (Frame::Comments, COMMENT_BEGINNINGS)];
    tables.into_iter().flat_map(|(frame, phrases)| phrases.iter().map(move |phrase| (fold(phrase), frame))).collect()
});

static SHAPES: LazyLock<RegexSet> = LazyLock::new(|| {
    let patterns = PATTERNS.iter().map(|(_, pattern)| format!("^(?:{})$", fold_pattern(pattern)));
    // A folded line has no other white space, and other digits need tables that take as long to compile as all the rest.
    let patterns = patterns.map(|pattern| pattern.replace(r"\s", " ").replace(r"\d", "[0-9]"));
    RegexSet::new(patterns).expect("a constant pattern")
});

/// Folds the letters of a pattern and keeps its symbols.
fn fold_pattern(pattern: &str) -> String {
    pattern
        .split(' ')
        .map(|part| if part.contains(['\\', '[', '{']) { part.to_owned() } else { fold(part) })
        .collect::<Vec<_>>()
        .join(" ")
}

const LIST_HEADS: &[&str] = &[
    "các tin đã đưa",
    "các tin đã đưa ngày",
    "các tin đã đưa theo ngày",
    "các tin, bài đã đưa",
    "tin đã đưa",
    "các tin khác",
    "tin khác",
    "tin tức khác",
    "thông tin khác",
    "các văn bản khác",
    "bài viết khác",
    "các bài viết khác",
    "bài khác",
    "tin mới hơn",
    "tin cũ hơn",
    "các tin mới hơn",
    "các tin cũ hơn",
    "những tin mới hơn",
    "những tin cũ hơn",
    "bài viết mới hơn",
    "bài viết cũ hơn",
    "tin liên quan",
    "tin, bài liên quan",
    "tin bài liên quan",
    "bài viết liên quan",
    "các bài viết liên quan",
    "bài liên quan",
    "văn bản liên quan",
    "tin cùng chuyên mục",
    "cùng chuyên mục",
    "bài cùng chuyên mục",
    "tin cùng mục",
    "bài cùng mục",
    "tin cùng loại",
    "tin mới",
    "tin mới nhất",
    "tin mới cập nhật",
    "mới nhất",
    "văn bản mới",
    "tin nóng",
    "tin nổi bật",
    "tin tức nổi bật",
    "tin đọc nhiều",
    "tin xem nhiều",
    "xem nhiều",
    "đọc nhiều",
    "bài đọc nhiều",
    "xem thêm",
    "xem thêm bài viết",
    "xem thêm về",
    "đọc thêm",
    "theo dòng sự kiện",
    "chủ đề",
    "có thể bạn quan tâm",
    "related news",
    "other news",
];

const COUNTERS: &[&str] = &[
    "số lượt truy cập",
    "lượt truy cập",
    "tổng lượt truy cập",
    "số lượt đang online",
    "đang truy cập",
    "truy cập gần đây",
    "thống kê truy cập",
    "xem thống kê truy cập",
    "máy chủ tìm kiếm",
    "lượt xem",
    "số lần xem",
];

const RATINGS: &[&str] = &[
    "đánh giá bài viết",
    "bình chọn bài viết",
    "click để đánh giá bài viết",
    "article rating",
    "bài viết rất tốt",
    "bài viết tốt",
    "bài viết đạt",
    "bài viết kém",
    "bài viết rất kém",
];

const SHARES: &[&str] = &[
    "chia sẻ",
    "chia sẻ lưu",
    "chia sẻ bài viết",
    "chia sẻ tin này",
    "chia sẻ bài viết của bạn tại đây",
    "chia sẻ video của bạn tại đây",
    "chia sẻ trang trên fb",
    "chia sẻ trang trên twitter",
    "chia sẻ trên facebook",
    "chia sẻ trên gmail",
    "chia sẻ trên twitter",
    "facebook",
    "twitter",
    "zalo",
    "tweet",
    "share",
];

const COMMENTS: &[&str] = &[
    "bình luận",
    "bình luận bài viết này",
    "bình luận của bạn",
    "bình luận mới",
    "bình luận được gửi thành công",
    "gửi bình luận",
    "gửi bình luận của bạn",
    "gửi phản hồi",
    "gửi ý kiến",
    "họ và tên",
    "họ và tên *",
    "không thích",
    "thích",
    "mã an toàn",
    "mã bảo mật",
    "phản hồi",
    "quan tâm nhất",
    "sắp xếp theo bình luận cũ",
    "sắp xếp theo bình luận mới",
    "sắp xếp theo số lượt thích",
    "trả lời",
    "tên của bạn",
    "xem các bình luận trước",
    "xem phản hồi",
    "xem tất cả bình luận",
    "ý kiến bạn đọc",
    "ý kiến của bạn (*)",
    "ý kiến của bạn",
    "ý kiến đóng góp",
    "ẩn/hiện ý kiến",
];

const COMMENT_BEGINNINGS: &[&str] =
    &["bạn cần đăng nhập với tư cách là", "bình luận của bạn đã được gửi và sẽ hiển thị sau khi được duyệt"];

const DATE_FILTERS: &[&str] =
    &["chọn ngày", "tìm theo ngày", "từ ngày", "đến ngày", "xem", "xem theo ngày", "xem tin theo ngày"];

const TOOLS: &[&str] = &[
    "báo lỗi",
    "chỉnh sửa liên kết ảnh",
    "click vào đây",
    "close",
    "copy link",
    "copy link thành công",
    "cỡ chữ",
    "xem cỡ chữ",
    "file đính kèm",
    "tệp đính kèm",
    "đính kèm file",
    "giới thiệu bài viết cho bạn bè",
    "gửi cho bạn bè",
    "gửi email",
    "gửi bài viết",
    "gửi văn bản",
    "in bài viết",
    "in bài viết này",
    "in ra",
    "in trang",
    "in trang này",
    "in văn bản",
    "bản in",
    "lên đầu trang",
    "lên đầu tr ang",
    "về đầu trang",
    "về trang chủ",
    "về trang chủ đề",
    "lưu bài viết này",
    "next image",
    "previous image",
    "print",
    "quay lại",
    "trở lại",
    "quay lại bài viết",
    "quay lại danh sách",
    "quay lại danh sách file",
    "tags",
    "từ khóa",
    "từ khóa tìm kiếm",
    "trang sau",
    "trang trước",
    "tải về",
    "tải xuống",
    "tải ứng dụng",
    "url của bản tin này",
    "xem chi tiết",
    "xem chi tiết tại đây",
    "chi tiết xem tại đây",
    "xem chi tiết văn bản",
    "xem tiếp",
    "xem tại đây",
    "xem tất cả",
    "đóng cửa sổ này",
    "đăng nhập",
    "đọc tiếp",
    "đọc bài viết",
    "nghe đọc bài",
    "tin đang được cập nhật",
    "đang cập nhật",
];

const COPYRIGHT: &[&str] = &[
    "bản quyền thuộc",
    "© bản quyền thuộc",
    "©bản quyền thuộc",
    "bản quyền thông tấn xã",
    "ghi rõ nguồn",
    "® ghi rõ nguồn",
    "khi sử dụng lại thông tin, đề nghị ghi rõ nguồn",
    "khi trích dẫn thông tin từ nguồn này, ghi rõ",
    "giấy phép số:",
    "số giấy phép:",
    "giấy phép xuất bản:",
    "giấy phép cung cấp thông tin trên internet số",
    "chịu trách nhiệm về nội dung",
    "chịu trách nhiệm chính:",
    "cơ quan chủ quản:",
    "cơ quan quản lý:",
    "trưởng ban biên tập:",
    "tổng biên tập:",
    "copyright ©",
    "© copyright",
    "mọi hành vi sao chép",
];

/// Patterns of whole lines, in lower case. Lines have at most [`MAX_BEGINNING`] and 40 characters, so a `.*` needs no limit, which would take long to
/// compile. `\b` would make each match on Vietnamese text ten times as slow.
const PATTERNS: &[(Frame, &str)] = &[
    (Frame::ListHead, r"đọc nhiều trong .{2,40}"),
    (
        Frame::ListHead,
        r"(các |những )?(tin|bài|tin tức|tin bài|bài viết|thông tin|văn bản) cùng (chuyên mục|chuyên đề|chủ đề|lĩnh vực|loại|mục|sự kiện|tác giả)",
    ),
    (
        Frame::ListHead,
        r"(các |những )?(tin|bài|tin tức|tin bài|bài viết|thông tin|văn bản) (gần đây|trước đó|tiếp theo|đã đăng|đã gửi|đáng chú ý)",
    ),
    (Frame::Comments, r"(hiện )?chưa có (bình luận|ý kiến|phản hồi)( nào)?(\W.*)?"),
    (Frame::Comments, r"hãy là người đầu tiên (bình luận|nhận xét|cho ý kiến|gửi ý kiến).*"),
    (Frame::Tool, r"trở lại [^.,;:!?]{3,25}"),
    (Frame::Tool, r"(từ khóa|tags?)\s*:.*"),
    (Frame::Tool, r"trang trước\s+trang sau"),
    (Frame::Tool, r"trang chủ( \| [^|.]{2,20})+"),
    (Frame::Counter, r"(tổng )?(số )?(lượt|lần) (người )?(xem|truy cập|đọc|tải)\s*:?\s*\d[\d.,\s]*"),
    (Frame::Counter, r"(số lần xem|đã xem|đã đọc)\s*:?\s*\d[\d.,]*( (lần|lượt))?"),
    (Frame::Counter, r"\d[\d.,]* (lượt|lần) (xem|truy cập|đọc|tải)"),
    (Frame::Counter, r"online\s*:\s*\d+(\s+.{0,30}:\s*\d+)?"),
    (Frame::Counter, r"(hôm nay|tháng hiện tại)\s*:?\s*\d[\d.,]*"),
    (Frame::Counter, r"bình luận \( ?\d+ ?\)"),
    (Frame::Counter, r"khách (đang )?(trực tuyến|viếng thăm)\s*:?\s*\d+"),
    (Frame::Rating, r"tổng số điểm của bài viết là\s*:\s*\d[\d.,]* trong \d[\d.,]* đánh giá"),
    (Frame::Rating, r"đánh giá( bài viết| bài| tin)?\s*:?\s*\d([.,]\d+)?\s*/\s*\d{1,2}.{0,30}"),
    (Frame::Rating, r"xếp hạng\s*:\s*\d([.,]\d)? - \d+ phiếu bầu"),
    (Frame::Share, r"chia sẻ( trang)? trên (facebook|fb|twitter|google\+|pinterest|linkedin|zalo|gmail|wordpress)"),
    (Frame::Share, r"theo dõi .{2,25} trên\s*:?"),
    (Frame::Copyright, r"\(?cổng thông tin (chạy|hoạt động) tốt nhất trên .{3,40}\)?"),
    (Frame::Copyright, r"địa chỉ\s*:.{5,}(điện thoại|fax|email).*"),
    (Frame::Copyright, r"(điện thoại|đt)\s*:\s*[\d.()\s-]{8,}.*"),
    (Frame::DateFilter, r"xem theo ngày \(dd/mm/yyyy\)"),
    (Frame::DateFilter, r"1 2 3 4 5 6 7 8 9 10 11 12( 13.*)?"),
    (Frame::DateFilter, r"(ngày|tháng|năm)( (ngày|tháng|năm)){0,2}"),
];
