//! Leads: where they are, how they differ from the first paragraph, and what is not a lead.

use crate::extract::sample;
use crate::extract::sample::HEADLINE;
use crate::extract::sample::TEXT;
use crate::model::link::Hints;

const LEAD: &str = "Dân hai bờ đã chờ ba năm, nay xe và người lại qua sông mỗi ngày hai mươi lượt.";

fn lead_of(head: &str, article: &str) -> Option<String> {
    let html = format!("<html lang=\"vi\"><head>{head}</head><body>{article}</body></html>");
    sample::read("https://conlau.example/tin/5", "", &Hints::default(), &html).lead.map(|lead| lead.value)
}

fn described(text: &str) -> String {
    format!("<meta property=\"og:description\" content=\"{text}\">")
}

#[test]
fn what_holds_the_article_is_no_frame_of_its_lead() {
    let articles = [
        format!("<div class=\"sidebar-1\"><h1>{HEADLINE}</h1><p class=\"sapo\">{LEAD}</p><div>{TEXT}</div></div>"),
        format!("<div class=\"card\"><h1>{HEADLINE}</h1><h2 class=\"subtitle\">{LEAD}</h2><div>{TEXT}</div></div>"),
        format!(
            "<div class=\"promo\"><h1>{HEADLINE}</h1><div class=\"noidungngan\">{LEAD}</div><div>{TEXT}</div></div>"
        ),
    ];
    for article in articles {
        assert_eq!(lead_of("", &article).as_deref(), Some(LEAD), "{article}");
    }
    let others =
        format!("<h1>{HEADLINE}</h1><div class=\"related\"><p class=\"sapo\">{LEAD}</p></div><div>{TEXT}</div>");
    assert_eq!(lead_of("", &others), None, "another article's");
}

#[test]
fn the_first_paragraph_is_the_lead_where_the_theme_sets_it_apart() {
    let apart = [
        format!("<h1>{HEADLINE}</h1><div class=\"nd\"><p class=\"b1\">{LEAD}</p>{TEXT}</div>"),
        format!("<h1>{HEADLINE}</h1><div class=\"nd\"><div class=\"b1\"><p>{LEAD}</p></div>{TEXT}</div>"),
        format!("<h1>{HEADLINE}</h1><div class=\"nd\"><p class=\"description\">{LEAD}</p>{TEXT}</div>"),
    ];
    for article in &apart {
        assert_eq!(lead_of(&described(LEAD), article).as_deref(), Some(LEAD), "{article}");
    }
    assert_eq!(lead_of(&described(&format!("Cồn Lau: {LEAD}")), &apart[2]).as_deref(), Some(LEAD), "by its name alone");
    assert_eq!(lead_of("", &apart[0]), None, "a class that says nothing");
    let plain = format!("<h1>{HEADLINE}</h1><div class=\"nd\"><p>{LEAD}</p>{TEXT}</div>");
    assert_eq!(lead_of(&described(LEAD), &plain), None, "a paragraph like those behind it");
}

#[test]
fn a_description_that_goes_on_into_the_next_paragraph_is_the_texts_beginning() {
    let article = format!("<h1>{HEADLINE}</h1><div class=\"nd\"><p class=\"description\">{LEAD}</p>{TEXT}</div>");
    let cut = format!("{LEAD} Từ sáng sớm, hơn ba trăm hộ dân hai bên bờ đã ra bến chờ […]");
    assert_eq!(lead_of(&described(&cut), &article), None);
    assert_eq!(lead_of(&described(LEAD), &article).as_deref(), Some(LEAD));
}

#[test]
fn the_pages_own_lead_counts_and_not_a_teaser_cut_short() {
    let cut = "Dân hai bờ đã chờ ba năm, nay xe và người lại qua sông...";
    let article = format!("<h1>{HEADLINE}</h1><p>{LEAD}</p><p>Lê Văn Mùa</p><div class=\"nd\">{TEXT}</div>");
    assert_eq!(lead_of(&described(cut), &article).as_deref(), Some(LEAD));
}

#[test]
fn a_lead_may_have_several_lines() {
    let article = format!(
        "<h1>{HEADLINE}</h1><ul class=\"summary\"><li>{LEAD}</li><li>Giá vé được giữ như cũ cho đến hết năm nay.</li></ul><div class=\"nd\">{TEXT}</div>"
    );
    let expected = format!("{LEAD}\nGiá vé được giữ như cũ cho đến hết năm nay.");
    assert_eq!(lead_of("", &article), Some(expected));
}

#[test]
fn neither_the_headline_nor_a_subheading_is_a_lead() {
    let again = format!("<h1>{HEADLINE}</h1><p class=\"sapo\"><b>{HEADLINE}</b></p><div class=\"nd\">{TEXT}</div>");
    assert_eq!(lead_of("", &again), None, "the headline again");
    let kicker = format!("<h1>{HEADLINE}</h1><h2>Xã Cồn Lau: {HEADLINE}</h2><div class=\"nd\">{TEXT}</div>");
    assert_eq!(lead_of("", &kicker), None, "with a kicker");
    let heads = format!(
        "<h1>{HEADLINE}</h1><div class=\"nd\"><h2 class=\"subtitle\">Ba trăm hộ dân hai bên bờ chờ chuyến phà đầu tiên</h2>{TEXT}<h2 class=\"subtitle\">Vé giữ giá cũ đến hết năm nay</h2>{TEXT}</div>"
    );
    assert_eq!(lead_of("", &heads), None, "one of the subheadings");
}
