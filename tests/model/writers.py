#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Many writers at once; what was acknowledged has to be there, the last one acknowledged on top.

writers.py distinct|one|turns|mixed DIRECTORY ADMIN SCRIPT
writers.py end DIRECTORY ADMIN SCRIPT COMMAND...: runs the command, which ends the mount, when the
first of them have been told.
"""

import errno
import json
import os
import subprocess
import sys
import threading
import time
import urllib.request

WRITERS = 200


def ask(path):
    with urllib.request.urlopen(ADMIN + path, timeout=30) as answer:
        return json.load(answer)


def stored():
    [account] = ask("/state")["accounts"].values()
    return account["scripts"][SCRIPT]["secrets"]


def changes():
    """The values that requests carried, in the order they came: name, value."""
    found = []
    for request in ask("/requests"):
        if request["method"] == "PUT":
            body = json.loads(request["body"])
            found.append((body["name"], body["text"]))
        elif request["method"] == "PATCH":
            for name, secret in json.loads(request["body"])["secrets"].items():
                found.append((name, secret and secret["text"]))
    return found


class Change:
    """One writer or remover: when it began and ended, and how."""

    def __init__(self, name, value):
        self.name, self.value = name, value
        self.begin = self.end = self.said = None

    def run(self):
        self.begin = time.monotonic()
        try:
            if self.value is None:
                os.unlink(f"{DIRECTORY}/{self.name}")
            else:
                self.write()
            self.said = "ok"
        except OSError as error:
            self.said = errno.errorcode[error.errno]
        self.end = time.monotonic()

    def write(self):
        file = os.open(f"{DIRECTORY}/{self.name}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(file, self.value.encode() + b"\n")
        finally:
            os.close(file)


def start(tasks):
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    return threads


def join(threads):
    for thread in threads:
        thread.join(60)
        if thread.is_alive():
            fail("a writer hangs")


def fail(text):
    print(text)
    os._exit(1)


def expect(what, condition):
    if not condition:
        fail(what)


def expect_all(acts):
    for act in acts:
        expect(f"{act.name}: {act.said}", act.said == "ok")


def writers(names=WRITERS):
    return [Change(f"N{number % names}", f"value-{number}") for number in range(WRITERS)]


def distinct():
    acts = writers()
    join(start(act.run for act in acts))
    expect_all(acts)
    now = stored()
    for act in acts:
        expect(f"{act.name} is lost", now.get(act.name) == act.value)
    return f"{WRITERS} names, {len(ask('/requests'))} requests"


def one():
    """The last one that the server took is the last one that a writer was told of."""
    acts = writers(names=1)
    join(start(act.run for act in acts))
    expect_all(acts)
    final = stored()["N0"]
    expect("the value is not that of the last request", changes()[-1] == ("N0", final))
    winner = next(act for act in acts if act.value == final)
    for act in acts:
        expect(f"{act.value} was written after {final}", act.begin <= winner.end)
    return f"one name, {len(ask('/requests'))} requests"


def turns():
    """Each begins when the one before was told, while others write other names all the time."""
    done = threading.Event()

    def noise(number):
        while not done.is_set():
            act = Change(f"NOISE{number}", "noise")
            act.run()
            expect_all([act])

    threads = start([lambda number=number: noise(number) for number in range(8)])
    for number in range(WRITERS // 4):
        act = Change("N0", f"value-{number}")
        thread = threading.Thread(target=act.run)
        thread.start()
        join([thread])
        expect_all([act])
        expect("the last one told is not the last", stored()["N0"] == act.value)
    done.set()
    join(threads)
    return f"{WRITERS // 4} in turn among 8 others"


def mixed():
    """Writers, removers of what is there, and listings: what was told is in the next listing."""
    before = [Change(f"OLD{number}", "old") for number in range(50)]
    join(start(act.run for act in before))
    expect_all(before)
    removals = [Change(act.name, None) for act in before]
    sets = writers()
    looks, done = [], threading.Event()

    def look():
        while not done.is_set():
            begin = time.monotonic()
            names = set(os.listdir(DIRECTORY))
            looks.append((begin, time.monotonic(), names))

    lookers = start([look] * 4)
    join(start(act.run for act in sets + removals))
    done.set()
    join(lookers)
    expect_all(sets + removals)
    for act in sets + removals:
        for begin, end, names in looks:
            there = act.name in names
            expect(f"{act.name} is not as told in a listing",
                   begin < act.end or there == (act.value is not None))
            expect(f"{act.name} was in a listing before its time",
                   end > act.begin or there == (act.value is None))
    expect("not what was told", stored() == {act.name: act.value for act in sets})
    return f"{len(sets)} sets, {len(removals)} removals, {len(looks)} listings"


def end(command):
    # It is forked before, since a fork has the writers' descriptors too, and closing those waits.
    waiting = ["sh", "-c", 'read -r _ && exec "$@"', "-", *command]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE) as process:
        acts = writers()
        threads = start(act.run for act in acts)
        while sum(act.said is not None for act in acts) < WRITERS // 10:
            time.sleep(0.001)
        begin = time.monotonic()
        process.communicate(b"go\n")
        expect("the command took too long", time.monotonic() - begin < 1)
        expect("the command failed", process.returncode == 0)
    join(threads)
    now = stored()
    told = [act for act in acts if act.said == "ok"]
    for act in told:
        expect(f"{act.name} is lost", now.get(act.name) == act.value)
    for act in acts:
        expect(f"{act.name} is {now.get(act.name)}", now.get(act.name) in (None, act.value))
    others = ", ".join(sorted({act.said for act in acts if act.said != "ok"}))
    return f"{len(told)} of {WRITERS} told, {len(now)} stored, the others {others or 'none'}"


if __name__ == "__main__":
    DIRECTORY, ADMIN, SCRIPT = sys.argv[2:5]
    kind = {"distinct": distinct, "one": one, "turns": turns, "mixed": mixed,
            "end": lambda: end(sys.argv[5:])}[sys.argv[1]]
    print(f"{' '.join(sys.argv[1:2] + sys.argv[5:7])}: {kind()}")
