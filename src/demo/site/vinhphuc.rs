//! `SharePoint` whose lists are filled by a script, from a JSON API with posted forms. No validators anywhere.

use serde_json::Value;
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

const FRAME: &str = include_str!("frames/vinhphuc.html");

/// The path of the news lists.
const LISTS: &str = "/ct/cms/tintuc/Lists/";

pub(super) const SITE: Site = Site {
    id: "demo-vinhphuc",
    host: "vinhphuc.tintinh.test",
    key: "vinhphuc",
    articles: include_str!("../articles/vinhphuc.json"),
    config: include_str!("../config/portals/demo-vinhphuc.toml"),
    robots: "User-agent: *\r\nDisallow: /_layouts/\r\nDisallow: /ct/cms/noibo/\r\n",
    gzip: false,
    validators: Validators::Nothing,
    path,
    page,
    other,
};

fn path(story: &Story) -> String {
    format!("{LISTS}{}/View_Detail.aspx?ItemID={}", story.section, story.id)
}

fn page(story: &Story, stories: &[Story]) -> String {
    let date = story.published.map(|at| parts::printed(at, "%d/%m/%Y %H:%M")).unwrap_or_default();
    let main = format!(
        "<div class=\"news-detail\">\n<h1 class=\"detail-title\">\n  {title}\n</h1>\n\
         <div class=\"detail-info\"><span class=\"date-time\">{date}</span> <span class=\"view\">Lượt xem: {views}</span></div>\n\
         <div class=\"detail-sapo\">{lead}</div>\n<div class=\"detail-content ms-rtestate-field\">{body}</div>\n\
         <div class=\"old-news\"><span>Các tin đã đưa ngày:</span> {drop_downs} <input type=\"button\" value=\"Xem\"></div>\n\
         <div class=\"other-news\"><h3>Các tin khác</h3><ul>{links}</ul></div>\n</div>",
        title = escape_attribute(&story.title),
        views = parts::views(story),
        lead = written(&story.lead, story.writing),
        body = content(story),
        drop_downs = parts::drop_downs(),
        links = links(stories, 6, path),
    );
    frame(&main, stories)
}

fn content(story: &Story) -> String {
    parts::body(story, picture) + &parts::files(story)
}

/// Returns an image with its caption in a separate paragraph, between paragraphs of one no-break space.
fn picture(image: &str, caption: &str) -> String {
    format!(
        "<p style=\"text-align: center;\"><img alt=\"\" src=\"{image}\" width=\"600\"></p>\n<p>&nbsp;</p>\n\
         <p style=\"text-align: center;\"><em>{caption}</em></p>\n<p>&nbsp;</p>"
    )
}

fn frame(main: &str, stories: &[Story]) -> String {
    fill(FRAME, &[("main", main), ("newest", &links(stories, 3, path))])
}

fn other(ask: &SiteRequest, stories: &[Story]) -> Option<Reply> {
    match ask.path.as_str() {
        "/APIVP/api/DSTinTuc/QUERYDATA" if ask.post => Some(query(ask, stories)),
        "/" | "/Pages/trangchu.aspx" => Some(Reply::html(frame(FRONT, stories))),
        path if path.starts_with(LISTS) && path.ends_with("/View.aspx") => {
            Some(Reply::html(frame(EMPTY_LIST, stories)))
        }
        _ => None,
    }
}

/// The list as HTML. A script fills it, so it is empty.
const EMPTY_LIST: &str = "<div class=\"list-news\"><h1 class=\"ms-webpart-titleText\">Tin tức</h1><div id=\"dsTinTuc\"></div><div id=\"phantrang\"></div>\
    <script>$.post('/APIVP/api/DSTinTuc/QUERYDATA',{do:'QUERYDATA',fieldOrder:'CreatedDate',ascending:'desc',start:0,length:5},veDanhSach);</script></div>";

const FRONT: &str = "<div class=\"home\"><h2><a href=\"/ct/cms/tintuc/Lists/ThoiSuChinhTri/View.aspx\">Thời sự - Chính trị</a></h2>\
    <h2><a href=\"/ct/cms/tintuc/Lists/KinhTe/View.aspx\">Kinh tế</a></h2></div>";

/// Returns rows of one list, the newest first, for `do=QUERYDATA`, `UrlList`, `start`, `length`. Fewer rows than requested end it.
fn query(ask: &SiteRequest, stories: &[Story]) -> Reply {
    let number = |name, otherwise| ask.posted(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(otherwise);
    let list = ask.posted("UrlList").unwrap_or_default().trim_end_matches('/');
    if ask.posted("do") != Some("QUERYDATA") || list.is_empty() {
        return Reply::new(
            "application/json; charset=utf-8",
            json!({ "data": [], "error": "Tham số không hợp lệ" }).to_string(),
        );
    }
    let of_list = stories.iter().filter(|story| format!("{LISTS}{}", story.section) == list);
    let rows: Vec<Value> = of_list.skip(number("start", 0)).take(number("length", 10)).map(row).collect();
    Reply::new("application/json; charset=utf-8", json!({ "data": rows }).to_string())
}

fn row(story: &Story) -> Value {
    // `##` ends some titles: a mark of the editors that the site's own script removes.
    let mark = if story.id.is_multiple_of(4) { "##" } else { "" };
    json!({
        "ID": story.id,
        "Title": format!("{}{mark}", story.title),
        "DescriptionNews": story.lead,
        "ContentNews": escape_attribute(content(story)),
        "CreatedDate": story.published.map(|at| parts::printed(at, "%Y-%m-%dT%H:%M:%S")),
        "ImageNews": each(story.captions().take(1), |_| "/PublishingImages/anh.jpg".to_owned()).trim(),
    })
}
