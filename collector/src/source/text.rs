//! What translators have in common: text of tools as words, times, ids and names of signals. All of it is hostile.

/// Words kept of a command line.
const WORDS: usize = 1024;
/// Digits of a container's id that a tool tells at least.
const ID_DIGITS: std::ops::RangeInclusive<usize> = 12..=64;

/// A container's id, or the beginning of one.
pub(super) fn container_id(text: &str) -> Option<&str> {
    let digits = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    (digits && ID_DIGITS.contains(&text.len())).then_some(text)
}

/// Words of a line that was joined by blanks; those in double quotes, which hold blanks, stay whole. There is no
/// telling a quote of the tool from one of the program, so this is as well as it can be.
pub(super) fn quoted_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim_start_matches(' ');
    while !rest.is_empty() && words.len() < WORDS {
        let quoted = rest.strip_prefix('"').and_then(|inner| {
            let end = inner.match_indices('"').map(|(at, _)| at).find(|at| {
                let after = inner.get(at + 1..).unwrap_or_default();
                after.is_empty() || after.starts_with(' ')
            })?;
            Some((inner.get(..end)?, inner.get(end + 1..)?))
        });
        let (word, after) = quoted.or_else(|| rest.split_once(' ')).unwrap_or((rest, ""));
        words.push(word.to_owned());
        rest = after.trim_start_matches(' ');
    }
    words
}

/// Words of a line that was joined by blanks.
pub(super) fn words(line: &str) -> Vec<String> {
    line.split(' ').filter(|word| !word.is_empty()).take(WORDS).map(str::to_owned).collect()
}

/// Number of a signal by its name or number; 0 if there is none.
pub(super) fn signal(name: &str) -> u8 {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE",
        "ALRM", "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ",
        "VTALRM", "PROF", "WINCH", "IO", "PWR", "SYS",
    ];
    let short = name.strip_prefix("SIG").unwrap_or(name);
    let named = NAMES.iter().position(|known| *known == short).map(|at| at as u8 + 1);
    named.or_else(|| name.parse().ok().filter(|number| *number < 128)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_in_quotes_stay_whole_and_signals_have_numbers() {
        assert_eq!(quoted_words(r#"-g "daemon off;" x"#), ["-g", "daemon off;", "x"]);
        assert_eq!(quoted_words(r#"-c "curl "a" b""#), ["-c", "curl \"a", "b\""], "as well as it can be");
        assert_eq!(quoted_words(r#""open"#), ["\"open"]);
        assert_eq!((signal("SIGKILL"), signal("9"), signal(""), signal("SIGWHAT")), (9, 9, 0, 0));
    }

    proptest! {
        #[test]
        fn any_text_gives_bounded_words(line in any::<String>()) {
            for words in [quoted_words(&line), words(&line)] {
                prop_assert!(words.len() <= WORDS);
                prop_assert!(words.iter().map(String::len).sum::<usize>() <= line.len());
            }
            signal(&line);
            container_id(&line);
        }
    }
}
