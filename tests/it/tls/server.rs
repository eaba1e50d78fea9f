//! An OpenSSL server on loopback, as old as the test needs, that counts handshakes and requests.

use std::io::Read;
use std::io::Write;
use std::net::SocketAddr;
use std::net::TcpListener;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering;
use std::time::Duration;

use openssl::dh::Dh;
use openssl::ssl::Ssl;
use openssl::ssl::SslContext;
use openssl::ssl::SslMethod;
use openssl::ssl::SslStream;
use openssl::ssl::SslVersion;

use super::authority::Made;

/// How a server is set up.
pub(crate) struct Manner {
    pub(crate) version: SslVersion,
    pub(crate) ciphers: &'static str,
    /// Certificates sent after the server's own.
    pub(crate) sent: Vec<Made>,
    /// An answer, as it goes over the wire.
    pub(crate) answer: &'static [u8],
    /// Pages answered on one connection, which then is closed without a word; after a robots.txt it is closed in any case.
    pub(crate) requests: usize,
    /// Whether the connection is closed after a page as plain TCP's is, without `close_notify`.
    pub(crate) closes_unsaid: bool,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner {
            version: SslVersion::TLS1_2,
            ciphers: "ALL:@SECLEVEL=0",
            sent: Vec::new(),
            answer: b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nhello",
            requests: usize::MAX,
            closes_unsaid: false,
        }
    }
}

/// It serves until the process ends.
pub(crate) struct TlsServer {
    pub(crate) address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    connections: AtomicUsize,
    closed: AtomicUsize,
    handshakes: AtomicUsize,
    requests: AtomicUsize,
}

impl TlsServer {
    pub(crate) fn start(own: &Made, manner: Manner) -> TlsServer {
        let context = context(own, &manner);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::<Counts>::default();
        let (shared, manner) = (Arc::clone(&counts), Arc::new(manner));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (context, counts, manner) = (context.clone(), Arc::clone(&shared), Arc::clone(&manner));
                counts.connections.fetch_add(1, Ordering::SeqCst);
                std::thread::spawn(move || {
                    serve(stream.unwrap(), &context, &counts, &manner);
                    counts.closed.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        TlsServer { address, counts }
    }

    pub(crate) fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::SeqCst)
    }

    /// Waits until every connection is closed, and the client has had the time to see it.
    pub(crate) async fn all_closed(&self) {
        while self.counts.closed.load(Ordering::SeqCst) < self.connections() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }

    pub(crate) fn handshakes(&self) -> usize {
        self.counts.handshakes.load(Ordering::SeqCst)
    }

    /// Requests for pages.
    pub(crate) fn requests(&self) -> usize {
        self.counts.requests.load(Ordering::SeqCst)
    }
}

fn context(own: &Made, manner: &Manner) -> SslContext {
    let mut builder = SslContext::builder(SslMethod::tls_server()).unwrap();
    builder.set_security_level(0);
    builder.set_min_proto_version(Some(manner.version)).unwrap();
    builder.set_max_proto_version(Some(manner.version)).unwrap();
    builder.set_cipher_list(manner.ciphers).unwrap();
    builder.set_tmp_dh(&Dh::get_1024_160().unwrap()).unwrap();
    builder.set_certificate(&own.certificate).unwrap();
    builder.set_private_key(&own.key).unwrap();
    for link in &manner.sent {
        builder.add_extra_chain_cert(link.certificate.clone()).unwrap();
    }
    builder.build()
}

/// A client may hang up at any time.
fn serve(stream: TcpStream, context: &SslContext, counts: &Counts, manner: &Manner) {
    let Ok(mut tls) = Ssl::new(context).unwrap().accept(stream) else { return };
    counts.handshakes.fetch_add(1, Ordering::SeqCst);
    for _ in 0..manner.requests {
        let Some(head) = read_head(&mut tls) else { return };
        let is_robots = head.starts_with(b"GET /robots.txt ");
        if !is_robots {
            counts.requests.fetch_add(1, Ordering::SeqCst);
        }
        // Said, so that the page's request, which follows at once, does not meet the closing.
        let none: &[u8] = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        if tls.write_all(if is_robots { none } else { manner.answer }).is_err() || is_robots {
            break;
        }
        if manner.closes_unsaid {
            return;
        }
    }
    let _ = tls.shutdown();
}

fn read_head(tls: &mut SslStream<TcpStream>) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if tls.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(head)
}
