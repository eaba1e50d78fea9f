//! Reads one page, field by field. The order lets each field help the next.

mod content;
mod dating;
mod rest;

use ego_tree::NodeId;
use ego_tree::NodeRef;
use foldhash::HashSet;
use scraper::ElementRef;
use scraper::Node;

use crate::extract::address;
use crate::extract::outline;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Scope;
use crate::extract::reading::content::BodyRule;
use crate::extract::reading::content::leave_out_frame_lines;
use crate::extract::rules::ArticleRules;
use crate::extract::selectors;
use crate::extract::structured;
use crate::extract::structured::StructuredValue;
use crate::extract::template;
use crate::extract::template::Lesson;
use crate::extract::template::PageMemory;
use crate::extract::template::Places;
use crate::extract::template::SiteMemory;
use crate::extract::title;
use crate::extract::title::TitleEvidence;
use crate::html::select::Candidate as Place;
use crate::html::tree;
use crate::model::article::Candidate;
use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::article::HINT;
use crate::model::article::Suggestion;
use crate::model::link::Hints;
use crate::text::legacy;
use crate::url::PageUrl;

/// Maximum number of characters of a candidate's value that `explain` shows.
const SHOWN: usize = 160;

/// Maximum number of characters of an element that a suggested date rule may select.
const MOST_OF_A_DATE: usize = 80;

/// Maximum number of candidates of a field that `explain` shows.
const MOST_CANDIDATES: usize = 5;

/// If the body has fewer words, the hidden parts of the page are searched too.
pub(super) const LEAST_WORDS: u32 = 60;

pub(super) struct Reading<'a> {
    pub(super) root: ElementRef<'a>,
    pub(super) rules: Vec<&'a ArticleRules>,
    pub(super) hints: &'a Hints,
    pub(super) site: &'a str,
    pub(super) url: &'a PageUrl,
    pub(super) explain: bool,
    pub(super) memory: Option<&'a SiteMemory>,
    pub(super) learn: bool,
    /// The element that shows the date.
    pub(super) date_element: Option<usize>,
    pub(super) lesson: Option<Lesson>,
    /// Elements that rules leave out.
    pub(super) dropped: HashSet<NodeId>,
    pub(super) out: Extracted,
}

/// The page as all readers see it.
pub(super) struct Page<'a> {
    pub(super) outline: Outline<'a>,
    pub(super) said: Vec<StructuredValue>,
    pub(super) base: PageUrl,
    pub(super) evidence: TitleEvidence<'a>,
    /// Filled if the site's memory is used or updated.
    pub(super) places: Places,
    pub(super) recalled: Option<PageMemory<'a>>,
}

/// The lines of the body, and their element.
#[derive(Debug, Default)]
pub(super) struct BodyLines {
    pub(super) container: Option<usize>,
    /// Includes images and their captions.
    pub(super) chosen: Vec<usize>,
    /// First and last line of text.
    pub(super) span: Option<(usize, usize)>,
    pub(super) by_rule: bool,
    /// Whether the body is the whole element, whatever its content.
    pub(super) whole: bool,
    /// Whether a line of the page is the headline, confirmed by more than `<title>`.
    pub(super) titled: bool,
}

impl BodyLines {
    fn words(&self, outline: &Outline<'_>) -> u32 {
        self.chosen.iter().filter_map(|at| outline.lines.get(*at)).map(|line| line.words).sum()
    }
}

impl<'a> Reading<'a> {
    /// Reads all fields. Returns the number of words of the body that the page showed.
    pub(super) fn read(&mut self) -> u32 {
        let by_rule = self.date_by_rules(|rules| &rules.date, "date_published");
        self.keep_rules_of_the_day(by_rule.as_ref());
        let (mut scope, body_rule) = self.scope();
        let mut page = self.page(&scope);
        if let Some(repaired) = legacy::repair(&page.outline.sample) {
            self.out.warnings.push(repaired.reading.describe());
            scope.misread = Some(repaired.reading);
            page = self.page(&scope);
        }
        let mut body = self.body(&page, body_rule.as_ref());
        if !body.by_rule && body.words(&page.outline) < LEAST_WORDS {
            // Some pages hide their text until a script shows it.
            scope.hidden = true;
            let whole = self.page(&scope);
            let shown = self.body(&whole, body_rule.as_ref());
            // Without a headline near it, hidden text is the definition of menus and lists.
            if shown.titled && shown.words(&whole.outline) > LEAST_WORDS.max(3 * body.words(&page.outline)) {
                (page, body) = (whole, shown);
            }
        }
        let title_line = self.read_title(&page, &body);
        self.read_dates(&page, by_rule, title_line, &body);
        leave_out_frame_lines(&page, &mut body, title_line);
        self.read_body(&page, &body, title_line);
        self.read_small_fields(&page, &body);
        self.read_attachments(&page, &body, title_line, &scope);
        self.read_kind(&page, &body, title_line);
        if self.explain {
            self.suggest(&page, &body, title_line);
        }
        if self.learn {
            self.lesson = Some(page.places.lesson(
                &page.outline,
                template::Read {
                    url: self.url,
                    headline: self.out.title.as_ref().map(|title| title.value.as_str()),
                    chosen: &body.chosen,
                    title: title_line.and_then(|at| page.outline.lines.get(at)).map(|line| line.element),
                    date: self.date_element,
                },
            ));
        }
        body.words(&page.outline)
    }

    /// Suggests selectors for the fields found, if an element contains just the field.
    fn suggest(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) {
        let node = |at: usize| page.outline.elements.get(at).map(|element| element.node);
        let title = title_line.and_then(|at| node(page.outline.lines.get(at)?.element));
        let title = title.filter(|node| self.out.title.as_ref().is_some_and(|title| title.value == tree::line(*node)));
        // A date rule must not match other dates, so an element that contains more does not qualify.
        let date = self.date_element.and_then(node).filter(|node| tree::line(*node).chars().count() <= MOST_OF_A_DATE);
        let found = [("title", title), ("date", date), ("body", body.container.and_then(node))];
        let suggestions = found.into_iter().filter_map(|(field, node)| {
            let selectors = selectors::of(self.root, node?);
            (!selectors.is_empty()).then_some(Suggestion { field, selectors })
        });
        self.out.selectors = suggestions.collect();
    }

    /// Returns what rules leave out, and the body's element by rule. A lead, title or date inside the body's element is not part of the body.
    fn scope(&mut self) -> (Scope, Option<BodyRule<'a>>) {
        let mut scope = Scope::default();
        for rules in &self.rules {
            scope
                .skip
                .extend(rules.drop.iter().flat_map(|selector| self.root.select(selector)).map(|element| element.id()));
        }
        self.dropped.clone_from(&scope.skip);
        let Some(rule) = self.body_by_rule(&scope.skip) else { return (scope, None) };
        let body = rule.element;
        for rules in &self.rules {
            let fields = [&rules.lead, &rules.title, &rules.date, &rules.author, &rules.source, &rules.attachment];
            let whole =
                fields.into_iter().flatten().filter(|place| place.attribute.is_none() && place.pattern.is_none());
            let found = whole.flat_map(|place| place.elements(self.root));
            scope.skip.extend(found.filter(|element| is_below(**element, body.id())).map(|element| element.id()));
            scope
                .captions
                .extend(rules.caption.iter().flat_map(|place| place.elements(self.root)).map(|element| element.id()));
        }
        // Ancestors of the body must not be left out either.
        let above: HashSet<NodeId> = body.ancestors().map(|node| node.id()).chain([body.id()]).collect();
        scope.skip.retain(|id| !above.contains(id));
        (scope, Some(rule))
    }

    fn page(&self, scope: &Scope) -> Page<'a> {
        let outline = outline::read(self.root, scope);
        let base = address::base(&outline.head, self.url);
        let mut said = structured::read(&outline);
        if let Some(misread) = scope.misread {
            for said in &mut said {
                said.value = misread.undo(&said.value);
            }
        }
        let evidence = TitleEvidence::of(&outline, &said, self.hints.title.as_deref(), self.site, self.url);
        let recalled = self.memory.and_then(|memory| memory.recall(self.url));
        let places = if self.learn || recalled.is_some() { Places::of_page(&outline) } else { Places::default() };
        Page { outline, said, base, evidence, places, recalled }
    }

    /// Reads the headline and returns its line.
    fn read_title(&mut self, page: &Page<'a>, body: &BodyLines) -> Option<usize> {
        if let Some(title) = self.text_by_rules(|rules| &rules.title, "title") {
            let key = title::letters(&title.value);
            let line = page.outline.lines.iter().position(|line| !line.is_image() && title::letters(&line.text) == key);
            self.out.title = Some(title);
            return line;
        }
        let habit = |line: &Line<'_>| page.recalled.map_or(0.0, |recalled| recalled.of_title(line, &page.places));
        let found = title::candidates(&page.outline, &page.evidence, body.span.map(|(first, _)| first), &habit);
        for (number, title) in found.iter().take(MOST_CANDIDATES).enumerate() {
            self.note("title", title.origin, Some(&title.value), Some(title.score), number == 0);
        }
        let best = found.into_iter().next();
        let line = best.as_ref().and_then(|best| best.line);
        let hint = || self.hints.title.clone().map(|value| Field { value, origin: HINT.to_owned() });
        self.out.title = best.map(|best| Field { value: best.value, origin: best.origin.to_owned() }).or_else(hint);
        line
    }

    fn text_by_rules(
        &mut self,
        places: fn(&ArticleRules) -> &Vec<Place>,
        field: &'static str,
    ) -> Option<Field<String>> {
        let rules = self.rules.clone();
        for set in rules {
            for place in places(set) {
                let origin = format!("{}: {}", set.name, place.text);
                // An article has these fields once. If family rules match several elements, some are teasers'.
                let once = set.of_family && matches!(field, "title" | "summary");
                let found = if once { place.only_value(self.root) } else { place.value(self.root) };
                self.note(field, &origin, found.as_deref(), None, found.is_some());
                if let Some(value) = found {
                    return Some(Field { value, origin });
                }
            }
        }
        None
    }

    fn note(&mut self, field: &'static str, origin: &str, value: Option<&str>, score: Option<f32>, chosen: bool) {
        let value = value.map(|value| value.chars().take(SHOWN).collect());
        self.out.candidates.push(Candidate { field, origin: origin.to_owned(), value, score, chosen });
    }
}

/// Whether a node is a descendant of another.
fn is_below(node: NodeRef<'_, Node>, above: NodeId) -> bool {
    node.ancestors().any(|ancestor| ancestor.id() == above)
}
