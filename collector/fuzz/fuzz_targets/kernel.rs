//! What the kernel side hands over, with bytes that a container chose: records, values of the map of flows, DNS
//! messages and names of control groups. Whatever the bytes, they are read or refused.
#![no_main]
#![allow(dead_code, unreachable_pub, reason = "whole modules of the collector, of which the readers are used")]

#[path = "../../src"]
mod collector {
    pub(crate) mod cgroup;
    pub(crate) mod dns;
    pub(crate) mod raw;
}

// Where they know each other.
use collector::{cgroup, dns, raw};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    if let Some(flow) = bytes.first_chunk() {
        let _ = raw::flow(flow);
    }
    match raw::record(bytes).map(|record| record.kind) {
        Ok(raw::Kind::Dns { received, connection, length, bytes, .. }) => {
            drop(dns::message(&bytes));
            let mut streams = dns::Streams::default();
            let (first, last) = bytes.split_at(bytes.len() / 2);
            for (piece, length) in [(first, first.len()), (last, length)] {
                for message in streams.passed((connection, received), piece, length) {
                    drop(dns::message(&message));
                }
            }
        }
        Ok(raw::Kind::Cgroup { names, .. }) => {
            if let Some(id) = cgroup::id_in_names(names.iter().map(String::as_str)) {
                assert_eq!(id.len(), 64);
            }
        }
        Ok(_) => {}
        Err(_) => {
            let message = dns::message(bytes);
            assert!(message.is_none_or(|message| message.name.len() <= 253 && message.addresses.len() <= 64));
        }
    }
});
