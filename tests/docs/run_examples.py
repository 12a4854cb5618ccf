"""usage: run_examples.py FILE.md...: runs the examples of the documentation and compares what they print.

An example is a fenced block marked `console`: a line `$ COMMAND` (continued with a backslash at its end) and then what it
prints. Examples of one file run in order, by bash, in one empty directory with a link to testdata; the commands of this
build come first on PATH. Each must exit 0, or as `# exit N` at the end of its command line says.

Every line shown must be printed, in that order; the end of a line may be left out, and a line `...` stands for any lines.
What was measured differs from run to run: there a number with its unit matches any other, plurals match singulars, and
runs of blanks match each other. What benchcmp says of files is the same each time, and is compared as it stands.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

PLURAL = re.compile(r"\b(sample|wait|node)s?\b")
ZERO = re.compile(r"(?<!\S)\.(?!\S)")  # how `list` writes a zero
NUMBER = re.compile(r"\d[\d.,:]*\s?(?:ns|us|µs|ms|s|mins|hrs|B|kB|MB|GB|KiB|MiB|GiB|%|Hz)?(?![A-Za-z_])")


def measures(command):
    return not re.match(r"benchcmp (?!run\b)", command)


def masked(line):
    return re.sub(r"\s+", " ", NUMBER.sub("#", ZERO.sub("0", PLURAL.sub(r"\1s", line)))).strip()


def examples(text):
    """(line number, command, expected exit code, shown lines) of each example"""
    found, inside, current = [], False, None
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside, current = line.strip() == "```console", None
        elif inside and line.startswith("$ "):
            current = [number, line[2:], 0, []]
            found.append(current)
        elif inside and current and current[1].endswith("\\") and not current[3]:
            current[1] = current[1][:-1] + line.strip()
        elif inside and current:
            current[3].append(line)
    for example in found:
        match = re.search(r"\s+# exit (\d+)$", example[1])
        if match:
            example[1], example[2] = example[1][:match.start()], int(match[1])
    return found


def first_missing(shown, printed, same):
    """The first shown line that is not printed after the ones before it, or None; `same` makes lines comparable."""
    lines = iter([same(line) for line in printed.splitlines()])
    for line in shown:
        want = same(line)
        if want in ("", "...") or any(got.startswith(want) for got in lines):
            continue
        return line
    return None


def check(path, source):
    failures, count = [], 0
    with tempfile.TemporaryDirectory() as directory:
        os.symlink(source / "testdata", pathlib.Path(directory, "testdata"))
        for number, command, code, shown in examples(path.read_text()):
            count += 1
            try:
                run = subprocess.run(["bash", "-c", command], cwd=directory, stdout=subprocess.PIPE,
                                     stderr=subprocess.STDOUT, text=True, timeout=120, stdin=subprocess.DEVNULL)
            except subprocess.TimeoutExpired:
                failures.append(f"{path}:{number}: $ {command}\n  still running after 120 s")
                continue
            if run.returncode != code:
                failures.append(f"{path}:{number}: $ {command}\n  exit {run.returncode}, expected {code}\n{run.stdout}")
            missing = first_missing(shown, run.stdout, masked if measures(command) else str.rstrip)
            if missing is not None:
                failures.append(f"{path}:{number}: $ {command}\n  not printed: {missing}\n{run.stdout}")
    print("\n".join(failures + [f"{path}: {count} examples, {len(failures)} failures"]))
    return not failures


def main():
    source = pathlib.Path(__file__).resolve().parents[2]
    return 0 if all([check(pathlib.Path(name), source) for name in sys.argv[1:]]) else 1


if __name__ == "__main__":
    sys.exit(main())
