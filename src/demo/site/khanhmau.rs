//! ASP.NET `WebForms`: the pages of the list are requested by `__doPostBack`, with the page's own hidden fields.

use htmlize::escape_attribute;

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

const FRAME: &str = include_str!("frames/khanhmau.html");

pub(super) const SITE: Site = Site {
    id: "demo-khanhmau",
    host: "khanhmau.tintinh.test",
    key: "khanhmau",
    articles: include_str!("../articles/khanhmau.json"),
    config: include_str!("../config/portals/demo-khanhmau.toml"),
    robots: "User-agent: *\nDisallow: /admin.aspx\n",
    gzip: false,
    validators: Validators::Nothing,
    path,
    page,
    other,
};

/// The control for the next page.
const NEXT: &str = "ctl00$ContentPlaceHolder1$pager$lnkNext";

/// The beginning of a page's state, followed by the page's number.
const STATE: &str = "/wEPDwUKLTE4NDQ3/trang/";

/// The validation value of the postback, which the form must contain.
const VALIDATION: &str = "/wEdAAPk2Demo+a==";

/// Number of items on one page of the list.
const PAGE_SIZE: usize = 3;

fn path(story: &Story) -> String {
    format!("/tin-tuc/{}/{}_{}.aspx", story.section, story.slug, story.id)
}

fn page(story: &Story, stories: &[Story]) -> String {
    let date = story.published.map(|at| parts::printed(at, "%d/%m/%Y %I:%M:%S %p"));
    let main = format!(
        "<div class=\"baiviet\">\n<h2 class=\"title-article\">{title}</h2>\n<span id=\"datearticle\">Cập nhật: {date}</span>\n\
         <div class=\"mota-baiviet\">{lead}</div>\n<div class=\"chitietbaiviet\">{body}{files}</div>\n\
         <div class=\"tinlienquan\"><b>Tin liên quan</b><ul>{links}</ul></div></div>",
        title = escape_attribute(&story.title),
        date = date.unwrap_or_default(),
        lead = written(&story.lead, story.writing),
        body = parts::body(story, picture),
        files = parts::files(story),
        links = links(stories, 4, path),
    );
    frame(&main, &story.title, &story.lead, 1, stories)
}

fn picture(image: &str, caption: &str) -> String {
    format!("<div class=\"hinh\" align=\"center\"><img src=\"{image}\"><br><i>{caption}</i></div>")
}

fn frame(main: &str, title: &str, lead: &str, number: usize, stories: &[Story]) -> String {
    let state = format!("{STATE}{number}");
    let values = [
        ("main", main),
        ("title", &escape_attribute(title)),
        ("lead", &escape_attribute(lead)),
        ("state", &state),
        ("validation", VALIDATION),
        ("newest", &links(stories, 3, path)),
    ];
    fill(FRAME, &values)
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    match (ask.path.as_str(), ask.post) {
        ("/" | "/tin-tuc.aspx", false) => Some(Reply::html(list(1, stories))),
        ("/tin-tuc.aspx", true) => Some(turned(ask).map_or_else(invalid, |number| Reply::html(list(number, stories)))),
        _ => None,
    }
}

/// Returns the requested page, if the form is what a browser would post.
fn turned(ask: &SiteRequest) -> Option<usize> {
    let number: usize = ask.posted("__VIEWSTATE")?.strip_prefix(STATE)?.parse().ok()?;
    let whole = ask.posted("__EVENTVALIDATION") == Some(VALIDATION) && ask.posted("__EVENTTARGET") == Some(NEXT);
    if whole { number.checked_add(1) } else { None }
}

fn invalid() -> Reply {
    let page = "<html><head><title>Runtime Error</title></head><body><h1>Invalid postback or callback argument.</h1></body></html>";
    Reply { status: 500, ..Reply::html(page.to_owned()) }
}

fn list(number: usize, stories: &[Story]) -> String {
    let shown = number.checked_sub(1).and_then(|index| stories.chunks(PAGE_SIZE).nth(index)).unwrap_or_default();
    let items = each(shown, |story| {
        let date = story.published.map(|at| parts::printed(at, "%d/%m/%Y"));
        format!(
            "<div class=\"item-news\"><a class=\"tieude\" href=\"{}\">{}</a> <span class=\"ngay\">{}</span><p class=\"mota\">{}</p></div>",
            escape_attribute(path(story)),
            escape_attribute(&story.title),
            date.unwrap_or_default(),
            escape_attribute(&story.lead)
        )
    });
    let next = if number * PAGE_SIZE < stories.len() {
        format!(
            "<a class=\"next\" href=\"javascript:__doPostBack('{}','')\">Trang sau</a>",
            NEXT.replace('\'', "&#39;")
        )
    } else {
        String::new()
    };
    frame(
        &format!("<div class=\"ds-tin\">{items}</div><div class=\"phantrang\">{next}</div>"),
        "Tin tức",
        "",
        number,
        stories,
    )
}
