//! Kinds of files whose text can be read.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::Serialize;

/// A kind of file whose text can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FileKind {
    /// PDF.
    Pdf,
    /// Word until 2003, and RTF, which often has the same name.
    Doc,
    /// Word since 2007.
    Docx,
    /// Excel until 2003.
    Xls,
    /// Excel since 2007.
    Xlsx,
}

impl FileKind {
    /// The kinds by their names in the configuration.
    pub const WORDS: [(&'static str, FileKind); 5] = [
        ("pdf", FileKind::Pdf),
        ("doc", FileKind::Doc),
        ("docx", FileKind::Docx),
        ("xls", FileKind::Xls),
        ("xlsx", FileKind::Xlsx),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        FileKind::WORDS.into_iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Its media type.
    pub fn mime_type(self) -> &'static str {
        match self {
            FileKind::Pdf => "application/pdf",
            FileKind::Doc => "application/msword",
            FileKind::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            FileKind::Xls => "application/vnd.ms-excel",
            FileKind::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// Returns the kind of a media type.
    pub fn of_mime_type(mime_type: &str) -> Option<FileKind> {
        FileKind::WORDS.into_iter().map(|(_, kind)| kind).find(|kind| kind.mime_type() == mime_type)
    }
}

impl std::fmt::Display for FileKind {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}
