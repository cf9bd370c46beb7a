//! Where the next page of a list begins: what a client keeps, and what it may not make up.
//!
//! A token says how far the list has come, where the log ended when it began, and which filter it is of. It holds nothing
//! secret, and one that was made up reads nothing that a list would not: what is checked is that it fits.

use crate::{alert_filter::Filter, status::ApiError};

/// Form of tokens; another one is another server's.
const VERSION: &str = "1";

/// Where a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// End of the log when the first page was read.
    pub(super) as_of: u64,
    /// The page has alerts whose newest change is before this cursor.
    pub(super) below: u64,
}

impl Place {
    /// What a client sends to go on here.
    pub(super) fn token(self, filter: &Filter) -> String {
        format!("{VERSION}-{:x}-{:x}-{:016x}", self.as_of, self.below, filter.fingerprint())
    }

    pub(super) fn of_token(token: &str, filter: &Filter) -> Result<Self, ApiError> {
        let wrong = |problem: &str| ApiError::Field { field: "page_token", problem: problem.to_owned() };
        let mut parts = token.split('-');
        let version = parts.next() == Some(VERSION);
        let mut number = || u64::from_str_radix(parts.next()?, 16).ok();
        let (Some(as_of), Some(below), Some(fingerprint)) = (number(), number(), number()) else {
            return Err(wrong("not one that this server made; leave it empty for the first page"));
        };
        if !version || parts.next().is_some() || below > as_of.saturating_add(1) {
            return Err(wrong("not one that this server made; leave it empty for the first page"));
        }
        if fingerprint != filter.fingerprint() {
            return Err(wrong("it is of another filter; send the filter of the first page with it"));
        }
        Ok(Self { as_of, below })
    }
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1;

    use super::*;

    #[test]
    fn a_token_reads_back_with_its_filter_only_and_nothing_made_up_does() {
        let filter = Filter::default();
        let place = Place { as_of: 70, below: 12 };
        let token = place.token(&filter);
        assert_eq!(Place::of_token(&token, &filter).unwrap(), place);
        let other = v1::AlertFilter { node: "n".into(), ..Default::default() };
        let other = Filter::new(Some(other)).unwrap();
        let refused = Place::of_token(&token, &other).unwrap_err().to_string();
        assert!(refused.contains("another filter"), "{refused}");
        let ahead = Place { as_of: 1, below: 3 }.token(&filter);
        for wrong in ["", "x", "1-1", &token[2..], &format!("{token}-1"), &ahead] {
            assert!(Place::of_token(wrong, &filter).is_err(), "{wrong}");
        }
    }
}
