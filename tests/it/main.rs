//! Integration tests: one crate, a module for each subject.

mod demo_suites;
