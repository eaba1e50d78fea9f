//! The words and scripts that identify obstacles, in English and Vietnamese.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use aho_corasick::MatchKind;

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

/// Returns the first sign that a page shows, by its titles and its own text in lower case. `markup` is given for a page with very little text.
pub(super) fn first_met(titles: &str, own: &str, markup: Option<&str>) -> Option<&'static Sign> {
    static TEXTS: LazyLock<AhoCorasick> = LazyLock::new(|| {
        let texts = SIGNS.iter().filter(|sign| sign.place == Place::Text).map(|sign| sign.phrase);
        AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(texts).expect("constant patterns")
    });
    let is_short = markup.is_some();
    let (of_titles, of_own) = (phrases_in(titles), phrases_in(own));
    // One search finds that a long markup has none of them, as nearly always.
    let markup = markup.filter(|markup| TEXTS.is_match(*markup)).unwrap_or_default();
    let is_met = |(at, sign): &(usize, &Sign)| {
        let is_in = |found: &[bool]| found.get(*at) == Some(&true);
        let begins = |text: &str| text.starts_with(sign.phrase);
        match sign.place {
            Place::Title => is_in(&of_titles) || (is_short && is_in(&of_own)),
            Place::TitleStart => begins(titles) || (is_short && begins(own)),
            Place::Text => is_in(&of_own) || markup.contains(sign.phrase),
        }
    };
    SIGNS.iter().enumerate().find(is_met).map(|(_, sign)| sign)
}

/// Returns, for each sign, whether its phrase is in a text.
fn phrases_in(text: &str) -> Vec<bool> {
    static SEARCH: LazyLock<AhoCorasick> =
        LazyLock::new(|| AhoCorasick::new(SIGNS.iter().map(|sign| sign.phrase)).expect("constant patterns"));
    let mut found = vec![false; SIGNS.len()];
    for phrase in SEARCH.find_overlapping_iter(text) {
        if let Some(slot) = found.get_mut(phrase.pattern().as_usize()) {
            *slot = true;
        }
    }
    found
}

/// Finds the script of a bot protection.
pub(super) fn guard_in(scripts: &str, is_bare: bool) -> Option<&'static str> {
    let scripts = scripts.to_ascii_lowercase();
    let form_guards = FORM_GUARDS.iter().filter(|_| is_bare);
    GUARDS.iter().chain(form_guards).find(|(part, _)| scripts.contains(part)).map(|(_, guard)| *guard)
}

/// Whether a page may redirect by `http-equiv=refresh`.
pub(super) fn may_refresh(body: &[u8]) -> bool {
    REFRESH.is_match(body)
}

static REFRESH: LazyLock<AhoCorasick> = LazyLock::new(|| {
    let quotes = ["=refresh", "=\"refresh", "='refresh", "= \"refresh", "= 'refresh"];
    AhoCorasick::builder().ascii_case_insensitive(true).build(quotes).expect("constant patterns")
});
