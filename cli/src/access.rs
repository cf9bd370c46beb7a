//! Where a server is, who it must be and who we are: an address, certificates and a token from files.
//!
//! Flags, the environment and contexts (`config.rs`) say the same things, so one type holds them all. Files are read at
//! each connect, so that a watch goes on when they are renewed. A token is never sent in plain text to another machine,
//! and never shown. Not here: the connection itself.

use std::{
    fs,
    net::IpAddr,
    path::{Path, PathBuf},
};

use clap::{ArgMatches, Args, builder::Resettable, parser::ValueSource};
use serde::{Deserialize, Serialize};
use tonic::{
    Request, Status,
    metadata::{Ascii, MetadataValue},
    service::Interceptor,
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};

/// The server that is meant where nothing says which.
const ADDRESS: &str = "http://127.0.0.1:7443";

/// A server, and files for one behind https, or that asks who calls.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, expecting = "a table with a server and names of files")]
pub(crate) struct Access {
    /// Address of the server. Default: that of the context in use, without one http://127.0.0.1:7443.
    #[arg(long, global = true, env = "PLUMBLINE_SERVER", value_name = "URL", help_heading = Resettable::Reset)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server: Option<String>,
    /// Certificates that the server's must come from, PEM. Default: those the system trusts.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_CA", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Our certificate and those it comes from, PEM.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_CERT", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Key of our certificate, PEM.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_KEY", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Name that the server's certificate must have. Default: the host in the server's address.
    #[arg(long, global = true, env = "PLUMBLINE_TLS_SERVER_NAME", value_name = "NAME")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) tls_server_name: Option<String>,
    /// File with a token, from `plumbline-server tokens add`; beats a certificate.
    #[arg(long, global = true, env = "PLUMBLINE_TOKEN_FILE", value_name = "FILE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) token_file: Option<PathBuf>,
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

impl Access {
    /// Address of the server.
    pub(crate) fn address(&self) -> &str {
        self.server.as_deref().unwrap_or(ADDRESS)
    }

    /// Whether we say who we are.
    pub(crate) fn names_us(&self) -> bool {
        self.tls_cert.is_some() || self.token_file.is_some()
    }

    /// What is said here, and what is not, as `other` says it. Who we are is said as a whole: no certificate meets the key of
    /// another, and no token of `other` beats a certificate from here.
    pub(crate) fn or(self, other: Self) -> Self {
        let ours = self.names_us() || self.tls_key.is_some();
        let who = if ours { self.clone() } else { other.clone() };
        Self {
            server: self.server.or(other.server),
            tls_ca: self.tls_ca.or(other.tls_ca),
            tls_server_name: self.tls_server_name.or(other.tls_server_name),
            tls_cert: who.tls_cert,
            tls_key: who.tls_key,
            token_file: who.token_file,
        }
    }

    /// What of it was typed as flags, and did not come from the environment.
    pub(crate) fn typed(&self, matches: &ArgMatches) -> Self {
        let typed = |flag: &str| matches.value_source(flag) == Some(ValueSource::CommandLine);
        let file = |flag: &str, file: &Option<PathBuf>| file.clone().filter(|_| typed(flag));
        Self {
            server: self.server.clone().filter(|_| typed("server")),
            tls_ca: file("tls_ca", &self.tls_ca),
            tls_cert: file("tls_cert", &self.tls_cert),
            tls_key: file("tls_key", &self.tls_key),
            tls_server_name: self.tls_server_name.clone().filter(|_| typed("tls_server_name")),
            token_file: file("token_file", &self.token_file),
        }
    }

    /// The names of its files.
    pub(crate) fn files_mut(&mut self) -> impl Iterator<Item = &mut PathBuf> {
        let Self { tls_ca, tls_cert, tls_key, token_file, .. } = self;
        [tls_ca, tls_cert, tls_key, token_file].into_iter().flatten()
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
        let with = |token_file: &Path| Access { token_file: Some(token_file.into()), ..Default::default() };
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
    fn what_is_said_beats_what_else_is_and_who_we_are_is_never_put_together_of_both() {
        let of = |token: Option<&str>, cert: Option<&str>, key: Option<&str>| Access {
            token_file: token.map(Into::into),
            tls_cert: cert.map(Into::into),
            tls_key: key.map(Into::into),
            ..Default::default()
        };
        let context = Access {
            server: Some("https://a:1".into()),
            tls_ca: Some("/ca".into()),
            ..of(Some("/t"), Some("/c"), Some("/k"))
        };
        assert_eq!(Access::default().or(context.clone()), context);
        let whole = Access { server: None, tls_ca: None, ..context.clone() };
        let said = Access { server: Some("https://b:1".into()), ..of(None, Some("/d"), Some("/l")) };
        let both = Access { tls_ca: Some("/ca".into()), ..said.clone() };
        assert_eq!(said.or(context.clone()), both, "a token of a context beats a certificate that was named");
        for half in [of(None, Some("/d"), None), of(None, None, Some("/l"))] {
            let told = half.clone().or(whole.clone());
            assert_eq!(told, half, "a certificate and a key of different people");
        }
        assert_eq!(of(Some("/u"), None, None).or(whole), of(Some("/u"), None, None));
    }

    #[test]
    fn certificates_need_https_and_a_key() {
        let half = Access { tls_cert: Some("/c".into()), ..Default::default() };
        assert!(half.apply(endpoint("http://127.0.0.1:1")).unwrap_err().why.contains("needs https"));
        assert!(half.apply(endpoint("https://127.0.0.1:1")).unwrap_err().why.contains("--tls-key"));
    }
}
