//! What was written is read; whatever else is read, is refused with its place, and allocates nothing it does not have.

use proptest::prelude::*;

use super::*;

const HEADER: Header = Header { commit: 7, last_cursor: 9 };

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

fn records() -> impl Strategy<Value = Vec<Record>> {
    let bytes = |max| prop::collection::vec(any::<u8>(), 0..max);
    let record = (kind(), bytes(40), bytes(300));
    prop::collection::vec(record, 0..20).prop_map(|records| {
        let key = |kind: Kind, identity: Vec<u8>| [&[kind.letter()], identity.as_slice()].concat();
        let keyed = records.into_iter().map(|(kind, identity, body)| (key(kind, identity), (kind, body)));
        let sorted: std::collections::BTreeMap<_, _> = keyed.collect();
        sorted.into_iter().map(|(key, (kind, body))| Record { kind, key, body }).collect()
    })
}

fn written(records: &[Record]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes, HEADER).unwrap();
    for record in records {
        writer.add(record.kind, &record.key, &record.body).unwrap();
    }
    assert_eq!(writer.finish().unwrap(), records.len() as u64);
    bytes
}

fn read(bytes: &[u8]) -> Result<(Header, Vec<Record>), FileError> {
    let (header, mut reader) = Reader::new(bytes)?;
    let mut records = Vec::new();
    while let Some(record) = reader.next()? {
        records.push(record);
    }
    Ok((header, records))
}

proptest! {
    #[test]
    fn what_was_written_is_read_again(records in records()) {
        prop_assert_eq!(read(&written(&records)).unwrap(), (HEADER, records));
    }

    #[test]
    fn a_file_that_was_cut_is_refused_wherever_it_was(records in records(), cut in any::<prop::sample::Index>()) {
        let bytes = written(&records);
        let cut = cut.index(bytes.len());
        let refused = read(&bytes[..cut]).unwrap_err();
        prop_assert!(matches!(refused, FileError::Other | FileError::Short { .. }), "{refused}");
        prop_assert_eq!(cut < MAGIC.len(), matches!(refused, FileError::Other));
    }

    #[test]
    fn a_file_with_one_other_bit_is_refused(records in records(), place in any::<prop::sample::Index>(), bit in 0..8u32) {
        let mut bytes = written(&records);
        let place = place.index(bytes.len());
        bytes[place] ^= 1u8 << bit;
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(read(&bytes).is_err());
    }

    #[test]
    fn any_bytes_behind_a_good_header_are_refused_or_are_whole(tail in prop::collection::vec(any::<u8>(), 0..400)) {
        let mut bytes = written(&[]);
        bytes.truncate(40);
        bytes.extend_from_slice(&tail);
        prop_assert!(read(&bytes).is_err());
    }
}

/// Gives the header of a record that announces the largest value there may be, and then only a little of it.
struct Announcer {
    bytes: io::Cursor<Vec<u8>>,
    largest: usize,
}

impl Read for Announcer {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.largest = self.largest.max(buffer.len());
        self.bytes.read(buffer)
    }
}

#[test]
fn a_length_allocates_only_what_follows_it() {
    let mut bytes = written(&[]);
    bytes.truncate(40);
    bytes.push(Kind::Image.letter());
    bytes.extend_from_slice(&1u32.to_le_bytes());
    bytes.extend_from_slice(&MAX_VALUE_BYTES.to_le_bytes());
    bytes.extend_from_slice(&[0; 100]);
    let (_, mut reader) = Reader::new(Announcer { bytes: io::Cursor::new(bytes), largest: 0 }).unwrap();
    assert!(matches!(reader.next(), Err(FileError::Short { .. })));
    assert!(reader.input.largest < 1 << 20, "a buffer of {} bytes", reader.input.largest);
}

#[test]
fn what_is_refused_is_told_with_its_reason() {
    let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(told(b""), "is no export or backup of plumbline-server");
    let mut bytes = written(&[Record { kind: Kind::Commons, key: b"m".to_vec(), body: b"x".to_vec() }]);
    assert!(told(&[&bytes[..], b"y"].concat()).contains("more follows its end"));
    bytes[16] = 9;
    assert!(told(&bytes).starts_with("has version 9"));
    let twice = Record { kind: Kind::Session, key: b"sa".to_vec(), body: Vec::new() };
    assert!(told(&written(&[twice.clone(), twice])).contains("session 61 is not in its place"));
    let mut other = MAGIC.to_vec();
    other.extend_from_slice(&[1, 0, 99, 0]);
    other.extend_from_slice(&[0; 16]);
    other.extend_from_slice(&crc32fast::hash(&other).to_le_bytes());
    assert!(told(&other).starts_with("has values of format 99"));
}

#[test]
fn a_file_that_could_not_be_written_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    fs::write(&path, "before").unwrap();
    let failed: io::Result<()> = write_whole(&path, |out| {
        out.write_all(b"half")?;
        Err(io::Error::other("no more"))
    });
    assert_eq!(failed.unwrap_err().to_string(), "no more");
    assert_eq!(fs::read_to_string(&path).unwrap(), "before");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    write_whole(&path, |out| out.write_all(b"after")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "after");
}
