//! The words and scripts that identify obstacles, in English and Vietnamese.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use crate::model::obstacle::Obstacle;
use crate::model::obstacle::Sighting;

/// A phrase of an obstacle, in lower case.
#[derive(Debug)]
pub(super) struct Sign {
    kind: Obstacle,
    phrase: &'static str,
    place: Place,
}

/// Where a phrase must be.
#[derive(Debug, PartialEq)]
enum Place {
    /// In a title or heading. With very little text, also elsewhere.
    Title,
    /// At the beginning of the title or a heading, for words that articles use too.
    TitleStart,
    /// Anywhere in the page's own text.
    Text,
}

impl Sign {
    pub(super) fn is_met(&self, titles: &str, own: &str, is_short: bool, markup: &str) -> bool {
        match self.place {
            Place::Title => titles.contains(self.phrase) || (is_short && own.contains(self.phrase)),
            Place::TitleStart => titles.starts_with(self.phrase) || (is_short && own.starts_with(self.phrase)),
            Place::Text => own.contains(self.phrase) || (is_short && markup.contains(self.phrase)),
        }
    }

    pub(super) fn sighting(&self) -> Sighting {
        Sighting { kind: self.kind, sign: format!("\"{}\"", self.phrase) }
    }
}

const fn sign(kind: Obstacle, phrase: &'static str, place: Place) -> Sign {
    Sign { kind, phrase, place }
}

/// The phrases. Those of challenges and firewalls come first, because their pages often mention errors too.
pub(super) static SIGNS: [Sign; 65] = {
    use Obstacle::Challenge;
    use Obstacle::Construction;
    use Obstacle::ErrorPage;
    use Obstacle::Firewall;
    use Place::Text;
    use Place::Title;
    use Place::TitleStart;
    [
        sign(Challenge, "just a moment...", TitleStart),
        sign(Challenge, "checking your browser", Text),
        sign(Challenge, "enable javascript and cookies to continue", Text),
        sign(Challenge, "verify you are human", Text),
        sign(Challenge, "verifying you are human", Text),
        sign(Challenge, "please complete the security check", Text),
        sign(Challenge, "ddos protection by", Text),
        sign(Challenge, "ddos-guard", Title),
        sign(Challenge, "are you a robot", Title),
        sign(Challenge, "security check", TitleStart),
        sign(Challenge, "human verification", Title),
        sign(Challenge, "xác minh bạn là con người", Text),
        sign(Challenge, "xác minh bạn không phải là robot", Text),
        sign(Challenge, "đang kiểm tra trình duyệt", Text),
        sign(Challenge, "vui lòng bật javascript", Title),
        sign(Firewall, "attention required! | cloudflare", Title),
        sign(Firewall, "request rejected", TitleStart),
        sign(Firewall, "the requested url was rejected", Text),
        sign(Firewall, "access denied", TitleStart),
        sign(Firewall, "web page blocked", Title),
        sign(Firewall, "fortigate application control", Text),
        sign(Firewall, "web application firewall", Title),
        sign(Firewall, "your ip has been blocked", Text),
        sign(Firewall, "you have been blocked", Title),
        sign(Firewall, "incapsula incident id", Text),
        sign(Firewall, "sucuri website firewall", Text),
        sign(Firewall, "this request has been blocked", Text),
        sign(Firewall, "403 forbidden", TitleStart),
        sign(Firewall, "403 - forbidden", TitleStart),
        sign(Firewall, "truy cập bị từ chối", Title),
        sign(Firewall, "truy cập của bạn đã bị chặn", Text),
        sign(Firewall, "bạn không có quyền truy cập", Title),
        sign(Firewall, "yêu cầu của bạn bị từ chối", Text),
        sign(Construction, "under construction", Title),
        sign(Construction, "coming soon", TitleStart),
        sign(Construction, "under maintenance", Title),
        sign(Construction, "site maintenance", TitleStart),
        sign(Construction, "we'll be back soon", Title),
        sign(Construction, "welcome to nginx", Title),
        sign(Construction, "apache2 ubuntu default page", Title),
        sign(Construction, "apache2 debian default page", Title),
        sign(Construction, "iis windows server", Title),
        sign(Construction, "it works!", TitleStart),
        sign(Construction, "account suspended", TitleStart),
        sign(Construction, "đang được xây dựng", Title),
        sign(Construction, "website đang xây dựng", Title),
        sign(Construction, "trang web đang xây dựng", Title),
        sign(Construction, "đang bảo trì", Title),
        sign(Construction, "bảo trì hệ thống", TitleStart),
        sign(Construction, "đang nâng cấp", Title),
        sign(Construction, "đang được nâng cấp", Title),
        sign(ErrorPage, "404", TitleStart),
        sign(ErrorPage, "error 404", TitleStart),
        sign(ErrorPage, "lỗi 404", Title),
        sign(ErrorPage, "page not found", Title),
        sign(ErrorPage, "the page cannot be found", Title),
        sign(ErrorPage, "the resource cannot be found", Title),
        sign(ErrorPage, "server error in '/", Title),
        sign(ErrorPage, "runtime error", TitleStart),
        sign(ErrorPage, "internal server error", TitleStart),
        sign(ErrorPage, "không tìm thấy trang", Title),
        sign(ErrorPage, "trang không tồn tại", Title),
        sign(ErrorPage, "không tồn tại hoặc đã bị xóa", Text),
        sign(ErrorPage, "bài viết không tồn tại", Title),
        sign(ErrorPage, "không tìm thấy nội dung", Title),
    ]
};

/// Scripts of bot protections, identified by a part of their URL or of what they call. Cloudflare's script `/jsd/` is not among them, because it is
/// also in ordinary pages.
const GUARDS: [(&str, &str); 7] = [
    ("/orchestrate/chl", "Cloudflare's challenge"),
    ("_cf_chl_opt", "Cloudflare's challenge"),
    ("cf-browser-verification", "Cloudflare's challenge"),
    ("_incapsula_resource", "Incapsula's challenge"),
    ("sucuri_cloudproxy_js", "Sucuri's challenge"),
    ("slowaes.decrypt", "a challenge that is solved by a cookie"),
    ("/_guard/", "a guard's script"),
];

/// Scripts that also protect forms on ordinary pages. They count only if the page has nothing else.
const FORM_GUARDS: [(&str, &str); 4] = [
    ("js.hcaptcha.com", "a captcha"),
    ("recaptcha/api.js", "a captcha"),
    ("recaptcha/enterprise.js", "a captcha"),
    ("challenges.cloudflare.com", "Cloudflare's Turnstile"),
];

/// Finds the script of a bot protection.
pub(super) fn guard_in(scripts: &str, is_bare: bool) -> Option<&'static str> {
    let scripts = scripts.to_ascii_lowercase();
    let form_guards = FORM_GUARDS.iter().filter(|_| is_bare);
    GUARDS.iter().chain(form_guards).find(|(part, _)| scripts.contains(part)).map(|(_, guard)| *guard)
}

/// Whether a page may contain one of the signs. One search over its bytes finds phrases as written and capitalized as at the beginning of a sentence.
pub(super) fn may_be_in(body: &[u8]) -> bool {
    SEARCH.is_match(body) || SEARCH_IN_PARTS.is_match(body)
}

/// Whether a page may redirect by `http-equiv=refresh`.
pub(super) fn may_refresh(body: &[u8]) -> bool {
    REFRESH.is_match(body)
}

static REFRESH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let quotes = ["=refresh", "=\"refresh", "='refresh", "= \"refresh", "= 'refresh"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(quotes).expect("constant patterns")
});

/// Phrases of pages that ask for consent. Such pages may be large because of their styles.
const CONSENT: [&str; 6] =
    ["accept all", "your consent", "your privacy", "your data", "cookies on your", "terms of use"];
const CONSENT_IN_PARTS: [&str; 6] =
    ["quyền riêng tư", "cookie để", "tất cả cookie", "chấp nhận tất cả", "dữ liệu cá nhân", "điều khoản sử dụng"];

static SEARCH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let ascii = SIGNS.iter().map(|sign| sign.phrase).filter(|phrase| phrase.is_ascii() && *phrase != "404");
    let patterns = ascii.chain(GUARDS.iter().map(|(part, _)| *part)).chain(CONSENT).chain([
        "type=\"password\"",
        "type='password'",
        "<title>404",
    ]);
    AhoCorasick::builder().ascii_case_insensitive(true).build(patterns).expect("constant patterns")
});

/// Phrases with non-ASCII letters: as written, in capitals, and capitalized.
static SEARCH_IN_PARTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let phrases = SIGNS.iter().map(|sign| sign.phrase).filter(|phrase| !phrase.is_ascii()).chain(CONSENT_IN_PARTS);
    let patterns: Vec<String> =
        phrases.flat_map(|phrase| [phrase.to_owned(), phrase.to_uppercase(), capitalized(phrase)]).collect();
    AhoCorasick::new(patterns).expect("constant patterns")
});

fn capitalized(phrase: &str) -> String {
    let mut chars = phrase.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
