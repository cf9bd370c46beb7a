//! Kernel records are read or refused, and say what they said.

use super::*;
use proptest::prelude::*;

fn exec_record(path: &[u8], script: &[u8], args: &[u8], total: u32, flags: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    for word in [2_u32, 0] {
        bytes.extend(word.to_ne_bytes());
    }
    bytes.extend(77_u64.to_ne_bytes());
    for (pid, start) in [(10_u32, 25_000_000_u64), (1, 0)] {
        bytes.extend(pid.to_ne_bytes());
        bytes.extend(0_u32.to_ne_bytes());
        bytes.extend(start.to_ne_bytes());
    }
    bytes.extend(5_u64.to_ne_bytes());
    for word in [1000_u32, 100, 0, 100] {
        bytes.extend(word.to_ne_bytes());
    }
    bytes.extend(0x21_u64.to_ne_bytes());
    for word in [9_u32, 10, 11, 0] {
        bytes.extend(word.to_ne_bytes());
    }
    for word in [1234_u64, 4096, 1_700_000_000] {
        bytes.extend(word.to_ne_bytes());
    }
    for word in [8, 1, flags, path.len() as u32, script.len() as u32, args.len() as u32, total, 0] {
        bytes.extend(word.to_ne_bytes());
    }
    bytes.extend(path);
    bytes.extend(script);
    bytes.extend(args);
    bytes
}

fn read_exec(bytes: &[u8]) -> Exec {
    match record(bytes).unwrap().kind {
        Kind::Exec(exec) => *exec,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_exec_record_has_its_path_in_order_and_its_arguments_apart() {
    let exec =
        read_exec(&exec_record(b"sh\0bin\0", b"./run\0", b"sh\0-c\0\0a b\0", 11, UPPER_LAYER | TERMINAL));
    assert_eq!(exec.executable, "/bin/sh");
    assert_eq!(exec.arguments, ["sh", "-c", "", "a b"]);
    assert_eq!(exec.process, ProcessKey { pid: 10, start_ticks: 2 });
    assert_eq!(exec.script, "./run");
    let identity = exec.identity;
    assert_eq!((identity.uid, identity.euid, identity.capabilities, identity.net_ns), (1000, 0, 0x21, 10));
    assert_eq!(exec.file, FileId { inode: 1234, device: 8, size: 4096, modified_s: 1_700_000_000 });
    assert!(exec.upper_layer && exec.terminal && !exec.memfd && !exec.arguments_truncated);
}

#[test]
fn memory_and_deleted_files_are_told_apart() {
    let memory = read_exec(&exec_record(b"memfd:x\0", b"", b"", 0, UNLINKED | TMPFS));
    assert!(memory.memfd && !memory.deleted);
    assert_eq!(memory.executable, "memfd:x");
    let deleted = read_exec(&exec_record(b"x\0tmp\0", b"", b"", 0, UNLINKED | TMPFS));
    assert!(deleted.deleted && !deleted.memfd);
}

#[test]
fn cut_arguments_say_so() {
    assert!(read_exec(&exec_record(b"x\0", b"", b"x\0yyy", 900, 0)).arguments_truncated);
}

#[test]
fn mapped_addresses_are_ipv4_and_windows_and_counts_are_told() {
    let mut bytes = Vec::new();
    // Ready, its place; the process and its program.
    for word in [1_u32, 5, 7, 3] {
        bytes.extend(word.to_ne_bytes());
    }
    bytes.extend(20_000_000_u64.to_ne_bytes());
    bytes.extend(std::net::Ipv4Addr::new(10, 0, 0, 9).to_ipv6_mapped().octets());
    bytes.extend(99_u64.to_ne_bytes());
    bytes.extend(11_u32.to_ne_bytes());
    bytes.extend(443_u16.to_ne_bytes());
    bytes.extend([10, 1]);
    for word in [5_u64, 100, 200, 30, 40] {
        bytes.extend(word.to_ne_bytes());
    }
    for word in [6_u32, 1, 111, 3] {
        bytes.extend(word.to_ne_bytes());
    }
    let flow = flow(bytes.first_chunk().unwrap()).unwrap();
    assert_eq!(flow.socket.address, IpAddr::from([10, 0, 0, 9]));
    assert_eq!((flow.socket.program, flow.socket.port, flow.window, flow.repeats), (3, 443, 99, 6));
    let Traffic { sent_bytes, received_bytes, established, failed, error, closed, .. } = flow.traffic;
    assert_eq!((sent_bytes, received_bytes, established, failed, error, closed), (100, 200, 3, 1, 111, 3));
}

#[test]
fn an_exit_tells_code_or_signal() {
    let reader = |status: u32| {
        let mut bytes = vec![0; 24];
        bytes.extend(2_u64.to_ne_bytes());
        bytes.extend(status.to_ne_bytes());
        exit(&mut Reader::of(&bytes)).unwrap()
    };
    assert_eq!((reader(3 << 8).code, reader(3 << 8).signal), (3, 0));
    assert_eq!((reader(0x8b).code, reader(0x8b).signal), (0, 11), "a core dump is the signal all the same");
    assert_eq!(reader(0).max_rss_bytes, 2 * PAGE_BYTES);
}

/// A machine whose processors are stolen now and then told 283 ms of 360: ticks that fell in such a time count nothing.
#[test]
fn time_is_what_the_scheduler_gave_in_the_ratio_of_the_ticks() {
    assert_eq!(shared_out(360, 28, 252), (36, 324));
    assert_eq!(shared_out(7, 0, 0), (7, 0), "no tick met it");
    assert_eq!(shared_out(7, 0, 4), (0, 7));
    assert_eq!(shared_out(7, 4, 0), (7, 0));
    assert_eq!(shared_out(u64::MAX, u64::MAX, u64::MAX), (u64::MAX / 2 + 1, u64::MAX / 2));
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..2048), kind in 0..10_u32) {
        let mut bytes = bytes;
        for (place, byte) in bytes.iter_mut().zip(kind.to_ne_bytes()) {
            *place = byte;
        }
        let _ = record(&bytes);
        if let Some(bytes) = bytes.first_chunk() {
            let _ = flow(bytes);
        }
    }

    #[test]
    fn a_record_cut_anywhere_is_refused(cut in 0..180_usize) {
        let whole = exec_record(b"sh\0bin\0", b"", b"sh\0", 3, 0);
        prop_assume!(cut < whole.len());
        prop_assert_eq!(record(&whole[..cut]), Err(RecordError::Short));
    }

    #[test]
    fn different_bytes_stay_different_text(a in proptest::collection::vec(any::<u8>(), 0..12), b in proptest::collection::vec(any::<u8>(), 0..12)) {
        prop_assert_eq!(a == b, text(&a) == text(&b));
    }

    #[test]
    fn a_literal_escape_is_not_mistaken_for_one(byte in 128..=255_u8) {
        let literal = format!("\\x{byte:02x}");
        prop_assert_ne!(text(literal.as_bytes()), text(&[byte]));
    }
}
