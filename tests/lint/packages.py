"""Checks that docs/packages.txt is the one list: each section sorted, nothing twice, no apt-get anywhere else."""
import pathlib
import subprocess
import sys


def main():
    wrong = []
    seen, section = set(), []
    for number, line in enumerate(pathlib.Path("docs/packages.txt").read_text().splitlines(), 1):
        name = line.split("#")[0].strip()
        if not name:
            section = []
            continue
        if name in seen:
            wrong.append(f"docs/packages.txt:{number}: {name} is listed twice")
        if section and section[-1] > name:
            wrong.append(f"docs/packages.txt:{number}: {name} belongs before {section[-1]}")
        seen.add(name)
        section.append(name)
    users = subprocess.run(["git", "grep", "-l", "apt-get install", "--", "Makefile", ".ci", "tests", "cmd"],
                           capture_output=True, text=True).stdout.split()
    for name in users:
        if name not in ("tests/setup.sh", "tests/lint/packages.py"):
            wrong.append(f"{name}: installs packages; list them in docs/packages.txt instead")
    print("\n".join(wrong), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
