//! Grafana's dashboards by Grafana's own types, which TypeScript checks; from npm, where `tests/grafana/setup.sh` finds it.
//!
//! Not here: what no type says (`boards.rs`).

use super::{dashboards, root};
use anyhow::{Result, ensure};
use std::{fs, path::PathBuf, process::Command};

/// Where npm put the types, and TypeScript.
fn home() -> PathBuf {
    root().join("target/grafana")
}

/// Whether it did.
pub(super) fn there() -> bool {
    super::there("node") && home().join("node_modules/typescript/bin/tsc").is_file()
}

/// A dashboard with a word that Grafana does not know is checked along, and must be all that is wrong.
pub(super) fn typed() -> Result<()> {
    let folder = tempfile::tempdir_in(home())?;
    fs::copy(root().join("tests/grafana/board.ts"), folder.path().join("board.ts"))?;
    let mut arguments = vec![home().join("node_modules/typescript/bin/tsc").display().to_string()];
    let flags = "--noEmit --strict --skipLibCheck --moduleResolution node10 --module esnext --target esnext";
    arguments.extend(flags.split(' ').map(str::to_owned));
    let mut broken = Vec::new();
    for (file, board) in dashboards()? {
        let name = file.trim_start_matches("dashboards/").trim_end_matches(".json");
        let right = board.to_string();
        let wrong = right.replace(r#""drawStyle":"line""#, r#""drawStyle":"wiggle""#);
        ensure!(right != wrong, "{file} has no line that could be broken");
        broken.push(format!("{name}-broken.ts("));
        for (name, board) in [(name.to_owned(), right), (format!("{name}-broken"), wrong)] {
            let code =
                format!("import type {{ Board }} from './board';\nexport const board: Board = {board};\n");
            fs::write(folder.path().join(format!("{name}.ts")), code)?;
            arguments.push(format!("{name}.ts"));
        }
    }
    let output = Command::new("node").args(&arguments).current_dir(folder.path()).output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let (expected, wrong): (Vec<&str>, Vec<&str>) =
        said.lines().partition(|line| line.contains("-broken.ts(") && line.contains("wiggle"));
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
    let found = |file: &String| expected.iter().any(|line| line.starts_with(file.as_str()));
    ensure!(
        !broken.is_empty() && broken.iter().all(found),
        "a style that Grafana does not know is not found in each of {broken:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
