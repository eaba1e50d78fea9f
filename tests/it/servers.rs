//! The servers of Debian with the settings that they come with: a short form of `tests/real-servers.sh`.
use std::path::Path;
use std::process::Command;

use crate::support::present;

#[test]
fn each_article_of_apache_and_nginx_arrives() {
    if !["bash", "python3", "openssl", "apache2", "nginx"].into_iter().all(present) {
        return;
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real-servers.sh");
    let done = Command::new("bash")
        .arg(script)
        .arg(env!("CARGO_BIN_EXE_tintinh"))
        .arg("--short")
        .output()
        .expect("bash can be run");
    let said = format!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{said}");
    assert_eq!(said.matches(" 6 of 6, 0 failures").count(), 3, "plain, modern and legacy: {said}");
}
