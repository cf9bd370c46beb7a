//! A store that is opened again after its disk took nothing.

use super::*;

#[test]
fn a_store_that_is_opened_again_goes_on_where_it_was_for_everybody_who_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 3, 100);
    let (held, _, _) = open(folder.path());
    let (before, reader) = (contents(&held), held.clone());
    held.failed(&StoreError::Away { path: folder.path().to_owned() });
    held.recover(3).unwrap();
    assert_eq!(contents(&reader), before);
    let images = images(2);
    held.commit(&commit(4, &images, 100)).unwrap();
    assert_eq!(reader.changes_after(3, 9).unwrap().len(), 1);
    assert_eq!(reader.commits(), 4);
    assert!(!folder.path().join("disk-probe").exists());
}

#[test]
fn a_store_that_went_back_while_its_disk_failed_is_not_gone_on_with() {
    let folder = tempfile::tempdir().unwrap();
    store(folder.path(), 3, 100);
    let (held, _, _) = open(folder.path());
    held.failed(&StoreError::Away { path: folder.path().to_owned() });
    let error = held.recover(9).unwrap_err();
    assert!(error.to_string().contains("it had 9 commits before a write failed, now 3"), "{error}");
    assert!(!error.is_of_the_disk(), "so that the server ends, and the next start repairs it");
    assert!(matches!(held.changes_after(0, 9), Err(StoreError::Away { .. })));
}
