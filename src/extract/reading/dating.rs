//! Dates the article: by rules, the page, the source's hint, or the URL.

use crate::extract::dates;
use crate::extract::reading::BodyLines;
use crate::extract::reading::MOST_CANDIDATES;
use crate::extract::reading::Page;
use crate::extract::reading::Reading;
use crate::extract::rules::ArticleRules;
use crate::extract::structured::Property;
use crate::html::select::Candidate as Place;
use crate::model::article::Field;
use crate::model::article::HINT;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::date::Dated;
use crate::text::date::Precision;

impl<'a> Reading<'a> {
    pub(super) fn read_dates(
        &mut self,
        page: &Page<'a>,
        by_rule: Option<Field<Dated>>,
        title: Option<usize>,
        body: &BodyLines,
    ) {
        let modified = self.date_by_rules(|rules| &rules.modified, "date_modified");
        // A line after the text is not its headline, and says nothing about where the date is.
        let title = title.filter(|title| body.span.is_none_or(|(_, last)| *title <= last));
        let published = by_rule.or_else(|| self.date_generic(page, title, body));
        let hint = self.hints.date.clone();
        self.out.published = match (published, hint) {
            (Some(page), Some(hint)) => Some(more_exact(&page.value, &hint).map_or(page, of_hint)),
            (Some(page), None) => Some(page),
            (None, hint) => hint.map(of_hint).or_else(|| self.date_in_url()),
        };
        let order = dates::order_of(&page.outline, self.url);
        let said = || dates::said(&page.said, Property::Modified, order, None).map(field_of);
        let hint = || self.hints.modified.clone().map(of_hint);
        let place = dates::Place { title, body: body.span };
        let printed = self
            .out
            .published
            .as_ref()
            .and_then(|published| dates::changed(&page.outline, place, order, &published.value));
        self.out.modified = modified.or_else(said).or_else(|| printed.map(field_of)).or_else(hint);
        // Nothing is changed before it is published. A sitemap with frozen dates claims so for everything that came later.
        let published = self.out.published.as_ref().map(|published| published.value.clone());
        self.out.modified.take_if(|modified| published.is_some_and(|published| precedes(&modified.value, &published)));
        let dates = [&self.out.published, &self.out.modified];
        let warnings: Vec<String> =
            dates.into_iter().flatten().filter_map(|field| date::zone_warning(&field.value)).collect();
        self.out.warnings.extend(warnings);
    }

    pub(super) fn date_by_rules(
        &mut self,
        places: fn(&ArticleRules) -> &Vec<Place>,
        field: &'static str,
    ) -> Option<Field<Dated>> {
        let rules = self.rules.clone();
        for set in rules {
            for place in places(set) {
                let origin = format!("{}: {}", set.name, place.text);
                let values = place.values(self.root);
                let mut dates = values.iter().filter_map(|value| date::read(value, set.date_order));
                let found = dates.next();
                // Family rules match teasers' days too.
                let found = found.filter(|first| !set.of_family || dates.all(|other| date::same_day(first, &other)));
                self.note(field, &origin, values.first().map(String::as_str), None, found.is_some());
                if let Some(value) = found {
                    return Some(Field { value, origin });
                }
            }
        }
        None
    }

    pub(super) fn date_generic(
        &mut self,
        page: &Page<'a>,
        title: Option<usize>,
        body: &BodyLines,
    ) -> Option<Field<Dated>> {
        // If a portal's own rules name the date's place and do not match, the page has no date.
        let answered = |rules: &&ArticleRules| {
            !rules.of_family
                && !rules.date.is_empty()
                && rules.title.iter().any(|place| place.value(self.root).is_some())
        };
        if self.rules.iter().any(answered) {
            return None;
        }
        let order = self
            .rules
            .iter()
            .find(|rules| !rules.of_family)
            .map_or_else(|| dates::order_of(&page.outline, self.url), |rules| rules.date_order);
        let place = dates::Place { title, body: body.span };
        let habit = |element: usize| page.recalled.map_or(0.0, |recalled| recalled.of_date(element, &page.places));
        let printed = dates::printed(&page.outline, place, order, &habit);
        let best_printed = dates::best(&printed);
        let said = dates::said(&page.said, Property::Published, order, best_printed);
        let best = match said.clone() {
            Some(said) if dates::is_of_visit(&said, &printed, &page.outline, place) => best_printed.cloned(),
            Some(said) => Some(dates::of_both(said, best_printed, dates::is_home(&page.outline, self.url))),
            None => best_printed.cloned(),
        };
        let shows = |candidate: &&dates::Candidate| {
            best.as_ref().is_some_and(|best| date::same_day(&candidate.dated, &best.dated))
        };
        self.date_element = printed.iter().find(shows).and_then(|candidate| candidate.element);
        for candidate in said.iter().chain(printed.iter().take(MOST_CANDIDATES)) {
            let chosen = best.as_ref() == Some(candidate);
            self.note("date_published", &candidate.origin, Some(&candidate.dated.raw), Some(candidate.score), chosen);
        }
        best.map(field_of)
    }

    pub(super) fn date_in_url(&mut self) -> Option<Field<Dated>> {
        let found = date::read_url(self.url)?;
        self.note("date_published", "url", Some(&found.raw), None, true);
        Some(Field { value: found, origin: "url".to_owned() })
    }

    /// Drops rules that were not valid on the day of the article. Rules have dates.
    pub(super) fn keep_rules_of_the_day(&mut self, published: Option<&Field<Dated>>) {
        let Some(day) = published.map(|field| date::rfc3339(field.value.at)) else { return };
        let Some(day) = day.get(..10).and_then(|day| day.parse::<jiff::civil::Date>().ok()) else { return };
        self.rules.retain(|rules| {
            rules.since.is_none_or(|since| day >= since) && rules.until.is_none_or(|until| day <= until)
        });
    }
}

fn field_of(candidate: dates::Candidate) -> Field<Dated> {
    Field { value: candidate.dated, origin: candidate.origin }
}

fn of_hint(value: Dated) -> Field<Dated> {
    Field { value, origin: HINT.to_owned() }
}

/// Returns the hint if the page prints only a day and the hint also has a time on that day. A source whose days are all below 13 may print the
/// month first. The page's day shows this.
fn more_exact(page: &Dated, hint: &Dated) -> Option<Dated> {
    if page.precision > Precision::Day || hint.precision == Precision::Day {
        return None;
    }
    let month_first =
        date::read_value(&hint.raw, DateOrder::MonthFirst).filter(|dated| dated.precision > Precision::Day);
    [Some(hint.clone()), month_first].into_iter().flatten().find(|dated| date::same_day(page, dated))
}

/// Whether a moment is certainly before another. Days are compared if one of them is only a day.
fn precedes(one: &Dated, other: &Dated) -> bool {
    if one.precision.min(other.precision) == Precision::Day {
        one.at < other.at && !date::same_day(one, other)
    } else {
        one.at < other.at
    }
}
