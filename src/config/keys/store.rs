//! The keys of `[store]`.

use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::key;

#[rustfmt::skip]
pub(super) const STORE: &[Key] = &[
    key("url", Kind::Text,
        "The address of a PostgreSQL database (version 14 or newer), without its password. Nothing is encrypted: another machine's server belongs \
         behind a tunnel.").example(r#""postgres://tintinh@db.example:5432/tintinh""#),
    key("password_file", Kind::Text,
        "The file of the database's password. A bare name is that of a credential of the unit (LoadCredential=), else a file beside this one.")
        .example(r#""database-password""#),
];
