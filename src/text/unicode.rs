//! Cleaning of text: NFC, blanks, zero-width signs, entities.
/// One line: NFC (shape mark before tone), zero-width and control signs out, every blank a space, runs collapsed, trimmed.
pub fn clean(_text: &str) -> String {
    todo!()
}
/// Decodes HTML character references, once.
pub fn decode_entities(_text: &str) -> String {
    todo!()
}
