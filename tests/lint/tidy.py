"""usage: tidy.py BUILD: runs clang-tidy 14 over our sources, on all cores, skipping what has not changed since it was clean.

A file's result depends on the file, every header it includes, its flags and .clang-tidy; their digest names a stamp in
BUILD/tidy.
"""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys


def included_headers(build):
    """{object: headers of ours} as ninja recorded them."""
    text = subprocess.run(["ninja", "-C", build, "-t", "deps"], capture_output=True, text=True).stdout
    headers, current = {}, None
    for line in text.splitlines():
        if line and not line[0].isspace():
            current = headers.setdefault(line.split(":")[0], [])
        elif current is not None and line.strip():
            current.append(line.strip())
    return headers


def digest(entry, headers, root):
    h = hashlib.sha256(entry["command"].encode())
    h.update((root / ".clang-tidy").read_bytes())
    for name in [entry["file"], *headers]:
        path = pathlib.Path(entry["directory"], name)
        if path.resolve().is_relative_to(root) and path.exists():
            h.update(path.read_bytes())
    return h.hexdigest()


def tidy(entry, build):
    run = subprocess.run(["clang-tidy-14", "-p", build, "--quiet", entry["file"]], capture_output=True, text=True)
    return run.returncode == 0, run.stdout


def main():
    build = sys.argv[1]
    root = pathlib.Path.cwd()
    if not pathlib.Path(build, "build.ninja").exists():
        subprocess.run(["cmake", "--preset", "release", "-Wno-dev"], check=True, stdout=subprocess.DEVNULL)
    stamps = pathlib.Path(build, "tidy")
    stamps.mkdir(parents=True, exist_ok=True)
    headers = included_headers(build)
    entries = []
    for entry in json.loads(pathlib.Path(build, "compile_commands.json").read_text()):
        relative = os.path.relpath(entry["file"], root)
        # Catch2's assertion macros trip the checks: tests are held by the compiler and the sanitizers.
        if relative.startswith(("tests/", "build")):
            continue
        stamp = stamps / digest(entry, headers.get(entry.get("output", ""), []), root)
        if not stamp.exists():
            entries.append((entry, stamp, relative))
    failed = False
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(lambda item: (item, tidy(item[0], build)), entries)
        for (_, stamp, relative), (clean, output) in results:
            if clean:
                stamp.touch()
            else:
                failed = True
                print(re.sub(r"^.*warnings? treated as errors?\n", "", output, flags=re.M).rstrip() or relative)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
