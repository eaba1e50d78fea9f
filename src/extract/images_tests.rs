//! Which images are the article's, and their URLs.

use crate::extract::sample;
use crate::model::link::Hints;

const TEXT: &str = "<p>Đội thợ của thôn Đá Bạc dựng xong nhịp cuối của cây cầu treo sau bốn tháng làm việc, nắng cũng như mưa.</p>\
    <p>Cầu dài chín mươi mét, mặt lát gỗ nghiến, hai người dắt xe tránh nhau được, trẻ em không còn phải đi bè đến lớp.</p>";

fn shown(head: &str, before: &str, within: &str) -> Vec<String> {
    let html = format!(
        "<title>Cầu treo thôn Đá Bạc nối hai bờ</title>{head}<body>{before}<article><h1>Cầu treo thôn Đá Bạc nối hai bờ</h1>{within}{TEXT}</article>"
    );
    let read = sample::read("https://dabac.example/tin/cau-treo", "", &Hints::default(), &html);
    let path = |image: &crate::model::article::Image| image.url.as_ref().map(|url| url.as_url().path().to_owned());
    read.images.iter().filter_map(path).collect()
}

#[test]
fn the_picture_that_a_browser_shows_in_the_end_is_named() {
    for (within, path) in [
        ("<img src='#' data-anh-goc='/a/cau.jpg'>", "/a/cau.jpg"),
        ("<img src='about:blank' data-src='/a/cau?id=3'>", "/a/cau"),
        ("<img src='/img/loader.gif'><noscript><img src='/a/cau.jpg'></noscript>", "/a/cau.jpg"),
        ("<img src='/a/nho.jpg' srcset='/a/w_300,h_2/cau.jpg 300w,/a/w_900,h_6/cau.jpg 900w'>", "/a/w_900,h_6/cau.jpg"),
        ("<img src='/img/placeholder.png' srcset='/a/1.jpg, /a/2.jpg 2x'>", "/a/2.jpg"),
        ("<img src='/a/cau.jpg' data-thumb='/a/cau-nho.jpg' data-gallery='{\"src\":\"/a/x.jpg\"}'>", "/a/cau.jpg"),
    ] {
        assert_eq!(shown("", "", within), [path], "{within}");
    }
    for within in ["<img src='#'>", "<img src='/img/spinner.gif'>", "<img src=''>", "<img src='{{anh}}'>"] {
        assert!(shown("", "", within).is_empty(), "{within}");
    }
}

#[test]
fn of_several_sizes_the_largest_is_named() {
    for (within, path) in [
        (
            "<img src='/a/s.jpg' data-src='/a/cau-s.jpg' data-srcset='/a/cau-s.jpg 300w, /a/cau-l.jpg 1200w'>",
            "/a/cau-l.jpg",
        ),
        (
            "<picture><source type='image/webp' srcset='/a/cau.webp 1600w'><source srcset='/a/cau-l.jpg 1600w'><img src='/a/cau-s.jpg'></picture>",
            "/a/cau-l.jpg",
        ),
        (
            "<picture><source srcset='data:image/gif;base64,R0' data-srcset='/a/cau-l.jpg'><img src='data:image/gif;base64,R0'></picture>",
            "/a/cau-l.jpg",
        ),
        ("<a href='/a/cau-treo.jpg'><img src='/a/cau-treo-300x200.jpg'></a>", "/a/cau-treo.jpg"),
        ("<img src='/a/cau.jpg' data-url='/anh/trang-12'>", "/a/cau.jpg"),
        ("<img src='/a/cau.jpg' width=0 height=0 sizes='100vw'>", "/a/cau.jpg"),
    ] {
        assert_eq!(shown("", "", within), [path], "{within}");
    }
}

#[test]
fn pictures_that_scripts_or_buttons_show_are_pictures() {
    for within in [
        "<div class=lazy><noscript><img src='/a/cau.jpg'></noscript></div>",
        "<picture><noscript><img src='/a/s.jpg' srcset='/a/s.jpg 90w, /a/cau.jpg 900w'></noscript></picture>",
        "<figure><button><img src='/a/cau.jpg'></button></figure>",
    ] {
        assert_eq!(shown("", "", within), ["/a/cau.jpg"], "{within}");
    }
    let counter = "<noscript><img src='https://dem.example/x?id=2' width=1 height=1></noscript><button><img src='/nut.jpg'></button>";
    assert!(shown("", "", counter).is_empty());
}

#[test]
fn what_else_a_place_holds_tells_a_picture_from_a_teaser() {
    for other in [
        "<div><div class=anh><img src='/a/khac.jpg'></div><h3><a href='/tin/khac'>Xã bên đắp lại con đường đê dài hai cây số</a></h3></div>",
        "<figure><a href='/tac-gia/lan-chi'><img src='/a/chi.jpg'></a><figcaption><a href='/tac-gia/lan-chi'>Lan Chi</a></figcaption></figure>",
        "<img src='/images/author/lan-chi.jpg'>",
        "<a href='/quang-cao/'><img src='/a/quang-cao-3.jpg'></a>",
    ] {
        assert_eq!(shown("", "", &format!("<img src='/a/cau.jpg'>{TEXT}{other}")), ["/a/cau.jpg"], "{other}");
    }
    for own in [
        "<div class=thumb><img src='/a/cau.jpg'></div>",
        "<div class=float-aside><figure><img src='/a/cau.jpg'><figcaption>Nhịp cuối</figcaption></figure></div>",
        "<a href='/anh/nhip-cau-cuoi-cung.html'><img src='/a/nhip-cau-cuoi-cung_w600.jpg'></a>",
        "<div><a href='https://tho-moc.example/'><img src='/a/cau.jpg'></a><p class=caption>Nhịp cuối</p></div>",
    ] {
        assert_eq!(shown("", "", &format!("{TEXT}{own}{TEXT}")).len(), 1, "{own}");
    }
}

#[test]
fn the_picture_between_headline_and_text_is_the_articles() {
    let page = |cover: &str| {
        let frame =
            "<div>12/03/2026 08:00</div><div>1</div><div>2</div><div>3</div><div>4</div><div>5</div><div>6</div>";
        let html = format!(
            "<title>Cầu treo thôn Đá Bạc nối hai bờ</title><body><h1>Cầu treo thôn Đá Bạc nối hai bờ</h1>{cover}{frame}<div class=content-detail>{TEXT}{TEXT}</div>"
        );
        let read = sample::read("https://dabac.example/tin/cau-treo", "", &Hints::default(), &html);
        read.images.len()
    };
    assert_eq!(page("<figure><img src='/a/cau.png'></figure>"), 1);
    assert_eq!(page("<div><img src='/a/cau.jpg'></div>"), 1);
    assert_eq!(page("<span><img src='/a/dong-ho.png'></span>"), 0);
    assert_eq!(page("<a href='/in'><img src='/a/in.jpg'></a>"), 0);
}

#[test]
fn a_gallery_behind_the_text_is_read_to_its_end() {
    let pictures: String =
        (0..9).map(|n| format!("<figure><img src='/a/{n}.jpg'><figcaption>Nhịp {n}</figcaption></figure>")).collect();
    assert_eq!(shown("", "", &format!("{TEXT}<div class=gallery>{pictures}</div></article><article>")).len(), 9);
}

#[test]
fn the_cover_is_the_picture_that_the_page_names_and_shows() {
    let head = "<meta property='og:image' content='https://cdn.example/cau-treo-1200x630.jpg'>";
    let cover = "<div class=top><img src='/a/khac.jpg'><img src='/a/cau-treo-600x315.jpg'></div>";
    assert_eq!(shown(head, cover, ""), ["/a/cau-treo-600x315.jpg"]);
    assert!(shown(head, "<div class=top><img src='/a/khac.jpg'></div>", "").is_empty());
    let side = "<nav><img src='/a/cau-treo-600x315.jpg'></nav><div class=sidebar><img src='/a/cau-treo.jpg'></div>";
    assert!(shown(head, side, "").is_empty());
    let logo = "<meta property='og:image' content='/img/logo-cong.png'>";
    assert!(shown(logo, "<div><img src='/img/logo-cong.png'></div>", "").is_empty());
}

#[test]
fn icons_portraits_and_teasers_are_no_pictures_of_the_article() {
    for other in [
        "<img src='/img/icons/print.png'>",
        "<img src='/ve/mui-ten.svg'>",
        "<img src='/a/nguoi-viet.jpg' width=48 height=48>",
        "<img src='/avatar/12.jpg'>",
        "<a href='/tin/chuyen-khac'><img src='/a/khac.jpg'></a>",
    ] {
        assert_eq!(shown("", "", &format!("{other}<img src='/a/cau.jpg'>")), ["/a/cau.jpg"], "{other}");
    }
    let own = "<a href='/a/to.jpg'><img src='/a/cau.jpg'></a><a href='/tin/cau-treo#anh'><img src='/a/cau-2.jpg'></a>";
    assert_eq!(shown("", "", own), ["/a/cau.jpg", "/a/cau-2.jpg"]);
}

#[test]
fn the_text_of_a_figure_is_its_pictures_caption() {
    let captions = |within: &str| {
        let html =
            format!("<title>Cầu treo Đá Bạc</title><article><h1>Cầu treo Đá Bạc</h1>{TEXT}{within}{TEXT}</article>");
        let read = sample::read("https://dabac.example/tin/cau", "", &Hints::default(), &html);
        let text = serde_json::to_string(&read.blocks).unwrap();
        (read.images.into_iter().filter_map(|image| image.caption).collect::<Vec<_>>(), text.contains("nhịp cuối treo"))
    };
    let shown = "<figure><div><img src='/a/cau.jpg'></div><div><p>Thợ lát nhịp cuối treo trên sông hôm chủ nhật.</p></div></figure>";
    assert_eq!(captions(shown), (vec!["Thợ lát nhịp cuối treo trên sông hôm chủ nhật.".to_owned()], false));
    let quoted =
        "<figure><blockquote>Thợ lát nhịp cuối treo trên sông, tôi không dám nhìn xuống nước.</blockquote></figure>";
    assert!(captions(quoted).1, "a figure without pictures");
}
