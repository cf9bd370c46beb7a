//! Who the server is and who we are: certificates and a token, from files that may be renewed while we run.
//!
//! Files are read again at each connect, and looked at while a connection stands, which then begins anew with what
//! is there now. Renewed files that are no good are named in a warning and the last good ones stay in use. Not
//! here: the stream itself.

use clap::Args;
use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};
use tonic::{
    metadata::{Ascii, MetadataValue},
    transport::{Certificate, ClientTlsConfig, Endpoint, Identity},
};

/// Files for a server behind https.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct TlsArgs {
    /// Certificates that the server's must come from, PEM. Default: those the system trusts.
    #[arg(long, value_name = "FILE")]
    pub(crate) tls_ca: Option<PathBuf>,
    /// Our certificate and those it comes from, PEM, for a server that asks for one (mutual TLS).
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// Key of our certificate, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
    /// Name that the server's certificate must have. Default: the host in --server.
    #[arg(long, value_name = "NAME")]
    pub(crate) tls_server_name: Option<String>,
    /// File with a token, sent as "authorization: Bearer TOKEN".
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

/// A file that can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    #[error("can't read {flag} {}: {why}", .path.display())]
    Read { flag: &'static str, path: PathBuf, why: io::Error },
    #[error("{flag} {} holds no {what} in PEM form", .path.display())]
    Pem { flag: &'static str, path: PathBuf, what: &'static str },
    #[error("--token-file {} holds no token: one line of visible ASCII characters belongs there", .0.display())]
    Token(PathBuf),
    #[error("{flag} needs https, but --server is {server}; say https://HOST:PORT")]
    Plain { flag: &'static str, server: String },
    #[error("--server {server}: {why}; check --tls-ca, --tls-cert and --tls-key")]
    Config { server: String, why: tonic::transport::Error },
}

/// What the files hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Files {
    ca: Option<Vec<u8>>,
    cert: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    token: Option<MetadataValue<Ascii>>,
}

/// The files, as they were last good.
#[derive(Debug)]
pub(crate) struct Tls {
    args: TlsArgs,
    files: Mutex<Files>,
}

impl Tls {
    /// Reads all files, and checks that each server can be used with them.
    pub(crate) fn new(args: TlsArgs, servers: &[Endpoint]) -> Result<Self, TlsError> {
        let files = read(&args)?;
        let tls = Self { args, files: Mutex::new(files) };
        servers.iter().try_for_each(|server| {
            tls.check(server)?;
            tls.endpoint(server).map(drop)
        })?;
        Ok(tls)
    }

    fn check(&self, server: &Endpoint) -> Result<(), TlsError> {
        if is_https(server) {
            return Ok(());
        }
        let loopback = server.uri().host().is_some_and(|host| {
            let address = host.trim_start_matches('[').trim_end_matches(']');
            host == "localhost" || address.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
        });
        let plain = |flag| Err(TlsError::Plain { flag, server: server.uri().to_string() });
        match &self.args {
            TlsArgs { tls_ca: Some(_), .. } => plain("--tls-ca"),
            TlsArgs { tls_cert: Some(_), .. } => plain("--tls-cert"),
            TlsArgs { token_file: Some(_), .. } if !loopback => plain("--token-file"),
            _ => Ok(()),
        }
    }

    /// Takes renewed files. True if anything is other than it was.
    pub(crate) fn reload(&self) -> bool {
        match read(&self.args) {
            Ok(files) => {
                let mut held = self.files.lock().unwrap_or_else(PoisonError::into_inner);
                let changed = *held != files;
                *held = files;
                changed
            }
            Err(error) => {
                tracing::warn!(%error, "renewed files are no good; the last good ones stay in use");
                false
            }
        }
    }

    fn files(&self) -> Files {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The server with our certificates.
    pub(crate) fn endpoint(&self, server: &Endpoint) -> Result<Endpoint, TlsError> {
        if !is_https(server) {
            return Ok(server.clone());
        }
        let Files { ca, cert, key, .. } = self.files();
        let mut config = match ca {
            Some(ca) => ClientTlsConfig::new().ca_certificate(Certificate::from_pem(ca)),
            None => ClientTlsConfig::new().with_native_roots(),
        };
        if let Some((cert, key)) = cert.zip(key) {
            config = config.identity(Identity::from_pem(cert, key));
        }
        if let Some(name) = &self.args.tls_server_name {
            config = config.domain_name(name);
        }
        let error = |why| TlsError::Config { server: server.uri().to_string(), why };
        server.clone().tls_config(config).map_err(error)
    }

    /// Value of the authorization header, if there is a token.
    pub(crate) fn token(&self) -> Option<MetadataValue<Ascii>> {
        self.files().token
    }
}

fn is_https(server: &Endpoint) -> bool {
    server.uri().scheme_str() == Some("https")
}

fn read(args: &TlsArgs) -> Result<Files, TlsError> {
    Ok(Files {
        ca: pem("--tls-ca", args.tls_ca.as_deref(), "certificate", "CERTIFICATE-----")?,
        cert: pem("--tls-cert", args.tls_cert.as_deref(), "certificate", "CERTIFICATE-----")?,
        key: pem("--tls-key", args.tls_key.as_deref(), "private key", "PRIVATE KEY-----")?,
        token: args.token_file.as_deref().map(token).transpose()?,
    })
}

fn pem(
    flag: &'static str,
    path: Option<&Path>,
    what: &'static str,
    label: &str,
) -> Result<Option<Vec<u8>>, TlsError> {
    let Some(path) = path else { return Ok(None) };
    let bytes = fs::read(path).map_err(|why| TlsError::Read { flag, path: path.into(), why })?;
    let found = String::from_utf8_lossy(&bytes)
        .lines()
        .any(|line| line.trim_end().strip_prefix("-----BEGIN ").is_some_and(|rest| rest.ends_with(label)));
    if found { Ok(Some(bytes)) } else { Err(TlsError::Pem { flag, path: path.into(), what }) }
}

fn token(path: &Path) -> Result<MetadataValue<Ascii>, TlsError> {
    let flag = "--token-file";
    let text = fs::read_to_string(path).map_err(|why| TlsError::Read { flag, path: path.into(), why })?;
    let text = text.trim();
    let visible = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
    let mut value: MetadataValue<Ascii> = visible
        .then(|| format!("Bearer {text}").parse().ok())
        .flatten()
        .ok_or_else(|| TlsError::Token(path.into()))?;
    value.set_sensitive(true);
    Ok(value)
}
