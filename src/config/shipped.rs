//! What the binary carries: the files of `config/`, one line each. A test holds the lists complete.

/// `platforms/<id>.toml` by id, sorted.
pub(super) const PLATFORMS: &[(&str, &str)] = &[];

/// `portals/<id>.toml` by id, sorted.
pub(super) const PORTALS: &[(&str, &str)] = &[];
