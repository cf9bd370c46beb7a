//! The command line of `plumbline images`.
//!
//! Dimensions are names that the server knows: which there are it says itself. Not here: what is done (`images.rs`,
//! `diff.rs`).

use clap::{Args, Subcommand, ValueEnum};
use plumbline_proto::v1::BaselineState;

#[derive(Debug, Subcommand)]
pub(crate) enum Images {
    /// All images, or one with its dimensions.
    List(ImageList),
    /// One image with all that it is known to do.
    Show(ImageShow),
    /// What each of two images is known to do and the other is not, such as two versions.
    Diff(Diff),
    /// Freezes the baseline of an image: nothing more is learned, and all that is new counts in full.
    Lock(ImageUpkeep),
    /// Lets an image that was locked go on learning.
    Unlock(ImageUpkeep),
    /// Forgets what was learned of an image, so that it is learned anew. Decisions stay.
    Reset {
        /// Only this dimension, such as spawn or connect; may be given several times.
        #[arg(long, value_name = "NAME")]
        dimension: Vec<String>,
        #[command(flatten)]
        upkeep: ImageUpkeep,
    },
    /// Archives an image that runs nowhere any more, without waiting 90 days. Its next event wakes it.
    Archive(ImageUpkeep),
}

/// What somebody does to a baseline.
#[derive(Debug, Args)]
pub(crate) struct ImageUpkeep {
    /// Digest or the beginning of one, repository:tag, repository@digest, or repository.
    pub(crate) image: String,
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Who does it. By default who the certificate or token names, and without either $USER.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Only if the baseline still has this revision.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) revision: u32,
    /// A name for this call: made again with the same one, it changes nothing more.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) request_id: String,
}

#[derive(Debug, Args)]
pub(crate) struct ImageList {
    /// Digest or repository.
    pub(crate) image: Option<String>,
    /// Only images in this state; may be given several times.
    #[arg(long, value_enum, value_name = "STATE")]
    pub(crate) state: Vec<State>,
}

/// State of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum State {
    /// It is still being learned.
    Learning,
    /// It has been learned.
    Stable,
    /// A person froze it.
    Locked,
    /// It runs nowhere.
    Archived,
}

impl State {
    /// As the server is asked.
    pub(crate) fn wire(self) -> BaselineState {
        match self {
            Self::Learning => BaselineState::Learning,
            Self::Stable => BaselineState::Stable,
            Self::Locked => BaselineState::Locked,
            Self::Archived => BaselineState::Archived,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct ImageShow {
    /// Digest or the beginning of one, repository:tag, repository@digest, or repository.
    pub(crate) image: String,
    /// Only behaviours of this dimension, such as spawn or connect; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) dimension: Vec<String>,
    /// At most this many behaviours.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) limit: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Diff {
    /// The one: digest or the beginning of one, repository:tag, repository@digest, or repository.
    pub(crate) a: String,
    /// The other.
    pub(crate) b: String,
    /// At most this many behaviours of each.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) limit: u32,
    /// End with 1 if they differ.
    #[arg(long)]
    pub(crate) exit_code: bool,
}
