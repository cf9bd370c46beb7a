//! How a baseline came about, as a curve: how many of the behaviours that are known were known when.
//!
//! No history is kept for it: each behaviour says when it was first seen, and a curve that grows flat is what learning looks
//! like. What was forgotten meanwhile is not in it. A line of at most [`POINTS`] points, whatever is known.

/// Points of the line.
const POINTS: usize = 200;
/// Its units: so wide, and so high.
const WIDTH: usize = 600;
const HEIGHT: usize = 100;

/// The curve, and what it says in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Curve {
    /// Of a `polyline`; y grows downwards.
    pub(super) points: String,
    pub(super) known: usize,
    pub(super) from_unix_ns: u64,
    pub(super) to_unix_ns: u64,
    /// When half of them were known.
    pub(super) half_unix_ns: u64,
    /// When the newest came.
    pub(super) newest_unix_ns: u64,
    /// How long there was nothing new since.
    pub(super) quiet_ns: u64,
}

/// The curve between two times, of when each was first seen; none if there is nothing to draw.
pub(super) fn curve(mut first_seen: Vec<u64>, from_unix_ns: u64, to_unix_ns: u64) -> Option<Curve> {
    first_seen.sort_unstable();
    let known = first_seen.len();
    let newest_unix_ns = *first_seen.last()?;
    let half_unix_ns = *first_seen.get((known - 1) / 2)?;
    let length = to_unix_ns.checked_sub(from_unix_ns).filter(|length| *length > 0)?;
    let point = |number: usize| {
        let share = u128::from(length) * number as u128 / POINTS as u128;
        let time = from_unix_ns.saturating_add(u64::try_from(share).unwrap_or(length));
        let by_then = first_seen.partition_point(|seen| *seen <= time);
        let high = (HEIGHT * by_then) as f64 / known as f64;
        format!("{},{:.1}", WIDTH * number / POINTS, HEIGHT as f64 - high)
    };
    Some(Curve {
        points: (0..=POINTS).map(point).collect::<Vec<_>>().join(" "),
        known,
        from_unix_ns,
        to_unix_ns,
        half_unix_ns,
        newest_unix_ns,
        quiet_ns: to_unix_ns.saturating_sub(newest_unix_ns),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_with_what_is_first_seen_and_ends_at_the_top() {
        let told = curve(vec![150, 100, 100, 100], 100, 300).unwrap();
        let points: Vec<&str> = told.points.split(' ').collect();
        assert_eq!(points.len(), POINTS + 1);
        assert_eq!((points[0], points[49], points[50]), ("0,25.0", "147,25.0", "150,0.0"));
        assert_eq!(*points.last().unwrap(), "600,0.0");
        assert_eq!((told.known, told.half_unix_ns, told.newest_unix_ns, told.quiet_ns), (4, 100, 150, 150));
    }

    #[test]
    fn where_there_is_nothing_to_draw_there_is_no_curve_and_times_may_be_any() {
        assert_eq!(curve(Vec::new(), 1, 2), None);
        assert_eq!(curve(vec![1], 1, 1), None);
        assert_eq!(curve(vec![1], 2, 1), None);
        let all = curve(vec![0, u64::MAX], 0, u64::MAX).unwrap();
        assert!(all.points.ends_with("600,0.0") && all.points.starts_with("0,50.0"), "{}", all.points);
        let many = curve((0..100_000).collect(), 0, 100_000).unwrap();
        assert!(many.points.len() < 4096, "as long however much is known");
    }
}
