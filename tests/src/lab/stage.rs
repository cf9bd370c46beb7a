//! The stage: two networks without a way out, the world outside, and the containers under test on both.
//!
//! `inside` is private address space, as in a cluster. `world` is the range of RFC 2544, which nobody routes but which
//! is no private one either: what an image calls there has a public address, and so has the attackers' host.

use crate::images::{Image, Set, named, reference};
use anyhow::{Result, bail};
use plumbline_tests::{
    docker::{Lab, docker},
    wait::until,
};
use std::{net::TcpStream, time::Duration};

/// The first three parts of addresses inside: the first of them that is free. An engine does not always let go.
const INSIDE: [&str; 4] = ["10.213.0", "10.213.1", "10.213.2", "10.213.3"];
const WORLD: [&str; 5] = ["--internal", "--subnet", "198.18.0.0/15", "--ip-range", "198.18.128.0/17"];
/// The world outside, by the names and addresses in outside/world.py.
const FRIEND: &str = "198.18.0.10";
const FOE: &str = "198.19.0.66";
const LIMIT: Duration = Duration::from_secs(30);

/// A container under test.
#[derive(Clone, Debug)]
pub(crate) struct Container {
    pub(crate) name: String,
    pub(crate) id: String,
    pub(crate) image: &'static Image,
    /// Its address inside.
    pub(crate) address: String,
}

/// Networks, the world and the clients; removed when dropped.
pub(crate) struct Stage {
    lab: Lab,
    world: String,
    clients: String,
    started: usize,
    inside: &'static str,
}

impl Stage {
    /// Makes the networks and starts the world, and clients of a set, which choose by `seed`.
    ///
    /// # Errors
    /// If the engine refuses.
    pub(crate) fn open(set: Set, seed: &str, rate: &str) -> Result<Self> {
        let mut inside = INSIDE.iter();
        let (mut lab, inside) = loop {
            let Some(inside) = inside.next() else { bail!("no network is free: {INSIDE:?}") };
            let subnet = format!("{inside}.0/24");
            match Lab::with_network("lab", &["--internal", "--subnet", &subnet]) {
                Ok(lab) => break (lab, *inside),
                Err(error) if format!("{error:#}").contains("overlaps") => {}
                Err(error) => return Err(error),
            }
        };
        let world = lab.network("world", &WORLD)?;
        let outside = reference(set.outside());
        for (name, address) in [("friend", FRIEND), ("foe", FOE)] {
            let options = ["--network", &world, "--ip", address];
            lab.run(&outside, name, &options, &["python3", "/lab/world.py", name])?;
        }
        let (seed, rate) = (format!("SEED={seed}"), format!("RATE={rate}"));
        let alias = ["--network-alias", "forge", "--dns", FRIEND, "--env", &seed, "--env", &rate];
        let clients = lab.run_on_both(&outside, "clients", &alias, &[&world], &[])?;
        Ok(Self { lab, world, clients, started: 0, inside })
    }

    /// Starts a container of an image and waits until it answers.
    ///
    /// # Errors
    /// If the engine refuses or the container does not answer.
    pub(crate) fn start(&mut self, name: &str, options: &[String]) -> Result<Container> {
        let image = named(name)?;
        self.started += 1;
        let own = format!("{}-{}", image.name, self.started);
        let mut all = vec!["--network-alias", image.name, "--dns", FRIEND];
        all.extend(options.iter().map(String::as_str));
        let full = self.lab.run_on_both(&reference(name), &own, &all, &[&self.world], &[])?;
        let address = self.address(&full)?;
        let id = docker(&["inspect", "--format", "{{.Id}}", &full])?;
        let container = Container { name: full, id, image, address };
        self.answering(&container)?;
        Ok(container)
    }

    /// Address inside: a restart may give another.
    fn address(&self, name: &str) -> Result<String> {
        let inside = format!("{{{{(index .NetworkSettings.Networks \"{}\").IPAddress}}}}", self.lab.name());
        docker(&["inspect", "--format", &inside, name])
    }

    /// A container with the address that it has now.
    ///
    /// # Errors
    /// If it is gone.
    pub(crate) fn refreshed(&self, container: &Container) -> Result<Container> {
        Ok(Container { address: self.address(&container.name)?, ..container.clone() })
    }

    fn answering(&self, container: &Container) -> Result<()> {
        let port = container.image.port;
        if port == 0 {
            return Ok(());
        }
        until(&format!("{} to answer", container.name), LIMIT, || {
            let state = docker(&["inspect", "--format", "{{.State.Status}}", &container.name])?;
            anyhow::ensure!(state == "running", "{} is {state}", container.name);
            let address = format!("{}:{port}", container.address).parse()?;
            Ok(TcpStream::connect_timeout(&address, Duration::from_secs(1)).ok())
        })?;
        Ok(())
    }

    /// Stops a container in order and starts it again.
    ///
    /// # Errors
    /// If the engine refuses.
    pub(crate) fn restart(&self, container: &Container) -> Result<()> {
        docker(&["restart", "--time", "2", &container.name])?;
        Ok(())
    }

    /// Stops and removes a container as a deployment would.
    ///
    /// # Errors
    /// If the engine refuses.
    pub(crate) fn remove(&self, container: &Container) -> Result<()> {
        docker(&["stop", "--time", "2", &container.name])?;
        self.discard(container)
    }

    /// Removes a container at once.
    ///
    /// # Errors
    /// If the engine refuses.
    pub(crate) fn discard(&self, container: &Container) -> Result<()> {
        docker(&["rm", "--force", "--volumes", &container.name]).map(drop)
    }

    /// Name of the container of the clients.
    pub(crate) fn clients(&self) -> &str {
        &self.clients
    }

    /// What a text of a scenario stands for.
    pub(crate) fn filled(&self, text: &str, target: &Container) -> String {
        text.replace("{FOE}", FOE)
            .replace("{FRIEND}", FRIEND)
            .replace("{INSIDE}", self.inside)
            .replace("{TARGET}", &target.address)
            .replace("{ESCAPED}", &self.lab.container("escaped"))
    }
}
