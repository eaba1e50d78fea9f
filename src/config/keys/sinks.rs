//! The keys of `[[sink]]`.

use std::time::Duration;

use crate::config::keys::Key;
use crate::config::keys::Kind;
use crate::config::keys::key;
use crate::config::keys::list;
use crate::config::keys::words;
use crate::model::sink::SinkPayload;

const KINDS: [&str; 2] = ["webhook", "command"];
const PAYLOADS: [&str; 2] = words(&SinkPayload::WORDS);
/// Maximum records per batch: the store reads no more at once.
const MOST_RECORDS: i64 = 200;
/// Maximum words of a command: the program's name and its arguments.
const MOST_WORDS: usize = 64;
/// Maximum bytes of a batch: it is held in memory, and receivers refuse larger bodies.
const MOST_BYTES: u64 = 16 << 20;

#[rustfmt::skip]
pub(super) const SINK: &[Key] = &[
    key("kind", Kind::Word(&KINDS),
        "What it is: `webhook` sends records to an address by HTTP, signed by Standard Webhooks; `command` runs a program that reads them on its \
         standard input.").switch(),
    key("id", Kind::Form("^[a-z0-9][a-z0-9_.-]{0,63}$"),
        "Its name in `tintinh sink`, the status and the metrics; how far it has come is kept under it. A new sink gets what is written from now on; \
         `tintinh sink replay ID --from start` sends everything.").required(r#""archive""#),
    key("url", Kind::Address, "Where batches are sent. Redirects are not followed.").required(r#""https://receiver.example/tintinh""#).fits(&["webhook"]),
    key("secret_file", Kind::Text,
        "The file of the secret that signs: `whsec_` and the base64 of 24 to 64 random bytes. Several secrets, one a line, all sign, so that one can \
         be replaced. A bare name is that of a credential of the unit (LoadCredential=), else a file beside this one.")
        .required(r#""archive-secret""#).fits(&["webhook"]),
    key("allow_addresses", list(&Kind::Text),
        "Private, local and reserved addresses are never connected to, but for those in these blocks (CIDR).")
        .default("[]").example(r#"["10.0.0.0/8"]"#).fits(&["webhook"]),
    key("command", Kind::List(&Kind::Text, 1, MOST_WORDS),
        "A program (an absolute path) and its arguments. It reads a batch as JSON Lines on its standard input, and ends with 0 when it has them. No \
         shell stands in between.").required(r#"["/usr/local/bin/import"]"#).fits(&["command"]),
    key("payload", Kind::Word(&PAYLOADS), "What is said of each record: `full`, all of it; `thin`, what it is and where, without its texts.").default("full"),
    key("batch", Kind::Number(1, MOST_RECORDS), "Records in one batch at most.").default("100"),
    key("batch_bytes", Kind::Size(4 << 10, MOST_BYTES), "Bytes of a batch's records at most; a larger record goes alone.").default("1 MiB"),
    key("timeout", Kind::Duration(Duration::from_secs(1), Duration::from_mins(10)), "Time for one batch, then it counts as failed.").default("30s"),
];
