//! Flags, file and defaults, and what mistakes in them are told.

use super::*;

fn args(flags: &[&str]) -> RunArgs {
    let words = ["plumbline-server", "run"].iter().chain(flags);
    match Cli::parse_from(words).command {
        Command::Run(args) => *args,
        _ => unreachable!(),
    }
}

fn with_file(text: &str, flags: &[&str]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("server.toml");
    fs::write(&path, text).unwrap();
    let flags: Vec<&str> = ["--config", path.to_str().unwrap()].iter().chain(flags).copied().collect();
    args(&flags).config()
}

#[test]
fn the_printed_configuration_is_the_golden_one_and_reads_back_as_itself() {
    let printed = args(&[]).config().unwrap().to_toml();
    assert_eq!(printed, include_str!("../../tests/golden/config.toml"));
    assert_eq!(with_file(&printed, &[]).unwrap(), Config::default());
}

#[test]
fn odd_values_read_back_as_themselves() {
    let flags = [
        "--data-dir",
        "/a \"b\"\\c",
        "--budget",
        "0.25",
        "--checkpoint-interval",
        "1s 5ms",
        "--rules",
        "/r'1'",
        "--rules",
        "/r\"2",
        "--backup-dir",
        "/b \"1\"",
        "--backups-kept",
        "0",
        "--insecure-listen",
        "--log-format",
        "json",
        "--image-metrics",
        "7",
        "--silent-after",
        "1m 1s",
        "--otlp-endpoint",
        "http://[::1]:4317",
        "--alerts-kept-for",
        "90m",
        "--alerts-kept-bytes",
        "1048576",
    ];
    let config = args(&flags).config().unwrap();
    assert_eq!(with_file(&config.to_toml(), &[]).unwrap(), config);
}

#[test]
fn flags_beat_the_file_and_the_file_beats_the_default() {
    let config = with_file("budget = 2.5\nmin_starts = 7\n", &["--min-starts", "9"]).unwrap();
    let rules = |flags| with_file("rules = [\"/file\"]", flags).unwrap().rules;
    assert_eq!((rules(&[]), rules(&["--rules", "/flag"])), (vec!["/file".into()], vec!["/flag".into()]));
    assert_eq!((config.budget, config.min_starts), (2.5, 9));
    assert_eq!(config.grpc_listen, Config::default().grpc_listen);
}

#[test]
fn mistakes_in_the_file_are_told_with_file_line_and_key() {
    let unknown = with_file("budget = 1.0\nbugdet = 2.0\n", &[]).unwrap_err().to_string();
    for part in ["server.toml", "line 2", "bugdet", "--print-config"] {
        assert!(unknown.contains(part), "{part} missing in: {unknown}");
    }
    let time = with_file("shutdown_grace = \"soon\"", &[]).unwrap_err().to_string();
    for part in ["line 1", "shutdown_grace = \"soon\"", "write it like 200ms or 10s"] {
        assert!(time.contains(part), "{part} missing in: {time}");
    }
    let missing = args(&["--config", "/nonexistent/x.toml"]).config().unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/x.toml"), "{missing}");
}

#[test]
fn an_address_that_is_not_loopback_needs_tls_and_authentication_or_a_word_of_consent() {
    let config = |flags: &[&str]| args(flags).config().map_err(|error| error.to_string());
    let tls = ["--tls-cert", "/c", "--tls-key", "/k"];
    for flag in ["--grpc-listen", "--http-listen"] {
        let open = [flag, "0.0.0.0:7443"];
        let refused = config(&open).unwrap_err();
        assert!(refused.contains("--insecure-listen") && refused.contains("certs init"), "{refused}");
        assert!(config(&[&open[..], &["--insecure-listen"]].concat()).is_ok());
        let encrypted = [&open[..], &tls].concat();
        let refused = config(&encrypted).unwrap_err();
        assert!(refused.contains("tokens add"), "{refused}");
        assert!(config(&[&encrypted[..], &["--tokens-file", "/t"]].concat()).is_ok());
        assert!(config(&[&encrypted[..], &["--tls-client-ca", "/a"]].concat()).is_ok());
    }
    assert!(config(&["--grpc-listen", "[::ffff:127.0.0.1]:1"]).is_ok());
}

#[test]
fn a_certificate_needs_its_key_and_files_are_named_in_flags_and_in_the_file_alike() {
    let refused = |flags: &[&str]| args(flags).config().unwrap_err().to_string();
    assert!(refused(&["--tls-cert", "/c"]).starts_with("tls_cert = /c: needs tls_key"));
    assert!(refused(&["--tls-key", "/k"]).starts_with("tls_key = /k: needs tls_cert"));
    assert!(refused(&["--tls-client-ca", "/a"]).starts_with("tls_client_ca = /a: needs tls_cert"));
    let text = "tls_cert = \"/c\"\ntls_key = \"/k\"\ntokens_file = \"/t\"\n";
    let config = with_file(text, &["--tls-key", "/other \"k\""]).unwrap();
    assert_eq!(config.security.tls_key, Some("/other \"k\"".into()));
    assert_eq!(config.security.tokens_file, Some("/t".into()));
    assert_eq!(with_file(&config.to_toml(), &[]).unwrap(), config);
}

#[test]
fn values_out_of_range_are_refused_by_name() {
    for (flags, name) in [
        (["--budget", "0"], "budget"),
        (["--budget", "NaN"], "budget"),
        (["--alerts-per-week", "0"], "alerts_per_week"),
        (["--checkpoint-interval", "11s"], "checkpoint_interval"),
        (["--commons-interval", "2d"], "commons_interval"),
        (["--backup-interval", "31d"], "backup_interval"),
        (["--backups-kept", "1001"], "backups_kept"),
        (["--evict-after", "366d"], "evict_after"),
        (["--archived-kept", "1h"], "archived_kept"),
        (["--node-streams", "0"], "node_streams"),
        (["--node-bytes-per-second", "1000"], "node_bytes_per_second"),
        (["--node-containers", "0"], "node_containers"),
        (["--silent-after", "0s"], "silent_after"),
        (["--clock-skew", "0s"], "clock_skew"),
        (["--node-kept", "1m"], "node_kept"),
        (["--alerts-kept-for", "0s"], "alerts_kept_for"),
        (["--alerts-kept-bytes", "1000"], "alerts_kept_bytes"),
        (["--shutdown-grace", "0s"], "shutdown_grace"),
        (["--otlp-endpoint", "https://a:4317"], "otlp_endpoint"),
        (["--otlp-endpoint", "http://a b"], "otlp_endpoint"),
    ] {
        let refused = args(&flags).config().unwrap_err().to_string();
        assert!(refused.contains(name), "{refused}");
    }
}

#[test]
fn the_store_commands_use_the_folders_that_run_uses() {
    let config = |text: &str, flags: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.toml");
        fs::write(&path, text).unwrap();
        let words = ["plumbline-server", "store", "check", "--config", path.to_str().unwrap()];
        match Cli::parse_from(words.iter().chain(flags)).command {
            Command::Store(args) => args.config().unwrap(),
            _ => unreachable!(),
        }
    };
    let plan = |config: &Config| (config.data_dir.clone(), config.backups().folder);
    let by_file = config("data_dir = \"/a\"", &[]);
    assert_eq!(plan(&by_file), ("/a".into(), "/a/backups".into()));
    let by_flag = config("data_dir = \"/a\"", &["--data-dir", "/b", "--backup-dir", "/c"]);
    assert_eq!(plan(&by_flag), ("/b".into(), "/c".into()));
}

#[test]
fn metrics_name_images_where_callers_are_asked_who_they_are_only_if_the_settings_say_so() {
    let count = |flags: &[&str]| args(flags).config().unwrap().image_metrics();
    assert_eq!(count(&[]), IMAGE_METRICS);
    assert_eq!(count(&["--tokens-file", "/tokens"]), 0);
    assert_eq!(count(&["--tokens-file", "/tokens", "--image-metrics", "7"]), 7);
}

#[test]
fn a_sink_that_can_t_be_reached_as_it_is_told_to_is_refused_with_the_settings() {
    let sink = |more: &str| with_file(&format!("[[sink]]\nname = \"s\"\n{more}\n"), &[]);
    sink("kind = \"syslog\"\nurl = \"tls://logs.example:6514\"").unwrap();
    sink("kind = \"nats\"\nurl = \"tls://a.example,tls://b.example\"\nsubject = \"soc.alerts\"").unwrap();
    for (table, word) in [
        ("kind = \"syslog\"\nurl_file = \"/u\"", "a syslog needs url"),
        ("kind = \"syslog\"\nurl = \"https://logs.example\"", "tls://"),
        ("kind = \"syslog\"\nurl = \"udp://logs.example\"\nurl_file = \"/u\"", "url_file: "),
        ("kind = \"webhook\"\nsecret_file = \"/s\"", "either url or url_file"),
        ("kind = \"otlp\"\nurl_file = \"/u\"", "an otlp needs url"),
        ("kind = \"nats\"\nurl_file = \"/u\"", "a nats needs url"),
        ("kind = \"nats\"\nurl = \"tls://a\"\nsubject = \"a.*\"", "subject: "),
        ("kind = \"nats\"\nurl = \"tls://a\"\nsubject = \"$JS.API\"", "subject: "),
        ("kind = \"nats\"\nurl = \"tls://a\"\nsubject = \"a..b\"", "subject: "),
        ("kind = \"nats\"\nurl = \"tls://a\"\nuser = \"u\"", "user needs token_file"),
        ("kind = \"nats\"\nurl = \"tls://a\"\ncreds_file = \"/c\"\ntoken_file = \"/t\"", "either creds_file"),
        ("kind = \"file\"\npath = \"/p\"\nurl = \"https://a.example\"", "a file has a path"),
    ] {
        let refused = sink(table).unwrap_err().to_string();
        assert!(refused.contains("sink \"s\": ") && refused.contains(word), "{refused}");
    }
}

#[test]
fn the_table_of_enforcement_reads_back_as_itself_and_says_what_is_wrong_with_it() {
    let table = "[enforcement]\nkey_file = \"/k \\\"1\\\".key\"\nvalid_for = \"2h\"\n";
    let config = with_file(table, &[]).unwrap();
    let held = config.enforcement.clone().unwrap();
    assert_eq!((held.key_file, held.valid_for), ("/k \"1\".key".into(), Duration::from_secs(7200)));
    assert_eq!(with_file(&config.to_toml(), &[]).unwrap(), config);
    let refused = |table: &str| with_file(table, &[]).unwrap_err().to_string();
    assert!(refused("[enforcement]\nvalid_for = \"1h\"\n").contains("key_file"));
    assert!(
        refused("[enforcement]\nkey_file = \"k\"\nvalid_for = \"9s\"\n")
            .starts_with("enforcement.valid_for = 9s: ")
    );
    assert!(refused("[enforcement]\nkey_file = \"k\"\nkey = \"k\"\n").contains("unknown field"));
}
