//! Liferay 7 with an RSS feed that has an `ETag` and is not quite XML. Article pages have no validators; responses are compressed.

use crate::demo::site::Reply;
use crate::demo::site::Site;
use crate::demo::site::SiteRequest;
use crate::demo::site::Validators;
use crate::demo::site::links;
use crate::demo::site::parts;
use crate::demo::story::Story;
use crate::demo::writing::each;
use crate::demo::writing::fill;
use crate::demo::writing::written;
use htmlize::escape_attribute;

const FRAME: &str = include_str!("frames/hoabinh.html");

pub(super) const SITE: Site = Site {
    id: "demo-hoabinh",
    host: "hoabinh.tintinh.test",
    key: "hoabinh",
    articles: include_str!("../articles/hoabinh.json"),
    config: include_str!("../config/portals/demo-hoabinh.toml"),
    robots: "User-agent: *\nDisallow: /c/portal/\nDisallow: /group/\n\nSitemap: http://hoabinh.tintinh.test/sitemap.xml\n",
    gzip: true,
    validators: Validators::Nothing,
    path,
    page,
    other,
};

/// The feed's URL: a portlet's action in the form of Liferay.
const FEED: &str = "/tin-tuc/-/asset_publisher/kT8wQxLmZ2aB/rss";

fn path(story: &Story) -> String {
    format!("/tin-chi-tiet/-/bai-viet/{}-{}-1.html", story.slug, story.id)
}

fn page(story: &Story, stories: &[Story]) -> String {
    let date =
        story.published.map(|at| format!("<span class=\"date_time\">{}</span>", parts::printed(at, "%d/%m/%Y %H:%M")));
    let source =
        story.source_line.as_deref().map(|line| format!("<div class=\"source\">{}</div>", escape_attribute(line)));
    // In this family, the source line has its own place, so the body ends with the byline.
    let without_source = Story { source_line: None, ..story.clone() };
    let main = format!(
        "<div class=\"portlet-body\"><div class=\"detail-news\">\n<h1 id=\"titleDetail\" class=\"title\">{title}</h1>\n\
         <div class=\"info\">{date} <span class=\"section\">{section}</span></div>\n\
         <div id=\"leadDetail\" class=\"summary\">{lead}</div>\n\
         <div id=\"contentDetail\" class=\"textdetail\">{body}</div>\n{source}{files}\
         <div class=\"tools\"><a href=\"javascript:window.print()\">In trang</a> <a href=\"mailto:?subject=tin\">Gửi email</a></div>\n\
         <div class=\"other\"><h3>Tin cũ hơn</h3><ul>{links}</ul></div>\n</div></div>",
        title = written(&story.title, story.writing),
        date = date.unwrap_or_default(),
        section = escape_attribute(&story.section),
        lead = written(&story.lead, story.writing),
        body = parts::body(&without_source, picture),
        source = source.unwrap_or_default(),
        files = attachment(story),
        links = links(stories, 5, path),
    );
    frame(&main, stories)
}

/// Returns an image with its caption in its table. The image's `alt` repeats the caption.
fn picture(image: &str, caption: &str) -> String {
    format!(
        "<div class=\"img-box\" style=\"text-align: center;\"><img alt=\"{}\" src=\"{image}\" />\n\
         <p class=\"img-title\">{caption}</p></div>",
        caption.replace('"', "&quot;")
    )
}

fn attachment(story: &Story) -> String {
    if story.files.is_empty() {
        return String::new();
    }
    let files = each(&story.files, |file| {
        format!(
            "<li><a href=\"{}\" target=\"_blank\">{}</a></li>",
            escape_attribute(&file.path),
            escape_attribute(&file.title)
        )
    });
    format!("<div class=\"attachment\"><b>Tệp đính kèm:</b><ul>{files}</ul></div>\n")
}

fn frame(main: &str, stories: &[Story]) -> String {
    fill(FRAME, &[("main", main), ("newest", &links(stories, 4, path)), ("feed", FEED)])
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    match ask.path.as_str() {
        "/" | "/web/guest" | "/tin-tuc" => Some(Reply::html(frame(&list(stories), stories))),
        FEED => Some(Reply { etag: true, ..Reply::new("application/rss+xml; charset=UTF-8", feed(stories)) }),
        _ => None,
    }
}

fn list(stories: &[Story]) -> String {
    let items = each(stories.iter().take(10), |story| {
        let time = story.published.map(|at| parts::printed(at, "<span class=\"time\">(%d/%m/%Y %H:%M) </span>"));
        format!(
            "<div class=\"item\"><h3><a href=\"{}\">{}</a></h3>{}<p>{}</p></div>",
            escape_attribute(path(story)),
            escape_attribute(&story.title),
            time.unwrap_or_default(),
            escape_attribute(&story.lead)
        )
    });
    format!("<div class=\"list-news\">{items}</div>")
}

/// Returns RSS 2.0 as the portlet prints it. Titles are not escaped, so one has a bare ampersand, and one contains an entity that only exists in
/// HTML. Articles without a date have an empty `pubDate`.
fn feed(stories: &[Story]) -> String {
    let items = each(stories, |story| {
        let title =
            if story.id.is_multiple_of(5) { story.title.replacen(' ', "&nbsp;", 1) } else { story.title.clone() };
        let date = story.published.map(|at| parts::printed(at, "%a, %d %b %Y %H:%M:%S +0700"));
        let link = SITE.url(story);
        format!(
            "<item><title>{title}</title><link>{link}</link><description><![CDATA[<img src=\"/documents/anh-{id}.jpg\" />{lead}]]></description>\
             <pubDate>{date}</pubDate><guid isPermaLink=\"false\">hoabinh-{id}</guid></item>",
            id = story.id,
            lead = escape_attribute(&story.lead),
            date = date.unwrap_or_default(),
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>Cổng TTĐT tỉnh Hòa Bình (mẫu)</title>\
         <link>http://hoabinh.tintinh.test/</link><description>Tin tức</description><language>vi</language>\n{items}</channel></rss>\n"
    )
}
