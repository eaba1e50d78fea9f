//! VHV: sitemaps with `Last-Modified`, article pages with `ETag`, lazy images, documents behind scripts.

use crate::demo::server::gzipped;
use crate::demo::site::Reply;
use crate::demo::site::Site;
use crate::demo::site::SiteRequest;
use crate::demo::site::Validators;
use crate::demo::site::links;
use crate::demo::site::modified;
use crate::demo::site::parts;
use crate::demo::story::Story;
use crate::demo::writing::each;
use crate::demo::writing::fill;
use crate::demo::writing::written;
use htmlize::escape_attribute;

const FRAME: &str = include_str!("frames/gialai.html");

pub(super) const SITE: Site = Site {
    id: "demo-gialai",
    host: "gialai.tintinh.test",
    key: "gialai",
    articles: include_str!("../articles/gialai.json"),
    config: include_str!("../config/portals/demo-gialai.toml"),
    robots: "User-agent: *\nCrawl-delay: 0\nDisallow: /tim-kiem\nDisallow: /tin-tuc/luu-hanh-noi-bo/\n\nSitemap: http://gialai.tintinh.test/sitemap.xml\n",
    gzip: false,
    validators: Validators::Etag,
    path,
    page,
    other,
};

/// Articles up to this number are in the older sub-sitemap.
const LAST_OLD: u32 = 3006;

fn path(story: &Story) -> String {
    format!("/tin-tuc/{}/{}.html", story.section, story.slug)
}

fn page(story: &Story, stories: &[Story]) -> String {
    let date = story.published.map(|at| {
        let day = parts::printed(at, "%d/%m/%Y");
        let time = parts::printed(at, "%H:%M");
        format!("<span class=\"post-date\">{}, {day}<span> | </span>{time}</span>", capitalized(parts::weekday(at)))
    });
    let main = format!(
        "<article class=\"news-detail-layout-type-2\">\n<h1 class=\"title-detail\">{title}</h1>\n\
         <div class=\"d-flex\">{date}<div class=\"author\"><i class=\"fa fa-eye\"></i> {views} lượt xem</div></div>\n\
         <div class=\"article-brief\">{lead}</div>\n<div class=\"content-detail\">{body}</div>\n{files}\
         <div class=\"rating\"><span>Đánh giá bài viết</span> <b>5/5</b> (3 lượt)</div>\n</article>\n\
         <div class=\"related\"><h3>Tin liên quan</h3><ul>{links}</ul></div>",
        title = escape_attribute(&story.title),
        date = date.unwrap_or_default(),
        views = parts::views(story),
        lead = written(&story.lead, story.writing),
        body = parts::body(story, picture),
        files = documents(story),
        links = links(stories, 4, path),
    );
    frame(&main, stories)
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Returns an image that is loaded late: its URL is not in `src`. The caption appears twice.
fn picture(image: &str, caption: &str) -> String {
    format!(
        "<figure class=\"image\"><img class=\"lazy\" src=\"/3rdparty/blank.gif\" data-original=\"{image}\" alt=\"{}\">\
         <figcaption>{caption}</figcaption></figure>",
        caption.replace('"', "&quot;")
    )
}

/// Returns documents that are loaded by a script. The link itself leads nowhere.
fn documents(story: &Story) -> String {
    if story.files.is_empty() {
        return String::new();
    }
    let files = each(&story.files, |file| {
        let (title, path) = (escape_attribute(&file.title), escape_attribute(&file.path));
        format!(
            "<div class=\"file\"><a class=\"link-download\" href=\"javascript:void(0)\" onclick=\"downloadFile('{title}','{path}')\">{title}</a></div>"
        )
    });
    format!("<div class=\"files\"><b>Tệp đính kèm</b>{files}</div>\n")
}

fn frame(main: &str, stories: &[Story]) -> String {
    fill(FRAME, &[("main", main), ("newest", &links(stories, 3, path))])
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    let newest = stories.iter().filter_map(|story| story.published.map(|at| modified(at, story.revised))).max();
    let xml = |body: String| Reply { modified: newest, ..Reply::new("text/xml; charset=utf-8", body) };
    match ask.path.as_str() {
        "/" | "/tin-tuc" => Some(Reply::html(frame(&list(stories), stories))),
        "/gioi-thieu.html" => Some(Reply::html(frame(ABOUT, stories))),
        "/sitemap.xml" => Some(xml(index())),
        "/sitemap-tin-tuc-1.xml.gz" => {
            let old = urlset(stories.iter().filter(|story| story.id <= LAST_OLD), FROZEN);
            Some(Reply { modified: newest, ..Reply::new("application/gzip", gzipped(old.as_bytes())) })
        }
        // A mixed list: it contains a sub-sitemap and pages that are not articles.
        "/sitemap-trang.xml" => Some(xml(MIX.to_owned())),
        "/sitemap-tin-tuc-2.xml" => Some(xml(urlset(stories.iter().filter(|story| story.id > LAST_OLD), ""))),
        _ => None,
    }
}

const ABOUT: &str = "<div class=\"page-static\"><h1>Giới thiệu</h1><p>Trang này không phải là bản tin.</p></div>";

/// The date that the older sub-sitemap gives for all of its entries.
const FROZEN: &str = "2025-01-01T00:00:00+07:00";

const MIX: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\
    <url><loc>http://gialai.tintinh.test/</loc><changefreq>daily</changefreq></url>\n\
    <url><loc>http://gialai.tintinh.test/gioi-thieu.html</loc></url>\n\
    <url><loc>http://gialai.tintinh.test/sitemap-tin-tuc-2.xml</loc></url>\n</urlset>\n";

fn index() -> String {
    let entries = each(["sitemap-tin-tuc-1.xml.gz", "sitemap-trang.xml"], |name| {
        format!("<sitemap><loc>http://gialai.tintinh.test/{name}</loc></sitemap>")
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</sitemapindex>\n"
    )
}

fn urlset<'a>(stories: impl Iterator<Item = &'a Story>, frozen: &str) -> String {
    let entries = each(stories, |story| {
        let day = if story.revised { story.published.and_then(|at| at.tomorrow().ok()) } else { story.published };
        let own = day.map(|at| parts::printed(at, "%Y-%m-%dT%H:%M:%S+07:00")).unwrap_or_default();
        let changed = if frozen.is_empty() { own } else { frozen.to_owned() };
        format!("<url><loc>{}</loc><lastmod>{changed}</lastmod></url>", escape_attribute(SITE.url(story)))
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n{entries}</urlset>\n"
    )
}

fn list(stories: &[Story]) -> String {
    let items = each(stories.iter().take(10), |story| {
        let time = story.published.map(|at| {
            let machine = parts::printed(at, "%Y-%m-%dT%H:%M:%S+07:00");
            format!("<time class=\"post-date\" datetime=\"{machine}\">{}</time>", parts::printed(at, "%d/%m/%Y"))
        });
        let (path, title) = (path(story), escape_attribute(&story.title));
        format!(
            "<div class=\"item\"><a class=\"article-title\" href=\"{}\">{title}</a>{}</div>",
            escape_attribute(&path),
            time.unwrap_or_default()
        )
    });
    format!(
        "<div class=\"list-article\">{items}</div><div class=\"wrapper-pagination\"><span class=\"next-pages\">Sau</span></div>"
    )
}
