"""Items, orders and exports. /tools/ping and /render trust what they get: scenarios come in through them."""

import json
import os
import subprocess
import tempfile

import psycopg2
import redis
import requests
from flask import Flask, render_template_string, request

app = Flask(__name__)
cache = redis.Redis("cache", socket_timeout=2)


def rows(sql, *values):
    with psycopg2.connect("host=db dbname=app user=app password=app connect_timeout=2") as db, db.cursor() as at:
        at.execute(sql, values)
        return at.fetchall() if at.description else []


@app.get("/healthz")
def healthz():
    return "ok"


@app.get("/items")
def items():
    known = cache.get("items")
    if not known:
        known = json.dumps(rows("SELECT id, name, price FROM items ORDER BY id LIMIT 20"))
        cache.set("items", known, ex=5)
    return known


@app.post("/orders/<int:item>")
def order(item):
    rows("INSERT INTO orders (item) VALUES (%s)", item)
    cache.lpush("tasks", json.dumps({"kind": "receipt", "item": item}))
    if item % 10 == 0:
        requests.post("http://pay.example/charge", json={"item": item}, timeout=2)
    return "ordered"


@app.post("/exports/<kind>")
def export(kind):
    cache.lpush("tasks", json.dumps({"kind": "export", "what": kind}))
    return "queued"


@app.get("/tools/ping")
def ping():
    done = subprocess.run("ping -c 1 -W 1 " + request.args["host"], shell=True, capture_output=True, text=True)
    return done.stdout + done.stderr


@app.get("/render")
def render():
    return render_template_string(request.args["text"])


@app.post("/admin/<task>")
def admin(task):
    """What operators do now and then; each task is a file in tasks/."""
    script = os.path.join("tasks", os.path.basename(task))
    done = subprocess.run([script, *request.args.getlist("arg")], capture_output=True, text=True)
    return done.stdout + done.stderr


@app.get("/diagnose")
def diagnose():
    with tempfile.NamedTemporaryFile(prefix="diag-") as out:
        subprocess.run(["ps", "-o", "pid,rss,comm"], stdout=out)
        out.seek(0, os.SEEK_END)
        return str(out.tell())
