//! The URL that a page names as its own. Used for identity, and for a saved page in a file of unknown origin.

use ego_tree::NodeRef;
use scraper::ElementRef;
use scraper::Node;

use crate::extract::kind;
use crate::extract::outline;
use crate::extract::outline::Outline;
use crate::extract::outline::Scope;
use crate::extract::structured;
use crate::extract::structured::Property;
use crate::url::PageUrl;

/// Maximum number of nodes beside and before the body that are searched for a saving program's comment, which is at the top.
const MOST_NODES: usize = 64;

/// Returns the base for the page's links: its `<base>`, else its own URL. `head` has the page's metas and the like.
pub(super) fn base(head: &[ElementRef<'_>], own: &PageUrl) -> PageUrl {
    let base = head.iter().find(|element| element.value().name() == "base" && element.attr("href").is_some());
    base.and_then(|base| own.join(base.attr("href")?).ok()).unwrap_or_else(|| own.clone())
}

/// Returns `rel=canonical`, except a front page: templates name it on every page of a site.
pub(super) fn canonical(head: &[ElementRef<'_>], base: &PageUrl) -> Option<PageUrl> {
    let is_canonical = |element: &&ElementRef<'_>| {
        let mut kinds = element.attr("rel").unwrap_or_default().split_ascii_whitespace();
        element.value().name() == "link" && kinds.any(|kind| kind.eq_ignore_ascii_case("canonical"))
    };
    let link = head.iter().find(is_canonical)?;
    base.join(link.attr("href")?).ok().filter(|url| !kind::is_front(url))
}

/// Returns the URL of a saved page: from the program that saved it, else from the site. `nowhere` is the URL that the file is read with. URLs on
/// its host do not count.
pub(super) fn named(root: ElementRef<'_>, nowhere: &PageUrl) -> Option<PageUrl> {
    let noted = noted(root).filter(|url| url.host() != nowhere.host());
    let in_head = || {
        // Nearly all pages have it there, which needs no outline.
        let head: Vec<ElementRef<'_>> = root.child_elements().take(1).flat_map(|head| head.child_elements()).collect();
        canonical(&head, &base(&head, nowhere)).filter(|url| is_page(url, nowhere))
    };
    let named = noted.or_else(in_head).or_else(|| said(&outline::read(root, &Scope::default()), nowhere));
    named.map(PageUrl::without_fragment)
}

fn is_page(url: &PageUrl, nowhere: &PageUrl) -> bool {
    url.host() != nowhere.host() && !kind::is_front(url)
}

/// Returns the URL that the site names anywhere in the page.
fn said(outline: &Outline<'_>, nowhere: &PageUrl) -> Option<PageUrl> {
    let is_page = |url: &PageUrl| is_page(url, nowhere);
    let base = base(&outline.head, nowhere);
    let said = || {
        let said = structured::read(outline);
        // A value that is not a reference (`mainEntityOfPage: true`) would become a name below the base.
        let references = structured::all(&said, Property::Address).filter(|said| said.value.contains('/'));
        references.filter_map(|said| base.join(&said.value).ok()).find(is_page)
    };
    // Some systems write the page's own URL there. A folder's is only the base for links.
    let of_base = || Some(base.clone()).filter(|url| is_page(url) && !url.as_url().path().ends_with('/'));
    canonical(&outline.head, &base).filter(is_page).or_else(said).or_else(of_base)
}

/// Returns the URL that the saving program noted: in a comment before the content, or at the root.
fn noted(root: ElementRef<'_>) -> Option<PageUrl> {
    // WebScrapBook.
    let attribute = root.attr("data-scrapbook-source").and_then(|url| PageUrl::parse(url).ok());
    let document = root.parent().into_iter().flat_map(|document| document.children());
    let head = root.children().filter(|node| node.value().as_element().is_none_or(|own| own.name() == "head"));
    let nodes = document.chain(head.flat_map(|node| std::iter::once(node).chain(node.children())));
    let comment = |node: NodeRef<'_, Node>| of_comment(node.value().as_comment()?);
    attribute.or_else(|| nodes.take(MOST_NODES).find_map(comment))
}

/// Browsers write `saved from url=(0036)https://…`; others `Page saved with SingleFile url: https://…`, `Mirrored from host/path by HTTrack …`.
fn of_comment(text: &str) -> Option<PageUrl> {
    let mut words = text.split_ascii_whitespace();
    let mut behind = |beginning: &[&str]| {
        let mut rest = words.clone();
        beginning.iter().all(|word| rest.next() == Some(word)).then(|| words = rest)
    };
    if behind(&["saved", "from"]).is_some() {
        let (_, url) = words.next()?.strip_prefix("url=(")?.split_once(')')?;
        return PageUrl::parse(url).ok();
    }
    if behind(&["Mirrored", "from"]).is_some() {
        return PageUrl::parse(&format!("http://{}", words.next()?)).ok();
    }
    behind(&["Page", "saved", "with", "SingleFile"])?;
    words.find(|word| *word == "url:")?;
    PageUrl::parse(words.next()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::html::tree;

    #[track_caller]
    fn check(page: &str, expect: Option<&str>) {
        let tree = tree::parse(page);
        let root = tree.html.root_element();
        let nowhere = PageUrl::parse("https://nowhere.invalid/x/bai").unwrap();
        let found = named(root, &nowhere);
        assert_eq!(found.as_ref().map(PageUrl::as_str), expect, "{page}");
    }

    #[test]
    fn programs_note_where_a_page_came_from() {
        const FROM: Option<&str> = Some("https://xa.example/tin/1.html");
        check("<!DOCTYPE html>\n<!-- saved from url=(0029)https://xa.example/tin/1.html#top -->\n<html><p>x", FROM);
        check(
            "<html><!--\n Page saved with SingleFile \n url: https://xa.example/tin/1.html \n saved date: Tue May 12 2026\n--><head><link rel=canonical href=https://xa.example/2>",
            FROM,
        );
        check("<html><head><!-- x --><meta name=savepage-url content='https://xa.example/tin/1.html'>", FROM);
        check("<html data-scrapbook-source='https://xa.example/tin/1.html'><p>x", FROM);
        let mirrored = "<html>\n<!-- Mirrored from xa.example/tin/1.html by HTTrack Website Copier/3.x [XR&CO'2014], Tue, 12 May 2026 02:15:00 GMT -->";
        check(mirrored, Some("http://xa.example/tin/1.html"));
        check("<!-- saved from url=(0014)about:internet --><p>x", None);
        check("<p>x</p><!-- saved from url=(0021)https://xa.example/9 -->", None);
    }

    #[test]
    fn sites_name_their_pages() {
        const OWN: Option<&str> = Some("https://xa.example/tin/1.html");
        check("<link rel='shortlink Canonical' href='https://xa.example/tin/1.html'>", OWN);
        check("<base href='https://xa.example/tin/'><link rel=canonical href='1.html'>", OWN);
        check(
            "<link rel=canonical href='/tin/1.html'><meta property=og:url content='https://xa.example/tin/1.html'>",
            OWN,
        );
        check(
            "<link rel=canonical href='https://xa.example/'><meta property=og:url content='https://xa.example/tin/1.html'>",
            OWN,
        );
        let json =
            |inner: &str| format!("<script type='application/ld+json'>{{\"@type\":\"NewsArticle\",{inner}}}</script>");
        check(&json(r#""mainEntityOfPage":{"@id":"https://xa.example/tin/1.html"}"#), OWN);
        check(&json(r#""mainEntityOfPage":true,"url":"https://xa.example/tin/1.html""#), OWN);
        check("<div itemscope><meta itemprop=mainEntityOfPage itemid='https://xa.example/tin/1.html'>", OWN);
        check("<base href='https://xa.example/tin/1.html'><p>x", OWN);
    }

    #[test]
    fn what_names_no_page_is_no_address() {
        check("<base href='https://xa.example/tin/'><p>x", None);
        check("<base href='https://xa.example/'><meta property=og:url content=''>", None);
        check("<link rel=canonical href='/tin/1.html'><meta property=og:url content='https://xa.example'>", None);
        check("<link rel=canonical href='javascript:void(0)'><p>x", None);
    }
}
