//! What an engine answers if it refuses a statement.

use rusqlite::ErrorCode;
use thiserror::Error;

/// The error of an engine.
#[derive(Debug, Error)]
pub enum SqlError {
    /// SQLite's, or a value that cannot be converted.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL's.
    #[error("{}", postgres_text(.0))]
    Postgres(#[from] ::postgres::Error),
}

impl SqlError {
    /// Whether the statement itself is refused, for example because of unknown tables. All rows would be refused.
    pub(in crate::store) fn is_of_statement(&self) -> bool {
        match self {
            SqlError::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::Unknown),
            // Data that the columns do not take, constraints, and limits on the size of a row; see appendix A of PostgreSQL's manual.
            SqlError::Postgres(error) => {
                error.code().is_some_and(|code| !["22", "23", "54"].iter().any(|class| code.code().starts_with(class)))
            }
        }
    }
}

/// PostgreSQL's own words, with its code.
fn postgres_text(error: &::postgres::Error) -> String {
    match error.as_db_error() {
        Some(refused) => format!("{} ({})", refused.message(), refused.code().code()),
        None => match std::error::Error::source(error) {
            Some(cause) => format!("{error}: {cause}"),
            None => error.to_string(),
        },
    }
}
