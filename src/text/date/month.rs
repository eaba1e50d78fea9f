//! Names of months: English as in feeds, Vietnamese in words, and the languages in which portals publish for foreigners or from which they reprint.
//!
//! The names are folded like the tokens: lower case, without diacritics.

use std::sync::LazyLock;

use foldhash::HashMap;

use super::token::Line;

/// A month in a line.
pub(super) struct Month {
    pub(super) number: i64,
    /// The index of the token after the month.
    pub(super) end: usize,
    /// Whether the name is English. A two-digit year may follow an English name (RFC 822).
    pub(super) english: bool,
}

/// Reads the month that begins at a token.
pub(super) fn month_at(line: &Line<'_>, at: usize) -> Option<Month> {
    match line.word(at) {
        "thang" | "thg" => {
            let next = if line.is_sign(at + 1, '.') { at + 2 } else { at + 1 };
            match line.number(next, 1..=2) {
                Some(number) => Some(Month { number, end: next + 1, english: false }),
                None => vietnamese(line, next),
            }
        }
        "t" | "th" if line.glued(at + 1) => {
            line.number(at + 1, 1..=2).map(|number| Month { number, end: at + 2, english: false })
        }
        name => {
            let (number, english) = named(name)?;
            let end = if line.is_sign(at + 1, '.') && line.glued(at + 1) { at + 2 } else { at + 1 };
            Some(Month { number, end, english })
        }
    }
}

/// `Một` … `Mười Hai`, `Giêng`, and `M. một`, to which one content management system shortens `Mười một`.
fn vietnamese(line: &Line<'_>, at: usize) -> Option<Month> {
    let after_ten = match line.word(at) {
        "muoi" => Some(at + 1),
        "m" if line.is_sign(at + 1, '.') => Some(at + 2),
        _ => None,
    };
    let units = |at: usize| match line.word(at) {
        "mot" => Some(1),
        "hai" => Some(2),
        _ => None,
    };
    if let Some(next) = after_ten {
        return match units(next) {
            Some(unit) => Some(Month { number: 10 + unit, end: next + 1, english: false }),
            None if line.word(at) == "muoi" => Some(Month { number: 10, end: next, english: false }),
            None => None,
        };
    }
    let number = match line.word(at) {
        "gieng" | "mot" => 1,
        "hai" => 2,
        "ba" => 3,
        "tu" | "bon" => 4,
        "nam" => 5,
        "sau" => 6,
        "bay" => 7,
        "tam" => 8,
        "chin" => 9,
        _ => return None,
    };
    Some(Month { number, end: at + 1, english: false })
}

/// Returns the number of a named month, and whether the name is English.
fn named(name: &str) -> Option<(i64, bool)> {
    /// The months by name. Of two that share one, the first counts.
    static MONTHS: LazyLock<HashMap<&str, (i64, bool)>> = LazyLock::new(|| {
        let mut months = HashMap::default();
        for (year, english) in [(&ENGLISH, true), (&OTHERS, false)] {
            for (number, names) in (1..).zip(year) {
                for name in *names {
                    months.entry(*name).or_insert((number, english));
                }
            }
        }
        months
    });
    MONTHS.get(name).copied()
}

const ENGLISH: [&[&str]; 12] = [
    &["jan", "january"],
    &["feb", "february"],
    &["mar", "march"],
    &["apr", "april"],
    &["may"],
    &["jun", "june"],
    &["jul", "july"],
    &["aug", "august"],
    &["sep", "sept", "september"],
    &["oct", "october"],
    &["nov", "november"],
    &["dec", "december"],
];

/// German, French, Spanish, Portuguese, Italian, Dutch, Scandinavian, Polish, Czech, Romanian, Turkish, Indonesian, Russian, Ukrainian.
const OTHERS: [&[&str]; 12] = [
    &[
        "januar",
        "janner",
        "janvier",
        "janv",
        "enero",
        "ene",
        "janeiro",
        "gennaio",
        "januari",
        "stycznia",
        "styczen",
        "ledna",
        "ianuarie",
        "ocak",
        "января",
        "янв",
        "сiчня",
        "січня",
    ],
    &[
        "februar",
        "feber",
        "fevrier",
        "fevr",
        "febrero",
        "fevereiro",
        "febbraio",
        "februari",
        "lutego",
        "luty",
        "unora",
        "februarie",
        "subat",
        "февраля",
        "фев",
        "лютого",
    ],
    &[
        "marz",
        "maerz",
        "mrz",
        "mars",
        "marzo",
        "marco",
        "maart",
        "mrt",
        "marca",
        "marzec",
        "brezna",
        "martie",
        "mart",
        "maret",
        "марта",
        "мар",
        "березня",
    ],
    &[
        "avril",
        "avr",
        "abril",
        "abr",
        "aprile",
        "kwietnia",
        "kwiecien",
        "dubna",
        "aprilie",
        "nisan",
        "апреля",
        "апр",
        "квiтня",
        "квітня",
    ],
    &["mai", "mayo", "maio", "maggio", "mag", "mei", "maj", "maja", "kvetna", "mayis", "мая", "май", "маи", "травня"],
    &[
        "juni",
        "juin",
        "junio",
        "junho",
        "giugno",
        "giu",
        "czerwca",
        "czerwiec",
        "cervna",
        "iunie",
        "haziran",
        "июня",
        "июн",
        "червня",
    ],
    &[
        "juli",
        "juillet",
        "juil",
        "julio",
        "julho",
        "luglio",
        "lug",
        "lipca",
        "lipiec",
        "cervence",
        "iulie",
        "temmuz",
        "июля",
        "июл",
        "липня",
    ],
    &[
        "aout",
        "agosto",
        "ago",
        "augustus",
        "augusti",
        "sierpnia",
        "sierpien",
        "srpna",
        "agustos",
        "agustus",
        "августа",
        "авг",
        "серпня",
    ],
    &[
        "septembre",
        "septiembre",
        "setiembre",
        "setembro",
        "settembre",
        "set",
        "wrzesnia",
        "wrzesien",
        "zari",
        "septembrie",
        "eylul",
        "сентября",
        "сен",
        "вересня",
    ],
    &[
        "oktober",
        "okt",
        "octobre",
        "octubre",
        "outubro",
        "out",
        "ottobre",
        "ott",
        "pazdziernika",
        "pazdziernik",
        "rijna",
        "octombrie",
        "ekim",
        "октября",
        "окт",
        "жовтня",
    ],
    &[
        "novembre",
        "noviembre",
        "novembro",
        "listopada",
        "listopad",
        "listopadu",
        "noiembrie",
        "kasim",
        "ноября",
        "ноя",
        "листопада",
    ],
    &[
        "dezember",
        "dez",
        "decembre",
        "diciembre",
        "dic",
        "dezembro",
        "dicembre",
        "grudnia",
        "grudzien",
        "prosince",
        "decembrie",
        "aralik",
        "desember",
        "des",
        "декабря",
        "дек",
        "грудня",
    ],
];
