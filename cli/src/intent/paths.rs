//! Paths in an image: where a word of a command may mean a file to be.

use super::shell::base;

/// Where programs are looked for unless an image says otherwise.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Places that are looked at for one word.
const PLACES: usize = 32;

/// An absolute path without `.`, `..` and doubled slashes; one that is not absolute begins at a directory.
pub(super) fn absolute(directory: &str, path: &str) -> String {
    let whole = if path.starts_with('/') { path.to_owned() } else { format!("{directory}/{path}") };
    let mut parts = Vec::new();
    for part in whole.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The places where a word of a command may mean a file to be, best first: a path is taken from the working directory, a
/// name is looked for along the PATH of the image. `/bin` and the like are links into `/usr` in most images.
pub(super) fn places(word: &str, directory: &str, path: Option<&str>) -> Vec<String> {
    let places: Vec<String> = if word.contains('/') {
        vec![absolute(directory, word)]
    } else {
        let listed = path.unwrap_or_default().split(':').chain(PATH.split(':'));
        listed.filter(|at| at.starts_with('/')).map(|at| absolute(at, word)).collect()
    };
    let mut all: Vec<String> = Vec::new();
    for place in places {
        let linked = ["/bin/", "/sbin/", "/lib/"].iter().any(|link| place.starts_with(link));
        let linked = linked.then(|| format!("/usr{place}"));
        for place in [Some(place), linked].into_iter().flatten() {
            if all.len() < PLACES && !all.contains(&place) && !base(&place).is_empty() {
                all.push(place);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leads_above_the_root() {
        assert_eq!(absolute("/app", "../../etc/./x//y"), "/etc/x/y");
        assert_eq!(absolute("", "../.."), "/");
    }

    #[test]
    fn a_name_is_looked_for_along_the_path_and_a_path_from_the_working_directory() {
        assert_eq!(places("./run.sh", "/app", None), ["/app/run.sh"]);
        assert_eq!(places("/bin/sh", "/", None), ["/bin/sh", "/usr/bin/sh"]);
        let all = places("run", "/app", Some("/app/bin:$PATH"));
        assert_eq!(all.first().map(String::as_str), Some("/app/bin/run"));
        assert!(all.contains(&"/usr/local/bin/run".to_owned()) && all.contains(&"/bin/run".to_owned()));
        assert!(places("", "/", None).iter().all(|place| !place.is_empty()));
    }
}
