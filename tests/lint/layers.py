"""Checks every #include "..." against the table of docs/architecture.md: folder, who lives there, may use."""
import pathlib
import re
import subprocess
import sys

ROW = re.compile(r"^\| (?P<folders>`[^|]*) \|[^|]*\|(?P<uses>[^|]*)\|$", re.M)
INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"', re.M)


def table(text):
    """{folder: set of folders it may use, or None for everything}"""
    allowed = {}
    for row in ROW.finditer(text):
        folders = re.findall(r"`([^`]+)`", row["folders"])
        uses = row["uses"].strip()
        for folder in folders:
            allowed[folder] = None if uses == "everything" else set(re.findall(r"[a-z]+", uses.split("(")[0]))
    return allowed


def house(path, folders):
    """The innermost folder of the table that holds `path`."""
    inside = [folder for folder in folders if path.startswith(folder + "/")]
    return max(inside, key=len, default=None)


def main():
    allowed = table(pathlib.Path("docs/architecture.md").read_text())
    files = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.h", "*.cc", "*.c"],
        capture_output=True, text=True, check=True).stdout.split()
    wrong = []
    for name in files:
        if not pathlib.Path(name).exists():
            continue
        own = house(name, allowed)
        if own is None:
            wrong.append(f"{name}: its folder has no row in docs/architecture.md")
            continue
        if allowed[own] is None:
            continue
        for include in INCLUDE.findall(pathlib.Path(name).read_text()):
            other = house(include, allowed)
            if other is None or other == own or other == "libprof/include/prof":
                continue
            if other.split("/")[-1] not in allowed[own]:
                wrong.append(f"{name}: includes {include}, but {own} may use {sorted(allowed[own])} only")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
