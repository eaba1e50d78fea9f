//! `NukeViet`: a town's portal whose feed prints the month instead of the minutes. Nothing has validators.

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

const FRAME: &str = include_str!("frames/dongmau.html");

pub(super) const SITE: Site = Site {
    id: "demo-dongmau",
    host: "dongmau.tintinh.test",
    key: "dongmau",
    articles: include_str!("../articles/dongmau.json"),
    config: include_str!("../config/portals/demo-dongmau.toml"),
    robots: "User-agent: *\nDisallow: /admin/\nDisallow: /vi/news/print/\n",
    gzip: false,
    validators: Validators::Nothing,
    path,
    page,
    other,
};

fn path(story: &Story) -> String {
    format!("/vi/news/{}/{}-{}.html", story.section, story.slug, story.id)
}

fn page(story: &Story, stories: &[Story]) -> String {
    let date = story.published.map(|at| {
        let (first, rest) = parts::weekday(at).split_at(1);
        format!("{}{rest} - {}", first.to_uppercase(), parts::printed(at, "%d/%m/%Y %H:%M"))
    });
    let line = |text: &Option<String>| {
        text.as_deref().map(|line| format!("<p class=\"text-right\"><strong>{}</strong></p>", escape_attribute(line)))
    };
    // In this family, author and source are below the text.
    let bare = Story { byline: None, source_line: None, ..story.clone() };
    let main = format!(
        "<div class=\"news_column panel panel-default\" itemtype=\"http://schema.org/NewsArticle\" itemscope><div class=\"panel-body\">\n\
         <h1 class=\"title margin-bottom-lg\" itemprop=\"headline\">{title}</h1>\n\
         <div class=\"row margin-bottom-lg\"><span class=\"h5\">{date}</span>\
         <ul class=\"list-inline\"><li><a rel=\"nofollow\" href=\"/vi/news/print/{slug}-{id}.html\">In ra</a></li></ul></div>\n\
         <div class=\"clearfix\"><div class=\"hometext m-bottom\" itemprop=\"description\">{lead}</div></div>\n\
         <div id=\"news-bodyhtml\" class=\"bodytext margin-bottom-lg\">{body}</div>\n{files}\
         <div class=\"margin-bottom-lg\">{byline}{source}</div></div></div>\n\
         <div class=\"news_column\"><p class=\"h3\"><strong>Những tin cũ hơn</strong></p><ul class=\"related\">{links}</ul></div>",
        title = escape_attribute(&story.title),
        date = date.unwrap_or_default(),
        slug = story.slug,
        id = story.id,
        lead = written(&story.lead, story.writing),
        body = parts::body(&bare, picture),
        files = documents(story),
        byline = line(&story.byline).unwrap_or_default(),
        source = line(&story.source_line).unwrap_or_default(),
        links = links(stories, 4, path),
    );
    frame(&main, stories)
}

fn picture(image: &str, caption: &str) -> String {
    let alt = caption.replace('"', "&quot;");
    format!("<figure class=\"image\"><img alt=\"{alt}\" src=\"{image}\" /><figcaption>{caption}</figcaption></figure>")
}

fn documents(story: &Story) -> String {
    if story.files.is_empty() {
        return String::new();
    }
    let files = each(&story.files, |file| {
        format!("<li><a href=\"{}\">{}</a></li>", escape_attribute(&file.path), escape_attribute(&file.title))
    });
    format!("<h3 class=\"newh3\">File đính kèm</h3><div class=\"news-download-file\"><ul>{files}</ul></div>\n")
}

fn frame(main: &str, stories: &[Story]) -> String {
    fill(FRAME, &[("main", main), ("newest", &links(stories, 3, path))])
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    match (ask.path.as_str(), ask.parameter("op")) {
        ("/index.php", Some("rss")) => Some(Reply::new("text/xml; charset=utf-8", feed(stories))),
        ("/" | "/vi/news/", _) => Some(Reply::html(frame(&list(stories), stories))),
        _ => None,
    }
}

fn list(stories: &[Story]) -> String {
    each(stories, |story| {
        let date =
            story.published.map(|at| parts::printed(at, "<em class=\"fa fa-clock-o\">&nbsp;</em> %d/%m/%Y %H:%M"));
        format!(
            "<div class=\"news_column panel\"><h2><a href=\"{}\">{}</a></h2><p>{}</p></div>",
            escape_attribute(path(story)),
            escape_attribute(&story.title),
            date.unwrap_or_default()
        )
    })
}

/// Returns the RSS 2.0 feed with the family's bug: `H:m:s`, where `m` is the month. The `guid` is surrounded by line breaks.
fn feed(stories: &[Story]) -> String {
    let items = each(stories, |story| {
        format!(
            "<item><title>{}</title><link>{}</link><guid isPermaLink=\"false\">\nnews_{}\n</guid>\
             <description><![CDATA[{}]]></description><pubDate>{}</pubDate></item>",
            escape_attribute(&story.title),
            escape_attribute(SITE.url(story)),
            story.id,
            story.lead,
            story.published.map(|at| parts::printed(at, "%a, %d %b %Y %H:%m:00 GMT+7")).unwrap_or_default()
        )
    });
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss version=\"2.0\"><channel><title>Thị xã Đông Mẫu (mẫu)</title>\
         <link>http://dongmau.tintinh.test/</link><description></description>\n{items}</channel></rss>\n"
    )
}
