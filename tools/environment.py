"""Make .venv ready, then run a task in it: lab, test, site, bench or constraints.

    python tools/environment.py lab [arguments for JupyterLab]

The Makefile calls this script; Windows calls it directly. It needs nothing but Python, and is
written so that even an old one can read it and say that it is too old: no f-strings, no types.
"""

from __future__ import print_function

import glob
import hashlib
import importlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

NEEDED = (3, 11)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VENV = os.path.join(ROOT, ".venv")
STAMP = os.path.join(VENV, "ready.json")  # what was installed; written last
BUSY = os.path.join(VENV, "installing")  # there while pip works: left behind when it is killed
LOG = os.path.join(ROOT, "pip.log")
WINDOWS = os.name == "nt"
VENV_PYTHON = os.path.join(VENV, *(["Scripts", "python.exe"] if WINDOWS else ["bin", "python"]))
LAST_LINES = 8
FIRST_PAGE = "/lab/tree/notebooks/01_once_upon_a_banana.ipynb"


class CannotContinue(Exception):
    """Its text is the sentence that the user reads."""


# --- which Python -------------------------------------------------------------------------------


def newer_python():
    """The path of a Python in PATH that is new enough, or None."""
    for minor in (14, 13, 12, 11):
        for folder in os.environ.get("PATH", "").split(os.pathsep):
            path = os.path.join(folder, "python3.%d" % minor + (".exe" if WINDOWS else ""))
            if os.path.isfile(path) and python_version(path):
                return path
    return None


def python_version(python):
    """'3.12' for a Python that starts, None for one that doesn't."""
    ask = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        out = subprocess.check_output([python, "-c", ask], stderr=subprocess.STDOUT)
    except (OSError, subprocess.CalledProcessError):
        return None
    return out.decode("ascii", "replace").strip()


def insist_on_new_python():
    """Go on under a newer Python if this one is too old; else say which is needed."""
    if sys.version_info[:2] >= NEEDED:
        return
    too_old = "Python %d.%d or newer is needed, this is %d.%d at %s" % (
        NEEDED + tuple(sys.version_info[:2]) + (sys.executable,)
    )
    newer = newer_python()
    if newer is None:
        raise CannotContinue(
            too_old + ": install a newer one, or name one that you have: PYTHON=path make lab"
        )
    print(too_old + "; going on with " + newer)
    sys.exit(subprocess.call([newer, os.path.abspath(__file__)] + sys.argv[1:]))


# --- the environment ----------------------------------------------------------------------------


def fingerprint():
    """A hash of what should be installed: changing a ruff setting does not change it."""
    tomllib = importlib.import_module("tomllib")
    with open(os.path.join(ROOT, "pyproject.toml"), "rb") as file:
        settings = tomllib.load(file)
    with open(os.path.join(ROOT, "constraints.txt"), "rb") as file:
        constraints = file.read()
    wanted = json.dumps([settings["build-system"], settings["project"]], sort_keys=True)
    return hashlib.sha256(wanted.encode() + constraints).hexdigest()


def stamp(extras):
    return {"root": ROOT, "fingerprint": fingerprint(), "extras": sorted(extras)}


def read_stamp():
    try:
        with open(STAMP) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def why_remake():
    """Why an existing .venv cannot be mended and must be made anew, or None if it can be kept."""
    version = python_version(VENV_PYTHON)
    if os.path.exists(BUSY):
        return "its installation was interrupted"
    if version is None:
        return "its Python does not start"
    if read_stamp().get("root", ROOT) != ROOT:
        return "the project's folder was moved"
    asked = "%d.%d" % sys.version_info[:2]
    if tuple(map(int, version.split("."))) < NEEDED or (
        "PYTHON" in os.environ and version != asked
    ):
        return "it was made with Python %s" % version
    return None


def prepare(extras):
    """Make, mend or keep .venv so that the project is installed in it with these extras."""
    reason = why_remake() if os.path.exists(VENV) else None
    if reason:
        print("Making .venv anew: %s." % reason)
        remove_venv()
    have = read_stamp()
    wanted = stamp(set(extras) | set(have.get("extras", [])))
    if have == wanted:
        return
    if not os.path.exists(VENV):
        make_venv(VENV)
    print("Installing into .venv (some minutes the first time; what pip says is in pip.log) ...")
    with open(BUSY, "w"):
        pass
    if have:
        os.remove(STAMP)
    try:
        with tempfile.TemporaryDirectory() as folder:
            requirement = "%s[%s]" % (ROOT, ",".join(wanted["extras"]))
            pip_install(VENV_PYTHON, ["-c", constraints_here(folder), "-e", requirement])
    except CannotContinue:
        os.remove(BUSY)  # pip stopped in good order: what is installed can stay
        raise
    with open(STAMP, "w") as file:
        json.dump(wanted, file)
    os.remove(BUSY)


def remove_venv():
    try:
        shutil.rmtree(VENV)
    except OSError as error:
        raise CannotContinue("%s cannot be removed (is JupyterLab open?): %s" % (VENV, error))


def make_venv(folder):
    # The base Python, also when this script itself runs in a virtual environment.
    python = getattr(sys, "_base_executable", sys.executable)
    made = subprocess.run(
        [python, "-m", "venv", folder], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if made.returncode == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    said = made.stdout.decode("utf-8", "replace").strip()
    if "ensurepip" in said or "No module named venv" in said:
        raise CannotContinue(
            "The Python at %s cannot make virtual environments, because its venv module is"
            " incomplete: on Debian and Ubuntu, `sudo apt install python%d.%d-venv` adds it."
            % ((python,) + tuple(sys.version_info[:2]))
        )
    raise CannotContinue("The virtual environment could not be made:\n%s" % last_lines(said))


def constraints_here(folder):
    """constraints.txt, but with the build of torch (CPU, CUDA) that .venv has already."""
    with open(os.path.join(ROOT, "constraints.txt")) as file:
        lines = file.read()
    ask = "from importlib import metadata; print(metadata.version('torch'))"
    found = subprocess.run(
        [VENV_PYTHON, "-c", ask], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    version = found.stdout.decode().strip()
    if "+" in version:  # a local label such as +cpu: somebody chose this build
        lines = re.sub("(?m)^torch==.*$", "torch==" + version, lines)
    path = os.path.join(folder, "constraints.txt")
    with open(path, "w") as file:
        file.write(lines)
    return path


# --- pip ----------------------------------------------------------------------------------------


PIP_STEP = re.compile(r" *(Collecting [^ ]+|Downloading .* MB\)|Installing collected packages)")


def pip_install(python, arguments):
    """Run pip, show its main steps, keep all it says in pip.log; a failure becomes a sentence."""
    if os.path.exists(LOG):
        os.remove(LOG)
    command = [python, "-m", "pip", "--log", LOG, "install", "--disable-pip-version-check"]
    pip = subprocess.Popen(
        command + arguments,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
    )
    said = []
    for line in pip.stdout:
        said.append(line.decode("utf-8", "replace").rstrip())
        step = PIP_STEP.match(said[-1])
        if step:
            print("  " + step.group(1))
    if pip.wait() < 0:  # what it left is not to be trusted, so the mark that it was busy stays
        sys.exit("pip was stopped from outside (short of memory?): run the same command again.")
    if pip.returncode != 0:
        with io.open(LOG, encoding="utf-8", errors="replace") as file:
            raise CannotContinue(explain_pip("\n".join(said), file.read()))


NO_NETWORK = (
    "NewConnectionError",
    "NameResolutionError",
    "ConnectTimeoutError",
    "ReadTimeoutError",
    "ProxyError",
    "Max retries exceeded",
    "Connection refused",
)


def explain_pip(said, log):
    """One sentence for why pip failed, from what it said and its more talkative log."""
    where = "All that pip said is in %s" % LOG
    if "No space left on device" in log:
        return "The disk is full: make room and run the same command again. " + where
    if any(word in log for word in NO_NETWORK):
        return (
            "The packages could not be fetched, because the network (or the package index that pip"
            " is set to use) cannot be reached: connect, and run the same command again. " + where
        )
    return "pip could not install the packages. Its last lines:\n%s\n%s" % (last_lines(said), where)


def last_lines(text):
    return "\n".join("  " + line for line in text.splitlines()[-LAST_LINES:])


# --- the tasks ----------------------------------------------------------------------------------


def lab(arguments):
    command = ["jupyterlab", "--ServerApp.root_dir=" + ROOT, "--LabApp.default_url=" + FIRST_PAGE]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers run as root
    if sys.platform.startswith("linux") and not has_screen():
        command.append("--no-browser")
    print("JupyterLab is starting; Ctrl-C stops it.")
    return command + arguments


def has_screen():
    return any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))


def test(arguments):
    """All tests by two workers, a file being one's own: notebooks and browsers take minutes."""
    return ["pytest"] + (arguments or ["-n", "2", "--dist", "loadfile"])


def site(arguments):
    notebooks = sorted(glob.glob(os.path.join(ROOT, "notebooks", "*.ipynb")))
    options = ["nbconvert", "--execute", "--to", "html", "--output-dir", "site"]
    return options + arguments + notebooks


def bench(arguments):
    return [os.path.join("bench", "sliders.py")] + arguments


def constraints(requirements):
    """Write constraints.txt: all that a fresh environment with every extra holds."""
    with tempfile.TemporaryDirectory() as folder:
        make_venv(folder)
        python = os.path.join(folder, os.path.relpath(VENV_PYTHON, VENV))
        pip_install(python, [ROOT + "[lab,test]"] + requirements)
        frozen = subprocess.check_output([python, "-m", "pip", "freeze"]).decode()
    lines = [
        re.sub(r"\+\S+$", "", line)  # torch 2.13.0+cpu is torch 2.13.0 for everybody else
        for line in frozen.splitlines()
        if not re.match("(pedagogy|nvidia|cuda|triton|setuptools)", line)
    ]
    with open(os.path.join(ROOT, "constraints.txt"), "w") as file:
        head = CONSTRAINTS_HEAD % (sys.version.split()[0], " ".join(requirements))
        file.write(head + "\n".join(lines) + "\n")


CONSTRAINTS_HEAD = """\
# Exact versions of all that `make lab` and `make test` install, on every system; what only some
# systems need (CUDA's libraries, Windows' terminal) is left to pip. pyproject.toml has the ranges.
# Made with Python %s, an old 3.11 so that it serves all newer ones, by:
# make constraints ARGS="%s"
"""

TASKS = {
    "lab": (["lab"], lab),
    "test": (["lab", "test"], test),
    "site": (["lab"], site),
    "bench": (["lab", "test"], bench),
}


def run(command):
    """Become this command, so that Ctrl-C and the exit status are its own."""
    settings = os.path.join(ROOT, "tools", "jupyter")
    before = os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join(filter(None, [settings, before]))
    os.chdir(ROOT)
    sys.stdout.flush()
    if command[0].endswith(".py"):
        command = [VENV_PYTHON] + command
    else:
        command = [VENV_PYTHON, "-m"] + command
    if WINDOWS:  # no real exec there
        sys.exit(subprocess.call(command))
    os.execv(VENV_PYTHON, command)


def main(arguments):
    insist_on_new_python()
    if not arguments or arguments[0] not in list(TASKS) + ["constraints"]:
        raise CannotContinue("Say what to do: " + ", ".join(sorted(TASKS)) + " or constraints.")
    if arguments[0] == "constraints":
        constraints(arguments[1:])
        return
    extras, command = TASKS[arguments[0]]
    prepare(extras)
    run(command(arguments[1:]))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotContinue as problem:
        sys.exit(str(problem))
    except KeyboardInterrupt:
        sys.exit("Interrupted: run the same command again, and it starts afresh.")
    except OSError as error:  # a full disk, a folder that may not be written
        sys.exit("The environment could not be made ready: %s" % error)
