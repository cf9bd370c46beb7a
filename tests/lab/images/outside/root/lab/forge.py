"""Where ci's projects and tools' plugins are kept until somebody asks for them: port 7000 of the clients' container."""

import http.server
import itertools
import socket
import threading
import urllib.parse
import urllib.request

PORT = 7000
numbers = itertools.count(1)
jobs, queue, plugins = {}, [], []
lock = threading.Condition()
# Longest that what is for one receiver waits for it: then it is taken back, or the next container with that address gets it.
PATIENCE = 15


class Forge(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlparse(self.path)
        if url.path == "/next":
            self.answer(take(queue, self.client_address[0]) or b"")
        elif url.path == "/plugin":
            self.answer(take(plugins, self.client_address[0]) or b"")
        else:
            self.answer(jobs.get(url.path.removeprefix("/jobs/").removesuffix(".tar.gz"), b""))

    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlparse(self.path).query))
        taken = True
        if self.path.startswith("/submit"):
            job = f"job-{next(numbers)}"
            jobs[job] = body
            taken = hand_in(queue, query.get("for"), job.encode())
        elif self.path.startswith("/plugin"):
            taken = hand_in(plugins, query.get("for"), body)
        self.answer(b"kept" if taken else b"timed out: nobody came for it")

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def hand_in(line, receiver, what):
    """What is for one receiver comes first, and is waited for; of the rest the newest eight wait. False if nobody came."""
    with lock:
        if not receiver:
            if sum(1 for whom, _ in line if not whom) < 8:
                line.append((None, what))
            return True
        entry = (receiver, what)
        line.insert(0, entry)
        taken = lock.wait_for(lambda: entry not in line, PATIENCE)
        if not taken:
            line.remove(entry)
        return taken


def take(line, receiver):
    with lock:
        for at, (whom, what) in enumerate(line):
            if whom in (None, receiver):
                del line[at]
                lock.notify_all()
                return what


def send(path, body):
    request = urllib.request.Request(f"http://127.0.0.1:{PORT}{path}", data=body, method="PUT")
    with urllib.request.urlopen(request, timeout=PATIENCE + 5) as answer:
        return answer.read().decode()


def put(project, runner=None):
    return send("/submit" + (f"?for={socket.gethostbyname(runner)}" if runner else ""), project)


def plugin(text, container=None):
    return send("/plugin" + (f"?for={socket.gethostbyname(container)}" if container else ""), text.encode())


def serve():
    server = http.server.ThreadingHTTPServer(("0.0.0.0", PORT), Forge)
    threading.Thread(target=server.serve_forever, daemon=True).start()
