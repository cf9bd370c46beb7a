//! Who we are and who the server must be: certificates and a token, from files.
//!
//! Files are read at each connect, so that a watch goes on when they are renewed. A token is never sent in plain text to
//! another machine, and never shown. Not here: the connection itself.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

use clap::Args;
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};

/// Files for a server behind https, or that asks who calls.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Credentials {
    /// Certificates that the server's must come from, PEM. Default: those the system trusts.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_CA", value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// Our certificate and those it comes from, PEM.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_CERT", value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// Key of our certificate, PEM.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_KEY", value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Name that the server's certificate must have. Default: the host in --server.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_SERVER_NAME", value_name = "NAME")]
    tls_server_name: Option<String>,
    /// File with a token, from `plumbline-server tokens add`; beats a certificate.
    #[arg(long, global = true, env = "PLUMBLINE_TOKEN_FILE", value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Why they can't be used, and the way out.
#[derive(Debug, PartialEq)]
pub(crate) struct Unusable {
    pub(crate) why: String,
    pub(crate) advice: &'static str,
}

/// Sends the token, if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Credentials {
    /// Whether we say who we are.
    pub(crate) fn name_us(&self) -> bool {
        self.tls_cert.is_some() || self.token_file.is_some()
    }

    /// The server with our certificates, and our token.
    pub(crate) fn apply(&self, endpoint: Endpoint) -> Result<(Endpoint, Bearer), Unusable> {
        let bearer = Bearer(self.token_file.as_deref().map(token).transpose()?);
        if endpoint.uri().scheme_str() != Some("https") {
            let plain = |flag: &str| Unusable {
                why: format!("{flag} needs https"),
                advice: "try --server https://HOST:PORT",
            };
            return match self {
                Self { tls_ca: Some(_), .. } => Err(plain("--tls-ca")),
                Self { tls_cert: Some(_), .. } => Err(plain("--tls-cert")),
                Self { token_file: Some(_), .. } if !is_loopback(&endpoint) => Err(plain("--token-file")),
                _ => Ok((endpoint, bearer)),
            };
        }
        let mut tls = match &self.tls_ca {
            Some(path) => {
                ClientTlsConfig::new().ca_certificate(Certificate::from_pem(read("--tls-ca", path)?))
            }
            None => ClientTlsConfig::new().with_native_roots(),
        };
        match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => {
                tls = tls.identity(Identity::from_pem(read("--tls-cert", cert)?, read("--tls-key", key)?));
            }
            (None, None) => {}
            _ => {
                let why = "--tls-cert and --tls-key belong together".to_owned();
                return Err(Unusable { why, advice: "try with both or none" });
            }
        }
        if let Some(name) = &self.tls_server_name {
            tls = tls.domain_name(name);
        }
        let endpoint = endpoint.tls_config(tls).map_err(|error| Unusable {
            why: crate::server::root(&error),
            advice: "check --tls-ca, --tls-cert and --tls-key, which are PEM files",
        })?;
        Ok((endpoint, bearer))
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(token) = &self.0 {
            request.metadata_mut().insert("authorization", token.clone());
        }
        Ok(request)
    }
}

fn is_loopback(endpoint: &Endpoint) -> bool {
    endpoint.uri().host().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost" || address.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    })
}

fn read(flag: &str, path: &Path) -> Result<Vec<u8>, Unusable> {
    fs::read(path).map_err(|error| Unusable {
        why: format!("{flag} {} can't be read: {error}", path.display()),
        advice: "check the path and its rights",
    })
}

fn token(path: &Path) -> Result<MetadataValue<Ascii>, Unusable> {
    let bytes = read("--token-file", path)?;
    let text = String::from_utf8_lossy(&bytes);
    let text = text.trim();
    let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let value: Option<MetadataValue<Ascii>> =
        visible.then(|| format!("Bearer {text}").parse().ok()).flatten();
    let mut value = value.ok_or_else(|| Unusable {
        why: format!("--token-file {} holds no token", path.display()),
        advice: "it is one line, as `plumbline-server tokens add` prints it",
    })?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(address: &'static str) -> Endpoint {
        Endpoint::from_static(address)
    }

    #[test]
    fn a_token_goes_over_tls_or_loopback_only_and_is_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "plumbline_secret\n").unwrap();
        let with =
            |token_file: &Path| Credentials { token_file: Some(token_file.into()), ..Default::default() };
        for good in ["http://127.0.0.1:7443", "http://[::1]:7443", "http://localhost:7443"] {
            let (_, bearer) = with(&path).apply(endpoint(good)).unwrap();
            assert!(bearer.0.is_some() && !format!("{bearer:?}").contains("secret"), "{bearer:?}");
        }
        let plain = with(&path).apply(endpoint("http://192.0.2.1:7443")).unwrap_err();
        assert!(plain.why.contains("--token-file needs https"), "{plain:?}");
        fs::write(&path, "two words\n").unwrap();
        let wrong = with(&path).apply(endpoint("http://127.0.0.1:7443")).unwrap_err();
        assert!(wrong.why.contains("holds no token") && !wrong.why.contains("words"), "{wrong:?}");
        let missing = with(Path::new("/nonexistent/t")).apply(endpoint("https://a:1")).unwrap_err();
        assert!(missing.why.contains("--token-file /nonexistent/t"), "{missing:?}");
    }

    #[test]
    fn certificates_need_https_and_a_key() {
        let half = Credentials { tls_cert: Some("/c".into()), ..Default::default() };
        assert!(half.apply(endpoint("http://127.0.0.1:1")).unwrap_err().why.contains("needs https"));
        assert!(half.apply(endpoint("https://127.0.0.1:1")).unwrap_err().why.contains("--tls-key"));
    }
}
