//! Who has logged in: a session in memory for each browser, found by the hash of the key that its cookie holds.
//!
//! The token itself is not kept: a session is for whom the token was, and ends with it, at the latest after
//! [`LIFETIME`], when its owner logs out, or with the server. One has [`MAX_EACH`] at most, and the oldest gives way, so
//! that nobody pushes out anybody else; as tokens are bounded, so are all sessions.
//!
//! Not here: cookies and forms (`visitor.rs`, `login.rs`).

use std::{collections::HashMap, io, sync::Arc, time::Duration};

use sha2::{Digest, Sha256};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{hex, random};
use crate::security::Identity;

/// Somewhat more than a shift.
pub(super) const LIFETIME: Duration = Duration::from_secs(12 * 60 * 60);
/// Sessions of one token.
const MAX_EACH: usize = 16;

type Hash = [u8; 32];

/// All sessions that are open.
#[derive(Debug, Default)]
pub(super) struct Sessions(HashMap<Hash, Session>);

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Session {
    pub(super) identity: Arc<Identity>,
    pub(super) ends: Instant,
    /// Cancelled when its owner logs out.
    pub(super) ended: CancellationToken,
}

impl Sessions {
    /// Opens one; the key for the cookie.
    pub(super) fn open(&mut self, identity: Arc<Identity>) -> io::Result<String> {
        self.0.retain(|_, session| session.ends > Instant::now() && session.identity.holds());
        let own = self.0.iter().filter(|(_, session)| Arc::ptr_eq(&session.identity, &identity));
        let (count, oldest) = (own.clone().count(), own.min_by_key(|(_, session)| session.ends));
        if let Some(oldest) = oldest.map(|(hash, _)| *hash).filter(|_| count >= MAX_EACH) {
            self.end(&oldest);
        }
        let key = hex(&random()?);
        let session = Session { identity, ends: Instant::now() + LIFETIME, ended: CancellationToken::new() };
        self.0.insert(hash(&key), session);
        Ok(key)
    }

    /// The session of a key, if it has one that holds.
    pub(super) fn find(&self, key: &str) -> Option<Session> {
        self.0.get(&hash(key)).filter(|session| session.ends > Instant::now()).cloned()
    }

    pub(super) fn close(&mut self, key: &str) {
        self.end(&hash(key));
    }

    fn end(&mut self, hash: &Hash) {
        if let Some(session) = self.0.remove(hash) {
            session.ended.cancel();
        }
    }
}

fn hash(key: &str) -> Hash {
    Sha256::digest(key).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_session_ends_in_time_at_logout_and_when_its_owner_has_opened_many() {
        let mut sessions = Sessions::default();
        let (alice, bob) = (Identity::of_test("alice"), Identity::of_test("bob"));
        let key = sessions.open(Arc::clone(&bob)).unwrap();
        assert_eq!(sessions.find(&key).unwrap().identity.name, "bob");
        assert!(sessions.find("").is_none() && sessions.find(&key.to_uppercase()).is_none());
        let first = sessions.open(Arc::clone(&alice)).unwrap();
        let ended = sessions.find(&first).unwrap().ended;
        for _ in 0..MAX_EACH {
            tokio::time::advance(Duration::from_secs(1)).await;
            sessions.open(Arc::clone(&alice)).unwrap();
        }
        assert!(sessions.find(&first).is_none() && ended.is_cancelled(), "the oldest of her own gave way");
        assert!(sessions.find(&key).is_some(), "nobody else did");
        assert_eq!(sessions.0.len(), MAX_EACH + 1);
        let ended = sessions.find(&key).unwrap().ended;
        sessions.close(&key);
        assert!(sessions.find(&key).is_none() && ended.is_cancelled());
        let last = sessions.open(alice).unwrap();
        tokio::time::advance(LIFETIME).await;
        assert!(sessions.find(&last).is_none());
        sessions.open(bob).unwrap();
        assert_eq!(sessions.0.len(), 1, "what has ended takes no room");
    }
}
