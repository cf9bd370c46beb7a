//! What a value has beside its text: where words begin, where the rest of a URL does, and what is never collapsed.
//!
//! A value is compared with these marks and shown without them, so a text alone is not enough to know the value again. Here
//! they are written as a letter and a place in the text each, in their order: `n4 f7`. Text and marks make up the value, and
//! whatever the marks are, the value reads like the text.
//!
//! Not here: what marks mean (`pattern.rs`).

use crate::pattern::{FIXED, GLUED, NEXT, has_marks};

/// Marks and their letters.
const LETTERS: [(char, char); 3] = [(NEXT, 'n'), (GLUED, 'g'), (FIXED, 'f')];

/// The marks of a value; empty if it has none.
pub(crate) fn marks(value: &str) -> String {
    let (mut marks, mut at) = (String::new(), 0);
    for c in value.chars() {
        let letter = LETTERS.iter().find(|(mark, _)| *mark == c);
        if let Some((_, letter)) = letter {
            let space = if marks.is_empty() { "" } else { " " };
            marks.push_str(&format!("{space}{letter}{at}"));
        }
        // The first stands for a blank of the text, the others for nothing.
        at += if letter.is_none() || c == NEXT { c.len_utf8() } else { 0 };
    }
    marks
}

/// The value with this text and these marks; `None` if they don't belong together.
pub(crate) fn marked(text: &str, marks: &str) -> Option<String> {
    if has_marks(text) {
        return None;
    }
    let (mut value, mut from) = (String::with_capacity(text.len() + marks.len()), 0);
    for word in marks.split(' ').filter(|_| !marks.is_empty()) {
        let (letter, place) = word.split_at_checked(1)?;
        let (mark, _) = LETTERS.iter().find(|(_, own)| letter.starts_with(*own))?;
        let place: usize = place.parse().ok()?;
        value.push_str(text.get(from..place)?);
        value.push(*mark);
        from = place;
        if *mark == NEXT {
            from += text.get(place..)?.strip_prefix(' ').map(|_| 1)?;
        }
    }
    value.push_str(text.get(from..)?);
    Some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::pattern::readable;

    #[test]
    fn marks_that_do_not_fit_their_text_make_no_value() {
        assert_eq!(marked("a b", "n1").as_deref(), Some("a\u{1f}b"));
        for (text, marks) in [
            ("ab", "n1"),
            ("a b", "n1 n1"),
            ("a b", "n9"),
            ("a b", "x1"),
            ("a b", "n"),
            ("a b", "n1 "),
            ("é b", "f1"),
            ("a b", "f2 n1"),
            ("a b", "é1"),
            ("a\u{1f}b", ""),
        ] {
            assert_eq!(marked(text, marks), None, "{text} {marks}");
        }
    }

    proptest! {
        #[test]
        fn text_and_marks_are_the_value(value in "[a-c é/\u{1f}\u{1d}\u{2}]{0,24}") {
            prop_assert_eq!(marked(&readable(&value), &marks(&value)), Some(value));
        }

        #[test]
        fn whatever_the_marks_are_a_value_reads_like_its_text(text in "[ab é]{0,9}", marks in "([nfg][0-9] ?){0,4}") {
            if let Some(value) = marked(&text, &marks) {
                prop_assert_eq!(readable(&value), text);
            }
        }
    }
}
