//! Tests of settings that are allowed but probably mistakes.

use std::fs;

use crate::config::Config;
use crate::config::Problem;
use crate::config::tests::PORTAL;
use crate::config::tests::folder;
use crate::config::tests::load;

#[test]
fn what_is_hardly_meant_is_a_warning() {
    let check = |main: &str, portal: &str, expect: &[&str]| {
        let source = "[[source]]\nkind = \"feed\"\nurl = \"https://a.example.vn/rss\"\n";
        let portal = format!("{PORTAL}{portal}{source}");
        let warnings = load(&[("tintinh.toml", main), ("portals/a.toml", &portal)]).unwrap().warnings;
        assert_eq!(warnings.len(), expect.len(), "{warnings:?}");
        for (warning, words) in warnings.iter().zip(expect) {
            assert!(warning.message.contains(words) && warning.hint.is_some(), "{warning}");
        }
    };
    check("contact = \"mailto:a@b.vn\"\n", "", &[]);
    check("", "enabled = false\n", &["`contact` is not set", "no portal is enabled"]);
    check("[fetch]\nuser_agent = \"own/1\"\n", "delay = \"10ms\"\n", &["portal a is asked more than once a second"]);
    let own = "[fetch]\nuser_agent = \"own/1\"\ndelay = \"0s\"\nresolve = { \"a.example.vn\" = \"127.0.0.1:80\" }\n";
    check(own, "", &[]);
}

/// Returns the warnings about a portal with these lines above its source, as `line:column: message`.
fn warned(main: &str, lines: &str, source: &str) -> Vec<String> {
    let main = format!("contact = \"mailto:a@b.vn\"\n{main}");
    let portal = format!("{}{lines}[[source]]\n{source}\n", PORTAL.trim_start());
    let config = load(&[("tintinh.toml", &main), ("portals/a.toml", &portal)]).unwrap();
    let line = |warning: &Problem| {
        let at = warning.position.as_ref().map(|at| format!("{}:{}: ", at.line, at.column)).unwrap_or_default();
        format!("{at}{}", warning.message)
    };
    config.warnings.iter().map(line).collect()
}

#[test]
fn an_exclude_that_leaves_nothing_of_a_source_is_a_warning() {
    let listing = "kind = \"listing\"\nurl = \"https://a.example.vn/tin?p=1\"";
    let check = |exclude: &str, source: &str, expect: &str| {
        let warnings = warned("", &format!("exclude = {exclude}\n"), source);
        let is_as_expected =
            if expect.is_empty() { warnings.is_empty() } else { warnings.concat().starts_with(expect) };
        assert!(warnings.len() < 2 && is_as_expected, "{exclude}: {warnings:?}");
    };
    for everything in ["^/", ".*", "/", "", r"\w"] {
        check(&format!("['^/x/', '{everything}']"), listing, "3:");
        check(&format!("'{everything}'"), listing, "3:11: `exclude` covers every article");
    }
    check("['/van-ban', '^/tin']", listing, "3:24: `exclude` covers the URL of the source listing with `^/tin`");
    check("'^https://a.example.vn/van-ban'", listing, "3:11: `exclude` never matches with `^https:");
    check("['/x/', '^van-ban/']", listing, "3:19: `exclude` never matches with `^van-ban/`");
    let json = "kind = \"json\"\nurl = \"https://a.example.vn/api\"\nlink = \"/bai/{/ID}.html\"";
    check("'^/bai/'", json, "3:11: `exclude` covers every article of the source json");
    let sitemap = "kind = \"sitemap\"\nurl = \"https://a.example.vn/sitemap.xml\"\ninclude = '/tin/'";
    check("'/tin/'", sitemap, "3:11: `exclude` covers what is included of the source sitemap");
    check(
        "'/x/'",
        &sitemap.replace("'/tin/'", "['^https://a.example.vn/tin/', '^tin/']"),
        "7:42: `include` never matches",
    );
    check("['^/tin/', '[.]pdf$']", listing, "");
    check("'^/van-ban/'", json, "");
    check("'/tin/chung/'", sitemap, "");
}

#[test]
fn a_command_that_cannot_be_run_is_a_warning() {
    let feed = "kind = \"feed\"\nurl = \"https://a.example.vn/rss\"";
    let check = |program: &str, expect: Option<&str>| {
        let warnings = warned(&format!("[alarms]\ncommand = [\"{program}\", \"--all\"]\n"), "", feed);
        let expect =
            expect.map(|reason| format!("3:12: alarms will not be reported: the `command` {program} {reason}"));
        assert_eq!(warnings.len(), usize::from(expect.is_some()), "{warnings:?}");
        assert!(expect.is_none_or(|expect| warnings[0].starts_with(&expect)), "{warnings:?}");
    };
    let dir = folder(&[("tell", "#!/bin/sh\n")]);
    let path = |name: &str| dir.path().join(name).display().to_string();
    check(&path("none"), Some("cannot be found"));
    check(&path("portals"), Some("is not a file"));
    check(&path("tell"), Some("is not executable"));
    let line = warned("[alarms]\ncommand = [\"/bin/sh -c x\"]\n", "", feed);
    assert!(line[0].contains("`command` /bin/sh -c x cannot be found"), "{line:?}");
    check("/bin/sh", None);
    // Each table with a command, at its own position.
    let all = warned(
        "[[notify]]\nid = \"a\"\nkind = \"command\"\ncommand = [\"/bin/sh\"]\n\
         [[notify]]\nid = \"ban\"\nkind = \"command\"\ncommand = [\"/no/tell\", \"x\"]\n\
         [[sink]]\nid = \"kho\"\nkind = \"command\"\ncommand = [\"/no/put\"]\n",
        "",
        feed,
    );
    let said = [
        "9:12: nobody will be told by `ban`: the `command` /no/tell cannot be found",
        "13:12: records will wait for the sink `kho`",
    ];
    assert!(all.len() == 2 && all.iter().zip(said).all(|(line, said)| line.starts_with(said)), "{all:?}");
}

#[test]
fn one_source_in_two_files_is_a_warning() {
    let portal = |host: &str, group: &str, source: &str| {
        format!("name = \"x\"\nhome = \"https://{host}/\"\ngroup = \"{group}\"\n[[source]]\n{source}\n")
    };
    let first = portal("a.vn", "a", "kind = \"feed\"\nurl = \"https://a.vn/rss?x=1&y=2\"");
    let check = |second: &str, expect: Option<&str>| {
        let main = ("tintinh.toml", "contact = \"mailto:a@b.vn\"\n");
        let config = load(&[main, ("portals/a.toml", &first), ("portals/b.toml", second)]).unwrap();
        let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
        assert_eq!(warnings.len(), usize::from(expect.is_some()), "{warnings:?}");
        assert!(expect.is_none_or(|expect| warnings[0].contains(expect)), "{warnings:?}");
    };
    let same = "portals/b.toml:6:7: the source feed is the same as the source feed of the portal a (leave one";
    for url in ["https://a.vn/rss?x=1&y=2", "http://a.vn/rss?y=2&x=1", "http://a.vn:80/rss?x=1&y=2#top"] {
        check(&portal("a.vn", "a", &format!("kind = \"feed\"\nurl = \"{url}\"")), Some(same));
    }
    let www = portal("www.a.vn", "b", "kind = \"listing\"\nurl = \"https://www.a.vn/rss?x=1&y=2\"");
    check(&www, Some("portals/b.toml:6:7: the source listing is the same as the source feed of the portal a"));
    check(&portal("a.vn", "a", "kind = \"feed\"\nurl = \"https://a.vn/rss?x=2\""), None);
    check(&www.replace("[[source]]", "enabled = false\n[[source]]"), None);
    let json = "kind = \"json\"\nurl = \"https://a.vn/api\"\nlink = \"{/url}\"\nmethod = \"POST\"\nform = { list = \"1\" }\n[[source]]\n";
    let json = format!("{json}{}", json.replace("\"1\"", "\"2\"").replace("[[source]]\n", ""));
    check(&portal("a.vn", "a", &json), None);
    check(
        &portal("a.vn", "a", &json.replace("\"2\"", "\"1\"")),
        Some("the source json-2 is the same as the source json ("),
    );
}

/// Returns a file of certificates in the form used by issuers.
fn pem(ders: &[&[u8]]) -> String {
    use base64ct::Base64;
    use base64ct::Encoding;
    let block = |der: &&[u8]| {
        let text = Base64::encode_string(der);
        let lines: Vec<&str> = text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
        format!("an issuer\n-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    };
    ders.iter().map(block).collect()
}

#[test]
fn certificates_are_read_from_pem_and_der_and_unverified_is_warned_of() {
    let [first, second, ..] = webpki_root_certs::TLS_SERVER_ROOT_CERTS else { panic!("no roots") };
    let portal = format!(
        "{PORTAL}tls = \"unverified\"\nextra_ca = \"ca/two.pem\"\nintermediates = [\"ca/one.der\"]\npins = \"sha256/{}\"\nsource = [{{ kind = \"feed\", url = \"https://a.example.vn/rss\" }}]\n",
        "A".repeat(43) + "="
    );
    let dir = folder(&[("ca/two.pem", &pem(&[first, second])), ("portals/a.toml", &portal)]);
    fs::write(dir.path().join("ca/one.der"), second).unwrap();
    let config = Config::load(dir.path()).unwrap_or_else(|errors| panic!("{errors}"));
    let tls = &config.portals[0].tls;
    assert_eq!(tls.extra_ca, [first.to_vec(), second.to_vec()]);
    assert_eq!(tls.intermediates, [second.to_vec()]);
    assert_eq!(tls.pins, [[0; 32]]);
    let warned: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    assert!(warned.iter().any(|line| line.contains("portals/a.toml:4:7: portal a has tls")), "{warned:?}");
}
