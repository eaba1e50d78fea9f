//! Creates atoms for the names of tags and attributes. A small cache helps, because a page repeats few names thousands of times.

use std::borrow::Cow;

use html5ever::LocalName;

/// Number of entries of the cache, a power of two.
const SLOTS: usize = 256;

/// A cache that creates atoms.
pub(super) struct Names {
    /// The name as written, and its atom.
    slots: Vec<Option<(Box<str>, LocalName)>>,
}

impl Default for Names {
    fn default() -> Names {
        Names { slots: vec![None; SLOTS] }
    }
}

impl Names {
    /// Returns the atom of a name as written. The atom is in lower case and has U+FFFD for NUL.
    pub(super) fn atom(&mut self, printed: &str) -> LocalName {
        let Some(slot) = self.slots.get_mut(slot_of(printed.as_bytes())) else {
            return LocalName::from(lowered(printed));
        };
        match slot {
            Some((known, atom)) if **known == *printed => atom.clone(),
            _ => {
                let atom = LocalName::from(lowered(printed));
                slot.insert((printed.into(), atom)).1.clone()
            }
        }
    }
}

fn lowered(printed: &str) -> Cow<'_, str> {
    let plain = printed.bytes().all(|byte| byte != 0 && !byte.is_ascii_uppercase());
    if plain { Cow::Borrowed(printed) } else { Cow::Owned(printed.to_ascii_lowercase().replace('\0', "\u{fffd}")) }
}

fn slot_of(name: &[u8]) -> usize {
    let hash = name.iter().fold(name.len(), |hash, byte| hash.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    hash % SLOTS
}
