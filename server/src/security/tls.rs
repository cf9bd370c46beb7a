//! Our certificate, and the CA that clients' certificates come from, renewed while the server runs.
//!
//! Files are compared by content, so that it is the same whether a file was written anew or a link now leads elsewhere, as
//! in a Kubernetes secret. A certificate whose key is not there yet is no good, and the last good ones stay in use. New
//! connections get what is newest; standing ones go on, but for those whose certificate came from a CA that is no longer
//! named. Sessions are not resumed: each connection shows its certificate to the CA that holds now.
//!
//! TLS 1.2 and 1.3 by rustls and ring. Not here: connections (`listener.rs`), who a certificate is for (`identity.rs`).

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, RwLock},
};

use rustls::{
    RootCertStore, ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    server::{NoServerSessionStorage, WebPkiClientVerifier},
};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{SecurityError, identity::expiry};
use crate::{clock::now_unix_s, metrics::Metrics};

/// Largest file of certificates or a key.
const MAX_FILE_BYTES: usize = 1 << 20;

/// Where the certificates are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TlsFiles {
    pub(crate) cert: PathBuf,
    pub(crate) key: PathBuf,
    pub(crate) client_ca: Option<PathBuf>,
}

/// What is spoken behind TLS.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Protocol {
    /// HTTP/2.
    Grpc,
    /// HTTP/1.1.
    Http,
}

/// The certificates, as they were last good.
#[derive(Debug)]
pub(crate) struct Tls {
    files: TlsFiles,
    current: RwLock<Current>,
    /// What the files last held, good or not, so that a warning comes once.
    seen: Mutex<Option<Content>>,
    metrics: Arc<Metrics>,
}

#[derive(Clone)]
struct Current {
    grpc: TlsAcceptor,
    http: TlsAcceptor,
    client_ca: Option<Vec<u8>>,
    /// Cancelled when the CA for clients is another.
    replaced: CancellationToken,
    expires_unix_s: u64,
}

impl std::fmt::Debug for Current {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Current").field("expires_unix_s", &self.expires_unix_s).finish_non_exhaustive()
    }
}

/// Of the files; the key is in it, so it is never shown.
#[derive(PartialEq, Eq)]
struct Content {
    cert: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content")
    }
}

impl Tls {
    pub(crate) fn new(files: TlsFiles, metrics: Arc<Metrics>) -> Result<Self, SecurityError> {
        let content = read(&files)?;
        let current = current(&files, &content, None)?;
        metrics.certificate_expiry(current.expires_unix_s);
        Ok(Self { files, current: RwLock::new(current), seen: Mutex::new(Some(content)), metrics })
    }

    /// What a new connection gets, and the word that the CA of its certificate holds no longer.
    pub(super) fn acceptor(&self, protocol: Protocol) -> (TlsAcceptor, CancellationToken) {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let acceptor = match protocol {
            Protocol::Grpc => &current.grpc,
            Protocol::Http => &current.http,
        };
        (acceptor.clone(), current.replaced.clone())
    }

    /// Takes renewed files.
    pub(super) fn reload(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let content = match read(&self.files) {
            Ok(content) if seen.as_ref() == Some(&content) => return,
            Ok(content) => content,
            Err(error) => {
                // While files can't be read nothing is remembered: the warning comes when that begins.
                if seen.take().is_some() {
                    self.no_good(&error);
                }
                return;
            }
        };
        let held = self.current.read().unwrap_or_else(PoisonError::into_inner).clone();
        match current(&self.files, &content, Some(&held)) {
            Ok(new) => {
                self.metrics.certificate_expiry(new.expires_unix_s);
                self.metrics.renewed(true);
                let expires = humantime::format_rfc3339_seconds(
                    std::time::UNIX_EPOCH + std::time::Duration::from_secs(new.expires_unix_s),
                );
                tracing::info!(tls_cert = ?self.files.cert, %expires, "took the renewed certificates");
                let other_ca = new.client_ca != held.client_ca;
                *self.current.write().unwrap_or_else(PoisonError::into_inner) = new;
                if other_ca {
                    held.replaced.cancel();
                }
            }
            Err(error) => self.no_good(&error),
        }
        *seen = Some(content);
    }

    fn no_good(&self, error: &SecurityError) {
        self.metrics.renewed(false);
        tracing::warn!(%error, "the renewed certificates are no good; the last good ones stay in use");
    }
}

fn read(files: &TlsFiles) -> Result<Content, SecurityError> {
    let one = |setting, path: &Path| {
        let bytes = fs::read(path).map_err(|source| SecurityError::Read {
            setting,
            path: path.to_owned(),
            source,
        })?;
        if bytes.len() > MAX_FILE_BYTES {
            let problem = format!("{} bytes; at most {MAX_FILE_BYTES}", bytes.len());
            return Err(SecurityError::File { setting, path: path.to_owned(), problem });
        }
        Ok(bytes)
    };
    Ok(Content {
        cert: one("tls_cert", &files.cert)?,
        key: one("tls_key", &files.key)?,
        client_ca: files.client_ca.as_deref().map(|path| one("tls_client_ca", path)).transpose()?,
    })
}

/// What files with this content come to, after what was in use before.
fn current(files: &TlsFiles, content: &Content, before: Option<&Current>) -> Result<Current, SecurityError> {
    let wrong = |setting, path: &Path, problem: String| SecurityError::File {
        setting,
        path: path.to_owned(),
        problem,
    };
    let chain = certificates(&content.cert).map_err(|problem| wrong("tls_cert", &files.cert, problem))?;
    let expires_unix_s = chain.first().and_then(|own| X509Certificate::from_der(own).ok());
    let expires_unix_s = expires_unix_s.map_or(0, |(_, own)| expiry(&own));
    if expires_unix_s <= now_unix_s() {
        return Err(wrong("tls_cert", &files.cert, "it has expired; renew it".to_owned()));
    }
    // What is wrong with a key is not said: nothing of it is to be in a message.
    let key = PrivateKeyDer::from_pem_slice(&content.key)
        .map_err(|_| wrong("tls_key", &files.key, "it holds no private key in PEM form".to_owned()))?;

    let provider = Arc::new(ring::default_provider());
    let versions = || {
        ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .map_err(|error| wrong("tls_cert", &files.cert, error.to_string()))
    };
    let pair = |error: rustls::Error| {
        let problem =
            format!("{error}; the key must be that of the first certificate in {}", files.cert.display());
        wrong("tls_key", &files.key, problem)
    };
    let acceptor = |mut config: ServerConfig, protocol: &[u8]| {
        config.alpn_protocols = vec![protocol.to_vec()];
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        TlsAcceptor::from(Arc::new(config))
    };
    let config = match (&files.client_ca, &content.client_ca) {
        (Some(path), Some(pem)) => {
            let no_good = |problem: String| wrong("tls_client_ca", path, problem);
            let mut roots = RootCertStore::empty();
            for root in certificates(pem).map_err(no_good)? {
                roots.add(root).map_err(|error| no_good(error.to_string()))?;
            }
            // Without one they may still have a token, and without either the guard says what is missing.
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                    .allow_unauthenticated()
                    .build()
                    .map_err(|error| no_good(error.to_string()))?;
            versions()?.with_client_cert_verifier(verifier).with_single_cert(chain, key).map_err(pair)?
        }
        _ => versions()?.with_no_client_auth().with_single_cert(chain, key).map_err(pair)?,
    };
    let same_ca = before.filter(|before| before.client_ca == content.client_ca);
    Ok(Current {
        grpc: acceptor(config.clone(), b"h2"),
        http: acceptor(config, b"http/1.1"),
        client_ca: content.client_ca.clone(),
        replaced: same_ca.map_or_else(CancellationToken::new, |before| before.replaced.clone()),
        expires_unix_s,
    })
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if all.is_empty() => Err("it holds no certificate in PEM form".to_owned()),
        Ok(all) => Ok(all),
        Err(error) => Err(format!("it is not PEM: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    fn write(folder: &Path, name: &str) {
        fs::create_dir(folder).unwrap();
        let key = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec![name.to_owned()]).unwrap().self_signed(&key).unwrap();
        fs::write(folder.join("tls.crt"), cert.pem()).unwrap();
        fs::write(folder.join("tls.key"), key.serialize_pem()).unwrap();
        fs::write(folder.join("ca.crt"), cert.pem()).unwrap();
    }

    #[test]
    fn a_swapped_link_renews_all_and_a_half_written_pair_or_a_missing_file_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        write(&at("one"), "one");
        write(&at("two"), "two");
        let lead = |to: &str| {
            let _ = fs::remove_file(at("new"));
            symlink(at(to), at("new")).unwrap();
            fs::rename(at("new"), at("..data")).unwrap();
        };
        lead("one");
        let data = at("..data");
        let files = TlsFiles {
            cert: data.join("tls.crt"),
            key: data.join("tls.key"),
            client_ca: Some(data.join("ca.crt")),
        };
        let metrics = Arc::new(Metrics::new().unwrap());
        let tls = Tls::new(files, Arc::clone(&metrics)).unwrap();
        let (_, one) = tls.acceptor(Protocol::Grpc);
        let reloads = |result| metrics.access.renewals.with_label_values(&[result]).get();
        tls.reload();
        assert_eq!((reloads("taken"), reloads("refused")), (0, 0));

        lead("two");
        tls.reload();
        assert_eq!((reloads("taken"), reloads("refused")), (1, 0));
        assert!(one.is_cancelled(), "connections by the old CA stand");
        let (_, two) = tls.acceptor(Protocol::Grpc);

        fs::copy(at("one").join("tls.crt"), at("two").join("tls.crt")).unwrap();
        tls.reload();
        tls.reload();
        assert_eq!((reloads("taken"), reloads("refused")), (1, 1), "said once");
        fs::copy(at("one").join("tls.key"), at("two").join("tls.key")).unwrap();
        tls.reload();
        assert_eq!((reloads("taken"), reloads("refused")), (2, 1));
        fs::remove_file(&data).unwrap();
        tls.reload();
        tls.reload();
        assert_eq!((reloads("taken"), reloads("refused")), (2, 2), "said once");
        assert!(!two.is_cancelled(), "the CA was the same all the time");
    }

    #[test]
    fn what_is_no_good_is_named_by_setting_and_file_and_nothing_of_a_key_is_shown() {
        let folder = tempfile::tempdir().unwrap();
        write(&folder.path().join("a"), "a");
        write(&folder.path().join("b"), "b");
        let tried = |cert: &str, key: &str, ca: &str| {
            let at = |name: &str| folder.path().join(name);
            let files = TlsFiles { cert: at(cert), key: at(key), client_ca: Some(at(ca)) };
            let tls = Tls::new(files, Arc::new(Metrics::new().unwrap()));
            tls.map(|tls| format!("{tls:?}")).map_err(|error| error.to_string())
        };
        let secret = fs::read_to_string(folder.path().join("a/tls.key")).unwrap();
        let secret = secret.lines().nth(1).unwrap();
        let shown = tried("a/tls.crt", "a/tls.key", "a/ca.crt").unwrap();
        assert!(!shown.contains(secret) && !shown.contains("PRIVATE"), "{shown}");
        for (cert, key, ca, setting) in [
            ("none", "a/tls.key", "a/ca.crt", "tls_cert"),
            ("a/tls.key", "a/tls.key", "a/ca.crt", "tls_cert"),
            ("a/tls.crt", "a/tls.crt", "a/ca.crt", "tls_key"),
            ("a/tls.crt", "b/tls.key", "a/ca.crt", "tls_key"),
            ("a/tls.crt", "a/tls.key", "a/tls.key", "tls_client_ca"),
        ] {
            let error = tried(cert, key, ca).unwrap_err();
            assert!(error.contains(setting) && !error.contains(secret), "{error}");
        }
        let mut expired = CertificateParams::new(vec!["a".to_owned()]).unwrap();
        expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
        let key = KeyPair::generate().unwrap();
        fs::write(folder.path().join("old.crt"), expired.self_signed(&key).unwrap().pem()).unwrap();
        assert!(tried("old.crt", "a/tls.key", "a/ca.crt").unwrap_err().contains("expired"));
    }
}
