//! What a batch tells of programs that broke a policy, for the shard that owns their image.
//!
//! The model is not shown it: that a program was killed says nothing of whether it is new, and the program itself stands among
//! the execs. Texts are the container's, and cut here to what a record keeps.

use plumbline_proto::v1::EnforcementRule;

use super::{Checked, at};
use crate::policies::{Breaches, Broken};

/// Longest path that is told, in bytes.
const PATH_BYTES: usize = 1024;
/// Longest id of a container; that of a runtime has 64.
const ID_BYTES: usize = 128;

impl Checked {
    /// Programs in containers of a shard's images that broke a policy.
    pub(crate) fn breaches_of(&self, shard: usize) -> Breaches {
        let mut breaches = Breaches::default();
        let batch = &self.batch;
        let (Some(rows), Some(processes)) = (&batch.enforcements, &batch.processes) else { return breaches };
        for (row, &process) in rows.process.iter().enumerate() {
            let process = process as usize;
            let Some(container) = batch.containers.get(at(&processes.container, process) as usize) else {
                continue; // rows were checked
            };
            if self.owners.get(container.image as usize) != Some(&shard) {
                continue;
            }
            let digest =
                batch.images.get(container.image as usize).map_or("", |image| self.string(image.digest));
            let script = self.string(at(&processes.script, process));
            let is_script = at(&rows.rule, row) == i32::from(EnforcementRule::Script) && !script.is_empty();
            let executable = if is_script { script } else { self.string(at(&processes.executable, process)) };
            let broken = Broken {
                unix_ns: batch.base_unix_ns.saturating_add(at(&rows.time_ns, row)),
                executable: cut(executable, PATH_BYTES),
                rule: at(&rows.rule, row),
                outcome: at(&rows.outcome, row),
                container_id: cut(self.string(container.id), ID_BYTES),
                node: batch.node.clone(),
            };
            breaches.add(digest, broken, at(&rows.count, row).into());
        }
        breaches
    }
}

fn cut(text: &str, bytes: usize) -> String {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use plumbline_proto::v1::EnforcementOutcome;
    use prost::Message;

    use super::super::{SHARDS, check, shard_of, tests::sample};

    #[test]
    fn the_shard_of_an_image_is_told_what_broke_its_policy_and_no_other_is() {
        let checked = check(sample().encode_to_vec().into()).unwrap();
        let own = shard_of("shop/web");
        assert!((0..SHARDS).all(|shard| shard == own || checked.breaches_of(shard).is_empty()));
        let mut told = checked.breaches_of(own).into_each();
        let (digest, node, tally) = told.next().unwrap();
        assert!(told.next().is_none());
        assert_eq!((digest.as_str(), node.as_str()), ("sha256:a", "node-1"));
        assert_eq!((tally.counts.observed, tally.counts.killed), (1, 3));
        let [script, executable] = &tally.last[..] else { panic!("{tally:?}") };
        assert_eq!(script.outcome, i32::from(EnforcementOutcome::Killed));
        assert_eq!((script.executable.as_str(), executable.executable.as_str()), ("/bin/sh", "/bin/sh"));
        assert_eq!(
            (executable.container_id.as_str(), executable.unix_ns),
            ("c0ffee", 1_700_000_000_000_000_006)
        );
    }
}
