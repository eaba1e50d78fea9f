//! The sample portals behind a front that logs each request and breaks answers on demand, below HTTP where need be.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::MutexGuard;
use std::sync::PoisonError;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io;
use tokio::io::AsyncReadExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;

use crate::fetch_behavior::gzip;

/// Bytes of an endless body at which even it ends: 1 GiB is more than any client should take.
const ENDLESS_BYTES: usize = 1 << 30;

/// Bytes that a bomb unpacks to.
const BOMB_BYTES: usize = 64 << 20;

/// Bytes of a request's head at most.
const MAX_HEAD: usize = 64 * 1024;

/// Requests that are logged at most, so that a client gone wild does not fill the memory.
const MAX_LOG: usize = 100_000;

/// Something that goes wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What goes wrong.
    pub(crate) kind: FaultKind,
    /// Only paths that begin so are hit; empty for all. `robots.txt` is hit only where this names it.
    pub(crate) path: String,
}

/// The ways to go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultKind {
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
    pub(crate) fn everywhere(kind: FaultKind) -> Fault {
        Fault { kind, path: String::new() }
    }

    /// Paths that begin so are hit.
    pub(crate) fn below(path: &str, kind: FaultKind) -> Fault {
        Fault { kind, path: path.to_owned() }
    }

    fn hits(&self, path: &str) -> bool {
        path.starts_with(&self.path) && (self.path.starts_with("/robots.txt") || !path.starts_with("/robots.txt"))
    }
}

/// A request as a site received it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LoggedRequest {
    /// Time since the sites were started.
    pub(crate) at: Duration,
    /// The site's host name.
    pub(crate) host: String,
    /// `GET`, `POST`, …
    pub(crate) method: String,
    /// Path and query as sent.
    pub(crate) path: String,
    /// Headers in order, names in lower case, values as bytes.
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// How many requests the site was answering at that moment, this one included: 1 for a polite client.
    pub(crate) open: usize,
}

impl LoggedRequest {
    /// The value of a header, where it is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let (_, value) = self.headers.iter().find(|(known, _)| known == name)?;
        std::str::from_utf8(value).ok()
    }
}

/// The sample portals behind their fronts.
pub(crate) struct Sites {
    inner: tintinh::demo::Sites,
    shared: Arc<Shared>,
    addresses: BTreeMap<String, SocketAddr>,
    stop: watch::Sender<bool>,
}

struct Shared {
    started: Instant,
    faults: Mutex<BTreeMap<String, Fault>>,
    log: Mutex<Vec<LoggedRequest>>,
}

/// A front of one site.
struct Front {
    host: String,
    site: SocketAddr,
    shared: Arc<Shared>,
    open: AtomicUsize,
}

/// A request that is being answered.
struct Open<'a>(&'a AtomicUsize);

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Sites {
    pub(crate) async fn start() -> io::Result<Sites> {
        Sites::with_delay(Duration::ZERO).await
    }

    /// Each answer comes `delay` late.
    pub(crate) async fn with_delay(delay: Duration) -> io::Result<Sites> {
        let inner = tintinh::demo::Sites::with_delay(delay).await?;
        let shared = Arc::new(Shared { started: Instant::now(), faults: Mutex::default(), log: Mutex::default() });
        let (stop, stopped) = watch::channel(false);
        let mut addresses = BTreeMap::new();
        for (host, site) in inner.resolve() {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.insert(host.clone(), listener.local_addr()?);
            let front = Arc::new(Front { host, site, shared: Arc::clone(&shared), open: AtomicUsize::new(0) });
            tokio::spawn(serve(front, listener, stopped.clone()));
        }
        Ok(Sites { inner, shared, addresses, stop })
    }

    /// Where each host listens.
    pub(crate) fn resolve(&self) -> BTreeMap<String, SocketAddr> {
        self.addresses.clone()
    }

    /// Every request received so far, in the order of arrival.
    pub(crate) fn log(&self) -> Vec<LoggedRequest> {
        locked(&self.shared.log).clone()
    }

    pub(crate) fn advance(&self) {
        self.inner.advance();
    }

    /// Sets or clears what goes wrong at a host, from the next connection on.
    pub(crate) fn set_fault(&self, host: &str, fault: Option<Fault>) {
        let mut faults = locked(&self.shared.faults);
        match fault {
            Some(fault) => faults.insert(host.to_owned(), fault),
            None => faults.remove(host),
        };
    }

    pub(crate) async fn shutdown(self) {
        self.stop.send_replace(true);
        self.inner.shutdown().await;
    }
}

/// Accepts until `stopped` turns true or its sender is gone.
async fn serve(front: Arc<Front>, listener: TcpListener, stopped: watch::Receiver<bool>) {
    let mut stop = stopped.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (front, mut stopped) = (Arc::clone(&front), stopped.clone());
        tokio::spawn(async move {
            tokio::select! {
                // Whether the client stayed to the end is its own affair.
                _ = front.answer(stream) => {}
                _ = stopped.wait_for(|stop| *stop) => {}
            }
        });
    }
}

impl Front {
    /// One connection is for one request, as the sites themselves have it.
    async fn answer(&self, mut client: TcpStream) -> io::Result<()> {
        let Some(request) = read_request(&mut client).await? else { return Ok(()) };
        let text = String::from_utf8_lossy(&request.bytes[..request.head]).into_owned();
        let mut words = text.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or("/"));
        let fault = locked(&self.shared.faults).get(&self.host).filter(|fault| fault.hits(path)).cloned();
        let _open = self.log(method, path, headers(&text), &request.bytes[request.head..]);
        if let Some(fault) = fault {
            go_wrong(&mut client, fault.kind, path).await?;
            return client.shutdown().await;
        }
        let mut site = TcpStream::connect(self.site).await?;
        site.write_all(&request.bytes).await?;
        io::copy_bidirectional(&mut client, &mut site).await?;
        Ok(())
    }

    /// Notes a request; the answer is finished when the guard is dropped.
    fn log(&self, method: &str, path: &str, headers: Vec<(String, Vec<u8>)>, body: &[u8]) -> Open<'_> {
        let open = self.open.fetch_add(1, Ordering::SeqCst) + 1;
        let mut log = locked(&self.shared.log);
        if log.len() < MAX_LOG {
            log.push(LoggedRequest {
                at: self.shared.started.elapsed(),
                host: self.host.clone(),
                method: method.to_owned(),
                path: path.to_owned(),
                headers,
                body: body.to_vec(),
                open,
            });
        }
        Open(&self.open)
    }
}

/// The bytes of a request, and where its body begins.
struct Request {
    bytes: Vec<u8>,
    head: usize,
}

/// Reads a request with its body; `None` where the client left.
async fn read_request(client: &mut TcpStream) -> io::Result<Option<Request>> {
    let mut bytes = Vec::new();
    let mut missing = usize::MAX;
    let mut head = 0;
    while missing > 0 && bytes.len() < MAX_HEAD {
        if client.read_buf(&mut bytes).await? == 0 {
            return Ok(None);
        }
        if head == 0 {
            let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            head = end + 4;
        }
        let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
        let length = headers(&text)
            .iter()
            .find(|(name, _)| name == "content-length")
            .map_or(0, |(_, value)| std::str::from_utf8(value).ok().and_then(|value| value.parse().ok()).unwrap_or(0));
        missing = (head + length).saturating_sub(bytes.len());
    }
    Ok(Some(Request { bytes, head }))
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
            send(stream, "200 OK", headers, &gzip(&vec![b' '; BOMB_BYTES])).await
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
