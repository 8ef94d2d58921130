"""The three lists of packages agree, and what stops make from working is said in one sentence."""

import ast
import json
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
    for name, specifier in wanted("lab", "test").items():
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
    page = runpy.run_path(str(SCRIPT))["FIRST_PAGE"]
    assert (ROOT / page.removeprefix("/lab/tree/")).exists()


# --- the script that makes .venv ----------------------------------------------------------------


@pytest.fixture
def script(tmp_path):
    """The script's names, in a copy of the project of which pip shall never install anything."""
    (tmp_path / "tools").mkdir()
    shutil.copy(SCRIPT, tmp_path / "tools")
    for name in ("pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    return Script(tmp_path)


class Script:
    def __init__(self, root):
        self.root = root
        self.path = root / "tools" / "environment.py"
        self.venv = root / ".venv"
        self.names = runpy.run_path(str(self.path))

    def change(self, **names):
        """Let the script's functions see other values."""
        self.names["prepare"].__globals__.update(names)

    def call(self, *arguments, **environment):
        return subprocess.run(
            [sys.executable, str(self.path), *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
        )

    def make_venv(self, extras=("lab",), **stamp):
        """A .venv that looks ready, with the Python that runs the tests."""
        python = Path(self.names["VENV_PYTHON"])
        python.parent.mkdir(parents=True)
        python.symlink_to(sys.executable)
        ready = {**self.names["stamp"](extras), **stamp}
        (self.venv / "ready.json").write_text(json.dumps(ready))


def test_an_old_python_can_read_the_script():
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.Match, ast.AsyncFunctionDef)
    for node in ast.walk(ast.parse(SCRIPT.read_text(encoding="utf-8"))):
        assert not isinstance(node, new), f"line {node.lineno}"
        if isinstance(node, ast.FunctionDef):
            assert node.returns is None and not node.args.kwonlyargs, node.name
        if isinstance(node, ast.Raise):
            assert node.cause is None, f"line {node.lineno}"


def test_an_old_python_says_so(script, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setenv("PATH", "")
    with pytest.raises(script.names["CannotContinue"]) as caught:
        script.names["insist_on_new_python"]()
    said = str(caught.value)
    assert said.startswith(f"Python 3.11 or newer is needed, this is 3.9 at {sys.executable}")
    assert "\n" not in said


def test_an_old_python_goes_on_with_a_newer_one(script, monkeypatch, tmp_path):
    newer = tmp_path / "bin" / "python3.12"
    newer.parent.mkdir()
    newer.write_text("#!/bin/sh\necho 3.12\nexit 7\n")
    newer.chmod(0o755)
    monkeypatch.setattr(sys, "version_info", (3, 9, 18))
    monkeypatch.setenv("PATH", str(newer.parent))
    script.change(python_version=lambda path: "3.12")
    with pytest.raises(SystemExit) as caught:
        script.names["insist_on_new_python"]()
    assert caught.value.code == 7


def test_a_ready_environment_is_kept_as_it_is(script):
    script.make_venv()
    before = sorted(script.venv.rglob("*"))
    script.change(pip_install=None, make_venv=None)  # calling either would fail
    script.names["prepare"](["lab"])
    assert sorted(script.venv.rglob("*")) == before


def test_an_environment_with_more_is_kept_too(script):
    script.make_venv(extras=("lab", "test"))
    script.change(pip_install=None, make_venv=None)
    script.names["prepare"](["lab"])


def test_a_ruff_setting_does_not_change_the_environment(script):
    before = script.names["fingerprint"]()
    settings = script.root / "pyproject.toml"
    settings.write_text(settings.read_text().replace("line-length = 100", "line-length = 90"))
    assert script.names["fingerprint"]() == before
    settings.write_text(settings.read_text().replace("scipy>=", "scipy>"))
    assert script.names["fingerprint"]() != before


def interrupted(script):
    script.make_venv()
    (script.venv / "installing").touch()


def without_python(script):
    script.make_venv()
    Path(script.names["VENV_PYTHON"]).unlink()


def moved(script):
    script.make_venv(root="elsewhere")


@pytest.mark.parametrize(
    "break_it, reason",
    [
        (interrupted, "its installation was interrupted"),
        (without_python, "its Python does not start"),
        (moved, "the project's folder was moved"),
    ],
)
def test_a_broken_environment_is_made_anew(script, capsys, break_it, reason):
    break_it(script)
    remains = script.venv / "remains"
    remains.touch()
    steps = []
    script.change(
        make_venv=lambda folder: (steps.append("venv"), script.venv.mkdir()),
        constraints_here=lambda folder: "constraints.txt",
        pip_install=lambda *arguments: steps.append("pip"),
    )
    script.names["prepare"](["lab"])
    assert f"Making .venv anew: {reason}." in capsys.readouterr().out
    assert steps == ["venv", "pip"] and not remains.exists()
    assert script.names["read_stamp"]() == script.names["stamp"](["lab"])
    assert not (script.venv / "installing").exists()


def test_a_missing_stamp_means_installing_into_what_is_there(script):
    script.make_venv()
    (script.venv / "ready.json").unlink()
    calls = []
    script.change(pip_install=lambda python, arguments: calls.append(arguments), make_venv=None)
    script.names["prepare"](["lab", "test"])
    assert calls[0][-2:] == ["-e", f"{script.root}[lab,test]"]
    assert script.names["read_stamp"]()["extras"] == ["lab", "test"]


def test_a_chosen_build_of_torch_is_kept(script, tmp_path, monkeypatch):
    script.make_venv()
    chosen = tmp_path / "packages" / "torch-2.9.1+cpu.dist-info"
    chosen.mkdir(parents=True)
    (chosen / "METADATA").write_text("Metadata-Version: 2.1\nName: torch\nVersion: 2.9.1+cpu\n")
    monkeypatch.setenv("PYTHONPATH", str(chosen.parent))
    path = script.names["constraints_here"](str(tmp_path / "packages"))
    assert "torch==2.9.1+cpu\n" in Path(path).read_text()


def test_no_network_is_said_in_one_sentence(script):
    script.make_venv()
    (script.venv / "ready.json").unlink()
    nowhere = "http://127.0.0.1:9/simple"
    ran = script.call(
        "lab",
        PIP_INDEX_URL=nowhere,
        PIP_EXTRA_INDEX_URL=nowhere,
        PIP_RETRIES="1",
        PIP_NO_CACHE_DIR="1",
        PIP_CONFIG_FILE=os.devnull,
        PIP_FIND_LINKS="",
    )
    assert ran.returncode == 1
    assert ran.stderr.startswith("The packages could not be fetched, because the network")
    assert ran.stderr.count("\n") == 1 and "Traceback" not in ran.stdout + ran.stderr
    assert not (script.venv / "ready.json").exists()


def test_a_python_that_cannot_make_environments_is_named(script, tmp_path):
    said = "The virtual environment was not created, because ensurepip is not available."
    (tmp_path / "venv.py").write_text(f"raise SystemExit({said!r})")  # what Debian's says
    ran = script.call("lab", PYTHONPATH=str(tmp_path))
    assert ran.returncode == 1
    assert ran.stderr.startswith("The Python at ")
    assert re.search(r"`sudo apt install python3\.\d+-venv` adds it\.\n$", ran.stderr)
    assert not script.venv.exists()


@pytest.mark.parametrize(
    "said, sentence",
    [
        ("OSError: [Errno 28] No space left on device", "The disk is full"),
        ("NewConnectionError(...)\nNo matching distribution found", "The packages could not be f"),
        ("one\nERROR: cannot resolve", "pip could not install the packages. Its last lines:\n  on"),
    ],
)
def test_what_pip_says_becomes_a_sentence(script, said, sentence):
    explained = script.names["explain_pip"](said, said)
    assert explained.startswith(sentence)
    assert str(script.root / "pip.log") in explained


def test_an_unknown_task_is_refused(script):
    ran = script.call("lap")
    assert ran.returncode == 1
    assert ran.stderr == "Say what to do: bench, lab, site, test or constraints.\n"


def test_make_alone_lists_the_commands():
    help_text = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True).stdout
    for task in ("lab", "test", "site", "bench"):
        assert f"make {task}" in help_text
