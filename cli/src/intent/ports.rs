//! Ports as people write them: `80`, `53/udp`, `8000-8010/tcp`.

use super::document::Port;

/// A port of a container, or a range of them.
pub(super) fn port(text: &str, from: &str) -> Option<Port> {
    let (range, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (port, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    if port == 0 || last < port {
        return None;
    }
    let protocol = protocol.trim().to_lowercase();
    if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return None;
    }
    Some(Port {
        port,
        end: Some(last).filter(|last| *last != port),
        protocol,
        name: None,
        from: from.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_a_number_a_range_and_a_protocol_and_nothing_else() {
        let told = |text| port(text, "x").map(|port| (port.port, port.end, port.protocol));
        assert_eq!(told("80"), Some((80, None, "tcp".to_owned())));
        assert_eq!(told("8000-8010/UDP"), Some((8000, Some(8010), "udp".to_owned())));
        for wrong in ["", "0", "70000", "9-8", "80/http", "$PORT", "80/"] {
            assert_eq!(told(wrong), None, "{wrong}");
        }
    }
}
