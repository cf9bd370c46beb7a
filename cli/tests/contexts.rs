//! `plumbline context` and what calls make of contexts, by the real program; no server is there, and errors say which was
//! asked.
#![allow(clippy::unwrap_used, reason = "what can't be set up fails the test")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

/// Somebody with a home, and nothing in the environment.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join(".config/plumbline/config.toml")
    }

    /// The exit code and all that is said.
    fn run(&self, env: &[(&str, &str)], line: &[&str]) -> (Option<i32>, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_plumbline"));
        command.env_clear().env("HOME", self.0.path()).envs(env.iter().copied());
        let output = command.current_dir(self.0.path()).args(line).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains("plumbline_secret"), "{line:?} shows a secret: {text}");
        (output.status.code(), text)
    }

    fn fails(&self, env: &[(&str, &str)], line: &[&str], code: i32, words: &[&str]) {
        let (exit, text) = self.run(env, line);
        assert_eq!(exit, Some(code), "{line:?}: {text}");
        for word in words {
            assert!(text.contains(word), "{line:?}: no {word} in {text}");
        }
    }

    fn said(&self, line: &[&str]) -> String {
        let (exit, text) = self.run(&[], line);
        assert_eq!(exit, Some(0), "{line:?}: {text}");
        text
    }

    /// Two contexts of servers that are not there, with tokens.
    fn with_two() -> Self {
        let home = Self::new();
        fs::write(home.0.path().join("token"), "plumbline_secret\n").unwrap();
        for (name, server) in [("one", "http://127.0.0.1:1"), ("two", "http://127.0.0.1:2")] {
            home.said(&["context", "set", name, "--server", server, "--token-file", "token"]);
        }
        home
    }
}

#[test]
fn the_context_in_use_says_which_server_is_asked_and_flags_and_the_environment_beat_it() {
    let home = Home::with_two();
    home.fails(&[], &["status"], 69, &["no server at http://127.0.0.1:7443"]);
    assert_eq!(home.said(&["context", "use", "two"]), "In use is two, http://127.0.0.1:2.\n");
    let asked = |env: &[(&str, &str)], flags: &[&str], port: u16| {
        let line = [&["status"], flags].concat();
        home.fails(env, &line, 69, &[&format!("no server at http://127.0.0.1:{port};")]);
    };
    asked(&[], &[], 2);
    asked(&[("PLUMBLINE_CONTEXT", "one")], &[], 1);
    asked(&[("PLUMBLINE_CONTEXT", "")], &[], 2);
    asked(&[("PLUMBLINE_CONTEXT", "one")], &["--context", "two"], 2);
    asked(&[("PLUMBLINE_SERVER", "http://127.0.0.1:3")], &[], 3);
    asked(&[("PLUMBLINE_SERVER", "http://127.0.0.1:3")], &["--context", "one"], 3);
    asked(&[], &["--context", "one", "--server", "http://127.0.0.1:4"], 4);
    let beaten = home.run(&[("PLUMBLINE_SERVER", "http://127.0.0.1:3")], &["context", "use", "one"]).1;
    assert!(beaten.contains("PLUMBLINE_SERVER is set and beats it"), "{beaten}");
}

#[test]
fn a_behaviour_s_context_is_not_taken_for_a_server_s() {
    // It was, when all commands got --context: `intent deny --context /bin/sh` asked for a server of that name.
    let home = Home::with_two();
    home.said(&["context", "use", "two"]);
    let deny = ["intent", "deny", "--scope", "all", "--dimension", "spawn", "--context", "/bin/sh"];
    let deny = [&deny[..], &["--value", "/bin/nc", "--reason", "no"]].concat();
    home.fails(&[], &deny, 69, &["no server at http://127.0.0.1:2;"]);
    home.fails(&[], &[&["--context", "one"], &deny[..]].concat(), 69, &["no server at http://127.0.0.1:1;"]);
    let named = [&deny[..], &["--server-context", "one"]].concat();
    home.fails(&[], &named, 69, &["no server at http://127.0.0.1:1;"]);
}

#[test]
fn the_token_of_the_context_in_use_does_not_go_to_another_server_that_is_named() {
    let home = Home::with_two();
    home.said(&["context", "use", "one"]);
    fs::remove_file(home.0.path().join("token")).unwrap();
    let wanted = |flags: &[&str]| {
        home.fails(&[], &[&["status"], flags].concat(), 64, &["--token-file", "token can't be read"])
    };
    wanted(&[]);
    wanted(&["--context", "one", "--server", "http://127.0.0.1:4"]);
    home.fails(&[], &["status", "--server", "http://127.0.0.1:4"], 69, &["no server at http://127.0.0.1:4;"]);
}

#[test]
fn a_wrong_name_is_answered_with_those_that_there_are() {
    let home = Home::new();
    home.fails(
        &[],
        &["context", "use", "one"],
        64,
        &["there is no context one", "none at all", "context set"],
    );
    home.fails(&[], &["context", "show"], 64, &["no context is in use", "context use"]);
    assert!(!home.file().parent().unwrap().exists(), "a mistake made a folder");
    let home = Home::with_two();
    for line in [
        &["context", "use", "tow"][..],
        &["context", "show", "tow"],
        &["context", "delete", "tow"],
        &["--context", "tow", "status"],
    ] {
        home.fails(&[], line, 64, &["there is no context tow", "there are one, two"]);
    }
    // It is no error of those who ask no server.
    let offline = ["--context", "tow", "intent", "lint", "/dev/null"];
    home.fails(&[], &offline, 65, &["holds no document"]);
    home.fails(&[], &["context", "set", "a b"], 64, &["such as prod"]);
}

#[test]
fn contexts_are_listed_shown_changed_and_deleted() {
    let home = Home::with_two();
    home.said(&["context", "use", "two"]);
    assert_eq!(
        home.said(&["context", "list"]),
        "   NAME  SERVER              WE ARE\n   one   http://127.0.0.1:1  by a token\n*  two   http://127.0.0.1:2  by a token\n"
    );
    let token = home.0.path().join("token").display().to_string();
    let shown = format!("Context      two, in use\nServer       http://127.0.0.1:2\nToken file   {token}\n");
    assert_eq!(home.said(&["context", "show"]), shown);
    // What is not given stays, and what the environment says is not taken in.
    let env = [("PLUMBLINE_SERVER", "http://127.0.0.1:9"), ("PLUMBLINE_TLS_SERVER_NAME", "env")];
    let set = ["context", "set", "two", "--tls-server-name", "typed"];
    assert_eq!(home.run(&env, &set).0, Some(0));
    let json: serde_json::Value =
        serde_json::from_str(&home.said(&["context", "show", "two", "-o", "json"])).unwrap();
    let expected = serde_json::json!({
        "name": "two", "in_use": true, "server": "http://127.0.0.1:2", "tls_server_name": "typed", "token_file": token,
    });
    assert_eq!(json, expected);
    home.said(&["context", "set", "two", "--unset", "token-file", "--unset", "tls-server-name"]);
    assert_eq!(
        home.said(&["context", "show"]),
        "Context      two, in use\nServer       http://127.0.0.1:2\n"
    );
    assert_eq!(home.said(&["context", "delete", "two"]), "Deleted two. It was in use; none is now.\n");
    assert_eq!(home.said(&["context", "delete", "one"]), "Deleted one.\n");
    assert!(home.said(&["context", "list"]).contains("No contexts; make one by"));
    assert!(Path::new(&token).exists(), "the file of a token was deleted with its context");
}

#[test]
fn a_context_that_can_t_be_used_is_not_made_and_the_old_one_stays() {
    let home = Home::with_two();
    let before = fs::read_to_string(home.file()).unwrap();
    for (flags, word) in [
        (&["--server", "127.0.0.1:1"][..], "http://"),
        (&["--server", "http://192.0.2.1:1"], "--token-file needs https"),
        (&["--token-file", "nowhere"], "nowhere can't be read"),
        (&["--server", "https://a:1", "--tls-cert", "token"], "belong together"),
    ] {
        home.fails(&[], &[&["context", "set", "one"], flags].concat(), 64, &[word]);
    }
    assert_eq!(fs::read_to_string(home.file()).unwrap(), before);
}

#[test]
fn the_file_is_its_owners_alone_and_refused_where_others_can_write_it_or_it_is_broken() {
    let home = Home::with_two();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&home.file()), mode(home.file().parent().unwrap())), (0o600, 0o700));
    assert!(!fs::read_to_string(home.file()).unwrap().contains("plumbline_secret"), "it holds a token");
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o660)).unwrap();
    home.fails(&[], &["status"], 65, &["config.toml", "chmod go-w"]);
    fs::set_permissions(home.file(), fs::Permissions::from_mode(0o644)).unwrap();
    let broken = fs::read_to_string(home.file()).unwrap() + "token = 'plumbline_secret'\n";
    fs::write(home.file(), &broken).unwrap();
    let line = format!("config.toml:{}:1: ", broken.lines().count());
    for asks in [&["status"][..], &["context", "list"], &["context", "set", "one", "--tls-server-name", "a"]]
    {
        home.fails(&[], asks, 65, &[&line, "`token`", "mend it"]);
    }
    assert_eq!(fs::read_to_string(home.file()).unwrap(), broken, "a broken file was written over");
    // Who names a server needs no contexts.
    home.fails(&[], &["status", "--server", "http://127.0.0.1:4"], 69, &["no server at"]);
}

#[test]
fn another_file_can_be_named_and_a_link_stays_one() {
    let home = Home::with_two();
    home.fails(&[], &["--config", "other.toml", "context", "list"], 65, &["other.toml can't be read"]);
    home.said(&["--config", "other.toml", "context", "set", "three", "--server", "http://127.0.0.1:3"]);
    let env = [("PLUMBLINE_CONFIG", "other.toml"), ("PLUMBLINE_CONTEXT", "three")];
    home.fails(&env, &["status"], 69, &["no server at http://127.0.0.1:3"]);
    let xdg = home.0.path().join("xdg").display().to_string();
    assert!(home.run(&[("XDG_CONFIG_HOME", &xdg)], &["context", "list"]).1.contains("No contexts"));
    std::os::unix::fs::symlink("other.toml", home.0.path().join("link.toml")).unwrap();
    home.said(&["--config", "link.toml", "context", "use", "three"]);
    assert!(home.0.path().join("link.toml").is_symlink(), "the link was written over");
    assert!(home.said(&["--config", "other.toml", "context", "list"]).contains("*  three"));
}

#[test]
fn contexts_that_are_made_at_the_same_time_are_all_there() {
    let home = Home::new();
    let names: Vec<String> = (0..8).map(|number| format!("c{number}")).collect();
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| home.said(&["context", "set", name, "--server", "http://127.0.0.1:1"]));
        }
    });
    let listed = home.said(&["context", "list"]);
    assert!(names.iter().all(|name| listed.contains(name)), "{listed}");
}
