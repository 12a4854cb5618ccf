"""usage: run.py [NAME...]: times our commands beside their peers and prints ratios. `make bench` runs it.

Each row runs ours and the peer's command in turn, A B A B ..., and prints the median of each and the median of the
ratios pair by pair, which holds when the machine's speed drifts. Rows whose peer is not installed say so.
"""
import os
import pathlib
import random
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile
import time

BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
DATA = BUILD / "bench"


def run(command):
    """(wall seconds, user+system seconds, peak MB) of one run; the output is thrown away"""
    start = time.monotonic()
    process = subprocess.Popen(["bash", "-c", command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=DATA)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        sys.exit(f"bench: failed with {status}: {command}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def compare(title, ours, peer, peer_name, runs, measure=0):
    """Prints one row. `measure`: 0 wall, 1 CPU time."""
    if peer_name and not shutil.which(peer_name):
        print(f"{title:44} skipped: no {peer_name} on PATH")
        return
    pairs = []
    run(ours)
    for _ in range(runs):
        pairs.append((run(ours), run(peer)))
    a = statistics.median(p[0][measure] for p in pairs)
    b = statistics.median(p[1][measure] for p in pairs)
    ratio = statistics.median(p[1][measure] / p[0][measure] for p in pairs)
    memory = max(p[0][2] for p in pairs), max(p[1][2] for p in pairs)
    print(f"{title:44} {a:8.3f} s {b:8.3f} s {ratio:8.2f}x {memory[0]:7.0f} MB {memory[1]:7.0f} MB")


def cpu_times(command):
    """(CPU seconds that the program itself printed, of all that the command ran)"""
    with tempfile.NamedTemporaryFile("r") as out:
        everything = run(f"{command} > {out.name}")[1]
        return float(out.read()), everything


def added(title, variant, plain, runs, needs=None):
    """Prints how much CPU time `variant` adds to `plain`: to the program, and with what else it ran; pair by pair."""
    if needs and not os.path.exists(needs):
        print(f"{title:44} skipped: no {needs}")
        return
    pairs = [(cpu_times(variant), cpu_times(plain)) for _ in range(runs)]

    def column(i):
        ratios = [100 * (v[i] / p[i] - 1) for v, p in pairs]
        return f"{statistics.median(ratios):+7.2f}% ({min(ratios):+.2f} to {max(ratios):+.2f})"

    print(f"{title:44} {column(0):26} {column(1)}")


def made_profile(samples, functions):
    path = DATA / f"{samples}.prof"
    if not path.exists():
        subprocess.run(f"{BUILD}/bin/make_profile {samples} {functions} > {path}.tmp && mv {path}.tmp {path}",
                       shell=True, check=True)
    return path


def reading():
    print(f"\n{'reading':44} {'ours':>10} {'peer':>10} {'ratio':>9} {'ours':>10} {'peer':>10}")
    for samples, functions in ((20_000, 5_000), (1_000_000, 20_000)):
        path = made_profile(samples, functions)
        small = samples < 100_000
        compare(f"top, {samples} samples; gunzip", f"prof top {path}", f"gunzip -c < {path}", "gunzip", 9 if small else 5)
        for report in ("top", "tree") if small else ("top", "tree", "dot", "traces", "proto"):
            compare(f"{report}, {samples} samples; go tool pprof", f"prof {report} {path}",
                    f"go tool pprof -symbolize=none -{report} {path}", "go", 5 if small else 1)
        sizes(f"what proto writes, {samples} samples", f"prof proto {path}",
              f"go tool pprof -symbolize=none -proto {path}", "go")
    merging()
    growth()


def sizes(title, ours, peer, peer_name):
    """What two commands write: a faster one may compress less."""
    if not shutil.which(peer_name):
        return
    pair = [int(subprocess.run(f"{command} | wc -c", shell=True, check=True, cwd=DATA, stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL).stdout) / 1e6 for command in (ours, peer)]
    print(f"{title:44} {pair[0]:8.2f} MB{pair[1]:8.2f} MB{pair[1] / pair[0]:8.2f}x")


def merging():
    """20 and 200 files of 20,000 samples beside pprof; then 1,000, which take it two minutes, for the memory."""
    path = made_profile(20_000, 5_000)
    for count in (20, 200, 1_000):
        files = DATA / f"merge{count}"
        files.mkdir(exist_ok=True)
        for i in range(count):
            link = files / f"{i}.prof"
            if not link.exists():
                link.symlink_to(path)
        if count < 1_000:
            compare(f"merge of {count} files", f"prof proto {files}", f"go tool pprof -symbolize=none -proto {files}/*",
                    "go", 3 if count == 20 else 1)
        else:
            wall, _, memory = run(f"prof proto {files}")
            print(f"{f'merge of {count} files':44} {wall:8.3f} s {'':21} {memory:7.0f} MB")


def growth():
    """Time a sample of `prof top`, which should not depend on their number."""
    for samples in (10_000, 100_000, 1_000_000, 10_000_000):
        path = made_profile(samples, 20_000)
        wall, cpu, memory = min(run(f"prof top --max_inflated=100000000000 {path}") for _ in range(3))
        print(f"{f'top of {samples} samples, time a sample':44} {wall / samples * 1e9:7.0f} ns {cpu / samples * 1e9:7.0f} ns CPU"
              f" {memory:17.0f} MB")


def comparing():
    print(f"\n{'comparing':44} {'ours':>10} {'peer':>10} {'ratio':>9} {'ours':>10} {'peer':>10}")
    for name, shift in (("old", 1.0), ("new", 1.01)):
        path = DATA / f"{name}.txt"
        if path.exists():
            continue
        with open(path, "w") as out:
            for i in range(20_000):
                for run_number in range(10):
                    ns = (1000 + i) * shift * (1 + (i * 7919 + run_number * 104729) % 97 / 5000)
                    out.write(f"BenchmarkCase{i}-8\t1000\t{ns:.1f} ns/op\t{64 + i % 512} B/op\t{1 + i % 9} allocs/op\n")
    compare("20,000 benchmarks x 3 units; benchstat", "benchcmp old.txt new.txt", "benchstat old.txt new.txt",
            "benchstat", 7)
    tests = 500  # enough that starting the process does not count
    for name, shift in (("old", 0), ("new", 1)):
        with open(DATA / f"tied-{name}.txt", "w") as out:
            for i in range(tests):
                for run_number in range(25):
                    out.write(f"BenchmarkTied{i} 1 {100 + shift + (i * 31 + run_number * 17) % 23 // 2} ns/op\n")
    compare(f"{tests} tied U-tests at 25+25; benchstat", "benchcmp tied-old.txt tied-new.txt",
            "benchstat tied-old.txt tied-new.txt", "benchstat", 1)


GPERFTOOLS = "/usr/lib/x86_64-linux-gnu/libprofiler.so.0"


def handler_times(environment):
    """Of one run of handler_bench: (frames, first call, warm call) in ns, three times; empty where there was no signal."""
    command = [f"{BUILD}/bin/handler_bench", "3"]
    result = subprocess.run(command, env={**os.environ, **environment}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                            text=True, cwd=DATA)
    return [tuple(float(x) for x in line.split()[:3]) for line in result.stdout.splitlines()]


def handlers():
    """Both profilers' handlers at the kernel's tick, in turn; the signals are their own, the caches the machine's."""
    print(f"\n{'the SIGPROF handler alone, ns':44} {'ours':>9} {'gperftools':>11} {'ratio':>8}")
    if not os.path.exists(GPERFTOOLS):
        print(f"{'a sample':44} skipped: no {GPERFTOOLS}")
        return
    runs = []
    for _ in range(5):
        with tempfile.TemporaryDirectory() as spool:
            ours = handler_times({"LD_PRELOAD": f"{BUILD}/lib/libprof.so",
                                  "PROF_AGENT": f"dir={spool};kinds=cpu;cpu=4000000"})
        theirs = handler_times({"LD_PRELOAD": GPERFTOOLS, "CPUPROFILE": f"{DATA}/handler.gperf",
                                "CPUPROFILE_FREQUENCY": "250"})
        if len(ours) == len(theirs) == 3:
            runs.append((ours, theirs))
    if not runs:
        sys.exit("bench: handler_bench saw no signal")

    def row(title, of):
        ours = statistics.median(of(run[0]) for run in runs)
        theirs = statistics.median(of(run[1]) for run in runs)
        ratio = statistics.median(of(run[1]) / of(run[0]) for run in runs)
        print(f"{title:44} {ours:9.1f} {theirs:11.1f} {ratio:7.1f}x")

    row("36 frames, warm", lambda run: run[0][2])
    row("36 frames of a thread that libc made, warm", lambda run: run[2][2])
    row("36 frames, first call after other work", lambda run: run[0][1])
    row("each frame more, warm", lambda run: (run[0][2] - run[1][2]) / (run[0][0] - run[1][0]))


def signals():
    """Each source of signals with an empty handler: what the kernel takes, whoever samples."""
    print(f"\n{'a signal with an empty handler interrupts':44} {'median, ns':>12}")
    costs = {}
    for _ in range(5):
        out = subprocess.run([f"{BUILD}/bin/signal_bench"], stdout=subprocess.PIPE, text=True, check=True).stdout
        for name, cost in (line.split() for line in out.splitlines()):
            costs.setdefault(name, []).append(float(cost))
    for name, title in (("timer", "POSIX CPU timer, 250 Hz"), ("perf", "perf cpu-clock, O_ASYNC, 1000 Hz"),
                        ("sigtrap", "perf cpu-clock, its own SIGTRAP, 1000 Hz")):
        print(f"{title:44} {statistics.median(costs[name]):12.0f}" if name in costs else f"{title:44} refused by the kernel")


# Its loops are assembly that nothing describes: 5,500 instructions to the return.
PRODUCTS = ("OPENBLAS_NUM_THREADS=1 python3 -c 'import numpy, time; a = numpy.random.rand(1500, 1500); [a @ a for _ in range(15)]; "
            "print(time.process_time())'")


def recording():
    plain = f"{BUILD}/bin/deep 5000000"
    seconds = cpu_times(plain)[0]
    title = f"CPU time added to {seconds:.1f} s at 36 frames"
    print(f"\n{title:44} {'in the program, pairs':26} with recorder and symbols")
    for hz in (100, 1000):
        added(f"prof record -F {hz}", f"prof record -q -F {hz} -o {DATA}/out.prof {plain}", plain, 7)
        added(f"gperftools, CPUPROFILE_FREQUENCY={hz}",
              f"LD_PRELOAD={GPERFTOOLS} CPUPROFILE={DATA}/out.gperf CPUPROFILE_FREQUENCY={hz} {plain}", plain, 3,
              GPERFTOOLS)
    if subprocess.run(["python3", "-c", "import numpy"], stderr=subprocess.DEVNULL).returncode != 0:
        print(f"{'products of matrices':44} skipped: no numpy")
        return
    recorded = PRODUCTS.replace("python3", f"prof record -q -F 1000 -o {DATA}/out.prof python3", 1)
    added("prof record -F 1000 of numpy's products", recorded, PRODUCTS, 7)


def unwinding():
    print(f"\n{'unwinding, a frame of a warm stack':44} {'time':>11} {'depth':>15} {'ratio':>9}")
    print(subprocess.run([f"{BUILD}/bin/unwind_bench"], stdout=subprocess.PIPE, text=True, check=True).stdout, end="")


def large_binary():
    """(path, 20,000 addresses in it): all that this build compiled in one program that does not run, made once"""
    binary, addresses = DATA / "large", DATA / "large.addresses"
    if not binary.exists():
        objects = [str(o) for o in BUILD.rglob("*.o") if "CompilerId" not in str(o)]
        subprocess.run(["g++", "-o", f"{binary}.tmp", "-no-pie", "-Wl,--build-id,--allow-multiple-definition",
                        "-Wl,--unresolved-symbols=ignore-all", *objects], stderr=subprocess.DEVNULL, check=True)
        os.rename(f"{binary}.tmp", binary)
    if not addresses.exists():
        listing = subprocess.run(["nm", "--defined-only", "-S", binary], stdout=subprocess.PIPE, text=True, check=True).stdout
        functions = [line.split() for line in listing.splitlines()]
        functions = [(int(f[0], 16), int(f[1], 16)) for f in functions if len(f) == 4 and f[2] in "tTwW"]
        inside = {start + offset for start, size in functions for offset in range(1, size, 7)}
        chosen = random.Random(1).sample(sorted(inside), 20_000)
        addresses.write_text("".join(f"{a:#x}\n" for a in chosen))
        # The same as a profile in gperftools' format: one sample an address, then where the program was mapped.
        header = subprocess.run(["readelf", "-lW", binary], stdout=subprocess.PIPE, text=True, check=True).stdout
        text = next(line.split() for line in header.splitlines() if "LOAD" in line and " E " in line)
        offset, start, size = (int(text[i], 16) for i in (1, 2, 5))
        words = [0, 3, 0, 10_000, 0]
        for address in chosen:
            words += [1, 1, address]
        maps = f"{start:x}-{start + size:x} r-xp {offset:08x} 08:01 1 {binary}\n"
        with open(DATA / "large.prof", "wb") as out:
            out.write(struct.pack(f"<{len(words) + 3}Q", *words, 0, 1, 0) + maps.encode())
    return binary, addresses


def symbolizing():
    binary, addresses = large_binary()
    sizes = subprocess.run(["size", "-A", binary], stdout=subprocess.PIPE, text=True, check=True).stdout
    dwarf = sum(int(line.split()[1]) for line in sizes.splitlines() if line.startswith(".debug_"))
    title = f"symbolizing, 20,000 addresses, {dwarf >> 20} MB DWARF"
    print(f"\n{title:44} {'ours':>10} {'peer':>10} {'ratio':>9} {'ours':>10} {'peer':>10}")
    ours = "prof top --no_cache large.prof"
    for measure, what in enumerate(("", ", CPU time")):
        compare(f"llvm-symbolizer{what}", ours, f"llvm-symbolizer --obj={binary} < {addresses}", "llvm-symbolizer", 3, measure)
    compare("addr2line", ours, f"addr2line -fiCe {binary} < {addresses}", "addr2line", 1)
    compare("the second time, from the cache; the first", f"XDG_CACHE_HOME={DATA} prof top large.prof", ours, "prof", 3)


SECTIONS = {"reading": reading, "comparing": comparing, "handlers": handlers, "signals": signals, "recording": recording,
            "unwinding": unwinding, "symbolizing": symbolizing}


def main():
    DATA.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or SECTIONS:
        if name not in SECTIONS:
            sys.exit(f"bench: no section {name}; there are: {', '.join(SECTIONS)}")
        SECTIONS[name]()


if __name__ == "__main__":
    main()
