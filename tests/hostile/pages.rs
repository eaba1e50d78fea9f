//! Pages, feeds and lists made to break a reader: deep, wide, huge, unclosed, repeated, and the worst cases of each stage's own steps.

/// A kind of hostile document.
#[allow(dead_code, reason = "tests count, the bench measures")]
pub(crate) struct Hostile {
    /// Its name.
    pub(crate) name: &'static str,
    /// What it is read as.
    pub(crate) form: Form,
    /// How often its part comes in a whole one.
    pub(crate) count: usize,
    /// Makes one with so many parts.
    pub(crate) make: fn(usize) -> String,
    /// What a whole one may cost: seconds, and megabytes at the peak.
    pub(crate) aim: (f64, f64),
}

/// What a document is read as.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Page,
    Feed,
    Json,
}

const fn document(name: &'static str, form: Form, count: usize, make: fn(usize) -> String) -> Hostile {
    Hostile { name, form, count, make, aim: (1.0, 200.0) }
}

const fn page(name: &'static str, count: usize, make: fn(usize) -> String) -> Hostile {
    document(name, Form::Page, count, make)
}

const fn feed(name: &'static str, count: usize, make: fn(usize) -> String) -> Hostile {
    document(name, Form::Feed, count, make)
}

/// Ordinary prose.
const PROSE: &str = "Một đoạn văn ngắn, có dấu phẩy.";
const LONG_PROSE: &str =
    "Bà con ba bản vùng cao cùng nhau góp công làm đường, mở lối cho trẻ em đến trường mỗi ngày, dù mưa hay nắng.";

/// All kinds.
pub(crate) const ALL: &[Hostile] = &[
    // --- deep ---
    page("deep-div", 400_000, |n| "<div>".repeat(n)),
    page("deep-div-text", 300_000, |n| "<div>a ".repeat(n)),
    page("deep-span", 300_000, |n| format!("<p>{}", "<span class=x>".repeat(n))),
    page("deep-table", 60_000, |n| "<table><tr><td>".repeat(n)),
    page("deep-list", 150_000, |n| "<ul><li>x".repeat(n)),
    page("deep-svg", 300_000, |n| format!("<svg>{}", "<g>".repeat(n))),
    page("deep-json-ld", 1_000_000, |n| json_ld(&format!("{}1{}", "[".repeat(n), "]".repeat(n)))),
    page("tables-in-tables", 40_000, |n| format!("{}{}", "<table><tr><td>".repeat(120), cells(n))),
    page("dates-around-text", 60_000, |n| around(400, "<div class=date>", n)),
    page("titles-around-text", 60_000, |n| around(400, "<div itemprop=headline>", n)),
    page("bylines-around-text", 60_000, |n| around(400, "<div class=author>", n)),
    page("offers-around-text", 60_000, |n| {
        let offers = (0..400).map(|n| format!("<div onclick=\"mo('/{n}.pdf')\">")).collect::<String>();
        format!("{offers}{}", paragraphs(n))
    }),
    page("links-around-text", 60_000, |n| {
        let links = (0..200).map(|n| format!("<a href=/{n}><object>")).collect::<String>();
        format!("{links}{}", paragraphs(n))
    }),
    page("words-in-depth", 200_000, |n| {
        format!("{}{}", "<b class=x>".repeat(400), "chữ<i class=y>nữa</i> ".repeat(n / 2))
    }),
    page("headings-in-depth", 100_000, |n| {
        format!("{}{}", "<div class=x>".repeat(400), "<h2>Tin mới hôm nay</h2>".repeat(n / 2))
    }),
    // --- unclosed and badly nested ---
    page("unclosed-bold", 300_000, |n| "<b>x".repeat(n)),
    page("unclosed-fonts", 150_000, |n| numbered(n, |n| format!("<font color={n}>x"))),
    page("unclosed-links", 150_000, |n| numbered(n, |n| format!("<p><a href={n}>x"))),
    page("misnested", 60_000, |n| "<b><p>x</b></p><i><div></i></div>".repeat(n)),
    page("adoption", 20_000, |n| format!("{}{}", "<a><b><i><div>".repeat(n / 10), "</a></i></b>".repeat(n))),
    page("fostered", 100_000, |n| format!("<table>{}", "x<b>y</b><div>z</div>".repeat(n))),
    page("many-templates", 100_000, |n| "<template><p>x</p>".repeat(n)),
    page("many-selects", 150_000, |n| "<select><option>x".repeat(n)),
    page("huge-select", 200_000, |n| {
        format!("<select>{}</select>", numbered(n, |n| format!("<option value={n}>Xã {n}</option>")))
    }),
    page("many-frames", 100_000, |n| "<form><input><fieldset>".repeat(n)),
    page("many-bodies", 60_000, |n| numbered(n, |n| format!("<body a{n}=1>"))),
    page("open-comment", 3_000_000, |n| format!("<p>x</p><!--{}", "<p>-".repeat(n))),
    page("open-tag", 8_000_000, |n| format!("<p>x</p><div {}", "a".repeat(n))),
    page("open-script", 800_000, |n| format!("<p>x</p><script>{}", "<!--<script>".repeat(n))),
    page("open-scripts", 100_000, |n| "<script type=text/template><noscript>".repeat(n)),
    page("open-textarea", 1_000_000, |n| format!("<textarea>{}", "</textare".repeat(n))),
    page("open-sections", 400_000, |n| format!("<svg>{}", "<![CDATA[x".repeat(n))),
    page("angle-brackets", 8_000_000, |n| "<".repeat(n)),
    page("end-tags", 600_000, |n| "</p></br></x>".repeat(n)),
    page("nulls", 1_500_000, |n| "\0<\0p\0>".repeat(n)),
    // --- wide ---
    page("wide-paragraphs", 200_000, |n| format!("<p>{PROSE}</p>").repeat(n)),
    page("wide-divs", 150_000, |n| "<div class=item><a href=/x>Tin mới trong ngày hôm nay</a></div>".repeat(n)),
    page("wide-empty", 900_000, |n| "<i></i>".repeat(n)),
    page("wide-images", 150_000, |n| numbered(n, |n| format!("<img src=/{n}.jpg alt='Ảnh {n}'>"))),
    page("wide-cells", 120_000, |n| format!("<table>{}</table>", "<tr><td>1</td><td>2</td></tr>".repeat(n))),
    page("wide-row", 400_000, |n| format!("<table><tr><td>a<td>b<tr>{}</table>", "<td>1".repeat(n))),
    page("wide-spans", 100_000, |n| {
        format!("<table>{}</table>", "<tr><td colspan=1000 rowspan=65000>1</td><td>2</td></tr>".repeat(n))
    }),
    page("wide-links", 200_000, |n| numbered(n, |n| format!("<li><a href=/tin-{n}>Tin số {n} trong ngày hôm nay</a>"))),
    page("wide-classes", 900_000, |n| "<p class=x>".repeat(n)),
    page("wide-comments", 2_000_000, |n| "<!-->x".repeat(n)),
    page("wide-attributes", 600_000, |n| "<i a b c d e f>".repeat(n)),
    page("small-words", 400_000, |n| "<p>x".repeat(n)),
    page("line-breaks", 600_000, |n| format!("<div>{}</div>", "x<br>".repeat(n))),
    page("lists-in-lists", 40_000, |n| "<ul><li>Mục<ul><li>nhỏ</ul></ul>".repeat(n)),
    page("captions", 60_000, |n| {
        let caption = format!("<figure><img src=/1.jpg><figcaption>{}</figcaption>", "Ảnh xã ta ".repeat(4_000));
        format!("<div class=content><p>{LONG_PROSE}</p>{caption}{}", "<figcaption>Ảnh</figcaption>".repeat(n))
    }),
    page("repeated-lead", 20_000, |n| {
        format!(
            "<h1>Tin</h1><p class=sapo>{LONG_PROSE}</p><div class=content>{}",
            format!("<p>{LONG_PROSE}</p>").repeat(n)
        )
    }),
    page("repeated-blocks", 60_000, |n| {
        numbered(n, |n| format!("<div class=a{}><h3>Tin</h3><p>{LONG_PROSE}</p></div>", n % 7))
    }),
    page("columns", 60_000, |n| {
        numbered(n, |n| format!("<div class=c{}><a href=/t{n}>Tin mới trong ngày hôm nay</a></div>", letters(n)))
    }),
    page("one-address", 150_000, |n| "<p><a href=/tin>Tin mới trong ngày hôm nay</a></p>".repeat(n)),
    page("heavy-marks", 500, |n| {
        format!("{}{}", format!("<b {}>x", numbered(400, |n| format!("a{n}=1 "))).repeat(n), "<p>x".repeat(n))
    }),
    // --- huge ---
    page("huge-attribute", 3_000_000, |n| format!("<div title='{}'>x</div>", "a&amp;".repeat(n))),
    page("huge-class", 1_000_000, |n| format!("<div class='{}'><p>x</p></div>", "noi-dung ".repeat(n))),
    page("huge-class-over-links", 40_000, |n| {
        let links =
            numbered(n, |n| format!("<div class=c{}><a href=/t{n}>Tin mới trong ngày hôm nay</a></div>", letters(n)));
        format!("<div class='{}' style='{}'>{links}</div>", "noi dung ".repeat(n), "color: red; ".repeat(n))
    }),
    page("huge-text", 800_000, |n| format!("<p>{}</p>", "Xin chào các bạn, ".repeat(n))),
    page("huge-word", 5_000_000, |n| format!("<p>{}</p>", "ắ".repeat(n))),
    page("huge-blank", 8_000_000, |n| format!("<p>x{}x</p>", " ".repeat(n))),
    page("huge-nbsp", 2_000_000, |n| format!("<p>{}</p>", "&nbsp;\u{a0}".repeat(n / 2))),
    page("huge-combining", 5_000_000, |n| format!("<p>a{}</p>", "\u{301}".repeat(n))),
    page("mixed-combining", 2_000_000, |n| format!("<h1>x</h1><p>a{}</p>", "\u{323}\u{301}".repeat(n / 2))),
    page("huge-title", 1_500_000, |n| format!("<title>{}</title><h1>x</h1>", "Tin tức | ".repeat(n))),
    page("huge-base64", 2_000_000, |n| format!("<p>x<img src='data:image/png;base64,{}'>", "iVBORw0K".repeat(n))),
    page("huge-json-ld", 200_000, |n| {
        json_ld(&format!("[{}]", vec!["{\"@type\":\"NewsArticle\",\"headline\":\"x\"}"; n].join(",")))
    }),
    page("huge-style", 300_000, |n| format!("<p style='{}'>{PROSE}</p>", "font-weight:bold;".repeat(n))),
    page("many-attributes", 300_000, |n| format!("<div {}>x</div>", numbered(n, |n| format!("a{n}=1 ")))),
    page("one-attribute", 300_000, |n| {
        format!("<div {}{}>x</div>", numbered(499, |n| format!("a{n}=1 ")), "a498=1 ".repeat(n))
    }),
    page("attributes-everywhere", 2_000, |n| format!("<p {}>x</p>", numbered(400, |n| format!("a{n}=1 "))).repeat(n)),
    page("many-entities", 500_000, |n| "&lt;&notanentity;&#x110000;&".repeat(n)),
    // --- many of a kind ---
    page("many-json-ld", 60_000, |n| json_ld("{\"@type\":\"NewsArticle\",\"datePublished\":\"2019-01-01\"}").repeat(n)),
    page("many-headlines", 20_000, |n| {
        let articles: Vec<String> =
            (0..n).map(|n| format!("{{\"@type\":\"Article\",\"headline\":\"Tin {n}\"}}")).collect();
        format!("{}{}", json_ld(&format!("[{}]", articles.join(","))), "<p>Tin mới".repeat(n))
    }),
    page("many-authors", 20_000, |n| {
        let names: Vec<String> = (0..n).map(|n| format!("\"Lê Văn {}\"", letters(n))).collect();
        json_ld(&format!("{{\"@type\":\"Article\",\"author\":[{}]}}", names.join(",")))
    }),
    page("many-references", 12_000, |n| {
        let articles: Vec<String> = (0..n)
            .map(|n| format!("{{\"@type\":\"Article\",\"@id\":\"{n}\",\"author\":{{\"@id\":\"x{n}\"}}}}"))
            .collect();
        json_ld(&format!("[{}]", articles.join(",")))
    }),
    page("said-body", 18_000, |n| {
        let said =
            format!("{{\"@type\":\"Article\",\"articleBody\":\"{}\"}}", "Xin chào các bạn gần xa nhé ".repeat(n));
        format!("{}{}", json_ld(&said), "<p>Xin chào các bạn gần xa nhé chào ai</p>".repeat(n))
    }),
    page("many-metas", 200_000, |n| numbered(n, |n| format!("<meta property=og:title content='Tin {n}'>"))),
    page("cut-titles", 2_000, |n| format!("<meta property=og:title content='{}'>", "a | b | ".repeat(500)).repeat(n)),
    page("many-dates", 200_000, |n| numbered(n, |n| format!("<time>{}/{}/2019</time>", n % 28 + 1, n % 12 + 1))),
    page("dates-in-a-line", 200_000, |n| {
        format!("<p>{}", numbered(n, |n| format!("{}/{}/2019 ", n % 28 + 1, n % 12 + 1)))
    }),
    page("many-titles", 150_000, |n| numbered(n, |n| format!("<h1 class=title>Tin tức số {n} trong ngày</h1>"))),
    page("many-bylines", 150_000, |n| {
        format!("<div class=content>{}", "<p class=author>Tác giả: Lê Văn An</p>".repeat(n))
    }),
    page("many-files", 150_000, |n| numbered(n, |n| format!("<p><a href=/{n}.pdf>Tệp {n}.pdf</a></p>"))),
    page("many-scripts", 300_000, |n| "<script>var a='<p>';</script>".repeat(n)),
    page("many-noscripts", 100_000, |n| format!("<noscript><p>{PROSE}</p></noscript>").repeat(n)),
    // --- more out of little ---
    page("marks-over-lines", 300, |n| {
        format!("{}{}", numbered(480, |n| format!("<b id={n}>")), format!("<p>{PROSE}").repeat(n))
    }),
    page("link-over-lines", 15_000, |n| {
        format!("<a href='/{}'>{}", "x".repeat(8_000), format!("<p>{PROSE}").repeat(n))
    }),
    page("long-base", 5_000, |n| format!("{}{}", long_base(), numbered(n, |n| format!("<p>{PROSE}</p><img src={n}>")))),
    page("long-base-images", 200_000, |n| format!("{}{}", long_base(), "<img src=1>".repeat(n))),
    page("long-base-files", 150_000, |n| {
        format!("{}{}", long_base(), numbered(n, |n| format!("<p><a href={n}.pdf>T</a>")))
    }),
    page("long-base-links", 150_000, |n| {
        format!("{}<p>{}", long_base(), numbered(n, |n| format!("<a href={n}>T</a> ")))
    }),
    page("combining-marks", 58_000, |n| {
        format!("<h1>x</h1><p>{}", "<b>Mo\u{302}\u{323}t</b> <i>chu\u{31b}\u{303}</i>, ".repeat(n))
    }),
    Hostile {
        aim: (2.0, 200.0),
        ..page("inline-8-mb", 260_000, |n| {
            format!("<h1>x</h1><p>{}", "<b>Mo\u{302}\u{323}t</b> <i>chu\u{31b}\u{303}</i>, ".repeat(n))
        })
    },
    // --- feeds and lists ---
    feed("feed-entries", 60_000, |n| {
        rss(&numbered(n, |n| format!("<item><title>Tin {n}</title><link>/t{n}</link></item>")))
    }),
    feed("feed-authors", 100_000, |n| {
        rss(&format!("<item><title>Tin</title><link>/t</link>{}", numbered(n, |n| format!("<author>{n}</author>"))))
    }),
    feed("feed-links", 100_000, |n| {
        rss(&format!("<item><title>Tin</title>{}", numbered(n, |n| format!("<link href='/{n}'/>"))))
    }),
    feed("feed-deep", 300_000, |n| rss(&format!("<item><description>{}", "<b>x".repeat(n)))),
    feed("feed-bases", 100_000, |n| {
        rss(&format!("<item xml:base='/{}/'>{}", "x".repeat(8_000), "<link>1</link>".repeat(n)))
    }),
    feed("feed-text", 400_000, |n| {
        rss(&format!("<item><title>Tin</title><link>/t</link><description>{}", "&lt;p&gt;x &amp;amp; y".repeat(n)))
    }),
    feed("feed-open", 300_000, |n| rss(&"<item><![CDATA[<title".repeat(n))),
    feed("feed-prefixes", 60_000, |n| {
        rss(&numbered(n, |n| format!("<item xmlns:a{n}='u'><a{n}:title>T</a{n}:title></item>")))
    }),
    document("json-rows", Form::Json, 100_000, |n| {
        format!("[{}]", (0..n).map(|n| format!("{{\"u\":\"/t{n}\",\"t\":\"Tin {n}\"}}")).collect::<Vec<_>>().join(","))
    }),
    document("json-keys", Form::Json, 200_000, |n| {
        format!("[{{{}}}]", (0..n).map(|n| format!("\"u{n}\":1")).collect::<Vec<_>>().join(","))
    }),
    document("json-deep", Form::Json, 1_000_000, |n| format!("{}1{}", "[".repeat(n), "]".repeat(n))),
    document("json-lone-surrogates", Form::Json, 300_000, |n| {
        format!("[{{\"u\":\"/t\",\"t\":\"{}\"}}]", "\\ud83d".repeat(n))
    }),
];

fn numbered(count: usize, make: fn(usize) -> String) -> String {
    (0..count).map(make).collect()
}

/// A number in letters.
fn letters(number: usize) -> String {
    number.to_string().bytes().map(|digit| char::from(digit - b'0' + b'a')).collect()
}

fn paragraphs(count: usize) -> String {
    format!("<p>{PROSE}</p>").repeat(count)
}

fn around(depth: usize, tag: &str, count: usize) -> String {
    format!("{}{}", tag.repeat(depth), paragraphs(count))
}

fn cells(count: usize) -> String {
    "<tr><td>Xã</td><td>12</td></tr>".repeat(count)
}

fn long_base() -> String {
    format!("<base href='https://example.gov.vn/{}/'>", "x".repeat(8_000))
}

fn json_ld(json: &str) -> String {
    format!("<script type='application/ld+json'>{json}</script>")
}

fn rss(items: &str) -> String {
    format!("<rss version='2.0'><channel><title>Tin</title>{items}</channel></rss>")
}
