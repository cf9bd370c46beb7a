//! What a program is for, by its name: shells, interpreters, downloaders and so on.
//!
//! Names prove nothing (a copy can have any), so a class found here only ever adds to what is already new
//! for the image. Lists follow GTFOBins, LOLBAS-style hunting guides and Debian's package contents.

use crate::pattern::ANY;

/// What a program is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    Shell,
    Interpreter,
    Downloader,
    /// Moves raw bytes over the network: netcat and its kin.
    Relay,
    Recon,
    Scanner,
    PackageManager,
    /// Changes privileges or namespaces.
    Privilege,
    Miner,
    Compiler,
    /// Asks another service: databases, directories, file shares.
    Client,
    Other,
}

const TABLE: &[(Tool, &[&str])] = &[
    (
        Tool::Shell,
        &["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "csh", "tcsh", "fish", "rbash", "hush"],
    ),
    (
        Tool::Interpreter,
        &[
            "python", "perl", "ruby", "php", "node", "nodejs", "lua", "tclsh", "java", "awk", "gawk", "mawk",
            "deno", "bun", "pwsh", "expect", "luajit", "php-cgi", "Rscript", "jshell", "groovy",
        ],
    ),
    (
        Tool::Downloader,
        &[
            "curl",
            "wget",
            "ftp",
            "lftp",
            "tftp",
            "aria2c",
            "scp",
            "sftp",
            "rsync",
            "ftpget",
            "ftpput",
            "axel",
            "rclone",
            "gsutil",
            "aws",
            "lwp-download",
            "lwp-request",
        ],
    ),
    (
        Tool::Relay,
        &[
            "nc",
            "ncat",
            "netcat",
            "nc.openbsd",
            "nc.traditional",
            "socat",
            "telnet",
            "ssh",
            "dbclient",
            "chisel",
            "sshuttle",
            "sshpass",
            "autossh",
            "cryptcat",
            "pwncat",
            "websocat",
            "stunnel",
            "proxychains",
            "frpc",
            "gost",
            "ngrok",
            "gs-netcat",
            "iodine",
        ],
    ),
    (
        Tool::Recon,
        &[
            "id",
            "whoami",
            "who",
            "w",
            "users",
            "groups",
            "getent",
            "hostname",
            "uname",
            "arch",
            "lscpu",
            "lsb_release",
            "ps",
            "pstree",
            "pgrep",
            "top",
            "netstat",
            "ss",
            "ip",
            "ifconfig",
            "route",
            "arp",
            "lsof",
            "mount",
            "df",
            "lsblk",
            "findmnt",
            "env",
            "printenv",
            "last",
            "lastlog",
            "find",
            "locate",
            "dmesg",
            "sysctl",
            "lsmod",
            "capsh",
            "getcap",
            "dig",
            "nslookup",
            "host",
            "crontab",
            "systemctl",
            "service",
            "hostnamectl",
            "lspci",
            "lsusb",
            "dmidecode",
            "systemd-detect-virt",
            "traceroute",
            "pinky",
            "finger",
            "lastb",
            "free",
            "uptime",
        ],
    ),
    (
        Tool::Scanner,
        &[
            "nmap",
            "masscan",
            "zmap",
            "hydra",
            "medusa",
            "ncrack",
            "patator",
            "sshpass",
            "gobuster",
            "nikto",
            "sqlmap",
            "arp-scan",
            "fping",
            "hping3",
            "tcpdump",
            "tshark",
            "rustscan",
            "naabu",
            "nuclei",
            "ffuf",
            "wpscan",
            "dirb",
            "zgrab",
            "nxc",
            "crackmapexec",
            "enum4linux",
            "smbmap",
            "john",
            "hashcat",
            "ettercap",
            "bettercap",
            "dsniff",
            "kube-hunter",
            "unicornscan",
        ],
    ),
    (
        Tool::PackageManager,
        &[
            "apt",
            "apt-get",
            "dpkg",
            "apk",
            "yum",
            "dnf",
            "rpm",
            "zypper",
            "pacman",
            "pip",
            "pip3",
            "npm",
            "gem",
            "cargo",
            "snap",
            "apt-cache",
            "aptitude",
            "microdnf",
            "opkg",
            "yarn",
            "pnpm",
            "composer",
            "conda",
        ],
    ),
    (
        Tool::Privilege,
        &[
            "sudo",
            "su",
            "doas",
            "pkexec",
            "nsenter",
            "unshare",
            "chroot",
            "setcap",
            "insmod",
            "modprobe",
            "runc",
            "ctr",
            "docker",
            "kubectl",
            "crictl",
            "podman",
            "nerdctl",
            "machinectl",
            "rmmod",
            "mknod",
            "pivot_root",
            "debugfs",
        ],
    ),
    (
        Tool::Miner,
        &[
            "xmrig",
            "xmr-stak",
            "minerd",
            "cpuminer",
            "ethminer",
            "kinsing",
            "kdevtmpfsi",
            "t-rex",
            "nbminer",
            "ccminer",
            "lolMiner",
            "srbminer",
            "phoenixminer",
            "nanominer",
        ],
    ),
    (
        Tool::Client,
        &[
            "redis-cli",
            "psql",
            "mysql",
            "mariadb",
            "mongo",
            "mongosh",
            "sqlcmd",
            "sqlplus",
            "cqlsh",
            "etcdctl",
            "ldapsearch",
            "smbclient",
            "rpcclient",
            "showmount",
            "snmpwalk",
            "kafkacat",
            "kcat",
            "mosquitto_sub",
        ],
    ),
    (Tool::Compiler, &["gcc", "cc", "g++", "clang", "tcc", "make", "as", "ld", "go", "rustc"]),
];

impl Tool {
    /// Class of a program by its file or applet name; a version at its end (`python3.11`) does not count.
    pub(crate) fn of(name: &str) -> Self {
        let find = |name: &str| TABLE.iter().find(|(_, names)| names.contains(&name)).map(|(tool, _)| *tool);
        find(name)
            .or_else(|| find(name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-')))
            .unwrap_or(Self::Other)
    }

    /// Whether it runs what it is told on its command line.
    pub(crate) fn runs_code(self) -> bool {
        matches!(self, Self::Shell | Self::Interpreter)
    }
}

/// Programs that are many in one file; what they do is in their first argument or name.
pub(crate) fn is_multi_call(file_name: &str) -> bool {
    file_name.starts_with("busybox")
        || file_name.starts_with("toybox")
        || matches!(file_name, "coreutils" | "uutils")
}

/// The last part of a path. Byte by byte, since most are short: each event asks for one or two.
pub(crate) fn file_name(path: &str) -> &str {
    let slash = path.bytes().rposition(|byte| byte == b'/');
    slash.and_then(|slash| path.get(slash + 1..)).unwrap_or(path)
}

/// The executable of a program, by the name that behaviours have for it: its path, without the applet of a multi-call binary.
/// `None` for what is no path of one file: a pattern, a program that is not known.
pub fn executable(program: &str) -> Option<&str> {
    let name = file_name(program);
    let path = match name.split_once('[') {
        Some((own, applet)) if is_multi_call(own) && applet.ends_with(']') => {
            program.get(..program.len() - name.len() + own.len())?
        }
        _ => program,
    };
    (path.len() > 1 && path.starts_with('/') && !path.contains(ANY)).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::{Tool, executable};

    #[test]
    fn an_applet_runs_the_file_it_is_in_and_a_pattern_is_no_file() {
        assert_eq!(executable("/bin/busybox[wget]"), Some("/bin/busybox"));
        assert_eq!(executable("/bin/busybox[[]"), Some("/bin/busybox"));
        assert_eq!(executable("/usr/bin/["), Some("/usr/bin/["));
        assert_eq!(executable("/opt/a[1]"), Some("/opt/a[1]"), "no multi-call binary");
        assert_eq!(["(unknown)", "/tmp/<any>", "", "/"].map(executable), [None; 4]);
    }

    #[test]
    fn a_version_at_the_end_of_a_name_does_not_hide_the_tool() {
        assert_eq!(Tool::of("python3.11"), Tool::Interpreter);
        assert_eq!(Tool::of("bash"), Tool::Shell);
        assert_eq!(Tool::of("pip3"), Tool::PackageManager);
        assert_eq!(Tool::of("nginx"), Tool::Other);
        assert_eq!(Tool::of("7"), Tool::Other);
    }
}
