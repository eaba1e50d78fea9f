use super::*;
use crate::discover::Reader;
use crate::discover::Source;
use crate::discover::Step;
use crate::discover::read as read_page;
use crate::discover::testing::*;
use crate::model::request::Payload;

fn candidates(texts: &[&str]) -> Vec<Candidate> {
    texts.iter().map(|text| Candidate::parse(text, None).unwrap()).collect()
}

fn generic() -> ListingRules {
    ListingRules::generic(url("https://tinh.example/tin-tuc/"))
}

fn with_items(item: &str) -> ListingRules {
    ListingRules { item: candidates(&[item]), ..generic() }
}

fn list(rules: &ListingRules, body: &str) -> Found {
    read_first(Reader::Listing(Box::new(rules.clone())), body)
}

#[test]
fn items_are_read_by_rules() {
    let rules = ListingRules {
        date: candidates(&["span.ngay"]),
        summary: candidates(&["p"]),
        image: candidates(&["img"]),
        section: candidates(&[".muc"]),
        ..with_items("li")
    };
    let found = list(
        &rules,
        "<base href='/goc/'><ul><li><a href='1.html'>Khai mạc lễ hội <span class='ngay'> (27.07.2019 19:02)</span></a><p>Tóm tắt</p>\
         <img src='data:x' data-src='a.jpg'><i class='muc'>Văn hóa</i></li>\
         <li><a href='javascript:x()'>Mở</a><a href='/2.html' title='Hội nghị sơ kết công tác năm'>Hội nghị sơ kết…</a></li>\
         <li style='display: none'><a href='/3.html'>Ẩn</a></li><li><a href='#'>Đầu trang</a></li>\
         <li><a href='/4.html'><img src='/b.jpg' alt='Ảnh hội nghị'></a></li></ul>",
    );
    assert_eq!(
        rows(&found),
        [
            "/goc/1.html | Khai mạc lễ hội | 2019-07-27T19:02",
            "/2.html | Hội nghị sơ kết công tác năm | -",
            "/4.html | Ảnh hội nghị | -"
        ]
    );
    let hints = &found.links[0].hints;
    assert_eq!((hints.summary.as_deref(), hints.section.as_deref()), (Some("Tóm tắt"), Some("Văn hóa")));
    assert_eq!(hints.image.as_ref().map(PageUrl::as_str), Some("https://tinh.example/goc/a.jpg"));
}

#[test]
fn links_alone_are_items_with_the_blocks_around_them() {
    let rules = ListingRules { link: candidates(&["a.article-title"]), ..generic() };
    let item = |n: u32, date: &str| {
        format!(
            "<div><div><a class='article-title' href='/{n}'>Tin {n}</a></div><time datetime='{date}'>hôm nay</time><a href='/x'>Xem</a></div>"
        )
    };
    let body = format!("<div>{}{}</div>", item(1, "2025-10-30T10:31:51+07:00"), item(2, "2025-10-29T10:31:51+07:00"));
    assert_eq!(rows(&list(&rules, &body)), ["/1 | Tin 1 | 2025-10-30T10:31", "/2 | Tin 2 | 2025-10-29T10:31"]);
}

#[test]
fn a_familys_selectors_that_find_nothing_give_way_but_a_lists_own_do_not() {
    let item = |n: usize| {
        format!(
            "<div class='tin'><h3><a href='/bai-{n}.html'>{}</a></h3><p>Mô tả ngắn của bài này.</p></div>",
            TITLES[n]
        )
    };
    let body = format!("<div>{}</div>", (0..4).map(item).collect::<String>());
    let own = with_items("ul.ArticleList li.row");
    assert_eq!(list(&own, &body).links.len(), 0);
    let of_family = ListingRules { is_of_family: true, ..own };
    assert_eq!(list(&of_family, &body).links.len(), 4);
}

const TITLES: [&str; 4] = [
    "Chủ tịch UBND tỉnh kiểm tra tiến độ cao tốc",
    "Khai giảng năm học mới tại các trường vùng cao",
    "Toàn tỉnh trồng mới ba nghìn héc ta rừng",
    "Hội nghị giao ban báo chí tháng mười",
];

/// Returns a typical portal page: a menu, the list, a side box, a footer.
fn page_with(list: &str) -> String {
    let menu = ["Trang chủ", "Giới thiệu chung về tỉnh", "Tin tức", "Văn bản chỉ đạo điều hành"]
        .iter()
        .enumerate()
        .map(|(n, name)| format!("<li><a href='/menu/{n}'>{name}</a></li>"))
        .collect::<Vec<_>>()
        .concat();
    let aside = (1..=6)
        .map(|n| format!("<li><a href='/khac/{n}'>Tin đọc nhiều số {n} trong tuần vừa qua của tỉnh</a></li>"))
        .collect::<Vec<_>>()
        .concat();
    format!(
        "<body><div id='main-menu'><ul>{menu}</ul></div><div class='noi-dung'>{list}</div>\
         <div class='sidebar'><ul>{aside}</ul></div><footer><a href='/so-do'>Sơ đồ cổng thông tin điện tử tỉnh ta</a>\
         Giấy phép số 12 ngày 01/02/2015</footer></body>"
    )
}

#[test]
fn lists_of_many_makes_are_found_without_rules() {
    let check = |item: &dyn Fn(usize, &str) -> String, expect: &dyn Fn(usize, &str) -> String| {
        let items: String = TITLES.iter().enumerate().map(|(n, title)| item(n, title)).collect();
        let expected: Vec<String> = TITLES.iter().enumerate().map(|(n, title)| expect(n, title)).collect();
        assert_eq!(rows(&list(&generic(), &page_with(&items))), expected, "{items}");
    };
    let day = |n: usize, title: &str| format!("/tin/{n} | {title} | 2021-03-1{n}");
    let minute = |n: usize, title: &str| format!("/tin/{n} | {title} | 2021-03-1{n}T09:05");
    check(
        &|n, title| {
            format!(
                "<div class='row'><h2><a href='/tin/{n}'>{title}</a></h2><div class='d'>1{n}/03/2021</div><p>Tóm tắt dài của tin này ở đây.</p></div>"
            )
        },
        &day,
    );
    check(
        &|n, title| {
            format!("<li><h3><a href='/tin/{n}'>{title}</a></h3><span class='time'>(1{n}/03/2021 09:05) </span></li>")
        },
        &minute,
    );
    check(&|n, title| format!("<a class='t' href='/tin/{n}'>{title} <span>(1{n}.03.2021)</span></a><br>"), &day);
    check(
        &|n, title| {
            format!(
                "<article><a href='/tin/{n}'><img src='/{n}.jpg'></a><div><a href='/tin/{n}'>{title}</a>\
                 <time datetime='2021-03-1{n}T09:05:00+07:00'>vừa xong</time></div></article>"
            )
        },
        &minute,
    );
    check(
        &|n, title| {
            format!(
                "<table><tr><td><a href='/tin/{n}'>{title}</a></td></tr><tr><td><em class='fa'>&nbsp;</em> 1{n}/03/2021 09:05</td></tr></table>"
            )
        },
        &minute,
    );
    check(
        &|n, title| {
            format!("<a href='/tin/{n}'><h3>{title}</h3><p>Tóm tắt dài của tin này ở đây.</p><i>1{n}/03/2021</i></a>")
        },
        &day,
    );
    check(
        &|n, title| {
            let teaser = "Đây là đoạn tóm tắt dài hơn tiêu đề nhiều lần, viết cho đủ chữ. ".repeat(4);
            let tag = if n == 0 { "h2" } else { "h3" };
            format!(
                "<div><{tag}><a href='/tin/{n}'>{title}</a></{tag}><p>1{n}/03/2021</p><a class='t' href='/tin/{n}'>{teaser}</a></div>"
            )
        },
        &day,
    );
    check(&|n, title| format!("<div class='tin'><h3><a href='/tin/{n}'>{title}</a></h3></div>"), &|n, title| {
        format!("/tin/{n} | {title} | -")
    });
}

#[test]
fn pages_without_a_list_give_nothing() {
    let check = |body: &str, broken: bool| {
        let found = list(&generic(), body);
        assert_eq!((found.links.len(), found.broken.is_some()), (0, broken), "{body}");
    };
    check("", true);
    check("Welcome", true);
    check("<html><head></head><body></body></html>", true);
    check("<?xml version='1.0'?><a/>", true);
    check("<body><nav><a href='/1'>Trang chủ</a></nav><p>Chưa có tin</p></body>", false);
}

fn steps(paging: Paging, body: &str) -> Vec<Step> {
    list(&ListingRules { paging, ..with_items("li") }, body).next
}

#[test]
fn pages_are_counted() {
    let body = "<li><a href='/1'>Tin</a></li>";
    let check = |paging: Paging, body: &str, expect: &str| {
        let steps = steps(paging, body);
        assert_eq!(steps.iter().map(|step| step.request.url.as_str()).collect::<Vec<_>>(), [expect]);
        assert_eq!(steps[0].number, 1);
    };
    let query = |parameter: &str, first, step| Paging::Query { parameter: parameter.to_owned(), first, step };
    check(query("page", 1, 1), body, "https://tinh.example/tin-tuc/?page=2");
    check(query("start", 0, 20), body, "https://tinh.example/tin-tuc/?start=20");
    let liferay = "<li><a href='/1'>Tin</a></li><a href='?p_p_id=101_x&amp;_101_x_delta=5&amp;_101_x_cur=2'>2</a>";
    check(query("*_cur", 1, 1), liferay, "https://tinh.example/tin-tuc/?p_p_id=101_x&_101_x_delta=5&_101_x_cur=2");
    let path = |pattern: &str| Paging::Path { pattern: pattern.to_owned(), first: 1 };
    check(path("/page/{page}/"), body, "https://tinh.example/tin-tuc/page/2/");
    check(path("trang-{page}.html"), body, "https://tinh.example/tin-tuc/trang-2.html");
    check(path("https://tinh.example/PhanTrang/17/{page}/x.html"), body, "https://tinh.example/PhanTrang/17/2/x.html");
    let next = || Paging::NextLink(candidates(&["a.next"]));
    check(
        next(),
        "<li><a href='/1'>Tin</a></li><a class=next href='#'>x</a><a class=next href='?p=2'>x</a>",
        "https://tinh.example/tin-tuc/?p=2",
    );
    assert!(steps(next(), body).is_empty());
    assert!(steps(next(), "<li><a href='/1'>Tin</a></li><a class=next href='/tin-tuc/'>x</a>").is_empty());
    assert!(steps(query("page", 1, 1), "<p>hết</p>").is_empty(), "an empty page is the last");
}

#[test]
fn fragments_are_posted_for() {
    let paging = Paging::Post {
        url: url("https://tinh.example/LoadArticle"),
        form: [("pageIndex", "{page}"), ("token", "{input:__T}"), ("menu", "12")]
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .to_vec(),
        first: 1,
        pointer: Some("/d".to_owned()),
    };
    let source =
        Source { max_pages: 5, ..source(Reader::Listing(Box::new(ListingRules { paging, ..with_items("li") }))) };
    let ask = |step: &Step, body: &str| read_page(&source, step, &page(&step.request.url, body));
    let form = |step: &Step| match &step.request.payload {
        Payload::Form(pairs) => {
            pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
        }
        other => panic!("{other:?}"),
    };
    let first = ask(&source.first_step(), "<input type=hidden name=__T value='a b'><li><a href='/1'>Tin</a></li>");
    assert_eq!(form(&first.next[0]), "pageIndex=2&token=a b&menu=12");
    let second = ask(&first.next[0], r#"{"d": "<li><a href=\"/2\">Tin hai</a></li>"}"#);
    assert_eq!(
        (rows(&second), form(&second.next[0])),
        (vec!["/2 | Tin hai | -".to_owned()], "pageIndex=3&token=a b&menu=12".to_owned())
    );
    let last = ask(&second.next[0], r#"{"d": ""}"#);
    assert_eq!((last.links.len(), last.next.len(), last.broken), (0, 0, None));
    assert!(ask(&second.next[0], r#"{"error": 1}"#).broken.is_some());
}

#[test]
fn web_forms_are_posted_back() {
    let body = "<form action='./x.aspx?a=1'><input type=hidden name=__VIEWSTATE value='/wE&#43;=='><input name=q value=''>\
        <input type=submit name=go value=1><input type=checkbox name=c><input type=checkbox name=d checked><input name=off disabled value=1>\
        <input type=hidden name=__EVENTTARGET value=''><select name=s><option value=1>a<option selected>b  c</select><textarea name=t>\nx\ny</textarea>\
        <li><a href='/1'>Tin</a></li><a class=n href=\"javascript:__doPostBack(&#39;ctl00$pager&#39;,&#39;Page$2&#39;)\">2</a></form>";
    let steps = steps(Paging::DoPostBack(candidates(&["a.n"])), body);
    let expected = [
        ("__EVENTTARGET", "ctl00$pager"),
        ("__EVENTARGUMENT", "Page$2"),
        ("__VIEWSTATE", "/wE+=="),
        ("q", ""),
        ("d", "on"),
        ("s", "b c"),
        ("t", "x\r\ny"),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
    assert_eq!(steps[0].request.payload, Payload::Form(expected));
    assert_eq!(steps[0].request.url.as_str(), "https://tinh.example/tin-tuc/x.aspx?a=1");
}

#[test]
fn hostile_pages_are_bounded() {
    let links = (0..100_000)
        .map(|n| format!("<li><a href='/{n}'>Một tiêu đề dài hơn năm chữ {n}</a></li>"))
        .collect::<Vec<_>>()
        .concat();
    assert_eq!(list(&with_items("li"), &links).links.len(), MAX_ITEMS);
    assert!(list(&generic(), &links).links.len() <= MAX_ITEMS);
    let long = format!("<li><a href='/1'>{}</a></li>", "chữ ".repeat(1_000_000));
    assert!(list(&with_items("li"), &long).links[0].hints.title.as_ref().is_none_or(|title| title.len() < 10_000));
}

/// The work on a page is limited: links by their number, a form by its controls.
#[test]
fn links_and_controls_looked_at_are_bounded() {
    let ignored = "<a href='#'>x</a>".repeat(10_000);
    let items = |from: u32| {
        let item = |n| format!("<li><a href='/tin-{n}.html'>Một tiêu đề dài hơn năm chữ số {n}</a></li>");
        (from..from + 5).map(item).collect::<String>()
    };
    let before = list(&generic(), &format!("<ul>{}</ul>{ignored}", items(0)));
    assert_eq!(before.links.len(), 5, "{:?}", before.broken);
    assert_eq!(list(&generic(), &format!("{ignored}<ul>{}</ul>", items(0))).links.len(), 0);

    let controls: String = (0..2_100).map(|n| format!("<input name='i{n}' value='v'>")).collect();
    let page = tree::parse(&format!("<form>{controls}</form>"));
    let form = page
        .html
        .root_element()
        .descendants()
        .filter_map(ElementRef::wrap)
        .find(|element| element.value().name() == "form");
    assert_eq!(form::entries(form.unwrap()).len(), 2_000);
}

/// Returns rows of `count` articles in the markup that `row` creates for a number and a title.
fn rows_of(count: usize, row: &dyn Fn(usize, &str) -> String) -> String {
    (0..count).map(|n| row(n, &format!("{} lần {n}", TITLES[n % TITLES.len()]))).collect()
}

fn paths(body: &str) -> Vec<String> {
    let found = list(&generic(), body);
    found.links.iter().map(|link| link.url.as_url()[url::Position::BeforePath..].to_owned()).collect()
}

fn numbered(count: usize, head: &str) -> Vec<String> {
    (0..count).map(|n| format!("{head}{n}")).collect()
}

#[test]
fn rows_are_one_list_whatever_their_topics_and_addresses_are() {
    let topics = ["kinh-te tag-lua", "xa-hoi", "giao-duc tag-thi tag-truong", "y-te"];
    let post = |tag: &str, n: usize, title: &str| {
        format!(
            "<{tag} class='post post-{n} category-{}'><h2><a href='/tin/{n}'>{title}</a></h2></{tag}>",
            topics[n % 4]
        )
    };
    assert_eq!(paths(&rows_of(6, &|n, title| post("article", n, title))), numbered(6, "/tin/"));
    assert_eq!(paths(&page_with(&rows_of(6, &|n, title| post("div", n, title)))), numbered(6, "/tin/"));
    for head in ["/?p=", "/?id=", "/?nv=news&op="] {
        let rows = rows_of(6, &|n, title| format!("<li><h3><a href='{head}{n}'>{title}</a></h3></li>"));
        assert_eq!(paths(&format!("<nav><a href='/?cat=1'>Tin tức</a></nav><ul>{rows}</ul>")), numbered(6, head));
    }
}

#[test]
fn short_titles_and_titles_without_blanks_are_read() {
    let short = ["Mùa vải chín", "Lễ hội đền", "Chợ nổi", "Làng gốm đỏ lửa"];
    let row = |n: usize, title: &str| format!("<div><h3><a href='/t/{n}'>{title}</a></h3><p>1{n}/03/2021</p></div>");
    let body: String = short.iter().enumerate().map(|(n, title)| row(n, title)).collect();
    assert_eq!(paths(&page_with(&body)), numbered(4, "/t/"));
    let dense = ["县政府召开农业工作会议", "新学校今天正式开学", "山区道路修建工程完成", "医院为村民提供免费检查"];
    let body: String =
        dense.iter().enumerate().map(|(n, title)| format!("<li><a href='/t/{n}'>{title}</a></li>")).collect();
    assert_eq!(paths(&format!("<ul>{body}</ul>")), numbered(4, "/t/"));
}

#[test]
fn boxes_beside_the_list_are_left_out() {
    let teaser = "<p>Một đoạn tóm tắt đủ dài để không phải là tiêu đề của tin này.</p>";
    let main = |teaser: &str| {
        rows_of(5, &|n, title| {
            format!("<div class='tin'><a href='/tin/{n}'>{title}</a><i>1{n}/03/2021</i>{teaser}</div>")
        })
    };
    let side = rows_of(6, &|n, title| format!("<li><a href='/khac/{n}'>{title} ở xã khác</a><i>1{n}/02/2021</i></li>"));
    let check = |body: &str| assert_eq!(paths(body), numbered(5, "/tin/"), "{body}");
    // Poorer than the list, and in another place.
    check(&format!(
        "<div><div class='a'>{}</div><div class='b'><h3>Tin trong tuần</h3><ul>{side}</ul></div></div>",
        main(teaser)
    ));
    // In a narrower column.
    check(&format!("<div><div class='col-md-8'>{}</div><div class='col-md-4'><ul>{side}</ul></div></div>", main("")));
    // Under a heading that identifies it, in a block like the list's.
    check(&format!("<div class='k'>{}</div><div class='k'><h3>Đọc nhiều</h3><ul>{side}</ul></div>", main("")));
}

#[test]
fn blocks_of_a_front_page_give_their_headings_as_rubrics() {
    let block = |name: &str, from: usize| {
        let rows = (from..from + 3).map(|n| {
            format!(
                "<div class='tin'><a href='/tin/{n}'>{} kỳ {n}</a><i>1{n}/03/2021</i></div>",
                TITLES[n % TITLES.len()]
            )
        });
        format!("<div class='khoi'><h2><a href='/muc/{from}'>{name}</a></h2>{}</div>", rows.collect::<String>())
    };
    let sections = |body: &str| -> Vec<Option<String>> {
        list(&generic(), body).links.into_iter().map(|link| link.hints.section).collect()
    };
    let named = |name: &str| vec![Some(name.to_owned()); 3];
    let two = format!("{}{}", block("Kinh tế", 0), block("Xã hội", 3));
    assert_eq!(sections(&two), [named("Kinh tế"), named("Xã hội")].concat());
    assert_eq!(sections(&block("Kinh tế", 0)), vec![None; 3], "one heading is the page's");
}
