//! Facts from real runtimes. Ignored unless asked for; each names what it needs:
//! `PLUMBLINE_DOCKER`, `PLUMBLINE_CRI` = a socket, `PLUMBLINE_IMAGE` = an image with /bin/sh there.

use super::{Address, Kind, Runtime, cri::v1};
use std::{collections::HashMap, process::Command, sync::Arc};
use v1::{runtime_service_client::RuntimeServiceClient, *};

fn needed(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("set {name}"))
}

fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
#[ignore = "needs PLUMBLINE_DOCKER and PLUMBLINE_IMAGE"]
async fn docker_tells_what_a_container_was_run_with() {
    let (socket, image) = (needed("PLUMBLINE_DOCKER"), needed("PLUMBLINE_IMAGE"));
    let host = format!("unix://{socket}");
    let mut run = vec!["--host", &host, "run", "--detach", "--label", "b=2", "--label", "a=1"];
    run.extend(["--read-only", "--cap-add", "NET_ADMIN", "--cap-drop", "CHOWN", "--cap-drop", "MKNOD"]);
    run.extend(["--pid", "host", "--network", "host", "--user", "12:34", "--tmpfs", "/scratch"]);
    run.extend(["--security-opt", "no-new-privileges", "--security-opt", "seccomp=unconfined"]);
    run.extend(["--volume", "/etc:/host/etc:ro", "--volume", "/srv:/data", "--env", "SECRET=its-value"]);
    run.extend(["--health-cmd", "true", "--health-interval", "7s", "--entrypoint", "/bin/sh", &image]);
    run.extend(["-c", "while :; do sleep 1; done"]);
    let id = docker(&run);
    let runtime = Runtime::new(Address { kind: Kind::Docker, path: socket.into() });
    // Some tools tell only the beginning of an id.
    let info = runtime.container(&Arc::from(&id[..12])).await;
    docker(&["--host", &host, "rm", "--force", &id]);
    let info = info.unwrap();
    assert_eq!(*info.id, *id);
    let told = info.confinement.clone().unwrap();
    assert_eq!((info.runtime.as_str(), info.labels.len(), info.cut), ("docker", 2, 0));
    assert_eq!(info.start_command, ["/bin/sh", "-c", "while :; do sleep 1; done"]);
    assert_eq!((told.added, told.dropped), (vec!["NET_ADMIN".into()], vec!["CHOWN".into(), "MKNOD".into()]));
    assert!(told.read_only_root && told.no_new_privileges && told.host_pid && told.host_network);
    assert!(!told.privileged && !told.host_ipc);
    assert_eq!((told.seccomp.as_str(), told.user.as_str()), ("unconfined", "12:34"));
    let mounts: Vec<_> =
        info.mounts.iter().map(|m| (&*m.destination, &*m.kind, m.writable, &*m.source)).collect();
    let expected =
        [("/data", "bind", true, ""), ("/host/etc", "bind", false, "/etc"), ("/scratch", "tmpfs", true, "")];
    assert_eq!(mounts, expected);
    assert_eq!(info.probes[0].command, ["/bin/sh", "-c", "true"]);
    assert_eq!(info.probes[0].period_ns, 7_000_000_000);
    assert!(info.declared_start_unix_ns > 0 && info.image.digest.starts_with("sha256:"));
    assert!(!format!("{info:?}").contains("its-value"));
}

#[tokio::test]
#[ignore = "needs PLUMBLINE_CRI and PLUMBLINE_IMAGE"]
async fn a_cri_runtime_tells_pod_and_confinement() {
    let (socket, image) = (needed("PLUMBLINE_CRI"), needed("PLUMBLINE_IMAGE"));
    let channel = tonic::transport::Endpoint::from_shared(format!("unix://{socket}")).unwrap().connect_lazy();
    let mut client = RuntimeServiceClient::new(channel);
    // The network of the host, so that no CNI configuration is needed.
    let namespaces = || Some(NamespaceOption { network: NamespaceMode::Node.into(), ..Default::default() });
    let uid = format!("uid-{}", std::process::id());
    let metadata =
        PodSandboxMetadata { name: "web-0".into(), uid: uid.clone(), namespace: "shop".into(), attempt: 0 };
    let security = LinuxSandboxSecurityContext { namespace_options: namespaces(), ..Default::default() };
    let pod = PodSandboxConfig {
        metadata: Some(metadata),
        labels: HashMap::from([("app".into(), "web".into())]),
        linux: Some(LinuxPodSandboxConfig { security_context: Some(security), ..Default::default() }),
        ..Default::default()
    };
    let request = RunPodSandboxRequest { config: Some(pod.clone()), ..Default::default() };
    let sandbox = client.run_pod_sandbox(request).await.unwrap().into_inner().pod_sandbox_id;
    let security = LinuxContainerSecurityContext {
        namespace_options: namespaces(),
        readonly_rootfs: true,
        no_new_privs: true,
        capabilities: Some(Capability {
            add_capabilities: vec!["NET_ADMIN".into()],
            drop_capabilities: vec!["CHOWN".into()],
            ..Default::default()
        }),
        ..Default::default()
    };
    let config = ContainerConfig {
        metadata: Some(ContainerMetadata { name: "app".into(), attempt: 3 }),
        image: Some(ImageSpec { image: image.clone(), ..Default::default() }),
        command: ["/bin/sh", "-c", "while :; do sleep 1; done"].map(str::to_owned).into(),
        mounts: vec![Mount {
            container_path: "/host".into(),
            host_path: "/etc".into(),
            readonly: true,
            ..Default::default()
        }],
        linux: Some(LinuxContainerConfig { security_context: Some(security), ..Default::default() }),
        ..Default::default()
    };
    let request = CreateContainerRequest {
        pod_sandbox_id: sandbox.clone(),
        config: Some(config),
        sandbox_config: Some(pod),
    };
    let id = client.create_container(request).await.unwrap().into_inner().container_id;
    client.start_container(StartContainerRequest { container_id: id.clone() }).await.unwrap();
    let runtime = Runtime::new(Address { kind: Kind::Cri, path: socket.into() });
    // Some tools tell only the beginning of an id.
    let info = runtime.container(&Arc::from(&id[..31])).await;
    let pause = runtime.container(&Arc::from(sandbox.as_str())).await;
    let unknown = runtime.container(&Arc::from("0".repeat(64))).await;
    client.stop_pod_sandbox(StopPodSandboxRequest { pod_sandbox_id: sandbox.clone() }).await.unwrap();
    client.remove_pod_sandbox(RemovePodSandboxRequest { pod_sandbox_id: sandbox }).await.unwrap();
    let (info, pause) = (info.unwrap(), pause.unwrap());
    assert!(unknown.is_err());
    assert_eq!(*info.id, *id);
    let pod = info.pod.clone().unwrap();
    assert_eq!((&*pod.namespace, &*pod.name, &*pod.uid), ("shop", "web-0", &*uid));
    assert_eq!(pod.labels, [("app".into(), "web".into())]);
    assert_eq!((&*info.runtime, &*info.name, info.restarts), ("containerd", "app", 3));
    assert_eq!(info.start_command, ["/bin/sh", "-c", "while :; do sleep 1; done"]);
    assert!(info.image.digest.starts_with("sha256:") && !info.image.layers.is_empty(), "{:?}", info.image);
    assert!(image.ends_with(&format!("{}:{}", info.image.repository, info.image.tag)), "{:?}", info.image);
    assert!(info.declared_start_unix_ns > 0);
    let told = info.confinement.unwrap();
    assert!(told.read_only_root && told.no_new_privileges && told.host_network && !told.host_pid, "{told:?}");
    assert_eq!((told.added, told.dropped), (vec!["NET_ADMIN".into()], vec!["CHOWN".into()]));
    let effective = told.effective.unwrap();
    assert!(effective.contains(&"NET_ADMIN".into()) && !effective.contains(&"CHOWN".into()));
    let mount = info.mounts.iter().find(|mount| mount.destination == "/host").unwrap();
    assert_eq!((&*mount.source, &*mount.kind, mount.writable), ("/etc", "bind", false));
    assert_eq!(pause.pod, Some(pod));
    assert_ne!(pause.image.digest, info.image.digest);
}
