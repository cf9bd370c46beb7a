//! Passwords on command lines: which word is one, so that a program that is given several is noticed.
//!
//! Options are those of the programs' manuals. A password is compared with others and goes nowhere.

use crate::{
    behaviour::Dimension,
    incident::Finding,
    shape::tool_name,
    tools::{Tool, file_name},
};
use std::collections::BTreeSet;

/// Distinct passwords for the same program which make an attempt to guess one.
pub(super) const GUESSES: usize = 3;

/// How a program is told a password.
enum Told {
    /// In the word after this one.
    Next(&'static str),
    /// In the rest of a word that begins so.
    Rest(&'static str),
    /// In what follows the sign, in the word after this one: `user:password`.
    After(&'static str, char),
}
use Told::{After, Next, Rest};

/// Programs, and how each is told a password.
const TABLE: &[(&[&str], &[Told])] = &[
    (&["redis-cli", "valkey-cli", "keydb-cli"], &[Next("-a"), Next("--pass")]),
    (
        &["mysql", "mariadb", "mysqladmin", "mariadb-admin", "mysqldump", "mariadb-dump"],
        &[Rest("--password="), Rest("-p")],
    ),
    (&["mongo", "mongosh", "mongodump"], &[Next("-p"), Next("--password"), Rest("--password=")]),
    (&["sshpass"], &[Next("-p"), Rest("-p")]),
    (&["sqlcmd", "bcp"], &[Next("-P"), Rest("-P")]),
    (&["ldapsearch", "ldapwhoami", "ldapmodify"], &[Next("-w")]),
    (&["smbclient", "rpcclient", "smbget", "net"], &[After("-U", '%'), After("--user", '%')]),
    (&["curl"], &[After("-u", ':'), After("--user", ':'), After("-U", ':'), After("--proxy-user", ':')]),
    (&["wget"], &[Rest("--password="), Rest("--http-password="), Rest("--ftp-password=")]),
    (&["cqlsh"], &[Next("-p"), Next("--password"), Rest("--password=")]),
    (&["etcdctl"], &[After("--user", ':'), Rest("--password=")]),
    (&["mosquitto_sub", "mosquitto_pub"], &[Next("-P"), Next("--pw")]),
    (&["rabbitmqadmin"], &[Next("-p"), Rest("--password=")]),
];

/// The password that a program is given among its words, the first of them not its name.
fn password<'w>(name: &str, words: &[&'w str]) -> Option<&'w str> {
    let told = TABLE.iter().find(|(names, _)| names.contains(&name)).map_or(&[][..], |(_, told)| told);
    let by_option = told.iter().find_map(|told| match *told {
        Next(option) => after(words, option),
        Rest(option) => words.iter().find_map(|word| word.strip_prefix(option)),
        After(option, sign) => after(words, option)?.split_once(sign).map(|(_, password)| password),
    });
    by_option
        .or_else(|| {
            let asks = matches!(Tool::of(name), Tool::Client | Tool::Downloader);
            words.iter().filter(|_| asks).find_map(|word| in_url(word))
        })
        .filter(|password| !password.is_empty())
}

fn after<'w>(words: &[&'w str], option: &str) -> Option<&'w str> {
    let at = words.iter().position(|word| *word == option)?;
    words.get(at + 1).copied()
}

/// The password in `scheme://user:password@host`.
fn in_url(word: &str) -> Option<&str> {
    let (_, rest) = word.split_once("://")?;
    let authority = rest.split(['/', '?']).next()?;
    let (user, _) = authority.rsplit_once('@')?;
    user.split_once(':').map(|(_, password)| password)
}

/// How many passwords the program with this name was given, by its words now and by what its incident found before; 0 if
/// it is given none now.
pub(super) fn guesses(program: &str, words: &[&str], findings: &[Finding]) -> usize {
    let name = tool_name(program);
    let Some(now) = password(name, words) else { return 0 };
    let mut known = BTreeSet::from([now.to_owned()]);
    let lines = findings.iter().filter_map(|finding| {
        let (first, line) = finding.command_line.split_once(' ')?;
        (file_name(first) == name).then_some(line)
    });
    // What a program that is new itself was given stands beside it, in shapes: one that begins so is many.
    let starts = findings.iter().filter(|f| f.dimension == Dimension::Spawn && tool_name(&f.value) == name);
    let implied = starts.flat_map(|finding| &finding.implied);
    let implied =
        implied.filter(|implied| implied.dimension == Dimension::Arguments).map(|implied| &*implied.value);
    for line in lines.chain(implied) {
        let line: Vec<&str> = line.split(' ').collect();
        known.extend(password(name, &line).filter(|word| !word.starts_with('<')).map(str::to_owned));
    }
    known.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_however_the_program_is_told() {
        for (line, expected) in [
            ("redis-cli -h cache -a hunter2 ping", Some("hunter2")),
            ("mysql -uroot -phunter2", Some("hunter2")),
            ("mysql -uroot -p", None),
            ("mysql --password=hunter2 -h db", Some("hunter2")),
            ("sshpass -p hunter2 ssh db", Some("hunter2")),
            ("curl -s -u admin:hunter2 http://db/", Some("hunter2")),
            ("curl -s -u admin http://db/", None),
            ("curl http://admin:hunter2@db/x", Some("hunter2")),
            ("curl http://db/x?at=a:b@c", None),
            ("psql postgresql://app:hunter2@db/app", Some("hunter2")),
            ("smbclient -U guest%hunter2 //files/all", Some("hunter2")),
            ("redis-cli -a", None),
            ("ls -a hunter2", None),
            ("ls http://a:b@c/", None),
        ] {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(password(words[0], &words[1..]), expected, "{line}");
        }
    }
}
