"""The three lists of packages agree, and make mends what it finds broken."""

import ast
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
SCRIPT = ROOT / "tools" / "environment.py"
CONDA_NAMES = {"pytorch": "torch"}  # conda's name -> pip's, where they differ

with open(ROOT / "pyproject.toml", "rb") as file:
    PROJECT = tomllib.load(file)["project"]


# --- the three lists ----------------------------------------------------------------------------


def ranges(lines):
    """{'torch': SpecifierSet('>=2.4,<3'), ...}"""
    requirements = map(Requirement, lines)
    return {canonicalize_name(one.name): one.specifier for one in requirements}


def wanted(*extras):
    lines = list(PROJECT["dependencies"])
    for extra in extras:
        lines += PROJECT["optional-dependencies"][extra]
    return ranges(lines)


def pinned():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return ranges(line for line in lines if not line.startswith("#"))


def conda_ranges():
    lines = re.findall(r"(?m)^  - ([^\s:]+)(?:  #.*)?$", (ROOT / "environment.yml").read_text())
    found = ranges(lines[lines.index("conda-forge") + 1 :])
    return {CONDA_NAMES.get(name, name): specifier for name, specifier in found.items()}


def test_constraints_hold_one_version_of_every_direct_package_within_its_range():
    versions = pinned()
    for name, specifier in wanted("lab", "test", "grading", "real").items():
        assert name in versions, f"{name} is missing in constraints.txt: run make constraints"
        (exact,) = versions[name]
        assert exact.operator == "==" and "+" not in exact.version
        assert specifier.contains(exact.version), f"{name} {exact} is not in {specifier}"


def test_constraints_name_nothing_that_only_one_machine_needs():
    names = pinned().keys()
    assert not [name for name in names if name.startswith(("nvidia", "triton", "pedagogy"))]


def test_conda_gets_the_same_packages_in_the_same_ranges():
    conda = conda_ranges()
    assert str(conda.pop("python")) == PROJECT["requires-python"]
    del conda["pip"]
    assert conda == wanted("lab")


def test_conda_installs_the_project_itself():
    assert (ROOT / "environment.yml").read_text().endswith("  - pip:\n      - -e .\n")


def test_the_page_that_the_lab_opens_is_there():
    settings = (ROOT / "tools" / "jupyter" / "jupyter_server_config.py").read_text("utf-8")
    (page,) = re.findall('default_url = "(.*)"', settings)
    assert (ROOT / page.removeprefix("/lab/tree/")).exists()


# --- the script that makes .venv ----------------------------------------------------------------


def uv_of_the_tests(python, *arguments):
    return subprocess.call([python, "-m", "uv", *arguments])


@pytest.fixture
def script(tmp_path, monkeypatch):
    """The script as a module, in a copy of the project where no pip and no CUDA are asked for."""
    (tmp_path / "tools").mkdir()
    for name in ("tools/environment.py", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    spec = importlib.util.spec_from_file_location("environment", tmp_path / "tools/environment.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "MAKE_VENV", [*module.MAKE_VENV, "--without-pip"])
    monkeypatch.setattr(module, "warn_of_cuda", lambda: None)
    monkeypatch.setattr(module, "pip_install", None)
    monkeypatch.setattr(module, "uv_install", uv_of_the_tests)
    return module


def make_ready(script, extras="lab", root=None):
    """A .venv that looks ready, with the Python that runs the tests."""
    script.PYTHON.parent.mkdir(parents=True)
    script.PYTHON.symlink_to(sys.executable)
    script.STAMP.write_text(f"{root or script.ROOT}\n{script.fingerprint()} {extras}")


def test_an_old_python_can_read_the_script():
    ast.parse(SCRIPT.read_text(encoding="utf-8"), feature_version=(3, 7))


def test_an_old_python_says_so(script, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    with pytest.raises(SystemExit, match="^Python 3.11 or newer is needed, and .* is 3"):
        script.main("lab")


def test_make_takes_a_python_that_is_new_enough(tmp_path):
    for name, status in {"python3": 1, "python3.14": 0}.items():
        (tmp_path / name).write_text(f"#!/bin/sh\nexit {status}\n")
        (tmp_path / name).chmod(0o755)
    others = {name: value for name, value in os.environ.items() if name != "PYTHON"}
    path = os.pathsep.join([str(tmp_path), os.environ["PATH"]])
    make = ["make", "-n", "-C", ROOT, "lab"]
    said = subprocess.check_output(make, env={**others, "PATH": path}, text=True)
    assert '"python3.14" tools/environment.py lab' in said


@pytest.mark.parametrize("extras", ["lab", "lab,test", "grading,lab,test"])
def test_a_ready_environment_is_kept_as_it_is(script, extras):
    make_ready(script, extras)
    before = sorted(script.VENV.rglob("*"))
    script.prepare("lab")  # would fail if it called pip
    assert sorted(script.VENV.rglob("*")) == before


def test_a_setting_of_ruff_does_not_change_the_environment(script):
    before = script.fingerprint()
    settings = script.ROOT / "pyproject.toml"
    settings.write_text(settings.read_text().replace("line-length = 100", "line-length = 90"))
    assert script.fingerprint() == before
    settings.write_text(settings.read_text().replace("scipy>=", "scipy>"))
    assert script.fingerprint() != before


def packages(extras):
    return ("-c", "constraints.txt", "-e", f".[{extras}]")


def told(script, monkeypatch, status=0):
    """What pip and uv are asked for from now on; the status with which uv ends."""
    asked = []

    def uv_install(_python, *packages):
        asked.append(("uv", *packages))
        return status

    monkeypatch.setattr(script, "uv_install", uv_install)
    monkeypatch.setattr(script, "pip_install", lambda *packages: asked.append(("pip", *packages)))
    return asked


def of_the_tests(script):
    make_ready(script, extras="test")


def without_python(script):
    make_ready(script)
    script.PYTHON.unlink()


def moved(script):
    make_ready(script, root="elsewhere")


@pytest.mark.parametrize(
    "break_it, anew", [(of_the_tests, False), (without_python, True), (moved, True)]
)
def test_a_broken_environment_is_mended_or_made_anew(script, monkeypatch, break_it, anew):
    break_it(script)
    own = script.VENV / "own"
    own.touch()
    asked = told(script, monkeypatch)
    script.prepare("lab")
    assert own.exists() != anew
    all_of_them = packages("lab" if anew else "lab,test")  # what was there stays
    assert asked == [("pip", script.UV), ("uv", "--compile-bytecode", *all_of_them)]
    where = subprocess.check_output([script.PYTHON, "-c", "import sys; print(sys.prefix)"])
    assert where.decode().strip() == str(script.VENV)
    monkeypatch.setattr(script, "pip_install", None)
    script.prepare("lab")  # ready now


def test_where_uv_fails_pip_installs_the_same(script, monkeypatch):
    asked = told(script, monkeypatch, status=2)
    script.prepare("lab")
    assert asked[1:] == [("uv", "--compile-bytecode", *packages("lab")), ("pip", *packages("lab"))]


def test_what_is_out_of_date_is_renewed_with_all_its_extras(script, monkeypatch):
    make_ready(script, extras="lab,real")
    with open("constraints.txt", "a") as pins:
        pins.write("six==1.17.0\n")
    asked = told(script, monkeypatch)
    script.prepare("lab")
    assert asked[1:] == [("uv", "--compile-bytecode", *packages("lab,real"))]
    assert script.STAMP.read_text() == f"{script.ROOT}\n{script.fingerprint()} lab,real"


def test_uv_is_told_what_pip_is_told(monkeypatch, tmp_path):
    """As `pip config list` prints it; what the environment says, and uv's own settings, win."""
    said = """\
:env:.find-links='/own /more'
global.cert='/etc/mine.pem'
global.extra-index-url='https://a/simple https://b/simple'
global.find-links='/wheels'
install.index-url='https://mirror/simple'
global.timeout='9'"""
    told, python = tmp_path / "told", tmp_path / "python"
    pip, uv = f'cat <<"END"\n{said}\nEND', f'env >"{told}"; exit 5'
    python.write_text(f"#!/bin/sh\nif [ $2 = uv ]; then {uv}; fi\n{pip}\n")
    python.chmod(0o755)
    names = ("FIND_LINKS", "DEFAULT_INDEX", "INDEX", "INDEX_STRATEGY")
    for name in (*(f"UV_{name}" for name in names), "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/uv.pem")
    before = dict(os.environ)
    assert runpy.run_path(str(SCRIPT))["uv_install"](python, "six") == 5 and os.environ == before
    heard = dict(line.split("=", 1) for line in told.read_text().splitlines() if "=" in line)
    assert {name: heard[f"UV_{name}"] for name in names} == {
        "FIND_LINKS": "/own,/more",
        "DEFAULT_INDEX": "https://mirror/simple",
        "INDEX": "https://a/simple https://b/simple",
        "INDEX_STRATEGY": "unsafe-best-match",
    }
    assert heard["SSL_CERT_FILE"] == "/etc/uv.pem"


def test_what_was_not_finished_is_not_ready(script, monkeypatch):
    of_the_tests(script)
    monkeypatch.setattr(script, "pip_install", sys.exit)
    with pytest.raises(SystemExit):
        script.prepare("lab")
    assert not script.STAMP.exists()


@pytest.mark.parametrize("killed", [False, True])
def test_what_pip_was_killed_over_is_installed_again(script, killed):
    packages = script.VENV / "lib" / "python3.11" / "site-packages"
    for name in ("pip", "pip-26.3.dist-info", "torch", "torch-2.13.0.dist-info"):
        (packages / name).mkdir(parents=True)
    (packages / "torch-2.13.0.dist-info" / "INSTALLER").touch()
    if not killed:
        (packages / "pip-26.3.dist-info" / "INSTALLER").touch()
    script.forget_half_installed()
    torch = {"torch", "torch-2.13.0.dist-info"}
    left = {path.name for path in packages.iterdir()}
    assert left == (torch if killed else torch | {"pip", "pip-26.3.dist-info"})


def test_without_a_network_pip_says_so(monkeypatch, capfd):
    nowhere = {"CONFIG_FILE": os.devnull, "FIND_LINKS": "", "RETRIES": "1", "NO_CACHE_DIR": "1"}
    for name, value in {**nowhere, "INDEX_URL": "http://127.0.0.1:9/simple"}.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    pip_install = runpy.run_path(str(SCRIPT))["pip_install"]
    pip_install.__globals__["PYTHON"] = sys.executable
    with pytest.raises(SystemExit, match="it says why above"):
        pip_install("there-is-no-such-package")
    assert "Connection refused" in capfd.readouterr().err


@pytest.mark.parametrize(
    "known, asks",
    [
        ("Available versions: 2.14.0, 2.13.0", True),
        ("Available versions: 2.13.0+cpu, 2.13.0", False),
        ("Available versions: 2.14.0, 2.13.0\n  INSTALLED: 2.13.0", False),
        ("", False),  # no network: the installation itself will say so
    ],
)
def test_cuda_is_not_fetched_unasked(capsys, monkeypatch, tmp_path, known, asks):
    pip = tmp_path / "python"
    pip.write_text(f"#!/bin/sh\nprintf '{known}'\n")
    pip.chmod(0o755)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    warn_of_cuda = runpy.run_path(str(SCRIPT))["warn_of_cuda"]
    warn_of_cuda.__globals__["PYTHON"] = pip
    warn_of_cuda()
    assert ("3 GB" in capsys.readouterr().out) == asks


@pytest.mark.parametrize("end, of_uv", [("lowest", "lowest-direct"), ("newest", "highest")])
def test_each_end_of_the_ranges_is_tried_in_an_environment_of_its_own(
    script, monkeypatch, end, of_uv
):
    asked = []
    monkeypatch.setattr(subprocess, "call", lambda command: asked.append([*map(str, command)]) or 0)
    script.main(f"test-{end}", "torch==2.13.0")
    made, _, installed, tested = asked
    venv = made[-1]
    assert venv == str(script.ROOT / f".venv-test-{end}") and not script.VENV.exists()
    assert installed[installed.index("--resolution") + 1] == of_uv
    assert installed[-2:] == [".[lab,test]", "torch==2.13.0"]
    assert all(command[0].startswith(venv) for command in (installed, tested))
    assert tested[-2:] == ["-m", "not browser"]


def test_what_fails_at_an_end_of_the_ranges_fails(script, monkeypatch):
    monkeypatch.setattr(subprocess, "call", lambda command: 3 * ("uv" in command))
    with pytest.raises(SystemExit, match="3"):
        script.main("test-lowest")


def test_an_unknown_task_is_refused(script):
    with pytest.raises(
        SystemExit, match="^Say what to do: constraints, lab, real, test, check, site"
    ):
        script.main("lap")


def test_make_alone_lists_the_commands():
    help_text = subprocess.check_output(["make", "-C", ROOT], text=True)
    for task in runpy.run_path(str(SCRIPT))["TASKS"]:
        assert f"make {task}" in help_text
