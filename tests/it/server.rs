//! A behavior server on loopback: answers each request with scripted steps, byte for byte, and remembers what was asked.
//!
//! A library's mock server cannot send broken HTTP; this one knows no HTTP but the end of a request's head. It answers one
//! request on each connection and then closes it.
#![expect(clippy::unwrap_used, reason = "tests say what is wrong by panicking")]

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// A piece of an answer.
#[derive(Debug, Clone)]
pub(crate) enum Step {
    /// Bytes as they are.
    Send(Vec<u8>),
    /// The same bytes many times.
    Repeat(Vec<u8>, usize),
    /// One byte at a time, a pause before each.
    Drip(Vec<u8>, Duration),
    /// Nothing more, without closing.
    Hang,
    /// The connection is reset (RST) instead of closed.
    Reset,
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// When its head was complete.
    pub(crate) at: Instant,
    /// Request line and headers, with the empty line.
    pub(crate) head: Vec<u8>,
    /// The body, by its `Content-Length`.
    pub(crate) body: Vec<u8>,
}

impl Seen {
    /// The path with its query.
    pub(crate) fn path(&self) -> String {
        String::from_utf8_lossy(&self.head).split(' ').nth(1).unwrap_or_default().to_owned()
    }

    /// The method.
    pub(crate) fn method(&self) -> String {
        String::from_utf8_lossy(&self.head).split(' ').next().unwrap_or_default().to_owned()
    }

    /// The header lines, without the request line.
    pub(crate) fn headers(&self) -> Vec<Vec<u8>> {
        let lines = self.head.split(|&byte| byte == b'\n').map(|line| line.trim_ascii().to_vec());
        lines.skip(1).filter(|line| !line.is_empty()).collect()
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<Vec<u8>> {
        self.headers().into_iter().find_map(|line| {
            let colon = line.iter().position(|&byte| byte == b':')?;
            let matches = line[..colon].eq_ignore_ascii_case(name.as_bytes());
            matches.then(|| line[colon + 1..].trim_ascii().to_vec())
        })
    }
}

/// A server; it ends when dropped.
pub(crate) struct Server {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts a server that answers by a script.
    pub(crate) async fn start(script: impl Fn(&Seen) -> Vec<Step> + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let (script, log) = (Arc::new(script), Arc::clone(&seen));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (script, log) = (Arc::clone(&script), Arc::clone(&log));
                tokio::spawn(async move {
                    // The client may hang up at any time, which is what some tests are about.
                    let _ = serve(stream, &*script, &log).await;
                });
            }
        });
        Server { address, seen, task }
    }

    /// All requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// The requests so far that were not for a robots.txt.
    pub(crate) fn pages_seen(&self) -> Vec<Seen> {
        self.seen().into_iter().filter(|seen| seen.path() != "/robots.txt").collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A whole answer with a body and its length.
pub(crate) fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<Step> {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for header in headers {
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(format!("Content-Length: {}\r\nConnection: close\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(body);
    vec![Step::Send(bytes)]
}

/// 200 with a body.
pub(crate) fn ok(body: impl AsRef<[u8]>) -> Vec<Step> {
    answer("200 OK", &["Content-Type: text/html; charset=utf-8"], body)
}

/// 404.
pub(crate) fn not_found() -> Vec<Step> {
    answer("404 Not Found", &[], "")
}

async fn serve(
    mut stream: TcpStream,
    script: &(dyn Fn(&Seen) -> Vec<Step> + Send + Sync),
    log: &Mutex<Vec<Seen>>,
) -> std::io::Result<()> {
    let Some(seen) = read_request(&mut stream).await? else { return Ok(()) };
    let steps = script(&seen);
    log.lock().unwrap().push(seen);
    for step in steps {
        match step {
            Step::Send(bytes) => stream.write_all(&bytes).await?,
            Step::Repeat(bytes, times) => {
                for _ in 0..times {
                    stream.write_all(&bytes).await?;
                }
            }
            Step::Drip(bytes, pause) => {
                for byte in bytes {
                    tokio::time::sleep(pause).await;
                    stream.write_all(&[byte]).await?;
                }
            }
            Step::Hang => std::future::pending().await,
            Step::Reset => {
                stream.set_zero_linger()?;
                return Ok(());
            }
        }
    }
    stream.shutdown().await?;
    // Closing with unread bytes would reset the connection and take the answer with it.
    while stream.read(&mut [0; 1024]).await? > 0 {}
    Ok(())
}

async fn read_request(stream: &mut TcpStream) -> std::io::Result<Option<Seen>> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
    };
    let mut seen = Seen { at: Instant::now(), body: bytes.split_off(end), head: bytes };
    let length = seen.header("content-length").map_or(0, |value| String::from_utf8_lossy(&value).parse().unwrap());
    while seen.body.len() < length {
        if stream.read_buf(&mut seen.body).await? == 0 {
            break;
        }
    }
    Ok(Some(seen))
}
