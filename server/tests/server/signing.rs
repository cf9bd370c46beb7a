//! The keys of the policies: that others' programs read them and verify what is signed, and that they are made once.

use std::{fs, os::unix::fs::PermissionsExt, process::Command};

use plumbline_proto::v1::ingest_response;

use crate::{
    enforcement::{enforcing, keyed, started},
    harness::command,
};

#[tokio::test]
async fn openssl_verifies_what_the_server_signed() {
    let Ok(version) = Command::new("openssl").arg("version").output() else {
        eprintln!("skipped: there is no openssl");
        return;
    };
    assert!(version.status.success());
    let folder = tempfile::tempdir().unwrap();
    let (server, keyed) = started(folder.path()).await;
    let (mut collector, _) = enforcing(&server, 1).await;
    let ingest_response::Kind::Policies(signed) = collector.answer().await.unwrap() else {
        panic!("no policies")
    };
    let (message, signature) = (folder.path().join("message"), folder.path().join("signature"));
    fs::write(&message, [b"plumbline policies 1\0".as_slice(), &signed.policies].concat()).unwrap();
    fs::write(&signature, &signed.signature).unwrap();
    let verify = Command::new("openssl")
        .args(["pkeyutl", "-verify", "-rawin", "-pubin", "-inkey"])
        .arg(&keyed.public)
        .arg("-in")
        .arg(&message)
        .arg("-sigfile")
        .arg(&signature)
        .output()
        .unwrap();
    assert!(verify.status.success(), "{verify:?}");
    // It reads the private key as well, and finds the same public one in it.
    let key = keyed.public.with_extension("key");
    let public = Command::new("openssl").args(["pkey", "-pubout", "-in"]).arg(&key).output().unwrap();
    assert_eq!(public.stdout, fs::read(&keyed.public).unwrap());
}

#[test]
fn keys_are_made_once_and_the_private_one_is_for_its_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let keyed = keyed(folder.path());
    let key = keyed.public.with_extension("key");
    assert_eq!(fs::metadata(&key).unwrap().permissions().mode() & 0o777, 0o600);
    let held = fs::read(&key).unwrap();
    let again = command()
        .args(["enforcement", "init-key", "--dir", key.parent().unwrap().to_str().unwrap()])
        .output()
        .unwrap();
    assert_eq!(again.status.code(), Some(73));
    assert!(String::from_utf8_lossy(&again.stderr).contains("nothing is overwritten"));
    assert_eq!(fs::read(&key).unwrap(), held);
    // A server that is told of a key that is none does not start.
    fs::write(&key, "no key").unwrap();
    let refused = command()
        .args(["run", "--grpc-listen", "127.0.0.1:0", "--http-listen", "127.0.0.1:0", "--data-dir"])
        .arg(folder.path().join("data"))
        .args(keyed.flags())
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(64));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("holds no private Ed25519 key"));
}
