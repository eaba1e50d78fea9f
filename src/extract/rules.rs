//! Rules for article pages: lists of candidates for each field, dated.
use jiff::civil::Date;
use scraper::Selector;

use crate::html::select::Candidate;
use crate::text::date::DateOrder;

/// Rules for the article pages of a portal or of a CMS family.
#[derive(Debug, Clone, Default)]
pub struct ArticleRules {
    /// "portal vinhphuc" or "platform liferay-6": shown in origins.
    pub name: String,
    /// Whether they are a family's. Those are written for the system's own themes and the site may have one of its own, so they are believed
    /// only where a page bears them out: what an article has once, they find once; of a body's element its text counts; what they do not find
    /// may stand elsewhere.
    pub of_family: bool,
    /// First day of publication (or of fetching, where nothing is known) on which they hold.
    pub since: Option<Date>,
    /// Last day on which they held.
    pub until: Option<Date>,
    /// The headline.
    pub title: Vec<Candidate>,
    /// The lead.
    pub lead: Vec<Candidate>,
    /// The body's container.
    pub body: Vec<Candidate>,
    /// The date of publication.
    pub date: Vec<Candidate>,
    /// The date of the last change.
    pub modified: Vec<Candidate>,
    /// The authors.
    pub author: Vec<Candidate>,
    /// The source line.
    pub source: Vec<Candidate>,
    /// The rubric.
    pub section: Vec<Candidate>,
    /// Keywords.
    pub tags: Vec<Candidate>,
    /// Captions within the body.
    pub caption: Vec<Candidate>,
    /// Links to documents, wherever they stand.
    pub attachment: Vec<Candidate>,
    /// Elements to leave out before anything is read.
    pub drop: Vec<Selector>,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
}
