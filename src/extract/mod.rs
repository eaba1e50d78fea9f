//! A page of an article → [`Extracted`]. Pure, and total: any bytes give an `Extracted`.
//!
//! The page is parsed within bounds and made into one outline. For each field the rules come first (the portal's, then its platform's,
//! each a list of candidates), then the generic reader, which weighs what the page says of itself for machines (`structured`) against
//! what it shows, then the hints of the source that named the page. What nobody says stays absent.

mod attachments;
mod authors;
mod body;
mod dates;
mod document;
mod images;
mod kind;
mod lead;
pub mod lines;
mod outline;
mod parts;
pub mod rules;
mod structured;
pub mod template;
mod title;
mod unscripted;

#[cfg(test)]
mod tests;

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::extract::outline::Form;
use crate::extract::outline::Kind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::outline::Scope;
use crate::extract::outline::vocabulary::Words;
use crate::extract::parts::Parts;
use crate::extract::rules::ArticleRules;
use crate::extract::structured::About;
use crate::extract::structured::Said;
use crate::extract::template::Lesson;
use crate::extract::template::Places;
use crate::extract::template::Recalled;
use crate::extract::template::SiteMemory;
use crate::extract::title::Witnesses;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::html::select::Candidate as Place;
use crate::html::tree;
use crate::model::article::Block;
use crate::model::article::Candidate;
use crate::model::article::Credit;
use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::article::Image;
use crate::model::article::ShownLine;
use crate::model::link::Hints;
use crate::text::date;
use crate::text::date::Dated;
use crate::text::date::Precision;
use crate::text::legacy;
use crate::url::PageUrl;

/// Characters of a candidate's value that `explain` shows.
const SHOWN: usize = 160;

/// Candidates of one field that `explain` shows at most.
const MOST_CANDIDATES: usize = 5;

/// What extraction is given.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The address that answered; links are resolved against it.
    pub url: &'a PageUrl,
    /// `Content-Type` as sent.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
    /// What the source said of the article.
    pub hints: &'a Hints,
    /// Whether `Extracted::lines` is wanted.
    pub explain: bool,
    /// What is known of the site.
    pub memory: Option<&'a SiteMemory>,
    /// Whether the lesson of the page is wanted.
    pub learn: bool,
}

/// Reads an article's page by the rules given, most specific first, then by the generic reader.
pub fn extract(input: Input<'_>, rules: &[&ArticleRules]) -> Extracted {
    read(input, rules).0
}

/// Likewise, and with what the page teaches about its site where that is wanted.
pub fn read(input: Input<'_>, rules: &[&ArticleRules]) -> (Extracted, Option<Lesson>) {
    let decoded = charset::decode(input.body, input.content_type, Markup::Html);
    let mut out = read_text(&decoded.text, input, rules);
    if out.words < LEAST_WORDS
        && let Some(opened) = unscripted::opened(&decoded.text)
    {
        let shown = read_text(&opened, input, rules);
        if shown.words > LEAST_WORDS.max(3 * out.words) && shown.extracted.title.is_some() {
            out = shown;
        }
    }
    let mut extracted = out.extracted;
    extracted.charset = decoded.charset;
    extracted.warnings.splice(0..0, decoded.warnings);
    (extracted, out.lesson)
}

/// What was read off a text, and how many words of a body it showed.
struct Out {
    extracted: Extracted,
    words: u32,
    lesson: Option<Lesson>,
}

fn read_text(text: &str, input: Input<'_>, rules: &[&ArticleRules]) -> Out {
    let parsed = tree::parse(text);
    let mut out = Extracted::default();
    out.warnings.extend(parsed.truncated.map(|bound| format!("page cut: {bound}")));
    let root = parsed.html.root_element();
    let mut reading = Reading {
        root,
        rules: rules.to_vec(),
        hints: input.hints,
        url: input.url,
        explain: input.explain,
        memory: input.memory,
        learn: input.learn,
        dropped: HashSet::new(),
        date_element: None,
        lesson: None,
        out,
    };
    let words = reading.read();
    Out { extracted: reading.out, words, lesson: reading.lesson }
}

struct Reading<'a> {
    root: ElementRef<'a>,
    rules: Vec<&'a ArticleRules>,
    hints: &'a Hints,
    url: &'a PageUrl,
    explain: bool,
    memory: Option<&'a SiteMemory>,
    learn: bool,
    /// The element that shows the date.
    date_element: Option<usize>,
    lesson: Option<Lesson>,
    /// Elements that rules leave out.
    dropped: HashSet<NodeId>,
    out: Extracted,
}

/// The page as all readers see it.
struct Page<'a> {
    outline: Outline<'a>,
    said: Vec<Said>,
    base: PageUrl,
    /// Filled where the site's memory is asked or taught.
    places: Places,
    recalled: Option<Recalled<'a>>,
}

/// The lines of the body, and the element that holds them.
#[derive(Debug, Default)]
struct BodyLines {
    container: Option<usize>,
    /// With images and their captions.
    chosen: Vec<usize>,
    /// First and last line of text.
    span: Option<(usize, usize)>,
    by_rule: bool,
    /// Whether a line of the page is the headline, and more than `<title>` says so.
    titled: bool,
}

impl BodyLines {
    fn words(&self, outline: &Outline<'_>) -> u32 {
        self.chosen.iter().filter_map(|at| outline.lines.get(*at)).map(|line| line.words).sum()
    }
}

/// Words below which a body is looked for among what the page hides as well.
const LEAST_WORDS: u32 = 60;

impl<'a> Reading<'a> {
    /// Reads everything; says how many words of a body the page showed.
    fn read(&mut self) -> u32 {
        let by_rule = self.date_by_rules(|rules| &rules.date, "date_published");
        self.keep_rules_of_the_day(by_rule.as_ref());
        let (mut scope, body_rule) = self.scope();
        let mut page = self.page(&scope);
        if let Some(repaired) = legacy::repair(&page.outline.sample) {
            self.out.warnings.push(repaired.reading.describe());
            scope.misread = Some(repaired.reading);
            page = self.page(&scope);
        }
        let mut body = self.body(&page, body_rule.clone());
        if !body.by_rule && body.words(&page.outline) < LEAST_WORDS {
            // Some pages hide their text until a script shows it.
            scope.hidden = true;
            let whole = self.page(&scope);
            let shown = self.body(&whole, body_rule);
            // Where no headline stands by, what is hidden are definitions of menus and lists.
            if shown.titled && shown.words(&whole.outline) > LEAST_WORDS.max(3 * body.words(&page.outline)) {
                (page, body) = (whole, shown);
            }
        }
        let title_line = self.read_title(&page, &body);
        self.read_dates(&page, by_rule, title_line, &body);
        self.read_body(&page, &body, title_line);
        self.read_small_fields(&page, &body);
        self.read_attachments(&page, &body, title_line, &scope);
        self.read_kind(&page, &body, title_line);
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

    /// What to leave out by rule, and the body's element by rule. A lead, title or date that stands within the body's element is no part of
    /// the body.
    fn scope(&mut self) -> (Scope, Option<(NodeId, String)>) {
        let mut scope = Scope::default();
        for rules in &self.rules {
            scope
                .skip
                .extend(rules.drop.iter().flat_map(|selector| self.root.select(selector)).map(|element| element.id()));
        }
        self.dropped.clone_from(&scope.skip);
        let Some((body, origin)) = self.body_by_rule(&scope.skip) else { return (scope, None) };
        for rules in &self.rules {
            let fields = [&rules.lead, &rules.title, &rules.date, &rules.author, &rules.source, &rules.attachment];
            let whole =
                fields.into_iter().flatten().filter(|place| place.attribute.is_none() && place.pattern.is_none());
            scope.skip.extend(whole.flat_map(|place| place.elements(self.root)).map(|element| element.id()));
            scope
                .captions
                .extend(rules.caption.iter().flat_map(|place| place.elements(self.root)).map(|element| element.id()));
        }
        // Nor may what holds the body be left out.
        let above: HashSet<NodeId> = body.ancestors().map(|node| node.id()).chain([body.id()]).collect();
        scope.skip.retain(|id| !above.contains(id));
        (scope, Some((body.id(), origin)))
    }

    fn page(&self, scope: &Scope) -> Page<'a> {
        let outline = outline::read(self.root, scope);
        let base = outline.head.iter().find(|element| element.value().name() == "base");
        let base = base.and_then(|base| self.url.join(base.attr("href")?).ok()).unwrap_or_else(|| self.url.clone());
        let mut said = structured::read(&outline);
        if let Some(misread) = scope.misread {
            for said in &mut said {
                said.value = misread.undo(&said.value);
            }
        }
        let recalled = self.memory.and_then(|memory| memory.recall(self.url));
        let places = if self.learn || recalled.is_some() { Places::of_page(&outline) } else { Places::default() };
        Page { outline, said, base, places, recalled }
    }

    // --- dates ---

    fn read_dates(&mut self, page: &Page<'a>, by_rule: Option<Field<Dated>>, title: Option<usize>, body: &BodyLines) {
        let modified = self.date_by_rules(|rules| &rules.modified, "date_modified");
        let published = by_rule.or_else(|| self.date_generic(page, title, body));
        let hint = self.hints.date.clone().map(|value| Field { value, origin: "hint".to_owned() });
        self.out.published = match (published, hint) {
            // A source that prints the minute knows more of the same day than a page that prints the day alone.
            (Some(page), Some(hint))
                if page.value.precision == Precision::Day
                    && hint.value.precision > Precision::Day
                    && same_day(&page.value, &hint.value) =>
            {
                Some(hint)
            }
            (Some(page), _) => Some(page),
            (None, hint) => hint.or_else(|| self.date_in_url()),
        };
        let said = || dates::said(&page.said, About::Modified, dates::order_of(&page.outline, self.url)).map(field_of);
        let hint = || self.hints.modified.clone().map(|value| Field { value, origin: "hint".to_owned() });
        self.out.modified = modified.or_else(said).or_else(hint);
    }

    fn date_by_rules(&mut self, places: fn(&ArticleRules) -> &Vec<Place>, field: &'static str) -> Option<Field<Dated>> {
        let rules = self.rules.clone();
        for set in rules {
            for place in places(set) {
                let origin = format!("{}: {}", set.name, place.text);
                let values = place.values(self.root);
                let found = values.iter().find_map(|value| date::read(value, set.date_order));
                self.note(field, &origin, values.first().map(String::as_str), None, found.is_some());
                if let Some(value) = found {
                    return Some(Field { value, origin });
                }
            }
        }
        None
    }

    fn date_generic(&mut self, page: &Page<'a>, title: Option<usize>, body: &BodyLines) -> Option<Field<Dated>> {
        // Rules that say where the date stands, and found none, have answered: the page shows none.
        let answered = |rules: &&ArticleRules| {
            !rules.date.is_empty() && rules.title.iter().any(|place| place.value(self.root).is_some())
        };
        if self.rules.iter().any(answered) {
            return None;
        }
        let order =
            self.rules.first().map_or_else(|| dates::order_of(&page.outline, self.url), |rules| rules.date_order);
        let said = dates::said(&page.said, About::Published, order);
        let place = dates::Place { title, body: body.span };
        let habit = |element: usize| page.recalled.map_or(0.0, |recalled| recalled.of_date(element, &page.places));
        let printed = dates::printed(&page.outline, place, order, &habit);
        let best = said.as_ref().or(dates::best(&printed)).cloned();
        let shows =
            |candidate: &&dates::Candidate| best.as_ref().is_some_and(|best| same_day(&candidate.dated, &best.dated));
        self.date_element = printed.iter().find(shows).and_then(|candidate| candidate.element);
        for candidate in said.iter().chain(printed.iter().take(MOST_CANDIDATES)) {
            let chosen = best.as_ref() == Some(candidate);
            self.note("date_published", &candidate.origin, Some(&candidate.dated.raw), Some(candidate.score), chosen);
        }
        best.map(field_of)
    }

    fn date_in_url(&mut self) -> Option<Field<Dated>> {
        let found = date::read_url(self.url)?;
        self.note("date_published", "url", Some(&found.raw), None, true);
        Some(Field { value: found, origin: "url".to_owned() })
    }

    /// Rules are dated: those that did not hold on the day of the article are left out.
    fn keep_rules_of_the_day(&mut self, published: Option<&Field<Dated>>) {
        let Some(day) = published.map(|field| date::rfc3339(field.value.at)) else { return };
        let Some(day) = day.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok()) else { return };
        self.rules.retain(|rules| {
            rules.since.is_none_or(|since| day >= since) && rules.until.is_none_or(|until| day <= until)
        });
    }

    // --- title ---

    /// Reads the headline and gives the line that shows it.
    fn read_title(&mut self, page: &Page<'a>, body: &BodyLines) -> Option<usize> {
        let witnesses = Witnesses::of(&page.outline, &page.said, self.hints.title.as_deref(), self.url);
        if let Some(title) = self.text_by_rules(|rules| &rules.title, "title") {
            let key = title::letters(&title.value);
            let line = page.outline.lines.iter().position(|line| !line.is_image() && title::letters(&line.text) == key);
            self.out.title = Some(title);
            return line;
        }
        let habit = |line: &Line<'_>| page.recalled.map_or(0.0, |recalled| recalled.of_title(line, &page.places));
        let found = title::candidates(&page.outline, &witnesses, body.span.map(|(first, _)| first), &habit);
        for (number, title) in found.iter().take(MOST_CANDIDATES).enumerate() {
            self.note("title", title.origin, Some(&title.value), Some(title.score), number == 0);
        }
        let best = found.into_iter().next();
        let line = best.as_ref().and_then(|best| best.line);
        let hint = || self.hints.title.clone().map(|value| Field { value, origin: "hint".to_owned() });
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
                let found = place.value(self.root);
                self.note(field, &origin, found.as_deref(), None, found.is_some());
                if let Some(value) = found {
                    return Some(Field { value, origin });
                }
            }
        }
        None
    }

    // --- body ---

    fn body_by_rule(&mut self, skip: &HashSet<NodeId>) -> Option<(ElementRef<'a>, String)> {
        let rules = self.rules.clone();
        for set in rules {
            for place in &set.body {
                let origin = format!("{}: {}", set.name, place.text);
                let elements = place.elements(self.root).into_iter();
                let found =
                    elements.filter(|element| !skip.contains(&element.id())).find(|element| has_content(*element));
                self.note("content_text", &origin, found.map(tree::line).as_deref(), None, found.is_some());
                if let Some(found) = found {
                    return Some((found, origin));
                }
            }
        }
        None
    }

    fn body(&mut self, page: &Page<'a>, by_rule: Option<(NodeId, String)>) -> BodyLines {
        if let Some((node, origin)) = by_rule
            && let Some(container) = page.outline.index_of(node)
            && let Some(element) = page.outline.elements.get(container)
        {
            self.out.body_origin = Some(origin);
            let mut chosen: Vec<usize> = element.lines.clone().collect();
            without_frame(page, &mut chosen);
            let span = span_of(&page.outline, &chosen);
            chosen.extend(signed_after(&page.outline, element.lines.end));
            if self.explain {
                self.out.lines = shown_lines(&page.outline, &[], &chosen);
            }
            return BodyLines { container: Some(container), chosen, span, by_rule: true, titled: false };
        }
        let witnesses = Witnesses::of(&page.outline, &page.said, self.hints.title.as_deref(), self.url);
        let known = body::Known {
            title_line: title::early_line(&page.outline, &witnesses),
            said: structured::first(&page.said, About::Body),
            memory: &[],
        };
        let title = known.title_line.and_then(|at| page.outline.lines.get(at));
        let titled = title.is_some_and(|line| witnesses.vouch(&line.text));
        let found = recall_body(page, body::find(&page.outline, &known), known);
        let chosen = with_images(&page.outline, &found);
        let container = found.container.and_then(|at| page.outline.elements.get(at));
        let shown = container.map(|element| format!("{} lines of {}", chosen.len(), name_of(element.node)));
        self.note("content_text", "generic", shown.as_deref(), None, !chosen.is_empty());
        self.out.body_origin = (!chosen.is_empty()).then(|| "generic".to_owned());
        let span = span_of(&page.outline, &chosen);
        if self.explain {
            self.out.lines = shown_lines(&page.outline, &found.scores, &chosen);
        }
        BodyLines { container: found.container, chosen, span, by_rule: false, titled }
    }

    fn read_body(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) {
        let by_rule = self.text_by_rules(|rules| &rules.lead, "summary");
        let lead_line = if by_rule.is_none() { self.lead_line(page, body, title_line) } else { None };
        let placed = lead_line
            .and_then(|at| page.outline.lines.get(at))
            .map(|line| Field { value: line.text.clone(), origin: "placed".to_owned() });
        let mut lines: Vec<Line<'a>> = Vec::with_capacity(body.chosen.len());
        let mut images: Vec<Image> = Vec::new();
        let container = body.container.unwrap_or(0);
        let chosen = body
            .chosen
            .iter()
            .filter(|at| body.by_rule || Some(**at) != title_line)
            .filter(|at| Some(**at) != lead_line);
        for line in chosen.filter_map(|at| page.outline.lines.get(*at)) {
            let Kind::Image(picture) = line.kind else {
                // Only a table within the article sets a line apart: many portals lay the whole page out in tables.
                let in_table = line.form.in_table && page.outline.is_in_table(line.element, container);
                lines.push(Line { form: Form { in_table, ..line.form }, ..line.clone() });
                continue;
            };
            let Some(image) =
                page.outline.pictures.get(picture).and_then(|picture| images::image(picture.node, &page.base))
            else {
                continue;
            };
            if image.url.is_none() || !images.iter().any(|known| known.url == image.url) {
                lines.push(Line { kind: Kind::Image(images.len()), ..line.clone() });
                images.push(image);
            }
        }
        let title = self.out.title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
        let lead = by_rule.or(placed);
        let parts = parts::part(lines, &mut images, &title, lead.as_ref().map(|lead| lead.value.clone()));
        if page.outline.truncated {
            self.out.warnings.push(format!("more than {} lines", outline::MAX_LINES));
        }
        self.out.images = images;
        self.take_parts(parts, lead, &page.base);
        // Pages that scripts build may tell machines the whole article.
        if !body.by_rule
            && body.words(&page.outline) < LEAST_WORDS
            && let Some(said) = structured::first(&page.said, About::Body)
        {
            let (blocks, words) = unscripted::paragraphs(said);
            if words > LEAST_WORDS.max(3 * body.words(&page.outline)) {
                self.out.blocks = blocks;
                self.out.body_origin = Some("json-ld".to_owned());
            }
        }
    }

    fn lead_line(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) -> Option<usize> {
        let is_text =
            |at: &usize| Some(*at) != title_line && page.outline.lines.get(*at).is_some_and(|line| !line.is_image());
        let text: Vec<usize> = body.chosen.iter().copied().filter(is_text).collect();
        let found = lead::find(&page.outline, &page.said, title_line, &text)?;
        let shown = page.outline.lines.get(found.line).map(|line| line.text.as_str());
        self.note("summary", "placed", shown, Some(found.score), true);
        Some(found.line)
    }

    fn take_parts(&mut self, parts: Parts<'a>, by_rule: Option<Field<String>>, base: &PageUrl) {
        let Parts { lead, body, byline, people, credit, dropped } = parts;
        let origin = |field: Option<Field<String>>| {
            field.map_or_else(|| "first bold paragraph".to_owned(), |field| field.origin)
        };
        self.out.lead = lead.map(|value| Field { value, origin: origin(by_rule) });
        let last = |value: String| Field { value, origin: "last lines".to_owned() };
        self.out.byline = byline.map(last);
        self.out.credit = credit.map(|value| Field { value, origin: "last lines".to_owned() });
        self.out.authors = people;
        self.out.dropped = dropped;
        self.out.blocks = to_blocks(body, base);
    }

    // --- the rest ---

    fn read_small_fields(&mut self, page: &Page<'a>, body: &BodyLines) {
        if let Some(author) = self.text_by_rules(|rules| &rules.author, "authors")
            && self.out.byline.is_none()
            && let Some(signature) = lines::last::read(&author.value)
        {
            self.out.authors = signature.people;
            self.out.byline = Some(author);
        }
        if let Some(source) = self.text_by_rules(|rules| &rules.source, "credit")
            && self.out.credit.is_none()
        {
            let credit = parts::credit_of(&source.value);
            let value = credit.unwrap_or_else(|| Credit {
                text: source.value.clone(),
                outlet: Some(source.value.clone()),
                url: None,
            });
            self.out.credit = Some(Field { value, origin: source.origin });
        }
        if self.out.authors.is_empty() {
            self.out.authors = authors::find(&page.outline, &page.said, body.span, self.url);
        }
        if self.out.authors.is_empty() {
            self.out.authors.clone_from(&self.hints.authors);
        }
        let section = |text: &String| Field { value: text.clone(), origin: "hint".to_owned() };
        self.out.section =
            self.text_by_rules(|rules| &rules.section, "section").or_else(|| self.hints.section.as_ref().map(section));
        let tags: Vec<String> =
            self.rules.iter().flat_map(|rules| &rules.tags).flat_map(|place| place.values(self.root)).collect();
        self.out.tags = if tags.is_empty() { self.hints.tags.clone() } else { tags };
        self.out.canonical = self.canonical(page);
        self.out.document = document::read(&page.outline);
    }

    /// `rel=canonical` where it is believable: on the page's own host, and not its front page.
    fn canonical(&self, page: &Page<'a>) -> Option<PageUrl> {
        let is_canonical = |element: &&ElementRef<'a>| {
            element.value().name() == "link"
                && element.attr("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"))
        };
        let link = page.outline.head.iter().find(is_canonical)?;
        let url = self.url.join(link.attr("href")?).ok()?;
        let bare = |url: &PageUrl| url.host().trim_start_matches("www.").to_owned();
        let front_page = url.as_url().path() == "/" && url.as_url().query().is_none();
        (bare(&url) == bare(self.url) && !front_page).then_some(url)
    }

    fn read_attachments(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>, scope: &Scope) {
        let mut found = Vec::new();
        let title = title_line.and_then(|at| page.outline.lines.get(at)).map(|line| line.element);
        if let Some((first, last)) = body.span.or(title_line.map(|line| (line, line))) {
            let first = title_line.map_or(first, |line| line.min(first));
            let around = attachments::Around { container: body.container.or(title), first, last };
            attachments::read_around(&page.outline, around, &page.base, &scope.skip, &mut found);
        }
        for place in self.rules.iter().flat_map(|rules| &rules.attachment).flat_map(|place| place.elements(self.root)) {
            attachments::read(place, &page.base, &self.dropped, &mut found);
        }
        self.out.attachments = found;
    }

    fn read_kind(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) {
        let own = body.chosen.iter().copied().filter(|at| Some(*at) != title_line);
        let text: Vec<usize> =
            own.filter(|at| page.outline.lines.get(*at).is_some_and(|line| !line.is_image())).collect();
        let seen = kind::Seen {
            url: self.url,
            canonical: self.out.canonical.as_ref(),
            title: self.out.title.as_ref().map(|title| title.value.as_str()),
            words: text.iter().filter_map(|at| page.outline.lines.get(*at)).map(|line| line.words).sum(),
            lines: &text,
            dated: self.out.published.as_ref().is_some_and(|published| published.origin != "url"),
            vouched: self
                .out
                .title
                .as_ref()
                .is_some_and(|title| !matches!(title.origin.as_str(), title::SHOWN | title::PAGE_TITLE)),
            attachments: self.out.attachments.len(),
            images: self.out.images.len(),
            is_document: self.out.document.is_some(),
            by_rule: body.by_rule,
        };
        self.out.kind = kind::of(&page.outline, &page.said, seen);
    }

    fn note(&mut self, field: &'static str, origin: &str, value: Option<&str>, score: Option<f32>, chosen: bool) {
        let value = value.map(|value| value.chars().take(SHOWN).collect());
        self.out.candidates.push(Candidate { field, origin: origin.to_owned(), value, score, chosen });
    }
}

/// Takes what the site's memory surely knows for its frame out of a body that a rule found; of most of a body it knows nothing.
fn without_frame(page: &Page<'_>, chosen: &mut Vec<usize>) {
    let Some(recalled) = page.recalled else { return };
    let odds = recalled.of_lines(&page.outline, &page.places);
    let line = |at: usize| page.outline.lines.get(at);
    let is_frame = |at: usize| {
        odds.get(at).is_some_and(|odds| *odds <= template::SURE) && line(at).is_some_and(|line| !parts::may_sign(line))
    };
    let words = |at: usize| line(at).map_or(0, |line| line.words);
    let frame: u32 = chosen.iter().filter(|at| is_frame(**at)).map(|at| words(*at)).sum();
    let all: u32 = chosen.iter().map(|at| words(*at)).sum();
    if frame * 4 <= all {
        chosen.retain(|at| !is_frame(*at));
    }
}

/// The body once more with what the site's memory says, where that could change anything. A memory that would drop most of what the page
/// by itself takes for its text has learned the text.
fn recall_body(page: &Page<'_>, alone: body::Body, known: body::Known<'_>) -> body::Body {
    let Some(recalled) = page.recalled else { return alone };
    let memory = recalled.of_lines(&page.outline, &page.places);
    let doubts = memory.iter().zip(&alone.chosen).any(|(odds, text)| template::doubts(*odds, *text));
    if !doubts {
        return alone;
    }
    let with = body::find(&page.outline, &body::Known { memory: &memory, ..known });
    if with.words(&page.outline) * 2 < alone.words(&page.outline) { alone } else { with }
}

fn field_of(candidate: dates::Candidate) -> Field<Dated> {
    Field { value: candidate.dated, origin: candidate.origin }
}

fn name_of(element: ElementRef<'_>) -> String {
    let own = element.value();
    let id = own.attr("id").map(|id| format!("#{id}")).unwrap_or_default();
    let classes: String =
        own.attr("class").unwrap_or_default().split_whitespace().take(3).map(|class| format!(".{class}")).collect();
    format!("<{}{id}{classes}>", own.name())
}

fn has_content(element: ElementRef<'_>) -> bool {
    let text = element.text().any(|text| !text.trim().is_empty());
    text && !tree::line(element).is_empty()
        || element.descendent_elements().any(|below| matches!(below.value().name(), "img" | "iframe"))
}

fn shown_lines(outline: &Outline<'_>, scores: &[f32], chosen: &[usize]) -> Vec<ShownLine> {
    let place = |element: usize| {
        let names = outline
            .path(element)
            .take(6)
            .filter_map(|at| outline.elements.get(at))
            .map(|element| name_of(element.node));
        names.collect::<Vec<_>>().join(" ")
    };
    let lines = outline.lines.iter().enumerate();
    lines
        .map(|(at, line)| ShownLine {
            text: line.text.clone(),
            kind: line.kind.name().to_owned(),
            score: scores.get(at).copied().unwrap_or_default(),
            chosen: chosen.contains(&at),
            place: place(line.element),
        })
        .collect()
}

/// The first and the last line of text.
fn span_of(outline: &Outline<'_>, chosen: &[usize]) -> Option<(usize, usize)> {
    let text = |at: &&usize| outline.lines.get(**at).is_some_and(|line| !line.is_image());
    Some((*chosen.iter().find(text)?, *chosen.iter().rev().find(text)?))
}

/// The chosen lines with the article's images among and right before them, and the captions of those.
fn with_images(outline: &Outline<'_>, body: &body::Body) -> Vec<usize> {
    let text = |at: &usize| body.chosen.get(*at) == Some(&true);
    let all = 0..outline.lines.len();
    let (Some(first), Some(last)) = (all.clone().find(text), all.clone().rev().find(text)) else { return Vec::new() };
    let from = first.saturating_sub(LINES_BEFORE);
    let frame = Words::NAV
        | Words::FOOTER
        | Words::RELATED
        | Words::SIDE
        | Words::COMMENT
        | Words::SHARE
        | Words::AD
        | Words::OFFER
        | Words::AUTHOR
        | Words::BIO
        | Words::TEASER;
    let container = body.container.unwrap_or(0);
    let in_frame = |element: usize| {
        outline
            .path(element)
            .take_while(|at| *at > container)
            .filter_map(|at| outline.elements.get(at))
            .any(|element| element.words.any(frame))
    };
    let mut chosen = Vec::new();
    let mut after_image = false;
    let vietnamese =
        parts::is_vietnamese(all.filter(text).filter_map(|at| outline.lines.get(at)).map(|line| line.text.as_str()));
    let may_sign = |line: &Line<'_>| vietnamese && parts::may_sign(line);
    let signed = |at: usize| {
        (at + 1..=at + LINES_AFTER)
            .take_while(|next| {
                outline
                    .lines
                    .get(*next)
                    .is_some_and(|line| outline.is_within(line.element, container) && may_sign(line))
            })
            .last()
    };
    let last = signed(last).unwrap_or(last);
    for at in from..(last + 1 + LINES_AFTER).min(outline.lines.len()) {
        let Some(line) = outline.lines.get(at) else { break };
        let signs = at > first && !text(&at) && at <= last && may_sign(line);
        let image = line.is_image() && outline.is_within(line.element, container) && !in_frame(line.element);
        let caption = after_image && line.form.caption;
        if text(&at) || image || caption || signs {
            chosen.push(at);
        }
        after_image = image || (caption && after_image);
    }
    chosen
}

/// Bylines and source lines that stand below the body's element and say what they are.
fn signed_after(outline: &Outline<'_>, end: usize) -> Vec<usize> {
    let near = end..(end + LINES_BELOW).min(outline.lines.len());
    let says = |at: &usize| outline.lines.get(*at).is_some_and(|line| !line.is_link() && parts::says_who(&line.text));
    near.filter(says).collect()
}

/// Lines below the body's element among which its byline and its source line are looked for.
const LINES_BELOW: usize = 5;

/// Lines before the first of the body among which its leading image is looked for.
const LINES_BEFORE: usize = 6;

/// Lines after the last of the body among which its last image is looked for.
const LINES_AFTER: usize = 3;

fn same_day(one: &Dated, other: &Dated) -> bool {
    let day = |dated: &Dated| date::rfc3339(dated.at).get(..10).map(str::to_owned);
    day(one) == day(other)
}

/// Lines → blocks: items of one list and rows of one table come together.
fn to_blocks(lines: Vec<Line<'_>>, base: &PageUrl) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut group = None;
    for mut line in lines {
        let own_group = match &line.kind {
            Kind::Item { list, .. } => Some(*list),
            Kind::Row { table, .. } => Some(*table),
            _ => None,
        };
        let goes_on = own_group.is_some() && own_group == group;
        group = own_group;
        let kind = std::mem::replace(&mut line.kind, Kind::Paragraph);
        match (kind, blocks.last_mut()) {
            (Kind::Item { .. }, Some(Block::List { items, .. })) if goes_on => items.push(line.text),
            (Kind::Row { cells, .. }, Some(Block::Table { rows })) if goes_on => rows.push(cells),
            (Kind::Item { ordered, .. }, _) => blocks.push(Block::List { ordered, items: vec![line.text] }),
            (Kind::Row { cells, .. }, _) => blocks.push(Block::Table { rows: vec![cells] }),
            (Kind::Heading(level), _) => blocks.push(Block::Heading { level: level.max(2), text: line.text }),
            (Kind::Quote, _) => blocks.push(Block::Quote { text: line.text }),
            (Kind::Image(index), _) => blocks.push(Block::Image { index }),
            (Kind::Paragraph, _) => {
                let html = (!line.marks.is_empty()).then(|| line.html(base)).filter(|html| html.contains('<'));
                blocks.push(Block::Paragraph { text: line.text, html });
            }
        }
    }
    blocks
}
