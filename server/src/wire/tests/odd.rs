//! Batches of any bytes, and good ones with odd values in them: refused or judged, and nothing breaks.

use super::{checked, execs, processes, sample::sample, sockets, windows_of};
use crate::wire::{Checked, check};
use bytes::Bytes;
use plumbline_model::{Model, Params};
use plumbline_proto::v1;
use proptest::prelude::*;
use prost::Message;

fn judge(batch: &Checked) {
    let mut model = Model::new(Params::default(), std::sync::Arc::default());
    model.apply(&batch.view(), |_| true);
    model.apply(&batch.view(), |_| true); // what was new is known now
}

/// Sets a value somewhere in the batch; most such batches are still good, all of them are odd.
fn poke(batch: &mut v1::Batch, place: usize, row: usize, value: u64) {
    fn set<T>(column: &mut [T], row: usize, value: T) {
        let len = column.len().max(1);
        if let Some(cell) = column.get_mut(row % len) {
            *cell = value;
        }
    }
    let small = (value % 14) as u32;
    match place % 30 {
        0 => set(&mut processes(batch).container, row, small % 3),
        1 => set(&mut processes(batch).pid, row, small),
        2 => set(&mut processes(batch).start_ticks, row, value),
        3 => set(&mut processes(batch).parent, row, small % 4),
        4 => set(&mut processes(batch).executable, row, small),
        5 => processes(batch).argument_count = vec![0, small % 4, 3 - (small % 4).min(3)],
        6 => set(&mut processes(batch).arguments, row, small),
        7 => set(&mut processes(batch).flags, row, value as u32 % (1 << 14)),
        24 => set(&mut batch.calls.get_or_insert_default().kind, row, small as i32),
        25 => set(&mut batch.calls.get_or_insert_default().subject, row, small),
        26 => set(&mut batch.calls.get_or_insert_default().error, row, small),
        27 => set(&mut batch.credentials.get_or_insert_default().before, row, small % 4),
        28 => set(&mut processes(batch).capabilities, row, value),
        29 => set(&mut batch.dns.get_or_insert_default().address_count, row, small % 3),
        8 => set(&mut execs(batch).process, row, small % 4),
        9 => set(&mut execs(batch).time_ns, row, value),
        10 => set(&mut execs(batch).count, row, value as u32),
        11 => set(&mut sockets(batch).process, row, small % 4),
        12 => set(&mut sockets(batch).time_ns, row, value),
        13 => set(&mut sockets(batch).count, row, value as u32),
        14 => set(&mut sockets(batch).action, row, small as i32 % 7),
        15 => set(&mut sockets(batch).port, row, value as u32 % 70_000),
        16 => set(&mut windows_of(batch).window, row, value),
        17 => set(&mut batch.losses, row, v1::Loss { reason: 2, container: small % 4, events: value }),
        18 => set(
            &mut batch.images,
            row,
            v1::Image { digest: small, repository: small / 2, ..Default::default() },
        ),
        19 => set(
            &mut batch.containers,
            row,
            v1::Container { id: small, image: small / 7, ..Default::default() },
        ),
        20 => batch.base_unix_ns = value,
        21 => batch.window_ns = value % 4_000_000_000_000,
        22 => set(&mut batch.strings, row, Bytes::from(format!("{value:x}\n\u{202e}"))),
        _ => batch.windows = None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(batch) = check(bytes.into()) {
            judge(&batch);
        }
    }

    #[test]
    fn flipped_bytes_of_a_good_batch_never_panic(
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in proptest::option::of(any::<prop::sample::Index>()),
    ) {
        let mut bytes = sample().encode_to_vec();
        for (at, value) in flips {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(batch) = check(bytes.into()) {
            judge(&batch);
        }
    }

    #[test]
    fn odd_values_in_a_good_batch_never_panic(
        pokes in proptest::collection::vec((any::<usize>(), any::<usize>(), any::<u64>()), 1..8),
    ) {
        let mut batch = sample();
        for (place, row, value) in pokes {
            poke(&mut batch, place, row, value);
        }
        if let Ok(batch) = checked(&batch) {
            judge(&batch);
        }
    }
}
