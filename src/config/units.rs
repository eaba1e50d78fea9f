//! Small syntaxes inside strings: durations, sizes, blocks of IP addresses, pointers, templates. Errors say why a text is invalid.

use std::net::IpAddr;
use std::time::Duration;

/// Reads a duration: one or more whole numbers with the units `ms`, `s`, `m`, `h` or `d`: `30s`, `1h30m`, `7d`.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err("the duration is empty".to_owned());
    }
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let (number, unit, after) = number_and_unit(rest, |c| !c.is_ascii_digit());
        let number: u64 =
            number.parse().map_err(|_| format!("`{text}` is not a duration: a whole number is missing"))?;
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "" => return Err(format!("`{text}` is not a duration: a unit is missing")),
            other => return Err(format!("`{text}` is not a duration: `{other}` is not a unit")),
        };
        let part = number.checked_mul(millis).map(Duration::from_millis);
        total =
            part.and_then(|part| total.checked_add(part)).ok_or_else(|| format!("`{text}` is too long a duration"))?;
        rest = after;
    }
    Ok(total)
}

/// Formats a duration for [`duration`], with the largest unit that leaves no rest.
pub(super) fn show_duration(duration: Duration) -> String {
    let millis = duration.as_millis();
    for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000)] {
        if millis.is_multiple_of(size) && (millis > 0 || unit == "s") {
            return format!("{}{unit}", millis / size);
        }
    }
    format!("{millis}ms")
}

/// Reads a size in bytes: a whole number with `B`, `KiB`, `MiB` or `GiB`, optionally after a space: `16 MiB`.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn size(text: &str) -> Result<u64, String> {
    let (number, unit, _) = number_and_unit(text.trim(), |_| true);
    let number: u64 = number.parse().map_err(|_| format!("`{text}` is not a size: a whole number is missing"))?;
    let factor = match unit.trim() {
        "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "" => return Err(format!("`{text}` is not a size: a unit is missing")),
        other => return Err(format!("`{text}` is not a size: `{other}` is not a unit")),
    };
    number.checked_mul(factor).ok_or_else(|| format!("`{text}` is too large a size"))
}

/// Formats a size for [`size`].
pub(super) fn show_size(bytes: u64) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if bytes != 0 && bytes.is_multiple_of(1 << shift) {
            return format!("{} {unit}", bytes >> shift);
        }
    }
    format!("{bytes} B")
}

/// Splits the digits off the beginning, then the unit: the following characters for which `in_unit` is true.
fn number_and_unit(text: &str, in_unit: impl Fn(char) -> bool) -> (&str, &str, &str) {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, rest) = text.split_at(digits);
    let end = rest.find(|c| !in_unit(c)).unwrap_or(rest.len());
    let (unit, after) = rest.split_at(end);
    (number, unit, after)
}

/// Checks a block of IP addresses in CIDR notation (RFC 4632): `127.0.0.0/8`, `fc00::/7`.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn cidr(text: &str) -> Result<(), String> {
    let Some((address, length)) = text.split_once('/') else {
        return Err(format!("`{text}` is not a block of IP addresses: its length is missing"));
    };
    let address: IpAddr = address
        .parse()
        .map_err(|_| format!("`{text}` is not a block of IP addresses: `{address}` is not an IP address"))?;
    let most: u8 = if address.is_ipv4() { 32 } else { 128 };
    match length.parse::<u8>() {
        Ok(length) if length <= most => Ok(()),
        _ => Err(format!("`{text}` is not a block of IP addresses: its length must be a number from 0 to {most}")),
    }
}

/// Checks a JSON pointer (RFC 6901): empty, or `/` before each step, with `~0` for `~` and `~1` for `/`.
///
/// # Errors
/// A sentence that says what is wrong.
pub(super) fn pointer(text: &str) -> Result<(), String> {
    if !text.is_empty() && !text.starts_with('/') {
        return Err(format!("`{text}` is not a JSON pointer: it must begin with `/`"));
    }
    if text.split('~').skip(1).any(|after| !after.starts_with(['0', '1'])) {
        return Err(format!("`{text}` is not a JSON pointer: `~` must be followed by 0 or 1"));
    }
    Ok(())
}

/// Returns what is between the braces of a template, in order.
///
/// # Errors
/// A sentence that says which brace is unmatched, or that a placeholder is empty.
pub(super) fn placeholders(template: &str) -> Result<Vec<&str>, String> {
    let mut found = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let after = &rest[at + 1..];
        if rest[at..].starts_with('}') {
            return Err(format!("`{template}` has a `}}` without a `{{`"));
        }
        let Some(close) = after.find(['{', '}']).filter(|&close| after[close..].starts_with('}')) else {
            return Err(format!("`{template}` has a `{{` without a `}}`"));
        };
        let inner = &after[..close];
        if inner.is_empty() {
            return Err(format!("`{template}` has an empty placeholder `{{}}`"));
        }
        found.push(inner);
        rest = &after[close + 1..];
    }
    Ok(found)
}

/// Returns a template with every placeholder replaced by the digit 1, for checking its result.
pub(super) fn fill(template: &str) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut inside = false;
    for c in template.chars() {
        match c {
            '{' => {
                inside = true;
                filled.push('1');
            }
            '}' => inside = false,
            _ if inside => {}
            _ => filled.push(c),
        }
    }
    filled
}

/// Returns the known name that is nearest to a mistyped one, if at most a third of its letters differ.
pub fn nearest<'a>(mistyped: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let most = (mistyped.chars().count() / 3).max(1);
    let distances = known.into_iter().map(|name| (distance(mistyped, name), name));
    distances.filter(|&(distance, _)| distance <= most).min().map(|(_, name)| name)
}

/// Returns how many letters must be inserted, deleted, replaced or swapped with their neighbor (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let a: Vec<char> = a.chars().collect();
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = above[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut fewest = replaced.min(above[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                fewest = fewest.min(before[j - 2] + 1);
            }
            row.push(fewest);
        }
        before = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |text: &str, expect: Option<u64>| {
            assert_eq!(duration(text).ok(), expect.map(Duration::from_millis), "{text:?}");
        };
        check("250ms", Some(250));
        check("30s", Some(30_000));
        check("5m", Some(300_000));
        check("1h30m", Some(5_400_000));
        check(" 7d ", Some(604_800_000));
        for bad in ["", "5", "s", "5 s", "1.5h", "-1s", "5w", "99999999999999999999s", "18446744073709551615d"] {
            check(bad, None);
        }
    }

    #[test]
    fn sizes() {
        let check = |text: &str, expect: Option<u64>| assert_eq!(size(text).ok(), expect, "{text:?}");
        check("0 B", Some(0));
        check("16 MiB", Some(16 << 20));
        check("500KiB", Some(500 << 10));
        for bad in ["", "16", "16 MB", "MiB", "1.5 GiB", "99999999999 GiB"] {
            check(bad, None);
        }
    }

    #[test]
    fn shown_values_read_back() {
        for millis in [0, 1, 999, 1_000, 90_000, 3_600_000, 86_400_000, 90_061_001] {
            let value = Duration::from_millis(millis);
            assert_eq!(duration(&show_duration(value)), Ok(value));
        }
        for bytes in [0, 1, 1023, 1024, 16 << 20, 3 << 30] {
            assert_eq!(size(&show_size(bytes)), Ok(bytes));
        }
    }

    #[test]
    fn blocks_of_addresses() {
        for good in ["127.0.0.0/8", "10.1.2.3/32", "0.0.0.0/0", "fc00::/7", "::1/128"] {
            assert_eq!(cidr(good), Ok(()), "{good}");
        }
        for bad in ["127.0.0.1", "127.0.0.1/33", "::1/129", "localhost/8", "1.2.3/8", "/8", "10.0.0.0/", "10.0.0.0/-1"]
        {
            assert!(cidr(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn pointers() {
        for good in ["", "/", "/data", "/a~1b/0", "/m~0n"] {
            assert_eq!(pointer(good), Ok(()), "{good}");
        }
        for bad in ["data", "/a~2", "/a~"] {
            assert!(pointer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn templates() {
        assert_eq!(placeholders("a{/ID}b{page}"), Ok(vec!["/ID", "page"]));
        assert_eq!(placeholders("plain"), Ok(vec![]));
        for bad in ["{", "a}", "{a{b}}", "{}", "{a"] {
            assert!(placeholders(bad).is_err(), "{bad}");
        }
        assert_eq!(fill("https://h/{/ID}.html?p={page}"), "https://h/1.html?p=1");
    }

    #[test]
    fn nearest_names() {
        let known = ["delay", "every", "exclude", "user_agent"];
        let check = |mistyped: &str, expect: Option<&str>| assert_eq!(nearest(mistyped, known), expect, "{mistyped}");
        check("evry", Some("every"));
        check("dealy", Some("delay"));
        check("user-agent", Some("user_agent"));
        check("usr_agnt", Some("user_agent"));
        check("timeout", None);
        check("x", None);
    }
}
