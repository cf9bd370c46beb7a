//! What passed the TCP connections of a container to servers of names, put together to messages.
//!
//! On a connection each message begins with its length (RFC 1035, section 4.2.2), and comes in whatever pieces the process
//! wrote or read. A piece of which only the beginning is known cuts its message; where it is not known any more at which
//! byte the next one begins, nothing more is read from that connection. Each container has its own, so that none can
//! push another's out.

use std::collections::VecDeque;

/// Ways of connections, each there and back; beyond, what was quiet for longest is forgotten.
const WAYS: usize = 32;
/// Bytes kept of a message; DNS allows 65,535.
const KEPT: usize = 4096;

/// One way of a connection: the socket's cookie, and whether it is what came back.
type Way = (u64, bool);

/// The connections of one container, the one that was used last at the end.
#[derive(Debug, Default)]
pub(crate) struct Streams(VecDeque<(Way, Stream)>);

#[derive(Debug, Default)]
struct Stream {
    /// The first byte of a length whose second is to come.
    high: Option<u8>,
    /// Bytes to come of a message that has begun.
    left: Option<usize>,
    message: Vec<u8>,
    /// What comes of the message is not what follows on the part that is kept.
    cut: bool,
    /// It is not known where the next message begins.
    lost: bool,
}

impl Streams {
    /// Messages that are complete with `bytes`, which are the first of `length` that passed. An empty one says that nothing
    /// more can be read on this way.
    pub(crate) fn passed(&mut self, way: Way, bytes: &[u8], length: usize) -> Vec<Vec<u8>> {
        let found = self.0.iter().position(|(known, _)| *known == way);
        let (_, mut stream) = found.and_then(|place| self.0.remove(place)).unwrap_or_default();
        let mut messages = Vec::new();
        stream.take(bytes, &mut messages);
        stream.miss(length.saturating_sub(bytes.len()), &mut messages);
        if self.0.len() == WAYS {
            self.0.pop_front();
        }
        self.0.push_back((way, stream));
        messages
    }
}

impl Stream {
    fn take(&mut self, mut bytes: &[u8], messages: &mut Vec<Vec<u8>>) {
        while let (false, [first, rest @ ..]) = (self.lost, bytes) {
            match (self.left, self.high.take()) {
                (None, None) => (self.high, bytes) = (Some(*first), rest),
                (None, Some(high)) => {
                    (self.left, bytes) = (Some(u16::from_be_bytes([high, *first]).into()), rest);
                    self.pass(0, messages);
                }
                (Some(left), _) => {
                    let (part, rest) = bytes.split_at(left.min(bytes.len()));
                    let room = if self.cut { 0 } else { KEPT - self.message.len() };
                    self.message.extend(part.iter().take(room));
                    bytes = rest;
                    self.pass(part.len(), messages);
                }
            }
        }
    }

    /// Bytes passed that are not known.
    fn miss(&mut self, count: usize, messages: &mut Vec<Vec<u8>>) {
        if count == 0 || self.lost {
            return;
        }
        if self.left.is_some_and(|left| count <= left) {
            self.cut = true;
            self.pass(count, messages);
        } else {
            *self = Self { lost: true, ..Self::default() };
            messages.push(Vec::new());
        }
    }

    /// So many bytes of the message passed.
    fn pass(&mut self, count: usize, messages: &mut Vec<Vec<u8>>) {
        self.left = self.left.map(|left| left - count).filter(|left| *left > 0);
        if self.left.is_none() {
            messages.push(std::mem::take(&mut self.message));
            self.cut = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WAY: Way = (7, true);

    fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
        let framed = messages.iter().map(|message| {
            let length = u16::try_from(message.len()).unwrap();
            [&length.to_be_bytes(), &message[..]].concat()
        });
        framed.collect::<Vec<_>>().concat()
    }

    #[test]
    fn ways_don_t_mix_and_a_cut_message_does_not_disturb_the_next() {
        let mut streams = Streams::default();
        assert!(streams.passed((7, false), b"\0", 1).is_empty());
        assert!(streams.passed((8, true), b"\0\x02a", 3).is_empty());
        assert_eq!(streams.passed((7, false), b"\x01q", 2), [b"q"]);
        assert_eq!(streams.passed((8, true), b"b", 1), [b"ab"]);
        // Seven bytes, of which three are known, and one that follows is not taken for the fourth.
        assert!(streams.passed(WAY, b"\0\x07abc", 8).is_empty());
        assert_eq!(streams.passed(WAY, b"g\0\x01z", 4), [&b"abc"[..], b"z"]);
    }

    #[test]
    fn nothing_is_read_where_it_is_not_known_what_it_is() {
        let mut streams = Streams::default();
        assert_eq!(streams.passed(WAY, b"\0\x02ab", 5), [&b"ab"[..], b""]);
        assert!(streams.passed(WAY, b"\0\x02ab", 4).is_empty(), "it may be the middle of something");
        assert_eq!(streams.passed((8, true), b"\0\x02a", 5), [b""]);
    }

    #[test]
    fn connections_and_messages_are_bounded() {
        let mut streams = Streams::default();
        streams.passed(WAY, b"\xff\xff", 2);
        for _ in 0..40 {
            streams.passed(WAY, &[1; 1000], 1000);
        }
        assert_eq!(streams.0[0].1.message.len(), KEPT);
        for connection in 0..100 {
            streams.passed((connection, true), b"\0", 1);
        }
        assert_eq!(streams.0.len(), WAYS);
        assert_eq!(streams.passed((99, true), b"\x01z", 2), [b"z"], "the last ones are known");
    }

    proptest! {
        #[test]
        fn messages_are_the_same_in_whatever_pieces(
            messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..40), 0..6),
            cuts in proptest::collection::vec(1..30_usize, 1..40),
        ) {
            let stream = framed(&messages);
            let (mut rest, mut read, mut streams) = (&stream[..], Vec::new(), Streams::default());
            for cut in cuts.iter().cycle().take(1000) {
                let (piece, more) = rest.split_at((*cut).min(rest.len()));
                read.extend(streams.passed(WAY, piece, piece.len()));
                rest = more;
            }
            prop_assert_eq!(read, messages);
        }

        #[test]
        fn any_pieces_are_taken(pieces in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..40), 0..100_usize), 0..20)) {
            let mut streams = Streams::default();
            for (bytes, length) in pieces {
                for message in streams.passed(WAY, &bytes, length) {
                    prop_assert!(message.len() <= KEPT);
                }
            }
            prop_assert!(streams.0.len() <= 1);
        }
    }
}
