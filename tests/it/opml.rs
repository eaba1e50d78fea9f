//! `tintinh opml`: what other feed readers export becomes portals that work, and what is configured goes back to them.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::path::Path;

use tintinh::config::Config;

use crate::world::Done;
use crate::world::World;

/// A world with two portals that have nothing to do with the feeds.
async fn world() -> World {
    let world = World::new().await;
    world.only(&["demo-vinhphuc", "demo-dongmau"]);
    world
}

fn write(world: &World, text: &str) -> String {
    let path = world.path().join("feeds.opml");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

async fn import(world: &World, text: &str, more: &[&str]) -> Done {
    let file = write(world, text);
    world.run(&[&["opml", "import", file.as_str()], more].concat()).await
}

fn portal(world: &World, id: &str) -> String {
    fs::read_to_string(world.config("portals").join(format!("{id}.toml"))).unwrap()
}

fn ids(world: &World) -> Vec<String> {
    let config = Config::load(&world.path().join("config")).unwrap_or_else(|errors| panic!("{errors}"));
    config.portals.iter().map(|portal| portal.outlet.portal.to_string()).collect()
}

/// As Miniflux writes it: a folder, all feeds in it.
const MINIFLUX: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0">
    <head>
        <title>Miniflux</title>
        <dateCreated>Mon, 24 Nov 2025 08:00:00 +07:00</dateCreated>
    </head>
    <body>
        <outline text="Các tỉnh">
            <outline title="Hòa Bình - Tin tức" text="Hòa Bình - Tin tức" xmlUrl="http://hoabinh.tintinh.test/tin-tuc/-/asset_publisher/kT8wQxLmZ2aB/rss" htmlUrl="http://hoabinh.tintinh.test/" description="" type="rss"></outline>
        </outline>
    </body>
</opml>"#;

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_an_opml_file_becomes_a_portal_whose_articles_are_fetched() {
    let world = world().await;
    let done = import(&world, MINIFLUX, &[]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.out.contains("new portal hoa-binh: 1 feed\n"), "{}", done.out);
    assert!(done.out.ends_with("1 feed imported, 0 left out\n"), "{}", done.out);
    world.run_well(&["check"]).await;
    world.run_well(&["fetch", "hoa-binh"]).await;
    let records = world.records();
    let wanted: Vec<_> =
        tintinh::demo::expected().into_iter().filter(|one| one.host == "hoabinh.tintinh.test").collect();
    assert!(wanted.len() > 3 && records.len() == wanted.len(), "{} of {}", records.len(), wanted.len());
    for record in &records {
        let wanted = wanted.iter().find(|one| one.url == record.url.as_str()).unwrap();
        assert_eq!((record.portal.as_str(), record.outlet.as_str()), ("hoa-binh", "Hòa Bình"));
        assert_eq!((&record.title, &record.date_published), (&wanted.title, &wanted.published), "{}", record.url);
        assert!(record.content_text.contains(&wanted.paragraphs[0]), "{}", record.url);
    }
    // A second time nothing is left to do.
    let before = portal(&world, "hoa-binh");
    let again = import(&world, MINIFLUX, &[]).await;
    assert!(again.out.contains("portal hoa-binh already has it"), "{}", again.out);
    assert_eq!(portal(&world, "hoa-binh"), before);
}

/// As `FreshRSS` and Feedly write it, with what goes wrong in such files.
const AWKWARD: &str = "\u{feff}<opml version='2.0' xmlns:frss='https://freshrss.org/opml'>
<head/>
<body>
<outline text='Tin tức'>
<outline text='Địa phương'>
<outline TEXT='Báo Mẫu - Thời sự' TYPE='rss' XMLURL='https://baomau.example/rss?a=1&amp;b=2' HTMLURL='https://www.baomau.example/'/>
<outline text='Báo Mẫu - Kinh tế &amp; đời sống' type='rss' xmlUrl='https://baomau.example/rss?a=1&b=3' htmlUrl='https://www.baomau.example/'/>
</outline>
<outline text='Lại Báo Mẫu' type='rss' xmlUrl='https://baomau.example/rss?b=2&amp;a=1'/>
<outline text='Qua máy khác' type='rss' xmlUrl='https://feeds.example/mot' htmlUrl='https://mot.example/'/>
<outline text='Cũng qua máy khác' type='rss' xmlUrl='https://feeds.example/hai' htmlUrl='https://hai.example/'/>
<outline text='Trang XPath' type='HTML+XPath' xmlUrl='https://xpath.example/' frss:xPathItem='//li[a]'/>
<outline text='Thư' type='rss' xmlUrl='mailto:a@b.example'/>
<outline text='Bỏ' type='rss' xmlUrl='https://bo.example/rss' isComment='true'/>
<outline text='Cũ' type='rss' xmlUrl='feed://cu.example/rss'/>
<outline xmlUrl='https://khongten.example/rss' type='atom'/>
<outline text='新闻' xmlUrl='https://xinwen.example/rss' language='zh-CN'/>
<outline text='Hà Giang' xmlUrl='https://hagiang.gov.vn/rss'/>
</outline>
</body></opml>";

#[tokio::test(flavor = "multi_thread")]
async fn awkward_files_become_right_configurations_and_nothing_is_passed_over_in_silence() {
    let world = world().await;
    let done = import(&world, AWKWARD, &["--dry-run"]).await;
    assert_eq!((done.code, ids(&world).len()), (Some(0), 2), "{done:#?}");
    assert!(done.out.ends_with("8 feeds would be imported, 4 left out\n"), "{}", done.out);
    let done = import(&world, AWKWARD, &[]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let expect = [
        "bao-mau",
        "cu.example",
        "demo-dongmau",
        "demo-vinhphuc",
        "hagiang",
        "hai.example",
        "khongten.example",
        "mot.example",
        "xinwen.example",
    ];
    assert_eq!(ids(&world), expect);
    for left in [
        "line 9: Lại Báo Mẫu: the same feed as in line 6",
        "line 12: Trang XPath: its type is `html+xpath`, which is not a feed",
        "line 13: Thư: `mailto:a@b.example`: the scheme is `mailto`",
        "line 14: Bỏ: it is commented out",
    ] {
        assert!(done.out.contains(&format!("left out, {left}")), "{left}\n{}", done.out);
    }
    let text = portal(&world, "bao-mau");
    assert_eq!(
        text,
        r#"name = "Báo Mẫu"
home = "https://www.baomau.example/"
hosts = ["www.baomau.example", "baomau.example"]
verified = "imported from feeds.opml; nothing was fetched"

# Báo Mẫu - Thời sự; line 6 of feeds.opml, folder Tin tức / Địa phương
[[source]]
id = "thoi-su"
kind = "feed"
url = "https://baomau.example/rss?a=1&b=2"

# Báo Mẫu - Kinh tế & đời sống; line 7 of feeds.opml, folder Tin tức / Địa phương
[[source]]
id = "kinh-te-doi-song"
kind = "feed"
url = "https://baomau.example/rss?a=1&b=3"
"#
    );
    // One server for two sites: it is asked by one visit at a time.
    assert!(portal(&world, "hai.example").contains("group = \"mot.example\"\n"));
    let third = "<opml><body><outline text='Ba' xmlUrl='https://feeds.example/ba' htmlUrl='https://ba.example/'/></body></opml>";
    let done = import(&world, third, &[]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(
        portal(&world, "ba.example").contains("group = \"mot.example\"\n"),
        "of the group that asks the server already"
    );
    assert!(portal(&world, "cu.example").contains("url = \"http://cu.example/rss\"\n"));
    assert!(portal(&world, "xinwen.example").contains("language = \"zh-CN\"\n"));
    assert!(portal(&world, "hagiang").contains("province = \"ha-giang\"\n"), "the catalogue knows the host");
}

/// Portals are named after the catalogue, their site or its folder; what a feed is called is a rubric.
#[tokio::test(flavor = "multi_thread")]
async fn a_portal_is_named_after_its_site_and_the_catalogue_knows_newspapers_and_departments() {
    let world = world().await;
    let text = "<opml><body>
<outline text='Miền Trung'>
<outline text='Thời sự' xmlUrl='https://baonghean.vn/rss/thoi-su'/>
<outline text='Tin nông nghiệp' xmlUrl='https://sonongnghiep.nghean.gov.vn/rss'/>
<outline text='Pháp luật' xmlUrl='https://baohaiphong.com.vn/rss/phap-luat'/>
</outline>
<outline text='Tờ tin Cồn Én'>
<outline text='Thời sự' xmlUrl='https://ctte.example/rss/1'/>
<outline text='Kinh tế' xmlUrl='https://ctte.example/rss/2'/>
</outline>
<outline text='Thời sự | Báo Phù Sa' xmlUrl='https://baophusa.example/rss'/>
<outline text='Thời sự' xmlUrl='https://khac.example/rss'/>
</body></opml>";
    let done = import(&world, text, &[]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    let told = |id: &str, lines: &[&str]| {
        let text = portal(&world, id);
        for line in lines {
            assert!(text.contains(&format!("{line}\n")), "{line}: {text}");
        }
    };
    told("baonghean", &["name = \"Báo Nghệ An\"", "province = \"nghe-an\"", "platform = \"news-a\""]);
    told("sonongnghiep.nghean", &["province = \"nghe-an\""]);
    told("baohaiphong", &["name = \"Báo Hải Phòng\"", "province = \"hai-phong\""]);
    told("to-tin-con-en", &["name = \"Tờ tin Cồn Én\"", "id = \"kinh-te\""]);
    told("bao-phu-sa", &["name = \"Báo Phù Sa\""]);
    told("khac.example", &["name = \"khac.example\"", "id = \"thoi-su\""]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_feeds_are_taken_over_but_for_three_that_are_malformed() {
    for malformed in [false, true] {
        let world = world().await;
        let outline = |n: usize| match n {
            17 if malformed => "<outline text='Hỏng xmlUrl='https://hong.example/rss'/>\n".to_owned(),
            50 if malformed => "<outline text='Không có đích' xmlUrl=https://hong.example/rss/>\n".to_owned(),
            83 if malformed => {
                "<outline text='Hai lần' xmlUrl='https://a.example/' xmlUrl='https://b.example/'/>\n".to_owned()
            }
            _ => format!(
                "<outline text='Thời sự' xmlUrl='https://bao{n}.example/rss' htmlUrl='https://bao{n}.example/'/>\n"
            ),
        };
        let feeds: String = (0..100).map(outline).collect();
        let done = import(&world, &format!("<opml version='2.0'><body>\n{feeds}</body></opml>"), &[]).await;
        let (taken, left) = if malformed { (97, 3) } else { (100, 0) };
        assert_eq!(done.code, Some(0), "{done:#?}");
        assert!(done.out.ends_with(&format!("{taken} feeds imported, {left} left out\n")), "{}", done.out);
        assert_eq!(ids(&world).len(), 2 + taken);
        for line in [19, 52, 85].into_iter().filter(|_| malformed) {
            assert!(done.out.contains(&format!("left out, line {line}: ")), "{line}: {}", done.out);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_of_a_portal_that_is_there_goes_to_the_end_of_its_file() {
    let world = world().await;
    let path = world.config("portals/demo-vinhphuc.toml");
    let before = format!("{}\n# my own remark", fs::read_to_string(&path).unwrap().trim_end());
    fs::write(&path, &before).unwrap();
    let text = "<opml><body><outline text='Thông báo' xmlUrl='http://vinhphuc.tintinh.test/rss/thong-bao.rss'/>
<outline text='Xa' htmlUrl='http://vinhphuc.tintinh.test/' xmlUrl='https://feeds.example/vp'/></body></opml>";
    let done = import(&world, text, &[]).await;
    assert_eq!(done.code, Some(0), "{done:#?}");
    assert!(done.out.contains("portal demo-vinhphuc: 1 feed more\n"), "{}", done.out);
    assert!(done.out.contains("does not name the host feeds.example: add it to `hosts`"), "{}", done.out);
    let after = fs::read_to_string(&path).unwrap();
    let added = after.strip_prefix(&before).unwrap();
    assert_eq!(
        added,
        "\n\n# Thông báo; line 1 of feeds.opml\n[[source]]\nid = \"thong-bao\"\nkind = \"feed\"\nurl = \"http://vinhphuc.tintinh.test/rss/thong-bao.rss\"\n"
    );
    assert_eq!(ids(&world).len(), 2);
}

/// Where a source cannot be added by adding lines, nothing at all is written.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_not_pass_the_check_is_not_written() {
    let world = world().await;
    let inline =
        "name = \"x\"\nhome = \"https://x.example/\"\nsource = [{ kind = \"feed\", url = \"https://x.example/a\" }]\n";
    fs::write(world.config("portals/x.toml"), inline).unwrap();
    let text =
        "<opml><body><outline xmlUrl='https://x.example/b'/><outline xmlUrl='https://y.example/b'/></body></opml>";
    let done = import(&world, text, &[]).await;
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert!(done.err.contains("x.toml:"), "{}", done.err);
    assert_eq!((portal(&world, "x"), ids(&world).len()), (inline.to_owned(), 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_files_are_refused_with_the_place() {
    let world = world().await;
    for (text, words) in [
        ("<opml>\n<body><outline xmlUrl='https://a.example/'/>", "feeds.opml:2:45: the document ends early"),
        ("<opml><body></html>", "feeds.opml:1:13: this is not XML"),
        ("<rss/>", "feeds.opml:1:1: this is not OPML: the document is `<rss>`"),
    ] {
        let done = import(&world, text, &[]).await;
        assert_eq!(done.code, Some(2), "{done:#?}");
        assert!(done.err.contains(words), "{words}\n{}", done.err);
    }
    let done = world.run(&["opml", "import", "/no/such/file"]).await;
    assert_eq!(done.code, Some(2), "{done:#?}");
    assert_eq!(ids(&world).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_can_be_imported() {
    let world = world().await;
    import(&world, AWKWARD, &[]).await;
    let exported = world.run_well(&["opml", "export"]).await;
    let other = World::new().await;
    other.only(&["demo-vinhphuc"]);
    let done = import(&other, &exported, &["--dir", other.config("portals/taken-over").to_str().unwrap()]).await;
    assert_eq!(done.code, Some(0), "{done:#?}\n{exported}");
    assert_eq!(feeds(&other.path().join("config")), feeds(&world.path().join("config")));
    assert!(
        other.config("portals/taken-over/bao-mau.toml").exists() && !done.out.contains("is not read"),
        "{}",
        done.out
    );
    let aside = import(
        &world,
        "<opml><body><outline xmlUrl='https://z.example/rss'/></body></opml>",
        &["--dir", other.path().to_str().unwrap()],
    )
    .await;
    assert!(
        aside.out.contains("is not read: move the files into") && other.path().join("z.example.toml").exists(),
        "{aside:#?}"
    );
    // Nothing is left to import where it came from.
    let back = import(&world, &exported, &[]).await;
    assert!(back.out.contains("0 feeds imported"), "{}", back.out);
}

/// The addresses of the feeds of a configuration, sorted.
fn feeds(dir: &Path) -> Vec<String> {
    let config = Config::load(dir).unwrap_or_else(|errors| panic!("{errors}"));
    let sources = config.portals.iter().flat_map(|portal| &portal.sources);
    let feeds = sources.filter(|source| matches!(source.reader, tintinh::discover::Reader::Feed(_)));
    let mut urls: Vec<String> = feeds.map(|source| source.first_step().request.url.to_string()).collect();
    urls.sort();
    urls
}
