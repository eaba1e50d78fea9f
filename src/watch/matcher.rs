//! Which watches a record is for: one tree of words finds the phrases of all watches at once.
//!
//! A phrase with exact accents is looked for without them, and then in the text with them: it cannot stand there if it is not found without.

use std::collections::BTreeMap;
use std::collections::HashMap;
use std::sync::Arc;

use jiff::SignedDuration;

use crate::model::record::Record;
use crate::model::record::RevisionReason;
use crate::text::words;
use crate::watch::Event;
use crate::watch::Field;
use crate::watch::Fields;
use crate::watch::Watch;
use crate::watch::changes;
use crate::watch::changes::Change;
use crate::watch::moment;
use crate::watch::phrase::Phrase;
use crate::watch::phrase_tree::PhraseTree;

/// Changes of a revision that a finding keeps at most.
const MOST_CHANGES: usize = 5;

/// All watches, ready to match.
#[derive(Debug, Clone)]
pub struct Matcher {
    watches: Arc<[Watch]>,
    /// Finds the phrases without accents.
    phrases: PhraseTree,
    /// Who asks for a phrase, by its number.
    uses: Vec<Vec<Use>>,
    /// The fields that any watch asks for.
    fields: Vec<(&'static str, Field)>,
}

/// That a watch asks for a phrase.
#[derive(Debug, Clone)]
struct Use {
    watch: usize,
    role: Role,
    /// The phrase with its accents, where they count.
    exact: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Any,
    /// One of the phrases that must all be there, by its number.
    All(u8),
    None,
}

/// A record to match.
#[derive(Debug, Clone, Copy)]
pub struct Sighting<'a> {
    /// The record.
    pub record: &'a Record,
    /// The revision before it.
    pub previous: Option<&'a Record>,
    /// Whether a portal's first visit or a backfill brought it.
    pub is_backlog: bool,
}

/// What a watch is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The watch, by its number.
    pub watch: usize,
    /// What happened; [`Event::New`] may turn out to be a [`Event::Reprint`] once it is known what was told.
    pub event: Event,
    /// Whether the article is older than the watch's `max_age`: it counts only if its story was told.
    pub is_old: bool,
    /// What a revision changed, what matches first.
    pub changes: Vec<Change>,
}

/// What was seen of a watch's phrases.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    any: bool,
    all: u64,
    none: bool,
}

impl Matcher {
    /// A matcher of watches.
    pub fn new(watches: Vec<Watch>) -> Matcher {
        let mut phrases = PhraseTree::default();
        let mut uses: Vec<Vec<Use>> = Vec::new();
        let mut fields = Fields::default();
        for (watch, of_watch) in watches.iter().enumerate() {
            fields = fields.and(of_watch.fields);
            for (phrase, role) in roles(of_watch) {
                let number = phrases.add(&phrase.folded);
                uses.resize_with(phrases.count(), Vec::new);
                if let Some(uses) = uses.get_mut(number) {
                    uses.push(Use { watch, role, exact: phrase.exact.clone() });
                }
            }
        }
        let fields = Field::WORDS.into_iter().filter(|(_, field)| fields.meets(Fields::of(*field))).collect();
        Matcher { phrases, uses, fields, watches: watches.into() }
    }

    /// The watches.
    pub fn watches(&self) -> &Arc<[Watch]> {
        &self.watches
    }

    /// Whether a watch looks into the texts of attachments.
    pub fn looks_into_files(&self) -> bool {
        self.fields.iter().any(|(_, field)| *field == Field::Attachments)
    }

    /// What a record is told of, in the order of the watches.
    ///
    /// Nothing that only reading again gave is, nothing that a portal's first visit or a backfill recorded, and of a revision only what was
    /// added counts.
    pub fn findings(&self, sighting: Sighting<'_>) -> Vec<Finding> {
        let Sighting { record, previous, is_backlog } = sighting;
        let is_no_news = match record.reason {
            Some(RevisionReason::Reread) => true,
            // What a first visit or a backfill brought is no news, and neither are its files.
            Some(RevisionReason::Attachment) => is_backlog,
            None => false,
        };
        if is_no_news || self.watches.is_empty() {
            return Vec::new();
        }
        if record.withdrawn.is_some() {
            return self.those(record, &[Event::Withdrawn]);
        }
        match previous {
            None if record.revision > 1 || is_backlog => Vec::new(),
            None if record.duplicate.is_some() => self.those(record, &[Event::New, Event::Reprint]),
            None => self.those(record, &[Event::New]),
            Some(previous) => self.added(record, previous),
        }
    }

    /// The watches that ask for one of some events and match the whole record.
    fn those(&self, record: &Record, events: &[Event]) -> Vec<Finding> {
        let age = moment::age(record);
        let matching = self.matching(record).into_iter().filter_map(|number| {
            let watch = self.watches.get(number)?;
            let event = *events.iter().find(|event| watch.events.has(**event))?;
            watch.admits(record).then(|| Finding {
                watch: number,
                event,
                is_old: age.is_some_and(|age| age > watch.longest_age()),
                changes: Vec::new(),
            })
        });
        matching.collect()
    }

    /// The watches that match a revision and a phrase of which it added.
    fn added(&self, record: &Record, previous: &Record) -> Vec<Finding> {
        let changes = changes::of_records(previous, record, &self.fields);
        let mut added: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (number, (field, change)) in changes.iter().enumerate() {
            for watch in self.brought(*field, change) {
                added.entry(watch).or_default().push(number);
            }
        }
        if added.is_empty() {
            return Vec::new();
        }
        let mut findings = self.those(record, &[Event::Revision]);
        findings.retain(|finding| added.contains_key(&finding.watch));
        for finding in &mut findings {
            let first = added.get(&finding.watch).map(Vec::as_slice).unwrap_or_default();
            let rest = (0..changes.len()).filter(|number| !first.contains(number));
            let order = first.iter().copied().chain(rest).take(MOST_CHANGES);
            finding.changes = order.filter_map(|number| Some(changes.get(number)?.1.clone())).collect();
        }
        findings
    }

    /// The watches of which a change has a phrase more often than before.
    fn brought(&self, field: Fields, change: &Change) -> Vec<usize> {
        let mut counts: HashMap<usize, i64> = HashMap::new();
        for (text, step) in [(&change.new, 1), (&change.old, -1)] {
            self.phrases.find(&words::folded(text), |phrase| *counts.entry(phrase).or_default() += step);
        }
        let exact = [words::exact(&change.new), words::exact(&change.old)];
        let is_more = |one: &Use, more: i64| match &one.exact {
            None => more > 0,
            Some(phrase) => {
                let [new, old] = exact.each_ref().map(|text| count(text, phrase));
                new > old
            }
        };
        let mut watches = Vec::new();
        for (phrase, more) in counts {
            let uses = self.uses.get(phrase).map(Vec::as_slice).unwrap_or_default();
            let those =
                uses.iter().filter(|one| one.role != Role::None && self.asks(one.watch, field) && is_more(one, more));
            watches.extend(those.map(|one| one.watch));
        }
        watches.sort_unstable();
        watches.dedup();
        watches
    }

    fn asks(&self, watch: usize, field: Fields) -> bool {
        self.watches.get(watch).is_some_and(|watch| watch.fields.meets(field))
    }

    /// The watches whose phrases a record has, by number.
    pub fn matching(&self, record: &Record) -> Vec<usize> {
        // The phrases that stand somewhere, with the fields in which each stands.
        let mut found: HashMap<usize, Fields> = HashMap::new();
        for (_, field) in &self.fields {
            for text in field.texts(record) {
                self.phrases.find(&words::folded(text), |phrase| {
                    let fields = found.entry(phrase).or_default();
                    *fields = fields.and(Fields::of(*field));
                });
            }
        }
        let mut accents = Accents { record, texts: HashMap::new() };
        let mut seen: HashMap<usize, Seen> = HashMap::new();
        for (phrase, fields) in found {
            for one in self.uses.get(phrase).map(Vec::as_slice).unwrap_or_default() {
                let Some(watch) = self.watches.get(one.watch) else { continue };
                let is_there = watch.fields.meets(fields)
                    && one.exact.as_ref().is_none_or(|phrase| accents.have(&self.fields, watch.fields, phrase));
                if is_there {
                    seen.entry(one.watch).or_default().note(one.role);
                }
            }
        }
        let matches = |(number, seen): (usize, Seen)| self.watches.get(number)?.is_met(seen).then_some(number);
        let mut matching: Vec<usize> = seen.into_iter().filter_map(matches).collect();
        matching.sort_unstable();
        matching
    }
}

/// The phrases of a watch with what they are for.
fn roles(watch: &Watch) -> impl Iterator<Item = (&Phrase, Role)> {
    let any = watch.any.iter().map(|phrase| (phrase, Role::Any));
    let all = watch.all.iter().zip(0..).map(|(phrase, number)| (phrase, Role::All(number)));
    let none = watch.none.iter().map(|phrase| (phrase, Role::None));
    any.chain(all).chain(none)
}

impl Seen {
    fn note(&mut self, role: Role) {
        match role {
            Role::Any => self.any = true,
            Role::All(number) => self.all |= 1_u64.checked_shl(number.into()).unwrap_or(0),
            Role::None => self.none = true,
        }
    }
}

impl Watch {
    fn is_met(&self, seen: Seen) -> bool {
        let wanted = u32::try_from(self.all.len()).unwrap_or(u32::MAX);
        (self.any.is_empty() || seen.any) && seen.all.count_ones() == wanted && !seen.none
    }

    /// Whether a record is of a portal, province and kind that it asks for.
    pub fn admits(&self, record: &Record) -> bool {
        let portal = self.portals.is_empty() || self.portals.iter().any(|portal| portal.as_str() == record.portal);
        let province = self.provinces.is_empty()
            || record.province.as_ref().is_some_and(|province| self.provinces.contains(province));
        portal && province && (self.kinds.is_empty() || self.kinds.contains(&record.kind))
    }

    fn longest_age(&self) -> SignedDuration {
        self.max_age.try_into().unwrap_or(SignedDuration::MAX)
    }
}

/// A record's texts with their accents, made when they are asked for.
struct Accents<'a> {
    record: &'a Record,
    texts: HashMap<Field, String>,
}

impl Accents<'_> {
    fn have(&mut self, known: &[(&'static str, Field)], fields: Fields, phrase: &str) -> bool {
        let asked = known.iter().filter(|(_, field)| fields.meets(Fields::of(*field)));
        for (_, field) in asked {
            let texts = self.texts.entry(*field).or_insert_with(|| {
                // Words of two texts are parted by a line, so that no phrase goes over both.
                field.texts(self.record).into_iter().map(words::exact).collect::<Vec<_>>().join("\n")
            });
            if texts.contains(phrase) {
                return true;
            }
        }
        false
    }
}

/// How often a phrase stands in words, where one may share its last blank with the next.
fn count(words: &str, phrase: &str) -> usize {
    let mut count = 0;
    let mut rest = words;
    while let Some(at) = rest.find(phrase) {
        count += 1;
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    count
}
