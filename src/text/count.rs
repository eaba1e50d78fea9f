//! Numbers with their nouns in the singular or plural.

use std::fmt::Display;

/// Returns a number and its noun: "1 record", "2 records", "0 records". The noun's plural must end in `s`.
pub fn counted(number: impl Display, noun: &str) -> String {
    let number = number.to_string();
    let ending = if number == "1" { "" } else { "s" };
    format!("{number} {noun}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(counted(0, "portal"), "0 portals");
        assert_eq!(counted(1_u64, "portal"), "1 portal");
        assert_eq!(counted(21, "portal"), "21 portals");
    }
}
