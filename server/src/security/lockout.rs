//! Addresses that guess: after [`FAILURES`] wrong tokens within [`PERIOD`] none from there is taken for as long.
//!
//! A token that was taken from an address before goes on being taken there, or else a container that reaches the server by
//! its node's address could lock out that node's collector. Certificates are not guessed and not held off. Memory is
//! bounded: the address that failed longest ago is forgotten for a new one, and one network of IPv6 counts as one address,
//! for its hosts choose their own.
//!
//! Time is passed in. Not here: what a caller is told (`guard.rs`).

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Failures that lock an address out. Tokens have 256 bits: this keeps logs and processors, not tokens, from being worn.
const FAILURES: u32 = 10;
/// Within which they count, and how long it is then locked out.
pub(super) const PERIOD: Duration = Duration::from_secs(60);
/// Addresses remembered, of each sort.
const MAX_ADDRESSES: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Lockout {
    failed: HashMap<IpAddr, Failed>,
    /// Tokens taken, by address and name, with when last.
    taken: HashMap<(IpAddr, String), Instant>,
}

#[derive(Clone, Copy, Debug)]
struct Failed {
    count: u32,
    since: Instant,
}

impl Lockout {
    /// Whether an address is locked out.
    pub(super) fn holds(&self, address: IpAddr, now: Instant) -> bool {
        let failed = self.failed.get(&network(address));
        failed.is_some_and(|failed| failed.count >= FAILURES && now.duration_since(failed.since) < PERIOD)
    }

    /// Takes in a wrong token. True if it locks the address out.
    pub(super) fn failed(&mut self, address: IpAddr, now: Instant) -> bool {
        let address = network(address);
        make_room(&mut self.failed, &address, |failed| failed.since);
        let failed = self.failed.entry(address).or_insert(Failed { count: 0, since: now });
        if now.duration_since(failed.since) >= PERIOD {
            *failed = Failed { count: 0, since: now };
        }
        failed.count = failed.count.saturating_add(1);
        if failed.count == FAILURES {
            failed.since = now;
        }
        failed.count == FAILURES
    }

    /// Takes in a right token. False if it is new there and the address is locked out.
    pub(super) fn take(&mut self, address: IpAddr, name: &str, now: Instant) -> bool {
        let key = (network(address), name.to_owned());
        if !self.taken.contains_key(&key) && self.holds(address, now) {
            return false;
        }
        make_room(&mut self.taken, &key, |last| *last);
        self.taken.insert(key, now);
        true
    }
}

/// Forgets the oldest entry if a new one would be too many.
fn make_room<K: Eq + std::hash::Hash + Clone, V>(
    map: &mut HashMap<K, V>,
    key: &K,
    time: impl Fn(&V) -> Instant,
) {
    if map.len() < MAX_ADDRESSES || map.contains_key(key) {
        return;
    }
    let oldest = map.iter().min_by_key(|(_, value)| time(value)).map(|(key, _)| key.clone());
    oldest.inspect(|oldest| drop(map.remove(oldest)));
}

/// What counts as one address: a network of 64 bits, for IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        [192, 0, 2, last].into()
    }

    #[test]
    fn ten_wrong_tokens_within_a_minute_lock_an_address_out_for_a_minute() {
        let (mut lockout, begin) = (Lockout::default(), Instant::now());
        for second in 0..9 {
            assert!(!lockout.failed(address(1), begin + Duration::from_secs(second)));
        }
        assert!(lockout.take(address(1), "new", begin + Duration::from_secs(9)));
        let locked = begin + Duration::from_secs(10);
        assert!(lockout.failed(address(1), locked));
        assert!(!lockout.take(address(1), "right", locked), "a guess that is right would be told");
        assert!(lockout.take(address(1), "new", locked), "who was there before is locked out");
        assert!(lockout.take(address(2), "right", locked), "another address is locked out");
        assert!(lockout.holds(address(1), locked + PERIOD - Duration::from_secs(1)));
        assert!(lockout.take(address(1), "right", locked + PERIOD));
        // Nine more over a longer time lock nobody out.
        for round in 1..20 {
            assert!(!lockout.failed(address(3), begin + round * Duration::from_secs(7)));
        }
    }

    #[test]
    fn a_network_of_ipv6_is_one_address_and_memory_is_bounded() {
        let (mut lockout, now) = (Lockout::default(), Instant::now());
        let of = |network: u64, host: u64| {
            IpAddr::V6(Ipv6Addr::from_bits(u128::from(network) << 64 | u128::from(host)))
        };
        assert_eq!((0..10).filter(|&host| lockout.failed(of(1, host), now)).count(), 1);
        assert!(lockout.holds(of(1, 99), now) && !lockout.holds(of(2, 0), now));
        for network in 0..2 * MAX_ADDRESSES as u64 {
            let later = now + Duration::from_nanos(network + 1);
            lockout.failed(of(network + 10, 0), later);
            lockout.take(of(network + 10, 0), "name", later);
        }
        assert!(lockout.failed.len() <= MAX_ADDRESSES && lockout.taken.len() <= MAX_ADDRESSES);
        assert!(!lockout.holds(of(1, 0), now), "the oldest is forgotten first");
    }
}
