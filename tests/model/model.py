#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Random operations by several processes, with random faults, against a model of what must be.

model.py DIRECTORY ADMIN SCRIPT

DIRECTORY is the mounted secrets/ of SCRIPT, which has no secrets yet; ADMIN is the emulator's. The
environment gives HSXFS_MODEL_SEED, HSXFS_MODEL_OPERATIONS and HSXFS_MODEL_PROCESSES.

Each process has names of its own, of which it knows at any time what they may hold: one value (or
nothing) after an operation that was answered, several after one whose outcome is unknown, until the
next that was answered. The names that all share are judged by time: what is there in the end must
come from an operation that no later one has overwritten.
"""

import collections
import errno
import json
import multiprocessing
import os
import random
import stat
import sys
import time
import traceback
import urllib.error
import urllib.request

OWN_NAMES, SHARED_NAMES = 5, 3
# The request may have reached the server, and nobody knows.
UNKNOWN = {"ETIMEDOUT", "ECONNREFUSED", "EHOSTUNREACH", "EPROTO", "EIO", "ECANCELED", "EINTR"}
# The server, or hsxfs, said no.
REFUSED = {"EPERM", "EBUSY", "EDQUOT", "EINVAL"}
WEIGHTS = {"set": 32, "scratch": 16, "remove": 16, "list": 10, "stat": 10, "read": 6, "copy": 5,
           "touch": 5}
FAULT_CHANCE = 0.18
FAULTS = (
    (4, {"status": 500, "code": 10013}),
    (4, {"close": True}),
    (4, {"close": True, "apply": True}),
    (3, {"status": 502, "raw": "<html>", "headers": {"Content-Type": "text/html"}}),
    (3, {"status": 403, "code": 9109}),
    (3, {"status": 400, "code": 10215}),
    (3, {"status": 400, "code": 10055}),
    (2, {"status": 409, "code": 10035}),
    (1, {"status": 429, "code": 971, "headers": {"Retry-After": "1"}}),
    (2, {"raw": "<html>"}),
    (2, {"raw": "<html>", "apply": True}),
    (1, {"answer_delay_ms": 1500}),
    (1, {"status": 302, "headers": {"Location": "/elsewhere"}}),
)

Event = collections.namedtuple("Event", "kind value begin end outcome")


def ask(admin, path, rule=None):
    data = None if rule is None else json.dumps(rule).encode()
    with urllib.request.urlopen(admin + path, data, timeout=30) as answer:
        return json.load(answer)


def write_file(path, text, flags=os.O_WRONLY | os.O_CREAT | os.O_TRUNC):
    """Where it failed, and with what; the place is None if nothing can have been sent."""
    try:
        file = os.open(path, flags, 0o600)
    except OSError as error:
        return None, errno.errorcode[error.errno]
    said = "ok"
    try:
        if text and os.write(file, text.encode()) != len(text):
            said = "short write"
    except OSError as error:
        said = errno.errorcode[error.errno]
    try:
        os.close(file)
    except OSError as error:
        said = errno.errorcode[error.errno] if said == "ok" else said
    return "write", said


def call(act, *arguments):
    try:
        return "ok", act(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno], None


def placeholder(name):
    return f"hsxfs: write-only secret {name}\n"


class Worker:
    def __init__(self, number, directory, admin, seed):
        self.number, self.directory, self.admin = number, directory, admin
        self.random = random.Random(f"{seed}/{number}")
        self.own = {f"W{number}_{one}": {None} for one in range(OWN_NAMES)}
        self.shared = [f"SHARED_{one}" for one in range(SHARED_NAMES)]
        self.events = collections.defaultdict(list)
        self.armed = {}
        self.done = collections.Counter()
        self.differences = []
        self.step = 0

    def differ(self, text):
        self.differences.append(f"process {self.number}, step {self.step}: {text}")

    def path(self, name):
        return f"{self.directory}/{name}"

    # Faults: at most one waits for a name, so that a refusal cannot follow an effect unseen.

    def is_armed(self, name):
        if name not in self.armed:
            return False
        rules = {rule["id"]: rule for rule in ask(self.admin, "/rules")}
        if rules.get(self.armed[name], {"used": 1})["used"]:
            del self.armed[name]
        return name in self.armed

    def arm(self, name, kind):
        rule = dict(self.random.choices([fault for _, fault in FAULTS],
                                        [weight for weight, _ in FAULTS])[0])
        if self.is_armed(name):
            return
        if kind == "remove":
            rule |= {"method": "DELETE", "path": f"*/secrets/{name}*"}
        elif kind == "list":
            rule |= {"method": "GET"}
        else:
            rule |= {"method": "P*", "contains": f'"{name}"'}
        self.armed[name] = ask(self.admin, "/rules", rule)["id"]

    # Changes.

    def note(self, name, kind, value, begin, place, said):
        """What an operation that could change a name has left behind."""
        if said not in UNKNOWN | REFUSED | {"ok"} and not (kind == "remove" and said == "ENOENT"):
            self.differ(f"{kind} {name}: {said}")
        if name not in self.own:
            unknown = said in UNKNOWN and place
            if said == "ok" or unknown or (kind == "remove" and said == "ENOENT"):
                self.events[name].append(Event(kind, value, begin, time.monotonic(),
                                               "unknown" if unknown else "done"))
            return
        may = self.own[name]
        if said == "ENOENT" and None not in may:
            self.differ(f"remove {name}: ENOENT, but it holds {may}")
        if said in ("ok", "ENOENT"):
            self.own[name] = {value}
        elif said in UNKNOWN and place:
            self.own[name] = may | {value}

    def do_set(self, name):
        value, begin = f"value-{self.number}-{self.step}", time.monotonic()
        place, said = write_file(self.path(name), value + "\n")
        self.note(name, "set", value, begin, place, said)
        return said

    def do_scratch(self, name):
        value, temporary = f"value-{self.number}-{self.step}", self.path(f".tmp{self.number}")
        _, said = write_file(temporary, value + "\n", os.O_RDWR | os.O_CREAT | os.O_EXCL)
        if said != "ok":
            if said not in UNKNOWN:
                self.differ(f"temporary file: {said}")
            return said
        begin = time.monotonic()
        said, _ = call(os.rename, temporary, self.path(name))
        self.note(name, "scratch", value, begin, "rename", said)
        if said != "ok":
            call(os.unlink, temporary)
        return said

    def do_remove(self, name):
        begin = time.monotonic()
        said, _ = call(os.unlink, self.path(name))
        self.note(name, "remove", None, begin, "unlink", said)
        return said

    # Looking.

    def judge_presence(self, what, name, there):
        may = self.own.get(name)
        if may is None:
            return
        if there and may == {None}:
            self.differ(f"{what}: {name} is there and must not be")
        if not there and None not in may:
            self.differ(f"{what}: {name} is not there and must hold {may}")

    def is_stale(self):
        return call(os.getxattr, self.directory, "user.hsxfs.stale")[0] == "ok"

    def do_list(self, _name):
        stale = self.is_stale()
        said, names = call(os.listdir, self.directory)
        if said == "ok" and not stale and not self.is_stale():
            for name in self.own:
                self.judge_presence("list", name, name in names)
            for name in names:
                if name[0] != "W" and name not in self.shared:
                    self.differ(f"list: {name}")
        elif said != "ok" and said not in UNKNOWN | REFUSED:
            self.differ(f"list: {said}")
        return said

    def judge_look(self, what, name, said):
        if said in ("ok", "ENOENT"):
            if not self.is_stale():
                self.judge_presence(what, name, said == "ok")
        elif said not in UNKNOWN | REFUSED:
            self.differ(f"{what} {name}: {said}")
        return said

    def do_stat(self, name):
        said, status = call(os.stat, self.path(name))
        # Until the kernel has let go of a closed descriptor, the length is that of what it wrote.
        sizes = {len(placeholder(name))} | {len(value or "") + 1 for value in self.own[name]}
        if said == "ok" and (status.st_size not in sizes or not stat.S_ISREG(status.st_mode)):
            self.differ(f"stat {name}: {status}")
        return self.judge_look("stat", name, said)

    def do_read(self, name):
        def read():
            with open(self.path(name), encoding="utf-8") as file:
                return file.read()
        said, text = call(read)
        if said == "ok" and text != placeholder(name):
            self.differ(f"read {name}: {text!r}")
        return self.judge_look("read", name, said)

    def do_copy(self, name):
        place, said = write_file(self.path(name), placeholder("OTHER"))
        if said != "EINVAL" and (place or said not in UNKNOWN):
            self.differ(f"copy to {name}: {said}")
        return said

    def do_touch(self, name):
        place, said = write_file(self.path(name), "", os.O_WRONLY | os.O_CREAT)
        if said == "EINVAL":
            return self.judge_look("touch", name, "ENOENT")
        if said != "ok" and said not in UNKNOWN | REFUSED:
            self.differ(f"touch {name}: {place} {said}")
        return said

    def run(self, count):
        for self.step in range(count):
            kind = self.random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
            shared = kind in ("set", "scratch", "remove") and self.random.random() < 0.2
            name = self.random.choice(self.shared if shared else list(self.own))
            if self.random.random() < FAULT_CHANCE:
                self.arm(name, kind)
            said = getattr(self, "do_" + kind)(name)
            self.done[f"{kind} {said}"] += 1
            if said in UNKNOWN:
                # The API counts as down for a second.
                time.sleep(0.3)


def work(number, directory, admin, seed, count, queue):
    worker = Worker(number, directory, admin, seed)
    try:
        worker.run(count)
    except Exception:  # pylint: disable=broad-except
        worker.differ(traceback.format_exc())
    queue.put((worker.own, dict(worker.events), worker.done, worker.differences))


def may_be_last(events, value):
    """Whether some operation left this value and none that was answered began after its end."""
    if not events:
        return value is None
    return any(event.value == value and
               not any(other.outcome == "done" and other.begin > event.end for other in events)
               for event in events) or (value is None and
                                        all(event.outcome == "unknown" for event in events))


def judge(results, stored):
    differences, known, shared = [], set(), collections.defaultdict(list)
    for own, events, _done, told in results:
        differences += told
        known |= set(own)
        for name, may in own.items():
            if stored.get(name) not in may:
                differences.append(f"{name} is {stored.get(name)}, not one of {may}")
        for name, some in events.items():
            shared[name] += some
    for name, events in shared.items():
        if not may_be_last(events, stored.get(name)):
            differences.append(f"{name} is {stored.get(name)}, which was overwritten")
    known |= set(shared)
    differences += [f"{name} was stored" for name in set(stored) - known]
    return differences


def main():
    directory, admin, script = sys.argv[1:]
    seed = os.environ.get("HSXFS_MODEL_SEED", "1")
    operations = int(os.environ.get("HSXFS_MODEL_OPERATIONS", "1000"))
    processes = int(os.environ.get("HSXFS_MODEL_PROCESSES", "8"))
    print(f"HSXFS_MODEL_SEED={seed} HSXFS_MODEL_OPERATIONS={operations} "
          f"HSXFS_MODEL_PROCESSES={processes}", flush=True)
    queue = multiprocessing.SimpleQueue()
    workers = [multiprocessing.Process(target=work, args=(
        number, directory, admin, seed, operations // processes, queue))
        for number in range(processes)]
    for worker in workers:
        worker.start()
    results = [queue.get() for _ in workers]
    for worker in workers:
        worker.join()
    stored = ask(admin, "/state")
    [stored] = [account["scripts"][script]["secrets"] for account in stored["accounts"].values()]
    done = sum((result[2] for result in results), collections.Counter())
    for what, number in sorted(done.items()):
        print(f"{number:5} {what}")
    differences = judge(results, stored)
    for difference in differences:
        print(difference)
    print(f"{sum(done.values())} operations, {len(stored)} secrets, "
          f"{len(differences)} differences")
    sys.exit(1 if differences else 0)


main()
