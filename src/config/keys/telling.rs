//! The keys for notifications: `[[notify]]` in `tintinh.toml`, and the files of watches.

use std::time::Duration;

use crate::config::keys::File;
use crate::config::keys::HOUR;
use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::NAME;
use crate::config::keys::PORT;
use crate::config::keys::SECOND;
use crate::config::keys::TEN_YEARS;
use crate::config::keys::key;
use crate::config::keys::list;
use crate::config::keys::words;
use crate::model::notify::MailTls;
use crate::text::language::Language;
use crate::watch::Event;
use crate::watch::Field;
use crate::watch::MOST_ALL;
use crate::watch::MOST_PHRASES;

const MAIL_TLS: [&str; 3] = words(&MailTls::WORDS);
const EVENTS: [&str; 4] = words(&Event::WORDS);
const FIELDS: [&str; 10] = words(&Field::WORDS);
const LANGUAGES: [&str; 2] = words(&Language::WORDS);
const KINDS: [&str; 5] = ["article", "document", "video", "gallery", "event"];
const RHYTHM: Kind = Kind::Form(r"^\s*(at once|hourly|daily [0-2][0-9]:[0-5][0-9])\s*$");
const PHRASES: Kind = Kind::List(&Kind::Text, 0, MOST_PHRASES);

#[rustfmt::skip]
pub(super) const NOTIFY: &[Key] = &[
    key("id", NAME, "Its name, by which watches and alarms call it.").required(r#""van-phong""#),
    key("kind", Kind::Word(&["command", "mail", "webhook", "ntfy"]), "How it tells.").switch(),
    key("server", Kind::Text, "The mail server's host.").required(r#""smtp.example.org""#).fits(&["mail"]),
    key("port", PORT, "Its port; by default 587 for starttls, 465 for tls, 25 for none.").example("587").fits(&["mail"]),
    key("tls", Kind::Word(&MAIL_TLS),
        "How the connection is encrypted: `starttls` after the greeting, `tls` from the first byte, `none` for a server on this machine.")
        .default("starttls").fits(&["mail"]),
    key("extra_ca", Kind::Texts,
        "Files of certificates (PEM or DER) that are trusted as issuers beside the system's. Relative paths begin in the config folder.")
        .example(r#""ca/mail.pem", or a list of such files"#).fits(&["mail"]),
    key("user", Kind::Text, "The name to log in with.").example(r#""tintinh@example.org""#).fits(&["mail"]),
    key("password_file", Kind::Text,
        "The file of the password. A bare name is that of a credential of the unit (LoadCredential=), else a file beside this one.")
        .example(r#""mail-password""#).fits(&["mail"]),
    key("from", Kind::Text, "The sender.").required(r#""Điểm báo <tintinh@example.org>""#).fits(&["mail"]),
    key("recipients", Kind::Texts, "The recipients.").required(r#"["vanphong@example.org"]"#).fits(&["mail"]),
    key("url", Kind::Address, "Where a webhook is sent, or the address of an ntfy topic.")
        .required(r#""https://ntfy.example.org/diem-bao""#).fits(&["webhook", "ntfy"]),
    key("allow_addresses", list(&Kind::Text),
        "Private, local and reserved addresses are never connected to, but for those in these blocks (CIDR).")
        .default("[]").example(r#"["127.0.0.0/8"]"#).fits(&["webhook", "ntfy"]),
    key("secret_file", Kind::Text,
        "The file of the secret that signs each request, as Standard Webhooks has it: `whsec_` and the base64 of 24 to 64 random bytes. Several \
         secrets, one a line, all sign, so that one can take the place of another. Found as `password_file` is.")
        .example(r#""webhook-secret""#).fits(&["webhook"]),
    key("token_file", Kind::Text, "The file of the access token that the server asks for. Found as `password_file` is.")
        .example(r#""ntfy-token""#).fits(&["ntfy"]),
    key("command", Kind::List(&Kind::Text, 1, usize::MAX),
        "A program (an absolute path) and its arguments. It is given the message as a JSON object on its standard input. No shell stands in between.")
        .required(r#"["/usr/local/bin/tell", "--to", "ops"]"#).fits(&["command"]),
    key("timeout", Kind::Duration(SECOND, Duration::from_mins(10)), "Time for one message; then it is tried again later.").default("30s").example(r#""30s""#),
];

#[rustfmt::skip]
pub(in crate::config) const WATCH: File = File {
    name: "watch",
    path: "watch/<id>.toml",
    doc: "config/watch/<id>.toml: what somebody wants to be told of. The file's name is its id.",
    keys: &[
        key("name", Kind::Text, "Its name, as messages print it.").required(r#""Tinh gọn bộ máy""#),
        key("any", PHRASES,
            "Phrases of which one must be there. Accents do not count (`tinh gọn` finds \"tinh gọn\" and \"TINH GON\"), unless `=` stands before \
             the phrase. A phrase consists of whole words next to each other.").default("[]").example(r#"["tinh gọn bộ máy", "=sáp nhập"]"#),
        key("all", Kind::List(&Kind::Text, 0, MOST_ALL), "Phrases all of which must be there.").default("[]").example(r#"["xã", "bộ máy"]"#),
        key("none", PHRASES, "Phrases none of which may be there.").default("[]").example(r#"["quảng cáo"]"#),
        key("portals", list(&NAME), "Only these portals, by the names of their files; an empty list: all.").default("[]").example(r#"["vinhphuc"]"#),
        key("provinces", list(&NAME), "Only these provinces, by their keys; an empty list: all.").default("[]").example(r#"["vinh-phuc"]"#),
        key("kinds", list(&Kind::Word(&KINDS)), "Only these kinds of pages; an empty list: all.").default("[]").example(r#"["document"]"#),
        key("fields", Kind::List(&Kind::Word(&FIELDS), 1, usize::MAX), "Where phrases are looked for.")
            .default(r#"["title", "lead", "text", "document"]"#).example(r#"["title", "lead"]"#),
        key("events", Kind::List(&Kind::Word(&EVENTS), 1, usize::MAX),
            "What is told: a story that is `new`, a `revision` that adds a phrase, an article that is `withdrawn`, a `reprint` of a story that \
             was told.").default(r#"["new", "revision", "withdrawn"]"#).example(r#"["new", "reprint"]"#),
        key("to", Kind::List(&NAME, 1, 32), "Whom to tell: ids of [[notify]].").required(r#"["van-phong"]"#),
        key("rhythm", RHYTHM,
            "When: \"at once\", \"hourly\", or \"daily 07:00\" in +07:00. A daily digest comes even where nothing was found.").default("daily 07:00"),
        key("language", Kind::Word(&LANGUAGES), "The language of its messages.").default("vi"),
        key("max_age", Kind::Duration(HOUR, TEN_YEARS), "Older articles are not told, unless their story was.").default("7d"),
    ],
};
