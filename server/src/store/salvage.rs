//! Copies what can be read of a damaged store into a new one.
//!
//! Why not go on in place: sled recovers a log up to where it is whole, page by page. What it then holds can be of several
//! moments, and tests showed that what is written on top of it can be gone again after the next start. A new store is whole
//! by itself. A page that can't be read hides only its own keys: each kind is read from its first key on, and from its last
//! key back.
//!
//! Not here: whether a backup is better (`opening.rs`).

use std::path::Path;

use super::{
    FORMAT, StoreError, TOTALS_KEY,
    attempt::caught,
    file::Header,
    fill::Filler,
    kind::Kind,
    sealed::{Totals, decode, unseal},
};

/// What a damaged store should hold.
pub(super) fn totals(db: &sled::Db) -> Option<Totals> {
    let value = caught(|| db.get(TOTALS_KEY)).ok()?.ok()??;
    unseal(TOTALS_KEY, &value).and_then(|body| decode(&body)).ok()
}

/// Makes a store at `new` of what can be read of another one, values as they are; what it came to.
pub(super) fn salvage(db: &sled::Db, new: &Path, header: Header) -> Result<Totals, StoreError> {
    let mut filler = Filler::new(new)?;
    for kind in Kind::ALL {
        let prefix = [kind.letter()];
        let mut reached: Option<sled::IVec> = None;
        let whole = read(db.scan_prefix(prefix), |key, value| {
            filler.put(key.to_vec(), value.to_vec())?;
            reached = Some(key);
            Ok(())
        })?;
        if !whole {
            let beyond = |entry: &Entry| match (entry, &reached) {
                (Ok((key, _)), Some(reached)) => key > reached,
                _ => true,
            };
            read(db.scan_prefix(prefix).rev().take_while(beyond), |key, value| {
                filler.put(key.to_vec(), value.to_vec())
            })?;
        }
    }
    let totals = filler.totals(header);
    drop(filler.finish(header, FORMAT)?); // heads are made anew in any case
    Ok(totals)
}

type Entry = Result<(sled::IVec, sled::IVec), sled::Error>;

/// Takes entries up to the first that can't be read; whether there was none.
fn read(
    mut entries: impl Iterator<Item = Entry>,
    mut take: impl FnMut(sled::IVec, sled::IVec) -> Result<(), StoreError>,
) -> Result<bool, StoreError> {
    loop {
        match caught(|| entries.next()) {
            Ok(None) => return Ok(true),
            Ok(Some(Ok((key, value)))) => take(key, value)?,
            Ok(Some(Err(_))) | Err(_) => return Ok(false),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_taken_up_to_the_first_that_fails_or_panics() {
        let good = |byte: u8| Ok((sled::IVec::from(&[byte]), sled::IVec::from(b"v")));
        let bad = || Err(sled::Error::ReportableBug("a page is broken".into()));
        let mut taken = Vec::new();
        let mut take = |key: sled::IVec, _| {
            taken.push(key[0]);
            Ok(())
        };
        assert!(read([good(1), good(2)].into_iter(), &mut take).unwrap());
        assert!(!read([good(3), bad(), good(4)].into_iter(), &mut take).unwrap());
        let panics = (5..8).map(|byte| if byte == 6 { panic!("in sled") } else { good(byte) });
        assert!(!read(panics, &mut take).unwrap());
        assert_eq!(taken, [1, 2, 3, 5]);
    }
}
