"""The clients of all images at once: a thread for each image, which visits whichever replicas its name has.

SEED makes the choices repeatable, RATE (visits a second and image) the load.
"""

import os
import random
import socket
import threading
import time

import forge
import outside

RATE = float(os.environ.get("RATE", "2"))


def replicas(image):
    try:
        return sorted({found[4][0] for found in socket.getaddrinfo(image, None, socket.AF_INET, socket.SOCK_STREAM)})
    except OSError:
        return []


def keep_visiting(image):
    rng = random.Random(f"{os.environ.get('SEED', '1')} {image}")
    client = outside.load(image)
    while True:
        for host in replicas(image):
            try:
                client.visit(host, rng)
            except Exception as error:  # a replica that restarts does not answer; clients live with that
                print(image, error, flush=True)
        time.sleep(rng.expovariate(RATE))


forge.serve()
for image in sorted(os.listdir("/lab/images")):
    if os.path.exists(f"/lab/images/{image}/client.py"):
        threading.Thread(target=keep_visiting, args=[image], daemon=True).start()
threading.Event().wait()
