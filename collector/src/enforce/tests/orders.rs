//! An order is carried out once, for the container that it names and for no other, and refused with the reason whenever anything
//! speaks against it. What the runtime does of it is tested in tests/tests/enforcement.rs.

use super::*;
use plumbline_proto::v1::{ConfirmedAction, ContainerOrder, OrderOutcome};

const SECOND: u64 = 1_000_000_000;

fn pausing() -> ImagePolicy {
    ImagePolicy { on_confirmed_attack: ConfirmedAction::Pause.into(), ..policy(EnforcementMode::Enforce) }
}

fn order(id: u64, container: &str) -> ContainerOrder {
    ContainerOrder {
        id,
        node: "n".into(),
        container_id: container.into(),
        digest: DIGEST.into(),
        action: ConfirmedAction::Pause.into(),
        expires_unix_ns: 300 * SECOND,
    }
}

fn ordering(version: u64, orders: Vec<ContainerOrder>) -> PolicySet {
    PolicySet { orders, ..set(version, vec![pausing()]) }
}

impl Fixture {
    /// The containers whose runtime is asked for something.
    fn asked(&mut self) -> Vec<String> {
        let mut asked = Vec::new();
        while let Ok(task) = self.tasks.try_recv() {
            asked.push(format!("{task:?}"));
        }
        asked
    }

    /// What is told of orders: the outcome and the reason.
    fn results(&self) -> Vec<(OrderOutcome, String)> {
        self.told().orders.iter().map(|result| (result.outcome(), result.reason.clone())).collect()
    }

    /// The reason why an order is refused, by the only thing that is told of it.
    fn refused(&mut self) -> String {
        assert_eq!(self.asked(), Vec::<String>::new());
        let [(OrderOutcome::Refused, why)] = &self.results()[..] else { panic!("{:?}", self.told()) };
        why.clone()
    }
}

#[test]
fn an_order_is_carried_out_for_its_container_once_and_its_result_is_told() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.started("neighbour", DIGEST, 2, &[]);
    it.send(&ordering(1, vec![order(7, "c")]), 1);
    let asked = it.asked();
    assert!(
        asked.len() == 1 && asked[0].contains("container: \"c\"") && asked[0].contains("Pause"),
        "{asked:?}"
    );
    assert_eq!(it.results(), [], "it is not done yet");
    let done = OrderResult { id: 7, outcome: OrderOutcome::Done.into(), unix_ns: 2, ..Default::default() };
    it.enforcer.carried(done.clone());
    assert_eq!(it.told().orders, [done]);
    // The same set again, a later one that has it still, and a restart.
    it.send(&ordering(1, vec![order(7, "c")]), 3);
    it.send(&ordering(2, vec![order(7, "c")]), 3);
    it.enforcer.tick(4);
    assert_eq!(it.asked(), Vec::<String>::new());
    let mut it = it.restarted();
    it.started("c", DIGEST, 1, &[]);
    it.enforcer.tick(5);
    assert_eq!(it.asked(), Vec::<String>::new());
    assert_eq!(it.results(), [(OrderOutcome::Done, String::new())]);
}

#[test]
fn an_order_that_a_killed_collector_had_begun_is_not_begun_again() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&ordering(1, vec![order(7, "c")]), 1);
    assert_eq!(it.asked().len(), 1);
    let mut it = it.restarted();
    it.started("c", DIGEST, 1, &[]);
    it.enforcer.tick(2);
    assert_eq!(it.asked(), Vec::<String>::new());
    let [(OrderOutcome::Failed, why)] = &it.results()[..] else { panic!("{:?}", it.told()) };
    assert!(why.contains("ended while"), "{why}");
}

#[test]
fn what_is_not_signed_asks_for_nothing() {
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&ordering(1, Vec::new()), 1);
    let mut forged = it.sign(&ordering(2, Vec::new()));
    forged.policies = ordering(2, vec![order(7, "c")]).encode_to_vec();
    it.enforcer.take(&forged, 1);
    assert!(it.told().inactive.contains("not signed"), "{:?}", it.told());
    assert_eq!((it.asked(), it.results()), (Vec::new(), Vec::new()));
    // Nor does what was signed and is older, expired, or of another node.
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    it.send(&ordering(5, Vec::new()), 1);
    it.send(&ordering(4, vec![order(7, "c")]), 1);
    it.send(&PolicySet { expires_unix_ns: 1, ..ordering(6, vec![order(7, "c")]) }, 1);
    it.send(&ordering(7, vec![ContainerOrder { node: "other".into(), ..order(7, "c") }]), 1);
    assert_eq!((it.asked(), it.results()), (Vec::new(), Vec::new()));
}

#[test]
fn whatever_speaks_against_an_order_refuses_it_with_the_reason() {
    type Change = fn(&mut PolicySet);
    let wrong: [(Change, &str); 8] = [
        (|set| set.orders[0].expires_unix_ns = 1, "expired"),
        (|set| set.armed = false, "disarmed"),
        (|set| set.images.clear(), "no policy"),
        (|set| set.images[0].mode = EnforcementMode::Warn.into(), "no policy that enforces"),
        (|set| set.images[0].on_confirmed_attack = 0, "does not say so"),
        (|set| set.orders[0].action = ConfirmedAction::Stop.into(), "does not say so"),
        (|set| set.orders[0].action = 9, "knows"),
        (
            |set| {
                set.images.push(ImagePolicy { digest: "sha256:bb".into(), ..pausing() });
                set.orders[0].digest = "sha256:bb".into();
            },
            "is of image sha256:aa",
        ),
    ];
    for (change, why) in wrong {
        let mut it = Fixture::new();
        it.started("c", DIGEST, 1, &[]);
        let mut set = ordering(1, vec![order(7, "c")]);
        change(&mut set);
        it.send(&set, 1);
        assert!(it.refused().contains(why), "{why}: {:?}", it.told());
    }
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[(BREAK_GLASS, "1")]);
    it.send(&ordering(1, vec![order(7, "c")]), 1);
    assert!(it.refused().contains("label"), "{:?}", it.told());
    let mut it = Fixture::new();
    it.started("c", DIGEST, 1, &[]);
    std::fs::write(it.folder.path().join("off"), "").unwrap();
    it.send(&ordering(1, vec![order(7, "c")]), 1);
    assert!(it.refused().contains("switched off on the node"), "{:?}", it.told());
}

#[test]
fn a_container_that_is_not_known_yet_is_waited_for_and_one_that_never_comes_is_refused() {
    let mut it = Fixture::new();
    it.send(&ordering(1, vec![order(7, "late"), order(8, "lat")]), 1);
    it.enforcer.group(&"late".into(), 1);
    it.enforcer.tick(20 * SECOND);
    assert_eq!((it.asked(), it.results()), (Vec::new(), Vec::new()));
    it.started("late", DIGEST, 1, &[]);
    it.enforcer.tick(21 * SECOND);
    assert_eq!(it.asked().len(), 1);
    it.enforcer.tick(31 * SECOND);
    assert!(it.refused().contains("no such container"), "the beginning of an id is none: {:?}", it.told());
}

#[test]
fn more_orders_in_a_minute_than_kills_are_allowed_end_what_the_policy_does_on_the_node() {
    let mut it = Fixture::new();
    let names = ["a", "b", "c", "d", "e"];
    names.iter().zip(1..).for_each(|(name, group)| it.started(name, DIGEST, group, &[]));
    for (version, name) in (1..).zip(&names[..3]) {
        // As the server sends them: those that are answered are not in the next set.
        it.send(&ordering(version, vec![order(version, name)]), version);
        let result = OrderResult {
            id: version,
            outcome: OrderOutcome::Done.into(),
            unix_ns: version,
            digest: DIGEST.into(),
            ..Default::default()
        };
        it.enforcer.carried(result);
    }
    assert_eq!(it.asked().len(), 3);
    it.send(&ordering(4, vec![order(4, "d")]), 4);
    assert_eq!(it.asked(), Vec::<String>::new());
    assert!(it.results()[3].1.contains("in a minute"), "{:?}", it.told());
    assert_eq!(it.told().spared, [DIGEST]);
    it.send(&ordering(5, vec![order(5, "e")]), 90 * SECOND);
    assert!(it.results()[4].1.contains("came to its limit"), "{:?}", it.told());
    // A person sets it again.
    let again = ImagePolicy { revision: 2, ..pausing() };
    it.send(&PolicySet { images: vec![again], ..ordering(6, vec![order(6, "e")]) }, 91 * SECOND);
    assert_eq!(it.asked().len(), 1);
}

#[test]
fn where_nothing_can_be_kept_nothing_is_carried_out() {
    for file in [None, Some("/nonexistent/spool.orders".into())] {
        let mut it = Fixture::new();
        let (orders, tasks) = Orders::open("n", file);
        (it.enforcer.orders, it.tasks) = (orders, tasks);
        it.started("c", DIGEST, 1, &[]);
        it.send(&ordering(1, vec![order(7, "c")]), 1);
        assert!(it.refused().contains("can't be kept"), "{:?}", it.told());
    }
}

#[test]
fn the_newest_results_are_kept() {
    let mut it = Fixture::new();
    for id in 1..=100 {
        it.enforcer.carried(OrderResult { id, outcome: OrderOutcome::Done.into(), ..Default::default() });
    }
    let it = it.restarted();
    let (orders, _) = Orders::open("n", Some(it.folder.path().join("spool.orders")));
    let told = orders.told();
    assert_eq!((told.len(), told[0].id, told[63].id), (64, 37, 100));
}
