//! The console in a real browser: the whole way of an incident by keys, rows that come by themselves, names that would like to
//! be scripts, a narrow screen, somebody who logs in (`console/person.rs`), ten thousand incidents (`console/many.rs`), and what
//! axe finds (`console/axe.rs`).
//! Where Chromium or its driver is missing this is listed as ignored, never as passed.
//!
//! Not here: what the server answers without a browser (`server/tests/server/console.rs`).

#[allow(dead_code, reason = "the server's own tests use more of it")]
#[path = "../../server/tests/server/fixture.rs"]
mod fixture;

#[path = "console/axe.rs"]
mod axe;
#[path = "console/many.rs"]
mod many;
#[path = "console/person.rs"]
mod person;

use anyhow::{Context, Result, ensure};
use fixture::{MINUTES, batch};
use libtest_mimic::Arguments;
use plumbline_proto::v1::Batch;
use plumbline_tests::{
    browser::{Browser, ENTER, ESCAPE},
    feed::feed,
    harness::test,
    programs::Server,
    wait::until,
};
use prost::Message;
use std::{path::Path, process::ExitCode};

/// What a program in the container calls itself.
const HOSTILE: &str = "/tmp/<img src=x onerror=\"window.hit=1\"><script>window.hit=1</script>\u{202e}gpj.sh";

fn main() -> ExitCode {
    let there = Browser::is_there();
    let trials = vec![
        test("an_incident_comes_live_and_is_answered_by_keys_in_a_real_browser", answered)
            .with_ignored_flag(!there),
        test(
            "who_logs_in_finds_an_incident_by_filters_and_accepts_it_and_who_only_looks_is_offered_nothing",
            person::served,
        )
        .with_ignored_flag(!there),
        test("ten_thousand_incidents_and_names_of_any_length_make_no_page_long", many::bounded)
            .with_ignored_flag(!there),
        test("nothing_in_any_page_is_a_serious_barrier_by_axe", axe::checked)
            .with_ignored_flag(!there || !axe::is_there()),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// A server that was told all minutes.
fn fed(directory: &Path) -> Result<Server> {
    let server = Server::start(directory, &["--min-starts", "1"])?;
    feed(&server.grpc, 1, minutes(0..MINUTES)?)?;
    Ok(server)
}

/// What a script gives: the address of a page.
fn link(browser: &Browser, script: &str) -> Result<String> {
    Ok(browser.run(script)?.as_str().context("no link")?.to_owned())
}

/// The fleet's minutes, with a program that has a hostile name where one breaks in.
fn minutes(of: std::ops::Range<u64>) -> Result<Vec<Batch>> {
    of.map(|minute| {
        let mut minute = Batch::decode(batch("node", minute))?;
        for text in minute.strings.iter_mut().filter(|text| **text == "/tmp/x") {
            *text = HOSTILE.as_bytes().into();
        }
        Ok(minute)
    })
    .collect()
}

fn answered() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &["--min-starts", "1"])?;
    feed(&server.grpc, 1, minutes(0..MINUTES - 3)?)?;
    let browser = Browser::start(directory.path())?;
    browser.go(&format!("{}/", server.http))?;
    browser.until("document.getElementById('live').textContent === 'Live'")?;
    ensure!(browser.holds("!document.querySelector('#rows tr.attack')")?, "an attack before there was one");
    let styled = browser.holds("getComputedStyle(document.querySelector('header')).display === 'flex'")?;
    ensure!(styled, "the policy keeps our own style out");
    // While the feed is open.
    feed(&server.grpc, 2, minutes(MINUTES - 3..MINUTES)?)?;
    found(&browser)?;
    approved(&browser)?;
    // What was approved is judged anew, which is a change: what is on the page is no longer the newest then.
    until("the new verdict", plumbline_tests::harness::LIMIT, || {
        browser.run("location.reload()")?;
        Ok(browser.holds("document.querySelector('article.normal')").unwrap_or(false).then_some(()))
    })?;
    resolved(&browser)?;
    let done = |triage: &plumbline_proto::v1::Triage| triage.author == "alice" && triage.note == "looked at";
    let alerts = server.alerts("shop/pay")?;
    ensure!(alerts.iter().any(|alert| alert.triage.as_ref().is_some_and(done)), "{alerts:?}");
    fits(&browser, &server.http)
}

/// The row came by itself, its name is text, and keys lead to its page.
fn found(browser: &Browser) -> Result<()> {
    let row =
        "[...document.querySelectorAll('#rows a.story')].findIndex(a => a.textContent.includes('onerror'))";
    browser.until(&format!("{row} >= 0"))?;
    ensure!(browser.holds("!document.body.innerText.includes('\\u202e')")?, "a name turns text around");
    browser.press("?")?;
    browser.until("document.getElementById('help').open")?;
    browser.press(ESCAPE)?;
    browser.until("!document.getElementById('help').open")?;
    // Other rows come and go meanwhile, above and below; only what is in focus stays where it is.
    let from = "[...document.querySelectorAll('#rows a.story')].indexOf(document.activeElement)";
    until("keys that lead to the row", plumbline_tests::harness::LIMIT, || {
        let step =
            browser.run(&format!("return Math.sign(({row}) - ({from}))"))?.as_i64().context("no step")?;
        match step {
            0 => return Ok(Some(())),
            1.. => browser.press("j")?,
            _ => browser.press("k")?,
        }
        Ok(None)
    })?;
    browser.press(ENTER)?;
    browser.until("document.querySelector('article.incident #processes')")?;
    let bars =
        "[...document.querySelectorAll('rect.attack')].some(bar => bar.getBoundingClientRect().width > 0)";
    ensure!(browser.holds(bars)?, "the bars have no width");
    let run = browser.holds("window.hit !== undefined || document.querySelector('main img, main script')")?;
    ensure!(!run, "a name became part of the page");
    Ok(())
}

fn approved(browser: &Browser) -> Result<()> {
    browser.press("a")?;
    browser.until("document.activeElement.closest('#approve')")?;
    browser.write("#approve [name=reason]", "the till moved")?;
    browser.write("#approve [name=author]", "alice")?;
    browser.click("#approve button[value=approve]")?;
    browser.until("document.querySelector('input[name=confirmed]')")?;
    let shown = "document.querySelector('main table').innerText.includes('onerror')";
    ensure!(browser.holds(shown)?, "what is approved is not shown before");
    browser.click("main form button")?;
    browser.until("document.querySelector('.done')")
}

fn resolved(browser: &Browser) -> Result<()> {
    browser.press("r")?;
    browser.until("document.activeElement.closest('#resolve')")?;
    browser.write("#resolve [name=note]", "looked at")?;
    browser.write("#resolve [name=author]", "alice")?;
    browser.click("#resolve button[value=resolve]")?;
    browser.until("document.querySelector('.done') && document.querySelector('article').innerText.includes('looked at')")
}

/// On a telephone nothing is wider than the screen, and in the dark the page is dark.
fn fits(browser: &Browser, http: &str) -> Result<()> {
    let incident = link(browser, "return location.href")?;
    let image = link(browser, "return document.querySelector('.facts a[href^=\"/console/images/\"]').href")?;
    let pages = ["alerts", "images", "fleet"].map(|page| format!("{http}/console/{page}"));
    let pages: Vec<_> = pages.iter().chain([&incident, &image]).collect();
    for (width, dark) in [(360, true), (1280, false)] {
        browser.resize(width, 1000, dark)?;
        for (number, page) in pages.iter().enumerate() {
            browser.go(page)?;
            let wide = browser.run("return document.documentElement.scrollWidth")?;
            ensure!(wide.as_u64().is_some_and(|wide| wide <= width.into()), "{page} is {wide} pixels wide");
            let back = "getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0] < 128";
            ensure!(browser.holds(back)? == dark, "{page} is not as dark as it should be");
            picture(browser, &format!("{width}-{number}"))?;
        }
    }
    Ok(())
}

/// For people who want to look: pictures in the folder of `PLUMBLINE_PICTURES`, if that is set.
fn picture(browser: &Browser, name: &str) -> Result<()> {
    let Some(folder) = std::env::var_os("PLUMBLINE_PICTURES") else { return Ok(()) };
    let path = std::path::Path::new(&folder).join(format!("{name}.png.base64"));
    Ok(std::fs::write(path, browser.picture()?)?)
}
