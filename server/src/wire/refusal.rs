//! How a batch is refused: the reason with the path of its field, and the checks of single columns.
//!
//! A path is text only once it is refused: a batch has hundreds of fields. Not here: which field promises what (`check.rs`).

use std::fmt::Display;

use tonic::Code;

/// Why a batch was refused; becomes a `Reject`.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{field}: {message}")]
pub(crate) struct Refusal {
    /// INVALID_ARGUMENT, FAILED_PRECONDITION, RESOURCE_EXHAUSTED or PERMISSION_DENIED.
    pub(crate) code: Code,
    /// Path of the field; empty if the bytes are no batch at all.
    pub(crate) field: String,
    /// What is wrong and what would be right.
    pub(crate) message: String,
}

impl Refusal {
    pub(super) fn new(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code, field: field.into(), message: message.into() }
    }

    /// Well-formed, but more than its node may send.
    pub(crate) fn beyond(field: &str, message: String) -> Self {
        Self::new(Code::ResourceExhausted, field, message)
    }

    pub(super) fn undecodable(error: impl std::fmt::Display) -> Self {
        Self::new(Code::InvalidArgument, "", format!("not an encoded plumbline.v1.Batch: {error}"))
    }
}

pub(super) type Check = Result<(), Refusal>;

pub(super) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Check {
    Err(Refusal::new(Code::InvalidArgument, field, message))
}

pub(super) fn bounded(field: impl Display, len: usize, max: usize, unit: &str) -> Check {
    if len <= max {
        return Ok(());
    }
    let message = format!("{len} {unit}; at most {max} fit into a batch: send more batches");
    Err(Refusal::new(Code::ResourceExhausted, field.to_string(), message))
}

pub(super) fn index(field: impl Fn() -> String, value: u32, len: usize, table: &str) -> Check {
    if (value as usize) < len {
        return Ok(());
    }
    invalid(field(), format!("index {value}, but {table} has {len} entries"))
}

pub(super) fn column(field: impl Display, values: &[u32], len: usize, table: &str) -> Check {
    // All of it at once, which is quick: which row is wrong matters only if one is.
    if values.iter().max().is_none_or(|&highest| (highest as usize) < len) {
        return Ok(());
    }
    let mut rows = values.iter().enumerate();
    rows.try_for_each(|(row, &value)| index(|| format!("{field}[{row}]"), value, len, table))
}

pub(super) fn non_zero(field: impl Display, values: &[u32]) -> Check {
    each(field, values, |value| (value != 0).then_some(()).ok_or_else(|| "0; never 0".to_owned()))
}

pub(super) fn each<T: Copy>(
    field: impl Display,
    values: &[T],
    mut check: impl FnMut(T) -> Result<(), String>,
) -> Check {
    let mut rows = values.iter().enumerate();
    rows.try_for_each(|(row, &value)| {
        check(value).or_else(|message| invalid(format!("{field}[{row}]"), message))
    })
}

pub(super) fn equal(table: &str, first: &str, len: usize, columns: &[(&str, usize)]) -> Check {
    columns.iter().try_for_each(|&(name, other)| {
        if other == len {
            return Ok(());
        }
        invalid(format!("{table}.{name}"), format!("{other} rows, but {first} has {len}"))
    })
}

/// Columns that an older collector does not send.
pub(super) fn equal_or_absent(table: &str, first: &str, len: usize, columns: &[(&str, usize)]) -> Check {
    columns
        .iter()
        .filter(|(_, other)| *other != 0)
        .try_for_each(|column| equal(table, first, len, &[*column]))
}
