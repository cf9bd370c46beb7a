//! The queue and its spool against a plain list, and against each fault a disk has.

use super::*;
use crate::spool::Bounds;
use proptest::prelude::*;
use std::{
    cell::Cell,
    fs,
    path::Path,
    time::{Duration, SystemTime},
};

const BOUNDS: Bounds = Bounds { bytes: 8 << 20, age: Duration::from_secs(3600) };

fn session(number: u8) -> Session {
    [number; 16]
}

fn spooled(dir: &Path, number: u8, memory: usize, bounds: Bounds) -> Queue {
    Queue::with_spool(memory, session(number), Some(Spool::open(dir, bounds, session(number)).unwrap()))
}

/// Takes everything as a sender does, and settles it.
async fn drain(queue: &Queue) -> Vec<(Session, u64, Bytes)> {
    queue.close();
    let mut taken = Vec::new();
    loop {
        let (session, mut last) = (queue.session(), 0);
        while let Some(frame) = queue.after(&session, last).await {
            last = frame.seq;
            taken.push((session, frame.seq, frame.batch));
        }
        queue.settle(&session, last);
        if queue.session() == session {
            queue.drained().await;
            return taken;
        }
    }
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "spool"));
    files.sort();
    files
}

#[tokio::test]
async fn what_is_not_settled_is_given_again_and_a_full_queue_takes_no_more() {
    let queue = Queue::new(10);
    let own = queue.session();
    assert!(queue.push(Bytes::from_static(b"12345"), 1));
    assert!(queue.push(Bytes::from_static(b"12345"), 2));
    assert!(!queue.push(Bytes::from_static(b"1"), 3));
    assert_eq!(queue.after(&own, 0).await.unwrap().seq, 1);
    assert_eq!(queue.after(&own, 0).await.unwrap().seq, 1);
    assert_eq!(queue.after(&own, 1).await.unwrap().seq, 2);
    queue.settle(&own, 1);
    assert!(queue.push(Bytes::from_static(b"123"), 4));
    assert_eq!(queue.after(&own, 2).await.unwrap().seq, 3, "a batch that was not taken leaves no gap");
    queue.refuse(4);
    assert_eq!(queue.take_losses()[&LossReason::BatchRefused], 4);
    queue.close();
    assert!(queue.after(&own, 3).await.is_none());
    queue.settle(&own, 3);
    queue.drained().await;
    assert_eq!(queue.waiting(), Waiting::default());
}

#[tokio::test]
async fn what_a_killed_run_left_is_given_first_under_its_own_session_and_then_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let memory = 64;
    for number in 1..=3 {
        let queue = spooled(dir.path(), number, memory, BOUNDS);
        for text in 0..40_u8 {
            assert!(queue.push(Bytes::from(vec![number, text]), 1));
        }
        drop(queue); // nothing was closed
    }
    let queue = spooled(dir.path(), 4, memory, BOUNDS);
    assert!(queue.push(Bytes::from_static(b"new"), 1));
    let taken = drain(&queue).await;
    let mut expected = Vec::new();
    for number in 1..=3 {
        expected.extend(
            (0..40).map(|text| (session(number), u64::from(text) + 1, Bytes::from(vec![number, text]))),
        );
    }
    expected.push((session(4), 1, Bytes::from_static(b"new")));
    assert_eq!(taken, expected);
    assert!(queue.take_losses().is_empty());
    assert_eq!(segments(dir.path()), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn a_damaged_segment_costs_what_was_damaged_and_is_counted_once() {
    let dir = tempfile::tempdir().unwrap();
    let queue = spooled(dir.path(), 1, 1 << 20, BOUNDS);
    for text in ["first", "second", "third"] {
        assert!(queue.push(Bytes::from(text), 7));
    }
    drop(queue);
    let file = &segments(dir.path())[0];
    let mut bytes = fs::read(file).unwrap();
    let place = bytes.windows(6).position(|window| window == b"second").unwrap();
    bytes[place] ^= 1;
    fs::write(file, bytes).unwrap();
    fs::write(dir.path().join("foreign"), "not ours").unwrap();
    let queue = spooled(dir.path(), 2, 1 << 20, BOUNDS);
    let taken: Vec<u64> = drain(&queue).await.into_iter().map(|(_, seq, _)| seq).collect();
    assert_eq!(taken, [1, 3]);
    assert_eq!(queue.take_losses(), BTreeMap::from([(LossReason::SpoolCorrupted, 7)]));
    assert!(dir.path().join("foreign").exists());
}

#[tokio::test]
async fn a_segment_over_the_age_bound_is_dropped_and_its_events_counted() {
    let dir = tempfile::tempdir().unwrap();
    let queue = spooled(dir.path(), 1, 1 << 20, BOUNDS);
    assert!(queue.push(Bytes::from_static(b"old"), 5) && queue.push(Bytes::from_static(b"older"), 6));
    drop(queue);
    let file = fs::File::options().write(true).open(&segments(dir.path())[0]).unwrap();
    file.set_modified(SystemTime::now() - 2 * BOUNDS.age).unwrap();
    let queue = spooled(dir.path(), 2, 1 << 20, BOUNDS);
    assert!(queue.push(Bytes::from_static(b"new"), 1));
    assert_eq!(queue.take_losses(), BTreeMap::from([(LossReason::SpoolExpired, 11)]));
    assert_eq!(drain(&queue).await, [(session(2), 1, Bytes::from_static(b"new"))]);
}

#[test]
fn two_collectors_can_not_share_a_directory() {
    let dir = tempfile::tempdir().unwrap();
    let _first = spooled(dir.path(), 1, 1024, BOUNDS);
    let second = Spool::open(dir.path(), BOUNDS, session(2)).unwrap_err();
    assert!(second.to_string().contains("another collector uses --spool-dir"), "{second}");
}

thread_local!(static FULL: Cell<bool> = const { Cell::new(false) });

#[tokio::test]
async fn a_full_disk_leaves_batches_in_memory_until_it_takes_them() {
    let dir = tempfile::tempdir().unwrap();
    let spool = Spool::with_faults(dir.path(), BOUNDS, session(1), |file, bytes, at| {
        use std::os::unix::fs::FileExt;
        if FULL.get() {
            file.write_all_at(&bytes[..bytes.len() / 2], at)?;
            return Err(std::io::Error::from_raw_os_error(28)); // ENOSPC
        }
        file.write_all_at(bytes, at)
    });
    let queue = Queue::with_spool(10, session(1), Some(spool));
    assert!(queue.push(Bytes::from_static(b"12345"), 1));
    FULL.set(true);
    assert!(queue.push(Bytes::from_static(b"67890"), 1) && queue.push(Bytes::from_static(b"abcde"), 1));
    assert_eq!(queue.waiting().unspooled, 2);
    assert!(!queue.push(Bytes::from_static(b"x"), 1), "memory is full of what is nowhere else");
    FULL.set(false);
    assert!(queue.push(Bytes::from_static(b"fghij"), 1));
    assert_eq!(queue.waiting().unspooled, 0);
    drop(queue);
    let taken = drain(&spooled(dir.path(), 2, 10, BOUNDS)).await;
    let texts: Vec<_> = taken.iter().map(|(.., batch)| &batch[..]).collect();
    assert_eq!(texts, [b"12345", b"67890", b"abcde", b"fghij"]);
}

#[tokio::test]
async fn a_segment_that_a_crash_cut_at_any_byte_gives_what_is_whole_and_counts_what_is_torn() {
    let left = tempfile::tempdir().unwrap();
    let queue = spooled(left.path(), 1, 1 << 20, BOUNDS);
    let texts = ["first", "", "third"];
    for text in texts {
        assert!(queue.push(Bytes::from(text), 7));
    }
    drop(queue);
    let file = segments(left.path()).remove(0);
    let bytes = fs::read(&file).unwrap();
    let ends: Vec<usize> = (1..=3).map(|count| end(&texts[..count])).collect();
    assert_eq!(ends[2], bytes.len());
    for cut in 0..=bytes.len() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(file.file_name().unwrap()), &bytes[..cut]).unwrap();
        let queue = spooled(dir.path(), 2, 1 << 20, BOUNDS);
        assert!(queue.push(Bytes::from_static(b"new"), 1));
        let whole = ends.iter().filter(|end| **end <= cut).count();
        let before = (1..).zip(texts).take(whole).map(|(seq, text)| (session(1), seq, Bytes::from(text)));
        let expected: Vec<_> = before.chain([(session(2), 1, Bytes::from_static(b"new"))]).collect();
        assert_eq!(drain(&queue).await, expected, "cut at {cut}");
        let torn = cut > segment::HEADER && !ends.contains(&cut);
        // A head that is whole says how much is missing.
        let lost = queue.take_losses().remove(&LossReason::SpoolCorrupted);
        assert!(if torn { matches!(lost, Some(1 | 7)) } else { lost.is_none() }, "cut at {cut}: {lost:?}");
        assert_eq!(segments(dir.path()), Vec::<PathBuf>::new(), "cut at {cut}");
    }
}

/// Where the last of these batches ends in a segment of nothing else.
fn end<T: AsRef<[u8]>>(batches: &[T]) -> usize {
    segment::HEADER + batches.iter().map(|batch| segment::HEAD + batch.as_ref().len()).sum::<usize>()
}

#[tokio::test]
async fn a_disk_that_became_read_only_stops_nothing_and_its_segments_are_sent_still() {
    let dir = tempfile::tempdir().unwrap();
    let queue = spooled(dir.path(), 1, 1 << 20, BOUNDS);
    assert!(queue.push(Bytes::from_static(b"before"), 1));
    drop(queue);
    let spool = Spool::with_faults(dir.path(), BOUNDS, session(2), |_, _, _| {
        Err(std::io::Error::from_raw_os_error(30)) // EROFS
    });
    let queue = Queue::with_spool(1 << 20, session(2), Some(spool));
    assert!(queue.push(Bytes::from_static(b"x"), 1) && queue.push(Bytes::from_static(b"y"), 1));
    assert_eq!((queue.waiting().unspooled, segments(dir.path()).len()), (2, 1));
    let texts: Vec<_> = drain(&queue).await.into_iter().map(|(.., batch)| batch).collect();
    assert_eq!(texts, [&b"before"[..], b"x", b"y"]);
    assert!(queue.take_losses().is_empty());
}

/// The numbers of a segment are in its name.
fn named(path: &Path) -> (Session, u64) {
    let mut parts = path.file_stem().unwrap().to_str().unwrap().split('-').skip(1);
    let session = u128::from_str_radix(parts.next().unwrap(), 16).unwrap().to_be_bytes();
    (session, u64::from_str_radix(parts.next().unwrap(), 16).unwrap())
}

/// Cuts the newest segment, if there is one, and takes from the list what was cut off. True if a frame is torn.
fn tear(dir: &Path, at: u64, all: &mut Vec<(Session, u64, Bytes, bool)>) -> Option<(PathBuf, bool)> {
    let path = segments(dir).pop()?;
    let file = fs::File::options().write(true).open(&path).unwrap();
    let cut = at % (file.metadata().unwrap().len() + 1);
    file.set_len(cut).unwrap();
    let (of, first) = named(&path);
    let (mut end, mut torn) = (segment::HEADER as u64, cut > segment::HEADER as u64);
    all.retain(|(session, seq, batch, _)| {
        if *session != of || *seq < first {
            return true;
        }
        end += (segment::HEAD + batch.len()) as u64;
        torn &= end != cut;
        end <= cut
    });
    Some((path, torn))
}

#[derive(Clone, Debug)]
enum Step {
    Push(usize),
    Settle(u64),
    Crash,
    /// A crash that leaves the newest segment with so many bytes, modulo its length.
    Tear(u64),
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever happens, each batch that was taken, not settled and not cut off comes out, in order and unchanged;
    /// nothing comes that was not taken. What was settled may come again: the server knows it.
    #[test]
    fn it_behaves_like_a_list_that_survives_crashes(
        steps in prop::collection::vec(prop_oneof![
            8 => (0_usize..200_000).prop_map(Step::Push),
            3 => (1_u64..20).prop_map(Step::Settle),
            1 => Just(Step::Crash),
            1 => any::<u64>().prop_map(Step::Tear),
        ], 1..120),
        memory in 200_000_usize..400_000,
        bytes in 1_000_000_u64..4_000_000,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let dir = tempfile::tempdir().unwrap();
        let bounds = Bounds { bytes, ..BOUNDS };
        let (mut number, mut last, mut settled) = (1, 0_u64, 0);
        let mut queue = spooled(dir.path(), number, memory, bounds);
        let mut all: Vec<(Session, u64, Bytes, bool)> = Vec::new(); // true: settled
        let mut torn = BTreeMap::new();
        for step in steps {
            match step {
                Step::Push(len) => {
                    let batch = Bytes::from(vec![last as u8; len]);
                    if queue.push(batch.clone(), 1) {
                        last += 1;
                        all.push((session(number), last, batch, false));
                    }
                    prop_assert!(queue.waiting().spool_bytes <= bytes);
                    prop_assert!(queue.state().bytes <= memory);
                }
                Step::Settle(ahead) if queue.session() == session(number) => {
                    settled = last.min(settled + ahead);
                    queue.settle(&session(number), settled);
                    let own = all.iter_mut().filter(|(of, ..)| *of == session(number));
                    own.filter(|(_, seq, ..)| *seq <= settled).for_each(|entry| entry.3 = true);
                }
                Step::Settle(_) => {}
                Step::Crash | Step::Tear(_) => {
                    let unspooled = queue.waiting().unspooled;
                    all.truncate(all.len() - unspooled as usize);
                    drop(queue);
                    if let Step::Tear(at) = step {
                        torn.extend(tear(dir.path(), at, &mut all));
                    }
                    (number, last, settled) = (number + 1, 0, 0);
                    queue = spooled(dir.path(), number, memory, bounds);
                }
            }
        }
        let taken = runtime.block_on(drain(&queue));
        let mut taken = taken.into_iter().peekable();
        for (of, seq, batch, settled) in all {
            let next = taken.next_if(|next| (next.0, next.1) == (of, seq));
            prop_assert!(settled || next.is_some(), "{seq} of session {} is missing", of[0]);
            prop_assert!(next.is_none_or(|next| next.2 == batch));
        }
        prop_assert_eq!(taken.next(), None);
        // Each batch has one event.
        let lost = queue.take_losses().remove(&LossReason::SpoolCorrupted).unwrap_or(0);
        prop_assert_eq!(lost, torn.values().filter(|torn| **torn).count() as u64);
    }
}

/// Not a promise but a measurement: `cargo test -p plumbline-collector --release measure -- --ignored --nocapture`.
#[test]
#[ignore = "prints how long push takes"]
fn measure_push() {
    let dir = tempfile::tempdir_in("/var/tmp").unwrap();
    let queue = spooled(dir.path(), 1, 16 << 20, Bounds { bytes: 1 << 30, ..BOUNDS });
    let batch = Bytes::from(vec![7; 64 << 10]);
    let mut times = Vec::new();
    for _ in 0..8000 {
        let start = std::time::Instant::now();
        assert!(queue.push(batch.clone(), 1));
        times.push(start.elapsed());
    }
    times.sort();
    println!("median {:?}, 99.9 % {:?}, longest {:?}", times[4000], times[7992], times[7999]);
}
