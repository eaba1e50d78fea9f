//! Integration tests: one crate, a module for each subject.

mod base_suites;
mod config_suites;
mod dates_suites;
mod crash;
mod demo_suites;
mod discover_suites;
mod end_to_end;
mod faults;
mod fetch_behavior;
mod fetch_suites;
mod layers;
mod server;
mod support;
mod world;
