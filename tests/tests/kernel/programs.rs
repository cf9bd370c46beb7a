//! Programs: how they begin and end, and what is told of their files and words.

use crate::acting::{Seen, act};
use anyhow::{Context, Result, bail, ensure};
use plumbline_proto::v1::ProcessFlag;
use plumbline_tests::{docker::docker, happened::happened, harness::recorded, recording::executions};

pub(super) fn forks() -> Result<()> {
    let seen = act("forks", &[], &[&["sh", "-c", "acts exit 0; acts exit 0; acts exit 0; true"]])?;
    let begun =
        seen.happened.iter().filter(|event| event.by.starts_with("sh -c acts") && event.what == "fork");
    let begun: u64 = begun.map(|event| event.count).sum();
    ensure!(begun == 3, "{begun} of 3: {:#?}", seen.happened);
    Ok(())
}

pub(super) fn exits() -> Result<()> {
    let seen = act("exits", &[], &[&["acts", "exit", "3"], &["acts", "crash"], &["acts", "exit", "0"]])?;
    seen.find("acts exit 3", "exit 3")?;
    seen.find("acts crash", "killed by 11")?;
    seen.find("acts exit 0", "exit 0")?;
    Ok(())
}

pub(super) fn usage() -> Result<()> {
    let (ms, mib) = (300, 64);
    let seen = act("usage", &[], &[&["acts", "spin", &ms.to_string(), &mib.to_string()]])?;
    let exit = seen.find("acts spin", "exit 0")?;
    let [user_ns, system_ns, rss] = exit.numbers[..] else { bail!("{exit:?}") };
    // clock() stops it by both, and what the kernel does for 64 MiB is a part.
    let used = (user_ns + system_ns) / 1_000_000;
    ensure!((ms * 9 / 10..ms * 10).contains(&used) && user_ns > system_ns, "{exit:?}");
    ensure!((mib << 20..(mib << 20) + (32 << 20)).contains(&rss), "{exit:?}");
    Ok(())
}

/// Of all threads, whichever is the last to end: the first one is not buried before its parent asks for it, and the others
/// end at the same time.
pub(super) fn usage_of_threads() -> Result<()> {
    let (ms, others) = (60, 5);
    let (each, count) = (ms.to_string(), others.to_string());
    let runs = ["1", "2", "3", "4", "5", "6", "7", "8"];
    let acts = runs.map(|run| ["acts", "spin-together", &each, &count, run]);
    let seen = act("usage-of-threads", &[], &acts.each_ref().map(|words| &words[..]))?;
    for run in runs {
        let end = seen.find(&format!("acts spin-together {each} {count} {run}"), "exit 0")?;
        let [user_ns, system_ns, _] = end.numbers[..] else { bail!("{end:?}") };
        let (used, burnt) = ((user_ns + system_ns) / 1_000_000, ms * (others + 1));
        ensure!((burnt * 9 / 10..burnt * 3 / 2).contains(&used), "{used} ms of {burnt}: {end:?}");
    }
    Ok(())
}

/// A thread that begins a program takes the first one's place; a process lives for as long as any of its threads.
pub(super) fn threads() -> Result<()> {
    let seen = act("threads", &[], &[&["acts", "thread-becomes", "4"], &["acts", "leaderless", "5"]])?;
    let ends = |by: &str| -> Vec<&str> {
        let ends = seen.happened.iter().filter(|event| event.by == by);
        ends.map(|event| &*event.what)
            .filter(|what| what.starts_with("exit ") || what.contains("kill"))
            .collect()
    };
    ensure!(ends("acts thread-becomes 4").is_empty(), "{:#?}", seen.happened);
    ensure!(ends("acts exit 4") == ["exit 4"], "{:#?}", seen.happened);
    seen.find("acts leaderless 5", "connect 127.0.0.1:9")?;
    ensure!(ends("acts leaderless 5") == ["exit 5"], "{:#?}", seen.happened);
    Ok(())
}

pub(super) fn exec_facts() -> Result<()> {
    let long = "x".repeat(20_000);
    let (batches, repository) = recorded("exec-facts", |lab, image| {
        let container = lab.run(image, "one", &["--volume", "/data"], &[])?;
        docker(&["exec", &container, "sh", "-c", "cp /bin/acts /data/tool; /data/tool exit 0"])?;
        // Both names and places are the container's to choose; one is gone before its end.
        let write = "echo '#!/bin/sh' > $f; echo 'rm -f gone.sh; exit 0' >> $f; chmod +x $f";
        let scripts = [
            format!("cd /; f=top.sh; {write}; ./top.sh"),
            format!("cd /tmp; f=here.sh; {write}; ./here.sh 1; sh here.sh 2; sh /tmp/here.sh 3"),
            format!("cd /tmp; f=gone.sh; {write}; ./gone.sh"),
            format!("cd /data; f=there.sh; {write}; ../data/there.sh"),
            "cd /app; ./once 1; sh once 2; sh /app/once 3".to_owned(),
        ];
        for script in &scripts {
            docker(&["exec", &container, "sh", "-c", script])?;
        }
        let words = [&["exec", &container, "acts", "exit", "0"][..], &[long.as_str(); 4]].concat();
        docker(&words).map(drop)
    })?;
    let seen = Seen { happened: happened(&batches, &repository), batches, repository };
    ensure!(seen.flags("/data/tool exit 0")? & ProcessFlag::Volume as u32 != 0, "not on a volume");
    let script = seen.batches.iter().any(|batch| {
        let scripts = batch.processes.iter().flat_map(|processes| &processes.script);
        scripts.into_iter().any(|script| &*batch.strings[*script as usize] == b"/app/run")
    });
    ensure!(script, "the interpreted script is missing");
    let (written, elsewhere) = (ProcessFlag::ScriptWritten as u32, ProcessFlag::ScriptOnVolume as u32);
    for (line, expected) in [
        ("/bin/sh ./top.sh", written),
        ("/bin/sh ./here.sh 1", written),
        ("sh here.sh 2", written),
        ("sh /tmp/here.sh 3", written),
        ("/bin/sh ./gone.sh", written),
        ("/bin/sh ../data/there.sh", elsewhere),
        ("/bin/sh ./once 1", 0),
        ("sh once 2", 0),
        ("sh /app/once 3", 0),
        ("/bin/sh /app/run", 0),
    ] {
        let flags = seen.flags(line)? & (written | elsewhere);
        ensure!(flags == expected, "{line}: {flags:x} instead of {expected:x}");
    }
    let words = format!("acts exit 0 {long} {long} {long}");
    let whole = executions(&seen.batches).into_iter().find(|seen| seen.command_line.starts_with(&words));
    let whole = whole.context("80,000 bytes of arguments are not there up to 64 KiB")?;
    ensure!(whole.flags & ProcessFlag::ArgumentsTruncated as u32 != 0, "and not marked as cut");
    let bytes = "acts.exit.0.".len() + 4 * (long.len() + 1);
    ensure!(whole.argument_bytes as usize == bytes, "{} instead of {bytes}", whole.argument_bytes);
    Ok(())
}

/// The file as `stat` sees it in the container: of the image, written since, on a volume.
pub(super) fn file_facts() -> Result<()> {
    let mut files = Vec::new();
    let (batches, repository) = recorded("file-facts", |lab, image| {
        let container = lab.run(image, "one", &["--volume", "/data"], &[])?;
        docker(&["exec", &container, "sh", "-c", "cp /bin/acts /tmp/new; cp /bin/acts /data/tool"])?;
        for file in ["/bin/acts", "/tmp/new", "/data/tool"] {
            let stat = docker(&["exec", &container, "stat", "-c", "%i %s %Y", file])?;
            docker(&["exec", &container, file, "exit", "0"])?;
            files.push((file, stat));
        }
        Ok(())
    })?;
    let seen = Seen { happened: Vec::new(), batches, repository };
    for (file, stat) in files {
        let (inode, size, modified) = seen.program(&format!("{file} exit 0"))?.file;
        ensure!(
            format!("{inode} {size} {modified}") == stat,
            "{file}: {inode} {size} {modified}, not {stat}"
        );
    }
    Ok(())
}

pub(super) fn odd_starts() -> Result<()> {
    let acts: [&[&str]; 4] = [
        &["sh", "-c", "cp /bin/acts /tmp/gone; acts unlinked /tmp/gone"],
        &["acts", "on-socket", "6"],
        &["sh", "-c", "acts exit 7 | cat"],
        &["acts", "exit", "8"],
    ];
    let seen = act("odd-starts", &[], &acts)?;
    let (deleted, socket) = (ProcessFlag::Deleted as u32, ProcessFlag::SocketStdio as u32);
    for (line, expected) in
        [("unlinked exit 0", deleted), ("acts exit 6", socket), ("acts exit 7", 0), ("acts exit 8", 0)]
    {
        let flags = seen.flags(line)? & (deleted | socket);
        ensure!(flags == expected, "{line}: {flags:x} instead of {expected:x}");
    }
    Ok(())
}

pub(super) fn digests() -> Result<()> {
    let mut sums = String::new();
    let (batches, repository) = recorded("digests", |lab, image| {
        let container = lab.run(image, "one", &[], &[])?;
        docker(&["exec", &container, "sh", "-c", "cp /bin/acts /tmp/new; /tmp/new exit 0"])?;
        let script = "echo '#!/bin/sh' > /tmp/run.sh; chmod +x /tmp/run.sh; cd /tmp; ./run.sh; sleep 1";
        docker(&["exec", &container, "sh", "-c", script])?;
        sums = docker(&["exec", &container, "sha256sum", "/tmp/new", "/tmp/run.sh"])?;
        Ok(())
    })?;
    let seen = Seen { happened: Vec::new(), batches, repository };
    let mut digests = Vec::new();
    for batch in &seen.batches {
        let text = |index: u32| String::from_utf8_lossy(&batch.strings[index as usize]).into_owned();
        let processes = batch.processes.clone().unwrap_or_default();
        if let Some(rows) = &batch.file_digests {
            for (row, process) in rows.process.iter().enumerate() {
                let (file, sha256) = (text(rows.executable[row]), text(rows.sha256[row]));
                let of = processes.executable[*process as usize - 1];
                digests.push((text(of), format!("{sha256}  {file}"), rows.size[row]));
            }
        }
    }
    for (sum, of) in sums.lines().zip(["/tmp/new", "/bin/busybox"]) {
        let found =
            digests.iter().any(|(executable, told, size)| executable == of && told == sum && *size > 0);
        ensure!(found, "no {sum} by {of} in {digests:?}");
    }
    ensure!(sums.lines().count() == 2, "{sums}");
    Ok(())
}
