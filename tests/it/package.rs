//! The Debian package in short: what it is made of is there, and its scripts can be read. `tests/soak/package.sh` installs, upgrades and purges it.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use toml::Table;
use toml::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn metadata() -> Table {
    let manifest: Table = fs::read_to_string(root().join("Cargo.toml")).unwrap().parse().unwrap();
    manifest["package"]["metadata"]["deb"].as_table().unwrap().clone()
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

/// The files of a folder, by name.
fn names(folder: &str) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(root().join(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_the_package_is_made_of_is_there() {
    let metadata = metadata();
    for asset in metadata["assets"].as_array().unwrap() {
        let source = asset[0].as_str().unwrap();
        // What .ci/package makes is there after it ran.
        if source.starts_with("target/package/") {
            let name = Path::new(source).file_name().unwrap().to_str().unwrap();
            let script = fs::read_to_string(root().join(".ci/package")).unwrap();
            let made = script.contains(source)
                || script.contains(&format!("target/package/{}", name.split('.').next().unwrap()));
            assert!(made, "{source} is made by nobody");
        } else {
            let folder = Path::new(source).parent().unwrap().to_str().unwrap();
            let is_there = if source.contains('*') { !names(folder).is_empty() } else { root().join(source).exists() };
            assert!(is_there, "{source}");
        }
    }
    let script = fs::read_to_string(root().join(".ci/package")).unwrap();
    assert!(script.contains("completions \"$shell\"") && script.contains("\"$program\" man"), "{script}");
}

/// A file that the operator edits must not be overwritten by an upgrade.
#[test]
fn every_file_of_the_configuration_is_kept_over_upgrades() {
    let mut kept = texts(&metadata()["conf-files"]);
    kept.sort();
    let portals = names("config/portals").into_iter().map(|name| format!("/etc/tintinh/portals/{name}"));
    let expect: Vec<String> = portals.chain(["/etc/tintinh/tintinh.toml".to_owned()]).collect();
    assert_eq!(kept, expect);
}

#[test]
fn scripts_can_be_read_and_leave_the_records_alone() {
    for name in names("systemd/deb") {
        let path = root().join("systemd/deb").join(&name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(Command::new("sh").arg("-n").arg(&path).status().unwrap().success(), "{name}");
        assert!(
            text.contains("#DEBHELPER#") && text.contains("set -e"),
            "{name}: cargo-deb adds the unit's part there"
        );
        assert!(!text.contains("rm -rf /var/lib/tintinh"), "{name}");
    }
    let purge = fs::read_to_string(root().join("systemd/deb/postrm")).unwrap();
    assert!(purge.contains("! -name records"), "{purge}");
    for script in [".ci/package", ".ci/tarball", ".ci/image", ".cargo/openssl-perl", "tests/newcomer.sh"] {
        let path = root().join(script);
        assert!(Command::new("bash").arg("-n").arg(&path).status().unwrap().success(), "{script}");
        assert_ne!(fs::metadata(&path).unwrap().permissions().mode() & 0o111, 0, "{script} is executable");
    }
    for script in names("tests/soak").iter().filter(|name| Path::new(name).extension().is_some_and(|ext| ext == "sh")) {
        let path = root().join("tests/soak").join(script);
        assert!(Command::new("bash").arg("-n").arg(&path).status().unwrap().success(), "{script}");
    }
}

/// The unit, the user and the folder speak of the same things.
#[test]
fn unit_user_and_folder_agree() {
    let read = |name: &str| fs::read_to_string(root().join("systemd").join(name)).unwrap();
    let unit = read("tintinh.service");
    assert!(unit.contains("\nUser=tintinh\n") && unit.contains("\nStateDirectory=tintinh\n"));
    assert!(read("tintinh.sysusers").contains("\nu tintinh - "));
    assert!(read("tintinh.tmpfiles").contains("\nd /var/lib/tintinh 0755 tintinh tintinh -\n"));
    assert!(read("deb/postinst").contains("install -d -m 755 -o tintinh -g tintinh /var/lib/tintinh"));
}
