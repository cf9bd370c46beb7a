//! A server with certificates and tokens, made by its own commands, and clients that show theirs.

use std::{
    fs,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Arc,
};

use plumbline_proto::v1::{GetStatusRequest, fleet_service_client::FleetServiceClient};
use rcgen::{CertificateParams, Issuer, KeyPair, SanType, string::Ia5String};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject};
use time::{Duration, OffsetDateTime};
use tonic::{
    Code, Request, Status,
    metadata::{Ascii, MetadataValue},
    service::{Interceptor, interceptor::InterceptedService},
    transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity},
};

use crate::harness::{Server, command};

/// A connection over TLS, by hand.
pub(crate) type TlsStream = rustls::StreamOwned<rustls::ClientConnection, TcpStream>;

/// Folder of certificates and tokens.
pub(crate) struct Pki(pub(crate) PathBuf);

/// A command of the server, done.
pub(crate) fn done(args: &[&str]) -> Output {
    let output = command().args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{args:?}: {said}");
    output
}

impl Pki {
    /// A CA and the server's certificate.
    pub(crate) fn new(folder: &Path) -> Self {
        let pki = Self(folder.join("pki"));
        done(&["certs", "init", "--dir", pki.0.to_str().unwrap()]);
        pki
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).unwrap()
    }

    /// A client's certificate, by a role such as `collector`.
    pub(crate) fn issue(&self, role: &str, name: &str) -> Identity {
        done(&["certs", "issue", "--dir", self.0.to_str().unwrap(), &format!("--{role}"), name]);
        self.identity(&format!("{role}-{name}"))
    }

    pub(crate) fn identity(&self, file: &str) -> Identity {
        Identity::from_pem(self.read(&format!("{file}.pem")), self.read(&format!("{file}.key")))
    }

    /// A new token.
    pub(crate) fn token(&self, name: &str, role: &str, more: &[&str]) -> String {
        let tokens = self.path("tokens.toml");
        let args = [&["tokens", "add", name, "--role", role, "--tokens-file", &tokens][..], more].concat();
        String::from_utf8(done(&args).stdout).unwrap().trim_end().to_owned()
    }

    pub(crate) fn remove_token(&self, name: &str) {
        done(&["tokens", "remove", name, "--tokens-file", &self.path("tokens.toml")]);
    }

    /// The flags of a server that uses all of it; tokens only if there are some.
    pub(crate) fn flags(&self) -> Vec<String> {
        let mut flags = vec!["--tls-cert".to_owned(), self.path("server.pem")];
        flags.extend(["--tls-key".to_owned(), self.path("server.key")]);
        flags.extend(["--tls-client-ca".to_owned(), self.path("ca.pem")]);
        if self.0.join("tokens.toml").exists() {
            flags.extend(["--tokens-file".to_owned(), self.path("tokens.toml")]);
        }
        flags
    }

    pub(crate) fn start(&self, data: &Path) -> Server {
        self.start_as(command(), data)
    }

    /// With more flags.
    pub(crate) fn start_with(&self, data: &Path, more: &[&str]) -> Server {
        let flags = self.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).chain(more.iter().copied()).collect();
        Server::start_by(command(), data, &flags)
    }

    pub(crate) fn start_as(&self, command: Command, data: &Path) -> Server {
        let flags = self.flags();
        let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
        Server::start_by(command, data, &flags)
    }

    /// A connection that trusts our CA, and shows a certificate if there is one.
    pub(crate) async fn connect(
        &self,
        server: &Server,
        identity: Option<&Identity>,
    ) -> Result<Channel, tonic::transport::Error> {
        let ca = Certificate::from_pem(self.read("ca.pem"));
        let mut tls = ClientTlsConfig::new().ca_certificate(ca).domain_name("localhost");
        if let Some(identity) = identity {
            tls = tls.identity(identity.clone());
        }
        let endpoint = Endpoint::from_shared(format!("https://{}", server.grpc)).unwrap();
        endpoint.tls_config(tls).unwrap().connect().await
    }

    pub(crate) async fn channel(&self, server: &Server, identity: Option<&Identity>) -> Channel {
        self.connect(server, identity).await.unwrap()
    }

    /// A client's certificate that holds for some seconds.
    pub(crate) fn short_lived(&self, role: &str, name: &str, seconds: i64) -> Identity {
        let ca = KeyPair::from_pem(&self.read("ca.key")).unwrap();
        let ca = Issuer::from_ca_cert_pem(&self.read("ca.pem"), ca).unwrap();
        let mut params = CertificateParams::default();
        let uri = Ia5String::try_from(format!("plumbline://{role}/{name}")).unwrap();
        params.subject_alt_names = vec![SanType::URI(uri)];
        params.not_after = OffsetDateTime::now_utc() + Duration::seconds(seconds);
        let key = KeyPair::generate().unwrap();
        Identity::from_pem(params.signed_by(&key, &ca).unwrap().pem(), key.serialize_pem())
    }

    /// Head and body of a GET over TLS.
    pub(crate) fn get(&self, server: &Server, path: &str) -> String {
        let mut stream = self.tls(&server.http, b"http/1.1");
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        let _ = stream.read_to_string(&mut text); // ends without close_notify
        text
    }

    /// A connection over TLS, by hand and without a certificate.
    pub(crate) fn tls(&self, address: &str, protocol: &[u8]) -> TlsStream {
        self.tls_as(address, protocol, None)
    }

    /// The same with the certificate of a file.
    pub(crate) fn tls_as(&self, address: &str, protocol: &[u8], file: Option<&str>) -> TlsStream {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(CertificateDer::from_pem_slice(self.read("ca.pem").as_bytes()).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match file {
            None => config.with_no_client_auth(),
            Some(file) => {
                let own =
                    CertificateDer::from_pem_slice(self.read(&format!("{file}.pem")).as_bytes()).unwrap();
                let key =
                    PrivateKeyDer::from_pem_slice(self.read(&format!("{file}.key")).as_bytes()).unwrap();
                config.with_client_auth_cert(vec![own], key).unwrap()
            }
        };
        config.alpn_protocols = vec![protocol.to_vec()];
        let name = ServerName::try_from("localhost").unwrap();
        let connection = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
        let socket = TcpStream::connect(address.parse::<SocketAddr>().unwrap()).unwrap();
        rustls::StreamOwned::new(connection, socket)
    }

    /// Value of a metric.
    pub(crate) fn metric(&self, server: &Server, name: &str) -> u64 {
        let text = self.get(server, "/metrics");
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().unwrap()
    }
}

/// Sends a token.
#[derive(Clone)]
pub(crate) struct Bearer(Option<MetadataValue<Ascii>>);

impl Bearer {
    pub(crate) fn new(token: &str) -> Self {
        Self(Some(format!("Bearer {token}").parse().unwrap()))
    }

    pub(crate) fn none() -> Self {
        Self(None)
    }

    pub(crate) fn over(&self, channel: Channel) -> InterceptedService<Channel, Self> {
        InterceptedService::new(channel, self.clone())
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

/// What a reader's question ends with.
pub(crate) async fn status(channel: &Channel, bearer: &Bearer) -> Code {
    let mut client = FleetServiceClient::new(bearer.over(channel.clone()));
    client.get_status(GetStatusRequest {}).await.map_or_else(|status| status.code(), |_| Code::Ok)
}
