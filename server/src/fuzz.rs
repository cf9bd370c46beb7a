//! What `server/fuzz` calls: bytes that others hand to the server, read as the server reads them. Not in the program.
//!
//! Whatever the bytes, they are taken or refused; nothing panics, and nothing is allocated that they do not hold. Seeds are what
//! tests here make of the small fleet: `UPDATE=1 cargo test -p plumbline-server seeds_are` writes them anew.

use std::sync::{Arc, LazyLock};

use plumbline_model::{Delta, ImageState, Indicators, Model, Params};

use crate::{store, wire};

/// A batch, as a collector sends it, shown to a model that learns of it and then sees it again.
pub fn batch(bytes: &[u8]) {
    static RULES: LazyLock<Arc<Indicators>> = LazyLock::new(|| Arc::new(Indicators::own()));
    let Ok(batch) = wire::check(bytes.to_vec().into()) else { return };
    let mut model = Model::new(Params::default(), Arc::clone(&RULES));
    for _ in 0..2 {
        for incident in model.apply(&batch.view(), |_| true).incidents {
            let p = incident.probabilities;
            let sum = p.normal + p.drift + p.attack;
            drop(wire::alert(incident));
            assert!((sum - 1.0).abs() < 1e-9, "probabilities add up to {sum}");
        }
    }
    for image in model.images() {
        drop(wire::image_status(image, model.summary(image)));
    }
}

/// A value of the store: the letter of its kind, how long its identity is, that, and its body. Of an image that can be read,
/// what follows its state is taken for what has changed of it.
pub fn value(bytes: &[u8]) {
    let [letter, len, rest @ ..] = bytes else { return };
    let Some((identity, body)) = rest.split_at_checked(usize::from(*len)) else { return };
    drop(store::fits(&[&[*letter], identity].concat(), body));
    if let Ok((image, rest)) = postcard::take_from_bytes::<ImageState>(body)
        && let Ok(delta) = postcard::from_bytes::<Delta>(rest)
    {
        drop(image.restored(Some(delta)));
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use plumbline_model::Form;

    use super::*;
    use crate::fixture;

    /// Names and bytes of all seeds.
    fn seeds() -> Vec<(&'static str, Vec<u8>)> {
        let quiet = fixture::batch("a", 0).to_vec();
        let attack = fixture::batch("a", fixture::MINUTES - 1).to_vec();
        let mut model = Model::new(Params::default(), Arc::default());
        let mut learn = |bytes: &[u8]| {
            drop(model.apply(&wire::check(bytes.to_vec().into()).unwrap().view(), |_| true));
            let image = model.image_mut("shop/pay", "sha256:shop/pay").unwrap();
            image.store(|form| match form {
                Form::Whole(image) => postcard::to_stdvec(image).unwrap(),
                Form::Changed(changed) => postcard::to_stdvec(&changed).unwrap(),
            })
        };
        let (whole, changed) = (learn(&quiet), learn(&fixture::batch("a", 1)));
        let identity = b"shop/pay\0sha256:shop/pay";
        let value = |letter, body: &[u8]| [&[letter, identity.len() as u8], &identity[..], body].concat();
        vec![
            ("value/whole", value(b'i', &whole)),
            ("value/changed", value(b'l', &changed)),
            ("value/both", value(b'i', &[whole, changed].concat())),
            ("batch/quiet", quiet),
            ("batch/attack", attack),
        ]
    }

    #[test]
    fn seeds_are_read_to_their_end() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds");
        for (name, bytes) in seeds() {
            let path = folder.join(name);
            if std::env::var_os("UPDATE").is_some() {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &bytes).unwrap();
            }
            let stored = fs::read(&path).unwrap();
            let read = match &*stored {
                _ if name.starts_with("batch") => wire::check(stored.clone().into()).is_ok(),
                _ if name.ends_with("both") => true, // its parts are read above
                [letter, len, rest @ ..] => {
                    let (identity, body) = rest.split_at(usize::from(*len));
                    store::fits(&[&[*letter], identity].concat(), body).is_ok()
                }
                _ => false,
            };
            assert!(read, "{} is of another form: UPDATE=1 writes it anew", path.display());
            if name.starts_with("value") { value(&stored) } else { batch(&stored) }
        }
    }
}
