//! Who may do what: TLS, certificates and tokens, roles, and what becomes of those who guess.
//!
//! A connection comes in by `listener` (TLS by `tls`), a request by `guard`, which finds out who asks (`identity`, by
//! certificate or by one of the `tokens`), holds off who guesses (`lockout`) and asks `roles` whether they may. What is
//! served behind it gets a [`Caller`] and asks it only what a table of methods can't know: whose node, whose name.
//!
//! Files are read again while the server runs; renewed ones that are no good are named in a warning, and the last good
//! ones stay. No token and no key is ever in an error, a log line or a `Debug` form.
//!
//! Not here: the commands that make certificates and tokens (`certs_command.rs`, `tokens_command.rs`), the service that does the
//! latter (`tokens.rs`).

mod connection;
mod ended;
mod guard;
mod identity;
mod listener;
mod lockout;
mod places;
mod roles;
mod tls;
mod tokens;
pub(crate) mod tokens_file;

use std::{path::PathBuf, sync::Arc, time::Duration};

use tokio_util::sync::CancellationToken;

use crate::{blocking::blocking, config::Security, metrics::Metrics};

pub(crate) use connection::Peer;
pub(crate) use guard::{AccessError, Guard, check};
pub(crate) use identity::{Caller, Identity, is_name, uri};
pub(crate) use listener::Listener;
pub(crate) use roles::Role;
pub(crate) use tls::{Protocol, Tls, TlsFiles};
pub(crate) use tokens::{Token, Tokens, TokensFile};

/// How often files are looked at. A Kubernetes secret is renewed within a minute or so anyway.
const RENEWAL: Duration = Duration::from_secs(2);

/// A file of certificates, keys or tokens that can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SecurityError {
    #[error("cannot read {setting} {}: {source}; check the path and its rights", .path.display())]
    Read { setting: &'static str, path: PathBuf, source: std::io::Error },
    #[error("{setting} {}: {problem}", .path.display())]
    File { setting: &'static str, path: PathBuf, problem: String },
}

/// Everything that listeners and services need of it.
#[derive(Debug)]
pub(crate) struct Gate {
    pub(crate) tls: Option<Arc<Tls>>,
    pub(crate) guard: Arc<Guard>,
    tokens: Option<Arc<Tokens>>,
}

impl Gate {
    /// Reads every file.
    pub(crate) fn new(settings: &Security, metrics: &Arc<Metrics>) -> Result<Self, SecurityError> {
        let tls = settings.tls().map(|files| Tls::new(files, Arc::clone(metrics))).transpose()?.map(Arc::new);
        let tokens = settings.tokens_file.clone();
        let tokens = tokens.map(|path| Tokens::new(path, Arc::clone(metrics))).transpose()?.map(Arc::new);
        let guard = Guard::new(settings.authenticates(), tokens.clone(), Arc::clone(metrics));
        Ok(Self { tls, tokens, guard: Arc::new(guard) })
    }

    /// Takes renewed files until `stop`.
    pub(crate) fn renew(&self, stop: CancellationToken) -> impl Future<Output = ()> + Send + use<> {
        let (tls, tokens) = (self.tls.clone(), self.tokens.clone());
        async move {
            let mut interval = tokio::time::interval(RENEWAL);
            loop {
                tokio::select! {
                    () = stop.cancelled() => return,
                    _ = interval.tick() => {}
                }
                let (tls, tokens) = (tls.clone(), tokens.clone());
                blocking(move || {
                    tls.inspect(|tls| tls.reload());
                    tokens.inspect(|tokens| tokens.reload());
                })
                .await;
            }
        }
    }
}
