//! The command line of `plumbline intent`.
//!
//! Not here: answers to alerts, which are decided of in the same way (`args.rs`).

use std::path::PathBuf;

use clap::{Arg, Args, Subcommand, ValueEnum};

use super::{SERVER_CONTEXT, Terms};

#[derive(Debug, Subcommand)]
pub(crate) enum Intent {
    /// What an image declares, is known to do, and what was decided of that.
    Show(IntentShow),
    /// Says that a behaviour is expected, without an alert: it raises nothing, and is learned unless --expires or a namespace
    /// bounds it.
    #[command(arg = server_context())]
    Approve(Stated),
    /// Says that a behaviour must not be, without an alert: it is never learned, and each time it is an alert.
    #[command(arg = server_context())]
    Deny(Stated),
    /// What files declare, as documents; needs no server.
    #[command(subcommand)]
    From(From),
    /// What a server knows of an image, as a document: declared, learned, approved and denied.
    Export {
        /// Digest or the beginning of one, repository:tag, repository@digest, or repository.
        image: String,
    },
    /// What is wrong with documents, line by line; ends with 1 if anything is. Needs no server.
    Lint {
        /// Documents; `-` is the standard input.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// What each of two intents says and the other does not.
    Diff(IntentDiff),
    /// Makes the server decide what documents approve and deny. What holds already is left alone.
    Apply(Apply),
    /// Signs documents with an Ed25519 key, each in a file NAME.sig beside it. Needs no server.
    Sign {
        /// Documents.
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The private key, as `openssl genpkey -algorithm ed25519` makes it.
        #[arg(long, value_name = "FILE", env = "PLUMBLINE_INTENT_KEY")]
        key: PathBuf,
    },
    /// What is declared but was never used, and used but not declared, with what to do about it.
    Report(IntentReport),
    /// Documents as a policy for another tool, with comments about what it can't say. Needs no server.
    Convert(Convert),
}

/// What --context is for all other commands, where that is the behaviour's.
fn server_context() -> Arg {
    let help = "The context to use, which is --context before `intent`";
    Arg::new(SERVER_CONTEXT).long("server-context").value_name("NAME").help(help)
}

#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// Documents; `-` is the standard input.
    pub(crate) file: PathBuf,
    /// What to make of them.
    #[arg(long, value_enum)]
    pub(crate) to: Target,
    /// A label of the pods that the policy is for; may be given several times. Needed where a policy is for pods.
    #[arg(long, value_name = "KEY=VALUE", value_parser = pair)]
    pub(crate) selector: Vec<(String, String)>,
    /// What becomes of what is not allowed: for tetragon, kubearmor and apparmor. It is only told by default.
    #[arg(long, value_enum)]
    pub(crate) action: Option<Action>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Target {
    /// A Kubernetes NetworkPolicy.
    Networkpolicy,
    /// A CiliumNetworkPolicy: also names of public peers.
    Cilium,
    /// A Tetragon TracingPolicy: programs and TCP ports.
    Tetragon,
    /// KubeArmor policies: programs.
    Kubearmor,
    /// Falco rules: programs and TCP ports, for an image.
    Falco,
    /// An AppArmor profile: programs, and whether it mounts or traces.
    Apparmor,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Action {
    /// It is told.
    #[default]
    Audit,
    /// It is prevented, or what does it is killed.
    Block,
}

#[derive(Debug, Args)]
pub(crate) struct IntentDiff {
    /// The one: a file, or an image of the server.
    pub(crate) a: String,
    /// The other.
    pub(crate) b: String,
    /// End with 1 if they differ.
    #[arg(long)]
    pub(crate) exit_code: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Apply {
    /// Documents; `-` is the standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The image that the documents are applied to, instead of the one that they name.
    #[arg(long, value_name = "IMAGE")]
    pub(crate) image: Option<String>,
    /// Change nothing, but say what would be changed.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Take back decisions that a document of the same name brought and that are not in it any more. What people decided
    /// otherwise stays.
    #[arg(long)]
    pub(crate) revoke_missing: bool,
    /// Take what the documents say that scripts start: it is intended from the first event, where the script itself is at
    /// work; for admins. An image that is not known is named as repository@digest, here or in the document.
    #[arg(long)]
    pub(crate) declared: bool,
    /// Take what the documents say was learned as the start of images that the server has not learned; for admins. An image
    /// that it does not know is named by --image as repository@digest, or else by the document.
    #[arg(long)]
    pub(crate) learned: bool,
    /// Apply only if the intent of the image still has this etag, which --dry-run tells; for one document. So nothing is done but
    /// what was looked at.
    #[arg(long, value_name = "ETAG")]
    pub(crate) etag: Option<String>,
    /// Take only files with a signature beside them (NAME.sig) that this public Ed25519 key verifies.
    #[arg(long, value_name = "FILE", env = "PLUMBLINE_INTENT_VERIFY_KEY")]
    pub(crate) verify_key: Option<PathBuf>,
    /// Who decides. By default who the certificate or token names, and without either $USER.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct IntentReport {
    /// An image of the server, or a file of `intent export`.
    pub(crate) image: String,
    /// What is declared: a document of `intent from`, instead of what the server knows of that.
    #[arg(long, value_name = "FILE")]
    pub(crate) declared: Option<String>,
    /// Which document of that file, by its name.
    #[arg(long, value_name = "NAME", requires = "declared")]
    pub(crate) name: Option<String>,
}

/// Files that declare something; `-` is the standard input.
#[derive(Debug, Subcommand)]
pub(crate) enum From {
    /// Dockerfiles.
    Dockerfile {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// The stage, by its name or counted from 0; without it, the last.
        #[arg(long, value_name = "STAGE")]
        target: Option<String>,
        /// What an ARG is given; may be given several times.
        #[arg(long, value_name = "NAME=VALUE", value_parser = pair)]
        build_arg: Vec<(String, String)>,
        /// The folder that the build is given, where scripts are looked for; by default that of the Dockerfile.
        #[arg(long, value_name = "FOLDER")]
        build_context: Option<PathBuf>,
    },
    /// Compose files.
    Compose {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Kubernetes manifests.
    K8s {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Images: JSON of a config or of `docker inspect`, folders of OCI layouts, or tars of `docker save`.
    Image {
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// Also tell packages (of dpkg or apk) and the programs that they bring, for `intent report` and `intent diff`.
        #[arg(long)]
        packages: bool,
    },
}

fn pair(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| !name.is_empty());
    let (name, value) = pair.ok_or("it is a name and a value, such as VERSION=1.2")?;
    Ok((name.to_owned(), value.to_owned()))
}

#[derive(Debug, Args)]
pub(crate) struct IntentShow {
    /// Digest or the beginning of one, repository:tag, repository@digest, or repository.
    pub(crate) image: String,
    /// Only behaviours of this dimension, such as spawn or connect; may be given several times.
    #[arg(long, value_name = "NAME")]
    pub(crate) dimension: Vec<String>,
    /// Only behaviours about which a decision holds.
    #[arg(long)]
    pub(crate) decided: bool,
    /// At most this many behaviours.
    #[arg(long, value_name = "COUNT", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) limit: u32,
}

/// A behaviour, as `intent show` and findings have it, and what is decided of it.
#[derive(Debug, Args)]
pub(crate) struct Stated {
    /// The image; for --scope image and --scope repository only.
    pub(crate) image: Option<String>,
    /// The dimension, such as spawn or connect.
    #[arg(long, value_name = "NAME")]
    pub(crate) dimension: String,
    /// In what it happens, such as the program.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub(crate) context: String,
    /// What happens. It stands for what reads the same, and nothing else.
    #[arg(long, value_name = "TEXT")]
    pub(crate) value: String,
    /// The Kubernetes namespace; for --scope namespace only.
    #[arg(long, value_name = "NAME", default_value = "")]
    pub(crate) namespace: String,
    #[command(flatten)]
    pub(crate) terms: Terms,
}
