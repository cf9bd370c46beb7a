//! A server with ten thousand incidents, some of which are called what nobody would call anything: the feed stays as large as it
//! is, pages go on by keys, what is changed comes by itself, and a name of 64 KiB is cut where there are many, and whole where it is
//! looked at.
//!
//! What is measured is how much there is, never how long it takes.

use super::link;
use anyhow::{Context, Result, ensure};
use plumbline_proto::v1::{self, Batch, ProcessFlag, SocketAction};
use plumbline_tests::{
    browser::{Browser, ENTER},
    feed::feed,
    programs::{Server, scrape},
};
use std::collections::BTreeSet;

const INCIDENTS: usize = 10_000;
/// Containers of a batch; each is broken into.
const EACH: usize = 500;
/// Incidents whose containers have hostile names.
const HOSTILE: usize = 20;
/// Rows of a page, and of a feed that is left open.
const ROWS: usize = 50;
const MAX_ROWS: usize = 200;
/// Letters of a list's page, and of the page of something with names of 64 KiB.
const LIST: usize = 512 << 10;
const ONE: usize = 4 << 20;

const MINUTE_NS: u64 = 60_000_000_000;
const BASE_NS: u64 = 1_700_000_040_000_000_000;

/// As long as a string of a batch may be: markup, letters from right to left, marks that turn text around, and what moves a
/// terminal's cursor.
fn hostile(begin: &str) -> String {
    const LURE: &str = "<script>window.hit=1</script>\u{202e}\u{5d0}\u{5d1}\u{5d2}\x1b[2J\"'><img src=x onerror=window.hit=1>";
    let mut name = begin.to_owned();
    while name.len() + LURE.len() < 64 << 10 {
        name.push_str(LURE);
    }
    name
}

#[derive(Default)]
struct Strings(Vec<String>);

impl Strings {
    fn put(&mut self, text: String) -> u32 {
        self.0.push(text);
        u32::try_from(self.0.len()).unwrap_or(u32::MAX) // entry 0 is the empty one
    }
}

/// A batch in which so many containers that were not there before are broken into.
fn broken_into(number: usize, containers: usize, is_hostile: bool) -> Batch {
    let mut strings = Strings::default();
    let mut name = |plain: String| strings.put(if is_hostile { hostile(&plain) } else { plain });
    let image = v1::Image {
        digest: name("sha256:many".to_owned()),
        repository: name("shop/many".to_owned()),
        tag: name("1".to_owned()),
        ..Default::default()
    };
    let pod =
        v1::Pod { namespace: name("shop".to_owned()), name: name("many".to_owned()), ..Default::default() };
    let called = name("many".to_owned());
    let executable = strings.put("/tmp/x".to_owned());
    let address = strings.put("203.0.113.7".to_owned());
    let mut batch = Batch {
        version: 1,
        base_unix_ns: BASE_NS + number as u64 * MINUTE_NS,
        window_ns: MINUTE_NS,
        node: "node".to_owned(),
        images: vec![image],
        ..Default::default()
    };
    let (mut processes, mut execs) = (v1::Processes::default(), v1::Execs::default());
    let (mut sockets, mut windows) = (v1::Sockets::default(), v1::Windows::default());
    let flags =
        [ProcessFlag::UpperLayer, ProcessFlag::Deleted, ProcessFlag::ExecSession, ProcessFlag::SocketStdio];
    for row in 0..u32::try_from(containers).unwrap_or_default() {
        let id = format!("{number}-{row}");
        let id = if is_hostile { hostile(&id) } else { id };
        batch.containers.push(v1::Container {
            id: strings.put(id),
            name: called,
            pod: Some(pod.clone()),
            started_unix_ns: batch.base_unix_ns,
            ..Default::default()
        });
        processes.container.push(row);
        processes.pid.push(100 + row);
        processes.start_ticks.push(number as u64 * 6000);
        processes.parent.push(0);
        processes.executable.push(executable);
        processes.argument_count.push(0);
        processes.argument_bytes.push(0);
        processes.uid.push(0);
        processes.gid.push(0);
        processes.flags.push(flags.iter().map(|flag| u32::from(*flag as u16)).sum());
        execs.process.push(row);
        execs.time_ns.push(u64::from(row) * 1000);
        execs.count.push(1);
        sockets.process.push(row);
        sockets.time_ns.push(u64::from(row) * 1000 + 10);
        sockets.count.push(1);
        sockets.action.push(SocketAction::Connect.into());
        sockets.address.push(address);
        sockets.port.push(443);
        windows.container.push(row);
        windows.window.push(batch.base_unix_ns / MINUTE_NS);
        windows.lossy.push(0);
    }
    let strings = std::iter::once(String::new()).chain(strings.0);
    batch.strings = strings.map(|text| text.into_bytes().into()).collect();
    (batch.processes, batch.execs) = (Some(processes), Some(execs));
    (batch.sockets, batch.windows) = (Some(sockets), Some(windows));
    batch
}

pub(super) fn bounded() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let server = Server::start(directory.path(), &[])?;
    let mut batches: Vec<Batch> =
        (0..INCIDENTS / EACH).map(|number| broken_into(number, EACH, false)).collect();
    // The newest are hostile, and so on the first page.
    batches.push(broken_into(INCIDENTS / EACH, HOSTILE, true));
    feed(&server.grpc, 1, batches)?;
    let browser = Browser::start(directory.path())?;
    pages(&browser, &server)?;
    live(&browser, &server)?;
    together(&browser, &server)?;
    whole(&browser, &server)
}

/// Alerts that the server has read to be listed.
fn listed(server: &Server) -> Result<f64> {
    scrape(server.http.trim_start_matches("http://"), "plumbline_server_alerts_listed_total")
}

fn count(browser: &Browser, expression: &str) -> Result<usize> {
    let told = browser.run(&format!("return {expression}"))?;
    usize::try_from(told.as_u64().with_context(|| format!("{expression}: {told}"))?).context("too many")
}

fn rows(browser: &Browser) -> Result<BTreeSet<String>> {
    let told = browser.run("return [...document.querySelectorAll('#rows tr')].map(row => row.id)")?;
    Ok(serde_json::from_value(told)?)
}

/// A page shows so many, was made of no more than those, and leads on by keys.
fn pages(browser: &Browser, server: &Server) -> Result<()> {
    let before = listed(server)?;
    browser.go(&format!("{}/console/alerts", server.http))?;
    let read = listed(server)? - before;
    ensure!(read == ROWS as f64, "{read} alerts were read for a page of {ROWS}");
    let all = format!("document.querySelector('#counts b').textContent === '{}'", INCIDENTS + HOSTILE);
    ensure!(browser.holds(&all)?, "the page does not say how many there are");
    harmless(browser, LIST)?;
    let first = rows(browser)?;
    ensure!(first.len() == ROWS, "{} rows", first.len());
    browser.press("n")?;
    browser.until("location.search.includes('page=') && document.querySelectorAll('#rows tr').length > 0")?;
    let second = rows(browser)?;
    ensure!(second.len() == ROWS && first.is_disjoint(&second), "the second page shows what the first did");
    // The last stop of `k` is what leads on.
    browser.press("k")?;
    browser.until("document.activeElement.matches('a[rel=next]')")?;
    browser.press(ENTER)?;
    let old = serde_json::to_string(&second)?;
    browser.until(&format!("!{old}.includes(document.querySelector('#rows tr').id)"))?;
    ensure!(rows(browser)?.is_disjoint(&first), "the third page shows what the first did");
    browser.press("p")?;
    browser
        .until("!location.search.includes('page=') && document.querySelectorAll('#rows tr').length > 0")?;
    ensure!(rows(browser)? == first, "the way back leads elsewhere");
    // What has to be searched for is read in part, and the page says so and goes on.
    let before = listed(server)?;
    browser.go(&format!("{}/console/alerts?text=nothing-is-called-so", server.http))?;
    let read = listed(server)? - before;
    ensure!(read < INCIDENTS as f64 * 0.6, "{read} alerts were read for a page");
    ensure!(
        browser.holds("document.querySelector('a[rel=next]') && document.getElementById('none')")?,
        "no way on"
    );
    browser.go(&format!("{}/console/alerts?severity=critical&severity=high", server.http))?;
    ensure!(rows(browser)?.len() == ROWS, "a search that finds everywhere shows more than a page");
    Ok(())
}

/// What comes while the feed is open is shown, and what is shown is bounded.
fn live(browser: &Browser, server: &Server) -> Result<()> {
    browser.go(&format!("{}/console/alerts", server.http))?;
    browser.until("document.getElementById('live').textContent === 'Live'")?;
    let old = rows(browser)?;
    feed(&server.grpc, 2, vec![broken_into(INCIDENTS / EACH + 1, EACH, false)])?;
    let known = serde_json::to_string(&old)?;
    let fresh =
        format!("[...document.querySelectorAll('#rows tr')].filter(row => !{known}.includes(row.id)).length");
    browser.until(&format!("{fresh} === {MAX_ROWS}"))?;
    ensure!(count(browser, "document.querySelectorAll('#rows tr').length")? == MAX_ROWS, "a feed grows");
    Ok(())
}

/// Those that are chosen by keys are acknowledged together, and that is undone together.
fn together(browser: &Browser, server: &Server) -> Result<()> {
    browser.go(&format!("{}/console/alerts", server.http))?;
    for key in ["j", "x", "j", "x", "j", "x", "x"] {
        browser.press(key)?;
    }
    let chosen = "document.querySelectorAll('#rows input:checked').length";
    ensure!(count(browser, chosen)? == 2, "keys do not choose");
    browser.write("#together [name=author]", "alice")?;
    browser.click("#together button[value=acknowledge]")?;
    browser.until("document.querySelector('h1').textContent === '2 acknowledged'")?;
    browser.click("main button[value=reopen]")?;
    browser.until("document.querySelector('h1').textContent === '2 opened again'")
}

/// Names are cut where there are many, and whole on the page of what they name.
fn whole(browser: &Browser, server: &Server) -> Result<()> {
    browser.go(&format!("{}/console/alerts?page=", server.http))?;
    let story =
        "[...document.querySelectorAll('#rows a.story')].find(a => a.textContent.includes('window.hit'))";
    let mut pages = 0;
    while !browser.holds(story)? {
        pages += 1;
        ensure!(pages < 20, "no incident with a hostile name on {pages} pages");
        let next = link(browser, "return document.querySelector('a[rel=next]').href")?;
        browser.go(&next)?;
    }
    let incident = link(browser, &format!("return {story}.href"))?;
    browser.go(&incident)?;
    ensure!(
        browser.holds("document.querySelector('article.incident')")?,
        "no page of an incident with long names"
    );
    harmless(browser, ONE)?;
    let folded = "[...document.querySelectorAll('.facts details.long')]";
    ensure!(count(browser, &format!("{folded}.length"))? >= 4, "long names are not folded");
    ensure!(browser.holds(&format!("{folded}.every(one => !one.open)"))?, "long names are shown at once");
    browser.run(&format!("{folded}.forEach(one => {{ one.open = true; }})"))?;
    let long = format!(
        "{folded}.filter(one => one.querySelector(':scope > code').textContent.length > 60000).length"
    );
    ensure!(count(browser, &long)? >= 4, "long names are not whole");
    harmless(browser, ONE)?;
    let image = link(browser, "return document.querySelector('.facts a[href^=\"/console/images/\"]').href")?;
    browser.go(&image)?;
    ensure!(browser.holds("document.querySelector('#coverage')")?, "a long name leads nowhere");
    harmless(browser, ONE)?;
    for page in ["images", "fleet"] {
        browser.go(&format!("{}/console/{page}", server.http))?;
        harmless(browser, LIST)?;
    }
    browser.go(&incident)?;
    browser.write("#approve [name=reason]", "x")?;
    browser.write("#approve [name=author]", "alice")?;
    browser.click("#approve button[value=approve]")?;
    browser.until("document.querySelector('input[name=confirmed]')")?;
    harmless(browser, ONE)
}

/// A page that is no larger than that, fits every screen, and on which no name has run, became markup or turned text around.
fn harmless(browser: &Browser, letters: usize) -> Result<()> {
    let page = link(browser, "return location.pathname")?;
    let long = count(browser, "document.documentElement.outerHTML.length")?;
    ensure!(long < letters, "{page} has {long} letters");
    ensure!(count(browser, "document.title.length")? < 1000, "{page}: its title is as long as a name");
    let run = "window.hit !== undefined || document.querySelector('main img, main script')";
    ensure!(!browser.holds(run)?, "{page}: a name became part of the page");
    let shown = "/[\\u202e\\u001b]/.test(document.documentElement.innerText)";
    ensure!(!browser.holds(shown)?, "{page}: a name turns text around");
    let names = "[...document.querySelectorAll('main bdi, main code, main a.story')]";
    let apart = "one => getComputedStyle(one).unicodeBidi.startsWith('isolate')";
    ensure!(
        browser.holds(&format!("{names}.every({apart})"))?,
        "{page}: letters of a name turn others around"
    );
    for width in [360, 1280] {
        browser.resize(width, 1000, false)?;
        let wide = count(browser, "document.documentElement.scrollWidth")?;
        ensure!(wide <= width as usize, "{page} is {wide} pixels wide on a screen of {width}");
    }
    Ok(())
}
