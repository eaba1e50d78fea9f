//! Reads the smaller fields: authors, source, section, attachments, the page's kind.

use foldhash::HashSet;

use crate::extract::address;
use crate::extract::attachments;
use crate::extract::attachments::Attachments;
use crate::extract::authors;
use crate::extract::document;
use crate::extract::kind;
use crate::extract::lines;
use crate::extract::outline::AddressBudget;
use crate::extract::outline::Scope;
use crate::extract::parts;
use crate::extract::reach;
use crate::extract::reading::BodyLines;
use crate::extract::reading::Page;
use crate::extract::reading::Reading;
use crate::extract::reading::content::MAX_ADDRESSES;
use crate::extract::structured;
use crate::extract::structured::StructuredValue;
use crate::extract::title;
use crate::model::article::Credit;
use crate::model::article::Field;
use crate::model::article::HINT;

impl<'a> Reading<'a> {
    pub(super) fn read_small_fields(&mut self, page: &Page<'a>, body: &BodyLines) {
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
        if self.out.byline.is_none()
            && let Some(span) = body.span
            && let Some(value) = reach::byline_near(&page.outline, span, &self.out.authors)
        {
            self.out.byline = Some(Field { value, origin: "placed".to_owned() });
        }
        let section = |text: &String| Field { value: text.clone(), origin: HINT.to_owned() };
        self.out.section =
            self.text_by_rules(|rules| &rules.section, "section").or_else(|| self.hints.section.as_ref().map(section));
        let mut tags: Vec<String> =
            self.rules.iter().flat_map(|rules| &rules.tags).flat_map(|place| place.values(self.root)).collect();
        // A portal's rules and its platform's may match the same ones.
        let mut seen = HashSet::default();
        tags.retain(|tag| seen.insert(tag.clone()));
        self.out.tags = if tags.is_empty() { self.hints.tags.clone() } else { tags };
        // Only a URL on the page's own host is trusted.
        let canonical = address::canonical(&page.outline.head, &page.base);
        self.out.canonical = canonical.filter(|url| url.bare_host() == self.url.bare_host());
        self.out.document = document::read(&page.outline);
    }

    pub(super) fn read_attachments(
        &mut self,
        page: &Page<'a>,
        body: &BodyLines,
        title_line: Option<usize>,
        scope: &Scope,
    ) {
        let mut attachments = Attachments::new(&page.base, AddressBudget::new(MAX_ADDRESSES));
        let title = title_line.and_then(|at| page.outline.lines.get(at)).map(|line| line.element);
        if let Some((first, last)) = body.span.or(title_line.map(|line| (line, line))) {
            let first = title_line.map_or(first, |line| line.min(first));
            let around = attachments::ArticlePlace { container: body.container.or(title), first, last };
            attachments.read_around(&page.outline, around, &scope.skip);
        }
        for place in self.rules.iter().flat_map(|rules| &rules.attachment).flat_map(|place| place.elements(self.root)) {
            attachments.read(place, &self.dropped);
        }
        self.note_left_out("attachments", &attachments.room);
        self.out.attachments = attachments.found;
    }

    pub(super) fn read_kind(&mut self, page: &Page<'a>, body: &BodyLines, title_line: Option<usize>) {
        let own = body.chosen.iter().copied().filter(|at| Some(*at) != title_line);
        let text: Vec<usize> =
            own.filter(|at| page.outline.lines.get(*at).is_some_and(|line| !line.is_image())).collect();
        let seen = kind::KindEvidence {
            url: self.url,
            canonical: self.out.canonical.as_ref(),
            title: self.out.title.as_ref().map(|title| title.value.as_str()),
            words: text.iter().filter_map(|at| page.outline.lines.get(*at)).map(|line| line.words).sum(),
            title_line,
            lines: &text,
            dated: self.out.published.as_ref().is_some_and(|published| published.origin != "url"),
            undated: self.out.published.is_none(),
            vouched: self
                .out
                .title
                .as_ref()
                .is_some_and(|title| !matches!(title.origin.as_str(), title::SHOWN | title::PAGE_TITLE)),
            attachments: self.out.attachments.len(),
            images: self.out.images.len(),
            is_document: self.out.document.is_some(),
            by_rule: body.by_rule,
            date_line: self
                .date_element
                .and_then(|at| page.outline.elements.get(at))
                .map(|element| element.lines.start),
            authored: !self.out.authors.is_empty() || self.out.byline.is_some(),
            dated_by_machines: self.is_dated_by_machines(&page.said),
        };
        self.out.kind = kind::of(&page.outline, &page.said, seen);
    }

    /// Whether the date is machine-readable or comes from the source.
    fn is_dated_by_machines(&self, said: &[StructuredValue]) -> bool {
        let own = |origin: &str| match origin {
            "url" | "printed" | structured::MICRODATA => false,
            structured::JSON_LD => kind::describes_content(said),
            _ => true,
        };
        self.out.published.as_ref().is_some_and(|published| own(&published.origin))
    }
}
