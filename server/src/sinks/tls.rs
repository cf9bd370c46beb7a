//! Whom a sink trusts, and who the server is there, renewed when their files change.
//!
//! Files are looked at each time something is sent and compared by content, so that it is the same whether one was written anew or
//! a link now leads elsewhere. What they hold must be good when the server starts; of what comes later the last that was good stays
//! in use, with one warning. Who has connections compares what [`Tls::current`] gives, and makes new ones if it is another.
//! Certificates of the other side are always checked: there is no setting not to. What the system trusts is read at start.
//!
//! Not here: secrets (`secret.rs`), our own certificates (`security/tls.rs`).

use std::{
    fmt, fs,
    path::Path,
    sync::{Arc, Mutex},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::{blocking::blocking, config::Connection, session::locked};

/// Largest file of certificates or a key.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// What connections are made with; clones share it.
#[derive(Clone, Debug)]
pub(super) struct Tls(Arc<Renewed>);

#[derive(Debug)]
struct Renewed {
    connection: Connection,
    held: Mutex<Held>,
}

#[derive(Debug)]
struct Held {
    /// What the files last held, good or not, so that a warning comes once.
    seen: Result<Content, String>,
    config: Arc<ClientConfig>,
}

/// Of the files; the key is in it, so it is never shown.
#[derive(Default, PartialEq, Eq)]
struct Content {
    ca: Option<Vec<u8>>,
    cert: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content")
    }
}

impl Tls {
    /// It, and what it is now. Fails if a file can't be used, and says which.
    pub(super) fn new(connection: &Connection) -> Result<(Self, Arc<ClientConfig>), String> {
        let content = read(connection)?;
        let config = Arc::new(config(connection, &content)?);
        let held = Mutex::new(Held { seen: Ok(content), config: Arc::clone(&config) });
        Ok((Self(Arc::new(Renewed { connection: connection.clone(), held })), config))
    }

    /// The newest that is good; the same as before unless files have changed.
    pub(super) async fn current(&self) -> Arc<ClientConfig> {
        let Connection { ca_file, cert_file, key_file, .. } = &self.0.connection;
        if [ca_file, cert_file, key_file].iter().all(|file| file.is_none()) {
            return Arc::clone(&locked(&self.0.held).config);
        }
        let this = Arc::clone(&self.0);
        blocking(move || this.look()).await
    }
}

impl Renewed {
    fn look(&self) -> Arc<ClientConfig> {
        let content = read(&self.connection);
        let mut held = locked(&self.held);
        if content != held.seen {
            let made = match &content {
                Ok(content) => config(&self.connection, content),
                Err(problem) => Err(problem.clone()),
            };
            match made {
                Ok(config) => {
                    tracing::info!("took the renewed certificates of a sink");
                    held.config = Arc::new(config);
                }
                Err(problem) => {
                    tracing::warn!(
                        problem,
                        "renewed certificates of a sink are no good; the last stay in use"
                    );
                }
            }
            held.seen = content;
        }
        Arc::clone(&held.config)
    }
}

fn read(connection: &Connection) -> Result<Content, String> {
    let one = |setting, path: Option<&Path>| {
        let Some(path) = path else { return Ok(None) };
        let wrong = |problem: String| format!("{setting} {}: {problem}", path.display());
        let bytes = fs::metadata(path).map_err(|error| wrong(error.to_string()))?.len();
        if bytes > MAX_FILE_BYTES {
            return Err(wrong(format!("{bytes} bytes; at most {MAX_FILE_BYTES}")));
        }
        fs::read(path).map(Some).map_err(|error| wrong(error.to_string()))
    };
    Ok(Content {
        ca: one("ca_file", connection.ca_file.as_deref())?,
        cert: one("cert_file", connection.cert_file.as_deref())?,
        key: one("key_file", connection.key_file.as_deref())?,
    })
}

fn config(connection: &Connection, content: &Content) -> Result<ClientConfig, String> {
    let wrong = |setting: &str, path: &Option<std::path::PathBuf>, problem: String| {
        format!("{setting} {}: {problem}", path.as_deref().unwrap_or(Path::new("")).display())
    };
    let mut roots = RootCertStore::empty();
    match &content.ca {
        Some(pem) => {
            let no_good = |problem| wrong("ca_file", &connection.ca_file, problem);
            for certificate in certificates(pem).map_err(no_good)? {
                roots.add(certificate).map_err(|error| no_good(error.to_string()))?;
            }
        }
        // What of these can't be read is left out: there are systems without any.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    match (&content.cert, &content.key) {
        (Some(cert), Some(key)) => {
            let no_good = |problem| wrong("cert_file", &connection.cert_file, problem);
            let chain = certificates(cert).map_err(no_good)?;
            // What is wrong with a key is not said: nothing of it is to be in a message.
            let key = PrivateKeyDer::from_pem_slice(key)
                .map_err(|_| wrong("key_file", &connection.key_file, "no key in PEM".to_owned()))?;
            builder.with_client_auth_cert(chain, key).map_err(|error| no_good(error.to_string()))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err("no certificate in PEM".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};

    use super::*;

    #[tokio::test]
    async fn renewed_files_are_taken_and_of_half_a_pair_or_a_missing_file_the_last_good_ones_stay() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let pair = || {
            let key = KeyPair::generate().unwrap();
            let cert = CertificateParams::new(vec!["a".to_owned()]).unwrap().self_signed(&key).unwrap();
            (cert.pem(), key.serialize_pem())
        };
        let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
        let ((cert, key), (other_cert, other_key)) = (pair(), pair());
        write("ca", &cert);
        write("cert", &cert);
        write("key", &key);
        let connection = Connection {
            ca_file: Some(at("ca")),
            cert_file: Some(at("cert")),
            key_file: Some(at("key")),
            ..Default::default()
        };
        let (tls, first) = Tls::new(&connection).unwrap();
        assert!(Arc::ptr_eq(&first, &tls.current().await), "nothing has changed");
        write("cert", &other_cert);
        assert!(Arc::ptr_eq(&first, &tls.current().await), "its key is not there yet");
        write("key", &other_key);
        let second = tls.current().await;
        assert!(!Arc::ptr_eq(&first, &second));
        fs::remove_file(at("ca")).unwrap();
        assert!(Arc::ptr_eq(&second, &tls.current().await));
        write("ca", &other_cert);
        assert!(!Arc::ptr_eq(&second, &tls.current().await));
        assert!(
            Tls::new(&Connection { ca_file: Some(at("none")), ..connection })
                .unwrap_err()
                .contains("ca_file")
        );
    }
}
