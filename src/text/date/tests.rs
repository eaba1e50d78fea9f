use super::*;

fn plain(dated: &Dated) -> String {
    let full = rfc3339(dated.at);
    let length = match dated.precision {
        Precision::Day => 10,
        Precision::Minute => 16,
        Precision::Second => 19,
    };
    full[..length].to_owned()
}

fn check(text: &str, expect: &str) {
    let read = read(text, DateOrder::DayFirst).map(|dated| plain(&dated));
    assert_eq!(read.as_deref().unwrap_or("none"), expect, "{text}");
}

#[test]
fn first() {
    check("05/03/2018", "2018-03-05");
}
