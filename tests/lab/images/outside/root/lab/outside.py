"""What clients and breaches share: HTTP, Redis, PostgreSQL and ssh, each call with a limit and no exception."""

import importlib.util
import os
import socket
import subprocess
import urllib.error
import urllib.request
from urllib.parse import quote  # noqa: F401 (clients take it from here)

import psycopg2

import forge  # noqa: F401

LIMIT_S = 12
ASKPASS = {**os.environ, "SSH_ASKPASS": "/lab/password", "SSH_ASKPASS_REQUIRE": "force"}


def load(image):
    """The module client.py of an image."""
    spec = importlib.util.spec_from_file_location(image, f"/lab/images/{image}/client.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def post(host, port, path, body, method=None):
    request = urllib.request.Request(f"http://{host}:{port}{path}", data=body, method=method)
    try:
        with urllib.request.urlopen(request, timeout=LIMIT_S) as answer:
            return answer.read().decode(errors="replace")
    except urllib.error.HTTPError as error:
        return f"{error.code} " + error.read().decode(errors="replace")
    except OSError as error:
        return str(error)


def get(host, port, path):
    return post(host, port, path, None)


def redis(host, *commands):
    """The answers, as they come over the wire."""
    answers = []
    try:
        with socket.create_connection((host, 6379), timeout=3) as stream:
            for command in commands:
                words = [word.encode() for word in command]
                stream.sendall(b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%s\r\n" % (len(w), w) for w in words))
                answers.append(stream.recv(65536).decode(errors="replace").strip())
    except OSError as error:
        answers.append(str(error))
    return answers


def query(host, user, sql):
    database = psycopg2.connect(host=host, user=user, password=user, dbname="app", connect_timeout=3)
    database.autocommit = True
    try:
        with database.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        database.close()


def ssh(host, command, terminal=False):
    """As the user op, whose password is its name."""
    options = ["-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    run = ["ssh", *options, *(["-tt"] if terminal else []), f"op@{host}", command]
    try:
        done = subprocess.run(run, capture_output=True, text=True, timeout=LIMIT_S, stdin=subprocess.DEVNULL, env=ASKPASS)
        return done.stdout + done.stderr
    except subprocess.TimeoutExpired:
        return "ssh: no answer in time"
