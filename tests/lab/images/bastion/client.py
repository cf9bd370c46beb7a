"""Operators of bastion: they look around, read logs, copy files, and look at the other services."""

from outside import ssh

COMMANDS = [
    "uptime; who",
    "room",
    "ls -la; cat notes.txt 2>/dev/null | tail -n 3",
    "sudo tail -n 5 /var/log/dpkg.log",
    "ps aux | head -n 8",
    "ss -tln",
    "curl -s -m 2 http://web/healthz; curl -s -m 2 http://api:8000/healthz",
    "PGPASSWORD=app psql -h db -U app -Atc 'SELECT count(*) FROM orders' app",
    "date >>notes.txt; grep -c 20 notes.txt",
    "mkdir -p old; cp notes.txt old/notes-$(date +%s).txt; ls old | wc -l; find old -mmin +1 -delete",
]


def visit(host, rng):
    if rng.random() < 0.4:
        ssh(host, rng.choice(COMMANDS), terminal=rng.random() < 0.5)


def breach(host, command):
    """A password that was guessed."""
    return ssh(host, command)
