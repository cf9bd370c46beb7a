"""batch has no clients; its own clock drives it."""


def visit(host, rng):
    pass
