//! `UIArticleInMenu` (ASP.NET): the first page of the list is HTML, further ones are fragments requested by a form.

use serde_json::json;

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

const FRAME: &str = include_str!("frames/ninhmau.html");

pub(super) const SITE: Site = Site {
    id: "demo-ninhmau",
    host: "ninhmau.tintinh.test",
    key: "ninhmau",
    articles: include_str!("../articles/ninhmau.json"),
    config: include_str!("../config/portals/demo-ninhmau.toml"),
    robots: "User-agent: *\nAllow: /\n",
    gzip: false,
    validators: Validators::Etag,
    path,
    page,
    other,
};

/// The URL of the fragments.
const MORE: &str = "/DesktopModule/UIArticleInMenu/ArticleInMenuPagination.aspx/LoadArticle";

/// The value of the page's hidden field, which the form must contain.
const TOKEN: &str = "b2xkLXRva2VuLTIwMjU=";

/// Number of items on one page of the list.
const PAGE_SIZE: usize = 3;

fn path(story: &Story) -> String {
    format!("/{}/{}-{}", story.section, story.slug, story.id)
}

fn page(story: &Story, stories: &[Story]) -> String {
    let date = story.published.map(|at| parts::printed(at, "%d/%m/%Y %H:%M"));
    let main = format!(
        "<div class=\"ArticleDetailControl\">\n<h1 class=\"ArticleHeader\">{title}</h1>\n\
         <div class=\"PostDate\">Ngày đăng: {date}</div>\n\
         <div class=\"tool\"><a href=\"#\">Cỡ chữ</a> <a href=\"javascript:window.print()\">In trang</a></div>\n\
         <div class=\"ArticleSummary\">{lead}</div>\n<div class=\"ArticleContent\">{body}{files}</div>\n\
         <div class=\"UISocialShare\"><a href=\"#\">Chia sẻ</a></div></div>\n\
         <div class=\"UIArticleOther\"><h3>Các tin khác</h3><ul>{links}</ul></div>",
        title = escape_attribute(&story.title),
        date = date.unwrap_or_default(),
        lead = written(&story.lead, story.writing),
        body = parts::body(story, picture),
        files = parts::files(story),
        links = links(stories, 4, path),
    );
    frame(&main, stories)
}

fn picture(image: &str, caption: &str) -> String {
    format!(
        "<p style=\"text-align: center;\"><img class=\"ImgDetailImage\" alt=\"\" src=\"{image}\"></p>\n\
         <p style=\"text-align: center;\"><em>{caption}</em></p>"
    )
}

fn frame(main: &str, stories: &[Story]) -> String {
    fill(FRAME, &[("main", main), ("newest", &links(stories, 3, path)), ("token", TOKEN)])
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    match ask.path.as_str() {
        "/" | "/tin-tuc" => {
            let list = format!(
                "<ul class=\"ArticleList\">{}</ul><div class=\"pager\" data-total=\"3\"></div>",
                items(stories, 1)
            );
            Some(Reply::html(frame(&list, stories)))
        }
        MORE if ask.post => Some(more(ask, stories)),
        _ => None,
    }
}

/// Returns a fragment in JSON, which is empty after the last page. Without the token of the list's page, it is an error.
fn more(ask: &SiteRequest, stories: &[Story]) -> Reply {
    let number = ask.posted("pageIndex").and_then(|text| text.parse().ok());
    match (number, ask.posted("token")) {
        (Some(number), Some(TOKEN)) => {
            Reply::new("application/json; charset=utf-8", json!({ "d": items(stories, number) }).to_string())
        }
        _ => {
            Reply { status: 500, ..Reply::new("application/json; charset=utf-8", "{\"Message\":\"Invalid request.\"}") }
        }
    }
}

fn items(stories: &[Story], number: usize) -> String {
    let shown = number.checked_sub(1).and_then(|index| stories.chunks(PAGE_SIZE).nth(index)).unwrap_or_default();
    each(shown, |story| {
        let date = story.published.map(|at| parts::printed(at, "(%d/%m/%Y %H:%M)"));
        format!(
            "<li class=\"row\"><h2 class=\"Title\"><a href=\"{}\">{}</a></h2><div class=\"Ngaydang\">{}</div><div class=\"Summary\">{}</div></li>",
            escape_attribute(path(story)),
            escape_attribute(&story.title),
            date.unwrap_or_default(),
            escape_attribute(&story.lead)
        )
    })
}
