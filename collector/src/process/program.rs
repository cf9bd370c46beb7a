//! What a process runs and with what rights: what makes two events those of one program.

use crate::raw::{Exec, FileId, Identity};
use std::{
    hash::{BuildHasher, Hash, Hasher, RandomState},
    sync::{Arc, LazyLock, OnceLock},
};

/// What a process runs, and with what rights.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Program {
    pub(crate) executable: String,
    pub(crate) file: FileId,
    pub(crate) script: String,
    pub(crate) arguments: Vec<String>,
    pub(crate) argument_bytes: u32,
    pub(crate) rights: Rights,
    /// `ProcessFlag` bits of the wire.
    pub(crate) flags: u32,
    pub(crate) memo: Memo,
}

/// The hash of all that stands beside it, worked out when it is first asked for: each event of a process asks for
/// it, and for its parent's. A copy, which may be changed, begins without one.
#[derive(Debug, Default)]
pub(crate) struct Memo(OnceLock<u64>);

impl Clone for Memo {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl PartialEq for Memo {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Memo {}

impl Hash for Program {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Of this run's own: a container can't choose programs that collide.
        static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);
        let Self { executable, file, script, arguments, argument_bytes, rights, flags, memo } = self;
        let all = (executable, file, script, arguments, argument_bytes, rights, flags);
        state.write_u64(*memo.0.get_or_init(|| KEYS.hash_one(all)));
    }
}

/// What a process may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Rights {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) euid: u32,
    pub(crate) egid: u32,
    pub(crate) capabilities: u64,
}

impl From<&Identity> for Rights {
    fn from(identity: &Identity) -> Self {
        let Identity { uid, gid, euid, egid, capabilities, .. } = *identity;
        Self { uid, gid, euid, egid, capabilities }
    }
}

impl Program {
    /// About how many bytes of memory it takes.
    pub(crate) fn weight(&self) -> usize {
        self.executable.len()
            + self.script.len()
            + self.arguments.iter().map(|argument| argument.len() + size_of::<String>()).sum::<usize>()
    }

    pub(super) fn of(exec: Exec, flags: u32) -> Arc<Self> {
        Arc::new(Self {
            rights: Rights::from(&exec.identity),
            executable: exec.executable,
            file: exec.file,
            script: exec.script,
            arguments: exec.arguments,
            argument_bytes: exec.argument_bytes,
            flags,
            memo: Memo::default(),
        })
    }
}
