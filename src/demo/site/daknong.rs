//! `SharePoint` 2010 with news web parts: an HTML list with several pages, article pages with `Last-Modified`, a lot of noise.

use htmlize::escape_attribute;

use crate::demo::site::Reply;
use crate::demo::site::Site;
use crate::demo::site::SiteRequest;
use crate::demo::site::Validators;
use crate::demo::site::links;
use crate::demo::site::parts;
use crate::demo::story::ArticleAnswer;
use crate::demo::story::Story;
use crate::demo::writing::each;
use crate::demo::writing::fill;
use crate::demo::writing::written;

const FRAME: &str = include_str!("frames/daknong.html");

pub(super) const SITE: Site = Site {
    id: "demo-daknong",
    host: "daknong.tintinh.test",
    key: "daknong",
    articles: include_str!("../articles/daknong.json"),
    config: include_str!("../config/portals/demo-daknong.toml"),
    robots: "# robots.txt\nUser-Agent: *\nDisallow: /noi-bo/\nDisallow: /_layouts/\n",
    gzip: false,
    validators: Validators::LastModified,
    path,
    page,
    other,
};

const LIST: &str = "/tin-tuc-su-kien";

/// Number of items on one page of the list.
const PAGE_SIZE: usize = 5;

fn path(story: &Story) -> String {
    if story.fate == ArticleAnswer::Disallowed {
        format!("/noi-bo/{}/", story.slug)
    } else {
        format!("/{}/", story.slug)
    }
}

fn page(story: &Story, stories: &[Story]) -> String {
    // Two web parts print dates in different ways, with spaces instead of slashes.
    let date = story.published.map(|at| match story.id % 2 {
        0 => parts::printed(at, "(%d.%m.%Y %H:%M)"),
        _ => format!("{}, {}", parts::weekday(at), parts::printed(at, "%d %m %Y %H:%M")),
    });
    let hash = blake3::hash(story.slug.as_bytes()).to_hex()[..32].to_ascii_uppercase();
    let main = fill(
        include_str!("frames/daknong-article.html"),
        &[
            ("title", &escape_attribute(&story.title)),
            ("date", &date.unwrap_or_default()),
            ("id", &story.id.to_string()),
            ("hash", &hash),
            ("lead", &written(&story.lead, story.writing)),
            ("body", &(parts::body(story, picture) + &parts::files(story))),
            ("views", &parts::views(story).to_string()),
            ("links", &links(stories, 5, path)),
            ("drop_downs", &parts::drop_downs()),
        ],
    );
    frame(&main, stories)
}

/// Image and caption are two rows of a table.
fn picture(image: &str, caption: &str) -> String {
    format!(
        "<table border=\"0\" align=\"center\" class=\"MsoTable\"><tbody><tr><td><img alt=\"\" src=\"{image}\"></td></tr>\
         <tr><td style=\"text-align:center\"><em>{caption}</em></td></tr></tbody></table>"
    )
}

fn frame(main: &str, stories: &[Story]) -> String {
    fill(FRAME, &[("main", main), ("newest", &links(stories, 3, path))])
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    match ask.path.trim_end_matches('/') {
        "" | LIST => Some(Reply::html(frame(&list(1, stories)?, stories))),
        path => {
            let number = path.strip_prefix(LIST)?.strip_prefix("/page/")?.parse().ok()?;
            Some(Reply::html(frame(&list(number, stories)?, stories)))
        }
    }
}

/// Returns a page of the list, starting at 1. There are no pages after the last.
fn list(number: usize, stories: &[Story]) -> Option<String> {
    let pages: Vec<&[Story]> = stories.chunks(PAGE_SIZE).collect();
    let shown = pages.get(number.checked_sub(1)?)?;
    let mut items = each(*shown, item);
    if number == 1 {
        items.push_str(FOREIGN);
    }
    let link = |to: usize, label: &str| format!("<li><a class=\"btn\" href=\"{LIST}/page/{to}\">{label}</a></li>");
    let before = if number > 1 { link(number - 1, "Trang trước") } else { String::new() };
    let after = if number < pages.len() { link(number + 1, "Trang sau") } else { String::new() };
    let numbers = each(1..=pages.len(), |to| link(to, &to.to_string()));
    Some(format!(
        "<div class=\"snCenter\"><div class=\"allPost\"><div class=\"div_header_style1\"><a class=\"a_header_style1\">tin tức sự kiện</a></div>\
         <table border=\"0\" width=\"100%\"><tbody>{items}</tbody></table></div>\
         <ul class=\"pagination\">{before}{numbers}{after}</ul></div>"
    ))
}

/// Returns an item. Its date is inside the link.
fn item(story: &Story) -> String {
    let date = story.published.map(|at| parts::printed(at, "<span class=\"ShowDate\"> (%d.%m.%Y %H:%M)</span>"));
    format!(
        "<tr><td class=\"TitleFront\"><a href=\"{}\">{}{}</a></td></tr><tr><td class=\"tinHT\"><div class=\"ContentText\">{}&nbsp;<br></div></td></tr>",
        escape_attribute(path(story)),
        escape_attribute(&story.title),
        date.unwrap_or_default(),
        escape_attribute(&story.lead)
    )
}

/// A link in the list that leads to another host.
const FOREIGN: &str = "<tr><td class=\"TitleFront\"><a href=\"http://baotaynguyen.example/phong-su/mua-hoa-ca-phe\">Phóng sự: Mùa hoa cà phê trên cao nguyên<span class=\"ShowDate\"> (12.06.2025 07:30)</span></a></td></tr>\n";
