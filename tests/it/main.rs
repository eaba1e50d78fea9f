//! Integration tests: one crate, a module for each subject.

mod dates_suites;
mod support;
