//! The marks that apps set.

use crate::marks::Mark;
use crate::web::greader::Refusal;
use crate::web::greader::request::Asked;
use crate::web::greader::stream;
use crate::web::reader::Reader;
use crate::web::reader::shelf::Wanted;

/// The answer to a request that sets a tag.
const TAGS: &str = "tags are what watches found: only \"read\" and \"starred\" are set here";

/// Sets and removes marks on articles (`edit-tag`).
///
/// # Errors
/// [`Refusal`].
pub(super) async fn edit(reader: &Reader, asked: &Asked) -> Result<(), Refusal> {
    let items = asked.items()?;
    for (key, is_added) in [("r", false), ("a", true)] {
        for state in asked.all(key) {
            if let Some((mark, is_set)) = mark(&stream::named(state), is_added)? {
                reader.mark(items.clone(), mark, is_set).await?;
            }
        }
    }
    Ok(())
}

/// The mark that a state sets or removes. `None` for states that are not stored.
fn mark(state: &str, is_added: bool) -> Result<Option<(Mark, bool)>, Refusal> {
    match state.strip_prefix("user/-/state/com.google/") {
        Some("read") => Ok(Some((Mark::Read, is_added))),
        Some("starred") => Ok(Some((Mark::Starred, is_added))),
        Some("kept-unread" | "unread") if is_added => Ok(Some((Mark::Read, false))),
        Some(_) => Ok(None),
        None => Err(Refusal::NotHere(TAGS)),
    }
}

/// Marks a stream's articles as read, up to a moment (`mark-all-as-read`).
///
/// # Errors
/// [`Refusal`].
pub(super) async fn mark_all(reader: &Reader, asked: &Asked) -> Result<(), Refusal> {
    let until = asked.number("ts")?.map_or(i64::MAX, stream::millis);
    let shelf = reader.shelf();
    let mut items = Vec::new();
    for name in asked.all("s") {
        let of = stream::source(reader, name).await?;
        let wanted = Wanted { marks: vec![(Mark::Read, false)], until, ..Wanted::of(of.source) };
        let marks = reader.marks_file().await?;
        items.extend(marks.look(|sets| shelf.stream_ids(&wanted, &shelf.story_marks(sets))));
    }
    if asked.first("s").is_none() {
        return Err(Refusal::Bad("no stream (`s`)".to_owned()));
    }
    reader.mark(items, Mark::Read, true).await.map_err(Refusal::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::greader::lists;

    #[test]
    fn states_that_are_kept_nowhere_are_taken_and_tags_are_not() {
        let state = |name: &str| format!("user/-/state/com.google/{name}");
        assert_eq!(mark(&state("read"), false).unwrap(), Some((Mark::Read, false)));
        assert_eq!(mark(&state("kept-unread"), true).unwrap(), Some((Mark::Read, false)));
        assert_eq!(mark(&state("kept-unread"), false).unwrap(), None);
        assert_eq!(mark(&state("broadcast"), true).unwrap(), None);
        assert!(mark(&format!("{}Gia Lai", lists::LABEL), true).is_err());
    }
}
