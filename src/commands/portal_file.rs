//! Creates or changes a portal file: shows it, asks, writes it, and backs up what it replaces.

use std::io::ErrorKind;
use std::io::IsTerminal;
use std::path::Path;
use std::path::PathBuf;

use anyhow::Context;
use similar::TextDiff;

use crate::commands::CommandError;
use crate::commands::output;
use crate::files;

/// Maximum backups of a replaced file; beyond that, the last one is overwritten.
const MOST_BACKUPS: u32 = 999;

/// What is allowed without asking.
#[derive(Debug, Clone, Copy)]
pub struct WritePermission {
    /// Writes without asking.
    pub yes: bool,
    /// Writes nothing.
    pub dry_run: bool,
}

/// Shows the new text, as a diff if the file exists, and writes it if allowed. Returns whether it was written.
///
/// # Errors
/// If the existing file cannot be read, the new one cannot be written, or there is nobody to ask.
pub fn offer(path: &Path, text: &str, leave: WritePermission) -> Result<bool, CommandError> {
    let old = match std::fs::read_to_string(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        read => Some(read.with_context(|| format!("cannot read {}", path.display()))?),
    };
    let name = path.display();
    match &old {
        Some(old) => output::print(&format!("\nchanges to {name}:\n{}", diff(old, text)))?,
        None => output::print(&format!("\n{name}:\n\n{text}"))?,
    }
    if leave.dry_run || !leave.yes && !asked(path)? {
        output::print("nothing was written\n")?;
        return Ok(false);
    }
    let backup = old.map(|old| keep_old(path, &old)).transpose()?;
    write(path, text)?;
    let backup = backup.map(|backup| format!("the old file is kept as {}\n", backup.display())).unwrap_or_default();
    output::print(&format!("written: {name}\n{backup}"))?;
    Ok(true)
}

/// Checks, before any work is done, whether the question can be asked later.
///
/// # Errors
/// [`CommandError::Usage`] if there is nobody to ask and no permission was given in advance.
pub fn can_ask(leave: WritePermission) -> Result<(), CommandError> {
    if leave.yes || leave.dry_run || std::io::stdin().is_terminal() {
        return Ok(());
    }
    let message = "no terminal to ask at: add --yes to write the file, or --dry-run to see it";
    Err(CommandError::Usage(message.to_owned()))
}

/// Asks a person.
fn asked(path: &Path) -> Result<bool, CommandError> {
    can_ask(WritePermission { yes: false, dry_run: false })?;
    output::ask(&format!("write {}? [y/N] ", path.display()));
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer).context("cannot read the answer")?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes" | "c" | "có"))
}

/// Saves a backup under the first free name.
fn keep_old(path: &Path, old: &str) -> Result<PathBuf, CommandError> {
    let name = |number: u32| path.with_extension(format!("toml.{number}.bak"));
    let free = (1..MOST_BACKUPS).map(name).find(|backup| !backup.exists()).unwrap_or_else(|| name(MOST_BACKUPS));
    write(&free, old)?;
    Ok(free)
}

fn write(path: &Path, text: &str) -> Result<(), CommandError> {
    if let Some(folder) = path.parent() {
        files::make_folders(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    Ok(files::replace(path, text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?)
}

/// A unified diff.
fn diff(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(2).to_string()
}
