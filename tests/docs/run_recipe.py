"""usage: run_recipe.py BIN: runs the recipes for CI as docs/benchcmp.md has them, on the real benchmark programs in BIN.

Each recipe runs twice on each program: on a build whose second benchmark does three times the work, which must fail with 3
and name it, and on the same build twice, which must pass. The margin is 60%, for this machine may be busy.
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile

# Program, its arguments, and what its slow benchmark is called. Catch2's 100,000 resamples would take most of the time.
SUITES = [("benchcmp_suite", "--benchmark_min_time=0.03", "changed/1000"),
          ("benchcmp_catch2_suite", "--benchmark-samples 20 --benchmark-warmup-time 5 --benchmark-resamples 1000",
           "sums/changed")]


def recipes(text):
    """(name, shell text) of what the GitHub job runs last, and of the plain shell script."""
    section = text[text.index("## A recipe for CI"):]
    section = section[:section.index("\n## ", 1)]
    job = re.search(r"```yaml\n(.*?)```", section, re.S)[1]
    step = re.search(r"- run: \|\n((?: {10}.*\n)+)\Z", job)[1]
    script = re.search(r"```sh\n(.*?)```", section, re.S)[1]
    return [("GitHub Actions", step), ("plain shell", script)]


def bench(path, program, environment):
    path.parent.mkdir(parents=True)
    path.write_text(f"#!/bin/sh\n{environment} exec {program}\n")
    path.chmod(0o755)


def check(recipe, shell, suite, is_slow, bin_directory, attempts=3):
    program, arguments, slow_name = suite
    with tempfile.TemporaryDirectory() as directory:
        work = pathlib.Path(directory, "head")
        command = f"{bin_directory}/{program} {arguments}"
        bench(pathlib.Path(directory, "base/build/bench"), command, "")
        bench(work / "build/bench", command, "SLOW=1" if is_slow else "")
        environment = dict(os.environ, PATH=f"{bin_directory}:{os.environ['PATH']}", MARGIN="60",
                           GITHUB_STEP_SUMMARY=str(work / "summary.md"))
        # As GitHub runs a step: bash -e.
        run = subprocess.run(["bash", "-e", "-c", shell], cwd=work, env=environment, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True, timeout=240, stdin=subprocess.DEVNULL)
        summary = work / "summary.md"
        report = summary.read_text() if summary.exists() else run.stdout
        wanted = [f"regressed | {slow_name}"] if is_slow else ["PASSED: no regression"]
        if is_slow and program == "benchcmp_suite":
            wanted.append("| std::accumulate |")  # the guilty function
        missing = [text for text in wanted if text not in report.replace("\\", "")]
        code = 3 if is_slow else 0
        if run.returncode == code and not missing:
            return True
        # A machine that is disturbed meanwhile can leave a row inconclusive: then it is measured again.
        if run.returncode == code and "INCONCLUSIVE: no regression" in report and attempts > 1:
            return check(recipe, shell, suite, is_slow, bin_directory, attempts - 1)
        print(f"{recipe}, {program}, {'a regression' if is_slow else 'A/A'}: exit {run.returncode}, expected {code}; "
              f"not in the report: {missing}\n{run.stdout}\n{report}")
        return False


def main():
    source = pathlib.Path(__file__).resolve().parents[2]
    bin_directory = pathlib.Path(sys.argv[1]).resolve()
    results = [check(recipe, shell, suite, is_slow, bin_directory)
               for recipe, shell in recipes((source / "docs/benchcmp.md").read_text())
               for suite in SUITES for is_slow in (True, False)]
    print(f"{len(results)} runs of recipes, {results.count(False)} failures")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
