//! Finds pages that ask for consent to cookies or to the use of data before they show anything.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::model::obstacle::Obstacle;
use crate::model::obstacle::Sighting;
use crate::obstacle::outline::Outline;
use crate::obstacle::plain;

/// Minimum length of a sentence in bytes. Menus and labels are shorter.
const SENTENCE: usize = 25;
/// Minimum share of the page's sentences, by length, that must be about consent. With a banner below a short article, the share is lower.
const MOST: f64 = 0.6;

/// What the page is about: data.
const DATA: &[&str] = &[
    "cookie",
    "quyền riêng tư",
    "dữ liệu cá nhân",
    "dữ liệu của bạn",
    "thông tin cá nhân",
    "chính sách bảo mật",
    "điều khoản sử dụng",
    "terms of use",
    "terms of service",
    "privacy",
    "personal data",
    "your data",
    "datenschutz",
    "vie privée",
    "vos données",
    "données personnelles",
    "privacidad",
    "datos personales",
    "privasi",
];
/// What the page asks for: consent.
const CONSENT: &[&str] = &[
    "đồng ý",
    "chấp nhận",
    "chấp thuận",
    "cho phép",
    "consent",
    "accept",
    "agree",
    "allow",
    "akzeptier",
    "zustimm",
    "einwillig",
    "aceptar",
    "acepto",
    "setuju",
];
/// The purposes, and the alternatives that can be chosen.
const PURPOSE: &[&str] = &[
    "quảng cáo",
    "để tiếp tục",
    "to continue",
    "before you",
    "lượt xem",
    "lượt truy cập",
    "đối tác",
    "bên thứ ba",
    "lựa chọn",
    "tùy chỉnh",
    "tuỳ chỉnh",
    "tùy chọn",
    "tuỳ chọn",
    "thiết lập",
    "từ chối",
    "trải nghiệm",
    "cá nhân hóa",
    "advertis",
    "partner",
    "third part",
    "purpose",
    "choice",
    "choose",
    "preferences",
    "settings",
    "reject",
    "decline",
    "personali",
    "measure",
    "count visits",
    "experience",
    "werbung",
    "einstellungen",
    "publicit",
    "partenaire",
    "paramètres",
    "publicidad",
    "iklan",
];

static WORDS: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(DATA.iter().chain(CONSENT).chain(PURPOSE)).expect("a constant pattern"));

/// Finds a page with little text that is mostly about consent and has a control to give it. A page with a date is an article.
pub(super) fn find(outline: &Outline) -> Option<Sighting> {
    static DATE: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"\b\d{1,2}\s*[/.-]\s*\d{1,2}\s*[/.-]\s*\d{4}\b").expect("a constant pattern"));
    let (controls, text) = (plain(&outline.controls), outline.own_text.as_str());
    let own = plain(text);
    let says = |words: &[&str], text: &str| words.iter().any(|word| text.contains(word));
    let asks = says(DATA, &own) && (says(PURPOSE, &own) || says(PURPOSE, &controls)) && says(CONSENT, &controls);
    if !asks || DATE.is_match(&own) {
        return None;
    }
    let (mut all, mut about) = (0_usize, 0_usize);
    for sentence in text.split(['\n', '.', '!', '?']).map(plain).filter(|sentence| sentence.len() >= SENTENCE) {
        all += sentence.len();
        about += if WORDS.is_match(&sentence) { sentence.len() } else { 0 };
    }
    #[expect(clippy::cast_precision_loss, reason = "lengths of a page with little text")]
    let share = about as f64 / all.max(1) as f64;
    let sign = "it asks for consent to use data";
    (share >= MOST).then(|| Sighting { kind: Obstacle::Consent, sign: sign.to_owned() })
}
