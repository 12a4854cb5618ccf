#!/usr/bin/env python3
"""Other people's test suites, bare and under `prof record`: every test must end the same way.

    suites.py [--short] PROF [PROJECT...]

Prints a row for each suite and way of recording, and every test that ended differently. Exits with 1 where one did,
with 77 where nothing could be run. Installs nothing: a project that is missing says what it needs. --short: the
quick modules, CPU time only. Files stay in build/soak (SOAK_DIR), where sources of projects are looked for.
"""
import argparse
import collections
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

PYTHON = "/usr/bin/python3"  # Debian's own: its test suite belongs to it
PYTHON_SHORT = "test_thread test_threadsignals test_posix test_os test_mmap test_ctypes".split()
PYTHON_LONG = PYTHON_SHORT + (
    "test_threading test_subprocess test_signal test_faulthandler test_fork1 test_popen test_pty test_resource "
    "test_select test_selectors test_socket test_wait3 test_wait4 test_gc test_exceptions "
    "test_concurrent_futures test_posixpath test_time test_eintr").split()
REDIS_UNITS = (
    "unit/type/list unit/type/hash unit/dump unit/multi unit/other unit/pubsub unit/scripting integration/aof "
    "integration/rdb integration/redis-cli integration/logging").split()

RECORDINGS = {"cpu": ["-F", "1000"], "cpu,heap,mutex": ["-F", "1000", "-e", "cpu,heap,mutex"]}


class Missing(Exception):
    pass


def run(command, directory, log):
    """Leaves the output in `log`, on disk: a pipe would be one more difference."""
    with open(log, "wb") as out:
        return subprocess.run(command, cwd=directory, stdin=subprocess.DEVNULL, stdout=out,
                              stderr=subprocess.STDOUT).returncode


def python_suite(prefix, directory, short):
    if not os.path.exists(PYTHON):
        raise Missing("Debian's python3")
    probe = subprocess.run([PYTHON, "-c", "import test.test_thread"], capture_output=True)
    if probe.returncode != 0:
        version = subprocess.run([PYTHON, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"],
                                 capture_output=True, text=True).stdout.strip()
        raise Missing(f"the package libpython{version}-testsuite")
    # A virtual machine may have vsock and nobody who answers: those tests wait for ever, recorded or not.
    command = [PYTHON, "-m", "test", "--junit-xml", "results.xml", "--ignore", "*VSOCK*"] + (PYTHON_SHORT if short else PYTHON_LONG)
    code = run(prefix + command, directory, directory + "/log")
    results = collections.defaultdict(list)
    for case in ElementTree.parse(directory + "/results.xml").iter("testcase"):
        kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
        results[case.get("name")] += kinds or ["ok"]
    return code, results


def redis_suite(prefix, directory, short):
    sources = glob.glob(os.path.dirname(directory) + "/redis-[0-9]*/tests/test_helper.tcl")
    if not sources:
        raise Missing(f"(cd {os.path.dirname(directory)} && apt-get source redis), of the version of redis-server")
    for program in ("tclsh", "redis-server", "redis-cli"):
        if shutil.which(program) is None:
            raise Missing("the packages tcl, redis-server and redis-tools")
    source = os.path.dirname(os.path.dirname(sources[0]))
    shutil.copytree(source, directory + "/redis", symlinks=True)
    for program in ("server", "cli", "benchmark", "check-aof", "check-rdb", "sentinel"):
        link = f"{directory}/redis/src/redis-{program}"
        if os.path.lexists(link):
            os.remove(link)
        os.symlink(shutil.which(f"redis-{program}") or "/nonexistent", link)
    command = ["tclsh", "tests/test_helper.tcl", "--clients", "2"]
    for unit in REDIS_UNITS[:4] if short else REDIS_UNITS:
        command += ["--single", unit]
    code = run(prefix + command, directory + "/redis", directory + "/log")
    results = collections.defaultdict(list)
    with open(directory + "/log", encoding="utf-8", errors="replace") as log:
        for line in log:
            found = re.match(r"\[(\w+)\]: (.*?)(?: \(\d+ ms\))?$", re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip()))
            if found and found[1] in ("ok", "err", "exception", "skip", "ignore"):
                results[found[2]].append(found[1])
    return code, results


SUITES = {"cpython": python_suite, "redis": redis_suite}


def fresh(directory):
    shutil.rmtree(directory, ignore_errors=True)
    os.makedirs(directory)
    return directory


def compare(name, prof, base, short):
    """Whether every recording left every test as it was."""
    suite = SUITES[name]
    code, bare = suite([], fresh(f"{base}/{name}-bare"), short)
    same = True
    for kinds, flags in RECORDINGS.items():
        if short and kinds != "cpu":
            continue
        directory = fresh(f"{base}/{name}-{kinds}")
        prefix = [prof, "record", "-q", "-o", directory + "/"] + flags
        recorded_code, recorded = suite(prefix, directory, short)
        names = sorted(set(bare) | set(recorded))
        different = [n for n in names if sorted(bare.get(n, [])) != sorted(recorded.get(n, []))]
        print(f"{name:10} {kinds:16} {len(names):6} tests {len(names) - len(different):6} same {len(different):4} different"
              f"   exit code {code} bare, {recorded_code} recorded", flush=True)
        for test in different:
            print(f"  {test}: {bare.get(test)} bare, {recorded.get(test)} recorded")
        same &= bool(names) and not different and code == recorded_code
    return same


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--short", action="store_true")
    parser.add_argument("prof")
    parser.add_argument("projects", nargs="*", metavar="PROJECT", help=", ".join(SUITES) + " (default: all)")
    arguments = parser.parse_args()
    unknown = set(arguments.projects) - set(SUITES)
    if unknown:
        parser.error(f"no such project: {', '.join(sorted(unknown))}; there are {', '.join(SUITES)}")
    # A shell starts what it runs beside it with SIGINT ignored; tests of Ctrl-C would all fail alike.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    base = os.path.abspath(os.environ.get("SOAK_DIR", "build/soak"))
    os.makedirs(base, exist_ok=True)
    ran, same = 0, True
    for name in arguments.projects or SUITES:
        try:
            same &= compare(name, os.path.abspath(arguments.prof), base, arguments.short)
            ran += 1
        except Missing as missing:
            print(f"{name:10} skipped, it needs: {missing}", flush=True)
    return 77 if ran == 0 else 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
