//! `tintinh attachment`: the text of a file, as it would be read from an attachment. Needs no network and no store.

use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::json;

use crate::cli::AttachmentArgs;
use crate::cli::Cli;
use crate::commands::CommandError;
use crate::commands::common;
use crate::commands::output;
use crate::converter;
use crate::converter::ConvertError;
use crate::extract::first_page;
use crate::file_text::FileText;
use crate::machine;
use crate::model::article::Document;
use crate::text::count::counted;
use crate::text::visible;

/// Maximum size of a file that is read.
const MAX_FILE: u64 = 256 << 20;

/// Prints the text of a file.
///
/// # Errors
/// [`CommandError`] if there is no such file, or it has no text that can be read.
pub fn run(_: &Cli, args: &AttachmentArgs) -> Result<ExitCode, CommandError> {
    let bytes = read(&args.file)?;
    let begun = machine::children_cpu();
    let text = common::block_on(async {
        converter::text_of(&bytes, args.pages, &std::env::temp_dir())
            .await
            .map_err(|error| explained(&args.file, &error))
    })?;
    let spent = machine::children_cpu().saturating_sub(begun);
    let document = text.pages.first().and_then(|page| first_page::read(&page.text));
    if args.json {
        let value = json!({
            "kind": text.kind,
            "pages": text.pages,
            "ocr": text.is_recognized(),
            "confidence": text.confidence(),
            "document": document,
            "warnings": text.warnings,
            "cpu_seconds": spent.as_secs_f64(),
        });
        output::json(&format!("{value}\n"))?;
    } else {
        output::print(&shown(&text, document.as_ref(), spent))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<Vec<u8>, CommandError> {
    let unreadable = |error: std::io::Error| CommandError::Usage(format!("cannot read {}: {error}", path.display()));
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    file.take(MAX_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(CommandError::Usage(format!("{} is larger than {} MiB", path.display(), MAX_FILE >> 20)));
    }
    Ok(bytes)
}

fn explained(path: &Path, error: &ConvertError) -> CommandError {
    let context = format!("{} has no text that can be read: {error}", path.display());
    let help = match error {
        ConvertError::Absent(program) => {
            let package = converter::package_of(program).unwrap_or_default();
            format!("{context}\n  = help: install the Debian package {package}")
        }
        _ => context,
    };
    CommandError::Other(anyhow::anyhow!(help))
}

fn shown(text: &FileText, document: Option<&Document>, spent: Duration) -> String {
    let mut out = String::new();
    // Writing into a string cannot fail.
    for (number, page) in text.pages.iter().enumerate() {
        let read = page.confidence.map_or(String::new(), |mean| format!(", recognized with a confidence of {mean:.1}"));
        let _ = writeln!(out, "── page {}{read}\n{}\n", number + 1, visible::text(&page.text));
    }
    let _ = writeln!(
        out,
        "{}: {}, {:.1} s of processor time",
        text.kind,
        counted(text.pages.len(), "page"),
        spent.as_secs_f64()
    );
    for warning in &text.warnings {
        let _ = writeln!(out, "warning: {warning}");
    }
    if let Some(document) = document {
        let facts = [
            ("number", &document.number),
            ("kind", &document.kind),
            ("issuer", &document.issuer),
            ("signer", &document.signer),
            ("issued", &document.issued),
            ("effective", &document.effective),
        ];
        for (name, value) in facts.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))) {
            let _ = writeln!(out, "{name}: {}", visible::line(value));
        }
    }
    out
}
