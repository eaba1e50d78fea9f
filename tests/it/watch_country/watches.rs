//! The twenty watches of the month.

use std::fmt::Write;
use std::ops::Range;

use super::world::ADVERTISEMENT;
use super::world::Article;
use super::world::BOX;
use super::world::BUDGET;
use super::world::CHANGE;
use super::world::COVID;
use super::world::DEADLINE;
use super::world::DRAFT;
use super::world::DROUGHT;
use super::world::FEES;
use super::world::FIRE;
use super::world::FURNITURE;
use super::world::MARKERS;
use super::world::NEVER;
use super::world::PORTALS;
use super::world::REFORM;
use super::world::WOOD;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rhythm {
    AtOnce,
    Hourly,
    /// At a minute of the day.
    Daily(i64),
}

/// A watch: what its file says.
#[derive(Debug)]
pub(super) struct Asks {
    pub(super) id: &'static str,
    pub(super) any: &'static [usize],
    pub(super) all: &'static [usize],
    pub(super) none: &'static [usize],
    pub(super) portals: Range<i64>,
    /// `provinces`: the first eleven portals are in it.
    pub(super) of_province: bool,
    pub(super) events: &'static [&'static str],
    pub(super) rhythm: Rhythm,
    pub(super) to: &'static [&'static str],
    pub(super) is_english: bool,
    /// Whether it wants old articles as well.
    pub(super) is_patient: bool,
}

const DEFAULT: &[&str] = &["new", "revision", "withdrawn"];

const fn daily(id: &'static str, any: &'static [usize], minute: i64, to: &'static [&'static str]) -> Asks {
    Asks {
        id,
        any,
        all: &[],
        none: &[],
        portals: 0..PORTALS,
        of_province: false,
        events: DEFAULT,
        rhythm: Rhythm::Daily(minute),
        to,
        is_english: false,
        is_patient: false,
    }
}

const fn hourly(id: &'static str, any: &'static [usize], to: &'static [&'static str]) -> Asks {
    Asks { rhythm: Rhythm::Hourly, ..daily(id, any, 0, to) }
}

const fn at_once(id: &'static str, any: &'static [usize], to: &'static [&'static str]) -> Asks {
    Asks { rhythm: Rhythm::AtOnce, ..daily(id, any, 0, to) }
}

pub(super) const WATCHES: [Asks; 20] = [
    daily("tinh-gon", &[REFORM], 420, &["ban", "so"]),
    daily("khong-co", &[NEVER], 420, &["ban"]),
    Asks { events: &["new"], ..at_once("chay-rung", &[FIRE], &["ban"]) },
    Asks { all: &[FIRE], events: &["reprint"], ..hourly("dang-lai", &[], &["ban"]) },
    Asks { events: &["new", "reprint"], ..hourly("ca-hai", &[REFORM], &["so"]) },
    Asks { events: &["revision"], ..hourly("sap-nhap", &[CHANGE], &["so"]) },
    Asks { events: &["withdrawn"], is_english: true, ..daily("da-go", &[DRAFT], 990, &["so"]) },
    Asks { is_english: true, ..daily("han-man", &[DROUGHT], 990, &["so"]) },
    at_once("do-go", &[FURNITURE], &["so"]),
    hourly("do-go-khong-dau", &[WOOD], &["ban"]),
    daily("covid", &[COVID], 420, &["so"]),
    Asks { all: &[BUDGET, FEES], ..hourly("hoc-phi", &[], &["ban"]) },
    Asks { none: &[ADVERTISEMENT], ..daily("ngan-sach", &[BUDGET], 720, &["ban"]) },
    Asks { of_province: true, ..hourly("vinh-phuc", &[REFORM, FIRE], &["so"]) },
    Asks { portals: 16..34, ..at_once("mien-nui", &[REFORM, COVID], &["so"]) },
    Asks { events: &["new", "revision"], is_patient: true, ..hourly("hop-thu", &[BOX], &["ban"]) },
    at_once("han-chot", &[DEADLINE], &["ban"]),
    Asks { is_english: true, ..daily("nhieu", &[REFORM, FIRE, DROUGHT, COVID], 375, &["so"]) },
    Asks { portals: 38..PORTALS, is_patient: true, ..at_once("lau-nam", &[REFORM, FIRE, DROUGHT], &["so"]) },
    Asks { events: &["new"], ..daily("nhap", &[DRAFT], 420, &["ban"]) },
];

impl Asks {
    pub(super) fn has(&self, event: &str) -> bool {
        self.events.contains(&event)
    }

    pub(super) fn admits(&self, portal: i64) -> bool {
        self.portals.contains(&portal) && (!self.of_province || portal <= 10)
    }

    /// Whether it asks for an article that has some markers.
    pub(super) fn matches(&self, article: Article, has: &[usize]) -> bool {
        // Without accents, two phrases are one.
        let is_there = |marker: &usize| has.contains(marker) || (*marker == WOOD && has.contains(&FURNITURE));
        self.admits(article.0)
            && (self.any.is_empty() || self.any.iter().any(is_there))
            && self.all.iter().all(is_there)
            && !self.none.iter().any(is_there)
    }

    /// Its file.
    pub(super) fn file(&self) -> String {
        let mut text = format!("name = \"{}\"\nto = {:?}\nevents = {:?}\n", self.id, self.to, self.events);
        for (key, those) in [("any", self.any), ("all", self.all), ("none", self.none)] {
            let phrases: Vec<&str> = those.iter().map(|marker| MARKERS[*marker].0).collect();
            if !phrases.is_empty() {
                writeln!(text, "{key} = {phrases:?}").unwrap();
            }
        }
        if self.portals != (0..PORTALS) {
            let ids: Vec<String> = self.portals.clone().map(|portal| format!("p{portal}")).collect();
            writeln!(text, "portals = {ids:?}").unwrap();
        }
        text += match self.rhythm {
            Rhythm::AtOnce => "rhythm = \"at once\"\n",
            Rhythm::Hourly => "rhythm = \"hourly\"\n",
            Rhythm::Daily(_) => "",
        };
        if let Rhythm::Daily(minute) = self.rhythm {
            writeln!(text, "rhythm = \"daily {:02}:{:02}\"", minute / 60, minute % 60).unwrap();
        }
        for (is_set, line) in [
            (self.of_province, "provinces = [\"vinh-phuc\"]\n"),
            (self.is_english, "language = \"en\"\n"),
            (self.is_patient, "max_age = \"400d\"\n"),
        ] {
            text += if is_set { line } else { "" };
        }
        text
    }
}
