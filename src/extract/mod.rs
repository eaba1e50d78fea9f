//! A page of an article → [`Extracted`]. Pure, and total: any bytes give an `Extracted`.
//!
//! For each field the rules come first (the portal's, then its platform's, each a list of candidates), then what the page says of itself for
//! machines, then the generic reader, then the hints of the source that named the page. What nobody says stays absent.

mod attachments;
mod blocks;
mod generic;
mod parts;
pub mod rules;
mod structured;

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::ElementRef;

use crate::extract::blocks::Content;
use crate::extract::blocks::Kind;
use crate::extract::blocks::Line;
use crate::extract::parts::Parts;
use crate::extract::rules::ArticleRules;
use crate::extract::structured::Said;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::html::select::Candidate as Place;
use crate::html::tree;
use crate::model::article::Block;
use crate::model::article::Candidate;
use crate::model::article::Credit;
use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::link::Hints;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;
use crate::text::vietnamese::fold;
use crate::url::PageUrl;

/// Characters of a candidate's value that `explain` shows.
const SHOWN: usize = 160;

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
}

/// Reads an article's page by the rules given, most specific first, then by the generic reader.
pub fn extract(input: Input<'_>, rules: &[&ArticleRules]) -> Extracted {
    let decoded = charset::decode(input.body, input.content_type, Markup::Html);
    let parsed = tree::parse(&decoded.text);
    let mut out = Extracted { charset: decoded.charset, warnings: decoded.warnings, ..Extracted::default() };
    out.warnings.extend(parsed.truncated.map(|bound| format!("page cut: {bound}")));
    let root = parsed.html.root_element();
    let mut reading = Reading {
        root,
        base: base_of(root, input.url),
        rules: rules.to_vec(),
        hints: input.hints,
        url: input.url,
        said: structured::read(root),
        out,
    };
    reading.read();
    reading.out
}

/// `<base href>` where it is an address, else the page's own.
fn base_of(root: ElementRef<'_>, url: &PageUrl) -> PageUrl {
    let base = root.descendent_elements().find(|element| element.value().name() == "base");
    base.and_then(|base| url.join(base.attr("href")?).ok()).unwrap_or_else(|| url.clone())
}

struct Reading<'a> {
    root: ElementRef<'a>,
    base: PageUrl,
    rules: Vec<&'a ArticleRules>,
    hints: &'a Hints,
    url: &'a PageUrl,
    said: Vec<Said>,
    out: Extracted,
}

impl<'a> Reading<'a> {
    fn read(&mut self) {
        self.read_dates();
        self.keep_rules_of_the_day();
        let skip = self.dropped_elements();
        let body = self.body(&skip);
        self.read_title(body);
        self.read_body(body, &skip);
        self.read_small_fields();
        self.read_attachments(body, &skip);
    }

    // --- dates ---

    fn read_dates(&mut self) {
        let published = self
            .date_by_rules(|rules| &rules.date, "date_published")
            .or_else(|| self.date_said("date_published"))
            .or_else(|| self.date_generic());
        let modified =
            self.date_by_rules(|rules| &rules.modified, "date_modified").or_else(|| self.date_said("date_modified"));
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
        self.out.modified =
            modified.or_else(|| self.hints.modified.clone().map(|value| Field { value, origin: "hint".to_owned() }));
    }

    fn date_by_rules(&mut self, places: fn(&ArticleRules) -> &Vec<Place>, field: &'static str) -> Option<Field<Dated>> {
        let rules = self.rules.clone();
        for set in rules {
            for place in places(set) {
                let origin = format!("{}: {}", set.name, place.text);
                let values = place.values(self.root);
                let found = values.iter().find_map(|value| date::read(value, set.date_order));
                self.note(field, &origin, values.first().map(String::as_str), found.is_some());
                if let Some(value) = found {
                    return Some(Field { value, origin });
                }
            }
        }
        None
    }

    fn date_said(&mut self, field: &'static str) -> Option<Field<Dated>> {
        let said: Vec<Said> = self.said.iter().filter(|said| said.field == field).cloned().collect();
        for said in said {
            let found = date::read(&said.value, DateOrder::DayFirst);
            self.note(field, said.origin, Some(&said.value), found.is_some());
            if let Some(value) = found {
                return Some(Field { value, origin: said.origin.to_owned() });
            }
        }
        None
    }

    fn date_generic(&mut self) -> Option<Field<Dated>> {
        // Rules that say where the date stands, and found none, have answered: the page shows none.
        if self
            .rules
            .iter()
            .any(|rules| !rules.date.is_empty() && rules.title.iter().any(|place| place.value(self.root).is_some()))
        {
            return None;
        }
        let order = self.rules.first().map_or(DateOrder::DayFirst, |rules| rules.date_order);
        let found = generic::published(self.root, generic::body(self.root), order);
        self.note("date_published", "generic", found.as_ref().map(|dated| dated.raw.as_str()), found.is_some());
        found.map(|value| Field { value, origin: "generic".to_owned() })
    }

    fn date_in_url(&mut self) -> Option<Field<Dated>> {
        let found = date::read_url(self.url)?;
        self.note("date_published", "url", Some(&found.raw), true);
        Some(Field { value: found, origin: "url".to_owned() })
    }

    /// Rules are dated: those that did not hold on the day of the article are left out.
    fn keep_rules_of_the_day(&mut self) {
        let Some(day) = self.out.published.as_ref().map(|field| date::rfc3339(field.value.at)) else { return };
        let Some(day) = day.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok()) else { return };
        self.rules.retain(|rules| {
            rules.since.is_none_or(|since| day >= since) && rules.until.is_none_or(|until| day <= until)
        });
    }

    // --- title ---

    fn read_title(&mut self, body: Option<ElementRef<'a>>) {
        self.out.title = self
            .text_by_rules(|rules| &rules.title, "title")
            .or_else(|| self.title_said())
            .or_else(|| {
                let found = generic::title(self.root, body, self.hints.title.as_deref());
                self.note("title", "generic", found.as_deref(), found.is_some());
                found.map(|value| Field { value, origin: "generic".to_owned() })
            })
            .or_else(|| self.hints.title.clone().map(|value| Field { value, origin: "hint".to_owned() }));
    }

    /// JSON-LD's and microdata's headlines are believed; `og:title` only where the page shows the same text in a heading.
    fn title_said(&mut self) -> Option<Field<String>> {
        let said: Vec<Said> = self.said.iter().filter(|said| said.field == "title").cloned().collect();
        for said in said {
            let shown = || {
                self.root.descendent_elements().any(|element| {
                    matches!(element.value().name(), "h1" | "h2" | "h3")
                        && fold(&tree::line(element)) == fold(&said.value)
                })
            };
            let believed = said.origin != "og" || shown();
            self.note("title", said.origin, Some(&said.value), believed);
            if believed {
                return Some(Field { value: said.value, origin: said.origin.to_owned() });
            }
        }
        None
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
                self.note(field, &origin, found.as_deref(), found.is_some());
                if let Some(value) = found {
                    return Some(Field { value, origin });
                }
            }
        }
        None
    }

    // --- body ---

    fn dropped_elements(&self) -> HashSet<NodeId> {
        self.rules
            .iter()
            .flat_map(|rules| &rules.drop)
            .flat_map(|selector| self.root.select(selector))
            .map(|element| element.id())
            .collect()
    }

    fn body(&mut self, skip: &HashSet<NodeId>) -> Option<ElementRef<'a>> {
        let rules = self.rules.clone();
        for set in rules {
            for place in &set.body {
                let origin = format!("{}: {}", set.name, place.text);
                let found = place
                    .elements(self.root)
                    .into_iter()
                    .find(|element| !skip.contains(&element.id()) && has_content(*element));
                self.note("content_text", &origin, found.map(tree::line).as_deref(), found.is_some());
                if found.is_some() {
                    self.out.body_origin = Some(origin);
                    return found;
                }
            }
        }
        let found = generic::body(self.root);
        self.note("content_text", "generic", found.map(tree::line).as_deref(), found.is_some());
        self.out.body_origin = found.map(|_| "generic".to_owned());
        found
    }

    fn read_body(&mut self, body: Option<ElementRef<'a>>, skip: &HashSet<NodeId>) {
        let lead = self.text_by_rules(|rules| &rules.lead, "summary");
        let mut skip = skip.clone();
        let mut captions = HashSet::new();
        for rules in &self.rules {
            captions
                .extend(rules.caption.iter().flat_map(|place| place.elements(self.root)).map(|element| element.id()));
            // A lead, title or date that stands within the body's container is no part of the body.
            let fields = [&rules.lead, &rules.title, &rules.date, &rules.author, &rules.source, &rules.attachment];
            let within =
                fields.into_iter().flatten().filter(|place| place.attribute.is_none() && place.pattern.is_none());
            skip.extend(within.flat_map(|place| place.elements(self.root)).map(|element| element.id()));
        }
        if let Some(body) = body {
            skip.remove(&body.id());
        }
        let mut content = body.map_or_else(Content::default, |body| blocks::read(body, &self.base, &skip, &captions));
        let title = self.out.title.as_ref().map(|title| title.value.clone()).unwrap_or_default();
        let parts = parts::part(&mut content, &title, lead.as_ref().map(|lead| lead.value.clone()));
        if content.truncated {
            self.out.warnings.push(format!("more than {} lines", blocks::MAX_LINES));
        }
        self.out.images = content.images;
        self.take_parts(parts, lead);
    }

    fn take_parts(&mut self, parts: Parts, by_rule: Option<Field<String>>) {
        let Parts { lead, body, byline, credit, dropped } = parts;
        let origin = |field: Option<Field<String>>| {
            field.map_or_else(|| "first bold paragraph".to_owned(), |field| field.origin)
        };
        self.out.lead = lead.map(|value| Field { value, origin: origin(by_rule) });
        let last = |value: String| Field { value, origin: "last lines".to_owned() };
        self.out.byline = byline.map(last);
        self.out.credit = credit.map(|value| Field { value, origin: "last lines".to_owned() });
        self.out.dropped = dropped;
        self.out.blocks = to_blocks(body);
    }

    // --- the rest ---

    fn read_small_fields(&mut self) {
        if let Some(author) = self.text_by_rules(|rules| &rules.author, "authors")
            && self.out.byline.is_none()
            && (parts::is_byline(&author.value) || !parts::names_of(&author.value).is_empty())
        {
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
        self.out.authors = self.out.byline.as_ref().map(|byline| parts::names_of(&byline.value)).unwrap_or_default();
        if self.out.authors.is_empty() {
            self.out.authors.clone_from(&self.hints.authors);
        }
        let section = |text: &String| Field { value: text.clone(), origin: "hint".to_owned() };
        self.out.section =
            self.text_by_rules(|rules| &rules.section, "section").or_else(|| self.hints.section.as_ref().map(section));
        let tags: Vec<String> =
            self.rules.iter().flat_map(|rules| &rules.tags).flat_map(|place| place.values(self.root)).collect();
        self.out.tags = if tags.is_empty() { self.hints.tags.clone() } else { tags };
        self.out.canonical = self.canonical();
    }

    /// `rel=canonical` where it is believable: on the page's own host, and not its front page.
    fn canonical(&self) -> Option<PageUrl> {
        let link = self
            .root
            .descendent_elements()
            .find(|element| element.value().name() == "link" && element.attr("rel") == Some("canonical"))?;
        let url = self.url.join(link.attr("href")?).ok()?;
        let bare = |url: &PageUrl| url.host().trim_start_matches("www.").to_owned();
        let front_page = url.as_url().path() == "/" && url.as_url().query().is_none();
        (bare(&url) == bare(self.url) && !front_page).then_some(url)
    }

    fn read_attachments(&mut self, body: Option<ElementRef<'a>>, skip: &HashSet<NodeId>) {
        let mut found = Vec::new();
        let places: Vec<ElementRef<'a>> =
            self.rules.iter().flat_map(|rules| &rules.attachment).flat_map(|place| place.elements(self.root)).collect();
        for container in body.into_iter().chain(places) {
            attachments::read(container, &self.base, skip, &mut found);
        }
        self.out.attachments = found;
    }

    fn note(&mut self, field: &'static str, origin: &str, value: Option<&str>, chosen: bool) {
        let value = value.map(|value| value.chars().take(SHOWN).collect());
        self.out.candidates.push(Candidate { field, origin: origin.to_owned(), value, chosen });
    }
}

fn has_content(element: ElementRef<'_>) -> bool {
    !tree::line(element).is_empty()
        || element.descendent_elements().any(|below| matches!(below.value().name(), "img" | "iframe"))
}

fn same_day(one: &Dated, other: &Dated) -> bool {
    let day = |dated: &Dated| date::rfc3339(dated.at).get(..10).map(str::to_owned);
    day(one) == day(other)
}

/// Lines → blocks: items of one list and rows of one table come together.
fn to_blocks(lines: Vec<Line>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut group = None;
    for line in lines {
        let own_group = match line.kind {
            Kind::Item { list, .. } => Some(list),
            Kind::Row { table, .. } => Some(table),
            _ => None,
        };
        let goes_on = own_group.is_some() && own_group == group;
        group = own_group;
        match (line.kind, blocks.last_mut()) {
            (Kind::Item { .. }, Some(Block::List { items, .. })) if goes_on => items.push(line.text),
            (Kind::Row { cells, .. }, Some(Block::Table { rows })) if goes_on => rows.push(cells),
            (Kind::Item { ordered, .. }, _) => blocks.push(Block::List { ordered, items: vec![line.text] }),
            (Kind::Row { cells, .. }, _) => blocks.push(Block::Table { rows: vec![cells] }),
            (Kind::Heading(level), _) => blocks.push(Block::Heading { level, text: line.text }),
            (Kind::Quote, _) => blocks.push(Block::Quote { text: line.text }),
            (Kind::Image(index), _) => blocks.push(Block::Image { index }),
            (Kind::Paragraph, _) => {
                let html = Some(line.html).filter(|html| html.contains('<'));
                blocks.push(Block::Paragraph { text: line.text, html });
            }
        }
    }
    blocks
}
