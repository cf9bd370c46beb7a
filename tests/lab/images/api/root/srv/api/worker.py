"""Takes tasks from the queue: receipts are packed, exports written, packed and sent on."""

import json
import subprocess
import tempfile
import time

import redis
import requests

cache = redis.Redis("cache")

while True:
    try:
        found = cache.brpop("tasks", timeout=5)
        if not found:
            continue
        task = json.loads(found[1])
        with tempfile.NamedTemporaryFile("w", prefix="task-", suffix=".json") as file:
            json.dump(task, file)
            file.flush()
            if task["kind"] == "export":
                subprocess.run(["tar", "czf", file.name + ".tgz", file.name], stderr=subprocess.DEVNULL)
                with open(file.name + ".tgz", "rb") as packed:
                    requests.put("http://files.example/exports/" + task["what"], data=packed, timeout=2)
                subprocess.run(["rm", "-f", file.name + ".tgz"])
            else:
                subprocess.run(["gzip", "-k", "-f", file.name])
                subprocess.run(["rm", "-f", file.name + ".gz"])
    except (redis.RedisError, requests.RequestException):
        time.sleep(1)
