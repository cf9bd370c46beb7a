//! `certs`: a CA of one's own and what it signs, for tests, small set-ups and first steps.
//!
//! Keys are on elliptic curves (P-256), with mode 0600, and nothing is ever overwritten. Who can read `ca.key` can be
//! anybody: it is needed to issue only, never by a server. Larger places have a CA already: it needs to put one URI
//! `plumbline://ROLE/NAME` among the subject alternative names (`security/identity.rs`).

use std::{
    fs::{self, DirBuilder, File},
    io::{self, Write},
    net::IpAddr,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, SanType, string::Ia5String,
};
use time::{Duration, OffsetDateTime};

use crate::{
    config::{CertsArgs, CertsCommand, For},
    security::{Role, is_name, uri},
};

/// Clocks of those who check may be behind by this much.
const SKEW: Duration = Duration::hours(1);
const CA_DAYS: i64 = 3650;

#[derive(Debug, thiserror::Error)]
pub(crate) enum CertsError {
    #[error("cannot make the folder {}: {source}; check --dir", .path.display())]
    Folder { path: PathBuf, source: io::Error },
    #[error("{} exists; nothing is overwritten: move it away, or choose another --dir", .path.display())]
    Exists { path: PathBuf },
    #[error("cannot read {}: {source}; make a CA with `plumbline-server certs init`, or check --dir", .path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}: {source}", .path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error(
        "{name:?} is no name of a {role}; letters, digits and any of . _ - @ make one, at most 128 bytes"
    )]
    Name { name: String, role: Role },
    #[error(
        "{name:?} is no name or address of a server: {problem}; such as plumbline.example.org or 192.0.2.1"
    )]
    Server { name: String, problem: String },
    #[error("cannot make a certificate: {0}; check that ca.pem and ca.key belong together")]
    Make(#[from] rcgen::Error),
    #[error(transparent)]
    Print(#[from] io::Error),
}

/// Does it, and says what to do next.
pub(crate) fn run(args: &CertsArgs, mut out: impl Write) -> Result<(), CertsError> {
    let folder = Folder { path: &args.dir, days: args.days };
    let dir = args.dir.display();
    match &args.command {
        CertsCommand::Init { names } => {
            let names = server_names(names)?;
            let ca = folder.begin()?;
            folder.issue(&ca, "server", server(names))?;
            writeln!(out, "made {dir}/ca.pem, ca.key, server.pem and server.key")?;
            writeln!(out, "next:")?;
            writeln!(
                out,
                "  plumbline-server run --tls-cert {dir}/server.pem --tls-key {dir}/server.key --tls-client-ca {dir}/ca.pem"
            )?;
            writeln!(out, "  plumbline-server certs issue --dir {dir} --collector NODE    # for each node")?;
            writeln!(out, "  plumbline-server certs issue --dir {dir} --admin NAME")?;
            writeln!(out, "keep {dir}/ca.key away from the server: who can read it can be anybody")?;
        }
        CertsCommand::Issue(For { server: Some(names), .. }) => {
            folder.issue(&folder.ca()?, "server", server(server_names(names)?))?;
            writeln!(
                out,
                "made {dir}/server.pem and server.key; a running server takes them within seconds"
            )?;
        }
        CertsCommand::Issue(whom) => {
            let Some((role, name)) = person(whom) else { return Ok(()) }; // clap asks for one of them
            if !is_name(name) {
                return Err(CertsError::Name { name: name.to_owned(), role });
            }
            let file = format!("{role}-{name}");
            folder.issue(&folder.ca()?, &file, client(role, name)?)?;
            writeln!(out, "made {dir}/{file}.pem and {file}.key")?;
            let program =
                if role == Role::Collector { "plumbline-collector run" } else { "plumbline status" };
            let node = if role == Role::Collector { format!(" --node {name}") } else { String::new() };
            writeln!(
                out,
                "next: {program} --server https://HOST:7443{node} --tls-ca {dir}/ca.pem --tls-cert {dir}/{file}.pem \
                 --tls-key {dir}/{file}.key"
            )?;
        }
    }
    Ok(())
}

fn person(whom: &For) -> Option<(Role, &str)> {
    let For { collector, viewer, analyst, admin, .. } = whom;
    let all = [
        (Role::Collector, collector),
        (Role::Viewer, viewer),
        (Role::Analyst, analyst),
        (Role::Admin, admin),
    ];
    all.into_iter().find_map(|(role, name)| Some((role, name.as_deref()?)))
}

fn server_names(names: &[String]) -> Result<Vec<SanType>, CertsError> {
    let mut all: Vec<&str> = vec!["localhost", "127.0.0.1", "::1"];
    all.extend(
        names.iter().map(String::as_str).filter(|name| !["localhost", "127.0.0.1", "::1"].contains(name)),
    );
    let one = |name: &str| {
        if let Ok(address) = name.parse::<IpAddr>() {
            return Ok(SanType::IpAddress(address));
        }
        let wrong = |problem: &str| CertsError::Server { name: name.to_owned(), problem: problem.to_owned() };
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || b".-*".contains(&byte);
        if name.is_empty() || name.len() > 253 || !name.bytes().all(letter) {
            return Err(wrong("letters, digits, dots and hyphens make one"));
        }
        Ia5String::try_from(name.to_owned()).map(SanType::DnsName).map_err(|_| wrong("it is not ASCII"))
    };
    all.into_iter().map(one).collect()
}

fn server(names: Vec<SanType>) -> CertificateParams {
    let mut params = named("plumbline-server");
    params.subject_alt_names = names;
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

fn client(role: Role, name: &str) -> Result<CertificateParams, CertsError> {
    let mut params = named(name);
    params.subject_alt_names = vec![SanType::URI(Ia5String::try_from(uri(role, name))?)];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    Ok(params)
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params
}

/// Where a CA is.
struct Folder<'a> {
    path: &'a Path,
    days: u16,
}

impl Folder<'_> {
    /// Makes the CA.
    fn begin(&self) -> Result<Issuer<'static, KeyPair>, CertsError> {
        let made = DirBuilder::new().mode(0o700).recursive(true).create(self.path);
        made.map_err(|source| CertsError::Folder { path: self.path.to_owned(), source })?;
        // All of them first: half a CA would be in the way of the next attempt.
        ["ca.pem", "ca.key", "server.pem", "server.key"].iter().try_for_each(|name| self.is_free(name))?;
        let mut params = named("Plumbline CA");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        lasting(&mut params, CA_DAYS);
        let key = KeyPair::generate()?;
        let certificate = params.self_signed(&key)?;
        self.write("ca.key", &key.serialize_pem(), 0o600)?;
        self.write("ca.pem", &certificate.pem(), 0o644)?;
        Ok(Issuer::new(params, key))
    }

    /// The CA that was made before.
    fn ca(&self) -> Result<Issuer<'static, KeyPair>, CertsError> {
        let read = |name: &str| {
            let path = self.path.join(name);
            fs::read_to_string(&path).map_err(|source| CertsError::Read { path, source })
        };
        let key = KeyPair::from_pem(&read("ca.key")?)?;
        Ok(Issuer::from_ca_cert_pem(&read("ca.pem")?, key)?)
    }

    fn issue(
        &self,
        ca: &Issuer<'_, KeyPair>,
        name: &str,
        mut params: CertificateParams,
    ) -> Result<(), CertsError> {
        let (pem, key_pem) = (format!("{name}.pem"), format!("{name}.key"));
        [&pem, &key_pem].into_iter().try_for_each(|name| self.is_free(name))?;
        lasting(&mut params, self.days.into());
        params.use_authority_key_identifier_extension = true;
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, ca)?;
        self.write(&key_pem, &key.serialize_pem(), 0o600)?;
        self.write(&pem, &certificate.pem(), 0o644)
    }

    fn is_free(&self, name: &str) -> Result<(), CertsError> {
        let path = self.path.join(name);
        if path.symlink_metadata().is_ok() { Err(CertsError::Exists { path }) } else { Ok(()) }
    }

    fn write(&self, name: &str, text: &str, mode: u32) -> Result<(), CertsError> {
        let path = self.path.join(name);
        let file = File::options().write(true).create_new(true).mode(mode).open(&path);
        let written = file.and_then(|mut file| {
            file.write_all(text.as_bytes())?;
            file.sync_all()
        });
        written.map_err(|source| match source.kind() {
            io::ErrorKind::AlreadyExists => CertsError::Exists { path },
            _ => CertsError::Write { path, source },
        })
    }
}

fn lasting(params: &mut CertificateParams, days: i64) {
    let now = OffsetDateTime::now_utc();
    params.not_before = now - SKEW;
    params.not_after = now + Duration::days(days);
}
