//! Classes of peers as ranges of addresses, as a server makes them (`private`, `link-local`, `metadata-service`, `public`).

/// RFC 1918, RFC 6598 and RFC 4193: what a baseline calls private.
pub(super) const PRIVATE_V4: [&str; 4] = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];
pub(super) const PRIVATE_V6: [&str; 1] = ["fc00::/7"];
pub(super) const LINK_LOCAL: [&str; 2] = ["169.254.0.0/16", "fe80::/10"];
pub(super) const METADATA: [&str; 3] = ["169.254.169.254/32", "100.100.100.200/32", "fd00:ec2::254/128"];

/// Whether a text is a network, such as 93.184.0.0/16.
pub(super) fn network(text: &str) -> bool {
    text.split_once('/').is_some_and(|(address, bits)| {
        let most = address.parse().map(|address: std::net::IpAddr| if address.is_ipv4() { 32 } else { 128 });
        most.is_ok_and(|most| bits.parse::<u8>().is_ok_and(|bits| bits <= most))
    })
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_is_an_address_with_no_more_bits_than_it_has() {
        for (text, is) in
            [("93.184.0.0/16", true), ("2606:2800::/32", true), ("1.2.3.4/33", false), ("a/8", false)]
        {
            assert_eq!(network(text), is, "{text}");
        }
    }
}
