//! Markup that several families have in common.

use jiff::civil::DateTime;
use jiff::civil::Weekday;

use htmlize::escape_attribute;

use crate::demo::story::Part;
use crate::demo::story::Story;
use crate::demo::writing::each;
use crate::demo::writing::written;

/// Returns the body as written with WYSIWYG editors: justified paragraphs, pictures in the site's form, byline and source line at the right margin,
/// links to documents at the end.
pub(super) fn body(story: &Story, picture: fn(&str, &str) -> String) -> String {
    let parts = each(&story.body, |part| match part {
        Part::Text(text) => format!("<p style=\"text-align: justify;\">{}</p>", written(text, story.writing)),
        Part::Picture { image, caption } => picture(&escape_attribute(image), &written(caption, story.writing)),
    });
    let byline =
        story.byline.as_deref().map(|line| right(&format!("<strong>{}</strong>", written(line, story.writing))));
    let source = story.source_line.as_deref().map(|line| right(&written(line, story.writing)));
    [parts, byline.unwrap_or_default(), source.unwrap_or_default()].concat()
}

/// Returns links to the documents in paragraphs of their own. URLs are not percent-encoded, as on the real sites.
pub(super) fn files(story: &Story) -> String {
    each(&story.files, |file| {
        format!("<p><a href=\"{}\">{}</a></p>", escape_attribute(&file.path), escape_attribute(&file.title))
    })
}

fn right(html: &str) -> String {
    format!("<p style=\"text-align: right;\">{html}</p>\n")
}

/// Formats a moment as the sites print it, by a strftime pattern.
pub(super) fn printed(at: DateTime, pattern: &str) -> String {
    at.strftime(pattern).to_string()
}

/// Returns "thứ hai" to "chủ nhật".
pub(super) fn weekday(at: DateTime) -> &'static str {
    match at.weekday() {
        Weekday::Monday => "thứ hai",
        Weekday::Tuesday => "thứ ba",
        Weekday::Wednesday => "thứ tư",
        Weekday::Thursday => "thứ năm",
        Weekday::Friday => "thứ sáu",
        Weekday::Saturday => "thứ bảy",
        Weekday::Sunday => "chủ nhật",
    }
}

/// Returns the number of views, as the counters show it.
pub(super) fn views(story: &Story) -> u32 {
    story.id * 37 % 1900 + 12
}

/// Returns drop-down lists of days, months and years below "Các tin đã đưa ngày:".
pub(super) fn drop_downs() -> String {
    let options = |range: std::ops::RangeInclusive<u16>| each(range, |n| format!("<option value=\"{n}\">{n}</option>"));
    format!(
        "<select name=\"ngay\">{}</select><select name=\"thang\">{}</select><select name=\"nam\">{}</select>",
        options(1..=31),
        options(1..=12),
        options(2018..=2025)
    )
}
