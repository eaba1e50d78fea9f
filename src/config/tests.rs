//! Malformed configurations, each with the position and text of the expected error.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::config::Config;
use crate::config::ConfigErrors;
use crate::config::Overrides;
use crate::config::Problem;

pub(super) const PORTAL: &str = r#"
name = "Cổng thử"
home = "https://a.example.vn/"
"#;

/// Makes a config folder with these files and an empty tintinh.toml.
pub(super) fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("portals")).unwrap();
    fs::write(dir.path().join("tintinh.toml"), "").unwrap();
    for (name, text) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    dir
}

pub(super) fn load(files: &[(&str, &str)]) -> Result<Config, ConfigErrors> {
    Config::load(folder(files).path())
}

pub(super) fn errors(files: &[(&str, &str)]) -> ConfigErrors {
    load(files).expect_err("the files are wrong")
}

/// Checks that one file has exactly this one problem.
#[track_caller]
pub(super) fn check_file(file: &str, text: &str, (line, column): (usize, usize), message: &str, hint: &str) {
    let errors = errors(&[(file, text)]);
    let problem = only(&errors);
    assert!(problem.file.ends_with(file), "{errors}");
    let at = problem.position.as_ref().unwrap();
    assert_eq!((at.line, at.column), (line, column), "{errors}");
    assert!(problem.message.contains(message), "{message:?} is not in\n{errors}");
    assert!(problem.hint.as_deref().unwrap_or_default().contains(hint), "{hint:?} is not in\n{errors}");
    let report = errors.to_string();
    assert!(report.contains(&format!("{file}:{line}:{column}")), "{report}");
    assert!(report.ends_with("1 error in 1 file"), "{report}");
}

#[track_caller]
pub(super) fn only(errors: &ConfigErrors) -> &Problem {
    assert_eq!(errors.len(), 1, "{errors}");
    &errors.problems()[0]
}

/// Checks `tintinh.toml`.
#[track_caller]
pub(super) fn check_main(text: &str, at: (usize, usize), message: &str, hint: &str) {
    check_file("tintinh.toml", text, at, message, hint);
}

/// Checks lines of a portal's file. They are counted from the first given line.
#[track_caller]
pub(super) fn check_portal(lines: &str, (line, column): (usize, usize), message: &str, hint: &str) {
    let head = format!("{}enabled = false\n", PORTAL.trim_start());
    check_file("portals/a.toml", &format!("{head}{lines}"), (line + 3, column), message, hint);
}

/// Checks lines of a source of a portal.
#[track_caller]
pub(super) fn check_source(lines: &str, (line, column): (usize, usize), message: &str, hint: &str) {
    check_portal(&format!("[[source]]\n{lines}"), (line + 1, column), message, hint);
}

#[test]
fn syntax() {
    let hint = "this is not TOML";
    check_main("contact = \n", (1, 11), "string values must be quoted", "put the text between quotes");
    check_main("[fetch\ndelay = \"5s\"\n", (1, 7), "", hint);
    check_main("contact = \"mailto:a@b.vn\n", (1, 25), "", hint);
    check_main("[fetch]\ndelay = \"5s\"\ndelay = \"6s\"\n", (3, 1), "duplicate key", "each key may appear once");
}

#[test]
fn unknown_keys() {
    check_main("[fetch]\ndlay = \"5s\"\n", (2, 1), "unknown key `dlay`", "did you mean `delay`?");
    check_main("[pages]\nfolder = \"x\"\n", (2, 1), "unknown key `folder`", "known keys here: keep, max_bytes");
    check_portal("evry = \"5m\"\n", (1, 1), "unknown key `evry`", "did you mean `every`?");
    check_portal("[[artcle]]\n", (1, 3), "unknown key `artcle`", "did you mean `article`?");
    check_portal("[[article]]\nheadline = \"h1\"\n", (2, 1), "unknown key `headline`", "known keys here: since, until");
}

#[test]
fn keys_in_the_wrong_table_or_file() {
    let top = "it belongs to the top of the file, above the first [table]";
    check_portal("[[article]]\nevery = \"5m\"\n", (2, 1), "`every` is in the wrong table", top);
    check_source(
        "kind = \"feed\"\nurl = \"https://a.example.vn/\"\nexclude = 'x'\n",
        (3, 1),
        "`exclude` is in the wrong",
        top,
    );
    check_source("kind = \"feed\"\nurl = \"https://a.example.vn/\"\n[source.identity]\n", (3, 9), "`identity`", top);
    check_portal(
        "url = \"https://a.example.vn/\"\n",
        (1, 1),
        "`url` is in the wrong",
        "[[source]] or `paging` of [[source]]",
    );
    let listing = "kind = \"listing\"\nurl = \"https://a.example.vn/\"\nbody = 'p'\n";
    check_source(listing, (3, 1), "`body` does not fit", "kind = \"json\", or it belongs to [[article]]");
    check_portal(
        "[identity]\nquery = 'id'\nlead = 'p'\n",
        (3, 1),
        "`lead` is in the wrong",
        "it belongs to [[article]]",
    );
    check_main("[log]\ncontact = \"mailto:a@b.vn\"\n", (2, 1), "`contact` is in the wrong", top);
    check_main("visit_time = \"5m\"\n", (1, 1), "`visit_time` is in the wrong", "it belongs to [engine]");
    check_main("[pages]\nevery = \"5m\"\n", (2, 1), "`every` is in the wrong", "it belongs to [defaults]");
    check_main("province = \"hue\"\n", (1, 1), "`province` is in the wrong file", "a key of portals/<id>.toml");
    check_portal("[fetch]\nmax_redirects = 1\n", (1, 2), "`fetch` is in the wrong file", "a key of tintinh.toml");
}

#[test]
fn names_with_dots_stand_between_quotes() {
    let quotes = "must be quoted";
    check_main("[fetch.resolve]\na.b.vn = \"127.0.0.1:80\"\n", (2, 1), quotes, "write it as in \"a.b.vn\" = …");
    check_main("[fetch]\nresolve = { b.vn = \"127.0.0.1:80\" }\n", (2, 13), "`b.vn` must be quoted", "\"b.vn\" = …");
    let two =
        errors(&[("tintinh.toml", "[fetch.resolve]\nwww.a.vn = \"127.0.0.1:80\"\nwww.b.vn = \"127.0.0.1:80\"\n")]);
    assert_eq!(two.problems().iter().map(place).collect::<Vec<_>>(), ["tintinh.toml:2:1", "tintinh.toml:3:1"], "{two}");
    check_main("[fetch.resolve]\n\"a.vn\" = {}\n", (2, 10), "must be a string, and is a table", "127.0.0.1:8080");
    let form = "kind = \"json\"\nurl = \"https://a.example.vn/\"\nlink = \"{/a}\"\nmethod = \"POST\"\nform = { do.x = \"1\" }\n";
    check_source(form, (5, 10), "`do.x` must be quoted", "\"do.x\" = …");
}

#[test]
fn wrong_types() {
    check_main(
        "[engine]\nconcurrency = \"8\"\n",
        (2, 15),
        "must be a whole number, and is a string",
        "concurrency = 1",
    );
    check_main("fetch = 1\n", (1, 9), "`fetch` must be a table, and is an integer", "[fetch]");
    check_main("[fetch]\nallow_ports = 80\n", (2, 15), "must be a list, and is an integer", "allow_ports = [8080]");
    check_portal("enabled2 = 1\n", (1, 1), "unknown key", "did you mean `enabled`?");
    check_portal("hosts = \"a.example.vn\"\n", (1, 9), "must be a list, and is a string", "hosts = [");
    check_portal("source = { kind = \"feed\" }\n", (1, 10), "must be a list of tables, and is a table", "[[source]]");
    check_portal("[[article]]\nsince = \"2019-01-01\"\n", (2, 9), "must be a date, and is a string", "without quotes");
    check_portal("[[article]]\nsince = 2019-01-01T10:00:00\n", (2, 9), "must be a day", "2019-01-01");
}

#[test]
fn durations_and_sizes() {
    check_main("[fetch]\ndelay = 5\n", (2, 9), "must be a duration, and is a bare number", "delay = \"5s\"");
    check_main("[fetch]\ndelay = \"5\"\n", (2, 9), "`5` is not a duration: a unit is missing", "\"30s\"");
    check_main("[fetch]\ndelay = \"5 w\"\n", (2, 9), "` w` is not a unit", "\"30s\"");
    check_main("[fetch]\ndelay = \"2d\"\n", (2, 9), "`delay` is out of bounds: 2d", "from 0s to 1h");
    check_main("[fetch]\nmax_body_bytes = \"5 MB\"\n", (2, 18), "`MB` is not a unit", "\"16 MiB\"");
    check_main("[pages]\nmax_bytes = 5\n", (2, 13), "must be a size, and is a bare number", "max_bytes = \"5 B\"");
    check_main(
        "[pages]\nmax_bytes = \"5 B\"\n",
        (2, 13),
        "`max_bytes` is out of bounds: 5 B",
        "from 1 MiB to 1024 GiB",
    );
    check_main("[engine]\nconcurrency = 0\n", (2, 15), "`concurrency` is out of bounds", "from 1 to 256");
    check_main(
        "[revisit]\nafter = [\"1d\", \"2h\"]\n",
        (2, 16),
        "the ages must be in ascending order",
        "shortest first",
    );
    check_main("[engine]\nvisit_time = \"30s\"\n", (2, 14), "shorter than one request may take (1m)", "total_timeout");
}

#[test]
fn settings_of_other_kinds() {
    let cidr = "[fetch]\nallow_addresses = [\"10.0.0.0/8\", \"127.0.0.1\"]\n";
    check_main(cidr, (2, 34), "`127.0.0.1` is not a block of IP addresses", "a single address is \"127.0.0.1/32\"");
    check_main("[fetch]\nallow_ports = [0]\n", (2, 16), "out of bounds", "from 1 to 65535");
    check_main("contact = \"a@b.vn\"\n", (1, 11), "neither a mailto: nor a web URL", "mailto:you@example.org");
    check_main("[fetch]\nuser_agent = \"đọc\"\n", (2, 14), "a User-Agent is a line of ASCII", "tintinh/0.1");
    check_main(
        "[fetch.resolve]\n\"a.vn\" = \"b:80\"\n",
        (2, 10),
        "`b:80` is not an address with a port",
        "127.0.0.1:8080",
    );
    check_main("[fetch.resolve]\n\"a.vn/\" = \"127.0.0.1:80\"\n", (2, 1), "`a.vn/` is not a host name", "example.vn");
    check_main("[log]\nfilter = \"a=loud\"\n", (2, 10), "`a=loud` is not a log filter", "info");
    check_main("[log]\nformat = \"jsn\"\n", (2, 10), "`jsn` is not a value of `format`", "did you mean \"json\"?");
}

#[test]
fn selectors_and_patterns() {
    check_portal("[[article]]\ntitle = [\"h1\", \"div[\"]\n", (2, 16), "`div[` is not a CSS selector", "\"h1.title\"");
    let words = "`li..x` is not a CSS selector: class needs ident";
    check_portal("[[article]]\ntitle = [\"li..x\"]\n", (2, 10), words, "\"h1.title\"");
    check_portal("[[article]]\ndrop = \"a @href\"\n", (2, 8), "takes elements, not attributes", "leave out ` @href`");
    check_portal("[[article]]\ntitle = \"\"\n", (2, 9), "`title` is empty", "leave the key out");
    check_portal(
        "exclude = ['^/a', '(']\n",
        (1, 19),
        "`(` is not a regular expression: unclosed group",
        "single quotes",
    );
    let pattern = "[[article]]\ndate = { select = \"p\", pattern = '[' }\n";
    check_portal(pattern, (2, 34), "`[` is not a regular expression", "single quotes");
    check_portal("[[article]]\ndate = [{ pattern = 'x' }]\n", (2, 9), "`select` is missing", "select = \"p.meta\"");
    check_portal(
        "[[article]]\ndate = [{ select = 'x', patern = 'x' }]\n",
        (2, 25),
        "unknown key `patern`",
        "`pattern`",
    );
    check_portal(
        "[[article]]\nsince = 2020-01-02\nuntil = 2020-01-01\n",
        (3, 9),
        "end on 2020-01-01, before they begin on 2020-01-02",
        "swap",
    );
}

#[test]
fn names_and_addresses_of_portals() {
    check_file(
        "portals/a.toml",
        "name = \"x\"\nhome = \"a.vn\"\nenabled = false\n",
        (2, 8),
        "is not the URL",
        "https://",
    );
    check_file("portals/a.toml", "home = \"https://a.vn\"\nenabled = false\n", (1, 1), "`name` is missing", "name = ");
    check_file("portals/a.toml", PORTAL, (1, 1), "the portal has no [[source]]", "enabled = false");
    check_portal("province = \"Vĩnh Phúc\"\n", (1, 12), "there is no province `Vĩnh Phúc`", "\"vinh-phuc\"");
    check_portal("province = \"BacLieu\"\n", (1, 12), "no province `BacLieu`", "did you mean \"bac-lieu\"?");
    check_portal("province = \"quang-nin\"\n", (1, 12), "no province `quang-nin`", "did you mean \"quang-ninh\"?");
    check_portal("province = \"TP. Hồ Chí Minh\"\n", (1, 12), "there is no province", "did you mean \"ho-chi-minh\"?");
    check_portal("province = \"vung-tau\"\n", (1, 12), "there is no province", "did you mean \"ba-ria-vung-tau\"?");
    check_portal("province = \"atlantis\"\n", (1, 12), "no province `atlantis`", "`tintinh catalogue` lists them");
    check_portal("language = \"Vietnamese\"\n", (1, 12), "`Vietnamese` is not a language tag", "language = \"vi\"");
    check_portal("hosts = [\"a.example.vn\", \"b.vn:80\"]\n", (1, 26), "`b.vn:80` is not a host name", "*.example.vn");
    check_portal("hosts = []\n", (1, 9), "`hosts` is empty", "by default");
    check_portal("group = \"A b\"\n", (1, 9), "`A b` is not a valid name", "group = ");
    let other = "name = \"x\"\nhome = \"https://a.vn/\"\nhosts = [\"b.vn\"]\nenabled = false\n";
    check_file(
        "portals/a.toml",
        other,
        (2, 8),
        "`a.vn` is not one of the portal's hosts (b.vn)",
        "add \"a.vn\" to `hosts`",
    );
}

#[test]
fn platforms_by_name() {
    let portal = |platform: &str| format!("{PORTAL}enabled = false\nplatform = \"{platform}\"\n");
    let found = errors(&[("platforms/own-cms.toml", "name = \"Own\"\n"), ("portals/a.toml", &portal("ownn-cms"))]);
    let problem = only(&found);
    assert_eq!(problem.message, "there is no platform `ownn-cms`");
    assert_eq!(problem.hint.as_deref(), Some("did you mean \"own-cms\"?"));
    // A platform with an invalid file still exists.
    let found = errors(&[("platforms/own-cms.toml", "nme = \"Own\"\n"), ("portals/a.toml", &portal("own-cms"))]);
    assert!(found.problems().iter().all(|problem| problem.file.ends_with("own-cms.toml")), "{found}");
}

#[test]
fn files_and_folders() {
    let dir = tempfile::tempdir().unwrap();
    let check = |errors: ConfigErrors, file: &str, message: &str, hint: &str| {
        let problem = only(&errors);
        assert!(problem.file.ends_with(file), "{errors}");
        assert!(problem.message.contains(message), "{errors}");
        assert!(problem.hint.as_deref().unwrap_or_default().contains(hint), "{errors}");
    };
    check(Config::load(&dir.path().join("none")).unwrap_err(), "none", "no such folder", "holds tintinh.toml");
    fs::create_dir(dir.path().join("portals")).unwrap();
    check(Config::load(dir.path()).unwrap_err(), "tintinh.toml", "the file is missing", "copy config/tintinh.toml");
    fs::remove_dir(dir.path().join("portals")).unwrap();
    fs::write(dir.path().join("tintinh.toml"), "").unwrap();
    check(
        Config::load(dir.path()).unwrap_err(),
        "portals",
        "the folder is missing",
        "one file into it for each portal",
    );

    let portal = format!("{PORTAL}enabled = false\n");
    let twice = errors(&[("portals/b/x.toml", &portal), ("portals/a/x.toml", &portal)]);
    check(twice, "portals/b/x.toml", "two files are called `x`", "a/x.toml; rename one of them");
    check(errors(&[("portals/Vĩnh.toml", &portal)]), "Vĩnh.toml", "`Vĩnh` is not a valid name", "a-z");
    let big = format!("#{}", "x".repeat(1 << 20));
    check(errors(&[("portals/x.toml", &big)]), "x.toml", "larger than 1 MiB", "split it");
}

#[test]
fn bytes_that_are_no_utf_8() {
    let dir = folder(&[]);
    fs::write(dir.path().join("tintinh.toml"), b"# a\n# T\xedn t\xf8c\n").unwrap();
    let errors = Config::load(dir.path()).unwrap_err();
    let problem = only(&errors);
    let at = problem.position.as_ref().unwrap();
    assert_eq!((at.line, at.column), (2, 4), "{errors}");
    assert_eq!(problem.hint.as_deref(), Some("save it as UTF-8"));
}

#[test]
fn all_errors_of_all_files_at_once() {
    let main = "contact = 5\n[fetch]\ndelay = \"5\"\nmax_redirects = 99\n[egine]\n";
    let platform = "[detect]\nany = [\"a[\", \"b[\"]\n";
    let portal = "name = 5\nhome = \"x\"\nplatform = \"broken\"\n[[source]]\nkind = \"feed\"\nurl = \"y\"\npages = -1\n[[article]]\n\
                  title = 5\nsince = 5\n";
    let syntax = "name = \"x\"\nhom = \"https://a.vn/\"\nevery = x\n[[source]\n";
    let errors = errors(&[
        ("tintinh.toml", main),
        ("platforms/broken.toml", platform),
        ("portals/a.toml", portal),
        ("portals/b.toml", syntax),
    ]);
    let places: Vec<String> = errors.problems().iter().map(place).collect();
    let expect = [
        "tintinh.toml:1:11",
        "tintinh.toml:3:9",
        "tintinh.toml:4:17",
        "tintinh.toml:5:2",
        "broken.toml:1:1",
        "broken.toml:2:8",
        "broken.toml:2:14",
        "a.toml:1:8",
        "a.toml:2:8",
        "a.toml:6:7",
        "a.toml:7:9",
        "a.toml:9:9",
        "a.toml:10:9",
        "b.toml:2:1",
        "b.toml:3:9",
        "b.toml:4:10",
    ];
    assert_eq!(places, expect, "{errors}");
    assert!(errors.to_string().ends_with("16 errors in 4 files"), "{errors}");
}

fn place(problem: &Problem) -> String {
    let file = Path::new(&problem.file).file_name().unwrap().to_string_lossy().into_owned();
    let at = problem.position.as_ref().unwrap();
    format!("{file}:{}:{}", at.line, at.column)
}

#[test]
fn a_report_shows_the_line_with_carets() {
    let errors = errors(&[("portals/a.toml", &format!("{PORTAL}enabled = false\nevry = \"5m\"\n"))]);
    let report = errors.to_string();
    let expect = "portals/a.toml:5:1\n  |\n5 | evry = \"5m\"\n  | ^^^^\n  |\n  = help: did you mean `every`?\n\n1 error in 1 file";
    assert!(report.starts_with("error: unknown key `evry`\n --> "), "{report}");
    assert!(report.ends_with(expect), "{report}");
    assert!(!report.contains('\x1b') && errors.render(true).contains('\x1b'), "colors only where asked for");
}

#[test]
fn folders_of_flags_stand_before_those_of_the_file() {
    let files = [("tintinh.toml", "state_dir = \"state\"\nrecords_dir = \"/r\"\n")];
    let dir = folder(&files);
    let config = Config::load(dir.path()).unwrap();
    assert_eq!((config.state_dir, config.records_dir), (dir.path().join("state"), "/r".into()));
    let flags = Overrides { state_dir: Some("s".into()), records_dir: None };
    let config = Config::load_with(dir.path(), &flags).unwrap();
    assert_eq!((config.state_dir, config.records_dir), ("s".into(), "/r".into()));
    let config = Config::load_with(folder(&[]).path(), &flags).unwrap();
    assert_eq!(config.records_dir, Path::new("s/records"));
    let config = Config::load(folder(&[]).path()).unwrap();
    assert_eq!(config.state_dir, Path::new("tintinh-data"));
}

#[test]
fn the_user_agent_names_the_contact() {
    let agent = |main: &str| load(&[("tintinh.toml", main)]).unwrap().fetch.user_agent;
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(agent(""), format!("tintinh/{version}"));
    assert_eq!(agent("contact = \"mailto:a@b.vn\"\n"), format!("tintinh/{version} (+mailto:a@b.vn)"));
    assert_eq!(
        agent("contact = \"https://b.vn/\"\n[fetch]\ndelay = \"1s\"\n"),
        format!("tintinh/{version} (+https://b.vn/)")
    );
    assert_eq!(agent("contact = \"mailto:a@b.vn\"\n[fetch]\nuser_agent = \"own/1\"\n"), "own/1");
}

#[test]
fn portals_get_what_their_files_do_not_say() {
    let times = |main: &str, portal: &str| {
        let portal = format!("{PORTAL}enabled = false\n{portal}");
        let config = load(&[("tintinh.toml", main), ("portals/a.toml", &portal)]).unwrap();
        (config.portals[0].every.as_secs(), config.portals[0].delay.as_secs(), config.fetch.delay.as_secs())
    };
    assert_eq!(times("", ""), (3600, 5, 5));
    assert_eq!(times("[fetch]\ndelay = \"9s\"\n", ""), (3600, 9, 9));
    assert_eq!(times("[defaults]\nevery = \"1h\"\ndelay = \"7s\"\n", ""), (3600, 7, 7));
    assert_eq!(times("[defaults]\nevery = \"1h\"\n", "every = \"2h\"\ndelay = \"3s\"\n"), (7200, 3, 5));
    let config = load(&[("portals/a.toml", &format!("{PORTAL}enabled = false\n"))]).unwrap();
    let portal = &config.portals[0];
    assert_eq!((portal.group.as_str(), portal.outlet.language.as_str()), ("a.example.vn", "vi"));
    assert_eq!(portal.scope.hosts, ["a.example.vn"]);
}

#[test]
fn one_host_is_of_one_group() {
    let portal = |hosts: &str, more: &str| {
        format!(
            "name = \"x\"\nhome = \"https://a.vn/\"\nhosts = [{hosts}]\n{more}\n[[source]]\nkind = \"feed\"\nurl = \"https://a.vn/rss\"\n"
        )
    };
    let first = portal("\"a.vn\", \"chung.vn\"", "group = \"mot\"");
    let with = |second: &str| load(&[("portals/a.toml", &first), ("portals/b.toml", second)]);
    let errors = with(&portal("\"a.vn\"", "group = \"hai\"")).expect_err("two groups");
    let problem = only(&errors);
    let at = problem.position.as_ref().unwrap();
    assert_eq!((at.line, at.column, &at.text[at.marked.clone()]), (3, 10, "\"a.vn\""), "{errors}");
    assert!(problem.message.contains("by the portal a too"), "{errors}");
    assert!(problem.hint.as_ref().unwrap().contains("group ="), "{errors}");
    for fine in [portal("\"a.vn\"", "group = \"mot\""), portal("\"a.vn\"", "enabled = false")] {
        with(&fine).unwrap_or_else(|errors| panic!("{errors}"));
    }
    let department = "name = \"y\"\nhome = \"https://so.a.vn/\"\nenabled = true\n[[source]]\nkind = \"feed\"\nurl = \"https://so.a.vn/rss\"\n";
    let above = portal("\"a.vn\", \"*.a.vn\"", "");
    load(&[("portals/a.toml", &above), ("portals/b.toml", department)]).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn tls() {
    check_portal("tls = \"legcy\"\n", (1, 7), "`legcy`", "\"legacy\"");
    check_portal("tls = 1\n", (1, 7), "must be", "tls = \"modern\"");
    check_portal("extra_ca = \"ca/none.pem\"\n", (1, 12), "ca/none.pem cannot be read", "issuer.pem");
    check_portal("intermediates = [\"tintinh.toml\"]\n", (1, 18), "holds no certificates", "issuer.pem");
    check_portal("pins = [\"sha256/abc\"]\n", (1, 9), "`sha256/abc` is not a pin", "base64");
    check_portal("pins = \"YWJj\"\n", (1, 8), "`YWJj` is not a pin", "sha256/");
}
