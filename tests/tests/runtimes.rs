//! What each container runtime tells of its containers, and that none is missed: Docker, Podman, and containerd by
//! Kubernetes' interface. Where root, BTF or a runtime is missing the tests that need it are listed as ignored.

use anyhow::{Context, Result, ensure};
use libtest_mimic::Arguments;
use plumbline_proto::v1::{Batch, ProcessFlag};
use plumbline_tests::{
    containerd::{
        self, Containerd,
        v1::{
            Capability, Int64Value, KeyValue, Mount, NamespaceMode, NamespaceOption, SecurityProfile,
            security_profile,
        },
    },
    docker::{Lab, docker},
    harness::{IDLE, LIMIT, collecting_works, recorded, test},
    podman,
    programs::{Program, collector, scrape},
    recording::{Seen, executions, read},
    told::{Told, ToldPod, containers},
    wait::until,
};
use rustix::process::Signal;
use std::{collections::HashSet, net::TcpListener, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // One kernel, one Docker engine.
    arguments.test_threads = Some(1);
    let real = collecting_works();
    let podman = real && podman::podman(&["version"]).is_ok();
    let containerd = real && containerd::available();
    let trials = vec![
        test("docker_tells_what_a_container_was_run_with", docker_facts).with_ignored_flag(!real),
        test("docker_tells_what_an_image_declares_and_a_container_is_freed_of", docker_declared)
            .with_ignored_flag(!real),
        test("a_container_of_podman_is_recorded_with_its_exec_session", podman_container)
            .with_ignored_flag(!podman),
        test("a_pod_of_containerd_is_told_with_its_containers_and_their_confinement", pod_facts)
            .with_ignored_flag(!containerd),
        test("containerd_tells_what_an_image_declares_and_a_container_is_freed_of", pod_declared)
            .with_ignored_flag(!containerd),
        test("what_kubectl_executes_is_a_session_with_its_terminal", pod_streamed)
            .with_ignored_flag(!containerd),
        test("what_a_kubelet_executes_in_a_container_is_a_session", pod_session)
            .with_ignored_flag(!containerd),
        test("containers_of_containerd_that_live_for_an_instant_are_attributed", pod_instants)
            .with_ignored_flag(!containerd),
        test("two_thousand_containers_are_attributed_and_leave_nothing", thousands)
            .with_ignored_flag(!containerd),
    ];
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn docker_facts() -> Result<()> {
    let secret = "its-value-goes-nowhere";
    let (batches, repository) = recorded("facts-docker", |lab, image| {
        let environment = format!("SECRET={secret}");
        let mut run = vec!["--read-only", "--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN"];
        run.extend(["--cap-drop", "MKNOD", "--pid", "host", "--user", "12:34", "--tmpfs", "/scratch"]);
        run.extend(["--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined"]);
        run.extend(["--volume", "/etc:/host/etc:ro", "--volume", "/srv:/data", "--env", &environment]);
        run.extend(["--health-cmd", "true", "--health-interval", "7s", "--label", "z=last"]);
        run.extend(["--entrypoint", "/bin/sh"]);
        lab.run(image, "one", &run, &["-c", "while :; do sleep 1; done"]).map(drop)
    })?;
    let told = one(&batches, &repository)?;
    ensure!((told.runtime.as_str(), told.cut) == ("docker", 0), "{told:#?}");
    ensure!(told.labels.last() == Some(&("z".into(), "last".into())), "{told:#?}");
    ensure!(told.start_command == ["/bin/sh", "-c", "while :; do sleep 1; done"], "{told:#?}");
    ensure!(told.digest.starts_with("sha256:") && told.tag == "1" && !told.layers.is_empty(), "{told:#?}");
    ensure!(told.entrypoint == ["/app/run"], "{told:#?}");
    ensure!(told.probes == [(words(&["/bin/sh", "-c", "true"]), 7_000_000_000)], "{told:#?}");
    let how = told.confinement.context("no confinement")?;
    ensure!(how.added == ["NET_ADMIN"] && how.dropped == ["CHOWN", "MKNOD"], "{how:#?}");
    ensure!(how.read_only_root && how.no_new_privileges && how.host_pid, "{how:#?}");
    ensure!(!how.privileged && !how.host_ipc && !how.host_network, "{how:#?}");
    ensure!((how.seccomp.as_str(), how.user.as_str()) == ("unconfined", "12:34"), "{how:#?}");
    // Of /srv, which is no power over the host, the source is not told.
    let expected =
        [("/data", "bind", true, ""), ("/host/etc", "bind", false, "/etc"), ("/scratch", "tmpfs", true, "")];
    ensure!(told.mounts == expected.map(mount), "{:#?}", told.mounts);
    let everything = batches.iter().flat_map(|batch| &batch.strings);
    for text in everything {
        ensure!(!String::from_utf8_lossy(text).contains(secret), "the value of a variable was recorded");
    }
    Ok(())
}

/// What an image declares, as instructions of a Dockerfile.
const DECLARED: [&str; 9] = [
    "CMD [\"--port\", \"80\"]",
    "ENV A_NAME=its-value-goes-nowhere",
    "USER 12:34",
    "EXPOSE 8080",
    "EXPOSE 53/udp",
    "VOLUME /data",
    "LABEL a=first",
    "WORKDIR /app",
    "HEALTHCHECK --interval=9s CMD [\"/bin/true\", \"a b\"]",
];

/// Fails unless a container is told with all of [`DECLARED`] and none of the values.
fn is_declared(told: &Told, batches: &[Batch]) -> Result<()> {
    ensure!((told.tag.as_str(), told.cut) == ("declaring", 0), "{told:#?}");
    ensure!(told.digest.starts_with("sha256:") && !told.layers.is_empty(), "{told:#?}");
    ensure!(told.entrypoint == ["/app/run"] && told.command == ["--port", "80"], "{told:#?}");
    ensure!(told.environment.contains(&"A_NAME".to_owned()), "{told:#?}");
    ensure!((told.image_user.as_str(), told.working_directory.as_str()) == ("12:34", "/app"), "{told:#?}");
    ensure!(told.ports == ["53/udp", "8080/tcp"] && told.volumes == ["/data"], "{told:#?}");
    ensure!(told.image_labels.contains(&("a".into(), "first".into())), "{told:#?}");
    for text in batches.iter().flat_map(|batch| &batch.strings) {
        let text = String::from_utf8_lossy(text);
        ensure!(!text.contains("goes-nowhere"), "the value of a variable was recorded");
    }
    Ok(())
}

fn docker_declared() -> Result<()> {
    let (mut digests, mut apparmor) = (String::new(), String::new());
    let (batches, repository) = recorded("facts-image", |lab, image| {
        let image = lab.declaring(image, &DECLARED)?;
        let container =
            lab.run(&image, "one", &["--privileged", "--ipc", "host", "--expose", "9000-9001"], &[])?;
        digests = docker(&["image", "inspect", "--format", "{{join .RepoDigests \" \"}}", &image])?;
        apparmor = docker(&["inspect", "--format", "{{.AppArmorProfile}}", &container])?;
        Ok(())
    })?;
    let told = one(&batches, &repository)?;
    is_declared(&told, &batches)?;
    ensure!(told.healthcheck == Some((words(&["/bin/true", "a b"]), 9_000_000_000)), "{told:#?}");
    ensure!(told.start_command == ["/app/run", "--port", "80"], "{told:#?}");
    ensure!(told.ports_beside == ["9000/tcp", "9001/tcp"], "{told:#?}");
    let mut known: Vec<&str> = digests.split_ascii_whitespace().collect();
    known.sort_unstable();
    ensure!(told.repo_digests == known, "{told:#?}");
    let how = told.confinement.context("no confinement")?;
    ensure!(how.privileged && how.host_ipc && !how.host_pid && !how.read_only_root, "{how:#?}");
    ensure!((how.seccomp.as_str(), how.apparmor) == ("unconfined", apparmor), "{}", how.seccomp);
    Ok(())
}

/// By Podman's socket, not by Docker's: image, name, confinement and exec session.
fn podman_container() -> Result<()> {
    let directory = tempfile::tempdir()?;
    let mut lab = Lab::new("podman")?;
    let repository = format!("localhost/plumbline-podman-{}", std::process::id());
    let image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
    let image = lab.declaring(&image, &DECLARED)?;
    let engine = podman::Engine::start(directory.path(), &image)?;
    let runtime = format!("podman:{}", engine.socket.display());
    let (mut name, mut digest) = (String::new(), String::new());
    let options = [
        ["--read-only", "--cap-add=NET_ADMIN", "--cap-drop=CHOWN", "--pid=host"],
        ["--tty", "--security-opt=no-new-privileges", "--volume=/etc:/host/etc:ro", "--label=z=last"],
        ["--health-cmd=true", "--health-interval=7s", "--env=SECRET=it-goes-nowhere", "--user=56:78"],
    ];
    let batches = recorded_by(directory.path(), &runtime, || {
        name = engine.run("web", options.as_flattened())?;
        podman::podman(&["exec", &name, "/bin/id"])?;
        podman::podman(&["exec", "--tty", &name, "/bin/id", "-u"])?;
        digest = docker(&["image", "inspect", "--format", "{{.Id}}", &image])?;
        Ok(())
    })?;
    let told = one(&batches, &repository)?;
    is_declared(&told, &batches)?;
    // Its Docker-like socket says nothing of an image's own health check.
    let known_by = format!("{repository}@sha256:");
    ensure!(told.repo_digests.iter().all(|name| name.starts_with(&known_by)), "{told:#?}");
    ensure!(!told.repo_digests.is_empty(), "{told:#?}");
    ensure!((&told.runtime, &told.name, &told.digest) == (&"podman".into(), &name, &digest), "{told:#?}");
    ensure!(told.start_command == ["/app/run", "--port", "80"], "{told:#?}");
    ensure!(told.labels.contains(&("z".into(), "last".into())), "{told:#?}");
    ensure!(told.probes == [(words(&["/bin/sh", "-c", "true"]), 7_000_000_000)], "{told:#?}");
    ensure!(told.mounts.contains(&mount(("/host/etc", "bind", false, "/etc"))), "{told:#?}");
    let how = told.confinement.as_ref().context("no confinement")?;
    ensure!(how.read_only_root && how.no_new_privileges && how.host_pid && how.host_network, "{how:#?}");
    ensure!(!how.privileged && !how.host_ipc && how.user == "56:78", "{how:#?}");
    // Podman also names those of Docker's usual ones that it gives to nobody.
    ensure!(how.added == ["NET_ADMIN"] && how.dropped.contains(&"CHOWN".to_owned()), "{how:#?}");
    let seen = of(&batches, &repository);
    has(&seen, "/bin/sh /app/run --port 80", ProcessFlag::InitFamily)?;
    has(&seen, "/bin/id", ProcessFlag::ExecSession)?;
    has_not(&seen, "/bin/id", ProcessFlag::Terminal)?;
    has(&seen, "/bin/id -u", ProcessFlag::ExecSession)?;
    has(&seen, "/bin/id -u", ProcessFlag::Terminal)
}

/// A recording that knows one runtime only. Ends when it has been told of the first container.
fn recorded_by(directory: &Path, runtime: &str, work: impl FnOnce() -> Result<()>) -> Result<Vec<Batch>> {
    let file = directory.join("recording");
    let path = file.display().to_string();
    let arguments = ["record", "-o", &path, "--runtime", runtime, "--exposure-window", "200ms"];
    let mut recorder = collector(directory, "recorder", &arguments)?;
    work()?;
    until("the runtime to be asked", LIMIT, || Ok((std::fs::metadata(&file)?.len() > 0).then_some(())))?;
    let status = recorder.stop(Signal::TERM)?;
    ensure!(status.success(), "{}", recorder.log());
    read(&file)
}

/// containerd with an idle image, by repository and by name, in a lab of its own.
struct Cluster {
    containerd: Containerd,
    runtime: String,
    repository: String,
    image: String,
    directory: tempfile::TempDir,
    _lab: Lab,
}

impl Cluster {
    fn start(name: &str) -> Result<Self> {
        Self::declaring(name, &[])
    }

    /// With an image that declares so.
    fn declaring(name: &str, instructions: &[&str]) -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let mut lab = Lab::new(name)?;
        let repository = format!("registry.example/plumbline-{name}-{}/idle", std::process::id());
        let mut image = lab.image(&repository, &[("app/run", IDLE)], &["/app/run"])?;
        if !instructions.is_empty() {
            image = lab.declaring(&image, instructions)?;
        }
        let pause = format!("registry.example/plumbline-{name}-{}/pause", std::process::id());
        let pause = lab.image(&pause, &[("pause", "#!/bin/sh\nexec sleep 1000000\n")], &["/pause"])?;
        let containerd = Containerd::start(directory.path(), &[&image], &pause)?;
        let runtime = format!("cri:{}", containerd.socket.display());
        Ok(Self { containerd, runtime, repository, image, directory, _lab: lab })
    }

    fn recorded(&self, work: impl FnOnce(&Self) -> Result<()>) -> Result<Vec<Batch>> {
        recorded_by(self.directory.path(), &self.runtime, || work(self))
    }
}

fn pod_facts() -> Result<()> {
    let cluster = Cluster::start("pod")?;
    let batches = cluster.recorded(|cluster| {
        let pod = cluster.containerd.pod("web-0", "uid-of-the-pod", &[("app", "web")])?;
        cluster.containerd.container(&pod, ("app", 3), &cluster.image, |config, security| {
            config.command = words(&["/bin/sh", "-c", "while :; do sleep 1; done"]);
            config.mounts.push(Mount {
                container_path: "/host".into(),
                host_path: "/etc".into(),
                readonly: true,
                ..Mount::default()
            });
            security.readonly_rootfs = true;
            security.no_new_privs = true;
            security.capabilities = Some(Capability {
                add_capabilities: vec!["NET_ADMIN".into()],
                drop_capabilities: vec!["CHOWN".into()],
                ..Capability::default()
            });
        })?;
        Ok(())
    })?;
    let told = one(&batches, &cluster.repository)?;
    ensure!((&*told.runtime, &*told.name, told.restarts) == ("containerd", "app", 3), "{told:#?}");
    ensure!(told.declared_start && told.cut == 0, "{told:#?}");
    ensure!(told.start_command == ["/bin/sh", "-c", "while :; do sleep 1; done"], "{told:#?}");
    ensure!(told.digest.starts_with("sha256:") && told.tag == "1" && !told.layers.is_empty(), "{told:#?}");
    let pod = ToldPod {
        namespace: "shop".into(),
        name: "web-0".into(),
        uid: "uid-of-the-pod".into(),
        labels: vec![("app".into(), "web".into())],
    };
    ensure!(told.pod.as_ref() == Some(&pod), "{told:#?}");
    let how = told.confinement.as_ref().context("no confinement")?;
    ensure!(how.read_only_root && how.no_new_privileges && how.host_network && !how.host_pid, "{how:#?}");
    ensure!(how.added == ["NET_ADMIN"] && how.dropped == ["CHOWN"], "{how:#?}");
    let effective: HashSet<_> = how.effective.iter().flatten().map(String::as_str).collect();
    ensure!(effective.contains("NET_ADMIN") && !effective.contains("CHOWN"), "{how:#?}");
    ensure!(told.mounts.contains(&mount(("/host", "bind", false, "/etc"))), "{told:#?}");
    // The pod's own container is told too, with its image and the same pod.
    let sandbox = containers(&batches).into_iter().find(|other| other.repository.ends_with("/pause"));
    let sandbox = sandbox.context("the pod's sandbox is missing")?;
    ensure!(sandbox.pod == Some(pod) && sandbox.digest != told.digest, "{sandbox:#?}");
    Ok(())
}

fn pod_declared() -> Result<()> {
    let cluster = Cluster::declaring("declared", &DECLARED)?;
    let digest = cluster.containerd.digest_of(&cluster.image)?;
    let host_pids = || NamespaceOption {
        network: NamespaceMode::Node.into(),
        pid: NamespaceMode::Node.into(),
        ..NamespaceOption::default()
    };
    let secret = || KeyValue { key: "SECRET".into(), value: "it-goes-nowhere".into() };
    let batches = cluster.recorded(|cluster| {
        let pod = cluster.containerd.pod_with("web-0", "uid", &[], |security| {
            security.privileged = true;
            security.namespace_options = Some(host_pids());
        })?;
        cluster.containerd.container(&pod, ("free", 0), &cluster.image, |config, security| {
            config.envs.push(secret());
            config.labels.insert("io.kubernetes.container.name".into(), "free".into());
            // As the kubelet writes it.
            let ports = r#"[{"name":"web","containerPort":8080,"protocol":"TCP"},{"containerPort":53,"protocol":"SCTP"}]"#;
            config.annotations.insert("io.kubernetes.container.ports".into(), ports.into());
            security.privileged = true;
            security.namespace_options = Some(host_pids());
        })?;
        cluster.containerd.container(&pod, ("bound", 0), &cluster.image, |config, security| {
            config.envs.push(secret());
            config.args = words(&["--port", "81"]);
            security.run_as_user = Some(Int64Value { value: 56 });
            security.seccomp = Some(SecurityProfile {
                profile_type: security_profile::ProfileType::RuntimeDefault.into(),
                ..SecurityProfile::default()
            });
        })?;
        Ok(())
    })?;
    let named = |name: &str| {
        let told = containers(&batches).into_iter().find(|told| told.name == name);
        told.with_context(|| format!("no {name} in {:#?}", containers(&batches)))
    };
    let free = named("free")?;
    is_declared(&free, &batches)?;
    ensure!(free.repo_digests == [digest.as_str()], "{digest} is not in {free:#?}");
    // Kubernetes runs none.
    ensure!(free.healthcheck.is_none() && free.probes.is_empty(), "{free:#?}");
    ensure!(free.start_command == ["/app/run", "--port", "80"], "{free:#?}");
    ensure!(free.labels == [("io.kubernetes.container.name".into(), "free".into())], "{free:#?}");
    ensure!(free.ports_beside == ["53/sctp"], "the image declares the other: {free:#?}");
    let how = free.confinement.context("no confinement")?;
    ensure!(how.privileged && how.host_pid && how.host_network && !how.host_ipc, "{how:#?}");
    ensure!((how.seccomp.as_str(), how.user.as_str()) == ("unconfined", "12"), "{how:#?}");
    let bound = named("bound")?;
    is_declared(&bound, &batches)?;
    ensure!(bound.start_command == ["/app/run", "--port", "81"], "{bound:#?}");
    let how = bound.confinement.context("no confinement")?;
    ensure!(!how.privileged && !how.host_pid, "{how:#?}");
    ensure!((how.seccomp.as_str(), how.user.as_str()) == ("default", "56"), "{how:#?}");
    // As the kernel has it: what may be done by who is not root is nothing.
    ensure!(how.effective.is_some(), "{how:#?}");
    Ok(())
}

/// `kubectl exec` and `kubectl exec -t`: containerd streams them over a server of its own.
fn pod_streamed() -> Result<()> {
    let cluster = Cluster::start("streamed")?;
    let batches = cluster.recorded(|cluster| {
        let pod = cluster.containerd.pod("web-0", "uid", &[])?;
        let container = cluster.containerd.container(&pod, ("app", 0), &cluster.image, |_, _| {})?;
        cluster.containerd.exec_streamed(&container, &["/bin/id", "-u"], false)?;
        cluster.containerd.exec_streamed(&container, &["/bin/sh", "-c", "/bin/id -g; true"], true)
    })?;
    let seen = of(&batches, &cluster.repository);
    has(&seen, "/bin/id -u", ProcessFlag::ExecSession)?;
    has_not(&seen, "/bin/id -u", ProcessFlag::Terminal)?;
    for line in ["/bin/sh -c /bin/id -g; true", "/bin/id -g"] {
        has(&seen, line, ProcessFlag::ExecSession)?;
        has(&seen, line, ProcessFlag::Terminal)?;
    }
    Ok(())
}

fn pod_session() -> Result<()> {
    let cluster = Cluster::start("session")?;
    let batches = cluster.recorded(|cluster| {
        let pod = cluster.containerd.pod("web-0", "uid", &[])?;
        let container = cluster.containerd.container(&pod, ("app", 0), &cluster.image, |_, _| {})?;
        cluster.containerd.exec(&container, &["/bin/sh", "-c", "/bin/id -u; true"])
    })?;
    let seen = of(&batches, &cluster.repository);
    has(&seen, "/bin/sh /app/run", ProcessFlag::InitFamily)?;
    has(&seen, "/bin/sh -c /bin/id -u; true", ProcessFlag::ExecSession)?;
    has(&seen, "/bin/id -u", ProcessFlag::ExecSession)
}

fn pod_instants() -> Result<()> {
    let cluster = Cluster::start("instants")?;
    let batches = cluster.recorded(|cluster| {
        let pod = cluster.containerd.pod("jobs", "uid", &[])?;
        for round in 0..20 {
            cluster.containerd.container(
                &pod,
                (&format!("job-{round}"), 0),
                &cluster.image,
                |config, _| {
                    config.command = words(&["/bin/echo", &round.to_string()]);
                },
            )?;
        }
        Ok(())
    })?;
    let seen = of(&batches, &cluster.repository);
    for round in 0..20 {
        let line = format!("/bin/echo {round}");
        let found = seen.iter().find(|seen| seen.command_line == line);
        let found = found.with_context(|| format!("'{line}' is missing in {seen:#?}"))?;
        ensure!(found.container == format!("job-{round}"), "{found:#?}");
    }
    Ok(())
}

/// Containers of the storm: so many pods, one after the other, with so many containers each.
const STORM: (usize, usize) = (40, 50);
/// Most that the resident set may grow from the first tenth of the storm to its end.
const GROWTH_MIB: f64 = 2.5;

fn thousands() -> Result<()> {
    let cluster = Cluster::start("thousands")?;
    let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
    let file = cluster.directory.path().join("recording");
    let path = file.display().to_string();
    let arguments = ["record", "-o", &path, "--runtime", &cluster.runtime, "--metrics-address", &address];
    let mut recorder = collector(cluster.directory.path(), "recorder", &arguments)?;
    let held = || -> Result<(f64, f64)> {
        Ok((
            scrape(&address, "plumbline_collector_containers ")?,
            scrape(&address, "plumbline_collector_processes ")?,
        ))
    };
    let before =
        until("the first numbers", LIMIT, || Ok(held().ok().filter(|(_, processes)| *processes > 0.0)))?;
    let (pods, each) = STORM;
    let mut first_mib = 0.0;
    for pod_number in 0..pods {
        let pod = cluster.containerd.pod(&format!("storm-{pod_number}"), "uid", &[])?;
        cluster.containerd.containers(&pod, each, &cluster.image, |number| {
            words(&["/bin/echo", &(pod_number * each + number).to_string()])
        })?;
        cluster.containerd.remove(pod)?;
        if pod_number + 1 == pods / 10 {
            first_mib = rss_mib(&recorder)?;
        }
    }
    until("the collector to forget what is gone", LIMIT, || {
        let (containers, processes) = held()?;
        // The host's own processes come and go.
        Ok((containers <= before.0 && processes <= before.1 + 32.0).then_some(()))
    })?;
    let last_mib = rss_mib(&recorder)?;
    let status = recorder.stop(Signal::TERM)?;
    ensure!(status.success(), "{}", recorder.log());
    let batches = read(&file)?;
    let seen: HashSet<String> =
        of(&batches, &cluster.repository).into_iter().map(|seen| seen.command_line).collect();
    let missing = (0..pods * each).filter(|number| !seen.contains(&format!("/bin/echo {number}"))).count();
    ensure!(missing == 0, "{missing} of {} containers are missing: {}", pods * each, recorder.log());
    println!("{} containers: {first_mib:.1} MiB after a tenth, {last_mib:.1} MiB in the end", pods * each);
    ensure!(last_mib - first_mib <= GROWTH_MIB, "memory grew from {first_mib:.1} to {last_mib:.1} MiB");
    Ok(())
}

fn rss_mib(program: &Program) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", program.pid()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim_end_matches("kB").trim().parse::<f64>()? / 1024.0)
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn mount(of: (&str, &str, bool, &str)) -> (String, String, bool, String) {
    (of.0.into(), of.1.into(), of.2, of.3.into())
}

fn one(batches: &[Batch], repository: &str) -> Result<Told> {
    let mut told = containers(batches).into_iter().filter(|told| told.repository == repository);
    told.next_back().with_context(|| format!("no container of {repository} in {:#?}", containers(batches)))
}

fn of(batches: &[Batch], repository: &str) -> Vec<Seen> {
    executions(batches).into_iter().filter(|seen| seen.repository == repository).collect()
}

fn has(seen: &[Seen], line: &str, flag: ProcessFlag) -> Result<()> {
    let found = seen.iter().find(|seen| seen.command_line == line);
    let found = found.with_context(|| format!("no '{line}' in {seen:#?}"))?;
    ensure!(found.flags & flag as u32 != 0, "not {flag:?}: {found:#?}");
    Ok(())
}

fn has_not(seen: &[Seen], line: &str, flag: ProcessFlag) -> Result<()> {
    let found = seen.iter().find(|seen| seen.command_line == line);
    let found = found.with_context(|| format!("no '{line}' in {seen:#?}"))?;
    ensure!(found.flags & flag as u32 == 0, "{flag:?}: {found:#?}");
    Ok(())
}
