//! The meaning of names in a page's markup: class, id, `itemprop`, `role` and the like, split into words.
//!
//! Themes and content systems use these words all over the web, in English and Vietnamese. They are evidence, never a verdict. The readers decide
//! what they are worth.

use std::ops::BitOr;

/// A set of meanings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::extract) struct Words(u64);

macro_rules! meanings {
    ($($(#[doc = $doc:literal])* $name:ident = $bit:literal),* $(,)?) => {
        impl Words {
            $($(#[doc = $doc])* pub(in crate::extract) const $name: Words = Words(1 << $bit);)*
        }
    };
}

meanings! {
    /// Menus.
    NAV = 0,
    /// The footer of a site or an article.
    FOOTER = 1,
    /// The header of a site or an article.
    HEADER = 2,
    /// Columns beside the article.
    SIDE = 3,
    /// Other articles.
    RELATED = 4,
    /// Readers' comments.
    COMMENT = 5,
    /// Share buttons.
    SHARE = 6,
    /// Advertisements.
    AD = 7,
    /// Newsletters, paywalls, logins.
    OFFER = 8,
    /// Facts about the article in small print.
    META = 9,
    /// A date.
    DATE = 10,
    /// An author.
    AUTHOR = 11,
    /// A caption or a photo credit.
    CAPTION = 12,
    /// A title.
    TITLE = 13,
    /// A lead (sapo, standfirst, dek).
    LEAD = 14,
    /// The body of an article, named explicitly.
    BODY = 15,
    /// An article as a whole.
    ARTICLE = 16,
    /// Any content.
    CONTENT = 17,
    /// Tags, keywords, sections.
    TAGS = 18,
    /// The path from the front page.
    BREADCRUMB = 19,
    /// Links to the pages of a list.
    PAGER = 20,
    /// Printing, rating, counters, letter sizes.
    TOOLS = 21,
    /// Consent, pop-ups.
    MODAL = 22,
    /// Galleries, players.
    MEDIA = 23,
    /// Hidden, or only for screen readers.
    HIDDEN = 24,
    /// A note on the author.
    BIO = 25,
    /// Copyright and the like.
    LEGAL = 26,
    /// A table of contents.
    TOC = 27,
    /// A teaser: a card, an item of a list of articles.
    TEASER = 28,
    /// Today's date or the visitor's clock.
    CLOCK = 29,
    /// The time of the last change.
    UPDATED = 30,
    /// A box beside the text: facts, pull quotes.
    BOX = 31,
    /// The origin of a text.
    SOURCE = 32,
    /// Files to download.
    FILES = 33,
    /// A section's name or a kicker above the title.
    KICKER = 34,
    /// A part of a page builder or a sidebar.
    WIDGET = 36,
    /// A lead, or any short description.
    SUMMARY = 37,
    /// `itemprop=headline`, `datePublished` and others: machine-readable data.
    ITEMPROP = 35,
}

impl Words {
    /// The empty set.
    pub(in crate::extract) const NONE: Words = Words(0);

    /// Returns the union.
    pub(in crate::extract) const fn or(self, other: Words) -> Words {
        Words(self.0 | other.0)
    }

    /// Returns the set without these meanings.
    pub(in crate::extract) const fn without(self, of: Words) -> Words {
        Words(self.0 & !of.0)
    }

    /// Whether the set contains any of these meanings.
    pub(in crate::extract) fn any(self, of: Words) -> bool {
        self.0 & of.0 != 0
    }
}

impl BitOr for Words {
    type Output = Words;

    fn bitor(self, other: Words) -> Words {
        self.or(other)
    }
}

/// Maximum length of a name. Longer names are generated and are skipped.
const MAX_NAME: usize = 400;

/// Returns the meanings of a `class` or an `id`.
pub(in crate::extract) fn of_names(names: &str) -> Words {
    of_names_by(names, of_name)
}

/// Like [`of_names`], with a function that returns the meanings of one name: [`of_name`], or what is known of it.
pub(super) fn of_names_by<'n>(names: &'n str, mut of_name: impl FnMut(&'n str) -> Words) -> Words {
    if names.len() > MAX_NAME {
        return Words::NONE;
    }
    // Bootstrap names every list without bullets `nav`.
    let mut has_bare = false;
    let mut words = Words::NONE;
    for name in names.split_ascii_whitespace() {
        if name == "nav" {
            has_bare = true;
        } else {
            words = words | of_name(name);
        }
    }
    if has_bare && !words.any(Words::META) { words | Words::NAV } else { words }
}

/// Prefixes of names that describe something in or next to an element, not the element itself: "has-sidebar", "no-comments".
const SWITCHES: &[&str] = &["has-", "with-", "without-", "no-", "show-", "hide-"];

/// The places that such a name describes.
const SWITCHED: Words =
    Words::NAV.or(Words::SIDE).or(Words::HEADER).or(Words::FOOTER).or(Words::COMMENT).or(Words::RELATED).or(Words::AD);

/// The beginning of names that Ad Inserter, a plugin of `WordPress`, gives to what it puts between paragraphs. A number follows.
const INSERTED: &str = "code-block-";

/// Returns the meanings of one name: of its words, and of those that have a meaning only in combination.
pub(super) fn of_name(name: &str) -> Words {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    let mut words = if name.strip_prefix(INSERTED).is_some_and(is_number) { Words::OFFER } else { Words::NONE };
    let (mut subject, mut substance, mut present) = (false, false, false);
    let (mut heads, mut module) = (false, false);
    let mut run = [0_u8; 32];
    let mut length = 0;
    let mut joint = Joint::default();
    let mut take = |word: &[u8], words: &mut Words| {
        let compound = joint.with(word);
        present |= matches!(word, b"current" | b"now" | b"server" | b"system" | b"hientai");
        heads |= word == b"heading";
        module |= matches!(word, b"module" | b"mod" | b"portlet" | b"widget" | b"block" | b"box");
        let (first, second) = parts(word).unwrap_or((word, b""));
        for word in [first, second, compound] {
            subject |= is_subject(word);
            substance |= is_substance(word);
        }
        let plain = of_word(first) | of_word(second) | of_family(word);
        *words = *words | plain | of_vietnamese(word) | of_vietnamese(compound);
    };
    let mut before = 0_u8;
    for byte in name.bytes().chain(std::iter::once(b' ')) {
        let begins = byte.is_ascii_uppercase() && before.is_ascii_lowercase();
        if begins || !byte.is_ascii_alphanumeric() {
            take(run.get(..length).unwrap_or_default(), &mut words);
            length = 0;
        }
        if byte.is_ascii_alphanumeric()
            && let Some(place) = run.get_mut(length)
        {
            *place = byte.to_ascii_lowercase();
            length += 1;
        }
        before = byte;
    }
    if subject && substance {
        words = words | Words::BODY;
    }
    // The title of a page's part is not an article's. WordPress names everything that it shows a block.
    let is_module = module && !subject && !name.starts_with("wp-block");
    if is_module && words.any(Words::TITLE) {
        words = words.without(Words::TITLE) | Words::KICKER;
    } else if subject && heads {
        words = words | Words::TITLE;
    }
    if present && words.any(Words::DATE) {
        words = words | Words::CLOCK;
    }
    if subject {
        words = words | Words::ARTICLE;
    }
    if substance {
        words = words | Words::CONTENT;
    }
    if SWITCHES.iter().any(|switch| name.starts_with(switch)) { words.without(SWITCHED) } else { words }
}

/// Joins the last two words of a name. Vietnamese words have several syllables, which names separate ("tac-gia") or join ("tacgia").
#[derive(Default)]
struct Joint {
    letters: [u8; 32],
    /// Where the last word begins and ends.
    last: usize,
    end: usize,
}

impl Joint {
    /// Adds the next word and returns the last two, joined.
    fn with(&mut self, word: &[u8]) -> &[u8] {
        self.letters.copy_within(self.last..self.end, 0);
        self.last = self.end - self.last;
        // A longer word is not a syllable.
        if self.last + word.len() > self.letters.len() {
            self.last = 0;
        }
        self.end = self.last + word.len();
        if let Some(place) = self.letters.get_mut(self.last..self.end) {
            place.copy_from_slice(word);
        }
        self.letters.get(..self.end).unwrap_or_default()
    }
}

/// Words for kinds of articles.
fn is_subject(word: &[u8]) -> bool {
    matches!(
        word,
        b"article"
            | b"articles"
            | b"post"
            | b"entry"
            | b"story"
            | b"news"
            | b"detail"
            | b"details"
            | b"single"
            | b"hentry"
            | b"baiviet"
            | b"chitiet"
            | b"tintuc"
            | b"blog"
            | b"artikel"
            | b"beitrag"
            | b"noticia"
            | b"nota"
            | b"articulo"
            | b"articolo"
            | b"journal"
    )
}

/// Words for an article's components.
fn is_substance(word: &[u8]) -> bool {
    matches!(
        word,
        b"content"
            | b"contents"
            | b"body"
            | b"text"
            | b"copy"
            | b"fulltext"
            | b"noidung"
            | b"paragraph"
            | b"paragraphs"
            | b"richtext"
            | b"wysiwyg"
            | b"rte"
            | b"prose"
            | b"inhalt"
            | b"cuerpo"
            | b"corps"
            | b"texte"
            | b"texto"
            | b"contenido"
            | b"contenu"
    )
}

/// Second words of names that join two: "articlebody", "newstitle".
const ENDS: &[&[u8]] = &[b"content", b"body", b"text", b"copy", b"detail", b"title"];

/// Splits a name of two joined words. The first must be one with a meaning.
fn parts(word: &[u8]) -> Option<(&[u8], &[u8])> {
    let means = |head: &[u8]| is_subject(head) || is_substance(head) || of_word(head) != Words::NONE;
    ENDS.iter().find_map(|end| Some((word.strip_suffix(*end).filter(|head| means(head))?, *end)))
}

/// Returns the meaning of a word in the themes of one content system. No other site uses it.
fn of_family(word: &[u8]) -> Words {
    match word {
        // NukeViet.
        b"hometext" => Words::LEAD,
        b"bodyhtml" => Words::BODY,
        b"imgalt" => Words::CAPTION,
        // Joomla, and the system of VCCorp's newspapers.
        b"createdby" | b"pseudonym" => Words::AUTHOR,
        // ASP.NET portals.
        b"rightcol" => Words::SIDE,
        // SharePoint at provinces, and Liferay.
        b"tbtinkhac" | b"cactinkhac" => Words::RELATED,
        // SharePoint.
        b"printandback" => Words::TOOLS,
        _ => Words::NONE,
    }
}

/// Returns the meaning of a word by itself. Each word is in names of at least two unrelated sites that we have seen.
fn of_word(word: &[u8]) -> Words {
    match word {
        b"nav" | b"navigation" | b"navbar" | b"menu" | b"submenu" | b"menubar" | b"topbar" | b"sitemap"
        | b"offcanvas" | b"topnav" | b"subnav" | b"navi" | b"quicklinks" | b"skiplink" => Words::NAV,
        b"footer" | b"foot" | b"colophon" | b"contentinfo" => Words::FOOTER,
        b"header" | b"masthead" | b"head" => Words::HEADER,
        b"sidebar" | b"side" | b"aside" | b"rail" | b"leftcol" | b"sidenav" => Words::SIDE,
        b"widget" | b"widgets" => Words::WIDGET,
        b"related" | b"relatedposts" | b"relateds" | b"recommend" | b"recommended" | b"recommendation"
        | b"recommendations" | b"recirc" | b"recirculation" | b"similar" | b"popular" | b"trending" | b"mostread"
        | b"mostpopular" | b"latest" | b"outbrain" | b"taboola" | b"suggested" | b"suggestions" | b"upnext"
        | b"readmore" | b"morenews" | b"morefrom" | b"crp" | b"yarpp" | b"zergnet" | b"prevnext" | b"recent" => {
            Words::RELATED
        }
        b"comment" | b"comments" | b"commentlist" | b"disqus" | b"respond" | b"discussion" | b"replies" | b"coral"
        | b"livefyre" | b"kommentare" | b"testimonial" | b"testimonials" => Words::COMMENT,
        b"share" | b"sharing" | b"shares" | b"social" | b"socials" | b"sharebar" | b"follow" | b"addthis"
        | b"addtoany" | b"sharethis" | b"sharedaddy" | b"whatsapp" | b"socialmedia" | b"sharer" => Words::SHARE,
        b"ad" | b"ads" | b"adv" | b"advert" | b"adverts" | b"advertisement" | b"advertising" | b"adslot"
        | b"adunit" | b"sponsor" | b"sponsored" | b"promo" | b"promos" | b"promotion" | b"dfp" | b"gpt"
        | b"commercial" | b"banner" | b"banners" | b"adsense" | b"adbox" | b"werbung" | b"publicidad" | b"anzeige" => {
            Words::AD
        }
        b"newsletter" | b"newsletters" | b"subscribe" | b"subscription" | b"subscriptions" | b"signup"
        | b"membership" | b"donate" | b"donation" | b"register" | b"login" | b"signin" | b"cta" | b"piano"
        | b"mailchimp" | b"inscription" | b"optin" | b"abo" | b"affiliate" => Words::OFFER,
        b"meta" | b"metadata" | b"postmeta" | b"info" | b"infos" | b"dateline" | b"details" | b"attribution" => {
            Words::META
        }
        b"date" | b"time" | b"datetime" | b"pubdate" | b"published" | b"publish" | b"posted" | b"timestamp"
        | b"created" | b"publication" | b"postdate" | b"datum" | b"fecha" | b"dates" => Words::DATE,
        b"updated" | b"modified" | b"lastmod" => Words::UPDATED,
        b"author" | b"authors" | b"authorname" | b"byline" | b"bylines" | b"writer" | b"contributor"
        | b"contributors" | b"auteur" | b"autor" | b"username" | b"reporter" | b"vcard" => Words::AUTHOR,
        b"caption" | b"captions" | b"figcaption" | b"credit" | b"credits" | b"pcaption" | b"copyright" | b"legende"
        | b"bildunterschrift" | b"imgcaption" | b"photographer" => {
            if word == b"copyright" {
                Words::LEGAL
            } else {
                Words::CAPTION
            }
        }
        b"title" | b"headline" | b"headlines" | b"hed" | b"titular" | b"titre" | b"titel" | b"articleheader" => {
            Words::TITLE
        }
        b"lead" | b"lede" | b"sapo" | b"standfirst" | b"dek" | b"deck" | b"subtitle" | b"subheadline" | b"subhead"
        | b"subheading" | b"bajada" | b"preamble" | b"preface" => Words::LEAD,
        b"excerpt" | b"summary" | b"intro" | b"abstract" | b"teasertext" | b"description" | b"desc" | b"synopsis" => {
            Words::SUMMARY
        }
        b"main" | b"primary" => Words::CONTENT,
        b"tag" | b"tags" | b"tagcloud" | b"keywords" | b"keyword" | b"topics" | b"topic" | b"categories"
        | b"category" | b"cat" | b"taglist" | b"hashtag" => Words::TAGS,
        b"breadcrumb" | b"breadcrumbs" | b"crumb" | b"crumbs" => Words::BREADCRUMB,
        b"pager" | b"pagination" | b"paging" | b"pagenavi" | b"pages" | b"prev" => Words::PAGER,
        b"search" | b"searchbox" | b"print" | b"tools" | b"tool" | b"toolbar" | b"rating" | b"ratings" | b"vote"
        | b"voting" | b"counter" | b"views" | b"fontsize" | b"zoom" | b"readingtime" | b"likes" | b"reactions"
        | b"button" | b"buttons" | b"btn" | b"actions" | b"dropdown" | b"tooltip" => Words::TOOLS,
        b"cookie" | b"cookies" | b"consent" | b"gdpr" | b"modal" | b"popup" | b"overlay" | b"lightbox"
        | b"onetrust" | b"toast" => Words::MODAL,
        b"gallery" | b"slideshow" | b"carousel" | b"slider" | b"video" | b"videos" | b"player" | b"audio"
        | b"podcast" | b"embed" | b"swiper" | b"slick" | b"iframe" | b"jwplayer" => Words::MEDIA,
        b"offscreen" | b"screenreader" | b"visually" | b"visuallyhidden" | b"sr" | b"sronly" | b"noscript"
        | b"nodisplay" => Words::HIDDEN,
        b"bio" | b"biography" | b"authorbox" | b"authorbio" => Words::BIO,
        b"disclaimer" | b"disclosure" | b"legal" | b"terms" | b"privacy" | b"imprint" | b"rights" => Words::LEGAL,
        b"toc" | b"anchors" => Words::TOC,
        b"teaser" | b"teasers" | b"card" | b"cards" | b"thumb" | b"thumbs" | b"feed" | b"tile" | b"tiles"
        | b"river" => Words::TEASER,
        b"clock" | b"today" | b"weather" => Words::CLOCK,
        b"infobox" | b"factbox" | b"pullquote" | b"sidebox" => Words::BOX,
        b"source" | b"sources" => Words::SOURCE,
        b"attachment" | b"attachments" | b"download" | b"downloads" | b"file" | b"files" => Words::FILES,
        b"kicker" | b"eyebrow" | b"rubric" | b"overline" | b"roofline" | b"topline" | b"section" | b"flag" => {
            Words::KICKER
        }
        _ => Words::NONE,
    }
}

/// Returns the meaning of a Vietnamese word, with its syllables joined. These are the language's own words for parts of a page. Each is in names
/// of a portal's content system, or of at least two unrelated sites or public themes.
fn of_vietnamese(word: &[u8]) -> Words {
    match word {
        b"chantrang" => Words::FOOTER,
        b"dautrang" => Words::HEADER,
        b"lienquan" | b"tinlienquan" | b"tinkhac" | b"tincu" | b"tinmoi" | b"docnhieu" | b"xemnhieu" => Words::RELATED,
        b"binhluan" | b"ykien" | b"nhanxet" => Words::COMMENT,
        b"chiase" => Words::SHARE,
        b"quangcao" => Words::AD,
        b"ngaydang" | b"ngay" | b"thoigian" => Words::DATE,
        b"capnhat" => Words::UPDATED,
        b"tacgia" => Words::AUTHOR,
        b"chuthich" => Words::CAPTION,
        b"tieude" => Words::TITLE,
        b"tomtat" | b"trichyeu" | b"mota" | b"noidungngan" => Words::LEAD,
        b"noidung" | b"chitietbaiviet" => Words::BODY,
        b"tukhoa" => Words::TAGS,
        b"duongdan" => Words::BREADCRUMB,
        b"phantrang" => Words::PAGER,
        b"timkiem" | b"luotxem" | b"danhgia" => Words::TOOLS,
        b"banquyen" => Words::LEGAL,
        b"mucluc" => Words::TOC,
        b"homnay" => Words::CLOCK,
        b"nguon" | b"nguontin" => Words::SOURCE,
        b"dinhkem" | b"tailieu" | b"taive" => Words::FILES,
        b"chuyenmuc" => Words::KICKER,
        _ => Words::NONE,
    }
}

/// Returns the meanings of an `itemprop` (schema.org).
pub(in crate::extract) fn of_itemprop(value: &str) -> Words {
    value.split_ascii_whitespace().fold(Words::NONE, |words, name| {
        words
            | match name {
                "articleBody" | "text" => Words::BODY | Words::ITEMPROP,
                "headline" => Words::TITLE | Words::ITEMPROP,
                "name" => Words::TITLE,
                "description" | "alternativeHeadline" | "abstract" => Words::LEAD | Words::ITEMPROP,
                "datePublished" | "dateCreated" => Words::DATE | Words::ITEMPROP,
                "dateModified" => Words::UPDATED | Words::ITEMPROP,
                "author" | "creator" => Words::AUTHOR | Words::ITEMPROP,
                "caption" => Words::CAPTION | Words::ITEMPROP,
                "comment" | "review" => Words::COMMENT | Words::ITEMPROP,
                "keywords" | "articleSection" => Words::TAGS | Words::ITEMPROP,
                "publisher" => Words::META | Words::ITEMPROP,
                "breadcrumb" => Words::BREADCRUMB,
                _ => Words::NONE,
            }
    })
}

/// Returns the meanings of a `role` (WAI-ARIA).
pub(in crate::extract) fn of_role(role: &str) -> Words {
    match role {
        "navigation" | "menu" | "menubar" => Words::NAV,
        "banner" => Words::HEADER,
        "contentinfo" => Words::FOOTER,
        "complementary" => Words::SIDE,
        "search" | "toolbar" => Words::TOOLS,
        "dialog" | "alertdialog" => Words::MODAL,
        "main" | "article" => Words::CONTENT,
        _ => Words::NONE,
    }
}
