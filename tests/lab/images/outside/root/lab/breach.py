"""Comes into a container through the hole of its image: `breach.py IMAGE ADDRESS`, the command on standard input."""

import sys

import outside

image, address = sys.argv[1:]
print(outside.load(image).breach(address, sys.stdin.read().strip()))
