//! Pages made to break a reader: deep, wide, huge, unclosed, and the worst cases of the parsing algorithm's own steps.

/// A kind of hostile page.
pub(crate) struct Hostile {
    /// Its name.
    pub(crate) name: &'static str,
    /// Makes it.
    pub(crate) make: fn() -> String,
}

/// All kinds.
pub(crate) const ALL: &[Hostile] = &[
    Hostile { name: "deep-div", make: || "<div>".repeat(400_000) },
    Hostile { name: "deep-div-text", make: || "<div>a ".repeat(300_000) },
    Hostile { name: "deep-span", make: || format!("<p>{}", "<span class=x>".repeat(300_000)) },
    Hostile { name: "deep-table", make: || "<table><tr><td>".repeat(60_000) },
    Hostile { name: "deep-list", make: || "<ul><li>x".repeat(150_000) },
    Hostile { name: "deep-svg", make: || format!("<svg>{}", "<g>".repeat(300_000)) },
    Hostile { name: "unclosed-bold", make: || "<b>x".repeat(300_000) },
    Hostile { name: "unclosed-fonts", make: || numbered(150_000, |n| format!("<font color={n}>x")) },
    Hostile { name: "unclosed-links", make: || numbered(150_000, |n| format!("<p><a href={n}>x")) },
    Hostile { name: "misnested", make: || "<b><p>x</b></p><i><div></i></div>".repeat(60_000) },
    Hostile {
        name: "adoption",
        make: || format!("{}{}", "<a><b><i><div>".repeat(2_000), "</a></i></b>".repeat(20_000)),
    },
    Hostile { name: "fostered", make: || format!("<table>{}", "x<b>y</b><div>z</div>".repeat(100_000)) },
    Hostile { name: "wide-paragraphs", make: || "<p>Một đoạn văn ngắn, có dấu phẩy.</p>".repeat(200_000) },
    Hostile {
        name: "wide-divs",
        make: || "<div class=item><a href=/x>Tin mới trong ngày hôm nay</a></div>".repeat(150_000),
    },
    Hostile { name: "wide-empty", make: || "<i></i>".repeat(900_000) },
    Hostile { name: "wide-images", make: || numbered(150_000, |n| format!("<img src=/{n}.jpg alt='Ảnh {n}'>")) },
    Hostile {
        name: "wide-cells",
        make: || format!("<table>{}</table>", "<tr><td>1</td><td>2</td></tr>".repeat(120_000)),
    },
    Hostile { name: "many-attributes", make: || format!("<div {}>x</div>", numbered(300_000, |n| format!("a{n}=1 "))) },
    Hostile {
        name: "attributes-everywhere",
        make: || format!("<p {}>x</p>", numbered(400, |n| format!("a{n}=1 "))).repeat(2_000),
    },
    Hostile { name: "huge-attribute", make: || format!("<div title='{}'>x</div>", "a&amp;".repeat(3_000_000)) },
    Hostile { name: "huge-class", make: || format!("<div class='{}'><p>x</p></div>", "noi-dung ".repeat(1_000_000)) },
    Hostile { name: "huge-text", make: || format!("<p>{}</p>", "Xin chào các bạn, ".repeat(800_000)) },
    Hostile { name: "huge-word", make: || format!("<p>{}</p>", "ắ".repeat(5_000_000)) },
    Hostile { name: "huge-combining", make: || format!("<p>a{}</p>", "\u{301}".repeat(5_000_000)) },
    Hostile { name: "huge-title", make: || format!("<title>{}</title><h1>x</h1>", "Tin tức | ".repeat(1_500_000)) },
    Hostile {
        name: "huge-base64",
        make: || format!("<p>x<img src='data:image/png;base64,{}'>", "iVBORw0K".repeat(2_000_000)),
    },
    Hostile {
        name: "huge-json-ld",
        make: || json_ld(&format!("[{}]", vec!["{\"@type\":\"NewsArticle\",\"headline\":\"x\"}"; 200_000].join(","))),
    },
    Hostile { name: "deep-json-ld", make: || json_ld(&format!("{}1{}", "[".repeat(1_000_000), "]".repeat(1_000_000))) },
    Hostile {
        name: "many-json-ld",
        make: || json_ld("{\"@type\":\"NewsArticle\",\"datePublished\":\"2019-01-01\"}").repeat(60_000),
    },
    Hostile {
        name: "many-metas",
        make: || numbered(200_000, |n| format!("<meta property=og:title content='Tin {n}'>")),
    },
    Hostile {
        name: "many-dates",
        make: || numbered(200_000, |n| format!("<time>{}/{}/2019</time>", n % 28 + 1, n % 12 + 1)),
    },
    Hostile {
        name: "many-titles",
        make: || numbered(150_000, |n| format!("<h1 class=title>Tin tức số {n} trong ngày</h1>")),
    },
    Hostile {
        name: "many-files", make: || numbered(150_000, |n| format!("<p><a href=/{n}.pdf>Tệp {n}.pdf</a></p>"))
    },
    Hostile { name: "many-scripts", make: || "<script>var a='<p>';</script>".repeat(300_000) },
    Hostile {
        name: "many-noscripts",
        make: || "<noscript><p>Một đoạn văn ngắn, có dấu phẩy.</p></noscript>".repeat(100_000),
    },
    Hostile { name: "many-templates", make: || "<template><p>x</p>".repeat(100_000) },
    Hostile { name: "many-selects", make: || "<select><option>x".repeat(150_000) },
    Hostile { name: "many-entities", make: || "&lt;&notanentity;&#x110000;&".repeat(500_000) },
    Hostile { name: "many-frames", make: || "<form><input><fieldset>".repeat(100_000) },
    Hostile { name: "open-comment", make: || format!("<p>x</p><!--{}", "<p>-".repeat(3_000_000)) },
    Hostile { name: "open-tag", make: || format!("<p>x</p><div {}", "a".repeat(8_000_000)) },
    Hostile { name: "open-script", make: || format!("<p>x</p><script>{}", "<!--<script>".repeat(800_000)) },
    Hostile { name: "open-textarea", make: || format!("<textarea>{}", "</textare".repeat(1_000_000)) },
    Hostile { name: "angle-brackets", make: || "<".repeat(8_000_000) },
    Hostile { name: "end-tags", make: || "</p></br></x>".repeat(600_000) },
    Hostile { name: "nulls", make: || "\0<\0p\0>".repeat(1_500_000) },
    Hostile {
        name: "marks-over-lines",
        make: || {
            format!("{}{}", numbered(480, |n| format!("<b id={n}>")), "<p>Một đoạn văn ngắn, có dấu phẩy.".repeat(300))
        },
    },
    Hostile {
        name: "link-over-lines",
        make: || format!("<a href='/{}'>{}", "x".repeat(8_000), "<p>Một đoạn văn ngắn, có dấu phẩy.".repeat(15_000)),
    },
    Hostile {
        name: "long-base",
        make: || {
            let images = numbered(5_000, |n| format!("<p>Một đoạn văn ngắn, có dấu phẩy.</p><img src={n}>"));
            format!("<base href='https://example.gov.vn/{}/'>{images}", "x".repeat(8_000))
        },
    },
    Hostile {
        name: "combining-marks",
        make: || format!("<h1>x</h1><p>{}", "<b>Mo\u{302}\u{323}t</b> <i>chu\u{31b}\u{303}</i>, ".repeat(200_000)),
    },
    Hostile { name: "line-breaks", make: || format!("<div>{}</div>", "x<br>".repeat(600_000)) },
];

fn numbered(count: usize, make: fn(usize) -> String) -> String {
    (0..count).map(make).collect()
}

fn json_ld(json: &str) -> String {
    format!("<script type='application/ld+json'>{json}</script>")
}
