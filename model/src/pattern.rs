//! Patterns: many values that differ in one place become one.
//!
//! Past a bound, values of a context that are equal but for one part are one pattern with [`ANY`] there, so that
//! names which change with every run (temporary paths, tenants in a URL, generated hosts) neither surprise for
//! ever nor fill the table. Parts are words of a command line, names of a path, labels of a domain. What must not
//! be collapsed is marked: a value as a whole (a file of the image), or a part (code, a script, a URL's host).
//!
//! Not here: when to look for patterns, and what becomes of the counts (`baseline`).

use crate::behaviour::Dimension;

/// Stands for any part.
pub(crate) const ANY: &str = "<any>";
/// Values that differ in one part before they become a pattern.
pub(crate) const FAN: usize = 16;
/// Parts looked at; longer values are never collapsed.
const PARTS: usize = 64;

/// Between words of a command line.
pub(crate) const NEXT: char = '\u{1f}';
/// Between the host of a URL and the rest.
pub(crate) const GLUED: char = '\u{1d}';
/// Before a part that is never collapsed.
pub(crate) const FIXED: char = '\u{2}';

/// What separates the parts of a dimension's values; none where values are classes already.
fn separators(dimension: Dimension) -> &'static [char] {
    match dimension {
        Dimension::Arguments => &[NEXT, GLUED],
        Dimension::Spawn | Dimension::Listen | Dimension::Call => &['/'],
        Dimension::Connect => &[' ', '.'],
        Dimension::Resolve => &['.'],
        Dimension::Origin | Dimension::Accept | Dimension::Identity => &[],
    }
}

/// A value, cut into its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts<'v> {
    value: &'v str,
    /// Begin and end of each part, in bytes.
    spans: Vec<(usize, usize)>,
}

impl<'v> Parts<'v> {
    /// The parts of a value; `None` if it can't be part of a pattern.
    pub(crate) fn of(dimension: Dimension, value: &'v str) -> Option<Self> {
        let separators = separators(dimension);
        if separators.is_empty() {
            return None;
        }
        let mut begin = 0;
        let mut spans: Vec<(usize, usize)> = value
            .match_indices(separators)
            .take(PARTS)
            .map(|(end, separator)| {
                let span = (begin, end);
                begin = end + separator.len();
                span
            })
            .collect();
        spans.push((begin, value.len()));
        (spans.len() <= PARTS).then_some(Self { value, spans })
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(crate) fn get(&self, position: usize) -> &'v str {
        self.spans.get(position).and_then(|(begin, end)| self.value.get(*begin..*end)).unwrap_or_default()
    }

    /// The whole value.
    pub(crate) fn value(&self) -> &'v str {
        self.value
    }

    fn is_fixed(&self, position: usize) -> bool {
        self.get(position).starts_with(FIXED)
    }

    /// Whether the two are of the same length and differ nowhere but at this position, where both may vary.
    pub(crate) fn differs_only_at(&self, position: usize, other: &Parts<'_>) -> bool {
        self.len() == other.len()
            && !self.is_fixed(position)
            && !other.is_fixed(position)
            && (0..self.len()).all(|at| at == position || self.get(at) == other.get(at))
            && self.get(position) != other.get(position)
    }

    /// Whether a value is one of those that this pattern stands for.
    pub(crate) fn matches(&self, value: &Parts<'_>) -> bool {
        self.len() == value.len()
            && (0..self.len()).all(|at| {
                let (part, other) = (self.get(at), value.get(at));
                part == other || (part == ANY && !value.is_fixed(at))
            })
    }

    /// The pattern with any part at this position; `None` where that is fixed.
    pub(crate) fn with_any(&self, position: usize) -> Option<String> {
        let (begin, end) = self.spans.get(position).copied()?;
        let (head, tail) = (self.value.get(..begin)?, self.value.get(end..)?);
        (!self.is_fixed(position)).then(|| format!("{head}{ANY}{tail}"))
    }
}

/// A value for people: words with blanks between them.
pub(crate) fn readable(value: &str) -> std::borrow::Cow<'_, str> {
    if !value.contains([NEXT, GLUED, FIXED]) {
        return value.into();
    }
    let words = value.chars().filter(|c| !matches!(*c, GLUED | FIXED));
    words.map(|c| if c == NEXT { ' ' } else { c }).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(value: &str) -> Parts<'_> {
        Parts::of(Dimension::Arguments, value).unwrap()
    }

    #[test]
    fn a_pattern_stands_for_what_differs_where_it_may() {
        let (a, b) = (parts("get\u{1f}\u{2}http://h\u{1d}/x"), parts("get\u{1f}\u{2}http://h\u{1d}/y"));
        assert!(a.differs_only_at(2, &b) && !a.differs_only_at(1, &b));
        let pattern = a.with_any(2).unwrap();
        assert!(parts(&pattern).matches(&b));
        assert_eq!(readable(&pattern), "get http://h<any>");
        assert_eq!(a.with_any(1), None, "a host must never be collapsed");
        assert!(!parts(&pattern).matches(&parts("get\u{1f}\u{2}http://evil\u{1d}/y")));
        assert!(!parts(&pattern).matches(&parts("get\u{1f}\u{2}http://h")));
    }

    #[test]
    fn what_is_fixed_is_no_any_part() {
        assert!(!parts("sh\u{1f}<any>").matches(&parts("sh\u{1f}\u{2}curl evil")));
    }

    proptest! {
        #[test]
        fn a_pattern_matches_the_value_it_was_made_of(value in "[a-c\u{2}]{0,3}(\u{1f}[a-c\u{2}]{0,3}){0,5}", position in 0_usize..6) {
            let parts = parts(&value);
            if let Some(pattern) = parts.with_any(position) {
                prop_assert!(Parts::of(Dimension::Arguments, &pattern).unwrap().matches(&parts));
            }
        }
    }
}
