//! The parameters of the model, checked once. What is fitted rather than chosen (weights) is in
//! `evidence` and `posterior`; the length of the exposure window is not here because it is a fact of each
//! batch: the collector chose it when it counted.

/// Parameters a user may set, and the bounds that keep an image's state finite.
#[derive(Clone, Debug, PartialEq)]
pub struct Params {
    /// Alert budget: new but harmless behaviours that may be alerted per dimension, image and container-day
    /// (1440 exposure windows). More than 0.
    pub budget_per_day: f64,
    /// Container starts to see before a baseline can be stable.
    pub min_starts: u64,
    /// Exposure windows without anything new after which an incident closes. At least 1.
    pub quiet_windows: u64,
    /// Contexts kept per dimension and image. At least 1.
    pub max_contexts: usize,
    /// Values kept per context before they become patterns. At least 1.
    pub max_values: usize,
    /// Memory for the behaviours of an image, in bytes. At least 1.
    pub max_bytes: usize,
    /// Containers remembered per image; the least recent is forgotten first. At least 1.
    pub max_containers: usize,
    /// Open incidents per image; the least recent is closed first. At least 1.
    pub max_incidents: usize,
}

impl Default for Params {
    fn default() -> Self {
        Self {
            budget_per_day: 1.0,
            min_starts: 3,
            quiet_windows: 60,
            max_contexts: 1024,
            max_values: 256,
            max_bytes: 3 << 19,
            max_containers: 4096,
            max_incidents: 64,
        }
    }
}

/// A parameter outside its range.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum ParamsError {
    /// The budget is not a positive number.
    #[error(
        "budget_per_day is {0}; it must be a number above 0, such as 1.0 (one false alert a container-day)"
    )]
    Budget(f64),
    /// A bound is 0.
    #[error("{0} is 0; it must be at least 1")]
    Zero(&'static str),
}

impl Params {
    /// Checks every parameter.
    ///
    /// # Errors
    /// Names the first parameter that is out of range.
    pub fn check(&self) -> Result<(), ParamsError> {
        if !(self.budget_per_day > 0.0 && self.budget_per_day.is_finite()) {
            return Err(ParamsError::Budget(self.budget_per_day));
        }
        let bounds = [
            ("quiet_windows", self.quiet_windows as usize),
            ("max_contexts", self.max_contexts),
            ("max_values", self.max_values),
            ("max_bytes", self.max_bytes),
            ("max_containers", self.max_containers),
            ("max_incidents", self.max_incidents),
        ];
        match bounds.into_iter().find(|(_, bound)| *bound == 0) {
            Some((name, _)) => Err(ParamsError::Zero(name)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_out_of_range_is_named() {
        assert_eq!(Params::default().check(), Ok(()));
        let nan = Params { budget_per_day: f64::NAN, ..Params::default() };
        assert!(nan.check().unwrap_err().to_string().contains("budget_per_day"));
        let zero = Params { max_values: 0, ..Params::default() };
        assert_eq!(zero.check(), Err(ParamsError::Zero("max_values")));
    }
}
