//! Recognizes pages whose text is a list of teasers: of a section, a topic, a shop.

use foldhash::HashMap;
use html5ever::local_name;

use crate::extract::date_lines;
use crate::extract::kind::KindEvidence;
use crate::extract::kind::LINES_BEFORE;
use crate::extract::kind::frames;
use crate::extract::kind::kind_said;
use crate::extract::outline::Kind as LineKind;
use crate::extract::outline::Line;
use crate::extract::outline::Outline;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::extract::structured::StructuredValue;
use crate::html::tree;
use crate::text::vietnamese::fold_ascii;

/// Minimum number of teasers of a page whose purpose is their list.
const LEAST_OF_FEED: usize = 5;

/// Maximum number of the page's own words per teaser. A section or a topic has an introduction of a paragraph or two. The limit is lower if the
/// page declares itself an article, as all pages of some systems do.
const INTRODUCTION: u32 = 25;
const INTRODUCTION_OF_ARTICLE: u32 = 10;

/// Maximum number of paragraphs of an introduction.
const MOST_OF_INTRODUCTION: usize = 3;

/// A page with fewer words of its own has no content besides its teasers.
const NOTHING: u32 = 12;

/// Whether the headline is followed by a list of teasers, with at most an introduction, and without a date of the page itself before them.
pub(super) fn is_feed(outline: &Outline<'_>, said: &[StructuredValue], seen: KindEvidence<'_>) -> bool {
    let kind = kind_said(said);
    let feed = Feed::of(outline, seen);
    let printed = seen.date_line.is_some_and(|at| feed.first.is_none_or(|first| at < first));
    if !seen.dated && seen.attachments == 0 && (kind > 0.0 || (kind >= 0.0 && is_shop(outline, said))) {
        return true;
    }
    if feed.told < LEAST_OF_FEED || seen.attachments > 0 {
        return false;
    }
    let told = u32::try_from(feed.told).unwrap_or(u32::MAX);
    let introduction = if kind < 0.0 { INTRODUCTION_OF_ARTICLE } else { INTRODUCTION };
    let own_date = printed || seen.dated_by_machines;
    let is_signed = seen.dated_by_machines || printed && seen.authored;
    // A page with more content before its teasers is an article with others below it.
    let is_introduced = feed.paragraphs <= MOST_OF_INTRODUCTION;
    !own_date && is_introduced && feed.own <= introduction.saturating_mul(told) || !is_signed && feed.own < NOTHING
}

fn is_label(before: Option<&str>) -> bool {
    before.is_some_and(|before| before.trim_end().ends_with(':'))
}

/// Minimum number of prices, or of machine-readable products, that make a page without a date a shop's list.
const LEAST_OF_GOODS: usize = 8;
const LEAST_OF_PRODUCTS: usize = 3;

/// Maximum number of lines from the link to goods to their price. A text that compares prices does not link them.
const MOST_TO_PRICE: usize = 4;

/// Maximum number of words of a line that is only a price.
const MOST_OF_PRICE: u32 = 6;

/// Whether a page offers goods.
fn is_shop(outline: &Outline<'_>, said: &[StructuredValue]) -> bool {
    let products = structured::all(said, Property::Kind).filter(|said| said.value.eq_ignore_ascii_case("product"));
    let is_price = |text: &str| {
        let amount = text
            .split(['$', '€', '£'])
            .nth(1)
            .is_some_and(|after| after.trim_start().starts_with(|c: char| c.is_ascii_digit()));
        amount || (text.contains('₫') && text.bytes().any(|byte| byte.is_ascii_digit()))
    };
    // Table rows compare prices in a text.
    let may_be =
        |line: &Line<'_>| line.words <= MOST_OF_PRICE && !line.is_image() && !matches!(line.kind, LineKind::Row { .. });
    let is_of_goods = |at: usize| {
        let near = outline.lines.get(at.saturating_sub(MOST_TO_PRICE)..=at).unwrap_or_default();
        near.iter().any(|line| line.linked > 0)
    };
    let prices = outline.lines.iter().enumerate().filter(|(_, line)| may_be(line) && is_price(&line.text));
    let prices = prices.filter(|(at, _)| is_of_goods(*at));
    products.take(LEAST_OF_PRODUCTS).count() == LEAST_OF_PRODUCTS
        || prices.take(LEAST_OF_GOODS).count() == LEAST_OF_GOODS
}

/// The teasers after the headline.
#[derive(Debug, Clone, Copy, Default)]
struct Feed {
    /// Number of teasers with more than a headline: a summary, a date.
    told: usize,
    /// Number of words of the text outside teasers.
    own: u32,
    /// Number of paragraphs before the first teaser.
    paragraphs: usize,
    /// The line of the first teaser.
    first: Option<usize>,
}

/// The content of the current teaser so far.
#[derive(Debug, Clone, Copy, Default)]
struct Teaser {
    lines: usize,
    summaries: usize,
    told: bool,
}

/// Minimum number of words of a summary, and maximum number of its lines.
const LEAST_OF_SUMMARY: u32 = 8;
const MOST_SUMMARIES: usize = 2;

impl Feed {
    fn of(outline: &Outline<'_>, seen: KindEvidence<'_>) -> Feed {
        let mut feed = Feed::default();
        let is_text = outline.are_among(seen.lines);
        let from = seen.title_line.map_or(0, |title| title + 1);
        let frames = frames(outline);
        let looks = Looks::of(outline);
        // Number of words of the text since the last teaser.
        let mut told = 0;
        let mut teaser: Option<Teaser> = None;
        let lines = outline.lines.iter().enumerate().filter(|(_, line)| !line.is_image() && line.words > 0);
        for (at, line) in lines {
            // "Rubric: Life in the villages" is not a headline.
            let labelled = || line.links().next().is_some_and(|(run, _)| is_label(line.text.get(..run.range().start)));
            let is_headline = line.is_linked_headline() || looks.is_headline(outline, line);
            if is_headline && !matches!(line.kind, LineKind::Row { .. }) && !labelled() {
                if at >= from && frames.get(line.element) != Some(&true) {
                    feed.first = feed.first.or(Some(at));
                    teaser = Some(Teaser::default());
                    told = 0;
                }
                continue;
            }
            let points = looks.points(line) && (LEAST_OF_SUMMARY..=MOST_OF_SUMMARY).contains(&told);
            if at >= from && (points || reads_on(line)) && frames.get(line.element) != Some(&true) {
                feed.first = feed.first.or(Some(at));
                feed.told += 1;
                feed.own = feed.own.saturating_sub(if points { told } else { 0 });
                feed.paragraphs = feed.paragraphs.saturating_sub(usize::from(points && feed.told == 1));
                told = 0;
                continue;
            }
            teaser = teaser.filter(|teaser| teaser.lines < LINES_BEFORE);
            let tells = line.words >= LEAST_OF_SUMMARY && line.link_density() < 0.5;
            if let Some(teaser) = teaser.as_mut().filter(|teaser| !tells || teaser.summaries < MOST_SUMMARIES) {
                teaser.lines += 1;
                teaser.summaries += usize::from(tells);
                if !teaser.told && (tells || date_lines::shows_date(line)) {
                    teaser.told = true;
                    feed.told += 1;
                }
            } else if is_text.get(at) == Some(&true) {
                feed.own += line.words;
                told += line.words;
                feed.paragraphs += usize::from(feed.told == 0 && tells);
            }
        }
        feed
    }
}

/// Minimum number of links with one class or one text that mark teasers, and maximum number of words of such a text.
const LEAST_ALIKE: usize = 4;
const MOST_OF_POINTER: u32 = 4;

/// The look of the page's links.
struct Looks<'o> {
    /// The classes of linked headlines' elements, with their number.
    headlines: HashMap<&'o str, usize>,
    /// Short texts of links to several pages: "Keep reading".
    pointers: HashMap<&'o str, usize>,
}

impl<'o> Looks<'o> {
    fn of(outline: &'o Outline<'_>) -> Looks<'o> {
        let mut looks = Looks { headlines: HashMap::default(), pointers: HashMap::default() };
        for line in outline.lines.iter().filter(|line| line.is_link() && !line.is_image()) {
            if line.words <= MOST_OF_POINTER {
                *looks.pointers.entry(line.text.as_str()).or_default() += 1;
            }
            if let Some(look) = look(outline, line).filter(|_| line.is_linked_headline()) {
                *looks.headlines.entry(look).or_default() += 1;
            }
        }
        looks
    }

    /// Whether a line is a link of a few words with the same class as linked headlines.
    fn is_headline(&self, outline: &'o Outline<'_>, line: &'o Line<'_>) -> bool {
        let is_short = line.is_link() && (2..=MOST_OF_POINTER).contains(&line.words);
        let count = || look(outline, line).and_then(|look| self.headlines.get(look).copied()).unwrap_or(0);
        is_short && !self.points(line) && count() * 2 >= LEAST_ALIKE
    }

    /// Whether many links on the page have the line's text.
    fn points(&self, line: &Line<'_>) -> bool {
        line.is_link() && self.pointers.get(line.text.as_str()).is_some_and(|count| *count >= LEAST_ALIKE)
    }
}

/// Returns the class of a line's element.
fn look<'o>(outline: &'o Outline<'_>, line: &Line<'_>) -> Option<&'o str> {
    tree::attribute(outline.elements.get(line.element)?.node.value(), &local_name!("class"))
}

/// Maximum number of words of a summary with a "read on" link.
const MOST_OF_SUMMARY: u32 = 60;

/// Whether a line is a summary that ends in a link to the full text. Its headline need not be a link.
fn reads_on(line: &Line<'_>) -> bool {
    const LABELS: &[&str] = &[
        "doc tiep",
        "xem tiep",
        "xem them",
        "chi tiet",
        "xem chi tiet",
        "read more",
        "read on",
        "more",
        "continue reading",
        "full story",
    ];
    let is_summary = (LEAST_OF_SUMMARY..=MOST_OF_SUMMARY).contains(&line.words) && line.link_density() < 0.5;
    let last = || line.links().last().and_then(|(run, _)| line.text.get(run.range().start..));
    is_summary
        && last().is_some_and(|last| {
            let folded = fold_ascii(last);
            LABELS.contains(&folded.trim_matches(|c: char| !c.is_alphanumeric()))
        })
}

#[cfg(test)]
mod tests {
    use crate::extract::sample;
    use crate::model::article::PageKind;
    use crate::model::link::Hints;

    const INTRODUCTION: &str =
        "<p>Trang này gom các bài về chuyện trồng rừng ven sông, từ lúc ươm cây tới khi giao đất cho từng hộ giữ.</p>";

    fn teasers(count: usize) -> String {
        let teaser = |n: usize| {
            format!(
                "<div class=\"o\"><h3><a href=\"/bai-{n}.html\">Thôn Bến Mơ giữ thêm {n} héc ta rừng tràm</a></h3><span>1{n}/03/2026</span>\
                 <p>Mỗi hộ nhận một khoảnh, tự phát cỏ và canh lửa suốt mùa khô năm nay.</p></div>"
            )
        };
        (0..count).map(teaser).collect()
    }

    fn kind_of(path: &str, body: &str) -> PageKind {
        let url = format!("https://benmo.example/{path}");
        sample::read(&url, "", &Hints::default(), &format!("<div class=\"m\">{body}</div>")).kind
    }

    #[test]
    fn a_topic_with_an_introduction_is_a_list() {
        let head = "<h1>Giữ rừng tràm ven sông, chuyện của mười thôn</h1>";
        let topic = format!("{head}{INTRODUCTION}{}", teasers(6));
        assert_eq!(kind_of("chu-de/giu-rung-tram-ven-song-t4.html", &topic), PageKind::List);
        let dated = format!("{head}<div>12/03/2026 08:00</div>{INTRODUCTION}{}", teasers(6));
        assert_eq!(kind_of("giu-rung-tram-ven-song-chuyen-cua-muoi-thon-412.html", &dated), PageKind::Article);
    }

    #[test]
    fn a_rubric_of_dated_teasers_is_a_list() {
        assert_eq!(kind_of("lam-nghiep.html", &format!("<h1>Lâm nghiệp</h1>{}", teasers(6))), PageKind::List);
    }

    #[test]
    fn the_rubric_beside_a_notice_is_no_teaser() {
        let label = "<dd>Chuyên mục: <a href=\"/rung\">Tin rừng và đất ven sông</a></dd>";
        let notice = format!(
            "<h1>Thông báo lịch trực cháy rừng tháng ba ở Bến Mơ</h1>{label}<p>Tổ trực đổi ca lúc sáu giờ sáng, ai vắng phải báo trước một ngày.</p>"
        );
        assert_eq!(kind_of("thong-bao-lich-truc-chay-rung-thang-ba-o-ben-mo", &notice), PageKind::Article);
    }

    #[test]
    fn a_table_of_prices_leaves_a_page_an_article() {
        let rows: String = (0..12).map(|n| format!("<tr><td>Giỏ số {n}</td><td>$1{n}.00</td></tr>")).collect();
        let page = format!(
            "<h1>Giá giỏ cói ở các chợ quê</h1><p>Chợ nào cũng có hàng giỏ, nhưng giá mỗi nơi mỗi khác, tùy đường xa hay gần.</p>\
             <table><tr><th>Loại</th><th>Giá</th></tr>{rows}</table><p>Người bán nói sau mùa lũ giá sẽ còn lên, vì cói năm nay mọc kém.</p>"
        );
        assert_eq!(kind_of("gia-gio-coi", &page), PageKind::Article);
    }

    #[test]
    fn summaries_that_end_in_a_link_to_read_on_are_teasers() {
        let teaser = |n: usize| {
            format!(
                "<section><h2>Chợ phiên thứ {n} ở bến đò ngang</h2><p>Người bán từ hai bờ gặp nhau từ lúc trời còn tối, \
                 hàng chất đầy mũi thuyền. <a href=\"/c{n}\">Đọc tiếp</a></p></section>"
            )
        };
        let html: String = (0..6).map(teaser).collect();
        let page = format!("<title>Đời sống</title><main><h1>Đời sống</h1>{html}</main>");
        let read = sample::read("https://benphao.example/doi-song", "", &Hints::default(), &page);
        assert_eq!(read.kind, PageKind::List);
    }

    #[test]
    fn an_article_with_others_below_it_is_no_list() {
        let paragraphs = [
            "Tràm trồng được ba năm thì khép tán, người giữ rừng bắt đầu thả ong quanh bờ.",
            "Mùa khô, mỗi chòi cử hai người thức canh lửa, gõ kẻng báo nhau qua từng khoảnh.",
            "Tiền bán mật chia đều, phần còn lại mua máy bơm và giữ cho con nước trong mương.",
            "Người trẻ trong thôn học cách đo thân cây và ghi vào sổ chung của cả tổ giữ rừng.",
            "Có năm gió đổi chiều, lửa từ bãi sậy bên kia sông táp sang, cả xóm chèo xuồng chở nước.",
            "Ông tổ trưởng giữ cuốn sổ ấy đã ba mươi năm, trang đầu còn ghi bằng mực tím.",
            "Con gái ông nay làm kỹ sư lâm nghiệp, cuối tuần vẫn về đi tuần cùng cha.",
            "Mật năm nay trong hơn năm ngoái, thương lái đã đặt mua từ lúc hoa chưa nở.",
        ];
        let text: String = paragraphs.map(|paragraph| format!("<p>{paragraph}</p>")).concat();
        let page = format!("<h1>Người giữ rừng tràm</h1>{text}<h3>Đọc tiếp</h3>{}", teasers(6));
        assert_eq!(kind_of("nguoi-giu-rung-tram", &page), PageKind::Article);
    }

    #[test]
    fn pointers_of_one_text_mark_teasers() {
        let teaser = |n: usize| {
            format!(
                "<div><h2>Bè cá thứ {n} về bến</h2><p>Chủ bè kể chuyện con nước và giá mồi trong tháng vừa qua.</p><a href=\"/b{n}\">Vào xem</a></div>"
            )
        };
        let page = format!("<h1>Bè cá</h1>{}", (0..6).map(teaser).collect::<String>());
        assert_eq!(kind_of("be-ca", &page), PageKind::List);
    }

    #[test]
    fn short_headlines_that_look_like_long_ones_head_teasers() {
        let teaser = |title: &str| {
            format!(
                "<div><a class=\"t\" href=\"/{}\">{title}</a><p>Chủ bè kể chuyện con nước và giá mồi trong tháng.</p></div>",
                title.len()
            )
        };
        let titles =
            ["Bè cá ở bến", "Đêm gác đáy", "Người đo nước ở cống Tư Dinh", "Chợ nổi họp thêm phiên chiều", "Lúa trời"];
        let page = format!("<h1>Chuyện sông</h1>{}", titles.map(teaser).concat());
        assert_eq!(kind_of("chuyen-song", &page), PageKind::List);
    }

    #[test]
    fn a_page_of_prices_is_a_shops_list() {
        let goods: String = (0..9).map(|n| format!("<li><a href=\"/g{n}\">Giỏ cói</a><b>$1{n}.00</b></li>")).collect();
        let shop = format!(
            "<h1>Giỏ cói</h1><p>Giỏ đan tay từ cói phơi hai nắng, bền và nhẹ, hợp đi chợ hằng ngày.</p><ul>{goods}</ul>"
        );
        assert_eq!(kind_of("gio-coi", &shop), PageKind::List);
    }

    #[test]
    fn prices_without_links_to_goods_are_a_comparison() {
        let parts: String = (0..9)
            .map(|n| {
                format!(
                    "<h2>Giỏ cói thứ {n}</h2><p>Giỏ này đan dày, quai bện ba, người bán ở chợ quê bảo đi chợ ba năm chưa sờn.</p>\
                     <ul><li>Loại nhỏ $1{n}.00</li><li>Loại to $2{n}.00</li></ul>"
                )
            })
            .collect();
        assert_eq!(
            kind_of("so-gia-gio-coi", &format!("<h1>So giá giỏ cói ở chín chợ quê</h1>{parts}")),
            PageKind::Article
        );
    }
}
