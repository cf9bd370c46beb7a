//! Baselines that are stored whole now and then, and what has changed of them in between.

use super::*;

/// A model that goes on, and the store that it is kept in after each minute.
struct Kept {
    model: Model,
    minute: u64,
}

impl Kept {
    fn new() -> Self {
        Self { model: Model::new(Params::default(), Arc::default()), minute: 0 }
    }

    /// Another minute of the small fleet.
    fn go_on(&mut self, store: &Store) {
        let batch = wire::check(fixture::batch("a", self.minute)).unwrap();
        self.minute += 1;
        let applied = self.model.apply(&batch.view(), |_| true);
        let names = applied.images.iter();
        let encode = |(lineage, digest): &(String, String)| {
            EncodedImage::new(self.model.image_mut(lineage, digest).unwrap(), &mut Vec::new())
        };
        let images: Vec<EncodedImage> = names.map(encode).collect();
        store.commit(&Commit { images, ..Default::default() }).unwrap();
    }

    fn images(&self) -> Vec<ImageState> {
        let mut images: Vec<ImageState> = self.model.images().cloned().collect();
        images.sort_by(|a, b| (a.lineage(), a.digest()).cmp(&(b.lineage(), b.digest())));
        images
    }

    /// Goes on from what a store has, as a server that was started again.
    fn restart(&mut self, store: &Store) {
        let mut model = Model::new(Params::default(), Arc::default());
        store.images().into_iter().for_each(|image| model.load(image));
        self.model = model;
    }
}

fn stored(store: &Store) -> Vec<ImageState> {
    let mut images = store.images();
    images.sort_by(|a, b| (a.lineage(), a.digest()).cmp(&(b.lineage(), b.digest())));
    images
}

fn count(store: &Store, kind: Kind) -> usize {
    contents(store).keys().filter(|key| key[0] == kind.letter()).count()
}

#[test]
fn what_has_changed_is_stored_alone_and_with_the_whole_is_the_baseline_also_after_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept = Kept::new();
    let mut deltas = 0;
    for round in 0..3 {
        let (store, _, report) = open(folder.path());
        assert!(report.troubles.is_empty(), "{report:?}");
        if round > 0 {
            kept.restart(&store);
        }
        for _ in 0..fixture::MINUTES / 3 {
            kept.go_on(&store);
            assert_eq!(stored(&store), kept.images());
            deltas += count(&store, Kind::Delta);
        }
        store.note();
    }
    assert!(deltas > 10, "{deltas}: most of it is stored whole");
}

#[test]
fn incidents_that_have_come_to_rest_are_stored_whole_once_and_not_with_each_change_from_then_on() {
    let folder = tempfile::tempdir().unwrap();
    let (store, ..) = open(folder.path());
    let mut kept = Kept::new();
    (0..fixture::MINUTES).for_each(|_| kept.go_on(&store));
    let was_told = |image: &ImageState| image.open_incidents().any(|incident| incident.revision > 0);
    let broken_into = kept.images().into_iter().find(was_told).unwrap();
    let (lineage, digest) = (broken_into.lineage(), broken_into.digest());
    let delta = [&[Kind::Delta.letter()], format!("{lineage}\0{digest}").as_bytes()].concat();
    let mut bytes = |_| {
        let image = EncodedImage::new(kept.model.image_mut(lineage, digest).unwrap(), &mut Vec::new());
        store.commit(&Commit { images: vec![image], ..Default::default() }).unwrap();
        contents(&store).get(&delta).map(Vec::len)
    };
    let bytes: Vec<Option<usize>> = (0..12).map(&mut bytes).collect();
    assert_eq!(bytes.iter().filter(|delta| delta.is_none()).count(), 1, "{bytes:?}");
    assert!(bytes[0].unwrap() > 2 * bytes[11].unwrap(), "{bytes:?}");
}

#[test]
fn changes_that_cannot_be_read_leave_what_was_whole() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept = Kept::new();
    let before = {
        let (store, ..) = open(folder.path());
        while count(&store, Kind::Delta) == 0 {
            kept.go_on(&store);
        }
        let db = store.db.get().unwrap();
        let (key, value) = db.scan_prefix([Kind::Delta.letter()]).next().unwrap().unwrap();
        let mut value = value.to_vec();
        *value.last_mut().unwrap() ^= 1;
        db.insert(&key, value).unwrap();
        db.flush().unwrap();
        kept.images()
    };
    let (store, held, report) = open(folder.path());
    let [Trouble::Corrupt { kind: Kind::Delta, name, .. }] = &report.troubles[..] else {
        panic!("{report:?}")
    };
    assert!(name.starts_with("what has changed of the baseline of "), "{name}");
    assert!(told(&report).contains("has done lately is learned anew"), "{}", told(&report));
    assert_eq!(held.images, before.len());
    let differ = stored(&store).iter().zip(&before).filter(|(now, before)| now != before).count();
    assert_eq!(differ, 1, "the others have their changes");
    assert_eq!(stored(&store).iter().map(ImageState::digest).collect::<Vec<_>>(), {
        before.iter().map(ImageState::digest).collect::<Vec<_>>()
    });
    // It goes on from there.
    kept.restart(&store);
    kept.go_on(&store);
    assert_eq!(stored(&store), kept.images());
}

#[test]
fn changes_without_their_baseline_are_set_aside_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut kept = Kept::new();
    let delta = {
        let (store, ..) = open(folder.path());
        while count(&store, Kind::Delta) == 0 {
            kept.go_on(&store);
        }
        let db = store.db.get().unwrap();
        let (delta, _) = db.scan_prefix([Kind::Delta.letter()]).next().unwrap().unwrap();
        let image = [&[Kind::Image.letter()], &delta[1..]].concat();
        let mut value = db.get(&image).unwrap().unwrap().to_vec();
        *value.last_mut().unwrap() ^= 1;
        db.insert(image, value).unwrap();
        db.flush().unwrap();
        delta
    };
    let (store, held, report) = open(folder.path());
    assert_eq!(held.images, kept.images().len() - 1);
    assert_eq!(report.troubles.len(), 2, "{}", told(&report));
    assert!(!contents(&store).contains_key(&delta.to_vec()));
}

#[test]
fn an_image_that_is_let_go_of_goes_with_its_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (store, ..) = open(folder.path());
    let mut kept = Kept::new();
    while count(&store, Kind::Delta) == 0 {
        kept.go_on(&store);
    }
    let mut commit = Commit::default();
    commit.forget(kept.images().iter().map(|image| ImageKey::new(image.lineage(), image.digest())).collect());
    store.commit(&commit).unwrap();
    assert_eq!((count(&store, Kind::Image), count(&store, Kind::Delta)), (0, 0));
}
