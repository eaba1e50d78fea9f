//! Integration tests: one crate, a module for each subject.

mod alarms;
mod base_suites;
#[path = "../behavior/mod.rs"]
mod behavior;
mod bounds;
mod citizen;
mod commands;
mod config_suites;
mod copies;
mod country;
mod crash;
mod dates_suites;
mod dedup_command;
mod dedup_crash;
mod dedup_suites;
mod demo_suites;
mod discover_suites;
mod doctor;
mod document_suites;
mod durability;
mod end_to_end;
mod engine;
mod extract_suites;
mod faults;
mod fetch_behavior;
mod fetch_suites;
mod fuzz;
mod hostile;
mod layers;
mod legacy_suites;
mod lines_suites;
mod monitoring;
mod obstacle_suites;
mod package;
mod portals;
mod quarantine;
mod readme;
mod server;
mod service;
mod store_behavior;
mod support;
#[cfg(feature = "legacy-tls")]
mod tls;
mod url_suites;
mod view_commands;
mod world;
