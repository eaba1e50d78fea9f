//! `platforms/<id>.toml` → [`Platform`].

use crate::config::Platform;
use crate::config::article;
use crate::config::identity;
use crate::config::listing;
use crate::config::reader::Table;
use crate::html::select::Detection;
use crate::model::portal::PlatformId;

/// Reads a platform's file.
pub(super) fn read(mut table: Table<'_>, id: PlatformId) -> Option<Platform> {
    let name = table.require("name", "name the family as people call it: name = \"NukeViet\"");
    let name = name.and_then(|value| value.filled("name = \"NukeViet\"").map(str::to_owned));
    let verified = table.take("verified").and_then(|value| value.text("verified = \"…\"").map(str::to_owned));
    let detect = table.take("detect").and_then(|value| value.table("DetectTable", "[detect]"));
    let detection = detect.map(read_detection).unwrap_or_default();
    let rules = article::read_all(table.take("article"), &format!("platform {id}"), true);
    let identity = table.take("identity").and_then(|value| identity::read(&value));
    let listing = table.take("listing").and_then(|value| value.table("ListingTable", "[listing]"));
    let listing = listing.and_then(listing::read_platform);
    table.finish();
    Some(Platform { id, name: name?, verified: verified.unwrap_or_default(), detection, rules, identity, listing })
}

fn read_detection(mut table: Table<'_>) -> Detection {
    let any =
        table.require("any", "name selectors that only this family's pages match: any = [\"div.asset-full-content\"]");
    let any = any.map_or_else(Vec::new, |value| value.selectors());
    table.finish();
    Detection { any }
}
