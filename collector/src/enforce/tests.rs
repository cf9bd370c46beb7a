//! What is enforced follows from the policies and the containers, whatever comes in whatever order; the kernel side's tables
//! are plain maps here. That the kernel does as they say is tested in tests/tests/enforcement.rs.

use super::{tables::LEFT_OUT, *};
use crate::container::ImageInfo;
use plumbline_proto::v1::PolicySet;
use proptest::prelude::*;
use prost::Message;
use ring::signature::{Ed25519KeyPair, KeyPair};
use std::sync::{Mutex, PoisonError};

const HOUR: u64 = 3_600_000_000_000;
const DIGEST: &str = "sha256:aa";

/// The kernel side's tables as plain maps that the test looks into.
#[derive(Debug, Default)]
struct Naive {
    enforced: BTreeMap<u64, Enforced>,
    listed: BTreeMap<(u32, Listed), u32>,
    limits: BTreeMap<u32, u32>,
    kills: BTreeMap<u32, u64>,
    lease_ns: u64,
    full: bool,
    /// What was done, in its order: rules of a control group, a path that says more, or less.
    done: Vec<&'static str>,
}

#[derive(Clone, Debug, Default)]
struct Shared(Arc<Mutex<Naive>>);

impl Shared {
    fn look<T>(&self, at: impl FnOnce(&mut Naive) -> T) -> T {
        at(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn outcome(&self, group: u64) -> Option<EnforcementOutcome> {
        self.look(|tables| tables.enforced.get(&group).map(|enforced| enforced.outcome))
    }
}

impl Tables for Shared {
    fn enforce(&mut self, group: u64, enforced: Option<Enforced>) -> Result<(), TableError> {
        self.look(|tables| {
            tables.done.push("rules");
            match enforced {
                Some(_) if tables.full => return Err(TableError::Full),
                Some(enforced) => tables.enforced.insert(group, enforced),
                None => tables.enforced.remove(&group),
            };
            Ok(())
        })
    }

    fn list(&mut self, policy: u32, path: &Listed, bits: u32) -> Result<(), TableError> {
        self.look(|tables| {
            let now = tables.listed.get(&(policy, *path)).copied().unwrap_or_default();
            tables.done.push(if bits & now == now { "more" } else { "less" });
            match bits {
                _ if tables.full => return Err(TableError::Full),
                0 => tables.listed.remove(&(policy, *path)),
                bits => tables.listed.insert((policy, *path), bits),
            };
            Ok(())
        })
    }

    fn limit(&mut self, policy: u32, kills: u32) -> Result<(), TableError> {
        self.look(|tables| tables.limits.insert(policy, kills));
        Ok(())
    }

    fn kills(&self, policy: u32) -> u64 {
        self.look(|tables| tables.kills.get(&policy).copied().unwrap_or_default())
    }

    fn reset(&mut self, policy: u32) -> Result<(), TableError> {
        self.look(|tables| tables.kills.remove(&policy));
        Ok(())
    }

    fn vouch(&mut self, until_ns: u64) -> Result<(), TableError> {
        self.look(|tables| tables.lease_ns = until_ns);
        Ok(())
    }
}

struct Fixture {
    pair: Ed25519KeyPair,
    tables: Shared,
    enforcer: Enforcer,
    state: watch::Receiver<EnforcementState>,
    tasks: tokio::sync::mpsc::Receiver<Task>,
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
        Self::with(pair, tempfile::tempdir().unwrap())
    }

    fn with(pair: Ed25519KeyPair, folder: tempfile::TempDir) -> Self {
        let key = pair.public_key().as_ref().try_into().unwrap();
        let policies = Policies::open(key, Some(folder.path().join("spool.policies")));
        let tables = Shared::default();
        let off = folder.path().join("off");
        let (orders, tasks) = Orders::open("n", Some(folder.path().join("spool.orders")));
        let (enforcer, state) = Enforcer::new(Box::new(tables.clone()), policies, orders, off);
        Self { pair, tables, enforcer, state, tasks, folder }
    }

    /// As after a kill of the collector: only what is on disk is left.
    fn restarted(self) -> Self {
        Self::with(self.pair, self.folder)
    }

    fn sign(&self, set: &PolicySet) -> SignedPolicies {
        let policies = set.encode_to_vec();
        let message = [b"plumbline policies 1\0".as_slice(), &policies].concat();
        SignedPolicies { signature: self.pair.sign(&message).as_ref().to_vec(), policies }
    }

    fn send(&mut self, set: &PolicySet, now: u64) {
        let signed = self.sign(set);
        self.enforcer.take(&signed, now);
    }

    fn started(&mut self, id: &str, digest: &str, group: u64, labels: &[(&str, &str)]) {
        let image = ImageInfo { digest: digest.into(), ..ImageInfo::default() };
        let labels = labels.iter().map(|(label, value)| ((*label).into(), (*value).into())).collect();
        let info =
            ContainerInfo { id: id.into(), labels, image: Arc::new(image), ..ContainerInfo::default() };
        self.enforcer.group(&id.into(), group);
        self.enforcer.describe(&info, 5_000_000_000);
    }

    fn told(&self) -> EnforcementState {
        self.state.borrow().clone()
    }
}

fn policy(mode: EnforcementMode) -> ImagePolicy {
    ImagePolicy {
        digest: DIGEST.into(),
        mode: mode as i32,
        immutable: true,
        allow_list: true,
        allowed: vec!["/usr/bin/redis-server".into()],
        exempt: vec!["/opt/plugin".into()],
        kills_per_minute: 3,
        revision: 1,
        on_confirmed_attack: 0,
    }
}

fn set(version: u64, images: Vec<ImagePolicy>) -> PolicySet {
    PolicySet { version, expires_unix_ns: HOUR, armed: true, images, orders: Vec::new() }
}

#[test]
fn a_policy_reaches_the_containers_of_its_image_and_no_others() {
    let mut it = Fixture::new();
    it.started("before", DIGEST, 1, &[]);
    it.started("other", "sha256:bb", 2, &[]);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    it.started("after", DIGEST, 3, &[]);
    it.enforcer.group(&"after".into(), 4);
    it.enforcer.group(&"unknown".into(), 5);
    let groups: Vec<u64> = it.tables.look(|tables| tables.enforced.keys().copied().collect());
    assert_eq!(groups, [1, 3, 4]);
    let first = it.tables.look(|tables| tables.enforced[&1]);
    assert_eq!((first.immutable, first.allow_list, first.started_s), (true, true, 5));
    assert_eq!(first.outcome, EnforcementOutcome::Killed);
    it.enforcer.forget("after");
    assert_eq!(it.tables.look(|tables| tables.enforced.len()), 1);
    assert_eq!((it.told().version, it.told().containers, it.told().inactive), (1, 1, String::new()));
}

#[test]
fn each_mode_does_what_it_says_and_a_disarmed_one_kills_nothing() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    let modes = [
        (EnforcementMode::Observe, EnforcementOutcome::Observed),
        (EnforcementMode::Warn, EnforcementOutcome::Warned),
        (EnforcementMode::Enforce, EnforcementOutcome::Killed),
    ];
    for (version, (mode, outcome)) in (1..).zip(modes) {
        it.send(&set(version, vec![policy(mode)]), 1);
        assert_eq!(it.tables.outcome(1), Some(outcome));
    }
    it.send(&PolicySet { armed: false, ..set(9, vec![policy(EnforcementMode::Enforce)]) }, 1);
    assert_eq!(it.tables.outcome(1), Some(EnforcementOutcome::Warned));
    it.send(&set(10, Vec::new()), 1);
    assert_eq!(it.tables.outcome(1), None, "a policy that is gone enforces nothing");
    assert!(it.tables.look(|tables| tables.listed.is_empty()));
}

/// The list once went before the rule that went by it: for a moment all that was allowed would have been killed.
#[test]
fn a_list_grows_before_it_is_enforced_and_shrinks_after() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    let without = ImagePolicy { allow_list: false, allowed: Vec::new(), ..policy(EnforcementMode::Enforce) };
    it.send(&set(2, vec![without]), 1);
    assert_eq!(it.tables.look(|tables| tables.done.clone()), ["more", "more", "rules", "rules", "less"]);
    it.enforcer.tick(2);
    assert_eq!(it.tables.look(|tables| tables.done.len()), 5, "what has not changed is left alone");
}

#[test]
fn what_is_not_signed_or_older_or_expired_changes_nothing() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&set(5, vec![policy(EnforcementMode::Enforce)]), 1);
    let mut forged = it.sign(&set(6, Vec::new()));
    forged.policies = set(7, Vec::new()).encode_to_vec();
    it.enforcer.take(&forged, 1);
    assert!(it.told().inactive.contains("not signed"), "{:?}", it.told());
    it.send(&set(4, Vec::new()), 1);
    assert!(it.told().inactive.contains("version 4 were sent, but 5"), "{:?}", it.told());
    it.send(&PolicySet { expires_unix_ns: 1, ..set(6, Vec::new()) }, 1);
    assert!(it.told().inactive.contains("expired"), "{:?}", it.told());
    it.send(&set(6, vec![ImagePolicy { mode: 9, ..policy(EnforcementMode::Warn) }]), 1);
    assert!(it.told().inactive.contains("a mode"), "{:?}", it.told());
    assert_eq!((it.told().version, it.tables.outcome(1)), (5, Some(EnforcementOutcome::Killed)));
    it.send(&set(5, vec![policy(EnforcementMode::Enforce)]), 1);
    assert_eq!(it.told().inactive, "", "the set that is held may be sent again");
}

#[test]
fn policies_outlive_a_killed_collector_and_end_when_they_say() {
    let mut it = Fixture::new();
    it.send(&set(5, vec![policy(EnforcementMode::Enforce)]), 1);
    let mut it = it.restarted();
    it.enforcer.tick(2);
    it.started("c", DIGEST, 1, &[]);
    assert_eq!(it.tables.outcome(1), Some(EnforcementOutcome::Killed));
    it.enforcer.tick(HOUR);
    assert_eq!(it.tables.outcome(1), None);
    assert!(it.told().inactive.contains("expired"), "{:?}", it.told());
    it.send(&set(3, vec![policy(EnforcementMode::Enforce)]), 2);
    assert_eq!(it.tables.outcome(1), Some(EnforcementOutcome::Killed), "the older set was refused");
    assert_eq!(it.told().version, 5);
}

#[test]
fn a_file_that_was_changed_is_not_used() {
    let mut it = Fixture::new();
    it.send(&set(5, vec![policy(EnforcementMode::Enforce)]), 1);
    let file = it.folder.path().join("spool.policies");
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[9] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let mut it = it.restarted();
    it.enforcer.tick(2);
    assert_eq!(it.told().version, 0);
}

#[test]
fn the_switch_of_the_node_and_the_label_let_everything_run() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.started("glass", DIGEST, 2, &[(BREAK_GLASS, "")]);
    it.started("whole", DIGEST, 3, &[(BREAK_GLASS, "false")]);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    assert_eq!([1, 2, 3].map(|group| it.tables.outcome(group).is_some()), [true, false, true]);
    assert_eq!((it.told().containers, it.told().broken_glass), (2, 1));
    // What the image's author wrote is no decision of who runs it.
    let image = ImageInfo {
        digest: DIGEST.into(),
        labels: vec![(BREAK_GLASS.into(), "1".into())],
        ..ImageInfo::default()
    };
    let labels = image.labels.clone();
    let info =
        ContainerInfo { id: "author".into(), labels, image: Arc::new(image), ..ContainerInfo::default() };
    it.enforcer.group(&"author".into(), 4);
    it.enforcer.describe(&info, 1);
    assert!(it.tables.outcome(4).is_some());
    it.enforcer.forget("author");
    let key = ProcessKey { pid: u32::MAX, start_ticks: 1 };
    assert_eq!(it.enforcer.script(key, "glass", "/tmp/x.sh", unasked), None);
    let off = it.folder.path().join("off");
    std::fs::write(&off, "").unwrap();
    it.enforcer.tick(2);
    assert_eq!([1, 2, 3].map(|group| it.tables.outcome(group).is_some()), [false; 3]);
    assert!(it.told().inactive.contains("switched off on the node"), "{:?}", it.told());
    std::fs::remove_file(off).unwrap();
    it.enforcer.tick(3);
    assert_eq!([1, 2, 3].map(|group| it.tables.outcome(group).is_some()), [true, false, true]);
}

#[test]
fn a_policy_that_came_to_its_limit_stays_off_until_a_person_sets_it_again() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    assert_eq!(it.tables.look(|tables| tables.limits[&0]), 3);
    it.tables.look(|tables| tables.kills.insert(0, 77 << 16 | 3));
    it.enforcer.tick(2);
    assert_eq!(it.told().spared, Vec::<String>::new(), "three are allowed");
    it.tables.look(|tables| tables.kills.insert(0, 77 << 16 | LEFT_OUT | 3));
    it.enforcer.tick(3);
    assert_eq!(it.told().spared, [DIGEST]);
    assert_eq!(it.tables.look(|tables| tables.limits[&0]), 0);
    // A set for another reason leaves it as it is, and so does a restart.
    it.send(&set(2, vec![policy(EnforcementMode::Enforce)]), 4);
    assert_eq!(it.told().spared, [DIGEST]);
    let mut it = it.restarted();
    it.enforcer.tick(5);
    assert_eq!((it.told().spared, it.tables.look(|tables| tables.limits[&0])), (vec![DIGEST.to_owned()], 0));
    it.send(&set(3, vec![ImagePolicy { revision: 2, ..policy(EnforcementMode::Enforce) }]), 6);
    assert_eq!((it.told().spared, it.tables.look(|tables| tables.limits[&0])), (Vec::new(), 3));
    // It was off again a second later, by what had been counted before.
    it.enforcer.tick(7);
    assert_eq!((it.told().spared, it.tables.look(|tables| tables.limits[&0])), (Vec::new(), 3));
}

/// What people approve reaches the list within the minute, and a minute is not longer for it.
#[test]
fn a_list_that_grows_does_not_give_a_policy_more_kills() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    let enforced = || policy(EnforcementMode::Enforce);
    it.send(&set(1, vec![enforced()]), 1);
    it.tables.look(|tables| tables.kills.insert(0, 77 << 16 | 2));
    let more = ImagePolicy { allowed: vec!["/bin/sh".into(), "/usr/bin/redis-server".into()], ..enforced() };
    it.send(&set(2, vec![more.clone()]), 2);
    assert_eq!(it.tables.look(|tables| tables.kills[&0]), 77 << 16 | 2);
    it.send(&set(3, vec![ImagePolicy { revision: 2, ..more }]), 3);
    assert!(it.tables.look(|tables| tables.kills.is_empty()), "a person has set it");
}

/// Kills go on only while somebody looks at what has expired and what was switched off.
#[test]
fn each_look_renews_the_lease_and_nothing_else_does() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    assert_eq!(it.tables.look(|tables| tables.lease_ns), 0);
    let before = boot_ns();
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    let first = it.tables.look(|tables| tables.lease_ns);
    assert!((before + LEASE_NS..=boot_ns() + LEASE_NS).contains(&first), "{first}");
    it.started("d", DIGEST, 2, &[]);
    assert_eq!(it.tables.look(|tables| tables.lease_ns), first);
    it.enforcer.tick(2);
    assert!(it.tables.look(|tables| tables.lease_ns) > first);
}

/// To find out reads the container's files, which costs more than to ask what is set.
fn unasked() -> Option<bool> {
    panic!("no policy says anything of it")
}

fn is_new() -> Option<bool> {
    Some(true)
}

#[test]
fn scripts_and_programs_share_the_limit() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    // Nobody has this pid, so nothing is killed, but it counts.
    let nobody = ProcessKey { pid: i32::MAX as u32, start_ticks: 1 };
    assert_eq!(it.enforcer.script(nobody, "c", "/opt/plugin", unasked), None);
    assert_eq!(it.enforcer.script(nobody, "another", "/tmp/x.sh", unasked), None);
    assert_eq!(it.enforcer.script(nobody, "c", "/tmp/x.sh", || Some(false)), None);
    assert_eq!(it.enforcer.script(nobody, "c", "/tmp/x.sh", is_new), Some(EnforcementOutcome::Failed));
    assert_eq!(it.tables.look(|tables| tables.limits[&0]), 2, "the kernel side has one less");
    it.tables.look(|tables| tables.kills.insert(0, minute() << 16 | LEFT_OUT | 1));
    assert_eq!(
        it.enforcer.script(nobody, "c", "/tmp/x.sh", is_new),
        Some(EnforcementOutcome::Spared),
        "it left one out"
    );
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    assert_eq!(it.enforcer.script(nobody, "c", "/tmp/x.sh", is_new), Some(EnforcementOutcome::Failed));
    it.tables.look(|tables| tables.kills.insert(0, minute() << 16 | 2));
    assert_eq!(it.enforcer.script(nobody, "c", "/tmp/x.sh", is_new), Some(EnforcementOutcome::Spared));
    assert_eq!(it.told().spared, [DIGEST]);
    assert_eq!(it.enforcer.script(nobody, "c", "/tmp/x.sh", is_new), Some(EnforcementOutcome::Spared));
}

#[test]
fn tables_that_are_full_enforce_less_and_say_so() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.tables.look(|tables| tables.full = true);
    it.send(&set(1, vec![policy(EnforcementMode::Enforce)]), 1);
    assert_eq!(it.tables.outcome(1), None);
    assert!(it.told().inactive.contains("full"), "{:?}", it.told());
    it.tables.look(|tables| tables.full = false);
    it.enforcer.tick(2);
    assert_eq!(it.tables.outcome(1), Some(EnforcementOutcome::Killed), "it is tried again");
    assert_eq!(it.tables.look(|tables| tables.listed.len()), 2, "what is allowed first of all");
    assert_eq!(it.told().inactive, "");
}

#[test]
fn paths_are_as_the_kernel_side_has_them() {
    assert_eq!(Listed::of("/usr/bin/x"), Listed::of("/usr//bin/x"));
    assert!(Listed::of("usr/bin").is_none() && Listed::of("/a\0b").is_none());
    assert!(Listed::of(&format!("/{}", "a".repeat(249))).is_some());
    assert!(Listed::of(&format!("/{}", "a".repeat(250))).is_none());
}

proptest! {
    /// Whatever comes in whatever order: a control group is enforced in exactly if its container is described, of an
    /// image with a policy, and has no label against it.
    #[test]
    fn the_table_is_what_the_containers_and_policies_say(
        steps in proptest::collection::vec((0..5_u8, 0..4_usize, 0..3_usize, any::<bool>()), 1..60),
    ) {
        let mut it = Fixture::new();
        let (mut version, mut with_policy) = (0, BTreeSet::new());
        let (mut groups, mut described) = (BTreeMap::new(), BTreeMap::new());
        for (number, (what, container, image, flag)) in steps.into_iter().enumerate() {
            let (id, digest): (Arc<str>, String) = (container.to_string().into(), format!("sha256:{image}"));
            match what {
                0 => {
                    let group = number as u64 + 1;
                    it.enforcer.group(&id, group);
                    groups.entry(container).or_insert_with(Vec::new).push(group);
                }
                1 | 2 => {
                    let labels = if flag { vec![(BREAK_GLASS.to_owned(), String::new())] } else { Vec::new() };
                    let of = ImageInfo { digest, ..ImageInfo::default() };
                    let info = ContainerInfo { id, labels, image: Arc::new(of), ..ContainerInfo::default() };
                    it.enforcer.describe(&info, 1);
                    described.insert(container, (image, flag));
                }
                3 => {
                    it.enforcer.forget(&id);
                    groups.remove(&container);
                    described.remove(&container);
                }
                _ => {
                    if !with_policy.remove(&image) {
                        with_policy.insert(image);
                    }
                    version += 1;
                    let images = with_policy.iter().map(|image| ImagePolicy {
                        digest: format!("sha256:{image}"),
                        ..policy(EnforcementMode::Enforce)
                    });
                    it.send(&set(version, images.collect()), 1);
                }
            }
            let wanted: BTreeSet<u64> = described
                .iter()
                .filter(|(_, (image, glass))| with_policy.contains(image) && !glass)
                .flat_map(|(container, _)| groups.get(container).into_iter().flatten().copied())
                .collect();
            let enforced: BTreeSet<u64> = it.tables.look(|tables| tables.enforced.keys().copied().collect());
            prop_assert_eq!(enforced, wanted);
            let numbers: BTreeSet<u32> = it.tables.look(|tables| tables.listed.keys().map(|(policy, _)| *policy).collect());
            prop_assert_eq!(numbers.len(), with_policy.len(), "each policy has a number of its own");
        }
    }
}

mod orders;
