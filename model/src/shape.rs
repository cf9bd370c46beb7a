//! Argument shapes: a command line with what varies by nature replaced by its class.
//!
//! Numbers, hexadecimal strings, UUIDs, dates, addresses and temporary names become classes. Never
//! collapsed: the code after `-c` or `-e` of a shell or interpreter, the script it runs, and a URL's host;
//! an attack differs from ordinary work in just these. Shapes are bounded: what is too long stands with its
//! beginning and the SHA-256 of the whole, so two long ones are equal only if they are the same. Words are
//! separated and marked as `pattern` needs them, which learns what varies without belonging to a class.

use crate::{
    pattern::{FIXED, GLUED, NEXT, has_marks},
    peer::PeerClass,
    tools::{Tool, file_name},
};
use sha2::{Digest, Sha256};
use std::{borrow::Cow, fmt::Write as _};

/// Longest text kept of one word, in bytes.
const WORD_BYTES: usize = 192;
/// Longest text kept of code after -c, in bytes.
const CODE_BYTES: usize = 1024;
/// Words shaped one by one; the rest of a longer command line stands as its hash.
const WORDS: usize = 32;

/// Shape of the words after the program's name, separated by blanks.
pub(crate) fn shape(tool: Tool, words: &[&str]) -> String {
    let mut out = String::with_capacity(words.iter().map(|word| word.len() + 2).sum());
    let mut verbatim_next = false;
    let mut script_seen = !tool.runs_code();
    for (position, word) in words.iter().enumerate() {
        let word = &*without_marks(word);
        if position > 0 {
            out.push(NEXT);
        }
        if position == WORDS {
            out.push(FIXED);
            let _ = write!(out, "…{}", digest(&words.get(WORDS..).unwrap_or_default().join("\0")));
            break;
        }
        if verbatim_next {
            out.push(FIXED);
            bounded(&mut out, word, CODE_BYTES);
            verbatim_next = false;
            script_seen = true;
        } else if tool.runs_code() && is_code_flag(word) {
            out.push(FIXED);
            out.push_str(word);
            verbatim_next = true;
        } else if !script_seen && !word.starts_with('-') {
            out.push(FIXED);
            bounded(&mut out, word, CODE_BYTES);
            script_seen = true;
        } else {
            shape_word(&mut out, word);
        }
    }
    out
}

/// The code that a tool which runs code is given on its command line.
pub(crate) fn code_of<'a>(tool: Tool, words: &[&'a str]) -> Option<&'a str> {
    let flag = words.iter().position(|word| is_code_flag(word)).filter(|_| tool.runs_code())?;
    // After a script, options are the script's.
    let script = words.iter().take(flag).any(|word| !word.starts_with('-'));
    if script { None } else { words.get(flag + 1).copied() }
}

/// The file of code that a tool which runs code is given, if it is not given code.
pub(crate) fn script_of<'a>(tool: Tool, words: &[&'a str]) -> Option<&'a str> {
    let first = words.iter().find(|word| is_code_flag(word) || !word.starts_with('-'));
    first.copied().filter(|word| tool.runs_code() && !word.starts_with('-'))
}

/// `-c`, `-e`, `-r`, `--eval` and bundles that end so (`-lc`): the next word is code.
fn is_code_flag(word: &str) -> bool {
    matches!(word, "--eval" | "--command" | "--execute" | "--run")
        || (word.len() <= 5
            && word.starts_with('-')
            && !word.starts_with("--")
            && word.ends_with(['c', 'e', 'r']))
}

/// A word without the marks that shapes use.
fn without_marks(word: &str) -> Cow<'_, str> {
    if has_marks(word) { word.replace([FIXED, GLUED, NEXT], "\u{fffd}").into() } else { word.into() }
}

fn shape_word(out: &mut String, word: &str) {
    // An option chooses what a program does: it is never one of many.
    if word.starts_with('-') && word.parse::<f64>().is_err() {
        out.push(FIXED);
    }
    if let Some((key, value)) = word.split_once('=').filter(|(key, _)| !key.is_empty() && !key.contains('/'))
    {
        bounded(out, key, WORD_BYTES);
        out.push('=');
        out.push(GLUED);
        shape_word(out, value);
    } else if let Some((scheme, rest)) = word.split_once("://") {
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let _ = write!(out, "{}{scheme}://", if out.ends_with(FIXED) { "" } else { "\u{2}" });
        bounded(out, host, WORD_BYTES);
        out.push(GLUED);
        shape_path(out, path);
    } else if word.contains('/') {
        shape_path(out, word);
    } else {
        shape_part(out, word);
    }
}

fn shape_path(out: &mut String, path: &str) {
    let mut temporary = false;
    for (position, part) in path.split('/').enumerate() {
        if position > 0 {
            out.push('/');
        }
        if temporary && looks_random(part) {
            out.push_str("<tmp>");
        } else {
            shape_part(out, part);
        }
        temporary |= matches!(part, "tmp" | "shm" | "run" | "temp" | "cache");
    }
}

fn shape_part(out: &mut String, part: &str) {
    // All that varies by nature has a digit, but for some IPv6 addresses.
    if !part.bytes().any(|byte| byte.is_ascii_digit() || byte == b':') {
        return bounded(out, part, WORD_BYTES);
    }
    match class(part) {
        Some(class) => out.push_str(class),
        None if part.parse::<std::net::IpAddr>().is_ok() => {
            let _ = write!(out, "<ip {}>", PeerClass::of(part));
        }
        None => {
            let mut text = String::with_capacity(part.len());
            collapse_digits(&mut text, part);
            bounded(out, &text, WORD_BYTES);
        }
    }
}

/// Class of a word that is a value as a whole.
fn class(word: &str) -> Option<&'static str> {
    let bytes = word.as_bytes();
    let all = |test: fn(&u8) -> bool| !bytes.is_empty() && bytes.iter().all(test);
    let digits = bytes.iter().filter(|byte| byte.is_ascii_digit()).count();
    if digits == 0 {
        return None;
    }
    let number = word.strip_prefix(['-', '+']).unwrap_or(word);
    let number = number.trim_end_matches(|c: char| c == '%' || c.is_ascii_alphabetic());
    let unit = word.len() - word.trim_end_matches(|c: char| c == '%' || c.is_ascii_alphabetic()).len();
    if unit <= 2 && number.parse::<f64>().is_ok() && number.starts_with(|c: char| c.is_ascii_digit()) {
        return Some("<num>");
    }
    if word.len() == 36
        && bytes
            .iter()
            .enumerate()
            .all(|(i, b)| if matches!(i, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
    {
        return Some("<uuid>");
    }
    let hex = word.strip_prefix("0x").unwrap_or(word);
    if hex.len() >= 8 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some("<hex>");
    }
    if digits >= 6
        && all(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b':' | b'.' | b'T' | b'Z' | b'+' | b'_'))
    {
        return (word.parse::<std::net::IpAddr>().is_err()).then_some("<date>");
    }
    None
}

/// Runs of four digits and more are counters, dates or sizes; longer ones of hexadecimal digits are ids.
fn collapse_digits(out: &mut String, part: &str) {
    for piece in part.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let text = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        match class(text) {
            Some("<hex>") if text.len() < part.len() => {
                out.push_str("<hex>");
                out.push_str(piece.get(text.len()..).unwrap_or_default());
            }
            _ => collapse_numbers(out, piece),
        }
    }
}

fn collapse_numbers(out: &mut String, part: &str) {
    let mut rest = part;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (head, tail) = rest.split_at(text);
        let digits = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, after) = tail.split_at(digits);
        out.push_str(head);
        out.push_str(if digits >= 4 { "<num>" } else { number });
        rest = after;
    }
}

/// Names as mktemp and its kin make them: six characters and more that mix cases or letters and digits.
fn looks_random(part: &str) -> bool {
    let tail = part.rsplit(['.', '-', '_']).find(|piece| piece.len() >= 6).unwrap_or(part);
    let has = |test: fn(&u8) -> bool| tail.bytes().any(|byte| test(&byte));
    tail.len() >= 6
        && ((has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic))
            || (has(u8::is_ascii_uppercase)
                && tail.bytes().skip(1).any(|b| b.is_ascii_uppercase())
                && has(u8::is_ascii_lowercase)))
}

fn bounded(out: &mut String, text: &str, limit: usize) {
    if text.len() <= limit {
        out.push_str(text);
    } else {
        out.push_str(cut(text, limit));
        let _ = write!(out, "…{}", digest(text));
    }
}

/// The longest prefix of at most `limit` bytes that ends on a character.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

fn digest(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().take(16).fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// The tool a program name stands for; the name may be a path or `path[applet]`.
pub(crate) fn tool_of(program: &str) -> Tool {
    Tool::of(tool_name(program))
}

/// Whether an interpreter is one for taking text apart, which shell scripts start by the way. What else it is made to do,
/// rules tell by its line.
pub(crate) fn is_filter(program: &str) -> bool {
    matches!(tool_name(program), "awk" | "gawk" | "mawk")
}

/// File name of the program, or the applet of a multi-call binary.
pub(crate) fn tool_name(program: &str) -> &str {
    match program.strip_suffix(']').and_then(|program| program.rsplit_once('[')) {
        Some((_, applet)) => applet,
        None => file_name(program),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::readable;
    use proptest::prelude::*;

    #[test]
    fn what_varies_by_nature_becomes_a_class() {
        for (words, expected) in [
            (vec!["5"], "<num>"),
            (vec!["0.5s"], "<num>"),
            (vec!["-w", "120"], "-w <num>"),
            (vec!["--pid=4711"], "--pid=<num>"),
            (vec!["123e4567-e89b-12d3-a456-426614174000"], "<uuid>"),
            (vec!["deadbeef01"], "<hex>"),
            (vec!["2026-11-23T10:00:00Z"], "<date>"),
            (vec!["/tmp/tmp.aB3dE9xZ/out"], "/tmp/<tmp>/out"),
            (vec!["/var/log/app-20261123.log"], "/var/log/app-<num>.log"),
            (vec!["http://10.0.0.5:8080/job/812345"], "http://10.0.0.5:8080/job/<num>"),
            (vec!["10.0.0.5", "80"], "<ip private> <num>"),
            (vec!["worker-3"], "worker-3"),
            (vec!["heartbeat:d8e365e556f2"], "heartbeat:<hex>"),
        ] {
            assert_eq!(readable(&shape(Tool::Other, &words)), expected);
        }
    }

    #[test]
    fn code_scripts_and_hosts_are_never_collapsed() {
        assert_eq!(readable(&shape(Tool::Shell, &["-c", "sleep 100"])), "-c sleep 100");
        assert_eq!(readable(&shape(Tool::Shell, &["-lc", "id 1234567"])), "-lc id 1234567");
        assert_eq!(
            readable(&shape(Tool::Interpreter, &["/srv/12345678.py", "99"])),
            "/srv/12345678.py <num>"
        );
        assert_ne!(
            shape(Tool::Downloader, &["http://a12345678.example/x"]),
            shape(Tool::Downloader, &["http://b12345678.example/x"])
        );
    }

    #[test]
    fn what_chooses_the_deed_is_marked_and_marks_in_a_word_are_not_believed() {
        let shape = |tool, words: &[&str]| super::shape(tool, words);
        assert_eq!(shape(Tool::Shell, &["-c", "id", "x"]), "\u{2}-c\u{1f}\u{2}id\u{1f}x");
        assert_eq!(
            shape(Tool::Other, &["--to=http://h/p", "f"]),
            "\u{2}--to=\u{1d}\u{2}http://h\u{1d}/p\u{1f}f"
        );
        assert_eq!(shape(Tool::Other, &["a\u{1f}\u{2}b"]), "a\u{fffd}\u{fffd}b");
    }

    #[test]
    fn long_words_that_differ_at_the_end_stay_different() {
        let (a, b) = ("x".repeat(5000) + "a", "x".repeat(5000) + "b");
        let (a, b) = (shape(Tool::Shell, &["-c", &a]), shape(Tool::Shell, &["-c", &b]));
        assert_ne!(a, b);
        assert!(a.len() < 2 * CODE_BYTES);
    }

    proptest! {
        #[test]
        fn any_words_give_a_bounded_shape(words in proptest::collection::vec(any::<String>(), 0..80)) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            for tool in [Tool::Other, Tool::Shell] {
                prop_assert!(shape(tool, &words).len() < 64 * 1024);
            }
        }
    }
}
