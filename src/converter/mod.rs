//! Reads the text of files with external programs: poppler's for PDF, `tesseract` for pictures of pages, `catdoc` and `xls2csv` for Word and Excel
//! until 2003. docx and xlsx are read by [`file_text`](crate::file_text) in this process.
//!
//! # Bounds
//! A file may be made to harm. Its programs run one after the other, without a shell, in a folder of their own that is removed afterwards, each
//! under `prlimit(1)` with a bound of memory, processor time and written files, and with a time limit after which its whole process group is killed.
//! Of what they print, a bounded part is kept. No file of the sender's names any of their arguments.

mod pdf;

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use thiserror::Error;

use crate::file_text::FileText;
use crate::file_text::PageText;
use crate::file_text::clean_page;
use crate::file_text::kind_of;
use crate::file_text::office;
use crate::file_text::pages_of;
use crate::files;
use crate::model::file_kind::FileKind;
use crate::process;
use crate::process::Ended;
use crate::process::ProcessError;
use crate::process::Program;

/// Sets the bounds of the others.
const PRLIMIT: &str = "prlimit";

/// The programs of each kind, and the Debian packages that have them.
const PROGRAMS: &[(&str, &str, &[FileKind])] = &[
    (PRLIMIT, "util-linux", &[FileKind::Pdf, FileKind::Doc, FileKind::Xls]),
    ("pdfinfo", "poppler-utils", &[FileKind::Pdf]),
    ("pdftotext", "poppler-utils", &[FileKind::Pdf]),
    ("pdfimages", "poppler-utils", &[FileKind::Pdf]),
    ("pdftoppm", "poppler-utils", &[FileKind::Pdf]),
    ("tesseract", "tesseract-ocr and tesseract-ocr-vie", &[FileKind::Pdf]),
    ("catdoc", "catdoc", &[FileKind::Doc]),
    ("xls2csv", "catdoc", &[FileKind::Xls]),
];

/// Maximum size of a file that a program writes: a picture of a page in colors has at most 36 MB.
const MOST_WRITTEN: u64 = 64 << 20;

/// Maximum output that is kept of one program.
const MOST_OUTPUT: u64 = 16 << 20;

/// How often a program may take longer than its processor time: it shares the processor with the visits.
const PATIENCE: u32 = 4;

/// The bounds of one program.
#[derive(Debug, Clone, Copy)]
struct Bounds {
    /// Address space in bytes.
    memory: u64,
    /// Processor time in seconds.
    seconds: u32,
}

/// For programs that read a whole file.
const WHOLE_FILE: Bounds = Bounds { memory: 512 << 20, seconds: 30 };

/// For programs that read or draw one page. Its picture takes 150 MB in tesseract.
const ONE_PAGE: Bounds = Bounds { memory: 1 << 30, seconds: 40 };

/// Why a file has no text.
#[derive(Debug, Error)]
pub enum ConvertError {
    /// A program is not installed.
    #[error("{0} is not installed")]
    Absent(&'static str),
    /// It is no document, is encrypted or damaged. Reading it again does not help.
    #[error("it is {0}")]
    NotReadable(String),
    /// A program exceeded its bounds or crashed.
    #[error("{program}: {reason}")]
    Failed {
        /// The program.
        program: &'static str,
        /// What happened.
        reason: String,
    },
    /// The folder for its files cannot be written.
    #[error("cannot write temporary files: {0}")]
    Folder(#[from] std::io::Error),
    /// A step panicked.
    #[error("bug in reading a file: {0}")]
    Bug(String),
}

/// Returns the programs that are not installed and are needed for some kinds, each with its Debian package.
pub fn absent_programs(kinds: &[FileKind]) -> Vec<(&'static str, &'static str)> {
    let is_needed = |of: &[FileKind]| kinds.iter().any(|kind| of.contains(kind));
    let needed = PROGRAMS.iter().filter(|(name, _, of)| is_needed(of) && !is_installed(name));
    needed.map(|(name, package, _)| (*name, *package)).collect()
}

/// Returns the Debian package that has a program.
pub fn package_of(program: &str) -> Option<&'static str> {
    PROGRAMS.iter().find(|(name, _, _)| *name == program).map(|(_, package, _)| *package)
}

fn is_installed(program: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| folder.join(program).is_file())
}

/// Reads the text of a file, of a PDF at most so many pages. The programs' files are in a folder of their own in `parent`.
///
/// # Errors
/// [`ConvertError`].
pub async fn text_of(bytes: &[u8], max_pages: u32, parent: &Path) -> Result<FileText, ConvertError> {
    let kind = kind_of(bytes).map_err(|what| ConvertError::NotReadable(what.to_owned()))?;
    if let Some((program, _)) = absent_programs(&[kind]).first() {
        return Err(ConvertError::Absent(program));
    }
    let folder = tempfile::Builder::new().prefix("tintinh-").tempdir_in(parent)?;
    let workplace = Workplace { folder: folder.path() };
    match kind {
        FileKind::Pdf => pdf::read(&workplace, bytes, max_pages).await,
        FileKind::Doc => {
            workplace.write("file.doc", bytes)?;
            let text = workplace.output_of("catdoc", &["-d", "utf-8", "-w", "file.doc"], WHOLE_FILE).await?;
            Ok(paged(kind, &text))
        }
        FileKind::Xls => {
            workplace.write("file.xls", bytes)?;
            let arguments = ["-d", "utf-8", "-q", "0", "-c", "\t", "-b", "\u{c}", "file.xls"];
            let text = workplace.output_of("xls2csv", &arguments, WHOLE_FILE).await?;
            Ok(paged(kind, text.trim_end_matches('\u{c}')))
        }
        FileKind::Docx | FileKind::Xlsx => {
            let read = if kind == FileKind::Docx { office::read_docx } else { office::read_xlsx };
            let bytes = bytes.to_vec();
            let done = blocking(move || read(&bytes)).await?;
            let (pages, warnings) = done.map_err(|what| ConvertError::NotReadable(what.to_owned()))?;
            Ok(FileText::new(kind, pages, warnings))
        }
    }
}

fn paged(kind: FileKind, text: &str) -> FileText {
    let pages = pages_of(text).map(|text| PageText { text: clean_page(text), confidence: None });
    FileText::new(kind, pages.collect(), Vec::new())
}

/// Computes something on a blocking thread.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ConvertError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ConvertError::Bug(error.to_string()))
}

/// The folder of one file, in which its programs run.
struct Workplace<'a> {
    folder: &'a Path,
}

impl Workplace<'_> {
    fn write(&self, name: &str, bytes: &[u8]) -> std::io::Result<()> {
        use std::io::Write;
        files::own().write(true).create(true).truncate(true).open(self.folder.join(name))?.write_all(bytes)
    }

    fn read(&self, name: &str) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.folder.join(name))
    }

    /// Runs a program, which must succeed. Returns what it printed.
    async fn output_of(
        &self,
        program: &'static str,
        arguments: &[&str],
        bounds: Bounds,
    ) -> Result<String, ConvertError> {
        let ended = self.run(program, arguments, bounds).await?;
        if ended.status.success() {
            Ok(String::from_utf8_lossy(&ended.output).into_owned())
        } else {
            Err(failed(program, &ended))
        }
    }

    /// Runs a program within bounds.
    async fn run(&self, program: &'static str, arguments: &[&str], bounds: Bounds) -> Result<Ended, ConvertError> {
        let limits = [
            format!("--as={}", bounds.memory),
            format!("--cpu={}", bounds.seconds),
            format!("--fsize={MOST_WRITTEN}"),
            "--core=0".to_owned(),
            program.to_owned(),
        ];
        let arguments = limits.into_iter().map(OsString::from).chain(arguments.iter().map(OsString::from)).collect();
        let ended = process::run(Program {
            program: PRLIMIT,
            arguments,
            folder: Some(self.folder),
            input: b"",
            // One thread: visits need the other processors.
            environment: &[("OMP_THREAD_LIMIT", "1"), ("LC_ALL", "C.UTF-8")],
            timeout: Duration::from_secs(u64::from(bounds.seconds * PATIENCE)),
            most_output: MOST_OUTPUT,
        });
        ended.await.map_err(|error| match error {
            ProcessError::Start(error) if error.kind() == std::io::ErrorKind::NotFound => ConvertError::Absent(PRLIMIT),
            error => ConvertError::Failed { program, reason: error.to_string() },
        })
    }
}

fn failed(program: &'static str, ended: &Ended) -> ConvertError {
    // The last line says why it gave up; those before it are about single objects.
    let said = ended.said.lines().last().unwrap_or_default();
    ConvertError::Failed { program, reason: format!("{}: {said}", ended.status) }
}
