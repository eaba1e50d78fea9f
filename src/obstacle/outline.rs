//! Summarizes what a page shows, in one pass over its markup without a tree.

use std::borrow::Cow;

use crate::obstacle::LITTLE_TEXT;

/// Maximum number of bytes of a page that are read.
const LOOKED_AT: usize = 512 * 1024;
/// Maximum number of bytes kept of each part. More would add nothing new.
const KEPT: usize = 16 * 1024;

/// Elements whose text is not the page's own: navigation, forms, hidden elements.
const NOT_OWN: [&str; 9] = ["a", "option", "button", "label", "select", "textarea", "style", "noscript", "nav"];
const TITLES: [&str; 4] = ["title", "h1", "h2", "h3"];

/// A summary of what a page shows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Outline {
    /// The title and the headings, separated by line feeds.
    pub(super) titles: String,
    /// Text outside links, forms and scripts, including titles.
    pub(super) own_text: String,
    /// The text and the tags of scripts.
    pub(super) scripts: String,
    /// The words of buttons, links and other controls.
    pub(super) controls: String,
    /// Number of links with a target.
    pub(super) links: usize,
    /// Whether there is a password field.
    pub(super) asks_password: bool,
    /// The value of `http-equiv=refresh` outside `noscript`, by which the page loads itself or another one.
    pub(super) refresh: Option<String>,
    has_image: bool,
}

impl Outline {
    /// Summarizes a page. None if it has more than [`LITTLE_TEXT`] of its own text and therefore is what it claims to be.
    pub(super) fn of(markup: &str) -> Option<Outline> {
        let mut end = markup.len().min(LOOKED_AT);
        while !markup.is_char_boundary(end) {
            end -= 1;
        }
        let mut walk = Walk::default();
        let mut rest = markup.get(..end).unwrap_or_default();
        while !rest.is_empty() {
            let text_end = memchr::memchr(b'<', rest.as_bytes()).unwrap_or(rest.len());
            let (text, after) = rest.split_at(text_end);
            walk.text(text);
            let own = &walk.outline.own_text;
            if own.len() > LITTLE_TEXT && own.chars().count() > LITTLE_TEXT {
                return None;
            }
            rest = walk.tag(after);
        }
        Some(walk.outline)
    }

    pub(super) fn shows_nothing(&self) -> bool {
        self.own_text.trim().is_empty() && self.titles.trim().is_empty() && self.links == 0 && !self.has_image
    }
}

#[derive(Default)]
struct Walk {
    outline: Outline,
    /// The open elements whose text is not the page's own, one bit per name. An element cannot be nested in another of its name, and the next end tag
    /// also ends one that was left open.
    not_own: u16,
    in_noscript: bool,
    in_style: bool,
    in_title: bool,
}

impl Walk {
    fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        if self.in_title {
            push(&mut self.outline.titles, text);
        }
        match self.not_own {
            0 => push(&mut self.outline.own_text, text),
            _ if self.in_style => {}
            _ => push(&mut self.outline.controls, text),
        }
    }

    /// Reads a tag, with its content if that is not markup. Returns the rest of the markup.
    fn tag<'a>(&mut self, markup: &'a str) -> &'a str {
        let Some(inside) = markup.strip_prefix('<') else { return "" };
        if let Some(comment) = inside.strip_prefix("!--") {
            return comment.split_once("-->").map_or("", |(_, after)| after);
        }
        let tag_end = memchr::memchr(b'>', inside.as_bytes());
        let (tag, after) = inside.split_at(tag_end.unwrap_or(inside.len()));
        let after = after.get(1..).unwrap_or_default();
        let is_end = tag.starts_with('/');
        let name = tag.trim_start_matches('/').split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
        let is_lower = !name.bytes().any(|byte| byte.is_ascii_uppercase());
        let name: Cow<'_, str> = if is_lower { name.into() } else { name.to_ascii_lowercase().into() };
        if is_end {
            self.end(&name);
        } else {
            self.start(&name, tag);
        }
        if name == "script" && !is_end { self.script(after) } else { after }
    }

    fn start(&mut self, name: &str, written: &str) {
        self.in_noscript |= name == "noscript";
        self.in_style |= name == "style";
        self.in_title |= TITLES.contains(&name);
        self.not_own |= not_own(name);
        let tag = match name {
            "a" | "input" | "meta" | "script" => &written.to_ascii_lowercase(),
            _ => written,
        };
        match name {
            "a" => self.outline.links += usize::from(tag.contains("href")),
            "input" => {
                self.outline.asks_password |= tag.contains("password") && !tag.contains("type=\"hidden\"");
                push(&mut self.outline.controls, attribute(written, "value").unwrap_or_default());
            }
            "meta" if tag.contains("http-equiv") && tag.contains("refresh") && !self.in_noscript => {
                self.outline.refresh = attribute(written, "content").map(str::to_owned);
            }
            "script" => push(&mut self.outline.scripts, tag),
            "img" | "iframe" | "frame" | "object" | "embed" | "video" => self.outline.has_image = true,
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if TITLES.contains(&name) {
            self.in_title = false;
        }
        self.in_noscript &= name != "noscript";
        self.in_style &= name != "style";
        self.not_own &= !not_own(name);
    }

    fn script<'a>(&mut self, markup: &'a str) -> &'a str {
        let bytes = markup.as_bytes();
        let end = memchr::memmem::find_iter(bytes, b"</")
            .find(|at| bytes.get(at + 2..at + 8).is_some_and(|name| name.eq_ignore_ascii_case(b"script")));
        let (script, after) = markup.split_at(end.unwrap_or(markup.len()));
        push(&mut self.outline.scripts, script);
        after
    }
}

/// Returns the bit of an element whose text is not the page's own, or zero for other elements.
fn not_own(name: &str) -> u16 {
    NOT_OWN.iter().position(|known| *known == name).map_or(0, |at| 1 << at)
}

/// Returns the value of a tag's attribute.
fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let lower = tag.to_ascii_lowercase();
    let is_name =
        |at: &usize| lower[..*at].ends_with(|before: char| before.is_ascii_whitespace() || "\"'/".contains(before));
    let at = lower.match_indices(name).map(|(at, _)| at).find(is_name)?;
    let value = tag.get(at + name.len()..)?.trim_start().strip_prefix('=')?.trim_start();
    match value.chars().next()? {
        quote @ ('"' | '\'') => value[1..].split(quote).next(),
        _ => value.split_ascii_whitespace().next().map(|value| value.trim_end_matches('/')),
    }
}

fn push(into: &mut String, text: &str) {
    let room = KEPT.saturating_sub(into.len());
    let mut end = text.len().min(room);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    into.push_str(text.get(..end).unwrap_or_default());
    into.push('\n');
}
