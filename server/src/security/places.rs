//! Places for connections: so many in all, and so many for one address, so that one can't take those of the others.
//!
//! An address is what `lockout.rs` counts as one. A place is given back when it is dropped. Memory is bounded by the number
//! of places.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use super::lockout::network;

/// Places, in all and for each address.
#[derive(Debug)]
pub(super) struct Places {
    max: (usize, usize),
    taken: Mutex<(usize, HashMap<IpAddr, usize>)>,
}

/// A place that is taken; given back when dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    address: IpAddr,
}

impl Places {
    /// None of them taken.
    pub(super) fn new(max: (usize, usize)) -> Arc<Self> {
        Arc::new(Self { max, taken: Mutex::default() })
    }
}

impl Place {
    pub(super) fn take(places: &Arc<Places>, address: IpAddr) -> Option<Self> {
        let address = network(address);
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *taken;
        if *all >= places.max.0 || by_address.get(&address).is_some_and(|own| *own >= places.max.1) {
            return None;
        }
        *all += 1;
        *by_address.entry(address).or_default() += 1;
        Some(Self { places: Arc::clone(places), address })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *taken;
        *all = all.saturating_sub(1);
        if let Some(own) = by_address.get_mut(&self.address) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_cannot_take_the_places_of_another_and_none_is_kept() {
        let places = Places::new((3, 2));
        let take = |last: u8| Place::take(&places, [192, 0, 2, last].into());
        let held = [take(1), take(1)];
        assert!(held.iter().all(Option::is_some) && take(1).is_none());
        let other = take(2);
        assert!(other.is_some() && take(3).is_none(), "there are three in all");
        drop((held, other));
        assert!(take(1).is_some());
        assert!(places.taken.lock().unwrap().1.is_empty());
    }
}
