//! Ranges of addresses of the net, and which addresses are near: of this machine, of the house, of no public place.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A range: `10.8.0.0/16`, `fd00::/8`, or one address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpRange {
    first: IpAddr,
    bits: u32,
}

/// What is no range, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadIpRange(String);

impl fmt::Display for BadIpRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "“{}”不是一段网络地址，应当写成 10.8.0.0/16 或者 10.8.0.1", self.0)
    }
}

impl IpRange {
    /// A range as it is written.
    pub fn parse(text: &str) -> Result<Self, BadIpRange> {
        let bad = || BadIpRange(text.to_owned());
        let (first, bits) = match text.trim().split_once('/') {
            Some((first, bits)) => (first, Some(bits)),
            None => (text.trim(), None),
        };
        let first: IpAddr = first.parse().map_err(|_| bad())?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), |bits| bits.parse().map_err(|_| bad()))?;
        if bits > most {
            return Err(bad());
        }
        Ok(Self { first, bits })
    }

    /// Whether an address lies in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        let same = |one: u128, other: u128, width: u32| {
            let rest = width - self.bits;
            rest >= width || one >> rest == other >> rest
        };
        match (self.first, plain(address)) {
            (IpAddr::V4(first), IpAddr::V4(one)) => {
                same(u128::from(first.to_bits()), u128::from(one.to_bits()), 32)
            }
            (IpAddr::V6(first), IpAddr::V6(one)) => same(first.to_bits(), one.to_bits(), 128),
            _ => false,
        }
    }
}

/// An IPv4 address that is dressed as IPv6 (mapped, NAT64, 6to4) is what it is.
fn plain(address: IpAddr) -> IpAddr {
    let IpAddr::V6(six) = address else { return address };
    if let Some(four) = six.to_ipv4_mapped() {
        return four.into();
    }
    match six.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)).into()
        }
        _ => address,
    }
}

/// Whether an address is near: of this machine, of a private or a link's own range, or of no single public machine
/// (RFC 1918, 3927, 4193, 4291, 6598, 6890).
pub fn is_near(address: IpAddr) -> bool {
    match plain(address) {
        IpAddr::V4(four) => is_near_v4(four),
        IpAddr::V6(six) => is_near_v6(six),
    }
}

fn is_near_v4(four: Ipv4Addr) -> bool {
    let [a, b, c, _] = four.octets();
    four.is_loopback()
        || four.is_private()
        || four.is_link_local()
        || four.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (b == 18 || b == 19))
}

fn is_near_v6(six: Ipv6Addr) -> bool {
    let [first, ..] = six.segments();
    six.is_loopback()
        || six.is_unspecified()
        || six.is_multicast()
        || six.is_unique_local()
        || six.is_unicast_link_local()
        // Site-local, which nobody gives out any more, and addresses that name an IPv4 one.
        || first & 0xffc0 == 0xfec0
        || six.to_ipv4().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn addresses_of_this_machine_and_of_private_ranges_are_near_however_they_are_dressed() {
        for near in [
            "127.0.0.1",
            "127.9.9.9",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "fc00::1",
            "fec0::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::10.0.0.1",
            "64:ff9b::a00:1",
            "2002:a00:1::1",
        ] {
            assert!(is_near(address(near)), "{near}");
        }
        for far in [
            "1.1.1.1",
            "172.32.0.1",
            "192.169.0.1",
            "100.128.0.1",
            "223.255.255.255",
            "2400::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
            "2002:101:101::1",
        ] {
            assert!(!is_near(address(far)), "{far}");
        }
    }

    #[test]
    fn a_range_holds_what_begins_like_it() {
        let holds = |range: &str, one: &str| IpRange::parse(range).unwrap().contains(address(one));
        assert!(holds("10.8.0.0/16", "10.8.255.1") && !holds("10.8.0.0/16", "10.9.0.1"));
        assert!(holds("10.8.0.0/16", "::ffff:10.8.0.1"));
        assert!(holds("0.0.0.0/0", "10.8.0.1") && !holds("0.0.0.0/0", "fd00::1"));
        assert!(holds("10.8.0.7", "10.8.0.7") && !holds("10.8.0.7", "10.8.0.8"));
        assert!(holds("fd12::/16", "fd12:3::1") && !holds("fd12::/16", "fd13::1"));
        for bad in ["", "10.8.0.0/33", "10.8.0/16", "fd00::/129", "10.8.0.0/-1", "intranet"] {
            assert!(IpRange::parse(bad).is_err(), "{bad}");
        }
    }
}
