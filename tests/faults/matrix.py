#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks every operation of a mount in every way, and compares what comes of it with a table.

matrix.py seed TOKEN   prints the emulator's seed
matrix.py EMULATOR     makes a front for each cell, writes accounts.json, waits for the file
                       `mounted` (the mount point, the daemon's pid), and judges

A cell is one operation with one fault. Each has an account of its own, so that none disturbs
another and all run side by side. A cell holds if

- the operation ends with the errno of the table, from the call that has to say it, in time;
- `.errors` has exactly one line about it, none if it succeeded;
- what the server did not take was not stored, and what succeeded was;
- no redirect was followed;
- the mount is alive: the account answers within three seconds once the fault is gone, and its
  next request gets its own verdict.
"""

import collections
import concurrent.futures
import errno
import json
import os
import signal
import sys
import time
import urllib.request

sys.dont_write_bytecode = True
# pylint: disable=wrong-import-position
from faults import DEADLINE, FAULTS
from front import Fronts

ACCOUNT = "0123456789abcdef0123456789abcdef"
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "table")
OPERATIONS = ("list", "relist", "set", "close", "delete", "rename", "batch")
METHODS = {"list": ("GET",), "relist": ("GET",), "delete": ("DELETE",), "batch": ("PATCH",)}
CALLS = {"list": "listdir", "relist": "listdir", "set": "write", "close": "close",
         "delete": "unlink", "rename": "rename", "batch": "write"}
BATCH = ("NEW1", "NEW2")
# The deadline of the mount, the longest way to it, and what a busy machine may add.
IN_TIME = DEADLINE + 3
# Sanitized programs have fewer cells at once, and more time until a batch is full.
PATIENCE = int(os.environ.get("HSXFS_PATIENCE", "1"))
LANES = 32 // PATIENCE
SLOW = 0.4 * PATIENCE

Wanted = collections.namedtuple("Wanted", "result lines")


class Cell:
    def __init__(self, fault, operation, wanted):
        self.fault_name, self.operation, self.wanted = fault, operation, wanted
        self.fault = FAULTS[fault.removeprefix("once:")]
        self.times = 1 if fault.startswith("once:") else -1
        self.account = f"{fault}--{operation}".replace(":", "-").replace(".", "-")
        self.value = f"canary-{self.account}-value"
        self.front = self.mount = self.result = None
        self.problems = []

    def script(self, environment):
        return f"{self.account}-{environment}"

    def secrets(self, environment="production"):
        return f"{self.mount}/{self.account}/app/{environment}/secrets"


def parse_wanted(text, operation):
    result, _, lines = text.partition("+")
    if lines:
        return Wanted(result, int(lines))
    if result == "ok":
        return Wanted(result, 0)
    return Wanted(result, len(BATCH) if operation == "batch" else 1)


def cells():
    with open(TABLE, encoding="utf-8") as table:
        for line in table:
            if line.startswith("#") or not line.strip():
                continue
            fault, *results = line.split()
            for operation, result in zip(OPERATIONS, results, strict=True):
                if result != "-":
                    yield Cell(fault, operation, parse_wanted(result, operation))


def seed(token):
    scripts = {}
    for cell in cells():
        scripts[cell.script("p")] = {"secrets": {"KEEP": "kept", "GONE": "kept"}}
        scripts[cell.script("s")] = {"secrets": {"STAGED": "kept"}}
    return {"tokens": [token], "accounts": {ACCOUNT: {"scripts": scripts}}}


def account_of(cell, token_file):
    environments = {"production": {"scripts": [cell.script("p")]},
                    "staging": {"scripts": [cell.script("s")]}}
    return {"cloudflare": {"api": f"http://127.0.0.1:{cell.front.port}/client/v4",
                           "account_id": ACCOUNT, "token": {"file": token_file}},
            "projects": {"app": {"workers": ["main"], "environments": environments}}}


def state(admin):
    with urllib.request.urlopen(admin + "/admin/state", timeout=20) as answer:
        return json.load(answer)["accounts"][ACCOUNT]["scripts"]


# The operations. Each gives the call that failed and why, or "ok".

def attempt(call, act, *arguments):
    try:
        act(*arguments)
    except OSError as error:
        return call, errno.errorcode[error.errno]
    return call, "ok"


def write(path, text):
    try:
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        return "open", errno.errorcode[error.errno]
    written = attempt("write", os.write, file, text.encode())
    closed = attempt("close", os.close, file)
    return closed if written[1] == "ok" else written


def write_batch(cell):
    """Two writes that wait for a third go as one PATCH; what both are told."""
    cell.front.slow = SLOW
    before = len(cell.front.paths)
    with concurrent.futures.ThreadPoolExecutor(1 + len(BATCH)) as writers:
        first = writers.submit(write, cell.secrets() + "/FIRST", cell.value + "\n")
        while len(cell.front.paths) == before and not first.done():
            time.sleep(0.005)
        others = [writers.submit(write, f"{cell.secrets()}/{name}", cell.value + "\n")
                  for name in BATCH]
    cell.front.slow = 0
    if not any("secrets-bulk" in path for path in cell.front.paths):
        cell.problems.append("no batch was sent")
    if first.result() != ("close", "ok"):
        cell.problems.append(f"the write before the batch: {first.result()}")
    if others[0].result() != others[1].result():
        cell.problems.append(f"the batch's second write: {others[1].result()}")
    return others[0].result()


def operate(cell):
    directory = cell.secrets()
    if cell.operation in ("list", "relist"):
        return attempt("listdir", os.listdir, directory)
    if cell.operation == "set":
        return write(directory + "/NEW", cell.value + "\n")
    if cell.operation == "close":
        return write(directory + "/NEW", cell.value + "\nsecond line\n")
    if cell.operation == "batch":
        return write_batch(cell)
    if cell.operation == "delete":
        return attempt("unlink", os.unlink, directory + "/GONE")
    return attempt("rename", os.rename, directory + "/.new", directory + "/NEW")


def prepare(cell):
    """What comes before the fault."""
    if cell.operation == "rename":
        call, result = write(cell.secrets() + "/.new", cell.value + "\n")
        if result != "ok":
            cell.problems.append(f"its temporary file: {call} {result}")


# What must be so afterwards.

def lines_of(cell):
    with open(f"{cell.mount}/.errors", encoding="utf-8") as log:
        lines = [json.loads(line) for line in log]
    return [line for line in lines if line["path"].startswith(f"/{cell.account}/")]


def judge_result(cell, call, result):
    if result == "ok" and cell.operation in ("list", "relist"):
        try:
            os.getxattr(cell.secrets(), "user.hsxfs.stale")
            result = "stale"
        except OSError:
            pass
    if result != cell.wanted.result:
        cell.problems.append(f"{call} {result}, not {cell.wanted.result}")
    elif result not in ("ok", "stale") and call != CALLS[cell.operation]:
        cell.problems.append(f"{result} from {call}")
    return result


def judge_lines(cell, result, lines):
    if len(lines) != cell.wanted.lines:
        cell.problems.append(f"{len(lines)} lines in .errors, not {cell.wanted.lines}: "
                             f"{json.dumps(lines)[:300]}")
    for line in lines:
        if result not in ("ok", "stale") and line["errno"] != result:
            cell.problems.append(f".errors says {line['errno']}")
        if not line["message"]:
            cell.problems.append(".errors has no message")


def judge_store(cell, result, scripts):
    secrets = scripts[cell.script("p")]["secrets"]
    if cell.operation == "delete":
        done = "GONE" not in secrets
    elif cell.operation == "batch":
        done = all(secrets.get(name) == cell.value for name in BATCH)
    else:
        done = secrets.get("NEW", "").startswith(cell.value)
    changes = cell.operation not in ("list", "relist")
    # An answer that went wrong may have been believed all the same: 204, for instance.
    if changes and result == "ok" and not done and (cell.fault.applied or cell.times > 0):
        cell.problems.append("it succeeded and did not happen")
    if changes and result != "ok" and done and not cell.fault.applied:
        cell.problems.append("it failed and happened")
    if secrets.get("KEEP") != "kept":
        cell.problems.append("another secret changed")


def judge_quiet(cell):
    """Nothing is sent before the time that the server named."""
    before = len(cell.front.paths)
    _, result = attempt("listdir", os.listdir, cell.secrets("staging"))
    if result == "ok" or len(cell.front.paths) > before:
        cell.problems.append(f"asked again before its time: {result}")


def judge_life(cell):
    """The account answers again, with the right answer."""
    end = time.monotonic() + DEADLINE + 1
    while True:
        _, result = attempt("listdir", os.listdir, cell.secrets("staging"))
        if result == "ok":
            break
        if time.monotonic() > end:
            cell.problems.append(f"dead afterwards: {result}")
            return
        time.sleep(0.1)
    cell.front.break_next(FAULTS["401-in-the-middle"], ("PUT", "PATCH"))
    call, result = write(cell.secrets("staging") + "/NEXT", cell.value + "\n")
    if result != "EACCES":
        cell.problems.append(f"the request after it: {call} {result}")
    cell.front.mend()


def run(cell):
    prepare(cell)
    cell.front.break_next(cell.fault, METHODS.get(cell.operation, ("PUT", "PATCH")), cell.times)
    started = time.monotonic()
    call, result = operate(cell)
    taken = time.monotonic() - started
    if taken > IN_TIME:
        cell.problems.append(f"took {taken:.1f} s")
    result = judge_result(cell, call, result)
    judge_lines(cell, result, lines_of(cell))
    cell.front.mend()
    if cell.operation == "rename" and result != "ok":
        os.unlink(cell.secrets() + "/.new")
    (judge_quiet if cell.fault.quiet else judge_life)(cell)
    if any("/elsewhere" in path for path in cell.front.paths):
        cell.problems.append("a redirect was followed")
    cell.result = result


def run_all(chosen):
    def guarded(cell):
        try:
            run(cell)
        except Exception as problem:  # pylint: disable=broad-except
            cell.problems.append(repr(problem))
            cell.result = "?"

    with concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        list(lanes.map(guarded, chosen))


def print_table(chosen):
    by_fault = collections.defaultdict(dict)
    for cell in chosen:
        mark = "!" if cell.problems else ""
        lines = f"+{cell.wanted.lines}" if cell.result == "ok" and cell.wanted.lines else ""
        by_fault[cell.fault_name][cell.operation] = cell.result + lines + mark
    titles = "".join(f"{operation.upper():<14}" for operation in OPERATIONS)
    print(f"{'FAULT':<26}{titles}".rstrip())
    for fault, results in by_fault.items():
        row = "".join(f"{results.get(operation, '-'):<14}" for operation in OPERATIONS)
        print(f"{fault:<26}{row}".rstrip())


def print_summary(chosen):
    """How many faults end how, for each operation, into the file that the runner shows."""
    count = collections.Counter((cell.result, cell.operation) for cell in chosen)
    results = sorted({cell.result for cell in chosen})
    with open("summary", "w", encoding="utf-8") as file:
        for result in ["", *results]:
            row = "".join(f"{count[result, operation] if result else operation:>9}"
                          for operation in OPERATIONS)
            file.write(f"{result or 'FAULTS':<14}{row}\n")


def wait_for_mount():
    while not os.path.exists("mounted"):
        time.sleep(0.01)
    with open("mounted", encoding="utf-8") as file:
        point, pid = file.read().split()
    return point, int(pid)


def main():
    emulator = sys.argv[1]
    host, port = emulator.removeprefix("http://").split(":")
    fronts = Fronts((host, int(port)))
    chosen = list(cells())
    for cell in chosen:
        cell.front = fronts.new()
    with open("accounts.new", "w", encoding="utf-8") as file:
        token_file = os.path.abspath("token")
        json.dump({cell.account: account_of(cell, token_file) for cell in chosen}, file)
    os.rename("accounts.new", "accounts.json")
    point, pid = wait_for_mount()
    for cell in chosen:
        cell.mount = point
    # The signal makes every listing old, so those that are to list again go first.
    relists = [cell for cell in chosen if cell.operation == "relist"]
    others = [cell for cell in chosen if cell.operation != "relist"]
    for cell in relists:
        os.listdir(cell.secrets())
    os.kill(pid, signal.SIGHUP)
    run_all(relists)
    for cell in others:
        if cell.operation != "list":
            os.listdir(cell.secrets())
    run_all(others)
    scripts = state(emulator)
    for cell in chosen:
        judge_store(cell, cell.result, scripts)
    print_table(chosen)
    print_summary(chosen)
    bad = [cell for cell in chosen if cell.problems]
    for cell in bad:
        print(f"{cell.fault_name} {cell.operation}: {'; '.join(cell.problems)}")
    print(f"{len(chosen) - len(bad)} of {len(chosen)} cells hold")
    sys.exit(1 if bad else 0)


if sys.argv[1] == "seed":
    print(json.dumps(seed(sys.argv[2])))
else:
    main()
