//! A real browser, headless, by the WebDriver protocol (W3C) of `chromedriver`.
//!
//! The few commands that tests need, over plain HTTP/1.1 to loopback: the crates there are bring an HTTP stack, cookies and
//! Unicode tables of their own. A page that is being left answers with errors, so who waits for something asks again.

use crate::{harness::LIMIT, wait::until};
use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Command, Stdio},
};

/// The name under which an element is spoken of.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// The keys that have no letter.
pub const ENTER: &str = "\u{e007}";
/// Likewise.
pub const ESCAPE: &str = "\u{e00c}";

/// A browser with one page; gone when dropped.
#[derive(Debug)]
pub struct Browser {
    driver: Child,
    port: u16,
    session: String,
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.ask("DELETE", "", None); // it takes the browser with it
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Browser {
    /// Whether there is one.
    pub fn is_there() -> bool {
        let there = |name: &str| Command::new(name).arg("--version").output().is_ok();
        there("chromedriver") && there("chromium")
    }

    /// Starts one with its files in a directory.
    ///
    /// # Errors
    /// If it does not start.
    pub fn start(directory: &Path) -> Result<Self> {
        let log = directory.join("chromedriver.log");
        let driver = || {
            let mut driver = Command::new("chromedriver");
            driver.arg("--port=0").stdin(Stdio::null()).stdout(File::create(&log)?).stderr(Stdio::null());
            driver.spawn()
        };
        let mut browser = Self { driver: driver()?, port: 0, session: String::new() };
        browser.port = until("the driver's port", LIMIT, || {
            let said = fs::read_to_string(&log)?;
            let port = said.split("successfully on port ").nth(1).and_then(|port| port.split_once('.'));
            if port.is_none() && browser.driver.try_wait()?.is_some() {
                // The port that it was given for IPv4 can be somebody else's for IPv6; then it ends.
                browser.driver = driver()?;
            }
            Ok(port.and_then(|(port, _)| port.parse().ok()))
        })?;
        let profile = format!("--user-data-dir={}", directory.join("profile").display());
        // As root there is no sandbox, and containers have little shared memory.
        let arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", &profile];
        let options = json!({"args": arguments});
        let wanted = json!({"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}});
        let made = browser.ask("POST", "", Some(wanted))?;
        browser.session = made.get("sessionId").and_then(Value::as_str).context("no session")?.to_owned();
        Ok(browser)
    }

    /// Goes to a page and waits until it is loaded.
    ///
    /// # Errors
    /// If it can't be reached.
    pub fn go(&self, url: &str) -> Result<()> {
        self.ask("POST", "/url", Some(json!({ "url": url }))).map(drop)
    }

    /// Makes the page as wide and high as a device of that size shows it.
    ///
    /// # Errors
    /// If the browser does not.
    pub fn resize(&self, width: u32, height: u32, dark: bool) -> Result<()> {
        let device = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": true});
        self.devtools("Emulation.setDeviceMetricsOverride", device)?;
        let scheme = json!({"name": "prefers-color-scheme", "value": if dark { "dark" } else { "light" }});
        self.devtools("Emulation.setEmulatedMedia", json!({"features": [scheme]}))
    }

    /// Runs a script on every page from now on, before all that is in it.
    ///
    /// # Errors
    /// If the browser does not.
    pub fn run_on_every_page(&self, script: &str) -> Result<()> {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", json!({ "source": script }))
    }

    fn devtools(&self, command: &str, parameters: Value) -> Result<()> {
        let asked = json!({"cmd": command, "params": parameters});
        self.ask("POST", "/goog/cdp/execute", Some(asked)).map(drop)
    }

    /// What a script returns in the page.
    ///
    /// # Errors
    /// If it fails.
    pub fn run(&self, script: &str) -> Result<Value> {
        self.ask("POST", "/execute/sync", Some(json!({"script": script, "args": []})))
    }

    /// What a script in the page hands, in its own time, to the function that is its last argument.
    ///
    /// # Errors
    /// If it fails, or never does.
    pub fn run_later(&self, script: &str) -> Result<Value> {
        self.ask("POST", "/execute/async", Some(json!({"script": script, "args": []})))
    }

    /// Whether an expression holds in the page.
    ///
    /// # Errors
    /// If it fails.
    pub fn holds(&self, expression: &str) -> Result<bool> {
        Ok(self.run(&format!("return Boolean({expression})"))? == Value::Bool(true))
    }

    /// Waits until an expression holds in the page.
    ///
    /// # Errors
    /// If it does not in time, with what the page shows.
    pub fn until(&self, expression: &str) -> Result<()> {
        until(expression, LIMIT, || Ok(self.holds(expression).unwrap_or(false).then_some(())))
            .with_context(|| format!("{:?}", self.run("return document.body.innerText")))
    }

    /// Presses keys, one after the other, wherever the focus is.
    ///
    /// # Errors
    /// If the browser does not.
    pub fn press(&self, keys: &str) -> Result<()> {
        let press =
            |key: char| ["keyDown", "keyUp"].map(|act| json!({"type": act, "value": key.to_string()}));
        let acts: Vec<Value> = keys.chars().flat_map(press).collect();
        let actions = json!({"actions": [{"type": "key", "id": "keys", "actions": acts}]});
        self.ask("POST", "/actions", Some(actions)).map(drop)
    }

    /// Writes into a field.
    ///
    /// # Errors
    /// If there is none.
    pub fn write(&self, field: &str, text: &str) -> Result<()> {
        self.keys(&self.find(field)?, text)
    }

    /// Clicks at something.
    ///
    /// # Errors
    /// If there is none.
    pub fn click(&self, what: &str) -> Result<()> {
        let element = self.find(what)?;
        self.ask("POST", &format!("/element/{}/click", id(&element)?), Some(json!({}))).map(drop)
    }

    fn find(&self, selector: &str) -> Result<Value> {
        self.ask("POST", "/element", Some(json!({"using": "css selector", "value": selector})))
    }

    fn keys(&self, element: &Value, text: &str) -> Result<()> {
        self.ask("POST", &format!("/element/{}/value", id(element)?), Some(json!({ "text": text }))).map(drop)
    }

    /// A picture of the page in a file, as base64: for people who look for what is wrong.
    ///
    /// # Errors
    /// If there is none.
    pub fn picture(&self) -> Result<String> {
        let picture = self.ask("GET", "/screenshot", None)?;
        picture.as_str().map(str::to_owned).context("no picture")
    }

    fn ask(&self, method: &str, path: &str, content: Option<Value>) -> Result<Value> {
        let at = if self.session.is_empty() {
            "/session".to_owned()
        } else {
            format!("/session/{}{path}", self.session)
        };
        let content = content.map_or_else(String::new, |content| content.to_string());
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(LIMIT))?;
        write!(
            stream,
            "{method} {at} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{content}",
            self.port,
            content.len()
        )?;
        // The driver keeps connections open whatever it is told.
        let mut answer = BufReader::new(stream);
        let (mut head, mut length) = (String::new(), 0);
        while !head.ends_with("\r\n\r\n") {
            let begin = head.len();
            ensure!(answer.read_line(&mut head)? > 0, "the driver ended: {head}");
            let line = head.get(begin..).unwrap_or_default().to_ascii_lowercase();
            if let Some(told) = line.strip_prefix("content-length:") {
                length = told.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        answer.read_exact(&mut body)?;
        let mut body: Value = serde_json::from_slice(&body)?;
        let value = body.get_mut("value").map(Value::take).unwrap_or_default();
        ensure!(head.starts_with("HTTP/1.1 200"), "{method} {path}: {value}");
        Ok(value)
    }
}

fn id(element: &Value) -> Result<&str> {
    element.get(ELEMENT).and_then(Value::as_str).with_context(|| format!("no element: {element}"))
}
