//! Losses, each for a reason of its own: what went in comes out, or is in the ledger with its number and its container.

use super::{
    fixture::{GROUP, ID, batches, bounded, described, exec, pipeline},
    *,
};
use crate::raw::{Call, Exit, Kind, ProcessKey, Record};
use plumbline_proto::v1::Batch;
use std::collections::BTreeMap;

fn known() -> Answer {
    (ID.into(), Some(Arc::new(described())))
}

/// Reason to events, over all batches.
fn losses(batches: &[Batch]) -> BTreeMap<LossReason, u64> {
    let mut sums = BTreeMap::new();
    for loss in batches.iter().flat_map(|batch| &batch.losses) {
        *sums.entry(loss.reason()).or_default() += loss.events;
    }
    sums
}

/// Executions in a batch, repeats counted.
fn executed(batch: &Batch) -> u64 {
    batch.execs.iter().flat_map(|execs| &execs.count).map(|count| u64::from(*count)).sum()
}

/// A call of a process that nobody saw begin, and that is not there any more.
fn call_of_a_stranger() -> Record {
    let process = ProcessKey { pid: u32::MAX >> 1, start_ticks: 7 };
    Record { time_ns: 5, kind: Kind::Call(Box::new(Call { process, cgroup: GROUP, ..Call::default() })) }
}

#[tokio::test]
async fn what_the_kernel_dropped_is_told_once_and_marks_the_windows_it_may_be_of() {
    let (mut pipeline, queue) = pipeline();
    pipeline.answer(known());
    pipeline.record(exec(10, 2, "web", false));
    pipeline.kernel_losses(Lost { dropped: 3, ..Lost::default() });
    pipeline.record(exec(11, 10, "its child", false));
    assert_eq!(pipeline.table.len(), 2, "no end was lost: what is on its way still finds its process");
    // Running totals, the second time unchanged. No such process is there.
    let lost = Lost { dropped: 5, exits: 1, invalid: 2 };
    pipeline.kernel_losses(lost);
    pipeline.kernel_losses(lost);
    pipeline.read_until(5);
    pipeline.tick();
    assert_eq!(pipeline.table.len(), 2, "what was told until then is still to be read");
    pipeline.read_until(clocks().0);
    pipeline.tick();
    assert_eq!(pipeline.table.len(), 0, "an end may be among the lost");
    pipeline.finish();
    let batches = batches(&queue).await;
    let expected = [(LossReason::RingFull, 5), (LossReason::RecordInvalid, 2)];
    assert_eq!(losses(&batches), BTreeMap::from(expected));
    let windows = batches.iter().flat_map(|batch| &batch.windows);
    let lossy: Vec<u32> = windows.flat_map(|windows| &windows.lossy).copied().collect();
    assert!(
        !lossy.is_empty() && lossy.iter().all(|lossy| *lossy == 1),
        "all until it was noticed: {lossy:?}"
    );
}

/// While the collector stands still the kernel drops what it has no room for, and a container begins: what was dropped is
/// noticed before its first record is read.
#[tokio::test]
async fn a_container_that_is_met_after_a_loss_may_have_lost_something_too() {
    let (mut pipeline, queue) = pipeline();
    pipeline.settings.window_ns = 1_000_000;
    pipeline.answer(known());
    let began = clocks().0;
    pipeline.kernel_losses(Lost { dropped: 3, ..Lost::default() });
    pipeline.record(Record { time_ns: began, ..exec(10, 2, "web", false) });
    let process = ProcessKey { pid: 10, start_ticks: 0 };
    pipeline.record(Record { time_ns: began, kind: Kind::Exit { process, exit: Exit::default() } });
    pipeline.finish();
    let batches = batches(&queue).await;
    let windows = batches.iter().flat_map(|batch| &batch.windows);
    let lossy: Vec<u32> = windows.flat_map(|windows| &windows.lossy).copied().collect();
    assert!(!lossy.is_empty() && lossy.iter().all(|lossy| *lossy == 1), "{lossy:?}");
}

#[tokio::test]
async fn a_call_of_a_process_that_nobody_knows_is_lost_to_its_container() {
    let (mut pipeline, queue) = pipeline();
    pipeline.answer(known());
    pipeline.record(exec(10, 2, "web", false));
    pipeline.record(call_of_a_stranger());
    pipeline.finish();
    let batches = batches(&queue).await;
    assert_eq!(losses(&batches), BTreeMap::from([(LossReason::ProcessUnknown, 1)]));
    let batch = batches.iter().find(|batch| !batch.losses.is_empty()).unwrap();
    let container = batch.losses[0].container.checked_sub(1).expect("the loss is of a container");
    let id = batch.containers[container as usize].id;
    assert_eq!(&*batch.strings[id as usize], ID.as_bytes());
}

#[tokio::test]
async fn what_is_held_for_an_unknown_container_is_bounded_and_the_rest_is_counted() {
    // By number, and by what it weighs.
    for (events, bytes) in [(HELD + 5, 1), (HELD_BYTES / (1 << 20) + 8, 1 << 20)] {
        let (mut pipeline, queue) = bounded(Duration::ZERO, 1 << 30);
        for number in 0..events {
            let line = format!("{number} {}", "x".repeat(bytes));
            pipeline.record(exec(10 + number as u32, 2, &line, false));
        }
        assert!(pipeline.waits() && pipeline.held_bytes < HELD_BYTES + (2 << 20));
        assert_eq!(queue.waiting().batches, 0, "nothing goes out without its container");
        pipeline.answer(known());
        assert!(!pipeline.waits(), "{} bytes are still held", pipeline.held_bytes);
        pipeline.finish();
        let batches = batches(&queue).await;
        let lost = losses(&batches);
        let told: u64 = batches.iter().map(executed).sum();
        assert_eq!(lost.keys().collect::<Vec<_>>(), [&LossReason::HoldFull]);
        assert!(lost[&LossReason::HoldFull] >= 5);
        assert_eq!(told + lost[&LossReason::HoldFull], events as u64);
    }
}

#[tokio::test]
async fn what_a_container_did_that_nobody_describes_is_counted_and_not_held_for_ever() {
    let (mut pipeline, queue) = pipeline();
    for (pid, line) in [(10, "web"), (11, "one"), (12, "two")] {
        pipeline.record(exec(pid, 2, line, false));
    }
    assert!(pipeline.waits());
    pipeline.answer((ID.into(), None));
    assert!(!pipeline.waits());
    pipeline.finish();
    let batches = batches(&queue).await;
    assert_eq!(losses(&batches), BTreeMap::from([(LossReason::ContainerUnknown, 3)]));
    assert!(batches.iter().all(|batch| batch.containers.is_empty()));
}

#[tokio::test]
async fn a_batch_without_room_in_the_queue_is_counted_in_the_next_with_the_losses_it_would_have_told() {
    let (mut pipeline, queue) = bounded(Duration::ZERO, 4096);
    pipeline.answer(known());
    pipeline.record(exec(10, 2, "web", false));
    pipeline.record(call_of_a_stranger());
    pipeline.record(exec(10, 2, &"x".repeat(5000), false));
    pipeline.flush_if_due();
    assert_eq!(queue.waiting().batches, 0);
    pipeline.record(exec(10, 2, "again", false));
    pipeline.flush_if_due();
    let batches = batches(&queue).await;
    assert_eq!(batches.iter().map(executed).sum::<u64>(), 1);
    let expected = [(LossReason::ProcessUnknown, 1), (LossReason::QueueFull, 2)];
    assert_eq!(losses(&batches), BTreeMap::from(expected));
    assert_eq!(pipeline.ledger.totals().collect::<BTreeMap<_, _>>(), BTreeMap::from(expected));
}

#[tokio::test]
async fn a_batch_goes_when_it_is_full_or_old_enough_and_not_before() {
    let hour = Duration::from_secs(3600);
    let (mut pipeline, queue) = bounded(hour, 16 << 20);
    pipeline.answer(known());
    let rest = 10;
    for number in 0..BATCH_EVENTS + rest {
        assert_eq!(queue.waiting().batches, u64::from(number >= BATCH_EVENTS), "at event {number}");
        pipeline.record(exec(10 + number as u32, 2, &number.to_string(), false));
        pipeline.flush_if_due();
    }
    // As old as that in no time: the machine may have been started a minute ago.
    pipeline.settings.flush_interval = Duration::ZERO;
    pipeline.flush_if_due();
    let sizes: Vec<u64> = batches(&queue).await.iter().map(executed).collect();
    assert_eq!(sizes, [BATCH_EVENTS as u64, rest as u64]);
}

/// On a node where containers come and go the collector grew with each of them.
#[tokio::test]
async fn who_has_ended_is_forgotten_and_who_runs_is_not() {
    let (mut pipeline, _queue) = pipeline();
    pipeline.answer(known());
    pipeline.record(exec(10, 2, "web", false));
    for number in 0..2_000 {
        let id: Arc<str> = format!("{number:064}").into();
        pipeline.answer((id.clone(), Some(Arc::new(ContainerInfo { id, ..described() }))));
    }
    assert!(pipeline.known.contains_key(ID));
    assert_eq!(pipeline.known.len(), IDLE + 1);
    let newest = format!("{:064}", 1_999);
    assert!(pipeline.known.contains_key(&*newest), "it may be about to start");
    assert_eq!(pipeline.answered.len(), IDLE + 1);
}

/// The reader stood still, and the kernel side's counts were taken before the records that say whose they are: they were
/// nobody's, and gone.
#[tokio::test]
async fn what_the_kernel_counted_is_taken_when_the_records_of_that_time_are_read() {
    let (mut pipeline, _queue) = pipeline();
    let taken = Arc::new(std::sync::Mutex::new(Vec::new()));
    let note = Arc::clone(&taken);
    pipeline.flows = Box::new(move |before| {
        note.lock().unwrap().push(before);
        Vec::new()
    });
    pipeline.settings.window_ns = 1_000_000; // not longer than a machine may have been up
    pipeline.window = 0;
    pipeline.read_until(5);
    pipeline.tick();
    assert!(taken.lock().unwrap().is_empty(), "nothing is read yet");
    pipeline.read_until(clocks().0);
    pipeline.tick();
    assert_eq!(taken.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn the_child_of_a_process_whose_start_was_lost_is_looked_for_and_counted() {
    let (mut pipeline, queue) = pipeline();
    pipeline.answer(known());
    let gone = |pid| ProcessKey { pid: (u32::MAX >> 1) - pid, start_ticks: 7 };
    pipeline.record(Record { time_ns: 4, kind: Kind::Fork { child: gone(0), parent: gone(1), mount_ns: 0 } });
    pipeline.record(call_of_a_stranger());
    pipeline.finish();
    assert_eq!(losses(&batches(&queue).await), BTreeMap::from([(LossReason::ProcessUnknown, 1)]));
}

#[tokio::test]
async fn what_was_given_up_leaves_no_window_whole_when_somebody_describes_the_container_after_all() {
    let (mut pipeline, queue) = pipeline();
    const HOUR_NS: u64 = 3_600_000_000_000;
    pipeline.record(Record { time_ns: 2 * HOUR_NS, ..exec(10, 2, "web", false) });
    pipeline.answer((ID.into(), None));
    pipeline.answer(known());
    // It ends the window.
    pipeline.record(Record { time_ns: 3 * HOUR_NS, ..exec(11, 10, "its child", false) });
    pipeline.finish();
    let batches = batches(&queue).await;
    let windows = batches.iter().flat_map(|batch| &batch.windows);
    assert_eq!(windows.flat_map(|windows| &windows.lossy).next(), Some(&1));
}

#[tokio::test]
async fn an_exec_in_a_group_whose_names_were_lost_is_counted_if_its_process_is_gone() {
    let (mut pipeline, queue) = pipeline();
    let mut record = exec(u32::MAX >> 1, 2, "web", false);
    if let Kind::Exec(exec) = &mut record.kind {
        exec.cgroup = GROUP + 1;
    }
    pipeline.record(record);
    pipeline.finish();
    assert_eq!(losses(&batches(&queue).await), BTreeMap::from([(LossReason::ProcessUnknown, 1)]));
}
