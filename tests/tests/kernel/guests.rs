//! The same on other kernels: these tests run again in virtual machines.

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Failed, Trial};
use plumbline_tests::guest::{Kernel, kernels};
use std::env;

/// What is tried on each kernel that was fetched, as its own verifier looks at each hook. With the variable KERNEL_TESTS it
/// is all that can hold there (`make test-kernels`).
const TRIED: [&str; 4] = [
    "telling_system_calls_are_recorded_refused_or_not",
    "modules_are_told_loaded_or_not",
    "scripts_volumes_and_long_arguments_are_told",
    "connections_are_counted_and_summed_by_the_right_process",
];

/// What can't hold there: an emulated processor's time is not what a program was given, and before 6.3 no hook tells of a
/// datagram in read and write.
const NOT_THERE: [&str; 2] =
    ["what_a_process_used_is_told_at_its_end", "datagrams_and_names_are_told_whatever_call_carried_them"];

/// What a guest is told to try, by the variable TRIED; elsewhere everything, and the same in each guest.
pub(super) fn chosen(trials: Vec<Trial>) -> Vec<Trial> {
    let Ok(tried) = env::var("TRIED") else {
        let mut guests: Vec<_> = kernels().into_iter().map(in_guest).collect();
        if guests.is_empty() {
            guests.push(
                Trial::test("on_linux_of_others_what_containers_do_is_told", || Ok(()))
                    .with_ignored_flag(true),
            );
        }
        return trials.into_iter().chain(guests).collect();
    };
    let skipped = |name: &str| {
        if tried == "all" { NOT_THERE.contains(&name) } else { !tried.split(' ').any(|of| of == name) }
    };
    trials.into_iter().filter(|trial| !skipped(trial.name())).collect()
}

fn in_guest(kernel: Kernel) -> Trial {
    let name = format!("on_linux_{}_what_containers_do_is_told", kernel.name.replace('.', "_"));
    Trial::test(name, move || again(&kernel).map_err(|error| Failed::from(format!("{error:#}"))))
}

fn again(kernel: &Kernel) -> Result<()> {
    let tried = if env::var_os("KERNEL_TESTS").is_some() { "all".to_owned() } else { TRIED.join(" ") };
    let (here, this) = (env!("CARGO_MANIFEST_DIR"), env::current_exe()?);
    let said = kernel.run(&format!("cd '{here}' && TRIED='{tried}' '{}' --color never", this.display()))?;
    let passed = said.lines().find_map(|line| line.trim().strip_prefix("test result: ok. "));
    let passed: usize = passed.and_then(|line| line.split(' ').next()).context("no result")?.parse()?;
    ensure!(passed >= TRIED.len(), "some were not run: {said}");
    Ok(())
}
