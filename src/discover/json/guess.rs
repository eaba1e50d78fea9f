//! Guesses the rules for an unknown JSON list: the array whose rows have a URL and a title, whatever their names are.
//!
//! Rows are flattened into fields. The words in a field's name determine its role, if its values fit that role. URLs, titles and dates are also
//! recognized by their values alone.

use std::collections::HashMap;
use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;

use crate::discover::json;
use crate::discover::json::JsonPaging;
use crate::discover::json::JsonRules;
use crate::discover::json::MAX_WRAPS;
use crate::discover::plain;
use crate::html::charset;
use crate::html::charset::Markup;
use crate::model::page::Page;
use crate::model::request::Request;
use crate::text::date;
use crate::text::date::DateOrder;
use crate::text::unicode;
use crate::text::vietnamese::fold_ascii;

/// Maximum number of objects and arrays around a list, and around a field inside its rows.
const MAX_DEPTH: usize = 12;

/// Maximum number of rows of a list, or values of an array, that are examined.
const MAX_ROWS: usize = 40;

/// Maximum number of fields of a row that are examined.
const MAX_FIELDS: usize = 300;

/// Minimum number of rows of a list if its fields are not recognized by name.
const FEW: usize = 2;

/// Minimum average number of words in the titles of a list of articles. Menus have fewer.
const TITLE_WORDS: usize = 4;

/// Maximum number of characters of a title, and of the name of a section or author.
const TITLE_LENGTH: usize = 300;
const NAME_LENGTH: usize = 100;

/// Maximum number of characters of a date, and minimum number of its digits: `Sat, 02 May 2026 16:13:00 GMT`, `2026-5-2`.
const DATE_LENGTH: usize = 48;
const DATE_DIGITS: usize = 6;

/// Minimum length of a word that also matches inside a longer one: `publish` in `publishedat`.
const LONG_WORD: usize = 5;

/// The role of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// A field of no use that could be confused with a useful one.
    Other,
    Image,
    Author,
    Section,
    Modified,
    Date,
    Link,
    Summary,
    Title,
    Guid,
}

/// The roles in the order in which they are tried, with the folded words of their names, the most certain first.
const ROLES: [(Role, &str); 10] = [
    (Role::Other, "expire expiry expiration delete ketthuc hethan end comment parent api amp edit"),
    (Role::Image, "image thumb img picture photo avatar hinhanh anhdaidien anh hinh cover media"),
    (Role::Author, "author tacgia byline nguoiviet nguoidang butdanh creator writer user"),
    (Role::Section, "category categories chuyenmuc danhmuc section theloai cate cat zone channel"),
    (Role::Modified, "modified update lastmod capnhat ngaysua changed edited"),
    (Role::Date, "publish pubdate xuatban ngaydang posted date ngay thoigian time issued created ngaytao timestamp"),
    (Role::Link, "permalink link links url href duongdan lienket uri path canonical"),
    (
        Role::Summary,
        "summary sapo tomtat excerpt trichyeu trichdan description desc lead mota teaser abstract intro snippet",
    ),
    (Role::Title, "title headline tieude subject tenbai name ten caption"),
    (Role::Guid, "id guid uuid"),
];

/// How certain a role is. Smaller is better: the word's position in the list, whether the word is only a part of the name, the field's depth.
type Rank = (usize, bool, usize);

/// A field of a list's rows.
struct Column<'a> {
    /// The JSON pointer from the row.
    path: String,
    values: Vec<&'a Value>,
}

/// Rules, with a score for how much their result looks like a list of articles.
struct Guess {
    rules: JsonRules,
    score: usize,
}

/// Returns the rules for a response's best list. None if it has none.
pub fn rules(request: &Request, page: &Page) -> Option<JsonRules> {
    let text = charset::decode(&page.body, page.http.content_type.as_deref(), Markup::Json).text;
    let root = json::parse(&text).ok()?.value;
    search(&root, "", (0, 0), request).map(|guess| guess.rules)
}

/// Finds the best list within a value. If scores are equal, the first wins. `around` is the number of enclosing values and how many times JSON was
/// wrapped in a string.
fn search(value: &Value, path: &str, around: (usize, usize), request: &Request) -> Option<Guess> {
    let (depth, wraps) = (around.0 + 1, around.1);
    let best = |one: Guess, other: Guess| if other.score > one.score { other } else { one };
    match value {
        _ if depth > MAX_DEPTH => None,
        Value::String(text) if wraps < MAX_WRAPS && text.trim_start().starts_with(['{', '[']) => {
            search(&json::parse(text).ok()?.value, path, (depth, wraps + 1), request)
        }
        Value::Object(fields) => {
            let below = fields.iter().map(|(name, value)| (below(path, name), value));
            below.filter_map(|(path, value)| search(value, &path, (depth, wraps), request)).reduce(best)
        }
        Value::Array(rows) => list(rows, path, request).or_else(|| {
            let below = rows.iter().take(MAX_ROWS).enumerate().map(|(at, value)| (format!("{path}/{at}"), value));
            below.filter_map(|(path, value)| search(value, &path, (depth, wraps), request)).reduce(best)
        }),
        _ => None,
    }
}

/// Returns the pointer to a field.
fn below(path: &str, name: &str) -> String {
    format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// Guesses how to read an array as a list.
fn list(rows: &[Value], path: &str, request: &Request) -> Option<Guess> {
    let rows: Vec<&Value> = rows.iter().take(MAX_ROWS).filter(|row| row.is_object()).collect();
    let columns = columns(&rows);
    let mut chosen: Vec<(Role, Rank, &Column<'_>)> = Vec::new();
    for column in &columns {
        let Some((role, rank)) = column.role(rows.len()) else { continue };
        match chosen.iter_mut().find(|(other, ..)| *other == role) {
            Some(known) if rank < known.1 => *known = (role, rank, column),
            Some(_) => {}
            None => chosen.push((role, rank, column)),
        }
    }
    let of = |role: Role| chosen.iter().find(|(other, ..)| *other == role);
    let (link, title) = (of(Role::Link)?, of(Role::Title)?);
    let is_named = [link, title].iter().all(|(_, (word, ..), _)| *word != usize::MAX);
    let count =
        rows.iter().filter(|row| [link, title].iter().all(|(.., field)| row.pointer(&field.path).is_some())).count();
    if count < FEW && !(is_named && count > 0) {
        return None;
    }
    let words: usize = title.2.texts().map(|text| text.split_whitespace().count()).sum();
    let is_of_articles = words >= TITLE_WORDS * title.2.values.len();
    let dates = || [Role::Date, Role::Modified].into_iter().filter_map(of);
    let score = count * if is_of_articles { 2 } else { 1 } * if dates().next().is_some() { 2 } else { 1 };
    let path_of = |role: Role| of(role).map(|(.., column)| column.path.clone());
    let shown: Vec<String> = dates().flat_map(|(.., column)| column.texts()).collect();
    let rules = JsonRules {
        request: request.clone(),
        items: path.to_owned(),
        link: link_template(link.2),
        title: path_of(Role::Title),
        date: path_of(Role::Date),
        modified: path_of(Role::Modified),
        summary: path_of(Role::Summary),
        content: None,
        guid: path_of(Role::Guid),
        image: path_of(Role::Image),
        author: path_of(Role::Author),
        section: path_of(Role::Section),
        content_is_article: false,
        date_order: date::shown_order(shown.iter().map(String::as_str)).unwrap_or_default(),
        paging: JsonPaging::None,
    };
    Some(Guess { rules, score })
}

/// Returns the fields of rows, in their order.
fn columns<'a>(rows: &[&'a Value]) -> Vec<Column<'a>> {
    let mut columns: Vec<Column<'a>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let mut fields = Vec::new();
        flatten(row, String::new(), 0, &mut fields);
        for (path, value) in fields {
            let at = *known.entry(path.clone()).or_insert(columns.len());
            match columns.get_mut(at) {
                Some(column) => column.values.push(value),
                None => columns.push(Column { path, values: vec![value] }),
            }
        }
    }
    columns
}

/// Collects the texts and numbers of a row with their pointers. Of an array, only the first value counts. Pointers with braces are left out, because
/// braces end a pointer in a template.
fn flatten<'a>(value: &'a Value, path: String, depth: usize, out: &mut Vec<(String, &'a Value)>) {
    match value {
        _ if depth > MAX_DEPTH || out.len() >= MAX_FIELDS || path.contains(['{', '}']) => {}
        Value::Object(fields) => {
            for (name, value) in fields {
                flatten(value, below(&path, name), depth + 1, out);
            }
        }
        Value::Array(values) => match values.first() {
            Some(first @ (Value::Object(_) | Value::Array(_))) => flatten(first, format!("{path}/0"), depth + 1, out),
            Some(first) => flatten(first, path, depth + 1, out),
            None => {}
        },
        Value::String(text) if text.trim().is_empty() => {}
        Value::String(_) | Value::Number(_) => out.push((path, value)),
        Value::Null | Value::Bool(_) => {}
    }
}

impl Column<'_> {
    /// Returns the column's role: by its name if its values fit, otherwise by its values.
    fn role(&self, rows: usize) -> Option<(Role, Rank)> {
        let depth = self.path.matches('/').count();
        let named = self.path.split('/').skip(1).map(roles_named).find(|roles| !roles.is_empty());
        if let Some(named) = named {
            // The URL of a section or an author is not the article's.
            let is_of_other = matches!(named.first(), Some((Role::Other | Role::Author | Role::Section, ..)));
            let mut tried = named.into_iter().take(if is_of_other { 1 } else { ROLES.len() });
            let fitting = tried.find(|(role, ..)| self.fits(*role, rows, true));
            return fitting.map(|(role, word, is_part)| (role, (word, is_part, depth)));
        }
        let role = [Role::Date, Role::Link, Role::Title].into_iter().find(|role| self.fits(*role, rows, false))?;
        // If texts are not recognized by name, the shortest is the title.
        let length = || self.texts().map(|text| text.len()).sum::<usize>() / self.values.len();
        Some((role, (usize::MAX, true, if role == Role::Title { length() } else { depth })))
    }

    /// Whether nearly all values fit a role.
    fn fits(&self, role: Role, rows: usize, is_named: bool) -> bool {
        let most = |part: usize, whole: usize| part * 5 >= whole * 4;
        let alike = self.values.iter().filter(|value| looks_like(value, role, is_named)).count();
        let different = || self.texts().collect::<HashSet<_>>().len();
        let is_of_row =
            self.path.split('/').all(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit()));
        most(alike, self.values.len())
            && match role {
                Role::Other | Role::Image | Role::Author | Role::Section => true,
                Role::Modified | Role::Date | Role::Summary => is_of_row,
                Role::Title if is_named => is_of_row && self.values.len() * 2 >= rows,
                Role::Link | Role::Title => {
                    is_of_row && self.values.len() * 2 >= rows && most(different(), self.values.len())
                }
                Role::Guid => is_of_row && most(different(), self.values.len()),
            }
    }

    fn texts(&self) -> impl Iterator<Item = String> {
        self.values.iter().filter_map(|value| json::text_of(value))
    }
}

/// Returns the roles that a name suggests, each with its word's position and whether the name contains more than the word.
fn roles_named(name: &str) -> Vec<(Role, usize, bool)> {
    let name = fold_ascii(&unicode::spaced(name));
    let parts: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let whole = parts.concat();
    let speaks = |word: &str| word == whole || parts.contains(&word) || word.len() >= LONG_WORD && whole.contains(word);
    let found = ROLES.iter().filter_map(|(role, words)| {
        let (at, word) = words.split(' ').enumerate().find(|(_, word)| speaks(word))?;
        Some((*role, at, word != whole))
    });
    found.collect()
}

/// Whether a value fits a role.
fn looks_like(value: &Value, role: Role, is_named: bool) -> bool {
    let text = json::text_of(value).unwrap_or_default();
    let length = text.chars().count();
    let is_words = || value.is_string() && text.chars().any(char::is_alphabetic) && !is_address(&text, false);
    match role {
        Role::Other => true,
        Role::Image => IMAGE.is_match(&text) || is_address(&text, false),
        Role::Author | Role::Section => is_words() && length <= NAME_LENGTH,
        Role::Modified | Role::Date => {
            length <= DATE_LENGTH
                && text.bytes().filter(u8::is_ascii_digit).count() >= DATE_DIGITS
                && json::date_of(value, DateOrder::DayFirst).is_some()
        }
        Role::Link => {
            value.is_string() && is_address(&text, is_named) && !IMAGE.is_match(&text) && !API.is_match(&text)
        }
        Role::Summary => is_words(),
        Role::Title => {
            let words = || text.split_whitespace().count();
            is_words()
                && length <= TITLE_LENGTH
                && plain::title(&text).is_some()
                && (is_named || words() >= TITLE_WORDS)
        }
        Role::Guid => !text.contains(char::is_whitespace) && length <= TITLE_LENGTH,
    }
}

/// Whether a text is a URL: absolute, or relative to the site's root. If the field's name says that it is one, the leading slash may be missing.
fn is_address(text: &str, is_named: bool) -> bool {
    let is_full = ["http://", "https://", "/"].iter().any(|begin| text.len() > begin.len() && text.starts_with(begin));
    let is_path =
        || is_named && !text.contains(':') && text.contains(['/', '.', '?']) && text.starts_with(char::is_alphanumeric);
    !text.contains(|c: char| c.is_whitespace() || c == '<') && (is_full || is_path())
}

static IMAGE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?i)\.(?:jpe?g|png|gif|webp|avif|svg|bmp)(?:$|[?#])").expect("a constant pattern"));

/// URLs meant for programs.
static API: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)/(?:[a-z_-]*api|wp-json|graphql)(?:/|$)|\.json(?:$|[?#])").expect("a constant pattern")
});

/// Returns the template that turns a row into a URL. A path without a leading slash is relative to the site's root.
fn link_template(column: &Column<'_>) -> String {
    let is_bare = column.texts().all(|text| !text.contains([':', '?']) && !text.starts_with('/'));
    format!("{}{{{}}}", if is_bare { "/" } else { "" }, column.path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::discover::Reader;
    use crate::discover::testing::*;
    use crate::model::request::Expect;

    fn guess(answer: &Value) -> Option<JsonRules> {
        let page = page(&url("https://tinh.example/api/tin"), answer.to_string());
        rules(&Request::get(page.url.clone(), Expect::Json), &page)
    }

    /// Checks what the guessed rules read.
    #[track_caller]
    fn check(answer: &Value, expect: &[&str]) {
        let rules = guess(answer).unwrap_or_else(|| panic!("no list in {answer}"));
        let found = read_first(Reader::Json(Box::new(rules.clone())), answer.to_string());
        assert_eq!(rows(&found), expect, "{rules:#?}");
    }

    const TITLES: [&str; 3] =
        ["Khởi công nhà văn hóa thôn Đông", "Bà con xã Mẫu vào vụ cấy", "Trao học bổng cho học sinh nghèo"];

    /// Creates rows with a function of their number and title.
    fn many(row: impl Fn(usize, &str) -> Value) -> Vec<Value> {
        TITLES.iter().enumerate().map(|(at, title)| row(at + 1, title)).collect()
    }

    fn lines(date: &str) -> Vec<String> {
        TITLES.iter().enumerate().map(|(at, title)| format!("/tin/{} | {title} | {date}", at + 1)).collect()
    }

    #[track_caller]
    fn check_rows(answer: &Value, date: &str) {
        let expect = lines(date);
        check(answer, &expect.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn lists_are_found_whatever_their_names_are() {
        let minute = "2026-05-14T00:22";
        check_rows(
            &json!(many(|n, title| json!({"url": format!("/tin/{n}"), "title": title, "date": "2026-05-14T00:22:30"}))),
            minute,
        );
        let camel = many(|n, title| {
            json!({"newsId": n, "newsTitle": title, "detailUrl": format!("/tin/{n}"), "publishedAt": 1_778_692_950_000_i64,
                   "updatedAt": 1_778_700_000_000_i64, "views": 15, "thumbnailUrl": "/anh.jpg", "categoryName": "Xã hội",
                   "apiUrl": format!("/v1/{n}"), "categoryUrl": format!("/muc/{n}")})
        });
        check_rows(&json!({"success": true, "result": {"total": 3, "items": camel}}), minute);
        let edges = many(|n, title| {
            json!({"cursor": format!("c{n}"), "node": {"title": title, "uri": format!("/tin/{n}"), "date": "2026-05-14T00:22:30",
                   "author": {"node": {"name": "Lê Thị Bưởi", "url": format!("/tac-gia/{n}")}},
                   "featuredImage": {"node": {"sourceUrl": "/a.png"}}}})
        });
        check_rows(&json!({"data": {"posts": {"pageInfo": {"hasNextPage": true}, "edges": edges}}}), minute);
        let wordpress = many(|n, title| {
            json!({"id": n, "date": "2026-05-14T00:22:30", "guid": {"rendered": format!("https://tinh.example/?p={n}")},
                   "link": format!("https://tinh.example/tin/{n}"), "title": {"rendered": title}, "categories": [4],
                   "excerpt": {"rendered": "<p>Tóm tắt</p>"}, "_links": {"self": [{"href": "https://tinh.example/wp-json/wp/v2/posts/1"}]}})
        });
        check_rows(&json!(wordpress), minute);
        let vietnamese = many(
            |n, title| json!({"TieuDe": title, "DuongDan": format!("tin/{n}"), "NgayDang": "/Date(1778692950000)/"}),
        );
        check_rows(&json!({"d": {"results": vietnamese}}), minute);
        check_rows(&json!({"d": json!({"rows": vietnamese_lower()}).to_string()}), "2026-05-14");
        let nameless = many(
            |n, title| json!({"a": title, "b": format!("/tin/{n}"), "c": "14/05/2026 00:22", "d": format!("{title}. {title}.")}),
        );
        check_rows(&json!({"x": nameless}), minute);
    }

    fn vietnamese_lower() -> Vec<Value> {
        many(
            |n, title| json!({"tieude": title, "tomtat": "Tóm tắt tin", "lienket": format!("/tin/{n}"), "ngaydang": "14/05/2026"}),
        )
    }

    #[test]
    fn fields_are_mapped() {
        let rows = many(|n, title| {
            json!({"id": n, "name": title, "slug": format!("tin-{n}"), "href": format!("https://tinh.example/tin/{n}"), "sapo": "Bà con vui mừng.",
                   "avatar": "/a.webp", "created_time": "05/14/2026 08:00", "lastModified": "05/15/2026 08:00", "expireDate": "05/15/2027",
                   "author": {"name": "Lê Thị Bưởi"}, "category": {"name": "Xã hội", "url": "/xa-hoi"}, "tags": [{"name": "lúa", "url": "/the/lua"}]})
        });
        let rules =
            guess(&json!({"menu": [{"url": "/a", "title": "Tin"}, {"url": "/b", "title": "Ảnh"}], "list": rows}))
                .unwrap();
        let told = [
            Some(rules.items),
            Some(rules.link),
            rules.title,
            rules.date,
            rules.modified,
            rules.summary,
            rules.guid,
            rules.image,
            rules.author,
            rules.section,
        ];
        let told: Vec<&str> = told.iter().flatten().map(String::as_str).collect();
        let expect = [
            "/list",
            "{/href}",
            "/name",
            "/created_time",
            "/lastModified",
            "/sapo",
            "/id",
            "/avatar",
            "/author/name",
            "/category/name",
        ];
        assert_eq!((told.as_slice(), rules.date_order), (expect.as_slice(), DateOrder::MonthFirst));
    }

    #[test]
    fn what_has_no_rows_with_address_and_title_is_no_list() {
        for answer in [
            json!({"error": "not found"}),
            json!([1, 2, 3]),
            json!([{"id": 1, "name": "Xã Mẫu"}, {"id": 2, "name": "Xã Bé"}]),
            json!([{"url": "/a.jpg", "title": "Ảnh một"}, {"url": "/b.jpg", "title": "Ảnh hai"}]),
            json!([{"href": "/api/1", "title": "Một"}, {"href": "/api/2", "title": "Hai"}]),
            json!([{"url": "/tin", "title": "Một"}, {"url": "/tin", "title": "Hai"}, {"url": "/tin", "title": "Ba"}]),
            json!({"a": "[{\"url\":"}),
        ] {
            assert!(guess(&answer).is_none(), "{answer}");
        }
        let html = page(&url("https://tinh.example/"), "<html>");
        assert!(rules(&Request::get(html.url.clone(), Expect::Json), &html).is_none());
    }

    #[test]
    fn what_is_looked_at_is_bounded() {
        let list = json!([{"url": "/tin/1", "title": "Tin"}]);
        let deep = |depth: usize| (0..depth).fold(list.clone(), |inner, _| json!({"a": inner}));
        assert_eq!([MAX_DEPTH - 1, MAX_DEPTH].map(|depth| guess(&deep(depth)).is_some()), [true, false]);
        let wide = |fields: usize| {
            let mut row: serde_json::Map<String, Value> = (0..fields).map(|n| (format!("a{n}"), json!(n))).collect();
            row.insert("title".to_owned(), json!("Tin"));
            row.insert("url".to_owned(), json!("/tin/1"));
            json!([row])
        };
        assert_eq!([MAX_FIELDS - 2, MAX_FIELDS].map(|fields| guess(&wide(fields)).is_some()), [true, false]);
    }
}
