//! Pages that ask for consent to cookies or to the use of data before they show anything.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;
use regex::Regex;

use crate::model::obstacle::Obstacle;
use crate::model::obstacle::Sighting;
use crate::obstacle::outline::Outline;
use crate::obstacle::plain;

/// Bytes of a sentence from which it counts: menus and labels are shorter.
const SENTENCE: usize = 25;
/// The share of the page's sentences, by length, that speak of consent where it is all that the page is about. A banner below a short article
/// has less.
const MOST: f64 = 0.6;

/// What is asked for.
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
/// What is to be given.
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
/// What for, and what else can be chosen.
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

/// A page of little text, most of it about consent, with a control that gives it. An article has a date.
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
