use super::*;

const PLAIN: &str =
    "Ủy ban nhân dân tỉnh vừa ban hành quyết định về việc hỗ trợ nông dân; người dân đã được thông báo.";

/// The text in TCVN3, read as windows-1252.
const IN_TCVN3: &str =
    "ñy ban nh©n d©n tØnh võa ban hµnh quyÕt ®Þnh vÒ viÖc hç trî n«ng d©n; ng\u{ad}êi d©n ®· ®\u{ad}îc th«ng b¸o.";

#[test]
fn a_text_is_put_right_and_stays_right() {
    let repaired = repair(IN_TCVN3).unwrap();
    assert_eq!(repaired.text, PLAIN.replace('Ủ', "ủ"));
    assert_eq!(repaired.reading.describe(), "tcvn3 read as windows-1252");
    assert_eq!(repair(&repaired.text), None);
    assert_eq!(repaired.reading.undo("n«ng d©n"), "nông dân");
}

#[test]
fn what_was_encoded_twice_is_decoded_twice() {
    let once = |text: &str| encoding_rs::WINDOWS_1252.decode_without_bom_handling(text.as_bytes()).0.into_owned();
    assert_eq!(repair(&once(PLAIN)).unwrap().text, PLAIN);
    assert_eq!(repair(&once(&once(PLAIN))).unwrap().text, PLAIN);
    // The spaces were collapsed, and the no-break space was a byte of `à`.
    let collapsed = once("Đây là nhà của đồng chí").replace('\u{a0}', " ").replace("  ", " ");
    assert_eq!(repair(&collapsed).unwrap().text, "Đây là nhà của đồng chí");
}

#[test]
fn a_unicode_text_with_a_foreign_name_is_left_alone() {
    for text in [
        PLAIN,
        "Đoàn của ông François Müller thăm Bảo tàng Đắk Lắk",
        "Ông Muñoz",
        "Bảng giá: 35 m² × 2, ±5 %, §3, 20 °C, café Ñandú ¾",
        "© 2021 Å §",
        "Bö",
        "naïve",
        "",
    ] {
        assert_eq!(repair(text), None, "{text}");
    }
}

#[test]
fn bytes_are_told_from_western_ones() {
    let western = |text: &str| encoding_rs::WINDOWS_1252.encode(text).0.into_owned();
    assert_eq!(detect(b"Uy ban nhan dan"), None);
    assert_eq!(detect(&western("Der Bürgermeister eröffnete die Straße über den Fluß")), None);
    assert_eq!(detect(&western("Le préfet a reçu hier les élus de la région")), None);
    assert_eq!(detect(&western(IN_TCVN3)), Some(Charset::Tcvn3));
    // The quotes of windows-1252 have the codes of TCVN 5712's capitals.
    let quoted = western("Ch\u{ad}¬ng tr×nh “Nhµ n\u{ad}íc vµ nh©n d©n” – ng\u{ad}êi d©n…");
    assert_eq!(detect(&quoted), Some(Charset::Tcvn3));
    assert_eq!(Charset::Tcvn3.decode(&quoted), "Chương trình “Nhà nước và nhân dân” – người dân…");
}

#[test]
fn labels() {
    assert_eq!(Charset::for_label(" VISCII "), Some(Charset::Viscii));
    assert_eq!(Charset::for_label("x-viet-vps"), Some(Charset::Vps));
    assert_eq!(Charset::for_label("TCVN_5712"), Some(Charset::Tcvn5712));
    assert_eq!(Charset::for_label("windows-1258"), None);
    for charset in Charset::ALL.into_iter().filter(|charset| *charset != Charset::Windows1258) {
        assert_eq!(Charset::for_label(charset.name()), Some(charset));
    }
}

proptest::proptest! {
    #[test]
    fn any_bytes_and_any_text_end_in_a_value(bytes: Vec<u8>, text: String) {
        for charset in Charset::ALL {
            let _ = charset.decode(&bytes);
        }
        let _ = (detect(&bytes), repair(&text));
    }
}
