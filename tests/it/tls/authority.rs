//! Certificates made for a test: roots, intermediates, servers' own, as wrong or as old as the test needs.

use openssl::asn1::Asn1Integer;
use openssl::asn1::Asn1Object;
use openssl::asn1::Asn1OctetString;
use openssl::asn1::Asn1Time;
use openssl::bn::BigNum;
use openssl::hash::MessageDigest;
use openssl::pkey::PKey;
use openssl::pkey::Private;
use openssl::rsa::Rsa;
use openssl::x509::X509;
use openssl::x509::X509Builder;
use openssl::x509::X509Extension;
use openssl::x509::X509Name;
use openssl::x509::extension::BasicConstraints;
use openssl::x509::extension::SubjectAlternativeName;

/// A certificate with its key.
#[derive(Clone)]
pub(crate) struct Made {
    pub(crate) certificate: X509,
    pub(crate) key: PKey<Private>,
}

/// What is wanted of a certificate; the default is a good one for `tinh.example`.
pub(crate) struct Order {
    pub(crate) subject: &'static str,
    pub(crate) hosts: Vec<&'static str>,
    pub(crate) is_ca: bool,
    /// Days from now.
    pub(crate) valid: (i64, i64),
    pub(crate) bits: u32,
    pub(crate) digest: MessageDigest,
    /// 0 stands for version 1.
    pub(crate) version: i32,
    /// Where its issuer's certificate lies.
    pub(crate) issuer_at: Option<String>,
}

impl Default for Order {
    fn default() -> Order {
        Order {
            subject: "tinh.example",
            hosts: vec!["tinh.example"],
            is_ca: false,
            valid: (-1, 30),
            bits: 2048,
            digest: MessageDigest::sha256(),
            version: 2,
            issuer_at: None,
        }
    }
}

impl Made {
    pub(crate) fn der(&self) -> Vec<u8> {
        self.certificate.to_der().unwrap()
    }
}

/// Makes a certificate; without an issuer it is its own.
pub(crate) fn make(order: &Order, issuer: Option<&Made>) -> Made {
    let key = PKey::from_rsa(Rsa::generate(order.bits).unwrap()).unwrap();
    let name = name(order.subject);
    let mut builder = X509Builder::new().unwrap();
    builder.set_version(order.version).unwrap();
    let mut serial = BigNum::new().unwrap();
    serial.rand(64, openssl::bn::MsbOption::MAYBE_ZERO, false).unwrap();
    builder.set_serial_number(&Asn1Integer::from_bn(&serial).unwrap()).unwrap();
    builder.set_subject_name(&name).unwrap();
    builder.set_issuer_name(issuer.map_or(&name, |issuer| issuer.certificate.subject_name())).unwrap();
    builder.set_not_before(&in_days(order.valid.0)).unwrap();
    builder.set_not_after(&in_days(order.valid.1)).unwrap();
    builder.set_pubkey(&key).unwrap();
    if order.version == 2 {
        add_extensions(&mut builder, order, issuer);
    }
    builder.sign(issuer.map_or(&key, |issuer| &issuer.key), order.digest).unwrap();
    Made { certificate: builder.build(), key }
}

/// A root, as trusted by an operator.
pub(crate) fn root() -> Made {
    make(&Order { subject: "Root", hosts: vec![], is_ca: true, ..Order::default() }, None)
}

/// An issuer below a root.
pub(crate) fn intermediate(root: &Made) -> Made {
    make(&Order { subject: "Intermediate", hosts: vec![], is_ca: true, ..Order::default() }, Some(root))
}

fn add_extensions(builder: &mut X509Builder, order: &Order, issuer: Option<&Made>) {
    if order.is_ca {
        builder.append_extension(BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    }
    if !order.hosts.is_empty() {
        let mut names = SubjectAlternativeName::new();
        for host in &order.hosts {
            names.dns(host);
        }
        let issuer = issuer.map(|issuer| &*issuer.certificate);
        let extension = names.build(&builder.x509v3_context(issuer, None)).unwrap();
        builder.append_extension(extension).unwrap();
    }
    if let Some(url) = &order.issuer_at {
        builder.append_extension(authority_information(url)).unwrap();
    }
}

/// `SEQUENCE { SEQUENCE { caIssuers, [6] url } }`.
fn authority_information(url: &str) -> X509Extension {
    const CA_ISSUERS: [u8; 10] = [0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x02];
    let tagged = |tag: u8, content: &[u8]| [&[tag, u8::try_from(content.len()).unwrap()], content].concat();
    let access = [CA_ISSUERS.to_vec(), tagged(0x86, url.as_bytes())].concat();
    let der = tagged(0x30, &tagged(0x30, &access));
    assert!(der.len() < 128, "short lengths only");
    let oid = Asn1Object::from_str("1.3.6.1.5.5.7.1.1").unwrap();
    X509Extension::new_from_der(&oid, false, &Asn1OctetString::new_from_bytes(&der).unwrap()).unwrap()
}

fn name(common: &str) -> X509Name {
    let mut builder = X509Name::builder().unwrap();
    builder.append_entry_by_text("CN", common).unwrap();
    builder.build()
}

fn in_days(days: i64) -> Asn1Time {
    Asn1Time::from_unix(tintinh::clock::Clock::System.now().as_second() + days * 86_400).unwrap()
}
