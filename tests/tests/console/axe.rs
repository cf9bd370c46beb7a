//! Every page of the console by axe-core, light and dark: nothing that it calls serious or critical.
//!
//! It runs in the page, as a browser's own tools do. Where it was not fetched (`tests/axe/setup.sh`) this is listed as ignored.
//! Not here: what no program can see, such as whether a text says what it should.

use super::{fed, link};
use anyhow::{Context, Result, ensure};
use plumbline_tests::{
    browser::Browser,
    programs::{Server, binary},
};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// The checker, as npm has it.
fn script() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().map(Path::to_path_buf).unwrap_or_default();
    root.join("target/axe/node_modules/axe-core/axe.min.js")
}

pub(super) fn is_there() -> bool {
    script().is_file()
}

/// What it finds serious in the page, rule by rule, and where.
const FOUND: &str = "
    const done = arguments[arguments.length - 1];
    document.querySelectorAll('details').forEach((one) => { one.open = true; });
    axe.run(document, { resultTypes: ['violations'] }).then((told) => {
        const bad = told.violations.filter((one) => ['serious', 'critical'].includes(one.impact));
        const what = (one) => `${one.id}: ` + one.nodes.slice(0, 3).map((node) => node.html.slice(0, 200)
            + ' ' + node.any.map((check) => check.message).join(' ')).join(' | ');
        done(bad.map(what));
    }, (error) => done([String(error)]));";

pub(super) fn checked() -> Result<()> {
    let axe = fs::read_to_string(script())?;
    let directory = tempfile::tempdir()?;
    let server = fed(directory.path())?;
    let browser = Browser::start(directory.path())?;
    let mut pages = pages(&browser, &server)?;
    // Who has to log in is asked by a server of its own, and sees what a viewer sees.
    let asking = tempfile::tempdir()?;
    let tokens = asking.path().join("tokens.toml").display().to_string();
    let made = Command::new(binary("plumbline-server")?)
        .args(["tokens", "add", "vera", "--role", "viewer", "--tokens-file", &tokens])
        .output()?;
    ensure!(made.status.success(), "{made:?}");
    let asking = Server::start(asking.path(), &["--tokens-file", &tokens])?;
    pages.push(format!("{}/console/login", asking.http));
    let mut wrong = Vec::new();
    for (width, dark) in [(1280, false), (1280, true), (360, false), (360, true)] {
        browser.resize(width, 1000, dark)?;
        for page in &pages {
            browser.go(page)?;
            for told in found(&browser, &axe)? {
                wrong.push(format!("{page}, {width} pixels, dark: {dark}: {told}"));
            }
        }
        // What no link leads to: an approval that waits to be confirmed, and the help.
        browser.go(pages.get(1).context("no incident")?)?;
        browser.press("?")?;
        browser.until("document.getElementById('help').open")?;
        wrong.extend(found(&browser, &axe)?.into_iter().map(|told| format!("help: {told}")));
        browser.run("document.getElementById('help').close()")?;
        browser.write("#approve [name=reason]", "the till moved")?;
        browser.write("#approve [name=author]", "alice")?;
        browser.click("#approve button[value=approve]")?;
        browser.until("document.querySelector('input[name=confirmed]')")?;
        wrong.extend(found(&browser, &axe)?.into_iter().map(|told| format!("approval: {told}")));
        browser.go(pages.first().context("no feed")?)?;
        browser.click("#rows input[name=chosen]")?;
        browser.write("#together [name=author]", "alice")?;
        browser.click("#together button[value=acknowledge]")?;
        browser.until("document.querySelector('h1').textContent === '1 acknowledged'")?;
        wrong.extend(found(&browser, &axe)?.into_iter().map(|told| format!("several at once: {told}")));
    }
    ensure!(wrong.is_empty(), "{} things are wrong:\n{}", wrong.len(), wrong.join("\n"));
    // Were it not to see anything, it would find nothing.
    browser.run("document.querySelector('main').innerHTML = '<img src=x><button></button>'")?;
    ensure!(found(&browser, &axe)?.len() >= 2, "it finds nothing in a page that is wrong");
    Ok(())
}

fn found(browser: &Browser, axe: &str) -> Result<Vec<String>> {
    browser.run(axe)?;
    let told = browser.run_later(FOUND)?;
    Ok(serde_json::from_value(told)?)
}

/// The feed and an incident first, then every other page that is read.
fn pages(browser: &Browser, server: &Server) -> Result<Vec<String>> {
    let at = |path: &str| format!("{}/console/{path}", server.http);
    browser.go(&at("alerts"))?;
    let row = "[...document.querySelectorAll('#rows tr')].find(row => row.innerText.includes('shop/pay'))";
    let incident = link(browser, &format!("return {row}.querySelector('a.story').href"))?;
    browser.go(&incident)?;
    let image = link(browser, "return document.querySelector('.facts a[href^=\"/console/images/\"]').href")?;
    browser.go(&image)?;
    // A decision, so that there is one to look at.
    let decision = {
        browser.go(&incident)?;
        browser.write("#approve [name=reason]", "no")?;
        browser.write("#approve [name=author]", "alice")?;
        browser.click("#approve button[value=deny]")?;
        browser.until("document.querySelector('input[name=confirmed]')")?;
        browser.click("main form button")?;
        browser.until("document.querySelector('.done')")?;
        browser.go(&image)?;
        let to = "a[href^=\"/console/decisions/\"]";
        browser.until(&format!("document.querySelector('{to}')"))?;
        link(browser, &format!("return document.querySelector('{to}').href"))?
    };
    Ok(vec![
        at("alerts"),
        incident,
        at("alerts?severity=critical&text=tmp&image=shop%2Fpay"),
        at("alerts?text=nothing-is-called-so"),
        at("alerts?nothing=x"),
        image.clone(),
        format!("{image}/upkeep?action=lock"),
        format!("{image}/upkeep?action=reset"),
        decision,
        at("images"),
        at("fleet"),
    ])
}
