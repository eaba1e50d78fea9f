//! Reads `[[notify]]` of `tintinh.toml` into [`Channel`]s.

use std::path::Path;

use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::service;
use crate::config::tls;
use crate::config::units;
use crate::model::notify::Channel;
use crate::model::notify::MailSettings;
use crate::model::notify::MailTls;
use crate::model::notify::Means;
use crate::model::portal::NotifyId;
use crate::model::secret::Secret;
use crate::model::secret::SigningKey;
use crate::model::settings::Destination;

/// Reads all channels. Reports a duplicate name.
pub(super) fn read_all(table: &mut Table<'_>, dir: &Path) -> Vec<Channel> {
    let mut channels: Vec<Channel> = Vec::new();
    table.all("notify", |value| {
        let channel = read(value, dir)?;
        if channels.iter().any(|other| other.id == channel.id) {
            value.problem(format!("two [[notify]] are called `{}`", channel.id), "give each a name of its own");
        }
        channels.push(channel);
        Some(())
    });
    channels
}

fn read(value: &Value<'_>, dir: &Path) -> Option<Channel> {
    let mut table = value.table()?;
    let id = table.read("id", |value| value.parsed(NotifyId::new));
    let kind = table.read("kind", Value::word);
    let mail = read_mail(&mut table, dir);
    let url = table.read("url", |value| value.url(None));
    let allow_addresses =
        table.all("allow_addresses", |value| value.parsed(|text| units::cidr(text).map(|()| text.to_owned())));
    let keys = table.read("secret_file", |value| read_keys(value, dir)).unwrap_or_default();
    let token = read_secret(&mut table, "token_file", dir);
    let command = table.read("command", service::read_command);
    let timeout = table.duration("timeout");
    table.finish();
    let destination = url.map(|url| Destination { url, timeout, allow_addresses });
    let means = match kind? {
        "mail" => Means::Mail(mail?),
        "webhook" => Means::Webhook { destination: destination?, keys },
        "ntfy" => Means::Ntfy { destination: destination?, token },
        _ => Means::Command(command?),
    };
    Some(Channel { id: id?, means, timeout })
}

fn read_mail(table: &mut Table<'_>, dir: &Path) -> Option<MailSettings> {
    let server = table.read("server", Value::owned);
    let port = table.read("port", Value::number);
    let tls = table.choice("tls", &MailTls::WORDS);
    let extra_ca = tls::read_certificates(table, "extra_ca", dir);
    let user = table.read("user", Value::owned);
    let password = read_secret(table, "password_file", dir);
    let from = table.read("from", |value| value.parsed(mailbox));
    let recipients = table.all("recipients", |value| value.parsed(mailbox));
    let login = match (user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (Some(_), None) => {
            table.missing("`user` needs `password_file`", "password_file = \"mail-password\"");
            None
        }
        (None, Some(_)) => {
            table.missing("`password_file` needs `user`", "user = \"tintinh@example.org\"");
            None
        }
        (None, None) => None,
    };
    let server = server?;
    if login.is_some() && tls == MailTls::None && !is_here(&server) {
        let hint = "tls = \"starttls\" or \"tls\"; \"none\" with a password is for a server on this machine";
        table.missing("the password would be sent in the clear", hint);
    }
    (!recipients.is_empty()).then_some(())?;
    Some(MailSettings { server, port: port.unwrap_or(tls.port()), tls, extra_ca, login, from: from?, recipients })
}

fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Checks a mail address: `Name <name@host>` or `name@host`. The sender reports other violations of RFC 5322.
fn mailbox(text: &str) -> Result<String, String> {
    let text = text.trim();
    let address = match text.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').unwrap_or_default(),
        None => text,
    };
    let is_word = |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    let is_right = address.split_once('@').is_some_and(|(name, host)| is_word(name) && is_word(host));
    if is_right && !text.contains(char::is_control) {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is no mail address"))
    }
}

/// Maximum signing secrets. Several are allowed, so that one can replace another.
const MOST_SECRETS: usize = 8;

fn read_keys(value: &Value<'_>, dir: &Path) -> Option<Vec<SigningKey>> {
    let path = service::place_of_secret(value.filled()?, dir);
    let keys = service::read_signing_keys(&path, MOST_SECRETS);
    keys.map_err(|reason| value.problem(reason, service::SIGNING_KEY_HINT)).ok()
}

fn read_secret(table: &mut Table<'_>, key: &'static str, dir: &Path) -> Option<Secret> {
    table.read(key, |value| {
        let name = value.filled()?;
        match service::read_secrets(&service::place_of_secret(name, dir), 1) {
            Ok(secrets) => secrets.into_iter().next(),
            Err(reason) => {
                value
                    .problem(reason, "put the secret into it as one line, or give it to the unit with LoadCredential=");
                None
            }
        }
    })
}
