//! The behavior server alone: `serve ADDRESS LOG` serves the sources and logs what they are asked, `check LOG` counts violations,
//! `portals FOLDER` writes the files of the sources' portals.

#[path = "mod.rs"]
mod behavior;

use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use behavior::rules;
use behavior::rules::Promises;
use behavior::site::Web;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let done = match arguments.as_slice() {
        ["serve", address, log] => serve(address, Path::new(log)).await,
        ["check", log] => check(Path::new(log)),
        ["portals", folder] => write_portals(Path::new(folder)),
        _ => Err("usage: serve ADDRESS LOG | check LOG | portals FOLDER".into()),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

type Done = Result<ExitCode, Box<dyn std::error::Error>>;

async fn serve(address: &str, log: &Path) -> Done {
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("listening at {}", listener.local_addr()?);
    behavior::tcp::serve(listener, log).await?;
    Ok(ExitCode::SUCCESS)
}

fn check(log: &Path) -> Done {
    let log = std::fs::read_to_string(log)?;
    let entries = log.lines().map(serde_json::from_str).collect::<Result<Vec<_>, _>>()?;
    let web = Web::new(jiff::Timestamp::UNIX_EPOCH, |_| true);
    let promises = Promises {
        sources: web.sources().iter().map(|source| format!("{}{}", source.host, source.path)).collect(),
        every: Duration::from_hours(1),
        delay: Duration::from_secs(5),
        contact: "+".to_owned(),
    };
    let violations = rules::check(&entries, &promises);
    for violation in &violations {
        println!("{violation}");
    }
    println!("{} violations in {} exchanges", violations.len(), entries.len());
    Ok(if violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn write_portals(folder: &Path) -> Done {
    std::fs::create_dir_all(folder)?;
    for (id, file) in behavior::site::portals(&Web::new(jiff::Timestamp::UNIX_EPOCH, |_| true)) {
        std::fs::write(folder.join(format!("{id}.toml")), file)?;
    }
    Ok(ExitCode::SUCCESS)
}
