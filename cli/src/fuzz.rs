//! What `cli/fuzz` calls: files that others wrote, read as `intent` reads them. Not in the program.
//!
//! Whatever they hold, they are read or refused, and what is said of them can be looked at safely. What was read is the same
//! once it was written as documents and read again. Seeds are the files that tests here read and make.

pub use crate::intent::file;

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use proptest::prelude::*;

    use super::*;

    /// Texts of all files that tests read and make.
    fn seeds() -> Vec<String> {
        let folders =
            ["golden", "fixtures"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name));
        let files = folders.iter().flat_map(|folder| fs::read_dir(folder).unwrap());
        let mut paths: Vec<_> = files.map(|file| file.unwrap().path()).collect();
        paths.sort();
        paths.iter().filter_map(|path| fs::read_to_string(path).ok()).collect()
    }

    /// A text of a file, with a part of it replaced by something that files may mean harm by.
    fn hostile() -> impl Strategy<Value = String> {
        let odd = [
            "",
            " ",
            "\n",
            "\n- ",
            ": ",
            "*a",
            "&a ",
            "<<: *a",
            "!!binary x",
            "|\n",
            ">-\n",
            "'",
            "\"",
            "{",
            "[",
            "}",
            "]",
            "#",
            "---\n",
            "...\n",
            "\t",
            "\r",
            "\u{feff}",
            "\u{202e}",
            "\u{1b}[2J",
            "\0",
            "~",
            "null",
            "-1",
            "65536",
            "1e400",
            "9999-99-99T99:99:99Z",
            "0x1f",
            ".nan",
            "$(A)",
            "${A:-}",
            "\\",
            "&a [*a, *a]",
            "? ",
            "%YAML 1.2\n",
            "ONBUILD ",
            "FROM x AS x\n",
            "HEALTHCHECK NONE\n",
        ];
        let odd = prop_oneof![
            4 => proptest::sample::select(odd.to_vec()).prop_map(str::to_owned),
            1 => any::<String>(),
        ];
        let edits = proptest::collection::vec((any::<proptest::sample::Index>(), 0..40_usize, odd), 1..6);
        (proptest::sample::select(seeds()), edits).prop_map(|(seed, edits)| {
            edits.into_iter().fold(seed, |text, (at, gone, new)| {
                let letters: Vec<char> = text.chars().collect();
                let (before, after) = letters.split_at(at.index(letters.len() + 1));
                before.iter().copied().chain(new.chars()).chain(after.iter().skip(gone).copied()).collect()
            })
        })
    }

    #[test]
    fn the_files_of_the_tests_are_seeds() {
        let seeds = seeds();
        assert!(seeds.len() >= 8, "{}", seeds.len());
        seeds.iter().for_each(|seed| file(seed.as_bytes()));
    }

    proptest! {
        #[test]
        fn a_hostile_file_is_read_or_refused_and_what_was_read_is_written_without_a_loss(text in hostile()) {
            file(text.as_bytes());
        }
    }
}
