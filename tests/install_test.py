"""Installs the tree into a prefix of its own, as `make install` does, and builds programs against what is there.

Usage: install_test.py BUILD_DIRECTORY EMBED_SOURCE
"""
import os
import pathlib
import subprocess
import sys
import tempfile

build, source = sys.argv[1:]

CMAKE_PROJECT = """cmake_minimum_required(VERSION 3.25)
project(embed C)
find_package(prof 0.1 REQUIRED)
add_executable(embed {source})
target_link_libraries(embed PRIVATE prof::prof)
"""


def run(*command, **options):
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit code {result.returncode}\n{result.stdout}")
    return result.stdout


def built_by_tools():
    """The names of what `make build` makes, as what a (dry) cleaning of it would remove."""
    removed = run("ninja", "-C", build, "-n", "-v", "-t", "clean", "tools").splitlines()
    return {os.path.basename(line) for line in removed if line.startswith("Remove ")}


def check_embedding(program, prefix, directory):
    """The program records itself, with the library and the tool of this prefix."""
    directory.mkdir()
    environment = {**os.environ, "LD_LIBRARY_PATH": f"{prefix}/lib"}
    run(program, cwd=directory, env=environment)
    top = run(f"{prefix}/bin/prof", "top", "cpu.prof", cwd=directory)
    if "Type: cpu" not in top:
        sys.exit(f"{program} recorded no profile:\n{top}")


def install(prefix):
    """`make uninstall` goes by the manifest of the latest installation, which is not to be this one."""
    manifest = pathlib.Path(build) / "install_manifest.txt"
    latest = manifest.read_bytes() if manifest.exists() else None
    run("cmake", "--install", build, "--prefix", str(prefix))
    if latest is None:
        manifest.unlink()
    else:
        manifest.write_bytes(latest)


def main(scratch):
    prefix = scratch / "prefix"
    install(prefix)
    installed = [path for path in prefix.rglob("*") if path.is_file()]
    made = built_by_tools()
    unbuilt = [path.name for path in installed
               if (path.suffix in {".1", ".so", ".fish"} or path.parent.name == "bin") and path.name not in made]
    if unbuilt:
        sys.exit(f"`make build` does not make what `make install` installs: {unbuilt}")

    flags = run("pkg-config", "--cflags", "--libs", "prof",
                env={**os.environ, "PKG_CONFIG_PATH": f"{prefix}/lib/pkgconfig"}).split()
    run("cc", source, "-o", str(scratch / "embed"), *flags)
    check_embedding(str(scratch / "embed"), prefix, scratch / "by-pkg-config")

    project = scratch / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(CMAKE_PROJECT.format(source=os.path.realpath(source)))
    run("cmake", "-S", str(project), "-B", str(project / "build"), f"-DCMAKE_PREFIX_PATH={prefix}")
    run("cmake", "--build", str(project / "build"))
    check_embedding(str(project / "build" / "embed"), prefix, scratch / "by-cmake")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as directory:
        main(pathlib.Path(directory))
