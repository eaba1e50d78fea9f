//! A message as a page of HTML: one column, the reader's own fonts, lines high enough for Vietnamese. Mail programs drop stylesheets, so each
//! element has its style; the stylesheet only adds colors for dark screens.

use std::fmt::Write;

use crate::watch::message::Item;
use crate::watch::message::Marked;
use crate::watch::message::Page;
use crate::watch::message::is_web;

const FONT: &str = "-apple-system,'Segoe UI',Roboto,'Noto Sans','Helvetica Neue',Arial,sans-serif";

/// Colors of a dark screen; a mail program that knows no such rule shows a light page.
const DARK: &str = "@media (prefers-color-scheme:dark){body,.page{background:#1b1b1b!important;color:#e6e6e6!important}\
    a{color:#8ab8ff!important}.minor{color:#b0b0b0!important}.line{border-color:#444!important}}";

pub(super) fn write(page: &Page) -> String {
    let language = page.language.tag();
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{}</title>\n<style>{DARK}</style>\n</head>\n\
         <body style=\"margin:0;background:#fff;color:#1a1a1a\">\n\
         <div class=\"page\" style=\"max-width:40em;margin:0 auto;padding:16px;font:17px/1.6 {FONT};overflow-wrap:break-word\">\n",
        escaped(&page.subject)
    );
    if let Some(heading) = &page.heading {
        tag(&mut html, "h1", "font-size:24px;line-height:1.35;margin:8px 0 12px", heading);
    }
    for line in &page.intro {
        tag(&mut html, "p", "margin:0 0 12px", line);
    }
    for section in &page.sections {
        if let Some(heading) = &section.heading {
            let style =
                "font-size:20px;line-height:1.4;margin:28px 0 4px;padding-top:12px;border-top:2px solid #1a1a1a";
            tag(&mut html, "h2 class=\"line\"", style, heading);
        }
        for (heading, items) in &section.groups {
            if let Some(heading) = heading {
                tag(&mut html, "h3", "font-size:17px;margin:24px 0 0;color:#a33a00", heading);
            }
            for one in items {
                item(&mut html, one);
            }
        }
        if let Some(more) = &section.more {
            tag(&mut html, "p", "margin:16px 0", more);
        }
    }
    let style = "font-size:14px;line-height:1.5;color:#5a5a5a;margin:20px 0 8px";
    for line in &page.closing {
        tag(&mut html, "p class=\"minor\"", style, line);
    }
    html.push_str("</div>\n</body>\n</html>\n");
    html
}

fn item(html: &mut String, item: &Item) {
    // Writing into a string cannot fail.
    let _ = writeln!(html, "<div class=\"line\" style=\"margin:0;padding:14px 0;border-bottom:1px solid #ddd\">");
    let title = marked(&item.title);
    let link = format!("<a href=\"{}\" style=\"color:#0b57a4;text-decoration:none\">{title}</a>", escaped(&item.url));
    let title = if is_web(&item.url) { link } else { title };
    let _ = writeln!(html, "<div style=\"font-size:18px;line-height:1.45;font-weight:500\">{title}</div>");
    let minor = "font-size:14px;line-height:1.5;color:#5a5a5a;margin:2px 0 4px";
    tag(html, "div class=\"minor\"", minor, &item.meta);
    for text in &item.texts {
        let _ = writeln!(html, "<div style=\"margin:4px 0\">{}</div>", marked(text));
    }
    for (label, text) in &item.changes {
        let text = marked(text);
        let _ = writeln!(
            html,
            "<div style=\"margin:4px 0\"><span class=\"minor\" style=\"color:#5a5a5a\">{label}:</span> {text}</div>"
        );
    }
    for note in &item.notes {
        let _ = writeln!(html, "<div class=\"minor\" style=\"{minor}\">{}</div>", linked(note));
    }
    html.push_str("</div>\n");
}

/// An element of a name, maybe with attributes behind it.
fn tag(html: &mut String, element: &str, style: &str, text: &str) {
    let name = element.split(' ').next().unwrap_or(element);
    let _ = writeln!(html, "<{element} style=\"{style}\">{}</{name}>", escaped(text));
}

fn marked(text: &Marked) -> String {
    let piece =
        |(piece, is_bold): (&str, bool)| if is_bold { format!("<b>{}</b>", escaped(piece)) } else { escaped(piece) };
    text.pieces().into_iter().map(piece).collect()
}

/// A note whose last word may be an address.
fn linked(note: &str) -> String {
    match note.rsplit_once(' ') {
        Some((before, url)) if is_web(url) => {
            let before = before.trim_end_matches(':');
            format!("<a href=\"{}\" style=\"color:#0b57a4\">{}</a>", escaped(url), escaped(before))
        }
        _ => escaped(note),
    }
}

/// A text in which nothing is markup. All attributes stand between double quotes.
fn escaped(text: &str) -> String {
    htmlize::escape_attribute(text.replace(char::is_control, " ")).into_owned()
}
