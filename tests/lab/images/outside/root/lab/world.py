"""The world outside: `world.py friend` is the services that images call, `world.py foe` the attackers' host.

Both take HTTP. The friend answers DNS: *.evil.example is the foe, other names with a dot are the friend itself,
names without one do not exist. The foe serves /lab/loot and listens on the ports of
shells, implants and pools.
"""

import http.server
import os
import socket
import socketserver
import ssl
import struct
import sys
import threading
import time

FRIEND, FOE = "198.18.0.10", "198.19.0.66"
# What whoever sits at the foe types into a shell that calls home.
TYPED = b"id\nuname -a\ncat /etc/passwd | head -n 2\nls /\nsleep 1\nexit\n"


class Http(http.server.SimpleHTTPRequestHandler):
    def __init__(self, *arguments):
        super().__init__(*arguments, directory="/lab/loot" if sys.argv[1] == "foe" else "/lab/debs")

    def do_GET(self):
        if os.path.isfile(self.translate_path(self.path)):
            return super().do_GET()
        self.plain(b'{"ok": true, "prices": [1, 2, 3]}\n')

    def do_PUT(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.plain(b"kept\n")

    do_POST = do_PUT

    def plain(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Quiet(http.server.ThreadingHTTPServer):
    """Callers that hang up are no news."""

    daemon_threads = True

    def handle_error(self, *_):
        pass


class Shell(socketserver.BaseRequestHandler):
    """Types into whatever connects and reads until it hangs up."""

    def handle(self):
        stream = self.request
        try:
            if self.server.server_address[1] == 4433:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain("/lab/tls.crt", "/lab/tls.key")
                stream = context.wrap_socket(stream, server_side=True)
            stream.settimeout(5)
            time.sleep(0.3)
            stream.sendall(TYPED)
            while stream.recv(4096):
                pass
        except OSError:
            pass


class Sink(socketserver.BaseRequestHandler):
    """Takes whatever comes and answers each piece with a line."""

    def handle(self):
        try:
            self.request.settimeout(5)
            while self.request.recv(65536):
                self.request.sendall(b'{"id":1,"result":"ok"}\n')
        except OSError:
            pass


class Relay(socketserver.StreamRequestHandler):
    """Takes any mail."""

    def handle(self):
        try:
            self.wfile.write(b"220 smtp.example\r\n")
            data = False
            for line in self.rfile:
                word = line.strip().upper()
                if data and line != b".\r\n":
                    continue
                data = word == b"DATA"
                self.wfile.write(b"354 go on\r\n" if data else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n")
                if word == b"QUIT":
                    break
        except OSError:
            pass


class Threads(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


def dns(port=53):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", port))
    while True:
        question, sender = server.recvfrom(4096)
        at, labels = 12, []
        while question[at]:
            labels.append(question[at + 1:at + 1 + question[at]])
            at += 1 + question[at]
        asked, kind = question[12:at + 5], struct.unpack(">H", question[at + 1:at + 3])[0]
        exists = len(labels) > 1
        address = FOE if labels[-2:] == [b"evil", b"example"] else FRIEND
        answer = b""
        if exists and kind == 1:
            answer = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 30, 4) + socket.inet_aton(address)
        flags = 0x8180 if exists else 0x8183
        head = question[:2] + struct.pack(">HHHHH", flags, 1, 1 if answer else 0, 0, 0)
        server.sendto(head + asked + answer, sender)


def swallow(port):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("0.0.0.0", port))
    while True:
        server.recvfrom(65536)


def serve(server):
    threading.Thread(target=server.serve_forever, daemon=True).start()


for port in (80, 443, 3128, 8080, 9200):
    serve(Quiet(("0.0.0.0", port), Http))
threading.Thread(target=dns, daemon=True).start()
if sys.argv[1] == "foe":
    for port in (4433, 4444, 4445, 9001):
        serve(Threads(("0.0.0.0", port), Shell))
    for port in (21, 22, 1337, 3333, 5555, 6380, 6667):
        serve(Threads(("0.0.0.0", port), Sink))
else:
    for port in (22, 25, 587, 5044, 6379, 9092):
        serve(Threads(("0.0.0.0", port), Sink))
    serve(Threads(("0.0.0.0", 2525), Relay))
for port in (514, 1234, 4317, 8125):
    threading.Thread(target=swallow, args=[port], daemon=True).start()
threading.Event().wait()
