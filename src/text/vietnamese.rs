//! Folding for keys.
/// Folds for keys (`../shared/domain/tables/README.md`, "fold": NFC, Ð→Đ, lower case, tone style 1, i for y after h k l m s t, blanks collapsed).
pub fn fold(_text: &str) -> String {
    todo!()
}
/// `fold`, then without marks and đ as d.
pub fn fold_ascii(_text: &str) -> String {
    todo!()
}
