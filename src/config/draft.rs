//! Writes a portal's file: what was seen, with the evidence next to it.

use std::fmt::Write;

use crate::config::quoted;
use crate::config::quoted_list;
use crate::model::link::SourceKind;
use crate::model::portal::PlatformId;
use crate::model::portal::PortalId;
use crate::url::PageUrl;

/// A portal's file to be written.
#[derive(Debug, Clone)]
pub struct PortalDraft {
    /// The stem of the file.
    pub id: PortalId,
    /// Sentences at the head of the file.
    pub remarks: Vec<String>,
    /// The portal's name.
    pub name: String,
    /// The province's key.
    pub province: Option<String>,
    /// The front page.
    pub home: PageUrl,
    /// Hosts to which requests may be sent.
    pub hosts: Vec<String>,
    /// The CMS family.
    pub platform: Option<PlatformId>,
    /// How TLS works, if the server does not support modern TLS.
    pub tls: Option<String>,
    /// What the file is based on.
    pub verified: String,
    /// The sources.
    pub sources: Vec<SourceDraft>,
    /// Rules for articles: fields with their candidates, in order.
    pub rules: Vec<(String, Vec<String>)>,
}

/// A source to be written.
#[derive(Debug, Clone)]
pub struct SourceDraft {
    /// Its name within the portal.
    pub id: String,
    /// The kind of source.
    pub kind: SourceKind,
    /// Its URL.
    pub url: PageUrl,
    /// The section of its links.
    pub section: Option<String>,
    /// Further keys, as lines of TOML.
    pub keys: Vec<String>,
    /// What was seen about it.
    pub remarks: Vec<String>,
}

impl PortalDraft {
    /// Returns the file's text.
    pub fn to_toml(&self) -> String {
        let mut text = String::new();
        comment(&mut text, &self.remarks);
        key(&mut text, "name", &quoted(&self.name));
        if let Some(province) = &self.province {
            key(&mut text, "province", &quoted(province));
        }
        key(&mut text, "home", &quoted(self.home.as_str()));
        key(&mut text, "hosts", &quoted_list(self.hosts.iter().map(String::as_str)));
        if let Some(platform) = &self.platform {
            key(&mut text, "platform", &quoted(platform.as_str()));
        }
        if let Some(tls) = &self.tls {
            key(&mut text, "tls", &quoted(tls));
        }
        key(&mut text, "verified", &quoted(&self.verified));
        for source in &self.sources {
            text.push('\n');
            comment(&mut text, &source.remarks);
            text.push_str("[[source]]\n");
            key(&mut text, "id", &quoted(&source.id));
            key(&mut text, "kind", &quoted(source.kind.as_str()));
            key(&mut text, "url", &quoted(source.url.as_str()));
            if let Some(section) = &source.section {
                key(&mut text, "section", &quoted(section));
            }
            for line in &source.keys {
                text.push_str(line);
                text.push('\n');
            }
        }
        text.push_str(&rules_toml(&self.rules));
        text
    }
}

/// Returns the table of rules for articles, with its remark; empty if there are none.
pub fn rules_toml(rules: &[(String, Vec<String>)]) -> String {
    if rules.is_empty() {
        return String::new();
    }
    let remark =
        "Selectors that found these fields on all pages that were looked at; what they miss is read without rules.";
    let mut text = format!("\n# {remark}\n[[article]]\n");
    for (field, candidates) in rules {
        key(&mut text, field, &quoted_list(candidates.iter().map(String::as_str)));
    }
    text
}

fn comment(text: &mut String, lines: &[String]) {
    for line in lines {
        let line = line.replace(['\n', '\r'], " ");
        let _ = writeln!(text, "# {line}");
    }
}

fn key(text: &mut String, name: &str, value: &str) {
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{name} = {value}");
}
