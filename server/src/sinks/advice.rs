//! What went wrong on the way to a sink, with all its causes and the setting to look at.
//!
//! Errors of libraries say what happened, not what to do: which setting is to blame follows from what is at the root.
//! Not here: what the other side answers (each kind knows its own).

use std::{error::Error, io};

use rustls::CertificateError;

/// An error with its causes, each once: the outermost says only that connecting failed. Behind them what to check, if it is known.
pub(super) fn explained(error: &(dyn Error + 'static)) -> String {
    let (mut said, mut advice, mut cause) = (String::new(), None, Some(error));
    while let Some(inner) = cause {
        let words = inner.to_string();
        if !said.contains(&words) {
            said = if said.is_empty() { words } else { format!("{said}: {words}") };
        }
        advice = advice.or_else(|| setting(inner));
        cause = inner.source();
    }
    match advice {
        Some(advice) => format!("{said}; {advice}"),
        None => said,
    }
}

fn setting(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    let error = error.downcast_ref::<io::Error>()?;
    // What is in it is no cause of it: only this leads there, and some wrap it twice.
    if let Some(inner) = error.get_ref() {
        return setting(inner);
    }
    match error.kind() {
        io::ErrorKind::ConnectionRefused
        | io::ErrorKind::HostUnreachable
        | io::ErrorKind::NetworkUnreachable => {
            Some("nobody answers there; check url, and that the other side runs")
        }
        _ => None,
    }
}

fn of_tls(error: &rustls::Error) -> &'static str {
    match error {
        // The second is said where the other CA goes by the same name.
        rustls::Error::InvalidCertificate(
            CertificateError::UnknownIssuer | CertificateError::BadSignature,
        ) => "its certificate is of another CA; check ca_file",
        rustls::Error::InvalidCertificate(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) => "its certificate is for another name; check the host in url",
        rustls::Error::InvalidCertificate(_) => "its certificate is no good; renew it there",
        rustls::Error::AlertReceived(_) => {
            "it wants another certificate of ours; check cert_file and key_file"
        }
        _ => "check whether TLS is spoken there",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("connecting failed")]
    struct Outer(#[source] io::Error);

    #[test]
    fn what_is_at_the_root_says_which_setting_to_look_at() {
        let tls = |error| {
            let inner = io::Error::other(rustls::Error::InvalidCertificate(error));
            explained(&Outer(io::Error::other(inner)))
        };
        assert!(
            tls(CertificateError::UnknownIssuer)
                .ends_with("UnknownIssuer; its certificate is of another CA; check ca_file")
        );
        assert!(tls(CertificateError::NotValidForName).contains("the host in url"));
        let refused = explained(&Outer(io::ErrorKind::ConnectionRefused.into()));
        assert!(refused.starts_with("connecting failed: ") && refused.contains("check url"), "{refused}");
        assert_eq!(explained(&Outer(io::Error::other("broken"))), "connecting failed: broken");
    }
}
