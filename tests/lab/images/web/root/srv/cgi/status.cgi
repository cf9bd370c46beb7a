#!/bin/bash
printf 'Content-Type: text/plain\n\n'
uptime
df -P / | tail -n 1
