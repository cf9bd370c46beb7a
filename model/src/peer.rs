//! Addresses as classes: what of a peer is stable enough to be a behaviour.
//!
//! Names (DNS, services, pods) are not known here; an address is put into the class that its range says.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where an address lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PeerClass {
    Loopback,
    /// RFC 1918, RFC 6598 or RFC 4193.
    Private,
    LinkLocal,
    /// The address cloud providers serve instance metadata and credentials on.
    Metadata,
    /// Anything else, as its /16 (IPv4) or /32 (IPv6).
    Public(IpAddr),
    /// Not an address at all.
    Unknown,
}

impl PeerClass {
    pub(crate) fn of(address: &str) -> Self {
        match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V4(v4)) => Self::of_v4(v4),
            Ok(IpAddr::V6(v6)) => Self::of_v6(v6),
            Err(_) => Self::Unknown,
        }
    }

    fn of_v4(v4: Ipv4Addr) -> Self {
        let [a, b, ..] = v4.octets();
        // AWS, Azure, GCP and others; Alibaba Cloud.
        if v4 == Ipv4Addr::new(169, 254, 169, 254) || v4 == Ipv4Addr::new(100, 100, 100, 200) {
            Self::Metadata
        } else if v4.is_loopback() || v4.is_unspecified() {
            Self::Loopback
        } else if v4.is_private() || (a == 100 && (64..128).contains(&b)) {
            Self::Private
        } else if v4.is_link_local() {
            Self::LinkLocal
        } else {
            Self::Public(IpAddr::V4(Ipv4Addr::new(a, b, 0, 0)))
        }
    }

    fn of_v6(v6: Ipv6Addr) -> Self {
        let [a, b, ..] = v6.segments();
        if v6 == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254) {
            Self::Metadata
        } else if v6.is_loopback() || v6.is_unspecified() {
            Self::Loopback
        } else if a & 0xfe00 == 0xfc00 {
            Self::Private
        } else if a & 0xffc0 == 0xfe80 {
            Self::LinkLocal
        } else {
            Self::Public(IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)))
        }
    }

    /// The class without the prefix.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Metadata => "metadata-service",
            Self::Public(_) => "public",
            Self::Unknown => "unknown",
        }
    }
}

impl std::fmt::Display for PeerClass {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Public(prefix @ IpAddr::V4(_)) => write!(out, "public {prefix}/16"),
            Self::Public(prefix @ IpAddr::V6(_)) => write!(out, "public {prefix}/32"),
            class => out.write_str(class.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PeerClass;

    #[test]
    fn an_address_is_in_the_class_of_its_range() {
        for (address, class) in [
            ("127.0.0.1", "loopback"),
            ("::ffff:127.0.0.1", "loopback"),
            ("10.1.2.3", "private"),
            ("172.31.0.9", "private"),
            ("100.64.0.1", "private"),
            ("fd12::1", "private"),
            ("169.254.1.1", "link-local"),
            ("169.254.169.254", "metadata-service"),
            ("fd00:ec2::254", "metadata-service"),
            ("8.8.4.4", "public 8.8.0.0/16"),
            ("2001:db8:1::5", "public 2001:db8::/32"),
            ("nonsense", "unknown"),
        ] {
            assert_eq!(PeerClass::of(address).to_string(), class, "{address}");
        }
    }
}
