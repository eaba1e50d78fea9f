//! Reads `platforms/<id>.toml` into [`Platform`].

use crate::config::Platform;
use crate::config::article;
use crate::config::identity;
use crate::config::listing;
use crate::config::reader::Table;
use crate::config::reader::Value;
use crate::html::select::Detection;
use crate::model::portal::PlatformId;

/// Reads a platform's file.
pub(super) fn read(mut table: Table<'_>, id: PlatformId) -> Option<Platform> {
    let name = table.read("name", Value::owned);
    let verified = table.read("verified", |value| value.text().map(str::to_owned));
    let detection = table.read("detect", read_detection).unwrap_or_default();
    let rules = article::read_all(&mut table, &format!("platform {id}"), true);
    let identity = table.read("identity", identity::read);
    let listing = table.read("listing", listing::read_platform);
    table.finish();
    Some(Platform { id, name: name?, verified: verified.unwrap_or_default(), detection, rules, identity, listing })
}

fn read_detection(value: &Value<'_>) -> Option<Detection> {
    let mut table = value.table()?;
    let any = table.all("any", Value::selector);
    table.finish();
    Some(Detection { any })
}
