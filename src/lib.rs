//! tintinh ("tin tỉnh", news of the provinces) watches the portals of Vietnam's provinces and keeps one normalized record of each article.
//!
//! # An article's life
//! ```text
//! due portal → discover → Link → fetch → Page → extract → Extracted → normalize → Record → store.settle (dedup → Verdict) → outbox → sink
//! ```
//! [`visit`] is the walk, in plain calls. [`delivery`] delivers what it settled. [`engine`] runs visits for the service, for `tintinh
//! fetch` and for the tests alike. [`reading`] is the part from page to record, shared by every verb that reads pages. Each stage has its
//! own type, which is passed on by value.
//!
//! # One article, from the list to the file
//! 1. `engine::Engine::run` asks the store for a portal that is due (`store::verbs::claim::Store::claim`) and starts a visit of it
//!    (`visit::visit`).
//! 2. `visit::sources::Visit::read_sources` walks over the portal's sources. `visit::sources::Visit::walk_step` fetches a page of one
//!    (`visit::Visit::get`, which is `fetch::session::Session::fetch` behind the stop signal), finds its links (`discover::discover`)
//!    and passes them to the store (`store::verbs::links::Store::take_up`).
//! 3. `visit::articles::Visit::work_off_links` takes the pending links one by one (`store::verbs::links::Store::next_link`).
//!    `visit::articles::Visit::page_of` fetches the article's page, and `visit::evidence::Visit::keep_raw` puts it into the page store.
//! 4. `reading::read` turns the page into a record, on a blocking thread (`visit::isolation::stage`): `obstacle::find_in` recognizes
//!    challenges and notices, `extract::read` finds the article, and `normalize::normalize` makes the record.
//! 5. `visit::articles::Visit::settle` stores how the link ended. `store::verbs::settle::Store::settle_article` compares the record with
//!    its last revision (`dedup::decision::decide`) and with all others (`dedup::search::search`), and stores it with its row of the outbox
//!    (`store::verbs::outbox::put`), all in one transaction.
//! 6. `delivery::Delivery::drain` passes the outbox to the sink (`sink::jsonl::JsonLines::deliver`), which appends the record to the portal's
//!    file of the day, and then reports it to the store (`store::verbs::outbox::Store::delivered`).
//!
//! Behind the visits, `attachment::AttachmentQueue::step` fetches and reads the files that articles offer, one at a time.
//!
//! Beside that, `delivery::forward::Forwarder::step` passes the stream of all records on to each sink of the configuration.
//!
//! A test checks that these names exist.
//!
//! # Layers
//! A module only uses modules of lower layers, which a test checks. Only [`url`] and [`text`] use each other: URLs are text, and
//! dates appear in URLs.
//!
//! | layer | modules |
//! | --- | --- |
//! | 7 | [`commands`] |
//! | 6 | [`cli`], [`daemon`], [`demo`], [`web`] |
//! | 5 | [`engine`], [`doctor`], [`overview`], [`onboard`], [`opml`], [`file_dedup`], [`reread`], [`import`], [`notify`] |
//! | 4 | [`visit`], [`delivery`], [`search`], [`marks`], [`attachment`] |
//! | 3 | [`config`], [`clock`], [`failpoint`], [`files`], [`machine`], [`process`], [`in_order`], [`fetch`], [`store`], [`archive`], [`sink`], [`hook`], [`converter`], [`mail`], [`systemd`], [`telemetry`], [`text_files`] |
//! | 2 | [`discover`], [`obstacle`], [`extract`], [`normalize`], [`dedup`], [`schedule`], [`alarms`], [`query`], [`watch`], [`file_text`]; [`reading`], which joins them (pure) |
//! | 1 | [`model`], [`html`], [`coding`] (pure) |
//! | 0 | [`url`], [`text`] (pure) |
//!
//! # Invariants
//! 1. Layers 0–2 do no IO, know no clock, and cannot fail on anything that a site sends: any bytes give an `Extracted`.
//! 2. IO modules of layer 3 do not use each other; all of them may use [`clock`], [`files`], [`process`] and [`failpoint`]. Only `visit`, `attachment`, `delivery`, `search`, `marks`, `notify` and `doctor` join them.
//! 3. Every link that a visit takes up is settled exactly once, in one transaction with its record and its outbox row.
//! 4. Retries are data (`attempts`, `not_before`). Killing the process at any point loses at most one unsettled fetch, and the four articles that a visit may hold back.
//! 5. Only `config` knows TOML, only `store`, `search`, `marks` and `notify` know SQL, only `fetch` knows HTTP requests, only `mail` knows SMTP, only [`model::record`] is a public format.
//! 6. The parsed tree lives inside one synchronous call on a blocking thread.
//! 7. Delivery is at least once; (`id`, `revision`) is unique, and the sink drops what it already has.
//! 8. Time is an argument below layer 3; ids are hashes of the first canonical URL; jitter is a hash. Only a store's name is random.

pub mod text;
pub mod url;

pub mod coding;
pub mod html;
pub mod model;

pub mod alarms;
pub mod dedup;
pub mod discover;
pub mod extract;
pub mod file_text;
pub mod normalize;
pub mod obstacle;
pub mod query;
pub mod reading;
pub mod schedule;
pub mod watch;

pub mod archive;
pub mod clock;
pub mod config;
pub mod converter;
pub mod failpoint;
pub mod fetch;
pub mod files;
pub mod hook;
pub mod in_order;
pub mod machine;
pub mod mail;
pub mod process;
pub mod sink;
pub mod store;
pub mod systemd;
pub mod telemetry;
pub mod text_files;

pub mod attachment;
pub mod delivery;
pub mod marks;
pub mod search;
pub mod visit;

pub mod doctor;
pub mod engine;
pub mod file_dedup;
pub mod import;
pub mod notify;
pub mod onboard;
pub mod opml;
pub mod overview;
pub mod reread;

pub mod cli;
pub mod daemon;
pub mod demo;
pub mod web;

pub mod commands;
