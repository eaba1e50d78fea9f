//! Notification channels: the `[[notify]]` tables of `tintinh.toml`.

use std::time::Duration;

use crate::model::portal::NotifyId;
use crate::model::secret::Secret;
use crate::model::secret::SigningKey;
use crate::model::settings::Destination;

/// A notification channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channel {
    /// Its name.
    pub id: NotifyId,
    /// How it sends.
    pub means: Means,
    /// Time limit for one message.
    pub timeout: Duration,
}

/// How a channel sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// By mail.
    Mail(MailSettings),
    /// By an HTTP request with JSON.
    Webhook {
        /// Where the request goes.
        destination: Destination,
        /// Signing keys. Each adds a signature as in Standard Webhooks; without any, nothing is signed.
        keys: Vec<SigningKey>,
    },
    /// By an ntfy server, which shows it on phones.
    Ntfy {
        /// The topic's address.
        destination: Destination,
        /// The access token that the server requires.
        token: Option<Secret>,
    },
    /// By a program that gets JSON on its standard input.
    Command(Vec<String>),
}

impl Means {
    /// Its name in files.
    pub fn word(&self) -> &'static str {
        match self {
            Means::Mail(_) => "mail",
            Means::Webhook { .. } => "webhook",
            Means::Ntfy { .. } => "ntfy",
            Means::Command(_) => "command",
        }
    }
}

/// How mail is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailSettings {
    /// The server's host.
    pub server: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: MailTls,
    /// Certificate issuers trusted in addition to the system's, as DER.
    pub extra_ca: Vec<Vec<u8>>,
    /// User and password, if the server requires them.
    pub login: Option<(String, Secret)>,
    /// The sender: `Name <name@host>` or an address.
    pub from: String,
    /// The recipients.
    pub recipients: Vec<String>,
}

/// How a connection to a mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MailTls {
    /// After the greeting, by STARTTLS (RFC 3207).
    #[default]
    Starttls,
    /// From the first byte (RFC 8314).
    Tls,
    /// Not at all: for a server on this machine.
    None,
}

impl MailTls {
    /// The modes with their names in files.
    pub const WORDS: [(&'static str, MailTls); 3] =
        [("starttls", MailTls::Starttls), ("tls", MailTls::Tls), ("none", MailTls::None)];

    /// The usual port.
    pub fn port(self) -> u16 {
        match self {
            MailTls::Starttls => 587,
            MailTls::Tls => 465,
            MailTls::None => 25,
        }
    }
}
