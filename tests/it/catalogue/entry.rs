//! An entry's file, as both tables give it.

use std::fmt::Write;

/// What both tables give of an outlet.
#[derive(Debug, Default)]
pub(super) struct EntryFile {
    pub(super) name: String,
    /// Absent for the portals of provinces.
    pub(super) kind: Option<String>,
    pub(super) province: Option<String>,
    pub(super) hosts: Vec<String>,
    pub(super) home: Option<String>,
    pub(super) family: Option<String>,
    pub(super) tls: Option<&'static str>,
    pub(super) succeeds: Vec<String>,
    pub(super) succeeded_by: Option<String>,
    pub(super) evidence: String,
    pub(super) note: Option<String>,
    pub(super) codes: Vec<CodeRow>,
    pub(super) sources: Vec<SourceRow>,
}

#[derive(Debug)]
pub(super) struct CodeRow {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) from: Option<String>,
    pub(super) to: Option<String>,
}

#[derive(Debug)]
pub(super) struct SourceRow {
    pub(super) kind: &'static str,
    pub(super) url: String,
    pub(super) section: Option<String>,
    pub(super) seen: &'static str,
    pub(super) year: Option<i32>,
    pub(super) evidence: String,
}

impl EntryFile {
    pub(super) fn to_toml(&self) -> String {
        let mut text = "#:schema ../../schema/catalogue.json\n#\n# Made of tables by tests/it/catalogue. Nothing was fetched; where no \
                        source says otherwise, that the address begins with https is taken for granted.\n"
            .to_owned();
        key(&mut text, "name", &quoted(&self.name));
        optional(&mut text, "kind", self.kind.as_deref());
        optional(&mut text, "province", self.province.as_deref());
        let home = self.home.clone().unwrap_or_else(|| format!("https://{}/", self.hosts[0]));
        key(&mut text, "home", &quoted(&home));
        key(&mut text, "hosts", &list(&self.hosts));
        optional(&mut text, "family", self.family.as_deref());
        optional(&mut text, "tls", self.tls);
        if !self.succeeds.is_empty() {
            key(&mut text, "succeeds", &list(&self.succeeds));
        }
        optional(&mut text, "succeeded_by", self.succeeded_by.as_deref());
        key(&mut text, "verified", "false");
        key(&mut text, "evidence", &quoted(&self.evidence));
        optional(&mut text, "note", self.note.as_deref());
        for row in &self.codes {
            text.push_str("\n[[code]]\n");
            key(&mut text, "code", &quoted(&row.code));
            key(&mut text, "name", &quoted(&row.name));
            for (name, day) in [("from", &row.from), ("to", &row.to)] {
                if let Some(day) = day {
                    key(&mut text, name, day);
                }
            }
        }
        for row in &self.sources {
            text.push_str("\n[[source]]\n");
            key(&mut text, "kind", &quoted(row.kind));
            key(&mut text, "url", &quoted(&row.url));
            optional(&mut text, "section", row.section.as_deref());
            key(&mut text, "seen", &quoted(row.seen));
            if let Some(year) = row.year {
                key(&mut text, "year", &year.to_string());
            }
            key(&mut text, "evidence", &quoted(&row.evidence));
        }
        text
    }
}

fn key(text: &mut String, name: &str, value: &str) {
    writeln!(text, "{name} = {value}").unwrap();
}

fn optional(text: &mut String, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        key(text, name, &quoted(value));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    toml::Value::from(texts.to_vec()).to_string()
}
