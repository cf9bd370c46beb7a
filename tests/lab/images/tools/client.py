"""tools runs by itself; operators hand it a plugin now and then."""

from outside import forge

PLUGINS = [
    "uptime; free -m | awk '/Mem/ {print $3}'",
    "curl -s -m 2 http://web/cgi-bin/status.cgi | head -n 1",
    "redis-cli -h cache dbsize",
    "tail -n 50 /var/log/patrol.log | awk '{print $2}' | sort | uniq -c",
    "perl -e 'print time, \"\\n\"'",
    "gzip -kf /var/log/patrol.log; ls -l /var/log/patrol.log.gz",
]


def visit(host, rng):
    if rng.random() < 0.4:
        forge.plugin(rng.choice(PLUGINS) + "\n")


def breach(host, command):
    """A plugin from a server that is not the operators' any more, for this container alone."""
    return forge.plugin(command + "\n", container=host)
