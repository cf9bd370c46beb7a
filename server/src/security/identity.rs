//! Who somebody is: a name, a role and, for a collector, its node.
//!
//! A certificate says so in one subject alternative name of type URI, `plumbline://ROLE/NAME`; that of a collector is
//! `plumbline://collector/NODE`. More than one, or none, is nobody. The common name says nothing: CAs let people choose it.
//! Names are of letters that need no escaping anywhere, so they are the same in URIs, files and logs.
//!
//! Not here: whether a certificate is to be trusted (rustls, by the CA of `tls_client_ca`), tokens (`tokens.rs`).

use std::{net::IpAddr, sync::Arc};

use tokio_util::sync::CancellationToken;
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

use crate::clock::now_unix_s;

use super::{AccessError, Role};

/// Longest name; a node's name is one too.
const MAX_NAME_BYTES: usize = 128;

const SCHEME: &str = "plumbline://";

/// Somebody who has shown a certificate or a token.
#[derive(Debug)]
pub(crate) struct Identity {
    /// Of a person or program; of a collector its node's, or its token's.
    pub(crate) name: String,
    pub(crate) role: Role,
    /// How they showed it: certificate or token.
    pub(crate) credential: &'static str,
    /// The node that a collector may speak for; any if it has none.
    pub(crate) node: Option<String>,
    /// When it holds no longer, seconds since the Unix epoch.
    pub(super) expires_unix_s: Option<u64>,
    /// Cancelled when the token was removed.
    pub(super) revoked: CancellationToken,
}

/// Who makes a request. Every request that got past the guard has one.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    /// `None` where nobody is asked who they are.
    pub(crate) identity: Option<Arc<Identity>>,
    pub(crate) address: Option<IpAddr>,
}

impl Identity {
    /// Whether it was not removed and has not expired.
    pub(crate) fn holds(&self) -> bool {
        !self.revoked.is_cancelled() && self.expires_unix_s.is_none_or(|expires| expires > now_unix_s())
    }
}

#[cfg(test)]
impl Identity {
    /// Somebody with a token.
    pub(crate) fn of_test(name: &str) -> Arc<Self> {
        let (name, role, revoked) = (name.to_owned(), Role::Viewer, CancellationToken::new());
        Arc::new(Self { name, role, credential: "token", node: None, expires_unix_s: None, revoked })
    }
}

impl Caller {
    /// Of a request; that there is none is a mistake of ours, and then nothing is served.
    pub(crate) fn of<T>(request: &tonic::Request<T>) -> Result<Self, AccessError> {
        request.extensions().get().cloned().ok_or(AccessError::Missing)
    }

    /// Fails if the caller may not speak for a node.
    pub(crate) fn speaks_for(&self, field: &'static str, node: &str) -> Result<(), AccessError> {
        match self.identity.as_ref().and_then(|identity| identity.node.as_deref()) {
            Some(own) if own != node => {
                Err(AccessError::Node { field, node: node.to_owned(), own: own.to_owned() })
            }
            _ => Ok(()),
        }
    }

    /// Fails if the caller is known and may not what `needed` may: for what a table of methods can't tell.
    pub(crate) fn may(&self, needed: Role) -> Result<(), AccessError> {
        match &self.identity {
            Some(identity) if !identity.role.may(needed) => {
                Err(AccessError::Role { own: identity.role, needed })
            }
            _ => Ok(()),
        }
    }

    /// Who signs: the caller if that is known, else who the request says. Fails if that is somebody else.
    pub(crate) fn author(&self, said: String) -> Result<String, AccessError> {
        match &self.identity {
            Some(identity) if said.is_empty() || said == identity.name => Ok(identity.name.clone()),
            Some(identity) => Err(AccessError::Author { own: identity.name.clone() }),
            None => Ok(said),
        }
    }
}

/// Whether it can be a name.
pub(crate) fn is_name(text: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte);
    (1..=MAX_NAME_BYTES).contains(&text.len()) && text.bytes().all(letter)
}

/// What a certificate says of who it is for.
pub(crate) fn uri(role: Role, name: &str) -> String {
    format!("{SCHEME}{role}/{name}")
}

/// Who a certificate is for that rustls has verified.
pub(super) fn of_certificate(der: &[u8]) -> Result<Identity, AccessError> {
    let Ok((_, certificate)) = X509Certificate::from_der(der) else { return Err(AccessError::Certificate) };
    let names = certificate.subject_alternative_name().ok().flatten();
    let names = names.map_or(&[][..], |names| names.value.general_names.as_slice());
    let mut uris = names.iter().filter_map(|name| match name {
        GeneralName::URI(uri) => uri.strip_prefix(SCHEME),
        _ => None,
    });
    let (Some(uri), None) = (uris.next(), uris.next()) else { return Err(AccessError::Certificate) };
    let role = |(role, name): (&str, &str)| {
        let role = Role::ALL.into_iter().find(|known| known.name() == role)?;
        is_name(name).then(|| (role, name.to_owned()))
    };
    let (role, name) = uri.split_once('/').and_then(role).ok_or(AccessError::Certificate)?;
    Ok(Identity {
        node: (role == Role::Collector).then(|| name.clone()),
        name,
        role,
        credential: "certificate",
        expires_unix_s: Some(expiry(&certificate)),
        revoked: CancellationToken::new(),
    })
}

/// When a certificate ends, seconds since the Unix epoch.
pub(super) fn expiry(certificate: &X509Certificate<'_>) -> u64 {
    u64::try_from(certificate.validity().not_after.timestamp()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, SanType, string::Ia5String};

    use super::*;

    fn read(uris: &[&str]) -> Result<Identity, AccessError> {
        let mut params = CertificateParams::new(vec!["admin".to_owned()]).unwrap();
        let name = |uri: &&str| SanType::URI(Ia5String::try_from((*uri).to_owned()).unwrap());
        params.subject_alt_names.extend(uris.iter().map(name));
        of_certificate(params.self_signed(&KeyPair::generate().unwrap()).unwrap().der())
    }

    #[test]
    fn a_certificate_is_for_who_its_one_uri_says_and_else_for_nobody() {
        let identity = read(&["plumbline://collector/node-1.example", "https://example.org"]).unwrap();
        assert_eq!((identity.role, identity.node.as_deref()), (Role::Collector, Some("node-1.example")));
        let identity = read(&[&uri(Role::Analyst, "alice@example.org")]).unwrap();
        assert_eq!((identity.role, identity.name.as_str()), (Role::Analyst, "alice@example.org"));
        assert_eq!(identity.node, None);
        for nobody in [
            &[][..],
            &["plumbline://root/alice"],
            &["plumbline://admin"],
            &["plumbline://admin/"],
            &["plumbline://admin/a/b"],
            &["plumbline://admin/a%20b"],
            &["plumbline://viewer/alice", "plumbline://admin/alice"],
        ] {
            assert!(matches!(read(nobody), Err(AccessError::Certificate)), "{nobody:?}");
        }
    }
}
