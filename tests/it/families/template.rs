//! The templates of `tests/families`: what a family's page looks like, filled with a text.
//!
//! `{{name}}` is a value, `{{#name}}…{{/name}}` stands where there is one and once for each of a list, `{{date …}}`, `{{modified …}}` and
//! `{{today …}}` print a moment in the form that follows, `{{iso}}` and its like for machines.

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use jiff::ToSpan;
use jiff::civil::DateTime;
use regex::Regex;
use serde_json::Value;

static MARK: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\{\{([#/]?)([^{}]+)\}\}").unwrap());

/// The day on which all pages were fetched.
pub(crate) const TODAY: &str = "2026-11-28T09:12";

const WEEKDAYS: [&str; 7] = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"];
const MONTHS: [&str; 12] = [
    "Tháng Một",
    "Tháng Hai",
    "Tháng Ba",
    "Tháng Tư",
    "Tháng Năm",
    "Tháng Sáu",
    "Tháng Bảy",
    "Tháng Tám",
    "Tháng Chín",
    "Tháng Mười",
    "Tháng Mười Một",
    "Tháng Mười Hai",
];

/// How a family writes its pages.
pub(crate) struct Template {
    pub(crate) family: String,
    head: String,
    body: String,
}

impl Template {
    pub(crate) fn read(path: &Path) -> Template {
        let text = fs::read_to_string(path).unwrap();
        let (head, body) = text.split_once("-->\n").unwrap();
        let family = path.file_stem().unwrap().to_str().unwrap().to_owned();
        Template { family, head: head.to_owned(), body: body.to_owned() }
    }

    /// A line of the head, with what it stands for filled in.
    pub(crate) fn told(&self, key: &str, text: &Value) -> Option<String> {
        let line = self.head.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(": "))?;
        let (from, to) = (line.find('{'), line.find('}'));
        let (Some(from), Some(to)) = (from, to) else { return Some(line.to_owned()) };
        let value = value_of(&line[from + 1..to], &[text])?;
        Some(format!("{}{}{}", &line[..from], plain(value), &line[to + 1..]))
    }

    /// Whether the page shows a value of the article's own.
    pub(crate) fn shows(&self, mark: &str) -> bool {
        self.body.contains(&format!("{{{{{mark}}}}}"))
    }

    /// Whether the page says the minute of the article: in what it prints for it, or for machines.
    pub(crate) fn says_the_minute(&self) -> bool {
        let lists = Regex::new(r"(?s)\{\{#(?:others|latest)\}\}.*?\{\{/(?:others|latest)\}\}").unwrap();
        let own = lists.replace_all(&self.body, "");
        MARK.captures_iter(&own).any(|mark| {
            let name = &mark[2];
            ["iso", "utc", "isolocal"].contains(&name)
                || name.starts_with("date ") && (name.contains("HH") || name.contains("hh"))
        })
    }

    pub(crate) fn fill(&self, text: &Value) -> String {
        let mut out = String::new();
        fill(&self.body, &[text], &mut out);
        out
    }
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn value_of<'a>(name: &str, scopes: &[&'a Value]) -> Option<&'a Value> {
    let found = scopes.iter().rev().find_map(|scope| scope.get(name))?;
    let is_empty = found.is_null() || found.as_array().is_some_and(Vec::is_empty);
    (!is_empty).then_some(found)
}

fn fill(template: &str, scopes: &[&Value], out: &mut String) {
    let mut rest = template;
    while let Some(mark) = MARK.captures(rest) {
        let (whole, name) = (mark.get(0).unwrap(), mark[2].to_owned());
        out.push_str(&rest[..whole.start()]);
        rest = &rest[whole.end()..];
        if &mark[1] != "#" {
            out.push_str(&written(&name, scopes));
            continue;
        }
        let end = format!("{{{{/{name}}}}}");
        let (inner, behind) = rest.split_once(&end).unwrap_or_else(|| panic!("no {end}"));
        rest = behind;
        match value_of(&name, scopes) {
            None => {}
            Some(Value::Array(items)) => {
                for item in items {
                    fill(inner, &[scopes, &[item]].concat(), out);
                }
            }
            Some(value) => fill(inner, &[scopes, &[value]].concat(), out),
        }
    }
    out.push_str(rest);
}

fn written(name: &str, scopes: &[&Value]) -> String {
    let published: DateTime = plain(value_of("published", scopes).unwrap()).parse().unwrap();
    let modified = published + 26.hours().minutes(3);
    let (kind, form) = name.split_once(' ').unwrap_or((name, ""));
    match kind {
        "date" => printed(published, form),
        "modified" => printed(modified, form),
        "today" => printed(TODAY.parse().unwrap(), form),
        "iso" => printed(published, "yyyy-MM-ddTHH:mm:00+07:00"),
        "isolocal" => printed(published, "yyyy-MM-ddTHH:mm:00"),
        "modiso" => printed(modified, "yyyy-MM-ddTHH:mm:00+07:00"),
        "utc" => printed(published - 7.hours(), "yyyy-MM-ddTHH:mm:00+00:00"),
        _ => value_of(name, scopes).map(plain).unwrap_or_default().replace('&', "&amp;").replace('<', "&lt;"),
    }
}

fn printed(at: DateTime, form: &str) -> String {
    let weekday = WEEKDAYS[usize::try_from(at.date().weekday().to_monday_zero_offset()).unwrap()];
    let twelve = if at.hour() % 12 == 0 { 12 } else { at.hour() % 12 };
    let parts = [
        ("EEEE", weekday.to_owned()),
        ("eeee", weekday.to_lowercase()),
        ("yyyy", at.year().to_string()),
        ("MMMM", MONTHS[usize::try_from(at.month() - 1).unwrap()].to_owned()),
        ("MM", format!("{:02}", at.month())),
        ("%M", at.month().to_string()),
        ("dd", format!("{:02}", at.day())),
        ("%d", at.day().to_string()),
        ("HH", format!("{:02}", at.hour())),
        ("hh", format!("{twelve:02}")),
        ("mm", format!("{:02}", at.minute())),
        ("ss", "00".to_owned()),
        ("aa", if at.hour() < 12 { "SA" } else { "CH" }.to_owned()),
    ];
    parts.iter().fold(form.to_owned(), |form, (mark, value)| form.replace(mark, value))
}
