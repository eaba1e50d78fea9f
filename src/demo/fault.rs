//! What goes wrong at a site, below HTTP where need be.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::Listener;
use tokio::io;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::sync::watch;

use crate::demo::server::Server;
use crate::demo::server::gzipped;

/// Bytes of an endless body at which even it ends: 1 GiB is more than any client should take.
const ENDLESS_BYTES: usize = 1 << 30;

/// Bytes that a bomb unpacks to.
const BOMB_BYTES: usize = 64 << 20;

/// Bytes of a request's head at most.
const MAX_HEAD: usize = 64 * 1024;

/// Connections that wait to be handed back at most; there is one for each request under way.
const MAX_PASSED: usize = 64;

/// Time between two looks at a head that has not arrived in one piece, and after a failed accept.
const PAUSE: Duration = Duration::from_millis(2);

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: FaultKind,
    /// Only paths that begin so are hit; empty for all. `robots.txt` is hit only where this names it.
    pub path: String,
}

/// The ways to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// This status with a short page.
    Status(u16),
    /// The request is read and never answered.
    Hang,
    /// Bytes that are no HTTP.
    Garbage,
    /// Status 200, said to be HTML, with bytes that are no text.
    GarbageBody,
    /// A chunked body of 1 GiB.
    Endless,
    /// A gzip body of 64 KiB that unpacks to 64 MiB.
    Bomb,
    /// The connection is closed in the middle of the body.
    Cut,
    /// Two addresses that redirect to each other.
    Redirects,
    /// Status 200 with a stub of 48 bytes, as a site sends that is not ready.
    Stub,
}

impl Fault {
    /// The whole site is hit, but for its `robots.txt`.
    pub fn everywhere(kind: FaultKind) -> Fault {
        Fault { kind, path: String::new() }
    }

    /// Paths that begin so are hit.
    pub fn below(path: &str, kind: FaultKind) -> Fault {
        Fault { kind, path: path.to_owned() }
    }

    fn hits(&self, path: &str) -> bool {
        path.starts_with(&self.path) && (self.path.starts_with("/robots.txt") || !path.starts_with("/robots.txt"))
    }
}

/// A listener that takes the connections aside that a [`Fault`] hits.
pub(crate) struct Gate {
    listener: TcpListener,
    server: Arc<Server>,
    stopped: watch::Receiver<bool>,
    /// Connections that were looked at and not hit come back here.
    pass: mpsc::Sender<(TcpStream, SocketAddr)>,
    passed: mpsc::Receiver<(TcpStream, SocketAddr)>,
}

impl Gate {
    pub(crate) fn new(listener: TcpListener, server: Arc<Server>, stopped: watch::Receiver<bool>) -> Gate {
        let (pass, passed) = mpsc::channel(MAX_PASSED);
        Gate { listener, server, stopped, pass, passed }
    }

    fn take_aside(&self, stream: TcpStream, peer: SocketAddr, fault: Fault) {
        let (server, pass, mut stopped) = (Arc::clone(&self.server), self.pass.clone(), self.stopped.clone());
        tokio::spawn(async move {
            tokio::select! {
                // Whether the client stayed to the end is its own affair.
                _ = look(&server, stream, peer, &fault, pass) => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
    }
}

impl Listener for Gate {
    type Io = TcpStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            tokio::select! {
                accepted = self.listener.accept() => match (accepted, self.server.fault()) {
                    (Ok((stream, peer)), Some(fault)) => self.take_aside(stream, peer, fault),
                    (Ok(accepted), None) => return accepted,
                    (Err(_), _) => tokio::time::sleep(PAUSE).await,
                },
                Some(passed) = self.passed.recv() => return passed,
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

type ConnectionSender = mpsc::Sender<(TcpStream, SocketAddr)>;

/// Reads the request's first line without taking it, and goes wrong or hands the connection back.
async fn look(
    server: &Server,
    mut stream: TcpStream,
    peer: SocketAddr,
    fault: &Fault,
    pass: ConnectionSender,
) -> io::Result<()> {
    let mut buffer = vec![0; MAX_HEAD];
    let head = loop {
        let read = stream.peek(&mut buffer).await?;
        let seen = buffer.get(..read).unwrap_or_default();
        if read == 0 || read == MAX_HEAD {
            return Ok(());
        }
        if seen.windows(4).any(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(seen).into_owned();
        }
        tokio::time::sleep(PAUSE).await;
    };
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
    if !fault.hits(path) {
        let _ = pass.send((stream, peer)).await;
        return Ok(());
    }
    let _open = server.receive(method, path, headers(&head), &[]);
    let taken = stream.read(&mut buffer).await?;
    debug_assert!(taken > 0, "what was peeked at can be read");
    go_wrong(&mut stream, fault.kind, path).await?;
    stream.shutdown().await
}

fn headers(head: &str) -> Vec<(String, Vec<u8>)> {
    let lines = head.lines().skip(1).take_while(|line| !line.is_empty());
    lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().as_bytes().to_vec()))
        .collect()
}

async fn go_wrong(stream: &mut TcpStream, kind: FaultKind, path: &str) -> io::Result<()> {
    const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n";
    match kind {
        FaultKind::Hang => std::future::pending().await,
        FaultKind::Garbage => stream.write_all(&noise(4096)).await,
        FaultKind::Endless => endless(stream).await,
        FaultKind::Status(status) => {
            let body = b"<html><body><h1>L\xe1\xbb\x97i m\xc3\xa1y ch\xe1\xbb\xa7</h1></body></html>";
            send(stream, &format!("{status} Error"), HTML, body).await
        }
        FaultKind::GarbageBody => send(stream, "200 OK", HTML, &noise(20_000)).await,
        FaultKind::Stub => send(stream, "200 OK", HTML, b"<html><body>Site is under setup.</body></html>\r\n").await,
        FaultKind::Bomb => {
            let headers = "Content-Type: text/html\r\nContent-Encoding: gzip\r\n";
            send(stream, "200 OK", headers, &gzipped(&vec![b' '; BOMB_BYTES])).await
        }
        FaultKind::Cut => {
            let head = format!("HTTP/1.1 200 OK\r\n{HTML}Content-Length: 20000\r\nConnection: close\r\n\r\n");
            stream.write_all(head.as_bytes()).await?;
            stream.write_all("<html><body><p>Một nửa của bài".as_bytes()).await
        }
        FaultKind::Redirects => {
            let target = match path.split_once("?vong=1") {
                Some((before, _)) => before.to_owned(),
                None => format!("{}?vong=1", path.split('?').next().unwrap_or("/")),
            };
            send(stream, "302 Found", &format!("Location: {target}\r\n"), b"").await
        }
    }
}

async fn send(stream: &mut TcpStream, status: &str, headers: &str, body: &[u8]) -> io::Result<()> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    stream.write_all(body).await
}

async fn endless(stream: &mut TcpStream) -> io::Result<()> {
    const PARAGRAPH: &str = "<p>Bản tin này không bao giờ hết.</p>\n";
    let text = PARAGRAPH.repeat(400);
    let chunk = format!("{:x}\r\n{text}\r\n", text.len());
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n").await?;
    stream.write_all(b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n").await?;
    for _ in 0..ENDLESS_BYTES / text.len() {
        stream.write_all(chunk.as_bytes()).await?;
    }
    stream.write_all(b"0\r\n\r\n").await
}

/// Bytes that look random and are the same on every run (xorshift, Marsaglia 2003).
fn noise(length: usize) -> Vec<u8> {
    let mut state: u32 = 0x9e37_79b9;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[1]
    };
    (0..length).map(|_| next()).collect()
}
