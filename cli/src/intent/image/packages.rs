//! Packages in an image and the programs that they bring, so that a report can name those of which none ever ran.
//!
//! dpkg keeps a list of files for each package, an image without dpkg itself (distroless) one of checksums, and apk one
//! database for all. What is a program is told by its folder, since not all of these know modes. Not here: RPM, whose database
//! takes its own library to read; that it is there is noted.

use std::{collections::BTreeMap, io};

use super::{
    super::{
        document::{Document, Package},
        paths::absolute,
    },
    container::Blobs,
    layers::{Entry, Layers},
};

/// Longest list of a package, or database of all, in bytes.
const LIST_BYTES: usize = 32 << 20;
/// Packages, and programs of all of them, that are told.
const PACKAGES: usize = 5_000;
const PROGRAMS: usize = 50_000;
/// Links that are followed from one program.
const LINKS: usize = 8;

const DPKG: &str = "/var/lib/dpkg/info/";
const DISTROLESS: &str = "/var/lib/dpkg/status.d/";
const APK: [&str; 2] = ["/lib/apk/db/installed", "/usr/lib/apk/db/installed"];
const RPM: [&str; 4] = [
    "/usr/lib/sysimage/rpm/Packages.db",
    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
    "/var/lib/rpm/Packages",
    "/var/lib/rpm/rpmdb.sqlite",
];

/// Adds packages that bring programs to what the document declares.
pub(super) fn add(document: &mut Document, blobs: &Blobs, layers: &Layers) {
    let seen = match layers.seen(blobs, &most) {
        Ok(seen) => seen,
        Err(error) => {
            return document.notes.push(format!("packages are not known: a layer can't be read ({error})"));
        }
    };
    if seen.keys().any(|path| RPM.contains(&path.as_str())) {
        document.notes.push("packages of RPM are not told".to_owned());
    }
    let mut packages: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for (path, entry) in seen {
        let Entry::File(bytes) = entry else { continue };
        if bytes.len() > LIST_BYTES {
            document.notes.push(format!("packages are not all told: {path} is too large"));
        }
        let text = String::from_utf8_lossy(&bytes);
        let mut tell = |package: &str, program: String| {
            packages.entry((package.to_owned(), path.clone())).or_default().push(program);
        };
        if let Some(list) = path.strip_prefix(DPKG) {
            let package = list.trim_end_matches(".list");
            let package = package.split(':').next().unwrap_or_default();
            text.lines().filter(|line| is_program(line)).for_each(|line| tell(package, line.to_owned()));
        } else if let Some(list) = path.strip_prefix(DISTROLESS) {
            let files = text.lines().filter_map(|line| Some(format!("/{}", line.split_once("  ")?.1)));
            files
                .filter(|file| is_program(file))
                .for_each(|file| tell(list.trim_end_matches(".md5sums"), file));
        } else if APK.contains(&path.as_str()) {
            apk(&text).filter(|(_, file)| is_program(file)).for_each(|(package, file)| tell(package, file));
        }
    }
    if let Err(error) = follow(&mut packages, blobs, layers) {
        document
            .notes
            .push(format!("where links of programs lead is not known: a layer can't be read ({error})"));
    }
    let mut left = PROGRAMS;
    for ((name, from), mut programs) in packages {
        programs.sort();
        programs.dedup();
        let Some(rest) =
            left.checked_sub(programs.len()).filter(|_| document.declared.packages.len() < PACKAGES)
        else {
            return document.notes.push("there are more packages than are told".to_owned());
        };
        left = rest;
        document.declared.packages.push(Package { name, programs, from });
    }
}

/// Adds what programs that are links lead to: that is what is seen to run, and it may be in another package.
fn follow(
    packages: &mut BTreeMap<(String, String), Vec<String>>,
    blobs: &Blobs,
    layers: &Layers,
) -> io::Result<()> {
    let seen = layers
        .seen(blobs, &|path| (is_program(path) || path.starts_with("/etc/alternatives/")).then_some(0))?;
    for programs in packages.values_mut() {
        let mut led_to = Vec::new();
        for program in &*programs {
            let mut at = program.clone();
            for _ in 0..LINKS {
                let Some(Entry::Link(to)) = seen.get(&at) else { break };
                at = absolute(at.rsplit_once('/').map_or("", |(folder, _)| folder), to);
            }
            if at != *program {
                led_to.push(at);
            }
        }
        programs.append(&mut led_to);
    }
    Ok(())
}

/// How much is read of a file.
fn most(path: &str) -> Option<usize> {
    let is_list = path.starts_with(DPKG) && path.ends_with(".list");
    let is_sums = path.starts_with(DISTROLESS) && path.ends_with(".md5sums");
    if is_list || is_sums || APK.contains(&path) {
        return Some(LIST_BYTES + 1);
    }
    RPM.contains(&path).then_some(0)
}

/// Packages and their files (apk's database: `P:` is a package, `F:` one of its folders, `R:` a file there).
fn apk(database: &str) -> impl Iterator<Item = (&str, String)> {
    let (mut package, mut folder) = ("", "");
    database.lines().filter_map(move |line| {
        let (field, value) = line.split_once(':')?;
        match field {
            "P" => (package, folder) = (value, ""),
            "F" => folder = value,
            "R" => return Some((package, format!("/{folder}/{value}"))),
            _ => {}
        }
        None
    })
}

fn is_program(path: &str) -> bool {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    matches!(folder.rsplit('/').next(), Some("bin" | "sbin" | "libexec"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_apk_are_in_the_folder_before_them_of_the_package_before_that() {
        let database = "P:busybox\nV:1.36\nF:bin\nR:busybox\na:0:0:755\nF:etc\nR:securetty\n\nP:curl\nF:usr/bin\nR:curl\n";
        let programs: Vec<_> = apk(database).filter(|(_, file)| is_program(file)).collect();
        assert_eq!(programs, [("busybox", "/bin/busybox".to_owned()), ("curl", "/usr/bin/curl".to_owned())]);
    }

    #[test]
    fn a_program_is_in_a_folder_of_programs() {
        assert!(
            is_program("/usr/local/sbin/x") && is_program("/usr/libexec/x") && is_program("/opt/app/bin/x")
        );
        assert!(!is_program("/bin") && !is_program("/usr/bin/x/y") && !is_program("/.") && !is_program(""));
    }
}
