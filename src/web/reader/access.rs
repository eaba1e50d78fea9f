//! Controls who may read: everyone on this machine, everyone with the password, or, if configured, everyone.
//!
//! A session is a short text: its end, and a hash of the end and the password under a key that only this process knows. A restart or a new password
//! ends all sessions. Feeds take the password by Basic authentication (RFC 7617), or a key in their address that is derived from the password. PBKDF2
//! makes guessing the password from a leaked address expensive, and a new password revokes the key. Apps have another such key.

use std::num::NonZeroU32;
use std::sync::Mutex;
use std::sync::PoisonError;

use axum::http::HeaderMap;
use axum::http::header;
use base64ct::Base64;
use base64ct::Encoding;
use jiff::Timestamp;
use ring::pbkdf2;
use ring::rand::SecureRandom;
use ring::rand::SystemRandom;

use crate::model::secret::Secret;
use crate::text::fingerprint;

/// How long a session lasts, in seconds.
pub(super) const SESSION: i64 = 30 * 24 * 3600;

/// Number of wrong passwords within [`WINDOW`] after which none is checked until the window ends.
const MOST_WRONG: u32 = 10;

/// The window in seconds for counting wrong passwords, whoever sends them: behind a proxy all come from one address.
const WINDOW: i64 = 60;

/// Rounds of PBKDF2-HMAC-SHA256 (OWASP, "Password Storage Cheat Sheet").
const ROUNDS: NonZeroU32 = NonZeroU32::new(600_000).unwrap();

/// Length of a key in bytes.
const KEY: usize = 16;

/// The result of a password attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::web) enum Attempt {
    Right,
    Wrong,
    /// Too many attempts were wrong.
    Refused,
}

/// The process's secret for sessions, and its count of attempts.
pub(super) struct Access {
    /// `None` if the system provides no random numbers. Nobody can log in then.
    key: Option<[u8; 32]>,
    /// The start of the window and the wrong attempts since.
    wrong: Mutex<(i64, u32)>,
}

impl Access {
    pub(super) fn new() -> Access {
        let mut key = [0; 32];
        let filled = SystemRandom::new().fill(&mut key);
        if filled.is_err() {
            tracing::error!("the system gives no random numbers: nobody can log in");
        }
        Access { key: filled.ok().map(|()| key), wrong: Mutex::default() }
    }

    /// Checks a password in a time that does not depend on how much of it is right.
    pub(super) fn attempt(&self, password: &Secret, given: &[u8], now: Timestamp) -> Attempt {
        let now = now.as_second();
        let mut wrong = self.wrong.lock().unwrap_or_else(PoisonError::into_inner);
        if now < wrong.0 || now - wrong.0 >= WINDOW {
            *wrong = (now, 0);
        }
        if wrong.1 >= MOST_WRONG {
            return Attempt::Refused;
        }
        if password.is(given) {
            return Attempt::Right;
        }
        wrong.1 += 1;
        Attempt::Wrong
    }

    /// Creates a session.
    pub(super) fn session(&self, password: &Secret, now: Timestamp) -> String {
        let end = now.as_second() + SESSION;
        format!("{end}.{}", self.mark(&["session", &end.to_string(), password.reveal()]))
    }

    /// Whether a text is a session that has not ended.
    pub(super) fn is_session(&self, password: &Secret, text: &str, now: Timestamp) -> bool {
        let Some((end, mark)) = text.split_once('.') else { return false };
        let is_running = end.parse::<i64>().is_ok_and(|end| end > now.as_second());
        is_running
            && self.key.is_some()
            && Secret::new(self.mark(&["session", end, password.reveal()])).is(mark.as_bytes())
    }

    /// The form token that belongs to a text in the browser's cookie.
    pub(super) fn token(&self, kept: &str) -> String {
        self.mark(&["form", kept])
    }

    /// Whether a form's token belongs to the text in the browser's cookie.
    pub(super) fn is_token(&self, kept: &str, token: &str) -> bool {
        !kept.is_empty() && self.key.is_some() && Secret::new(self.token(kept)).is(token.as_bytes())
    }

    fn mark(&self, parts: &[&str]) -> String {
        let mut hasher = blake3::Hasher::new_keyed(&self.key.unwrap_or_default());
        for part in parts {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// A random text that nobody can guess; empty if the system provides no random numbers.
pub(super) fn random() -> String {
    let mut bytes = [0; 16];
    match SystemRandom::new().fill(&mut bytes) {
        Ok(()) => fingerprint::hex(&bytes),
        Err(_) => String::new(),
    }
}

/// The purpose of a key. The key for one purpose does not work for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyUse {
    /// Used in the addresses of feeds.
    Feeds,
    /// Sent by apps, which can also set marks.
    Apps,
}

impl KeyUse {
    fn salt(self) -> &'static [u8] {
        match self {
            KeyUse::Feeds => b"tintinh: key of feeds",
            KeyUse::Apps => b"tintinh: key of apps",
        }
    }
}

/// The key derived from a password. The first call takes some tenths of a second, so it runs on a blocking thread.
pub(super) fn key(password: &Secret, purpose: KeyUse) -> String {
    /// The keys of one password, which is identified by its hash.
    static KNOWN: Mutex<Vec<(blake3::Hash, KeyUse, String)>> = Mutex::new(Vec::new());
    let hash = blake3::hash(password.reveal().as_bytes());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|(of, ..)| *of == hash);
    if let Some((.., key)) = known.iter().find(|(_, known, _)| *known == purpose) {
        return key.clone();
    }
    let mut bytes = [0; KEY];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, ROUNDS, purpose.salt(), password.reveal().as_bytes(), &mut bytes);
    let key = fingerprint::hex(&bytes);
    known.push((hash, purpose, key.clone()));
    key
}

/// The password of Basic authentication. Any user name is accepted.
pub(super) fn basic(headers: &HeaderMap) -> Option<Vec<u8>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, text) = value.split_once(' ')?;
    let bytes = Base64::decode_vec(text.trim()).ok().filter(|_| scheme.eq_ignore_ascii_case("basic"))?;
    let colon = bytes.iter().position(|byte| *byte == b':')?;
    bytes.get(colon + 1..).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_session_ends_in_time_with_the_password_and_with_the_process() {
        let (access, password) = (Access::new(), Secret::new("a".to_owned()));
        let session = access.session(&password, at(1000));
        assert!(access.is_session(&password, &session, at(1001)));
        assert!(!access.is_session(&password, &session, at(1000 + SESSION)));
        assert!(!access.is_session(&Secret::new("b".to_owned()), &session, at(1001)));
        assert!(!Access::new().is_session(&password, &session, at(1001)));
        let longer = session.replacen(&(1000 + SESSION).to_string(), &(1000 + 9 * SESSION).to_string(), 1);
        assert!(!access.is_session(&password, &longer, at(1001)));
        assert!(!access.is_session(&password, "", at(1001)));
    }

    #[test]
    fn after_ten_wrong_passwords_none_counts_for_the_rest_of_a_minute() {
        let (access, password) = (Access::new(), Secret::new("a".to_owned()));
        for _ in 0..MOST_WRONG {
            assert_eq!(access.attempt(&password, b"b", at(5)), Attempt::Wrong);
        }
        assert_eq!(access.attempt(&password, b"a", at(30)), Attempt::Refused);
        assert_eq!(access.attempt(&password, b"a", at(5 + WINDOW)), Attempt::Right);
    }

    #[test]
    fn tokens_belong_to_what_a_browser_keeps() {
        let access = Access::new();
        let (one, other) = (random(), random());
        assert_ne!(one, other);
        assert!(access.is_token(&one, &access.token(&one)) && !access.is_token(&other, &access.token(&one)));
        assert!(!access.is_token("", &access.token("")));
    }

    #[test]
    fn basic_authentication_gives_a_password() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            basic(&headers)
        };
        assert_eq!(with("Basic YTpiOmM="), Some(b"b:c".to_vec()));
        assert_eq!(with("basic YTo="), Some(Vec::new()));
        assert_eq!(with("Bearer YTpi"), None);
        assert_eq!(with("Basic ?"), None);
    }
}
