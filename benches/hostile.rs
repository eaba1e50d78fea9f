//! Time and memory that hostile documents cost, each task in a process of its own: `cargo bench --bench hostile [NAME…]`. It fails where one
//! costs more than its aim, which stands beside it in `tests/hostile/pages.rs`; the document itself and the program are counted in. On Linux
//! time is the processor's, so that a busy machine fails nothing; memory is told there alone. With `--doubling` each document is made at a quarter, at half and at whole size, to see how its time grows.

use std::process::Command;
use std::process::ExitCode;
use std::time::Instant;

use bytes::Bytes;
use jiff::Timestamp;
use tintinh::dedup::document::Document;
use tintinh::discover;
use tintinh::discover::Reader;
use tintinh::discover::Source;
use tintinh::discover::feed::FeedRules;
use tintinh::discover::json::JsonPaging;
use tintinh::discover::json::JsonRules;
use tintinh::discover::listing::ListingRules;
use tintinh::model::article::PageKind;
use tintinh::model::page::Page;
use tintinh::model::portal::Outlet;
use tintinh::model::portal::PortalId;
use tintinh::model::portal::SourceId;
use tintinh::model::portal::Zone;
use tintinh::model::request::Expect;
use tintinh::model::request::Request;
use tintinh::onboard::rules;
use tintinh::reading;
use tintinh::reading::PageRules;
use tintinh::reading::saved;
use tintinh::text::date::DateOrder;
use tintinh::url::PageUrl;

#[path = "../tests/hostile/pages.rs"]
mod pages;

use pages::Form;
use pages::Hostile;

/// Tells a process that it is the one that reads a document.
const CHILD: &str = "--read";

/// Asks for each document at three sizes.
const DOUBLING: &str = "--doubling";

/// Something that is done with a document.
type Task = fn(&Page, Form);

/// All that is done with one.
const TASKS: &[(&str, Task)] = &[("read", read), ("learn", learn), ("discover", find)];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    if let [CHILD, name, task, part] = arguments[..] {
        return run(name, task, part.parse().unwrap_or(1));
    }
    let (options, names): (Vec<&str>, Vec<&str>) = arguments.iter().partition(|argument| argument.starts_with("--"));
    let parts: &[&str] = if options.contains(&DOUBLING) { &["4", "2", "1"] } else { &["1"] };
    let program = std::env::current_exe().expect("a program knows its path");
    let mut failed = 0;
    println!("{:<24} {:<9} {:>7} {:>8} {:>8}", "document", "task", "MB", "seconds", "peak MB");
    for page in pages::ALL.iter().filter(|page| names.is_empty() || names.contains(&page.name)) {
        for (task, _) in TASKS.iter().filter(|(task, _)| page.form == Form::Page || *task == "discover") {
            for part in parts {
                let done = Command::new(&program).args([CHILD, page.name, task, part]).status();
                failed += u32::from(!done.expect("a process can be started").success());
            }
        }
    }
    println!("{failed} above their aims");
    if failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Does one task with a part of one document, and fails where it costs more than the aim.
#[expect(clippy::disallowed_methods, reason = "a bench measures real time")]
fn run(name: &str, task: &str, part: usize) -> ExitCode {
    let document: &Hostile = pages::ALL.iter().find(|page| page.name == name).expect("a document of that name");
    let (_, work) = TASKS.iter().find(|(known, _)| *known == task).expect("a task of that name");
    let page = page_of((document.make)(document.count / part), document.form);
    let (began, before) = (Instant::now(), processor_seconds());
    work(&page, document.form);
    let wall = began.elapsed().as_secs_f64();
    let seconds = before.zip(processor_seconds()).map_or(wall, |(before, after)| after - before);
    let peak = peak_megabytes();
    let is_above = seconds > document.aim.0 || peak.is_some_and(|peak| peak > document.aim.1);
    let megabytes = page.body.len() as f64 / 1e6;
    let peak = peak.map_or_else(|| "-".to_owned(), |peak| format!("{peak:.0}"));
    let verdict = if is_above { format!("  ABOVE {:?}", document.aim) } else { String::new() };
    println!("{name:<24} {task:<9} {megabytes:>7.1} {seconds:>8.3} {peak:>8}{verdict}");
    if is_above { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

fn page_of(body: String, form: Form) -> Page {
    let url = PageUrl::parse("https://example.gov.vn/tin").expect("an address");
    let mut page = saved::page(url, Bytes::from(body), Timestamp::UNIX_EPOCH);
    let html = Some("text/html; charset=utf-8".to_owned());
    page.http.content_type = html.filter(|_| form == Form::Page);
    page
}

/// Obstacle, charset, extraction, normalization, and the form in which records are compared.
fn read(page: &Page, _: Form) {
    let outlet = Outlet {
        portal: PortalId::new("example").expect("a name"),
        name: "Example".to_owned(),
        province: None,
        home: page.url.clone(),
        language: "vi".to_owned(),
        zone: Zone::Vietnam,
    };
    let kept = [PageKind::List, PageKind::Home, PageKind::Gallery, PageKind::Document, PageKind::Video];
    let rules = PageRules { outlet: &outlet, articles: Vec::new(), identity: None, kept: &kept };
    let mut link = saved::link_to(&page.url);
    link.hints.title = Some("Một tin".to_owned());
    let read = reading::read(reading::Input { learn: true, ..reading::Input::new(&link, page) }, &rules);
    if let Ok(record) = &read.record {
        drop(Document::of(record, None));
    }
}

/// A page on whose site something is known already, with all that was considered; what it teaches of the site, and of rules for it.
fn learn(page: &Page, _: Form) {
    let known = ["Làm đường", "Mở chợ", "Cấp nước"].map(|title| {
        let text = "Bà con ba bản vùng cao cùng nhau góp công làm đường, mở lối cho trẻ em đến trường.";
        let body = format!("<h1>{title}</h1><div class=content><p>{title}. {text}</p><p>{text} {title}.</p></div>");
        let url = page.url.join(&format!("/{}", title.len())).expect("an address");
        (saved::link_to(&url), saved::page(url, body, Timestamp::UNIX_EPOCH))
    });
    let (mut samples, mut memory) = rules::read_without_rules(known.into());
    let link = saved::link_to(&page.url);
    let input = reading::Input { link: &link, page, memory: Some(&memory), learn: true, explain: true, document: None };
    let (extracted, lesson) = reading::without_record(input, &[]);
    if let Some(lesson) = lesson {
        memory.may_change(&lesson);
        memory.learn(&lesson);
    }
    samples.push(rules::Sample { link, page: page.clone(), extracted });
    drop(rules::learn(&samples, &[]));
}

/// A document as a source of links.
fn find(page: &Page, form: Form) {
    let url = page.url.clone();
    let reader = match form {
        Form::Page => Reader::Listing(Box::new(ListingRules::generic(url))),
        Form::Feed => Reader::Feed(FeedRules {
            url,
            date_order: DateOrder::default(),
            distrust_minutes: false,
            content_is_article: false,
        }),
        Form::Json => Reader::Json(Box::new(JsonRules {
            request: Request::get(url, Expect::Json),
            items: String::new(),
            link: "{/u}".to_owned(),
            title: Some("/t".to_owned()),
            date: None,
            modified: None,
            summary: None,
            content: None,
            guid: None,
            image: None,
            author: None,
            section: None,
            content_is_article: false,
            date_order: DateOrder::default(),
            paging: JsonPaging::None,
        })),
    };
    let source = Source { id: SourceId::new("list").expect("a name"), max_pages: 1, section: None, reader };
    discover::sniff(&page.body);
    drop(discover::read(&source, &source.first_step(), page));
}

/// Seconds that the processor gave to this thread, on Linux: a busy machine makes no page slower.
fn processor_seconds() -> Option<f64> {
    let schedule = std::fs::read_to_string("/proc/self/schedstat").ok()?;
    let nanoseconds: f64 = schedule.split(' ').next()?.parse().ok()?;
    Some(nanoseconds / 1e9)
}

/// The most memory that the process held.
fn peak_megabytes() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes / 1000.0)
}
