//! Names of elements: how they are cut into words, and what the words mean.

use crate::extract::outline::vocabulary::Words;
use crate::extract::outline::vocabulary::of_names;

#[test]
fn names_are_cut_into_words() {
    assert!(of_names("ArticleBody-sc-1x2").any(Words::BODY));
    assert!(of_names("td-post-content").any(Words::BODY));
    assert!(of_names("entry__content wide").any(Words::BODY));
    assert!(of_names("content-detail").any(Words::BODY));
    assert!(!of_names("content").any(Words::BODY));
    assert!(of_names("article-heading").any(Words::TITLE) && !of_names("module-title").any(Words::TITLE));
    assert!(of_names("post relatedPosts").any(Words::ARTICLE));
    assert!(of_names("jp-relatedposts").any(Words::RELATED));
    assert!(of_names("newsDate").any(Words::DATE));
    assert_eq!(of_names("css-1qaz shadow"), Words::NONE);
    assert!(of_names("code-block code-block-12").any(Words::OFFER));
    assert_eq!(of_names("code-block code-block-rust"), Words::NONE);
    assert_eq!(of_names("has-sidebar no-comments with-nav"), Words::NONE, "switches of a theme");
}

#[test]
fn two_words_may_be_written_as_one() {
    assert!(of_names("storybody").any(Words::BODY));
    assert!(of_names("detailcontent").any(Words::BODY));
    assert!(of_names("newstitle").any(Words::TITLE));
    assert_eq!(of_names("context subtext wellbody"), Words::NONE);
}

#[test]
fn vietnamese_words_may_be_written_apart() {
    assert!(of_names("o-tac-gia").any(Words::AUTHOR));
    assert!(of_names("ngay_dang").any(Words::DATE));
    assert!(of_names("hopChuThich").any(Words::CAPTION));
    assert!(of_names("khung-noi-dung-trang").any(Words::BODY));
    assert!(of_names("chi-tiet-text").any(Words::BODY));
    assert!(!of_names("noi-va-dung").any(Words::BODY));
    assert_eq!(of_names("abcdefghijklmnopqrstuvwxyzabcdefghijkl-tac"), Words::NONE);
}
