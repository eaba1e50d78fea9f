//! Draws a page line by line as the extractor saw it, and marks what was taken. The drawing is a page of its own that loads and runs nothing.

use std::fmt::Write;

use crate::model::article::Extracted;
use crate::model::article::Field;
use crate::model::article::ShownLine;
use crate::text::vietnamese::fold;
use crate::url::PageUrl;

const STYLE: &str = "body{font:15px/1.45 sans-serif;margin:0 auto;max-width:70em;padding:1em}\
table{border-collapse:collapse}td,th{text-align:left;padding:2px 8px;vertical-align:top;border-bottom:1px solid #ddd}\
.line{border-left:6px solid #ccc;padding:1px 8px;color:#777}.taken{border-color:#2a8a3e;background:#e9f7ec;color:#000}\
.field{border-color:#2b5fc0;background:#e8effc;color:#000}.dropped{border-color:#c0562b;background:#fcefe8;color:#000}\
.h1,.h2,.h3-h6{font-weight:bold}.score{float:right;font:12px monospace;color:#888;margin-left:1em}\
.place{font:11px monospace;color:#999}.role{font-weight:bold;color:#2b5fc0;margin-right:.5em}";

/// Draws the page.
pub(super) fn draw(extracted: &Extracted, url: &PageUrl) -> String {
    let title = extracted.title.as_ref().map_or("(no title)", |title| title.value.as_str());
    let mut page = format!(
        "<!doctype html>\n<html lang=\"vi\"><head><meta charset=\"utf-8\">\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\
         <title>{}</title><style>{STYLE}</style></head><body>\n<h1>{}</h1>\n<p>{}</p>\n",
        escaped(title),
        escaped(title),
        escaped(url.as_str())
    );
    candidates(extracted, &mut page);
    // Writing into a string cannot fail.
    let _ = writeln!(
        page,
        "<h2>{} lines: <span class=\"taken\">taken</span>, <span class=\"field\">a field of its own</span>, \
         <span class=\"dropped\">taken, then dropped as part of the frame</span>, left out</h2>",
        extracted.lines.len()
    );
    let roles = Roles::of(extracted);
    let mut place = "";
    for line in &extracted.lines {
        if line.place != place {
            place = &line.place;
            let _ = writeln!(page, "<div class=\"place\">{}</div>", escaped(place));
        }
        draw_line(line, &roles, &mut page);
    }
    page.push_str("</body></html>\n");
    page
}

fn candidates(extracted: &Extracted, page: &mut String) {
    page.push_str("<table><tr><th></th><th>field</th><th>from</th><th>score</th><th>value</th></tr>\n");
    for candidate in &extracted.candidates {
        let _ = writeln!(
            page,
            "<tr{}><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
            if candidate.chosen { " class=\"taken\"" } else { "" },
            if candidate.chosen { "✓" } else { "" },
            escaped(candidate.field),
            escaped(&candidate.origin),
            candidate.score.map(|score| format!("{score:.1}")).unwrap_or_default(),
            escaped(candidate.value.as_deref().unwrap_or("(nothing)"))
        );
    }
    page.push_str("</table>\n");
}

fn draw_line(line: &ShownLine, roles: &Roles, page: &mut String) {
    let role = roles.of_line(line);
    let class = match (role, line.chosen) {
        (Some("dropped"), _) => "dropped",
        (Some(_), _) => "field",
        (None, true) => "taken",
        (None, false) => "",
    };
    let role = role.map(|role| format!("<span class=\"role\">{role}</span>")).unwrap_or_default();
    let text = if line.kind == "img" { format!("[image] {}", line.text) } else { line.text.clone() };
    let _ = writeln!(
        page,
        "<div class=\"line {class} {}\"><span class=\"score\">{:.1} {}</span>{role}{}</div>",
        line.kind,
        line.score,
        line.kind,
        escaped(&text)
    );
}

/// The folded texts of the fields, to find their lines.
struct Roles(Vec<(String, &'static str)>);

impl Roles {
    fn of(extracted: &Extracted) -> Roles {
        let value = |field: &Option<Field<String>>| field.as_ref().map(|field| field.value.clone());
        let one = [
            (value(&extracted.title), "title"),
            (value(&extracted.byline), "byline"),
            (extracted.credit.as_ref().map(|field| field.value.text.clone()), "source line"),
            (extracted.published.as_ref().map(|field| field.value.raw.clone()), "date"),
        ];
        let lead = extracted.lead.iter().flat_map(|field| field.value.lines()).map(|line| (line.to_owned(), "lead"));
        let captions = extracted.images.iter().filter_map(|image| Some((image.caption.clone()?, "caption")));
        let dropped = extracted.dropped.iter().map(|line| (line.clone(), "dropped"));
        let one = one.into_iter().filter_map(|(text, role)| Some((text?, role)));
        Roles(one.chain(lead).chain(captions).chain(dropped).map(|(text, role)| (fold(&text), role)).collect())
    }

    fn of_line(&self, line: &ShownLine) -> Option<&'static str> {
        let text = fold(&line.text);
        // The page frame repeats headlines, so a dropped line counts only if it had been taken first.
        let fits = |role: &str| role != "dropped" || line.chosen;
        self.0.iter().find(|(known, role)| *known == text && !text.is_empty() && fits(role)).map(|(_, role)| *role)
    }
}

fn escaped(text: &str) -> String {
    htmlize::escape_all_quotes(text).into_owned()
}
