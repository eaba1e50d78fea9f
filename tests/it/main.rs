//! Integration tests: one crate, a module for each subject.

mod base_suites;
mod config_suites;
mod copies;
mod dates_suites;
mod dedup_command;
mod dedup_crash;
mod dedup_suites;
mod demo_suites;
mod discover_suites;
mod fetch_behavior;
mod fetch_suites;
mod server;
mod support;
mod url_suites;
mod view_commands;
