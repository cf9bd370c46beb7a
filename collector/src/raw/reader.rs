//! The fields of a record, one after the other: a length is checked before its bytes are taken.

use super::{Identity, ProcessKey, RecordError, Socket, SocketAction, TICK_NS};
use std::net::IpAddr;

pub(super) const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// What is left of a record.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn of(record: &'a [u8]) -> Self {
        Self(record)
    }

    pub(super) fn bytes(&mut self, count: usize) -> Result<&'a [u8], RecordError> {
        let (head, rest) = self.0.split_at_checked(count).ok_or(RecordError::Short)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let (head, rest) = self.0.split_first_chunk().ok_or(RecordError::Short)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn u32(&mut self) -> Result<u32, RecordError> {
        Ok(u32::from_ne_bytes(self.array()?))
    }

    pub(super) fn u64(&mut self) -> Result<u64, RecordError> {
        Ok(u64::from_ne_bytes(self.array()?))
    }

    pub(super) fn key(&mut self) -> Result<ProcessKey, RecordError> {
        let (pid, _) = (self.u32()?, self.u32()?);
        Ok(ProcessKey { pid, start_ticks: self.u64()? / TICK_NS })
    }

    pub(super) fn identity(&mut self) -> Result<Identity, RecordError> {
        let identity = Identity {
            uid: self.u32()?,
            gid: self.u32()?,
            euid: self.u32()?,
            egid: self.u32()?,
            capabilities: self.u64()?,
            mount_ns: self.u32()?,
            net_ns: self.u32()?,
            user_ns: self.u32()?,
        };
        let _unused = self.u32()?;
        Ok(identity)
    }

    /// `struct flow_key`: what a socket did, and the window.
    pub(super) fn socket(&mut self) -> Result<(Socket, u64), RecordError> {
        let (pid, program) = (self.u32()?, self.u32()?);
        let process = ProcessKey { pid, start_ticks: self.u64()? / TICK_NS };
        let address: [u8; 16] = self.array()?;
        let (window, net_ns) = (self.u64()?, self.u32()?);
        let port = u16::from_ne_bytes(self.array()?);
        let [family, action] = self.array()?;
        let address = match (family, address) {
            (AF_INET, [a, b, c, d, ..]) => IpAddr::from([a, b, c, d]),
            (AF_INET6, address) => IpAddr::from(address).to_canonical(),
            (other, _) => return Err(RecordError::Family(other)),
        };
        let action = match action {
            1 => SocketAction::Connect,
            2 => SocketAction::Listen,
            3 => SocketAction::Accept,
            4 => SocketAction::Send,
            5 => SocketAction::Receive,
            other => return Err(RecordError::Action(other)),
        };
        Ok((Socket { process, program, action, address, port, net_ns }, window))
    }
}
