//! The command line of `enforcement`.

use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};
use plumbline_proto::v1::{ConfirmedAction, EnforcementMode};

#[derive(Debug, Subcommand)]
pub(crate) enum Enforcement {
    /// Images with a policy, what broke them, and which nodes enforce them.
    List,
    /// All of one policy: its lists, and what broke it last.
    Show {
        /// Digest or the beginning of one, repository:tag, or repository.
        image: String,
    },
    /// Sets the policy of an image; for admins. What is counted begins again, and where it came to its limit it is enforced
    /// again.
    Set(PolicyArgs),
    /// Ends the policy of an image: nothing of it is stopped any more; for admins.
    Remove {
        /// Digest or the beginning of one, repository:tag, or repository.
        image: String,
        /// Only if the policy still has this revision.
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        etag: u64,
        #[command(flatten)]
        signed: Signed,
    },
    /// Stops nothing on any node, whatever policies say, until `on`; for admins.
    Off(Signed),
    /// Lets each policy do what its mode says; for admins.
    On(Signed),
}

/// Who does it, and why.
#[derive(Debug, Args)]
pub(crate) struct Signed {
    /// Why.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) reason: String,
    /// Who does it. By default who the certificate or token names, and without either $USER.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

/// What a policy is to be.
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    /// Digest or the beginning of one, repository:tag, repository@digest, or repository.
    pub(crate) image: String,
    /// How far it goes; each does what the one before does.
    #[arg(long, value_enum, value_name = "MODE")]
    pub(crate) mode: Mode,
    /// Nothing may run that is not of the image: written into the container, in memory only, or deleted.
    #[arg(long, required_unless_present = "allow_list")]
    pub(crate) immutable: bool,
    /// Only executables may run that the image declares, that it is known to run now, or that people approve.
    #[arg(long)]
    pub(crate) allow_list: bool,
    /// One more executable for the list; may be given several times.
    #[arg(long, value_name = "PATH", requires = "allow_list")]
    pub(crate) allow: Vec<String>,
    /// An executable or script that may be written all the same; may be given several times.
    #[arg(long, value_name = "PATH", requires = "immutable")]
    pub(crate) exempt: Vec<String>,
    /// Processes of the image that may be killed on one node in a minute. Beyond it the policy only warns there, until it is
    /// set again.
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) kills_per_minute: u32,
    /// After how long in which nothing broke it the policy goes one mode further by itself, such as 7d; without it, never.
    #[arg(long, value_name = "TIME", value_parser = super::lifetime)]
    pub(crate) promote_after: Option<Duration>,
    /// What becomes of a container of the image when a person resolves an alert of it as a confirmed attack, if the mode is
    /// enforce. At most `--kills-per-minute` on a node in a minute.
    #[arg(long, value_enum, value_name = "ACTION", default_value = "none")]
    pub(crate) on_confirmed_attack: OnConfirmedAttack,
    /// Only if the policy still has this revision.
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) etag: u64,
    #[command(flatten)]
    pub(crate) signed: Signed,
}

/// What becomes of a container where an attack was confirmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum OnConfirmedAttack {
    /// Nothing.
    None,
    /// Its runtime freezes it as it is, until `docker unpause`; not by CRI, which has no pause.
    Pause,
    /// Its runtime stops it.
    Stop,
}

impl OnConfirmedAttack {
    /// As the server is asked.
    pub(crate) fn wire(self) -> ConfirmedAction {
        match self {
            Self::None => ConfirmedAction::None,
            Self::Pause => ConfirmedAction::Pause,
            Self::Stop => ConfirmedAction::Stop,
        }
    }
}

/// How far a policy goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Mode {
    /// Count what breaks it.
    Observe,
    /// Also tell of it, by an operational alert.
    Warn,
    /// Also kill it.
    Enforce,
}

impl Mode {
    /// As the server is asked.
    pub(crate) fn wire(self) -> EnforcementMode {
        match self {
            Self::Observe => EnforcementMode::Observe,
            Self::Warn => EnforcementMode::Warn,
            Self::Enforce => EnforcementMode::Enforce,
        }
    }
}
