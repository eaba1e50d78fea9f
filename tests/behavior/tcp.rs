//! The sources over TCP, one request a connection, each exchange appended to a log as a line of JSON.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::Mutex;

use jiff::Timestamp;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;

use super::log::Entry;
use super::log::text_of;
use super::site::Answer;
use super::site::SentRequest;
use super::site::Web;

/// Bytes of a request's head at most.
const MAX_HEAD: usize = 64 * 1024;

/// Serves until the process ends. The first day begins now.
pub async fn serve(listener: TcpListener, log: &Path) -> std::io::Result<()> {
    let web = Arc::new(Web::new(now(), |_| true));
    let file = std::fs::OpenOptions::new().create(true).append(true).open(log)?;
    let log = Arc::new(Mutex::new(file));
    loop {
        let (stream, _) = listener.accept().await?;
        let (web, log) = (Arc::clone(&web), Arc::clone(&log));
        tokio::spawn(async move {
            // A client may hang up at any time.
            if let Ok(Some(entry)) = exchange(stream, &web).await {
                let line = serde_json::to_string(&entry).unwrap();
                writeln!(log.lock().unwrap(), "{line}").unwrap();
            }
        });
    }
}

#[allow(clippy::disallowed_methods, reason = "a server of its own, beside the program")]
fn now() -> Timestamp {
    Timestamp::now()
}

async fn exchange(mut stream: TcpStream, web: &Web) -> std::io::Result<Option<Entry>> {
    let Some(head) = read_head(&mut stream).await? else { return Ok(None) };
    let begun = now();
    let mut lines = head.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
    let request = text_of(lines.next().unwrap_or_default());
    let mut words = request.split(' ').map(str::to_owned);
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers: Vec<(String, Vec<u8>)> = lines
        .filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((text_of(&line[..colon]).to_ascii_lowercase(), line[colon + 1..].trim_ascii().to_vec()))
        })
        .collect();
    let header = |name: &str| headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_slice());
    let host = text_of(header("host").unwrap_or_default()).split(':').next().unwrap_or_default().to_owned();
    let asked =
        SentRequest { host: &host, path: &path, tag: header("if-none-match"), since: header("if-modified-since") };
    let answer = web.answer(asked, begun);
    tokio::time::sleep(answer.latency).await;
    if let Some(status) = answer.status {
        stream.write_all(&bytes_of(status, &answer)).await?;
    }
    stream.shutdown().await?;
    let headers = headers.iter().map(|(name, value)| (name.clone(), text_of(value))).collect();
    Ok(Some(entry(begun, now(), (host, method, path), headers, &answer)))
}

/// The log's line of an exchange.
pub fn entry(
    begun: Timestamp,
    ended: Timestamp,
    (host, method, path): (String, String, String),
    headers: Vec<(String, String)>,
    answer: &Answer,
) -> Entry {
    let is_told = [".txt", ".xml"].iter().any(|end| path.ends_with(end));
    Entry {
        begun,
        ended,
        host,
        method,
        path,
        headers,
        status: answer.status.unwrap_or(0),
        answer: answer.headers.iter().map(|(name, value)| ((*name).to_owned(), text_of(value))).collect(),
        body: if is_told { answer.body.clone() } else { String::new() },
    }
}

async fn read_head(stream: &mut TcpStream) -> std::io::Result<Option<Vec<u8>>> {
    let mut head = Vec::new();
    while !head.windows(4).any(|window| window == b"\r\n\r\n") {
        if head.len() > MAX_HEAD || stream.read_buf(&mut head).await? == 0 {
            return Ok(None);
        }
    }
    Ok(Some(head))
}

fn bytes_of(status: u16, answer: &Answer) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status} X\r\nConnection: close\r\n").into_bytes();
    for (name, value) in &answer.headers {
        bytes.extend_from_slice(name.as_bytes());
        bytes.extend_from_slice(b": ");
        bytes.extend_from_slice(value);
        bytes.extend_from_slice(b"\r\n");
    }
    if status != 304 {
        bytes.extend_from_slice(format!("Content-Length: {}\r\n", answer.body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    if status != 304 {
        bytes.extend_from_slice(answer.body.as_bytes());
    }
    bytes
}
