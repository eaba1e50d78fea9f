//! Integration tests: one crate, a module for each subject.

mod fetch_behavior;
mod fetch_suites;
mod server;
mod support;
