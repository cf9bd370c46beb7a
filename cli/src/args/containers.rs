//! The command line of `plumbline containers`.
//!
//! What is typed here becomes the server's words here; what the server makes of them is its own.

use clap::{Subcommand, ValueEnum};
use plumbline_proto::v1::Coverage as WireCoverage;

#[derive(Debug, Subcommand)]
pub(crate) enum Containers {
    /// Containers, by node and id; those that nobody watches too.
    List {
        /// Only of this node.
        #[arg(long, value_name = "NAME")]
        node: Option<String>,
        /// Only of this image: digest or repository.
        #[arg(long, value_name = "IMAGE")]
        image: Option<String>,
        /// Only those that are watched so far; can be given more than once.
        #[arg(long, value_enum)]
        coverage: Vec<Coverage>,
        /// At most this many.
        #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
        limit: u32,
        /// Where to go on: the token at the end of the page before.
        #[arg(long, value_name = "TOKEN")]
        page: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Coverage {
    /// In everything there is.
    Full,
    /// Something is not told.
    Partial,
    /// Nobody sees what it does.
    None,
}

impl Coverage {
    /// As the server is asked.
    pub(crate) fn wire(self) -> WireCoverage {
        match self {
            Self::Full => WireCoverage::Full,
            Self::Partial => WireCoverage::Partial,
            Self::None => WireCoverage::None,
        }
    }
}
