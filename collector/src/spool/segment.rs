//! The bytes of a spool segment: a header, then entries, each found and checked by itself.
//!
//!     segment = magic[16] session[16] entry*
//!     entry   = "PLE1" len:u32 seq:u64 events:u64 before:u64 payload_crc:u32 head_crc:u32 payload[len]
//!
//! Little-endian; CRC-32 (IEEE). `before` counts the events of the segment's earlier entries, so what an unreadable
//! entry held is known from the next one. The head's checksum begins with the session, random bytes that no
//! container knows: text in a payload can't pass for an entry. After damage the search goes on byte by byte, so one
//! bad byte costs one entry. The header is for people; nothing depends on it. Not here: files (`spool.rs`).

use crate::queue::Frame;
use bytes::Bytes;

/// What a collector draws at its start; with a sequence number the identity of a batch.
pub(crate) type Session = [u8; 16];

const MAGIC: &[u8; 16] = b"plumbline spool1";
const ENTRY: &[u8; 4] = b"PLE1";
/// Length of the header, and of an entry before its payload.
pub(crate) const HEADER: usize = 32;
pub(crate) const HEAD: usize = 40;

/// The header of a segment.
pub(crate) fn header(session: &Session) -> Vec<u8> {
    [MAGIC.as_slice(), session].concat()
}

/// A frame as an entry, after `before` events of the same segment.
pub(crate) fn entry(session: &Session, frame: &Frame, before: u64) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(HEAD + frame.batch.len());
    bytes.extend_from_slice(ENTRY);
    bytes.extend_from_slice(&(frame.batch.len() as u32).to_le_bytes());
    for number in [frame.seq, frame.events, before] {
        bytes.extend_from_slice(&number.to_le_bytes());
    }
    bytes.extend_from_slice(&crc32fast::hash(&frame.batch).to_le_bytes());
    bytes.extend_from_slice(&head_crc(session, &bytes).to_le_bytes());
    bytes.extend_from_slice(&frame.batch);
    bytes
}

fn head_crc(session: &Session, head: &[u8]) -> u32 {
    let mut crc = crc32fast::Hasher::new();
    crc.update(session);
    crc.update(head);
    crc.finalize()
}

/// What a segment still holds.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    /// Undamaged frames; their numbers rise.
    pub(crate) frames: Vec<Frame>,
    /// Something could not be read.
    pub(crate) damaged: bool,
    /// Events of what could not be read; at least that many if the end is missing.
    pub(crate) lost_events: u64,
}

/// Reads a segment, whatever its bytes are. Frames share its memory.
pub(crate) fn scan(session: &Session, bytes: &Bytes) -> Scan {
    let mut scan = Scan::default();
    let (mut at, mut accounted, mut last_seq, mut tail_unknown) = (HEADER, 0_u64, 0, false);
    while at < bytes.len() {
        let Some(head) = Head::read(session, bytes.get(at..).unwrap_or_default(), last_seq) else {
            (scan.damaged, tail_unknown) = (true, true);
            at += 1;
            continue;
        };
        tail_unknown = false;
        scan.lost_events += head.before.saturating_sub(accounted);
        accounted = head.before.saturating_add(head.events);
        last_seq = head.seq;
        let end = at + HEAD + head.len;
        let payload = (end <= bytes.len()).then(|| bytes.slice(at + HEAD..end));
        match payload.filter(|payload| crc32fast::hash(payload) == head.payload_crc) {
            Some(batch) => scan.frames.push(Frame { seq: head.seq, batch, events: head.events }),
            None => {
                scan.damaged = true;
                scan.lost_events += head.events;
            }
        }
        at = end;
    }
    // Nothing says how many events a missing end held, but there was an entry.
    scan.lost_events += u64::from(tail_unknown);
    scan
}

struct Head {
    len: usize,
    seq: u64,
    events: u64,
    before: u64,
    payload_crc: u32,
}

impl Head {
    fn read(session: &Session, bytes: &[u8], last_seq: u64) -> Option<Self> {
        let (head, _) = bytes.split_first_chunk::<HEAD>()?;
        let (checked, crc) = head.split_last_chunk::<4>()?;
        let rest = checked.strip_prefix(ENTRY)?;
        if head_crc(session, checked) != u32::from_le_bytes(*crc) {
            return None;
        }
        let (len, rest) = rest.split_first_chunk::<4>()?;
        let (seq, rest) = rest.split_first_chunk::<8>()?;
        let (events, rest) = rest.split_first_chunk::<8>()?;
        let (before, rest) = rest.split_first_chunk::<8>()?;
        let (payload_crc, _) = rest.split_first_chunk::<4>()?;
        let seq = u64::from_le_bytes(*seq);
        (seq > last_seq).then_some(Self {
            len: u32::from_le_bytes(*len) as usize,
            seq,
            events: u64::from_le_bytes(*events),
            before: u64::from_le_bytes(*before),
            payload_crc: u32::from_le_bytes(*payload_crc),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: Session = *b"0123456789abcdef";

    /// A segment of four frames, and where each entry ends.
    fn sample() -> (Vec<u8>, Vec<Frame>, Vec<usize>) {
        let (mut bytes, mut frames, mut ends) = (header(&SESSION), Vec::new(), Vec::new());
        let mut before = 0;
        for (seq, text) in [(7, "one"), (8, ""), (9, "PLE1 three"), (10, "four four")] {
            let frame = Frame { seq, batch: Bytes::from_static(text.as_bytes()), events: seq * 10 };
            bytes.extend(entry(&SESSION, &frame, before));
            before += frame.events;
            frames.push(frame);
            ends.push(bytes.len());
        }
        (bytes, frames, ends)
    }

    #[test]
    fn a_segment_cut_at_any_byte_gives_back_every_whole_entry() {
        let (bytes, frames, ends) = sample();
        for cut in 0..=bytes.len() {
            let scan = scan(&SESSION, &Bytes::copy_from_slice(&bytes[..cut]));
            let whole = ends.iter().filter(|end| **end <= cut).count();
            assert_eq!(scan.frames, frames[..whole], "cut at {cut}");
            let torn = cut > HEADER && !ends.contains(&cut);
            assert_eq!(scan.damaged, torn, "cut at {cut}");
            assert_eq!(scan.lost_events > 0, torn, "a torn entry is counted; cut at {cut}");
        }
    }

    #[test]
    fn any_flipped_bit_costs_only_the_entry_it_hits_and_its_events_are_counted() {
        let (bytes, frames, ends) = sample();
        for (position, bit) in (0..bytes.len()).flat_map(|position| (0..8).map(move |bit| (position, bit))) {
            let mut bad = bytes.clone();
            bad[position] ^= 1 << bit;
            let scan = scan(&SESSION, &bad.into());
            let hit = (position >= HEADER).then(|| ends.iter().filter(|end| **end <= position).count());
            let left = frames.iter().enumerate().filter(|(number, _)| Some(*number) != hit);
            let left: Vec<Frame> = left.map(|(_, frame)| frame.clone()).collect();
            assert_eq!(scan.frames, left, "bit {bit} of byte {position}");
            match hit.map(|number| frames[number].events) {
                None => assert_eq!(scan.lost_events, 0),
                // The last entry's head is the one place that says what it held.
                Some(100) => assert!(scan.lost_events == 100 || scan.lost_events == 1),
                Some(events) => assert_eq!(scan.lost_events, events, "bit {bit} of byte {position}"),
            }
        }
    }

    #[test]
    fn entries_of_another_session_are_not_taken() {
        let (bytes, ..) = sample();
        let scan = scan(b"fedcba9876543210", &bytes.into());
        assert!(scan.frames.is_empty() && scan.damaged);
    }
}
