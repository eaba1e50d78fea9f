//! Decides which IP addresses may be connected to: those of the public internet, and those that the operator allows.
//!
//! A portal's page, feed or redirect may name any address, including one in the internal network. The table is our own: the predicates of `std` cover
//! 72 of 288 published cases. It is checked for hosts that are IP addresses, for the addresses of a name at the moment of connecting (so that a name
//! cannot change in between), and for the peer.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::net::Ipv4Addr;
use std::net::Ipv6Addr;
use std::net::SocketAddr;
use std::str::FromStr;

use url::Host;

use crate::fetch::FetchError;
use crate::model::settings::FetchSettings;
use crate::url::PageUrl;

/// Decides about IP addresses and ports.
#[derive(Debug, Clone)]
pub struct Guard {
    allowed: Vec<Cidr>,
    ports: Vec<u16>,
    overrides: BTreeMap<String, SocketAddr>,
}

impl Guard {
    /// Creates a guard from `allow_addresses`, `allow_ports` and `resolve`.
    ///
    /// # Errors
    /// [`FetchError::Setup`] with the invalid block.
    pub fn new(settings: &FetchSettings) -> Result<Guard, FetchError> {
        let parse = |text: &String| text.parse().map_err(|()| FetchError::Setup(not_a_block(text)));
        Ok(Guard {
            allowed: settings.allow_addresses.iter().map(parse).collect::<Result<_, _>>()?,
            ports: settings.allow_ports.clone(),
            overrides: settings.resolve.iter().map(|(host, to)| (host.to_ascii_lowercase(), *to)).collect(),
        })
    }

    /// Checks a URL without a lookup: its port, and its host if that is an IP address.
    ///
    /// # Errors
    /// [`FetchError::BlockedPort`], [`FetchError::BlockedAddress`].
    pub fn check_url(&self, url: &PageUrl) -> Result<(), FetchError> {
        let override_port = self.override_of(url.host()).map(|to| to.port());
        let port = url.as_url().port_or_known_default().unwrap_or(80);
        if !matches!(port, 80 | 443) && !self.ports.contains(&port) && override_port != Some(port) {
            return Err(FetchError::BlockedPort(port));
        }
        match url.as_url().host() {
            Some(Host::Ipv4(address)) => self.check_address(url.host(), IpAddr::V4(address)),
            Some(Host::Ipv6(address)) => self.check_address(url.host(), IpAddr::V6(address)),
            Some(Host::Domain(_)) | None => Ok(()),
        }
    }

    /// Checks one address of a host.
    ///
    /// # Errors
    /// [`FetchError::BlockedAddress`].
    pub fn check_address(&self, host: &str, address: IpAddr) -> Result<(), FetchError> {
        if self.admits(address) || self.override_of(host).is_some_and(|to| to.ip() == address) {
            return Ok(());
        }
        Err(FetchError::BlockedAddress { host: host.to_owned(), address: address.to_string() })
    }

    /// Whether an address may be connected to.
    pub fn admits(&self, address: IpAddr) -> bool {
        !is_denied(address) || self.allowed.iter().any(|block| block.contains(address))
    }

    /// Returns where the operator's `resolve` table sends a host.
    pub fn override_of(&self, host: &str) -> Option<SocketAddr> {
        self.overrides.get(host).copied()
    }
}

fn not_a_block(text: &str) -> String {
    format!("`{text}` in `allow_addresses` is not a block of addresses; write it like \"10.20.0.0/16\" or \"fd00::/8\"")
}

/// Whether an address is not on the public internet.
///
/// IPv6 addresses that carry an IPv4 address (mapped, compatible, NAT64, 6to4, Teredo) are in blocks that are denied as a whole: a resolver has no
/// reason to return one, and what they would reach depends on the network. The one exception is the local NAT64 prefix, which the network's own
/// resolver returns if there is no IPv4: the address inside it is checked.
pub fn is_denied(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => DENIED_V4.iter().any(|&(base, prefix)| in_block_v4(address, base, prefix)),
        IpAddr::V6(address) => match carried_by_local_nat64(address) {
            Some(carried) => is_denied(IpAddr::V4(carried)),
            None => DENIED_V6.iter().any(|&(base, prefix)| in_block_v6(address, base, prefix)),
        },
    }
}

/// Returns the IPv4 address in an address of `64:ff9b:1::/48`, in the form for prefixes of 48 bits: 16 bits, eight zeros, 16 bits, zeros (RFC 6052,
/// section 2.2). Other forms under this prefix are denied.
fn carried_by_local_nat64(address: Ipv6Addr) -> Option<Ipv4Addr> {
    match address.octets() {
        [0, 0x64, 0xff, 0x9b, 0, 1, a, b, 0, c, d, 0, 0, 0, 0, 0] => Some(Ipv4Addr::new(a, b, c, d)),
        _ => None,
    }
}

/// IANA's IPv4 special-purpose registry, and multicast.
const DENIED_V4: [(Ipv4Addr, u8); 19] = [
    (Ipv4Addr::UNSPECIFIED, 8),           // this network, RFC 791
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private, RFC 1918
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // carriers' NAT, RFC 6598
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, clouds' metadata
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments, RFC 6890
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // AS112, RFC 7535
    (Ipv4Addr::new(192, 52, 193, 0), 24), // AMT, RFC 7450
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays, RFC 7526
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(192, 175, 48, 0), 24), // AS112, RFC 7534
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // benchmarking, RFC 2544
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved
    (Ipv4Addr::BROADCAST, 32),
];

/// IANA's IPv6 special-purpose registry, and multicast.
const DENIED_V6: [(Ipv6Addr, u8); 17] = [
    (Ipv6Addr::UNSPECIFIED, 96),                         // unspecified, loopback, IPv4-compatible
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),    // IPv4-mapped
    (Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, 0, 0), 96),    // IPv4-translated, RFC 2765
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96), // NAT64, RFC 6052
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48), // local NAT64, RFC 8215
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64),     // discard, RFC 6666
    (Ipv6Addr::new(0x100, 0, 0, 1, 0, 0, 0, 0), 64),     // dummy prefix, RFC 9780
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),    // protocol assignments, Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),    // 6to4
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48), // AS112
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),    // documentation, RFC 9637
    (Ipv6Addr::new(0x5f00, 0, 0, 0, 0, 0, 0, 0), 16),    // segment routing, RFC 9602
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7),     // unique local
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10),    // link-local
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10),    // site-local, RFC 3879
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8),     // multicast
];

/// A block of addresses: `10.0.0.0/8`, `fd00::/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    base: IpAddr,
    prefix: u8,
}

impl Cidr {
    /// Whether an address is in the block. An IPv4-mapped address counts as its IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => in_block_v4(address, base, self.prefix),
            (IpAddr::V6(base), IpAddr::V6(address)) => in_block_v6(address, base, self.prefix),
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = ();

    fn from_str(text: &str) -> Result<Cidr, ()> {
        let (base, prefix) = match text.trim().split_once('/') {
            Some((base, prefix)) => (base, Some(prefix.parse::<u8>().map_err(|_| ())?)),
            None => (text.trim(), None),
        };
        let base: IpAddr = base.parse().map_err(|_| ())?;
        let longest = if base.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.unwrap_or(longest);
        if prefix > longest { Err(()) } else { Ok(Cidr { base, prefix }) }
    }
}

fn in_block_v4(address: Ipv4Addr, base: Ipv4Addr, prefix: u8) -> bool {
    let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
    (u32::from(address) ^ u32::from(base)) & mask == 0
}

fn in_block_v6(address: Ipv6Addr, base: Ipv6Addr, prefix: u8) -> bool {
    let mask = u128::MAX.checked_shl(128 - u32::from(prefix)).unwrap_or(0);
    (u128::from(address) ^ u128::from(base)) & mask == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table() {
        let check = |text: &str, expect: bool| assert_eq!(is_denied(text.parse().unwrap()), expect, "{text}");
        for denied in [
            "0.0.0.0",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.1.1",
            "198.19.255.255",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "64:ff9b:1:a00:0:100::",
            "64:ff9b:1:808:8:800::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            check(denied, true);
        }
        for public in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.1",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2400:da00::1",
            "2001:200::1",
            "64:ff9b:1:808:8:800::",
        ] {
            check(public, false);
        }
    }

    #[test]
    fn blocks() {
        let check = |block: &str, address: &str, expect: bool| {
            assert_eq!(block.parse::<Cidr>().unwrap().contains(address.parse().unwrap()), expect, "{block} {address}");
        };
        check("127.0.0.0/8", "127.9.9.9", true);
        check("127.0.0.0/8", "::ffff:127.0.0.1", true);
        check("127.0.0.0/8", "128.0.0.0", false);
        check("10.1.2.3", "10.1.2.3", true);
        check("10.1.2.3", "10.1.2.4", false);
        check("0.0.0.0/0", "10.1.2.4", true);
        check("0.0.0.0/0", "::1", false);
        check("::/0", "fd00::1", true);
        check("fd00::/8", "fd99::1", true);
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "a/8", "10.0.0.0/", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Cidr>(), Err(()), "{wrong}");
        }
    }
}
