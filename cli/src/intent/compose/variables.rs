//! Variables of Compose files, one in the default of another too: `${A:-${B:-c}}`.
//!
//! Not here: what a single one stands for (`words.rs`).

use std::collections::BTreeSet;

use crate::intent::words::substituted;

/// Defaults in defaults that are followed; what is deeper stays as it is written.
const DEPTH: usize = 8;

/// The text with the defaults that it gives. Names without one are told, and stay as they are written.
pub(super) fn expanded(text: &str, unknown: &mut BTreeSet<String>) -> String {
    inner(text, unknown, DEPTH)
}

fn inner(text: &str, unknown: &mut BTreeSet<String>, depth: usize) -> String {
    let (mut out, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('$') {
            out.push('$');
            rest = after;
        } else if let Some(braced) = after.strip_prefix('{') {
            let Some((inside, after)) = closing(braced).and_then(|end| braced.split_at_checked(end)) else {
                return out + "$" + after;
            };
            out += &group(inside, unknown, depth);
            rest = after.strip_prefix('}').unwrap_or(after);
        } else {
            let (name, after) = after.split_at(name_end(after));
            out += &substituted(&format!("${name}"), unknown);
            rest = after;
        }
    }
    out + rest
}

/// What stands for `${inside}`.
fn group(inside: &str, unknown: &mut BTreeSet<String>, depth: usize) -> String {
    let written = format!("${{{inside}}}");
    let (name, how) = inside.split_at(name_end(inside));
    if name.is_empty() {
        return written;
    }
    if !inside.contains('$') {
        return substituted(&written, unknown);
    }
    let how = how.strip_prefix(':').unwrap_or(how);
    match (how.strip_prefix('-'), how.strip_prefix('+')) {
        (Some(or), _) if depth > 0 => inner(or, unknown, depth - 1),
        (_, Some(_)) => String::new(),
        _ => {
            unknown.insert(name.to_owned());
            written
        }
    }
}

/// Where the brace is that closes what an opening one before the text began.
fn closing(text: &str) -> Option<usize> {
    let (mut open, mut dollar) = (0_usize, false);
    for (at, c) in text.char_indices() {
        match c {
            '{' if dollar => open += 1,
            '}' if open == 0 => return Some(at),
            '}' => open -= 1,
            _ => {}
        }
        dollar = c == '$';
    }
    None
}

fn name_end(text: &str) -> usize {
    text.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(text.len())
}

/// The parts of a text between colons, without those in variables that stay as they are written.
pub(super) fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut open, mut before) = (Vec::new(), 0, 0_usize, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '{' if before == '$' => open += 1,
            '}' => open = open.saturating_sub(1),
            ':' if open == 0 => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_default_may_have_variables_of_its_own_and_what_has_none_stays_as_it_is_written() {
        for (text, expected, names) in [
            ("${A:-${B:-c}}/d", "c/d", ""),
            ("${A:-$B}-${C-}", "$B-", "B"),
            ("${A:-x${B}y}", "x${B}y", "B"),
            ("${A:?$B is due}${C:+${D}}", "${A:?$B is due}", "A"),
            ("$$A $$${A:-$$} $", "$A $$ $", ""),
            ("${} ${A", "${} ${A", ""),
        ] {
            let mut unknown = BTreeSet::new();
            assert_eq!(expanded(text, &mut unknown), expected, "{text}");
            assert_eq!(unknown.into_iter().collect::<Vec<_>>().join(" "), names, "{text}");
        }
    }

    #[test]
    fn a_text_of_nothing_but_braces_takes_no_longer_than_any_other() {
        for text in ["${".repeat(1 << 20), "${A:-".repeat(1 << 18) + &"}".repeat(1 << 18)] {
            assert!(expanded(&text, &mut BTreeSet::new()).starts_with("${"));
            assert_eq!(parts(&text).len(), 1);
        }
    }

    #[test]
    fn a_colon_in_a_variable_parts_nothing() {
        assert_eq!(parts("${A:?x:y}:/b:ro"), ["${A:?x:y}", "/b", "ro"]);
        assert_eq!(parts(":"), ["", ""]);
    }
}
