//! robots.txt (RFC 9309): parsing and matching. Pure, total, and linear in the size of the file.
//!
//! Beyond the RFC, it reads what large crawlers read too: a missing colon, common misspellings, `Crawl-delay`, `Sitemap`, and an `Allow` of a
//! folder's `index.html` as one of the folder.

#[cfg(test)]
mod tests;

use std::time::Duration;

use memchr::memmem;

/// Number of bytes of a robots.txt that are read: the minimum of RFC 9309, section 2.5.
pub const MAX_BYTES: usize = 500 << 10;
/// Length at which a line is cut, as in Google's parser. No URL is that long.
const MAX_LINE: usize = 2083 * 8 - 1;
/// Maximum number of `Sitemap` lines.
const MAX_SITEMAPS: usize = 100;

/// A parsed robots.txt.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Robots {
    groups: Vec<Group>,
    sitemaps: Vec<String>,
}

/// The rules of a robots.txt for one crawler.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rules {
    rules: Vec<Rule>,
    /// `Crawl-delay` as written; the caller limits it.
    pub crawl_delay: Option<Duration>,
}

/// The verdict of the rules on a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It may be fetched.
    Allowed,
    /// It may not be fetched; contains the line that disallows it.
    Disallowed(String),
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Group {
    agents: Vec<Agent>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq)]
struct Agent {
    token: Token,
    crawl_delay: Option<Duration>,
}

/// The crawler that a user-agent line names.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// `*`.
    Everyone,
    /// A product token in lower case. It is empty if the value does not begin with one (`008`, `"*"`): the line names no crawler that we know, but it
    /// begins or continues a group like any other (section 2.1).
    Product(Vec<u8>),
}

#[derive(Debug, Clone, PartialEq)]
struct Rule {
    allow: bool,
    /// Percent-normalized; `*` is a wildcard, a final `$` the end.
    pattern: Vec<u8>,
    line: String,
}

impl Robots {
    /// Parses a file of any bytes. Only whole lines within the first [`MAX_BYTES`] count.
    ///
    /// A line that the limit cuts does not count. Its rule would be shorter, and so wider, than in the file.
    pub fn parse(bytes: &[u8]) -> Robots {
        let bytes = whole_lines(bytes);
        let mut reader = Reader::default();
        for line in without_bom(bytes).split(|&byte| byte == b'\n' || byte == b'\r') {
            reader.line(line.get(..MAX_LINE).unwrap_or(line));
        }
        reader.finish()
    }

    /// Returns the rules for a crawler with this product token: the groups that name it, else those of `*` (section 2.2.1).
    pub fn for_agent(&self, token: &str) -> Rules {
        let token = Token::Product(token.to_ascii_lowercase().into_bytes());
        let is_named = self.groups.iter().any(|group| group.agents.iter().any(|agent| agent.token == token));
        let wanted = if is_named { token } else { Token::Everyone };
        let mut found = Rules::default();
        for group in &self.groups {
            let mut agents = group.agents.iter().filter(|agent| agent.token == wanted).peekable();
            if agents.peek().is_none() {
                continue;
            }
            found.rules.extend_from_slice(&group.rules);
            found.crawl_delay = found.crawl_delay.or_else(|| agents.find_map(|agent| agent.crawl_delay));
        }
        found
    }

    /// URLs of sitemaps, as written.
    pub fn sitemaps(&self) -> &[String] {
        &self.sitemaps
    }
}

impl Rules {
    /// Returns the verdict on a path with its query, percent-encoded as in a URL. The longest match counts; of two equally long ones, the one that
    /// allows (section 2.2.2). The fetcher handles the implicit permission for `/robots.txt` itself, because it requests it before there are rules.
    pub fn verdict(&self, path_and_query: &str) -> Verdict {
        let path = normalize(path_and_query.as_bytes(), Side::Path);
        let matching = self.rules.iter().filter(|rule| matches(&rule.pattern, &path));
        match matching.max_by_key(|rule| (rule.pattern.len(), rule.allow)) {
            Some(rule) if !rule.allow => Verdict::Disallowed(rule.line.clone()),
            _ => Verdict::Allowed,
        }
    }
}

#[derive(Default)]
struct Reader {
    robots: Robots,
    /// The current group, if a user-agent line has begun one.
    group: Option<Group>,
}

impl Reader {
    fn line(&mut self, line: &[u8]) {
        let Some((key, value)) = key_and_value(line) else { return };
        match key {
            Key::UserAgent => self.user_agent(value),
            Key::Allow => self.rule(true, value),
            Key::Disallow => self.rule(false, value),
            Key::CrawlDelay => self.crawl_delay(value),
            Key::Sitemap => {
                if self.robots.sitemaps.len() < MAX_SITEMAPS && !value.is_empty() {
                    self.robots.sitemaps.push(String::from_utf8_lossy(value).into_owned());
                }
            }
        }
    }

    fn user_agent(&mut self, value: &[u8]) {
        let token = Token::of(value);
        let has_rules = self.group.as_ref().is_some_and(|group| !group.rules.is_empty());
        if has_rules {
            self.robots.groups.extend(self.group.take());
        }
        self.group.get_or_insert_default().agents.push(Agent { token, crawl_delay: None });
    }

    /// Adds a rule. Rules before the first user-agent line apply to nobody.
    fn rule(&mut self, allow: bool, value: &[u8]) {
        let Some(group) = &mut self.group else { return };
        let line = format!("{}: {}", if allow { "Allow" } else { "Disallow" }, String::from_utf8_lossy(value));
        let pattern = normalize(value, Side::Pattern);
        if let Some(folder) = folder_of_index(&pattern).filter(|_| allow) {
            group.rules.push(Rule { allow, pattern: folder, line: line.clone() });
        }
        group.rules.push(Rule { allow, pattern, line });
    }

    /// Records a delay for the agents named so far. Other lines do not separate groups (section 2.2.4).
    fn crawl_delay(&mut self, value: &[u8]) {
        let Some(delay) = std::str::from_utf8(value).ok().and_then(parse_delay) else { return };
        for agent in self.group.iter_mut().flat_map(|group| &mut group.agents) {
            agent.crawl_delay.get_or_insert(delay);
        }
    }

    fn finish(mut self) -> Robots {
        self.robots.groups.extend(self.group.take());
        // An empty pattern matches nothing; it only ends the list of agents.
        for group in &mut self.robots.groups {
            group.rules.retain(|rule| !rule.pattern.is_empty());
        }
        self.robots
    }
}

/// Returns the folder of an `index.html`: `/a/index.html` is also the URL of `/a/`, and of nothing else in it.
fn folder_of_index(pattern: &[u8]) -> Option<Vec<u8>> {
    let slash = pattern.iter().rposition(|&byte| byte == b'/')?;
    let (folder, name) = pattern.split_at_checked(slash + 1)?;
    name.starts_with(b"index.htm").then(|| [folder, b"$"].concat())
}

#[derive(Clone, Copy)]
enum Key {
    UserAgent,
    Allow,
    Disallow,
    CrawlDelay,
    Sitemap,
}

/// Prefixes of keys, including common misspellings. More letters may follow, as in Google's parser (`Disallowed`, `User-agents`).
const KEYS: [(&[u8], Key); 14] = [
    (b"user-agent", Key::UserAgent),
    (b"useragent", Key::UserAgent),
    (b"user agent", Key::UserAgent),
    (b"allow", Key::Allow),
    (b"disallow", Key::Disallow),
    (b"dissallow", Key::Disallow),
    (b"dissalow", Key::Disallow),
    (b"disalow", Key::Disallow),
    (b"diasllow", Key::Disallow),
    (b"disallaw", Key::Disallow),
    (b"crawl-delay", Key::CrawlDelay),
    (b"crawldelay", Key::CrawlDelay),
    (b"sitemap", Key::Sitemap),
    (b"site-map", Key::Sitemap),
];

/// Splits a line at its colon, or at its only space if the colon is missing.
fn key_and_value(line: &[u8]) -> Option<(Key, &[u8])> {
    let line = line.split(|&byte| byte == b'#').next().unwrap_or_default();
    // Everything after a NUL in the line is ignored.
    let line = trim(line).split(|&byte| byte == 0).next().map(trim).unwrap_or_default();
    let (key, value) =
        line.split_at_checked(line.iter().position(|&byte| byte == b':').or_else(|| only_blank(line))?)?;
    let (_, value) = value.split_first()?;
    let written = trim(key).to_ascii_lowercase();
    let (_, key) = KEYS.iter().find(|(name, _)| written.starts_with(name))?;
    Some((*key, trim(value)))
}

/// Returns the position of the space that replaces a missing colon: the only one between two words.
fn only_blank(line: &[u8]) -> Option<usize> {
    let blank = line.iter().position(u8::is_ascii_whitespace)?;
    let has_more = trim(line.get(blank..)?).iter().any(u8::is_ascii_whitespace);
    (!has_more).then_some(blank)
}

/// Removes whitespace, and NUL, which ends files saved by old editors.
fn trim(mut text: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = text
        && (first.is_ascii_whitespace() || matches!(first, 0 | 0x0b))
    {
        text = rest;
    }
    while let [rest @ .., last] = text
        && (last.is_ascii_whitespace() || matches!(last, 0 | 0x0b))
    {
        text = rest;
    }
    text
}

/// Returns the lines that end within the limit.
fn whole_lines(bytes: &[u8]) -> &[u8] {
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let Some((head, [next, ..])) = bytes.split_at_checked(MAX_BYTES) else { return bytes };
    if is_end(next) {
        return head;
    }
    head.iter().rposition(is_end).and_then(|end| head.get(..end)).unwrap_or_default()
}

/// Removes a byte order mark, even one that was cut short.
fn without_bom(bytes: &[u8]) -> &[u8] {
    let mark = [0xef, 0xbb, 0xbf];
    let length = bytes.iter().zip(mark).take_while(|&(&byte, expected)| byte == expected).count();
    bytes.get(length..).unwrap_or_default()
}

impl Token {
    /// Reads the value of a user-agent line: the product token at its start (`a-z`, `_`, `-`), or everyone.
    fn of(value: &[u8]) -> Token {
        if let [b'*', rest @ ..] = value
            && rest.first().is_none_or(u8::is_ascii_whitespace)
        {
            return Token::Everyone;
        }
        let is_token = |byte: &&u8| byte.is_ascii_alphabetic() || matches!(byte, b'-' | b'_');
        Token::Product(value.iter().take_while(is_token).map(u8::to_ascii_lowercase).collect())
    }
}

fn parse_delay(text: &str) -> Option<Duration> {
    let seconds: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

#[derive(Clone, Copy, PartialEq)]
enum Side {
    Pattern,
    Path,
}

/// Brings percent-encoding to one form (section 2.2.2): unreserved characters bare, others as upper-case escapes.
///
/// `*` and `$` in a URL are escaped, so that they only match a pattern's `%2A` and `%24` (section 2.2.3). Non-ASCII bytes are kept: a URL has none.
fn normalize(text: &[u8], side: Side) -> Vec<u8> {
    let mut normal = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        if *first == b'%'
            && let [high, low, after @ ..] = after
            && let (Some(high), Some(low)) = (hex(*high), hex(*low))
        {
            rest = after;
            let byte = high * 16 + low;
            if is_unreserved(byte) {
                normal.push(byte);
            } else {
                escape(byte, &mut normal);
            }
            continue;
        }
        let is_special = match side {
            Side::Path => matches!(first, b'*' | b'$'),
            Side::Pattern => !first.is_ascii() || (*first == b'$' && !rest.is_empty()),
        };
        if is_special { escape(*first, &mut normal) } else { normal.push(*first) }
    }
    normal
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn escape(byte: u8, into: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    into.push(b'%');
    for digit in [byte >> 4, byte & 15] {
        into.extend(DIGITS.get(usize::from(digit)));
    }
}

/// Whether a pattern matches the beginning of a path. Each part between wildcards is searched for at its first occurrence, in time linear in pattern
/// and path, so that no line costs more than its length.
fn matches(pattern: &[u8], path: &[u8]) -> bool {
    let (pattern, to_the_end) = match pattern {
        [pattern @ .., b'$'] => (pattern, true),
        _ => (pattern, false),
    };
    let mut stretches = pattern.split(|&byte| byte == b'*');
    let Some(mut rest) = path.strip_prefix(stretches.next().unwrap_or_default()) else { return false };
    let mut stretches = stretches.peekable();
    if stretches.peek().is_none() {
        return rest.is_empty() || !to_the_end;
    }
    while let Some(stretch) = stretches.next() {
        if to_the_end && stretches.peek().is_none() {
            return rest.ends_with(stretch);
        }
        let Some(at) = memmem::find(rest, stretch) else { return false };
        rest = rest.get(at + stretch.len()..).unwrap_or_default();
    }
    true
}
