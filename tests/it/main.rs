//! Integration tests: one crate, a module for each subject.

mod base_suites;
#[path = "../behavior/mod.rs"]
mod behavior;
mod bounds;
mod citizen;
mod commands;
mod config_suites;
mod crash;
mod dates_suites;
mod demo_suites;
mod discover_suites;
mod document_suites;
mod end_to_end;
mod engine;
mod extract_suites;
mod faults;
mod fetch_behavior;
mod fetch_suites;
mod layers;
mod legacy_suites;
mod lines_suites;
mod obstacle_suites;
mod portals;
mod readme;
mod server;
mod service;
mod store_behavior;
mod support;
#[cfg(feature = "legacy-tls")]
mod tls;
mod world;
