//! Whom a sink trusts, and who the server is there.
//!
//! Files are read when the server starts. Certificates of the other side are always checked: there is no setting not to.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};

use crate::config::Connection;

/// Fails if a file can't be used, and says which.
pub(super) fn config(connection: &Connection) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    match &connection.ca_file {
        Some(path) => {
            for certificate in certificates("ca_file", path)? {
                roots.add(certificate).map_err(|error| format!("ca_file {}: {error}", path.display()))?;
            }
        }
        // What of these can't be read is left out: there are systems without any.
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_root_certificates(roots);
    match (&connection.cert_file, &connection.key_file) {
        (Some(cert), Some(key_file)) => {
            let chain = certificates("cert_file", cert)?;
            // What is wrong with a key is not said: nothing of it is to be in a message.
            let key = PrivateKeyDer::from_pem_file(key_file)
                .map_err(|_| format!("key_file {}: no key in PEM", key_file.display()))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| format!("cert_file {}: {error}", cert.display()))
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}

fn certificates(setting: &str, path: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let wrong = |problem: String| format!("{setting} {}: {problem}", path.display());
    let pem = fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match all {
        Ok(all) if !all.is_empty() => Ok(all),
        Ok(_) => Err(wrong("no certificate in PEM".to_owned())),
        Err(error) => Err(wrong(error.to_string())),
    }
}
