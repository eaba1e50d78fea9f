//! Reads `[store]`, `[alarms]`, `[metrics]`, `[web]` and `[retention]` of `tintinh.toml`.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use std::path::PathBuf;

use crate::config::problem::Problem;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::config::told;
use crate::model::notify::Channel;
use crate::model::secret::Secret;
use crate::model::secret::SigningKey;
use crate::model::settings::AlarmSettings;
use crate::model::settings::ImageSetting;
use crate::model::settings::RetentionSettings;
use crate::model::settings::StoreSettings;
use crate::model::settings::WebSettings;
use crate::text::count::counted;

/// Maximum bytes of a secret.
const MOST_SECRET: usize = 4096;

pub(super) fn read_alarms(mut table: Table<'_>, channels: &[Channel]) -> AlarmSettings {
    let alarms = AlarmSettings {
        command: table.read("command", read_command).unwrap_or_default(),
        to: told::read_to(&mut table, "to", channels),
        timeout: table.duration("timeout"),
        failing_after: table.duration("failing_after"),
        silent_after: table.number("silent_after"),
    };
    table.finish();
    alarms
}

/// Reads a program and its arguments. It is run without a shell, so that nothing that a site sends can become a command.
pub(super) fn read_command(value: &Value<'_>) -> Option<Vec<String>> {
    let words = value.elements()?;
    let command: Vec<String> = words.iter().filter_map(|word| word.text().map(str::to_owned)).collect();
    if let (Some(program), Some(word)) = (command.first(), words.first())
        && !Path::new(program).is_absolute()
    {
        word.problem(format!("`{program}` is no absolute path"), word.hint());
    }
    Some(command)
}

/// Reads where the database is, without its password, and the file of that.
pub(super) fn read_store(mut table: Table<'_>, dir: &Path) -> (StoreSettings, Option<PathBuf>) {
    let password_file = table.read("password_file", Value::filled).map(|name| place_of_secret(name, dir));
    let url = table.read("url", |value| value.parsed(address_of_database));
    table.finish();
    (StoreSettings { url, password: None }, password_file)
}

/// Checks the form of an address. The store reads its parts.
fn address_of_database(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
    let Some(rest) = rest else { return Err(format!("`{text}` does not begin with postgres://")) };
    let user = rest.split(['/', '?']).next().and_then(|authority| authority.rsplit_once('@'));
    if user.is_some_and(|(user, _)| user.contains(':')) || rest.contains("password=") {
        return Err("the address holds a password; put it into a file and name that as `password_file`".to_owned());
    }
    Ok(text.to_owned())
}

/// Reads where metrics are served, and the file of the required token.
pub(super) fn read_metrics(mut table: Table<'_>, dir: &Path) -> (Option<SocketAddr>, Option<PathBuf>) {
    let token_file = table.read("token_file", Value::filled).map(|name| place_of_secret(name, dir));
    let listen = table.read("listen", |value| value.parsed(address_for(token_file.is_some(), "`token_file`")));
    table.finish();
    (listen, token_file)
}

/// Reads how the reader is served, without its password, and the file with the password.
pub(super) fn read_web(mut table: Table<'_>, dir: &Path) -> (WebSettings, Option<PathBuf>) {
    let password_file = table.read("password_file", Value::filled).map(|name| place_of_secret(name, dir));
    let public = table.read("public", |value| {
        let public = value.flag()?;
        if public && password_file.is_some() {
            value.problem("everybody may read, and a password is asked for", "leave out `password_file` or `public`");
        }
        Some(public)
    });
    let public = public.unwrap_or(false);
    let is_open = public || password_file.is_some();
    let listen = table.read("listen", |value| value.parsed(address_for(is_open, "`password_file` or `public = true`")));
    let images = table.choice("images", &ImageSetting::WORDS);
    table.finish();
    (WebSettings { listen, password: None, public, images }, password_file)
}

/// Reads an address with a port. If no secret keeps others out, the address must. Nothing is encrypted: between machines, put a proxy with TLS in
/// front.
fn address_for(may_be_any: bool, otherwise: &str) -> impl Fn(&str) -> Result<SocketAddr, String> {
    move |text| {
        let address: SocketAddr = text.parse().map_err(|_| format!("`{text}` is no address with a port"))?;
        let is_fine = may_be_any || address.ip().is_loopback();
        if is_fine {
            Ok(address)
        } else {
            Err(format!("{} is no loopback address; others need {otherwise}", address.ip()))
        }
    }
}

pub(super) fn read_retention(mut table: Table<'_>) -> RetentionSettings {
    let records = table.read("records", Value::duration);
    let articles = table.read("articles", Value::duration);
    let tombstones = table.duration("tombstones");
    table.finish();
    RetentionSettings { records, articles, tombstones }
}

/// Returns the path of a secret. A name without a folder is a credential if systemd provides any (`LoadCredential=`), otherwise a file next to
/// `tintinh.toml`.
#[expect(clippy::disallowed_methods, reason = "CREDENTIALS_DIRECTORY is systemd's word to this process, no setting")]
pub(super) fn place_of_secret(name: &str, dir: &Path) -> PathBuf {
    let credentials = std::env::var("CREDENTIALS_DIRECTORY").map(PathBuf::from);
    let is_bare = Path::new(name).components().count() == 1;
    let credential = credentials.ok().map(|folder| folder.join(name)).filter(|path| is_bare && path.exists());
    credential.unwrap_or_else(|| dir.join(name))
}

/// How to create a secret that signs webhooks.
pub(super) const SIGNING_KEY_HINT: &str = "make one with: printf 'whsec_%s\\n' \"$(head -c 24 /dev/urandom | base64)\"";

/// Reads a file of signing secrets, one per line, at most `most`.
pub(super) fn read_signing_keys(path: &Path, most: usize) -> Result<Vec<SigningKey>, String> {
    let key = |(number, secret)| {
        SigningKey::new(secret).map_err(|error| format!("{}, secret {}: {error}", path.display(), number + 1))
    };
    read_secrets(path, most)?.iter().enumerate().map(key).collect()
}

/// Reads a secret of one line, whose file a key names.
pub(super) fn read_token(main: &Path, key: &str, path: &Path) -> Result<Secret, Box<Problem>> {
    let problem = |message: String| {
        let hint = "put the secret into it as one line, or give it to the unit with LoadCredential=";
        Box::new(Problem::of_file(&main.display().to_string(), format!("`{key}`: {message}"), hint))
    };
    let secrets = read_secrets(path, 1).map_err(problem)?;
    secrets.into_iter().next().ok_or_else(|| problem("it is empty".to_owned()))
}

/// Reads a file of secrets, one per line, at most `most`. Blank lines are ignored. Errors do not quote the file's content.
pub(super) fn read_secrets(path: &Path, most: usize) -> Result<Vec<Secret>, String> {
    let problem = |message: &str| format!("{}: {message}", path.display());
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::InvalidData => problem("it is no text"),
        _ => problem(&error.to_string()),
    })?;
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    match lines.len() {
        0 => Err(problem("it is empty")),
        count if count > most => Err(problem(&format!("it holds more than {}", counted(most, "line")))),
        _ if lines.iter().any(|line| line.len() > MOST_SECRET) => Err(problem("a line is too long for a secret")),
        _ => Ok(lines.into_iter().map(|line| Secret::new(line.to_owned())).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_database_holds_no_password() {
        for good in ["postgres://db.example/tintinh", "postgresql://me@%2Frun%2Fpg/x?options=-csearch_path%3Dnews"] {
            assert_eq!(address_of_database(good), Ok(good.to_owned()));
        }
        for wrong in
            ["mysql://db.example/x", "postgres://me:word@db.example/x", "postgres://db.example/x?password=word"]
        {
            assert!(address_of_database(wrong).is_err(), "{wrong}");
        }
    }
}
