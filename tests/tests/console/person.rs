//! Somebody at night who has to log in: finds an incident by the form of filters, goes from its row straight to what can be done,
//! and accepts what it is about; then somebody who may only look. All the while no page asks for what the policy keeps out.
//!
//! Not here: keys and rows that come by themselves (`console.rs`).

use super::{fed, link};
use anyhow::{Result, ensure};
use plumbline_tests::{
    browser::Browser,
    programs::{Server, binary},
};
use std::{path::Path, process::Command};

/// Takes down what the browser did not load or run.
const LISTEN: &str = "addEventListener('securitypolicyviolation', event => \
    sessionStorage.setItem('refused', `${event.violatedDirective} ${event.blockedURI}`))";

/// A token for somebody.
fn token(file: &Path, name: &str, role: &str) -> Result<String> {
    let add = ["tokens", "add", name, "--role", role, "--tokens-file"];
    let made = Command::new(binary("plumbline-server")?).args(add).arg(file).output()?;
    ensure!(made.status.success(), "{made:?}");
    let said = String::from_utf8(made.stdout)?;
    Ok(said.split_whitespace().find(|word| word.starts_with("plumbline_")).unwrap_or_default().to_owned())
}

pub(super) fn served() -> Result<()> {
    let directory = tempfile::tempdir()?;
    drop(fed(directory.path())?.kill()?);
    let file = directory.path().join("tokens.toml");
    let (analyst, viewer) = (token(&file, "ana", "analyst")?, token(&file, "vera", "viewer")?);
    let server = Server::start(directory.path(), &["--tokens-file", &file.to_string_lossy()])?;
    let browser = Browser::start(directory.path())?;
    browser.run_on_every_page(LISTEN)?;

    browser.go(&format!("{}/console/alerts?state=new", server.http))?;
    browser.write("[name=token]", "plumbline_of_somebody_else")?;
    browser.click("main form button")?;
    browser.until("document.querySelector('.wrong')?.textContent.includes('does not hold')")?;
    log_in(&browser, &analyst)?;
    filtered(&browser)?;
    accepted(&browser)?;
    let page = link(&browser, "return location.href")?;
    let state = "document.querySelector('article').innerText";
    browser.until(&format!("{state}.includes('resolved: drift accepted') && {state}.includes('by ana')"))?;

    browser.click("form[action='/console/logout'] button")?;
    browser.until("document.querySelector('[name=token]')")?;
    log_in(&browser, &viewer)?;
    browser.go(&page)?;
    ensure!(
        browser.holds("document.querySelector('#evidence') && !document.querySelector('main form')")?,
        "a viewer is offered a form"
    );

    let refused = "sessionStorage.getItem('refused')";
    ensure!(
        browser.holds(&format!("!{refused}"))?,
        "refused: {}",
        browser.run(&format!("return {refused}"))?
    );
    browser.run("document.body.setAttribute('style', 'color: red')")?;
    browser.until(refused) // or nobody was listening
}

fn log_in(browser: &Browser, token: &str) -> Result<()> {
    browser.write("[name=token]", token)?;
    browser.click("main form button")?;
    browser.until("document.querySelector('#rows')")
}

/// What is chosen in the form of filters is in the address, and holds when the page is loaded again and left.
fn filtered(browser: &Browser) -> Result<()> {
    ensure!(browser.holds("location.search === '?state=new'")?, "it forgot where one wanted to go");
    browser.click("[name=verdict][value=attack]")?;
    browser.click("form.filters details summary")?;
    browser.write("form.filters [name=image]", "shop/pay")?;
    browser.write("form.filters [name=namespace]", "shop")?;
    browser.click("form.filters button")?;
    let kept = "['verdict=attack', 'image=shop%2Fpay', 'namespace=shop', 'state=new'].every(one => location.search.includes(one))";
    browser.until(kept)?;
    let rows = "document.querySelectorAll('#rows tr').length";
    let only = format!("{rows} > 0 && {rows} === document.querySelectorAll('#rows tr.attack').length");
    browser.until(&only)?;
    browser.run("location.reload()")?;
    browser
        .until(&format!("{kept} && {only} && document.querySelector('[name=image]').value === 'shop/pay'"))?;
    browser.write("form.filters [name=node]", "elsewhere")?;
    browser.click("form.filters button")?;
    browser.until(&format!("{rows} === 0"))?;
    browser.run("history.back()")?;
    browser.until(&format!("{kept} && {only}"))
}

/// From a row in the feed a key leads to what can be done about it.
fn accepted(browser: &Browser) -> Result<()> {
    for (key, form) in [("r", "resolve"), ("a", "approve")] {
        browser.press("j")?;
        browser.until("document.activeElement.matches('#rows a.story')")?;
        browser.press(key)?;
        browser.until(&format!("document.activeElement.closest('#{form}')"))?;
        if form == "resolve" {
            browser.run("history.back()")?;
            browser.until(
                "document.querySelectorAll('#rows tr').length > 0 && document.readyState === 'complete'",
            )?;
        }
    }
    browser.write("#approve [name=scope]", "all of shop/pay")?;
    browser.write("#approve [name=days]", "30 days")?;
    browser.write("#approve [name=reason]", "the till is mended by hand")?;
    browser.click("#approve button[value=accept_drift]")?;
    browser.until("document.querySelector('input[name=confirmed]')")?;
    let shown = "[...document.querySelectorAll('main tbody tr')].every(row => row.innerText.includes('shop/pay') && row.querySelector('time'))";
    ensure!(browser.holds(shown)?, "what is decided is not shown with where and how long");
    browser.click("main form button")?;
    browser.until("document.querySelector('.done')")
}
