//! The citizen's contract, promise by promise: a source that behaves in one way, some days of the service, and what it was asked.

use std::time::Duration;

use jiff::SignedDuration;
use jiff::Timestamp;

use crate::behavior::log::Entry;
use crate::behavior::rules;
use crate::behavior::site::Way;
use crate::behavior::site::Web;
use crate::citizen::life::Life;

const FEED: &str = "/feed.xml";

/// Some days with the first source of a kind, without a violation.
async fn days_with(way: Way, days: u64) -> Life {
    let all = Web::new(Timestamp::UNIX_EPOCH, |_| true);
    let first = all.sources().iter().find(|source| source.way == way).unwrap();
    let life = Life::new(|source| source.number == first.number);
    life.serve(Duration::from_hours(24 * days)).await;
    let violations = rules::check(&life.log(), &life.promises());
    assert!(violations.is_empty(), "{violations:#?}");
    life
}

/// The least time between two exchanges.
fn least_gap(entries: &[Entry]) -> SignedDuration {
    entries.windows(2).map(|pair| pair[1].begun.duration_since(pair[0].ended)).min().unwrap()
}

fn count(entries: &[Entry], is_it: impl Fn(&Entry) -> bool) -> usize {
    entries.iter().filter(|entry| is_it(entry)).count()
}

#[tokio::test(start_paused = true)]
async fn validators_are_sent_back_as_they_came_and_renewed_by_every_answer() {
    for way in [Way::OddTag, Way::OddDate, Way::Renewing, Way::Dropping] {
        let asked = days_with(way, 3).await.asked_for(FEED);
        assert!(count(&asked, |entry| entry.status == 304) > 20, "{way:?}");
        for pair in asked.windows(2).filter(|pair| pair[1].is_conditional()) {
            assert_eq!(pair[1].asked_with("if-none-match"), pair[0].answered_with("etag"), "{way:?}");
            assert_eq!(pair[1].asked_with("if-modified-since"), pair[0].answered_with("last-modified"), "{way:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn validators_belong_to_the_final_address() {
    let life = days_with(Way::Redirects(302), 2).await;
    assert_eq!(count(&life.asked_for(FEED), Entry::is_conditional), 0);
    let elsewhere = life.asked_for("/elsewhere.xml");
    assert!(
        count(&elsewhere, |entry| entry.status == 304) > 20 && count(&elsewhere, |entry| !entry.is_conditional()) <= 3
    );
}

#[tokio::test(start_paused = true)]
async fn validators_that_lie_are_found_out_within_a_day() {
    let life = days_with(Way::Lying, 4).await;
    let asked = life.asked_for(FEED);
    let full: Vec<Timestamp> = asked.iter().filter(|entry| !entry.is_conditional()).map(|entry| entry.begun).collect();
    assert_eq!(full.len(), 4, "one a day");
    assert!(full.windows(2).all(|pair| pair[1].duration_since(pair[0]) < SignedDuration::from_hours(26)), "{full:?}");
    // Each brought what had been published since the last.
    assert!(life.log().iter().filter(|entry| entry.path.starts_with("/a/")).count() > 8);
}

#[tokio::test(start_paused = true)]
async fn freshness_is_a_lower_bound_with_an_upper_one() {
    for (way, least, most) in [
        (Way::MaxAge(3), 3, 4),
        (Way::Expires(5), 5, 6),
        (Way::Ttl(180), 3, 4),
        (Way::Daily, 24, 26),
        (Way::Ttl(20_000), 24, 26),
        (Way::MaxAge(9_000), 24, 26),
    ] {
        let asked = days_with(way, 4).await.asked_for(FEED);
        for pair in asked.windows(2) {
            let hours = pair[1].begun.duration_since(pair[0].begun).as_hours();
            assert!((least..=most).contains(&(hours + 1)) || (least..=most).contains(&hours), "{way:?}: {hours} h");
        }
        // A 304 says it again.
        assert!(least > 5 || count(&asked, |entry| entry.status == 304) > 3, "{way:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn hours_and_days_that_a_feed_wants_to_be_skipped_are() {
    let asked = days_with(Way::SkipHours, 3).await.asked_for(FEED);
    // Before the first answer nobody can know.
    assert!(asked.iter().skip(1).all(|entry| entry.begun.as_second() / 3600 % 24 >= 7) && asked.len() > 40);
    // It begins on a Monday.
    let asked = days_with(Way::SkipDays, 7).await.asked_for(FEED);
    let (last, _) = asked.split_last().unwrap();
    assert!(last.begun < "2026-11-07T00:00:00Z".parse().unwrap() && asked.len() > 100);
}

#[tokio::test(start_paused = true)]
async fn retry_after_is_obeyed_over_restarts_and_for_the_whole_origin() {
    for (way, days, hours) in [(Way::RetrySeconds, 3, 4), (Way::RetryDate, 4, 6)] {
        let life = Life::new(|source| source.way == way);
        for _ in 0..days * 24 {
            life.serve(Duration::from_hours(1)).await;
        }
        let log = life.log();
        assert_eq!(rules::check(&log, &life.promises()), []);
        let refused = log.iter().position(|entry| entry.rest().is_some()).unwrap();
        let next = &log[refused + 1];
        assert!(next.begun.duration_since(log[refused].ended).as_hours() >= hours - 1, "{next:?}");
        assert!(log.len() > refused + 3 || next.status == 200);
    }
}

#[tokio::test(start_paused = true)]
async fn too_many_requests_without_a_word_are_backed_off_from() {
    let asked = days_with(Way::TooMany, 3).await.asked_for(FEED);
    let refused: Vec<Entry> = asked.into_iter().filter(|entry| entry.status == 429).collect();
    let gaps: Vec<f64> =
        refused.windows(2).map(|pair| pair[1].begun.duration_since(pair[0].ended).as_secs_f64()).collect();
    let doubled = [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0];
    assert!(gaps.len() >= doubled.len() && gaps.iter().zip(doubled).all(|(gap, due)| *gap >= due), "{gaps:?}");
}

#[tokio::test(start_paused = true)]
async fn an_address_is_rewritten_after_the_same_answer_on_three_days() {
    for status in [301, 308] {
        let life = days_with(Way::Moves(status), 12).await;
        let old = life.asked_for(FEED);
        let redirected: Vec<&Entry> = old.iter().filter(|entry| entry.status == status).collect();
        let (first, last) = (redirected[0].begun, redirected[redirected.len() - 1].begun);
        assert!((24..72).contains(&last.duration_since(first).as_hours()), "{first} {last}");
        let new = life.asked_for("/moved.xml");
        assert!(count(&new, |entry| entry.begun > last) > 100, "the new address is asked");
        let source = &life.status().await[0].sources[0].1;
        assert_eq!(source.moved.as_ref().unwrap().to.as_url().path(), "/moved.xml");
    }
    for way in [Way::Redirects(302), Way::Redirects(303), Way::Redirects(307), Way::Wavers] {
        let life = days_with(way, 9).await;
        let old = life.asked_for(FEED);
        assert!(life.now().duration_since(old[old.len() - 1].begun).as_hours() < 3, "{way:?}: it is asked to the end");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_gone_stays_visible_and_is_asked_by_hand_only() {
    let life = days_with(Way::Gone, 14).await;
    let asked = life.asked_for(FEED);
    assert_eq!(count(&asked, |entry| entry.status == 410), 1);
    let status = &life.status().await[0];
    assert!(status.sources[0].1.gone_since.is_some());
    assert!(status.sources[0].1.last_error.as_ref().unwrap().contains("answers 410"));
    life.fetch_by_hand().await;
    assert_eq!(life.asked_for(FEED).len(), asked.len() + 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_found_is_asked_less_often_and_never_forgotten() {
    let life = days_with(Way::Lost, 16).await;
    let asked = life.asked_for(FEED);
    assert!((5..=7).contains(&count(&asked, |entry| entry.status == 404)), "in three days");
    assert!(asked.last().unwrap().status < 400 && life.status().await[0].last_error.is_none());
}

#[tokio::test(start_paused = true)]
async fn nothing_is_left_behind_or_guessed() {
    let life = days_with(Way::Cookies, 2).await;
    for entry in life.log() {
        let mut names: Vec<&str> = entry.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.retain(|name| !matches!(*name, "if-none-match" | "if-modified-since" | "accept-language"));
        assert_eq!(names, ["user-agent", "accept", "accept-encoding"]);
        assert!(!entry.path.contains('?') && entry.method == "GET");
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_source_is_asked_once_and_a_restart_asks_nothing() {
    let life = Life::new(|source| source.host == "shared0.example");
    life.serve(Duration::from_mins(30)).await;
    let asked = life.log().len();
    let feeds = ["/rss/0.xml", "/rss/1.xml", "/rss/2.xml"];
    assert_eq!(feeds.map(|feed| life.asked_for(feed).len()), [1, 1, 1]);
    for _ in 0..5 {
        life.serve(Duration::from_mins(5)).await;
    }
    assert_eq!(life.log().len(), asked, "robots.txt neither");
}

#[tokio::test(start_paused = true)]
async fn failures_are_never_tried_again_at_once() {
    for way in [Way::Errors, Way::Down] {
        let asked = days_with(way, 8).await.asked_for(FEED);
        let failed = asked.iter().filter(|entry| entry.failed()).count();
        assert!(failed >= 5, "{way:?}: {failed}");
        assert!(least_gap(&asked) >= SignedDuration::from_secs(60), "{way:?}: {:?}", least_gap(&asked));
    }
}

#[tokio::test(start_paused = true)]
async fn a_host_gets_one_request_at_a_time_with_its_delay() {
    let life = Life::new(|source| source.host.starts_with("shared"));
    life.serve(Duration::from_hours(12)).await;
    let of = |host: &str| life.log().into_iter().filter(|entry| entry.host == host).collect::<Vec<Entry>>();
    assert!(least_gap(&of("shared1.example")) >= SignedDuration::from_secs(5));
    for (seconds, days) in [(30, 1), (900, 2)] {
        let log = days_with(Way::CrawlDelay(seconds), days).await.log();
        assert!(log.len() > 20 && least_gap(&log) >= SignedDuration::from_secs(seconds.into()));
    }
}

#[tokio::test(start_paused = true)]
async fn one_look_an_hour_and_by_hand_when_a_person_wants() {
    let life = days_with(Way::Plain, 1).await;
    let asked = life.asked_for(FEED);
    assert!((20..=24).contains(&asked.len()), "{} looks a day", asked.len());
    assert!(asked.windows(2).all(|pair| pair[1].begun.duration_since(pair[0].begun) >= SignedDuration::from_hours(1)));
    life.fetch_by_hand().await;
    life.fetch_by_hand().await;
    let by_hand = &life.asked_for(FEED)[asked.len()..];
    assert_eq!(by_hand.len(), 2);
    assert!(least_gap(&life.log()) >= SignedDuration::from_secs(5), "within the delay");
}

#[tokio::test(start_paused = true)]
async fn a_challenge_ends_the_visit_and_is_no_article() {
    let life = days_with(Way::Challenge, 10).await;
    let blocked: Vec<Entry> = life
        .log()
        .into_iter()
        .filter(|entry| (entry.begun.as_second() - life.log()[0].begun.as_second()) / 86_400 == 7)
        .collect();
    let asked = count(&blocked, |entry| entry.path.contains(".xml") || entry.path.starts_with("/a/"));
    assert!((2..=25).contains(&asked), "{asked} requests on a day behind a challenge");
    let titles: Vec<String> =
        crate::world::records_below(&life.records()).into_iter().map(|record| record.title).collect();
    assert!(titles.iter().all(|title| title.starts_with("Tin số ")) && titles.len() > 20, "{titles:?}");
}
