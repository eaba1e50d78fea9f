//! Sources and their lists: malformed ones with the position and text of the expected errors, and the results of valid ones.

use crate::config::tests::PORTAL;
use crate::config::tests::check_portal;
use crate::config::tests::check_source;
use crate::config::tests::errors;
use crate::config::tests::load;
use crate::discover::Reader;
use crate::discover::listing::ListingRules;
use crate::discover::listing::Paging;
use crate::text::date::DateOrder;

#[test]
fn sources() {
    check_source("url = \"https://a.example.vn/\"\n", (0, 1), "`kind` is missing", "\"feed\"");
    check_source("kind = \"feed\"\n", (0, 1), "`url` is missing", "https://");
    check_source(
        "kind = \"rss\"\nurl = \"https://a.example.vn/\"\n",
        (1, 8),
        "not a value of `kind`",
        "one of \"feed\"",
    );
    check_source(
        "kind = \"feed\"\nurl = \"https://b.vn/\"\n",
        (2, 7),
        "`b.vn` is not one of the portal's hosts",
        "to `hosts`",
    );
    let feed = "kind = \"feed\"\nurl = \"https://a.example.vn/\"\n";
    check_source(&format!("{feed}select = {{}}\n"), (3, 1), "does not fit kind = \"feed\"", "kind = \"listing\"");
    check_source(&format!("{feed}pages = 0\n"), (3, 9), "out of bounds", "from 1 to");
    let twice = format!("{feed}id = \"x\"\n[[source]]\n{feed}id = \"x\"\n");
    check_source(&twice, (7, 6), "two sources are called `x`", "an id of its own");
    let sitemap = "kind = \"sitemap\"\nurl = \"https://a.example.vn/\"\n";
    check_source(
        &format!("{sitemap}date_order = \"day-first\"\n"),
        (3, 1),
        "does not fit",
        "kind = \"feed\" and kind = \"listing\"",
    );
    check_source(
        &format!("{sitemap}include = [\"a\", \"*\"]\n"),
        (3, 17),
        "`*` is not a regular expression",
        "single quotes",
    );
}

#[test]
fn listings() {
    let head = "kind = \"listing\"\nurl = \"https://a.example.vn/tin\"\n";
    let check = |line: &str, column: usize, message: &str, hint: &str| {
        check_source(&format!("{head}{line}\n"), (3, column), message, hint);
    };
    check("paging = { parameter = \"p\" }", 10, "`by` is missing", "by = \"query\"");
    check("paging = { by = \"query\" }", 17, "needs `parameter`", "parameter = \"page\"");
    check("paging = { by = \"none\", first = 2 }", 25, "`first` does not fit", "by = \"query\" and by = \"path\"");
    check("paging = { by = \"qury\", parameter = \"p\" }", 17, "not a value of `by`", "did you mean \"query\"?");
    check("paging = { by = \"path\", pattern = \"/p\" }", 35, "where the page's number is", "{page}");
    check("paging = { by = \"path\", pattern = \"/{n}\" }", 35, "placeholder other than {page}", "/page/{page}");
    check("paging = { by = \"path\", pattern = \"/{page\" }", 35, "has a `{` without a `}`", "/page/{page}");
    let post = "paging = { by = \"post\", url = \"/more\", form = { p = \"{pge}\" } }";
    let found = errors(&[("portals/a.toml", &format!("{PORTAL}[[source]]\n{head}{post}\n"))]);
    assert!(found.to_string().contains("`{pge}` is not a placeholder of a form"), "{found}");
    let post = "paging = { by = \"post\", url = \"https://b.vn/\", form = { p = \"{page}\" } }";
    check(post, 10, "`b.vn` is not one of the portal's hosts", "to `hosts`");
    check("select = { itm = \"li\" }", 12, "unknown key `itm`", "did you mean `item`?");
}

#[test]
fn json_lists() {
    let head = "kind = \"json\"\nurl = \"https://a.example.vn/api\"\n";
    let link = "link = \"{/url}\"\n";
    let check = |line: &str, column: usize, message: &str, hint: &str| {
        check_source(&format!("{head}{link}{line}\n"), (4, column), message, hint);
    };
    check_source(head, (1, 8), "kind = \"json\" needs `link`", "link = \"{/url}\"");
    check("items = \"data\"", 9, "`data` is not a JSON pointer", "\"/data\"");
    check("fields = { title = \"Title\" }", 20, "`Title` is not a JSON pointer", "\"/Title\"");
    check("fields = { titel = \"/Title\" }", 12, "unknown key `titel`", "did you mean `title`?");
    check("content = \"article\"", 11, "where the article's content is", "fields = { content");
    check("method = \"POST\"", 10, "a POST needs a body", "form = ");
    check("form = { a = \"1\" }", 1, "`form` is only sent by POST", "method = \"POST\"");
    check("form = { a = 1 }\nmethod = \"POST\"", 14, "must be a string, and is an integer", "length = \"50\"");
    let both = format!("{head}{link}method = \"POST\"\nform = {{}}\nbody = {{}}\n");
    check_source(&both, (6, 1), "has either `form` or `body`, not both", "keep the one");
}

#[test]
fn a_wrong_kind_or_address_has_no_followers() {
    let keys = "content = \"article\"\npaging = { by = \"next-link\", select = \"a\" }\nfields = {}\n";
    check_source(&format!("kind = \"jsn\"\nurl = \"https://a.example.vn/\"\n{keys}"), (1, 8), "`jsn`", "\"json\"");
    let head = "kind = \"json\"\nurl = \"/api\"\nlink = \"/tin/{/ID}\"\ndate_order = \"day-first\"\n";
    check_source(head, (2, 7), "`/api` is not the URL of a page", "https://");
    let post = "paging = { by = \"post\", url = \"/more\", form = { p = \"{page}\" } }\n";
    check_source(&format!("kind = \"listing\"\nurl = \"tin\"\n{post}"), (2, 7), "`tin` is not the URL", "https://");
    check_source(
        "kind = \"listing\"\nurl = \"https://a.example.vn/\"\ndate_order = \"mdy\"\n",
        (3, 14),
        "`mdy`",
        "one of",
    );
}

#[test]
fn links_of_json_lists() {
    let check = |link: &str, message: &str, hint: &str| {
        let source = format!("kind = \"json\"\nurl = \"https://a.example.vn/api\"\nlink = \"{link}\"\n");
        check_source(&source, (3, 8), message, hint);
    };
    check("https://a.example.vn/x", "is the same for every row", "{/ID}");
    check("https://a.example.vn/{ID}", "`{ID}` is not a JSON pointer in braces", "{/ID}");
    check("https://a.example.vn/{/ID", "has a `{` without a `}`", "{/ID}");
    check("https://b.vn/{/ID}", "`b.vn` is not one of the portal's hosts", "add \"b.vn\"");
    check("https://:x/{/ID}", "gives no valid URL", "https://");
}

#[test]
fn sources_get_names_and_numbers_of_pages() {
    let source =
        |kind: &str, more: &str| format!("[[source]]\nkind = \"{kind}\"\nurl = \"https://a.example.vn/\"\n{more}");
    let text = [
        source("feed", ""),
        source("listing", "pages = 7\n"),
        source("feed", ""),
        source("sitemap", ""),
        source("feed", "id = \"feed-3\"\n"),
        source("feed", ""),
    ];
    let config = load(&[("portals/a.toml", &format!("{PORTAL}{}", text.concat()))]).unwrap();
    let sources: Vec<(&str, u32)> =
        config.portals[0].sources.iter().map(|source| (source.id.as_str(), source.max_pages)).collect();
    let expect = [("feed", 5), ("listing", 7), ("feed-2", 5), ("sitemap", 50), ("feed-3", 5), ("feed-4", 5)];
    assert_eq!(sources, expect);
}

#[test]
fn a_list_without_rules_is_read_by_its_platform_at_its_own_address() {
    let platform = "name = \"Own\"\n[listing]\nselect = { item = [\"li.news\"] }\ndate_order = \"month-first\"\n\
                    paging = { by = \"post\", url = \"/more?x=1\", form = { p = \"{page}\" } }\n";
    let source = |more: &str| format!("[[source]]\nkind = \"listing\"\nurl = \"https://a.example.vn/tin/tuc\"\n{more}");
    let text = [source(""), source("select = { item = \"tr\" }\n"), source("paging = { by = \"none\" }\n")].concat();
    let portal = format!("{PORTAL}platform = \"own\"\n{text}");
    let config = load(&[("platforms/own.toml", platform), ("portals/a.toml", &portal)]).unwrap();
    let rules = config.portals[0].sources.iter().map(|source| match &source.reader {
        Reader::Listing(rules) => rules,
        other => panic!("{other:?}"),
    });
    let target = |rules: &ListingRules| match &rules.paging {
        Paging::Post { url, .. } => url.to_string(),
        other => format!("{other:?}"),
    };
    let seen: Vec<(String, String, DateOrder)> =
        rules.map(|rules| (rules.item[0].text.clone(), target(rules), rules.date_order)).collect();
    let more = "https://a.example.vn/more?x=1".to_owned();
    let expect = [
        ("li.news".to_owned(), more.clone(), DateOrder::MonthFirst),
        ("tr".to_owned(), more, DateOrder::MonthFirst),
        ("li.news".to_owned(), "None".to_owned(), DateOrder::MonthFirst),
    ];
    assert_eq!(seen, expect);
}

#[test]
fn identity() {
    check_portal("[identity]\n", (1, 1), "`[identity]` names nothing", "query or path");
    check_portal("[identity]\nquery = 5\n", (2, 9), "`query` must be a string", "ItemID");
    let rule = |rule: &str| format!("[identity]\npath = [{{ {rule} }}]\n");
    check_portal(&rule("name = '/$1'"), (2, 9), "`pattern` is missing", "-(\\d+)");
    check_portal(&rule("pattern = '(', name = '/$1'"), (2, 21), "not a regular expression", "regex crate");
    check_portal(&rule("pattern = '(a)', name = '$1'"), (2, 35), "does not begin with `/`", "/tin/$1");
    check_portal(&rule("pattern = '(a)', name = '/a'"), (2, 35), "names no group", "/tin/$1");
}
