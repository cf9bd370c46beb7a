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

/// Whether any of the three is in a text. They are ASCII, so bytes are looked at.
pub(crate) fn has_marks(text: &str) -> bool {
    text.bytes().any(|byte| [NEXT, GLUED, FIXED].contains(&char::from(byte)))
}

/// What separates the parts of a dimension's values; none where values are classes already.
fn separators(dimension: Dimension) -> &'static [char] {
    match dimension {
        Dimension::Arguments => &[NEXT, GLUED, '/'],
        Dimension::Spawn | Dimension::Listen | Dimension::Call => &['/'],
        Dimension::Connect => &[' ', '.'],
        Dimension::Resolve => &['.'],
        Dimension::Origin | Dimension::Accept | Dimension::Identity | Dimension::Rate => &[],
    }
}

/// Begin and end of each part of a value, in bytes.
fn spans(dimension: Dimension, value: &str) -> impl Iterator<Item = (usize, usize)> {
    let mut begin = 0;
    value.match_indices(separators(dimension)).map(Some).chain([None]).filter_map(move |separator| {
        let Some((end, separator)) = separator else { return Some((begin, value.len())) };
        // A word that is fixed has no parts: code may hold anything.
        let fixed = value.get(begin..).is_some_and(|part| part.starts_with(FIXED));
        if fixed && !separator.starts_with([NEXT, GLUED]) {
            return None;
        }
        let span = (begin, end);
        begin = end + separator.len();
        Some(span)
    })
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
        if separators(dimension).is_empty() {
            return None;
        }
        let spans: Vec<_> = spans(dimension, value).take(PARTS + 1).collect();
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

    /// Whether the two could be of one pattern: of the same length, and equal where either is fixed.
    pub(crate) fn is_like(&self, other: &Parts<'_>) -> bool {
        self.len() == other.len()
            && (0..self.len())
                .all(|at| self.get(at) == other.get(at) || !(self.is_fixed(at) || other.is_fixed(at)))
    }

    /// Whether a pattern stands for this value. Looks no further than the first part that differs: an unknown value
    /// is held against each pattern of its context.
    pub(crate) fn is_of(&self, dimension: Dimension, pattern: &str) -> bool {
        let mut own = 0..self.len();
        let same = |(begin, end)| {
            let part = pattern.get(begin..end).unwrap_or_default();
            own.next().is_some_and(|at| part == self.get(at) || (part == ANY && !self.is_fixed(at)))
        };
        spans(dimension, pattern).all(same) && own.next().is_none()
    }

    /// The pattern with any part at these positions, in their order; `None` where one is fixed.
    pub(crate) fn with_any(&self, positions: &[usize]) -> Option<String> {
        let (mut out, mut copied) = (String::with_capacity(self.value.len()), 0);
        for position in positions {
            let (begin, end) = self.spans.get(*position).copied()?;
            if self.is_fixed(*position) {
                return None;
            }
            out.push_str(self.value.get(copied..begin)?);
            out.push_str(ANY);
            copied = end;
        }
        out.push_str(self.value.get(copied..)?);
        Some(out)
    }
}

/// A value for people: words with blanks between them.
pub(crate) fn readable(value: &str) -> std::borrow::Cow<'_, str> {
    if !has_marks(value) {
        return value.into();
    }
    let mut words = String::with_capacity(value.len());
    words.extend(
        value.chars().filter(|c| !matches!(*c, GLUED | FIXED)).map(|c| if c == NEXT { ' ' } else { c }),
    );
    words.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(value: &str) -> Parts<'_> {
        Parts::of(Dimension::Arguments, value).unwrap()
    }

    fn is_of(value: &str, pattern: &str) -> bool {
        parts(value).is_of(Dimension::Arguments, pattern)
    }

    #[test]
    fn a_pattern_stands_for_what_differs_where_it_may() {
        let (a, b) = (parts("get\u{1f}\u{2}http://h\u{1d}/x"), parts("get\u{1f}\u{2}http://h\u{1d}/y"));
        assert!(a.is_like(&b) && !a.is_like(&parts("get\u{1f}\u{2}http://evil\u{1d}/y")));
        let pattern = a.with_any(&[3]).unwrap();
        assert!(is_of("get\u{1f}\u{2}http://h\u{1d}/y", &pattern));
        assert_eq!(readable(&pattern), "get http://h/<any>");
        assert_eq!(a.with_any(&[1]), None, "a host must never be collapsed");
        assert!(!is_of("get\u{1f}\u{2}http://evil\u{1d}/y", &pattern));
        assert!(
            !is_of("get\u{1f}\u{2}http://h", &pattern)
                && !is_of("get\u{1f}\u{2}http://h\u{1d}/y/z", &pattern)
        );
    }

    #[test]
    fn code_is_one_part_whatever_it_holds() {
        assert_eq!(parts("\u{2}-c\u{1f}\u{2}curl http://evil/x/y").len(), 2);
        assert_eq!(parts("czf\u{1f}/tmp/a.tgz\u{1f}/tmp/a").len(), 7);
    }

    #[test]
    fn what_is_fixed_is_no_any_part() {
        assert!(!is_of("sh\u{1f}\u{2}curl evil", "sh\u{1f}<any>"));
    }

    proptest! {
        #[test]
        fn a_pattern_matches_the_value_it_was_made_of(value in "[a-c\u{2}]{0,3}(\u{1f}[a-c\u{2}]{0,3}){0,5}", position in 0_usize..6) {
            let parts = parts(&value);
            if let Some(pattern) = parts.with_any(&[position]) {
                prop_assert!(parts.is_of(Dimension::Arguments, &pattern));
            }
        }
    }
}
