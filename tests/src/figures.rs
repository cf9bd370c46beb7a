//! Arithmetic of the benchmarks' figures, so that all of them mean the same by a median.
//!
//! Not here: what is measured and how it is printed, which each benchmark does itself.

/// The value below which a share of all lies, 0 to 1, by the nearest rank; `None` of none. Sorts them.
pub fn quantile(values: &mut [f64], share: f64) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(((values.len().checked_sub(1)?) as f64 * share).round() as usize).copied()
}

/// A median, and the quartiles on both sides of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Half are lower.
    pub median: f64,
    /// A quarter is lower.
    pub low: f64,
    /// A quarter is higher.
    pub high: f64,
}

impl Spread {
    /// Of values in any order; `None` of none.
    pub fn of(mut values: Vec<f64>) -> Option<Self> {
        let mut at = |share| quantile(&mut values, share);
        Some(Self { median: at(0.5)?, low: at(0.25)?, high: at(0.75)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_one_of_the_values_whatever_their_order() {
        let mut hundred: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        for (share, value) in [(0.0, 0.0), (0.5, 50.0), (0.99, 99.0), (1.0, 100.0)] {
            assert_eq!(quantile(&mut hundred, share), Some(value));
        }
        assert_eq!(quantile(&mut [7.0, 1.0], 0.99), Some(7.0));
        assert_eq!(quantile(&mut [], 0.5), None);
    }

    #[test]
    fn half_of_the_values_lie_within_their_spread() {
        let spread = Spread::of(vec![9.0, 1.0, 5.0, 3.0, 7.0]).unwrap();
        assert_eq!(spread, Spread { median: 5.0, low: 3.0, high: 7.0 });
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
