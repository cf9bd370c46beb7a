//! A page of a list that is in the order of its keys, and where the next one begins.
//!
//! A token is the key of the last one and what the list was asked for, so that a list which changes meanwhile loses nothing
//! and tells nothing twice. It holds nothing secret, and one that was made up reads nothing that a list would not: what is
//! checked is that it fits. What has the same key is never parted. Bounded by number and by bytes, give or take the last.

use prost::Message;
use serde::{Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};

use crate::status::ApiError;

/// Bytes of a page at most: it fits into what gRPC clients take.
const MAX_BYTES: usize = 2 << 20;

/// What a list was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Filter([u8; 8]);

impl Filter {
    /// Of a request without its page and its limit.
    pub(crate) fn of(request: &impl Message) -> Self {
        let [a, b, c, d, e, f, g, h, ..]: [u8; 32] = Sha256::digest(request.encode_to_vec()).into();
        Self([a, b, c, d, e, f, g, h])
    }
}

/// The items of a page, and the token of the next, empty if there is none.
pub(crate) fn page<T, K: Ord + Serialize + DeserializeOwned>(
    all: Vec<T>,
    token: &str,
    filter: Filter,
    limit: u32,
    key: impl Fn(&T) -> K,
    bytes: impl Fn(&T) -> usize,
) -> Result<(Vec<T>, String), ApiError> {
    let after: Option<K> = if token.is_empty() { None } else { Some(read(token, filter)?) };
    let (mut page, mut used) = (Vec::new(), 0);
    let mut last: Option<K> = None;
    for item in all {
        let own = key(&item);
        if after.as_ref().is_some_and(|after| own <= *after) {
            continue;
        }
        match &last {
            Some(last) if (page.len() >= limit as usize || used >= MAX_BYTES) && *last != own => {
                return Ok((page, written(filter, last)));
            }
            _ => {}
        }
        used += bytes(&item);
        page.push(item);
        last = Some(own);
    }
    Ok((page, String::new()))
}

fn written(filter: Filter, last: &impl Serialize) -> String {
    let bytes = postcard::to_stdvec(&(filter.0, last)).unwrap_or_default(); // memory is all that it needs
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn read<K: DeserializeOwned>(token: &str, filter: Filter) -> Result<K, ApiError> {
    let wrong = |problem: &str| ApiError::Field { field: "page_token", problem: problem.to_owned() };
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    let bytes: Option<Vec<u8>> = token.as_bytes().chunks(2).map(byte).collect();
    let read = bytes.and_then(|bytes| postcard::from_bytes::<([u8; 8], K)>(&bytes).ok());
    match read {
        Some((own, last)) if own == filter.0 => Ok(last),
        Some(_) => Err(wrong("it is of another list; send all that the first page was asked for with it")),
        None => Err(wrong("not one that this server made; leave it empty for the first page")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(number: u8) -> Filter {
        Filter([number; 8])
    }

    fn pages(all: &[(&str, usize)], limit: u32) -> Vec<Vec<String>> {
        let (mut token, mut pages) = (String::new(), Vec::new());
        loop {
            let key = |item: &(&str, usize)| (7_u64, item.0.to_owned());
            let (page, next) = page(all.to_vec(), &token, filter(1), limit, key, |item| item.1).unwrap();
            pages.push(page.into_iter().map(|(name, _)| name.to_owned()).collect());
            if next.is_empty() {
                return pages;
            }
            token = next;
        }
    }

    #[test]
    fn pages_come_to_all_there_is_within_their_bounds_and_part_nothing_that_is_called_the_same() {
        let all = [("a", 1), ("b", 1), ("b", 1), ("c\n", 1), ("d", 1)];
        assert_eq!(pages(&all, 2), [vec!["a", "b", "b"], vec!["c\n", "d"]]);
        assert_eq!(pages(&all, 9), [vec!["a", "b", "b", "c\n", "d"]]);
        assert_eq!(pages(&[], 9), [Vec::<String>::new()]);
        let long = [("a", MAX_BYTES), ("b", 1)];
        assert_eq!(pages(&long, 9), [vec!["a"], vec!["b"]]);
    }

    #[test]
    fn a_token_of_another_list_or_of_nobody_is_refused() {
        let of = |token: &str, filter| {
            let (all, key) = (vec!["a", "b"], |item: &&str| (*item).to_owned());
            page(all, token, filter, 1, key, |_| 1).map(|(page, _)| page.len())
        };
        let (_, token) = page(vec!["a", "b"], "", filter(1), 1, |item| (*item).to_owned(), |_| 1).unwrap();
        assert_eq!(of(&token, filter(1)).unwrap(), 1);
        let other = of(&token, filter(2)).unwrap_err().to_string();
        assert!(other.contains("another list"), "{other}");
        for made_up in ["x", "0", "zz", "é", &token[2..]] {
            let refused = of(made_up, filter(1)).unwrap_err().to_string();
            assert!(refused.starts_with("page_token: "), "{made_up}: {refused}");
        }
    }
}
