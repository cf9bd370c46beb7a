//! Words of Dockerfiles and Compose files: quotes, and `$NAME`, `${NAME:-else}` and `${NAME:+then}` in them.
//!
//! A name whose value nobody knows stays as it is written and is told, since an empty text would be a guess.
//! Not here: which values are known.

use std::collections::BTreeSet;

/// Puts known values in. Both quotes and backslashes are taken as Docker takes them; what is not quoted is parted
/// at spaces.
pub(super) fn words(
    text: &str,
    escape: char,
    known: &dyn Fn(&str) -> Option<String>,
    unknown: &mut BTreeSet<String>,
) -> Vec<String> {
    let (mut all, mut word, mut begun, mut double) = (Vec::new(), String::new(), false, false);
    let (mut rest, unclosed) = (text, unclosed(text));
    while let Some(c) = rest.chars().next() {
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        match c {
            '\'' if !double => {
                let (quoted, after) = rest.split_once('\'').unwrap_or((rest, ""));
                word.push_str(quoted);
                (rest, begun) = (after, true);
            }
            '"' => (double, begun) = (!double, true),
            '$' => {
                let (value, after) = variable(rest, unclosed, known, unknown);
                word.push_str(&value);
                (rest, begun) = (after, true);
            }
            c if c == escape => {
                let next = rest.chars().next();
                word.push(next.unwrap_or(escape));
                rest = rest.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
                begun = true;
            }
            c if c.is_whitespace() && !double => {
                if begun {
                    all.push(std::mem::take(&mut word));
                }
                begun = false;
            }
            c => {
                word.push(c);
                begun = true;
            }
        }
    }
    if begun {
        all.push(word);
    }
    all
}

/// Puts known values in, as Compose does: `$$` is a dollar, and quotes are letters as others.
pub(super) fn substituted(text: &str, unknown: &mut BTreeSet<String>) -> String {
    let (mut out, mut rest, unclosed) = (String::new(), text, unclosed(text));
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (value, after) = variable(after, unclosed, &|_| None, unknown);
        out.push_str(&value);
        rest = after;
    }
    out + rest
}

/// How long the end of a text is in which no brace closes.
fn unclosed(text: &str) -> usize {
    text.len() - text.rfind('}').map_or(0, |at| at + 1)
}

/// What stands behind a dollar, and what comes after it. In the last `unclosed` bytes of the text no brace closes: to look
/// for one at each that opens takes for ever where there are a million.
fn variable<'a>(
    text: &'a str,
    unclosed: usize,
    known: &dyn Fn(&str) -> Option<String>,
    unknown: &mut BTreeSet<String>,
) -> (String, &'a str) {
    let end = |text: &str| text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let Some(braced) = text.strip_prefix('{') else {
        let (name, after) = text.split_at(end(text));
        if name.is_empty() {
            return ("$".to_owned(), text);
        }
        return (known(name).unwrap_or_else(|| left(name, unknown, &format!("${name}"))), after);
    };
    let closed = Some(braced).filter(|braced| braced.len() > unclosed);
    let Some((inside, after)) = closed.and_then(|braced| braced.split_once('}')) else {
        return ("$".to_owned(), text);
    };
    let (name, how) = inside.split_at(end(inside));
    let value = known(name);
    // Without a colon, a name that is set to nothing counts as set.
    let set = value.as_ref().filter(|value| !how.starts_with(':') || !value.is_empty());
    let how = how.strip_prefix(':').unwrap_or(how);
    let value = match (how.chars().next(), how.get(1..)) {
        (Some('-'), Some(or)) => set.cloned().unwrap_or_else(|| or.to_owned()),
        (Some('+'), Some(then)) if set.is_some() => then.to_owned(),
        (Some('+'), _) => String::new(),
        _ => value.unwrap_or_else(|| left(name, unknown, &format!("${{{inside}}}"))),
    };
    (value, after)
}

fn left(name: &str, unknown: &mut BTreeSet<String>, written: &str) -> String {
    unknown.insert(name.to_owned());
    written.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> (Vec<String>, Vec<String>) {
        let mut unknown = BTreeSet::new();
        let known = |name: &str| match name {
            "A" => Some("a b".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        (words(text, '\\', &known, &mut unknown), unknown.into_iter().collect())
    }

    #[test]
    fn values_are_put_in_as_docker_does_and_names_without_one_stay_and_are_told() {
        for (text, expected) in [
            ("x $A ${A}y", vec!["x", "a b", "a by"]),
            ("\"$A c\" '$A c' \\$A", vec!["a b c", "$A c", "$A"]),
            ("${B:-d} ${A:-d} ${A:+t} ${B:+t}", vec!["d", "a b", "t", ""]),
            ("${EMPTY:-d} ${EMPTY-d} a$", vec!["d", "", "a$"]),
            ("'' a\\ b ${A", vec!["", "a b", "${A"]),
        ] {
            assert_eq!(
                split(text),
                (expected.iter().map(|word| (*word).to_owned()).collect(), vec![]),
                "{text}"
            );
        }
        assert_eq!(split("$B/${C}"), (vec!["$B/${C}".to_owned()], vec!["B".to_owned(), "C".to_owned()]));
    }

    /// A Dockerfile of 1.5 MB took more than a minute, and one as large as may be read would have taken hours.
    #[test]
    fn a_million_braces_that_nothing_closes_are_read_as_fast_as_letters() {
        let text = "${".repeat(1 << 20);
        assert_eq!(split(&text), (vec![text.clone()], vec![]));
        assert_eq!(substituted(&text, &mut BTreeSet::new()), text);
    }

    #[test]
    fn in_compose_two_dollars_are_one_and_quotes_are_letters() {
        let mut unknown = BTreeSet::new();
        assert_eq!(substituted("'${P:-80}' $$P $P ${P", &mut unknown), "'80' $P $P ${P");
        assert_eq!(unknown.into_iter().collect::<Vec<_>>(), ["P"]);
    }
}
