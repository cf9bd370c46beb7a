//! DNS messages that the kernel side copied: what was asked, and what the answer was.
//!
//! Both come from a container and mean no more than that: it can send itself any answer. What can't be read is
//! an error that the caller counts. Not here: which container it was, and what a name stands for there.

mod streams;

pub(crate) use streams::Streams;

use crate::raw;
use simple_dns::{Packet, PacketFlag, rdata::RData};
use std::net::IpAddr;

/// Longest name kept, in bytes; DNS allows 253.
const NAME_BYTES: usize = 253;
/// Addresses kept of one answer.
const ADDRESSES: usize = 64;

/// A question or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) answer: bool,
    /// In lower case, without the last dot.
    pub(crate) name: String,
    /// As IANA numbers them.
    pub(crate) record_type: u16,
    /// As IANA numbers them; 0 for a question.
    pub(crate) rcode: u16,
    pub(crate) addresses: Vec<IpAddr>,
}

/// Reads a message; `None` if it is none, or asks for nothing. One that was cut is read as far as it goes.
pub(crate) fn message(bytes: &[u8]) -> Option<Message> {
    if let Ok(packet) = Packet::parse(bytes) {
        return told(&packet);
    }
    // The last three counts of the header: of answers, of authorities, of what is added.
    let claimed = u16::from_be_bytes(*bytes.get(6..8)?.first_chunk()?);
    let mut bytes = bytes.to_vec();
    bytes.get_mut(6..12)?.fill(0);
    let (mut whole, mut cut) = (0, claimed.min(ADDRESSES as u16) + 1);
    while cut - whole > 1 {
        let half = (whole + cut) / 2;
        bytes.get_mut(6..8)?.copy_from_slice(&half.to_be_bytes());
        if Packet::parse(&bytes).is_ok() {
            whole = half;
        } else {
            cut = half;
        }
    }
    bytes.get_mut(6..8)?.copy_from_slice(&whole.to_be_bytes());
    told(&Packet::parse(&bytes).ok()?)
}

fn told(packet: &Packet<'_>) -> Option<Message> {
    let question = packet.questions.first()?;
    let labels: Vec<String> =
        question.qname.as_bytes().map(|label| raw::text(label).to_ascii_lowercase()).collect();
    let mut name = labels.join(".");
    name.truncate(name.floor_char_boundary(NAME_BYTES));
    let answer = packet.has_flags(PacketFlag::RESPONSE);
    let addresses = packet.answers.iter().filter_map(|record| match &record.rdata {
        RData::A(a) => Some(IpAddr::from(a.address.to_be_bytes())),
        RData::AAAA(aaaa) => Some(IpAddr::from(aaaa.address.to_be_bytes()).to_canonical()),
        _ => None,
    });
    Some(Message {
        answer,
        name,
        record_type: question.qtype.into(),
        rcode: if answer { packet.rcode() as u16 } else { 0 },
        addresses: if answer { addresses.take(ADDRESSES).collect() } else { Vec::new() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A question for `Example.COM` A, and the answer with a name in between and two addresses.
    const QUESTION: &[u8] = b"\x12\x34\x01\x00\x00\x01\0\0\0\0\0\0\x07Example\x03COM\0\0\x01\0\x01";
    const ANSWER: &[u8] = b"\x12\x34\x81\x80\x00\x01\0\x02\0\0\0\0\x07Example\x03COM\0\0\x01\0\x01\
        \xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x06\x03www\xc0\x0c\
        \xc0\x29\0\x01\0\x01\0\0\0\x3c\0\x04\x5d\xb8\xd8\x22";

    #[test]
    fn a_question_and_its_answer_have_the_same_name_and_the_answer_its_addresses() {
        let question = message(QUESTION).unwrap();
        assert_eq!(
            (question.answer, question.name.as_str(), question.record_type),
            (false, "example.com", 1)
        );
        let answer = message(ANSWER).unwrap();
        assert_eq!((answer.answer, answer.name.as_str(), answer.rcode), (true, "example.com", 0));
        assert_eq!(answer.addresses, [IpAddr::from([93, 184, 216, 34])]);
    }

    /// Answers that don't fit into a datagram come over TCP, and may be longer than what the kernel side copies.
    #[test]
    fn a_message_that_was_cut_is_read_as_far_as_it_goes() {
        let whole = message(ANSWER).unwrap();
        for length in 0..ANSWER.len() {
            let Some(cut) = message(&ANSWER[..length]) else {
                assert!(length < QUESTION.len(), "{length}");
                continue;
            };
            assert_eq!((&cut.name, cut.record_type, cut.answer), (&whole.name, whole.record_type, true));
            assert!(cut.addresses.is_empty(), "the address is the last of all");
        }
        // As many as fit, of more than are counted here.
        let mut many = ANSWER.to_vec();
        many[6..8].copy_from_slice(&60_000_u16.to_be_bytes());
        assert_eq!(message(&many).unwrap().addresses, whole.addresses);
    }

    #[test]
    fn what_is_no_message_is_none() {
        assert_eq!(message(b""), None);
        assert_eq!(message(b"GET / HTTP/1.1\r\n\r\n"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600), head in any::<bool>()) {
            let mut bytes = bytes;
            if head {
                bytes.splice(0..0, ANSWER.iter().take(12).copied());
            }
            if let Some(message) = message(&bytes) {
                prop_assert!(message.name.len() <= NAME_BYTES && message.addresses.len() <= ADDRESSES);
            }
        }
    }
}
