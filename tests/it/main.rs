//! Integration tests: one crate, a module for each subject.

mod dates_suites;
mod discover_suites;
mod support;
