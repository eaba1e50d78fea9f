//! The configuration of the sample portals, as files.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use crate::demo::site::SITES;

/// The settings. The line with the addresses is filled in when the sites listen.
const SETTINGS: &str = include_str!("config/tintinh.toml");

/// The line of [`SETTINGS`] that is filled in.
const NO_ADDRESSES: &str = "resolve = {}";

/// Writes `config/tintinh.toml` and `config/portals/demo-*.toml` below a folder, which is created if it does not exist. Files of an earlier run are
/// replaced, because the ports change from run to run. The URLs of the pages do not change.
///
/// # Errors
/// If a folder or a file cannot be written.
pub fn write_config(folder: &Path, resolve: &BTreeMap<String, SocketAddr>) -> io::Result<()> {
    let config = folder.join("config");
    let portals = config.join("portals");
    fs::create_dir_all(&portals)?;
    fs::write(config.join("tintinh.toml"), settings(resolve))?;
    for site in SITES {
        fs::write(portals.join(format!("{}.toml", site.id)), site.config)?;
    }
    Ok(())
}

fn settings(resolve: &BTreeMap<String, SocketAddr>) -> String {
    let mut entries = String::new();
    for (host, address) in resolve {
        let comma = if entries.is_empty() { "" } else { ", " };
        // Writing into a string cannot fail.
        let _ = write!(entries, "{comma}\"{host}\" = \"{address}\"");
    }
    SETTINGS.replace(NO_ADDRESSES, &format!("resolve = {{ {entries} }}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_in_the_addresses() {
        let resolve =
            SITES.iter().map(|site| (site.host.to_owned(), SocketAddr::from(([127, 0, 0, 1], 4711)))).collect();
        let table: toml::Table = settings(&resolve).parse().unwrap();
        let written = table["fetch"]["resolve"].as_table().unwrap();
        assert_eq!(written.len(), SITES.len());
        assert_eq!(written[SITES[0].host].as_str(), Some("127.0.0.1:4711"));
    }

    #[test]
    fn portal_files_name_their_site() {
        for site in SITES {
            let table: toml::Table = site.config.parse().unwrap_or_else(|error| panic!("{}: {error}", site.id));
            assert_eq!(table["home"].as_str(), Some(format!("http://{}/", site.host).as_str()));
        }
    }
}
