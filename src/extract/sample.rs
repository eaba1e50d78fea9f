//! An article that the readers' tests insert into their own pages.

use crate::extract::Input;
use crate::extract::extract;
use crate::html::document::Document;
use crate::model::article::Extracted;
use crate::model::link::Hints;
use crate::url::PageUrl;

pub(in crate::extract) const HEADLINE: &str = "Bến phà Cồn Lau chạy lại sau ba năm";

pub(in crate::extract) const TEXT: &str = "<p>Từ sáng sớm, hơn ba trăm hộ dân hai bên bờ đã ra bến chờ chuyến phà đầu tiên cập bến sau mùa lũ.</p>\
    <p>Chuyến phà mới chở được tám ô tô và một trăm hành khách, mỗi ngày chạy hai mươi lượt từ năm giờ sáng đến tám giờ tối.</p>\
    <p>Giá vé được giữ như cũ cho đến hết năm, riêng học sinh và người cao tuổi trong xã được đi không mất tiền.</p>";

/// One more paragraph of it.
pub(in crate::extract) const MORE: &str =
    "<p>Đội lái phà gồm sáu người, đều là dân trong xã, được học lại luật đường thủy trước ngày chạy.</p>";

/// Reads a page with the headline, a date and a body, and returns its blocks and its lead as one text.
pub(in crate::extract) fn text_of(body: &str) -> String {
    let html = format!("<title>{HEADLINE}</title><h1>{HEADLINE}</h1><div>12/05/2026 09:15</div><main>{body}</main>");
    let url = "https://conlau.example/tin/ben-pha-con-lau-chay-lai-sau-ba-nam-31.html";
    let read = read(url, "", &Hints::default(), &html);
    serde_json::to_string(&read.blocks).unwrap() + &read.lead.map(|lead| lead.value).unwrap_or_default()
}

/// Reads a page without rules. `site` is the outlet's name.
pub(in crate::extract) fn read(url: &str, site: &str, hints: &Hints, html: &str) -> Extracted {
    let url = PageUrl::parse(url).unwrap();
    let input = Input {
        url: &url,
        document: &Document::new(html.as_bytes(), None),
        hints,
        site,
        explain: false,
        memory: None,
        learn: false,
    };
    extract(input, &[])
}
