//! Flags, file and defaults, and what mistakes in them are told.

use super::*;

fn args(flags: &[&str]) -> RunArgs {
    let words = ["plumbline-server", "run"].iter().chain(flags);
    match Cli::parse_from(words).command {
        Command::Run(args) => *args,
        Command::Replay(_) | Command::Store(_) => unreachable!(),
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
    assert!(time.starts_with("shutdown_grace = soon:"), "{time}");
    let missing = args(&["--config", "/nonexistent/x.toml"]).config().unwrap_err().to_string();
    assert!(missing.contains("/nonexistent/x.toml"), "{missing}");
}

#[test]
fn an_address_that_is_not_loopback_needs_a_word_of_consent() {
    for flag in ["--grpc-listen", "--http-listen"] {
        let refused = args(&[flag, "0.0.0.0:7443"]).config().unwrap_err().to_string();
        assert!(refused.contains("--insecure-listen") && refused.contains("TLS"), "{refused}");
        assert!(args(&[flag, "0.0.0.0:7443", "--insecure-listen"]).config().is_ok());
    }
    assert!(args(&["--grpc-listen", "[::ffff:127.0.0.1]:1"]).config().is_ok());
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
        (["--alerts-kept-for", "0s"], "alerts_kept_for"),
        (["--alerts-kept-bytes", "1000"], "alerts_kept_bytes"),
        (["--shutdown-grace", "0s"], "shutdown_grace"),
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
