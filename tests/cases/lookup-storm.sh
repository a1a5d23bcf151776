#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# TIMEOUT: 240
#
# Thousands of callers in one directory of which nothing is known, most of them ended by a signal at any
# moment: those who are not get their answer, and nothing of the others is left.

. "$HSXFS_TESTS/lib/common.sh"

cat >storm.py <<'END'
import os
import random
import signal
import sys
import time

directory, count, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
choose = random.Random(seed)
wrong = 0


def look(number):
    kind = number % 5
    path = f"{directory}/{'STRIPE_KEY' if number % 3 else f'N{number % 400}'}"
    try:
        if kind == 0:
            os.listdir(directory)
        elif kind == 1:
            os.close(os.open(path, os.O_RDONLY))
        elif kind == 2:
            list(os.scandir(directory))
        else:
            os.stat(path)
    except FileNotFoundError:
        return 0 if number % 3 == 0 else 1
    except OSError as error:
        return error.errno
    return 0 if kind in (0, 2) or number % 3 else 1


def start(number):
    child = os.fork()
    if child:
        return child
    signal.signal(signal.SIGINT, (lambda *_: None) if number % 2 else signal.SIG_DFL)
    signal.signal(signal.SIGURG, lambda *_: None)
    os._exit(look(number))


def end(children):
    global wrong
    ended = {}
    for child in children:
        kind = choose.choice((signal.SIGKILL, signal.SIGINT, signal.SIGTERM, signal.SIGURG, None))
        if kind:
            os.kill(child, kind)
        ended[child] = kind
        time.sleep(choose.random() / 1000)
    for child in children:
        status = os.waitpid(child, 0)[1]
        if ended[child] in (None, signal.SIGURG) and status:
            print("not answered:", child, ended[child], status)
            wrong += 1


for first in range(0, count, 200):
    children = [start(first + i) for i in range(200)]
    time.sleep(choose.random() / 10)
    end(children)
sys.exit(1 if wrong else 0)
END

emulator_start
config_write
hsxfs_mount -o ttl=0
stat "$secrets" >/dev/null
rule '{"method": "GET", "delay_ms": 150, "times": -1}'
seed=${HSXFS_STORM_SEED:-$RANDOM}
echo "HSXFS_STORM_SEED=$seed"
python3 storm.py "$secrets" "${HSXFS_STORM:-2000}" "$seed"
rules_clear
expect_within 3000 expect_status 0 stat "$secrets/STRIPE_KEY"
expect_equal "$(ls "$secrets")" "ONLY_HERE
RESEND_API_KEY
STRIPE_KEY"
hsxfs_unmount
