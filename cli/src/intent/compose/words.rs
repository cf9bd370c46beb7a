//! A command as one text, parted as Compose parts it: nearly as a shell does, but without one.
//!
//! As with Compose, it ends where a shell would end it or send it elsewhere; `#` begins no comment, and `\n` is a new line.

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Single,
    Double,
    /// What a shell would run; Compose takes it for letters.
    Backtick,
    Brackets,
}

/// The words, and the sign at which they end if it is not the end of the text. The error says why they are none.
pub(super) fn split(text: &str) -> Result<(Vec<String>, Option<char>), &'static str> {
    let (mut words, mut word, mut begun, mut quoted) = (Vec::new(), String::new(), false, Quoted::No);
    let mut end = None;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (quoted, c) {
            (Quoted::No | Quoted::Double | Quoted::Backtick | Quoted::Brackets, '\\') => {
                let next = rest.next().ok_or("it ends with a backslash")?;
                if matches!(quoted, Quoted::Backtick | Quoted::Brackets) {
                    word.push('\\');
                    word.push(next);
                } else {
                    word.push(match next {
                        't' => '\t',
                        'n' => '\n',
                        next => next,
                    });
                }
            }
            (Quoted::No, ' ' | '\t' | '\r' | '\n') => {
                if begun {
                    words.push(std::mem::take(&mut word));
                }
                begun = false;
                continue;
            }
            (Quoted::No, '\'') => quoted = Quoted::Single,
            (Quoted::No, '"') => quoted = Quoted::Double,
            (Quoted::Single, '\'') | (Quoted::Double, '"') => quoted = Quoted::No,
            (Quoted::No, ';' | '&' | '|' | '<' | '>') => {
                // The number of what is sent elsewhere, as in `2>file`.
                begun &= c != '>' || word.is_empty() || !word.chars().all(|c| c.is_ascii_digit());
                end = Some(c);
                break;
            }
            (Quoted::No, '(') if !word.ends_with('$') => return Err("a bracket in it is not quoted"),
            (Quoted::No, ')') | (Quoted::Brackets, '(') => return Err("a bracket in it is not quoted"),
            (from, c) => {
                quoted = match (from, c) {
                    (Quoted::No, '(') => Quoted::Brackets,
                    (Quoted::No, '`') => Quoted::Backtick,
                    (Quoted::Brackets, ')') | (Quoted::Backtick, '`') => Quoted::No,
                    _ => from,
                };
                word.push(c);
            }
        }
        begun = true;
    }
    if quoted != Quoted::No {
        return Err("a quote in it does not end");
    }
    if begun {
        words.push(word);
    }
    Ok((words, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `#b` was taken for a comment, and `;` for a word, which Compose never hands over.
    #[test]
    fn a_command_is_parted_as_compose_parts_it() {
        for (text, words, end) in [
            ("a 'b c' \"d \\\" e\" f\\ g ''", &["a", "b c", "d \" e", "f g", ""][..], None),
            ("a #b '#c'\n  d", &["a", "#b", "#c", "d"], None),
            ("sh -c 'a; b' x; c", &["sh", "-c", "a; b", "x"], Some(';')),
            ("a 2>/dev/null", &["a"], Some('>')),
            ("a&&b", &["a"], Some('&')),
            ("a $(b \"c d\") `e f`", &["a", "$(b \"c d\")", "`e f`"], None),
            ("a\\nb '\\n'", &["a\nb", "\\n"], None),
            ("", &[], None),
        ] {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            assert_eq!(split(text), Ok((words, end)), "{text}");
        }
        for text in ["a 'b", "\"", "`a", "$(a", "(a)", "a)", "a\\"] {
            assert!(split(text).is_err(), "{text}");
        }
    }
}
