//! Rules for article pages: dated lists of candidates for each field.
use jiff::civil::Date;
use scraper::Selector;

use crate::html::select::Candidate;
use crate::text::date::DateOrder;

/// Rules for the article pages of a portal or of a CMS family.
#[derive(Debug, Clone, Default)]
pub struct ArticleRules {
    /// "portal vinhphuc" or "platform liferay-6". Shown in origins.
    pub name: String,
    /// Whether they are a CMS family's. Those are written for the system's own themes, and the site may have its own, so the page must bear them
    /// out. Fields that an article has once must match once; only the text inside the body's element counts; fields without a match may be
    /// elsewhere.
    pub of_family: bool,
    /// First day of publication (or of fetching, if that is unknown) on which they are valid.
    pub since: Option<Date>,
    /// Last day on which they were valid.
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
    /// The section.
    pub section: Vec<Candidate>,
    /// Keywords.
    pub tags: Vec<Candidate>,
    /// Captions within the body.
    pub caption: Vec<Candidate>,
    /// Links to documents anywhere on the page.
    pub attachment: Vec<Candidate>,
    /// Elements to leave out before anything is read.
    pub drop: Vec<Selector>,
    /// Which number of a date is the day.
    pub date_order: DateOrder,
}
