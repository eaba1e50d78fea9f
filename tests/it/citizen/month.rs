//! The service, served for a month and restarted now and then.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use crate::behavior::log::Entry;
use crate::behavior::rules;
use crate::behavior::site::Way;
use crate::behavior::site::Web;
use crate::citizen::life::Life;
use crate::support::conformance;
use crate::world::records_below;

#[tokio::test(start_paused = true)]
async fn a_month_of_fifty_sources_without_a_violation() {
    let life = Life::new(|_| true);
    for days in [1, 2, 4, 3, 7, 5, 8] {
        life.serve(Duration::from_hours(24 * days)).await;
    }
    let log = life.log();
    let violations = rules::check(&log, &life.promises());
    conformance("citizen-month", log.len() - violations.len(), log.len());
    assert!(violations.is_empty(), "{} of {}: {}", violations.len(), log.len(), shown(&violations));
    check_that_it_looked(life.web(), &log);
    check_that_nothing_is_missing(life.web(), &life.records(), life.now());
}

fn shown(violations: &[rules::Violation]) -> String {
    let mut by_rule: BTreeMap<rules::Rule, Vec<String>> = BTreeMap::new();
    for violation in violations {
        by_rule.entry(violation.rule).or_default().push(violation.to_string());
    }
    let shown = by_rule
        .iter()
        .map(|(rule, all)| format!("{rule:?}: {}\n  {}", all.len(), all[..all.len().min(6)].join("\n  ")));
    shown.collect::<Vec<_>>().join("\n")
}

/// Manners are no excuse for not looking.
fn check_that_it_looked(web: &Web, log: &[Entry]) {
    for source in web.sources() {
        let looks = log.iter().filter(|entry| entry.host == source.host && entry.path.contains(".xml")).count();
        let least = match source.way {
            Way::MaxAge(9_000) | Way::Ttl(20_000) | Way::Daily => 27,
            Way::Gone => 200,
            Way::CrawlDelay(900) => 100,
            Way::MaxAge(_) | Way::Expires(_) | Way::Ttl(_) => 110,
            Way::SkipDays => 400,
            _ => 480,
        };
        assert!(looks >= least, "{source:?}: {looks} looks");
    }
}

fn check_that_nothing_is_missing(web: &Web, records: &Path, now: Timestamp) {
    let found: BTreeSet<String> = records_below(records).into_iter().map(|record| record.title).collect();
    for source in web.sources() {
        // What came in the last two days may not have been looked for yet; the tenth day is the last of what is gone.
        let published = web.published(source, now);
        let last = if source.way == Way::Gone { 20 } else { published.end - 6 };
        // What came on the first of three days without the feed may have fallen out of it before it was back.
        let is_lost = |article: u64| source.way == Way::Lost && (24..28).contains(&article);
        for article in (0..last).filter(|article| !Web::is_disallowed(source, *article) && !is_lost(*article)) {
            let title = format!("Tin số {article} của nguồn {}", source.number);
            assert!(found.contains(&title), "{source:?}: no {title:?}");
        }
    }
}
