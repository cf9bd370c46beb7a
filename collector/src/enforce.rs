//! What may be started where: keeps the kernel side's tables in step with the policies and with the containers there are.
//!
//! Off unless the collector was given the key that policies are signed for. The kernel side decides and kills; only a
//! script is judged here, because its file is found only after its start. Whatever is in doubt runs on: a container whose
//! image is not known yet, a policy that has expired, tables that are full, the switch file on this node, a container that
//! was started with the label [`BREAK_GLASS`]. More kills of an image than its policy allows in a minute end killing on
//! this node until a person sets the policy again. Not here: what becomes of what is told; the server counts and warns.

mod limit;
mod orders;
mod policies;
mod tables;

pub(crate) use orders::{Orders, Task, carry_out};
pub(crate) use policies::{Policies, public_key};
pub(crate) use tables::{Enforced, KernelTables, Listed, Tables};
#[cfg(test)]
pub(crate) use tables::{RawEnforced, RawListed, TableError};

use crate::{container::ContainerInfo, procfs, raw::ProcessKey};
use clap::Args;
use limit::{came_to_its_limit, may_kill, roll, spare};
use orders::{Facts, Ruling};
use plumbline_proto::v1::{
    EnforcementMode, EnforcementOutcome, EnforcementState, ImagePolicy, OrderResult, SignedPolicies,
};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::PathBuf,
    sync::Arc,
};
use tokio::sync::watch;

/// A container or pod with this label, whatever it says but "false", is never touched.
const BREAK_GLASS: &str = "plumbline.dev/break-glass";
/// Control groups of one container that are remembered: it has one, unless it makes more.
const GROUPS: usize = 64;
const MINUTE_NS: u64 = 60_000_000_000;
/// For how long the kernel side kills when nobody looks at switches and expiry any more. Long enough for a node under a load
/// that keeps the collector from its turn.
const LEASE_NS: u64 = 30_000_000_000;

/// What enforcing needs.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct EnforceArgs {
    /// Public Ed25519 key of the server's policies, PEM, as `plumbline-server enforcement init-key` makes it: what is
    /// started in containers against a policy is then counted, told or killed, as the policy says. Without it policies
    /// are not asked for.
    #[arg(long, value_name = "FILE")]
    pub(crate) enforcement_key: Option<PathBuf>,
    /// While this file exists, nothing is enforced on this node.
    #[arg(long, value_name = "PATH", default_value = "/run/plumbline-collector/enforcement-off")]
    pub(crate) enforcement_off_file: PathBuf,
}

/// Policies that come from the server, and what the server is told of them.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) policies: watch::Sender<Option<SignedPolicies>>,
    pub(crate) state: watch::Receiver<EnforcementState>,
}

/// Enforces policies on this node.
pub(crate) struct Enforcer {
    tables: Box<dyn Tables>,
    policies: Policies,
    orders: Orders,
    off_file: PathBuf,
    off: bool,
    /// Version of the set that the tables have, and whether it held.
    applied: Option<(u64, bool)>,
    containers: HashMap<Arc<str>, Contained>,
    /// Policies that hold, by the digest of their image.
    slots: HashMap<String, Slot>,
    /// Why the set that was sent last was not taken.
    refused: String,
    /// What the tables would not take.
    failure: String,
    state: watch::Sender<EnforcementState>,
}

/// A container with processes.
#[derive(Debug, Default)]
struct Contained {
    /// Its control groups, and what the kernel side enforces in each.
    groups: BTreeMap<u64, Option<Enforced>>,
    /// Digest of its image, once it is known.
    image: Option<String>,
    broken_glass: bool,
    started_unix_ns: u64,
}

/// A policy that holds, and its number in the kernel side's tables.
#[derive(Debug)]
struct Slot {
    number: u32,
    policy: ImagePolicy,
    listed: BTreeMap<Listed, u32>,
    /// The lists may hold more than the policy says.
    stale: bool,
    /// It came to its limit, so it only warns.
    spared: bool,
    /// Scripts that were killed, and in which minute since boot.
    scripts: (u64, u32),
}

impl Slot {
    /// What becomes of what breaks it.
    fn outcome(&self, armed: bool) -> EnforcementOutcome {
        match self.policy.mode() {
            EnforcementMode::Enforce if armed => EnforcementOutcome::Killed,
            EnforcementMode::Enforce | EnforcementMode::Warn => EnforcementOutcome::Warned,
            EnforcementMode::Observe | EnforcementMode::Unspecified => EnforcementOutcome::Observed,
        }
    }

    /// Kills that the kernel side may still count in a minute.
    fn limit(&self) -> u32 {
        if self.spared { 0 } else { self.policy.kills_per_minute.saturating_sub(self.scripts.1) }
    }
}

impl Enforcer {
    /// With what an earlier run was sent, if that still holds. Gives the other side of the state, too.
    pub(crate) fn new(
        tables: Box<dyn Tables>,
        policies: Policies,
        orders: Orders,
        off_file: PathBuf,
    ) -> (Self, watch::Receiver<EnforcementState>) {
        let (state, told) = watch::channel(EnforcementState::default());
        let enforcer = Self {
            tables,
            policies,
            orders,
            off_file,
            off: false,
            applied: None,
            containers: HashMap::new(),
            slots: HashMap::new(),
            refused: String::new(),
            failure: String::new(),
            state,
        };
        (enforcer, told)
    }

    /// Takes a set of policies from the server.
    pub(crate) fn take(&mut self, signed: &SignedPolicies, now_unix_ns: u64) {
        self.refused = match self.policies.take(signed, now_unix_ns) {
            Ok(version) => {
                tracing::info!(version, images = self.policies.images().len(), "policies were taken");
                String::new()
            }
            Err(error) => {
                tracing::error!(%error, "policies were refused; those before stay in force until they expire");
                error.to_string()
            }
        };
        self.look(now_unix_ns, boot_ns());
    }

    /// Looks at the clock, the switch of this node and the kernel side's counts. To be called about once a second.
    pub(crate) fn tick(&mut self, now_unix_ns: u64) {
        self.look(now_unix_ns, boot_ns());
    }

    /// A program was started in a container, in this control group.
    pub(crate) fn group(&mut self, container: &Arc<str>, group: u64) {
        if let Some(known) = self.containers.get(container)
            && (known.groups.contains_key(&group) || known.groups.len() >= GROUPS)
        {
            return;
        }
        self.containers.entry(container.clone()).or_default().groups.insert(group, None);
        self.enforce_in(container);
    }

    /// A container is known by now.
    pub(crate) fn describe(&mut self, info: &ContainerInfo, started_unix_ns: u64) {
        // An engine gives a container the labels of its image, too; those are no decision of who starts it.
        let own = info.labels.iter().filter(|label| !info.image.labels.contains(label));
        let pod = info.pod.iter().flat_map(|pod| &pod.labels);
        let broken_glass = own.chain(pod).any(|(label, value)| label == BREAK_GLASS && value != "false");
        let contained = self.containers.entry(info.id.clone()).or_default();
        contained.image = Some(info.image.digest.clone());
        contained.broken_glass = broken_glass;
        contained.started_unix_ns = started_unix_ns;
        self.enforce_in(&info.id);
        self.tell();
    }

    /// A container has ended.
    pub(crate) fn forget(&mut self, container: &str) {
        if let Some(contained) = self.containers.remove(container) {
            for (group, _) in contained.groups.into_iter().filter(|(_, enforced)| enforced.is_some()) {
                // The kernel numbers control groups upwards: what stays behind is of none.
                let _ = self.tables.enforce(group, None);
            }
            self.tell();
        }
    }

    /// A program of a container interprets a script that was written after its start, if `written` finds so; it is asked
    /// only where a policy says something of it. Gives what became of it, if that breaks the policy.
    pub(crate) fn script(
        &mut self,
        process: ProcessKey,
        container: &str,
        path: &str,
        written: impl FnOnce() -> Option<bool>,
    ) -> Option<EnforcementOutcome> {
        let contained = self.containers.get(container).filter(|contained| !contained.broken_glass)?;
        let armed = self.policies.armed();
        let digest = contained.image.as_ref()?;
        let slot = self.slots.get_mut(digest)?;
        if !slot.policy.immutable || slot.policy.exempt.iter().any(|exempt| exempt == path) {
            return None;
        }
        written().filter(|written| *written)?;
        let outcome = match slot.outcome(armed) {
            EnforcementOutcome::Killed if !may_kill(&mut *self.tables, slot, minute()) => {
                spare(&mut *self.tables, &mut self.policies, digest, slot);
                EnforcementOutcome::Spared
            }
            EnforcementOutcome::Killed if !kill(process) => EnforcementOutcome::Failed,
            outcome => outcome,
        };
        if outcome == EnforcementOutcome::Spared {
            self.tell();
        }
        Some(outcome)
    }

    fn look(&mut self, now_unix_ns: u64, boot_ns: u64) {
        let off = self.off_file.exists();
        if off != self.off {
            tracing::warn!(file = %self.off_file.display(), off, "the switch of this node was turned");
            self.off = off;
        }
        for (digest, slot) in &mut self.slots {
            if came_to_its_limit(&*self.tables, slot) {
                spare(&mut *self.tables, &mut self.policies, digest, slot);
            }
            roll(&mut *self.tables, slot, boot_ns / MINUTE_NS);
        }
        let holds = !off && self.policies.hold(now_unix_ns);
        let state = (self.policies.version(), holds);
        // Nothing else changes what a policy comes to; what the tables refused is tried again.
        if self.applied != Some(state) || !self.failure.is_empty() {
            self.applied = Some(state);
            self.apply(holds);
        }
        // Last: what it stands for is in the tables by now.
        if let Err(error) = self.tables.vouch(boot_ns.saturating_add(LEASE_NS)) {
            self.failure = error.to_string();
        }
        if self.policies.hold(now_unix_ns) {
            self.look_at_orders(now_unix_ns);
        }
        self.tell_at(now_unix_ns);
    }

    /// Carries out or refuses what the server asks for, unless that was done before.
    fn look_at_orders(&mut self, now_unix_ns: u64) {
        for order in self.orders.open_of(&self.policies) {
            let Self { off, policies, slots, containers, orders, .. } = &mut *self;
            let facts = Facts { off: *off, policies, slots, containers };
            match orders.judge(&order, &facts, now_unix_ns) {
                Ruling::Wait => {}
                Ruling::Go(act) => self.orders.begin(&order, act, now_unix_ns),
                Ruling::Refuse(why) => self.orders.refuse(&order, &why, now_unix_ns),
                Ruling::Spend => {
                    if let Some(slot) = self.slots.get_mut(&order.digest) {
                        spare(&mut *self.tables, &mut self.policies, &order.digest, slot);
                    }
                    self.orders.refuse(&order, "as many as may be were carried out in a minute", now_unix_ns);
                }
            }
        }
    }

    /// Takes in what came of an order.
    pub(crate) fn carried(&mut self, result: OrderResult) {
        self.orders.end(result);
        self.tell();
    }

    fn apply(&mut self, holds: bool) {
        let wanted = if holds { self.policies.images() } else { &[] };
        let wanted: BTreeMap<String, ImagePolicy> =
            wanted.iter().map(|policy| (policy.digest.clone(), policy.clone())).collect();
        self.failure.clear();
        let gone: Vec<String> =
            self.slots.keys().filter(|digest| !wanted.contains_key(*digest)).cloned().collect();
        for digest in gone {
            self.end(&digest);
        }
        for (digest, policy) in wanted {
            self.set(digest, policy);
        }
        let containers: Vec<Arc<str>> = self.containers.keys().cloned().collect();
        containers.iter().for_each(|container| self.enforce_in(container));
        self.take_back();
    }

    fn end(&mut self, digest: &str) {
        let Some(slot) = self.slots.remove(digest) else { return };
        // Nothing may go by a number that another policy can get.
        let of: Vec<Arc<str>> = self
            .containers
            .iter()
            .filter(|(_, of)| of.image.as_deref() == Some(digest))
            .map(|(container, _)| container.clone())
            .collect();
        of.iter().for_each(|container| self.enforce_in(container));
        slot.listed.keys().for_each(|path| drop(self.tables.list(slot.number, path, 0)));
    }

    fn set(&mut self, digest: String, policy: ImagePolicy) {
        let spared = self.policies.is_spared(&digest, policy.revision);
        let taken: BTreeSet<u32> = self.slots.values().map(|slot| slot.number).collect();
        let slot = self.slots.entry(digest).or_insert_with(|| Slot {
            number: (0..).find(|number| !taken.contains(number)).unwrap_or_default(),
            policy: ImagePolicy::default(),
            listed: BTreeMap::new(),
            stale: false,
            spared: false,
            scripts: (0, 0),
        });
        if slot.policy == policy {
            return;
        }
        slot.spared = spared;
        // What was counted is of the number's policy before, or of what a person has looked at since; not so where only what
        // the image was approved to run has changed.
        let is_set_anew = slot.policy.revision != policy.revision;
        let mut added = if spared || !is_set_anew { Ok(()) } else { self.tables.reset(slot.number) };
        // What is to be allowed comes before what enforces it; what is not any more goes behind it (`take_back`).
        for (path, bits) in listed(&policy) {
            let now = slot.listed.get(&path).copied().unwrap_or_default();
            if added.is_ok() && now | bits != now {
                added = self.tables.list(slot.number, &path, now | bits);
                if added.is_ok() {
                    slot.listed.insert(path, now | bits);
                }
            }
        }
        slot.policy = policy;
        slot.stale = true;
        if let Err(error) = added.and_then(|()| self.tables.limit(slot.number, slot.limit())) {
            self.failure = error.to_string();
            // A list that is not whole would kill what is allowed.
            slot.policy.mode = EnforcementMode::Observe as i32;
        }
    }

    /// Takes out of the lists what policies do not say any more.
    fn take_back(&mut self) {
        for slot in self.slots.values_mut().filter(|slot| slot.stale) {
            slot.stale = false;
            let said = listed(&slot.policy);
            for (path, now) in &mut slot.listed {
                let bits = said.get(path).copied().unwrap_or_default();
                if bits != *now && self.tables.list(slot.number, path, bits).is_ok() {
                    *now = bits;
                }
            }
            slot.listed.retain(|_, bits| *bits != 0);
        }
    }

    /// Puts the control groups of a container into the table, or takes them out.
    fn enforce_in(&mut self, container: &str) {
        let Some(contained) = self.containers.get_mut(container) else { return };
        let slot = contained.image.as_ref().and_then(|image| self.slots.get(image));
        let enforced = slot.filter(|_| !contained.broken_glass).map(|slot| Enforced {
            policy: slot.number,
            immutable: slot.policy.immutable,
            allow_list: slot.policy.allow_list,
            outcome: slot.outcome(self.policies.armed()),
            started_s: (contained.started_unix_ns / 1_000_000_000) as i64,
        });
        for (group, now) in contained.groups.iter_mut().filter(|(_, now)| **now != enforced) {
            match self.tables.enforce(*group, enforced) {
                Ok(()) => *now = enforced,
                Err(error) => self.failure = error.to_string(),
            }
        }
    }

    /// Tells the server what is enforced, as far as that has changed.
    fn tell(&mut self) {
        let now = self.policies.looked_at();
        self.tell_at(now);
    }

    fn tell_at(&mut self, now_unix_ns: u64) {
        let inactive = if self.off {
            format!("it is switched off on the node by {}", self.off_file.display())
        } else if !self.policies.hold(now_unix_ns) && self.policies.version() > 0 {
            "the policies have expired; is the server connected?".to_owned()
        } else if !self.refused.is_empty() {
            self.refused.clone()
        } else {
            self.failure.clone()
        };
        let of_policy =
            |of: &&Contained| of.image.as_ref().is_some_and(|image| self.slots.contains_key(image));
        let (broken, held): (Vec<_>, Vec<_>) =
            self.containers.values().filter(of_policy).partition(|contained| contained.broken_glass);
        let mut spared: Vec<String> =
            self.slots.iter().filter(|(_, slot)| slot.spared).map(|(digest, _)| digest.clone()).collect();
        spared.sort_unstable();
        let state = EnforcementState {
            version: self.policies.version(),
            inactive,
            containers: held.len() as u32,
            broken_glass: broken.len() as u32,
            spared,
            orders: self.orders.told(),
        };
        self.state.send_if_modified(|told| {
            let changed = *told != state;
            *told = state;
            changed
        });
    }
}

/// What the paths of a policy say, by path.
fn listed(policy: &ImagePolicy) -> BTreeMap<Listed, u32> {
    let mut listed = BTreeMap::new();
    for (paths, bit) in [(&policy.allowed, Listed::ALLOWED), (&policy.exempt, Listed::EXEMPT)] {
        for path in paths.iter().filter_map(|path| Listed::of(path)) {
            *listed.entry(path).or_default() |= bit;
        }
    }
    listed
}

/// Nanoseconds since boot, by the kernel side's clock.
fn boot_ns() -> u64 {
    crate::pipeline::clocks().0
}

/// Minutes since boot, as the kernel side counts them.
fn minute() -> u64 {
    boot_ns() / MINUTE_NS
}

/// Kills a process, and no other that may have its pid by now.
fn kill(process: ProcessKey) -> bool {
    let Some(pid) = Pid::from_raw(process.pid as i32) else { return false };
    let Ok(fd) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
    // Opened first: what it is now is what the descriptor is of.
    procfs::key(process.pid) == Some(process) && pidfd_send_signal(fd, Signal::KILL).is_ok()
}

#[cfg(test)]
mod tests;
