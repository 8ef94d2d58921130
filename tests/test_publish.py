"""What is made for the web: README's badges, copies for Colab, and the workflow that sends them."""

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PUBLISH = runpy.run_path(str(ROOT / "tools" / "publish.py"))
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
WORKFLOW = ROOT / ".github" / "workflows" / "ci.yml"


def test_readme_has_the_badges_of_the_address_in_pyproject():
    (line,) = PUBLISH["BADGES"].findall((ROOT / "README.md").read_text("utf-8"))
    assert line == PUBLISH["badges"](PUBLISH["repository"](), NOTEBOOKS[0].stem)


def test_badges_name_the_address_once_it_is_known(tmp_path, monkeypatch):
    (tmp_path / "README.md").write_text("# A\n<!-- badges -->\nold\n<!-- /badges -->\nb\n")
    settings = '[project]\n[project.urls]\nRepository = "https://github.com/us/tales/"\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    monkeypatch.setitem(PUBLISH["main"].__globals__, "ROOT", tmp_path)
    PUBLISH["main"]("badges")
    readme = (tmp_path / "README.md").read_text()
    assert readme.startswith("# A\n<!-- badges -->\n[![")
    assert readme.endswith("<!-- /badges -->\nb\n") and "old" not in readme
    addresses = re.findall(r"\]\((https:[^)]+)\)", readme)
    paths = [urlsplit(address).path for address in addresses if "svg" not in address]
    assert paths == [
        "/github/us/tales/blob/colab/01_once_upon_a_banana.ipynb",
        "/v2/gh/us/tales/HEAD",
        "/tales/",
    ]


def test_without_an_address_no_copy_is_made(monkeypatch):
    monkeypatch.setitem(PUBLISH["main"].__globals__, "repository", lambda: None)
    with pytest.raises(SystemExit, match="^No address yet: give pyproject.toml"):
        PUBLISH["main"]("colab")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_copy_for_colab_is_its_notebook_and_one_cell_that_installs(path):
    """But for links, which would lead nowhere on Colab: there they are addresses."""
    notebook = json.loads(path.read_text("utf-8"))
    copy = PUBLISH["colab_copy"](notebook, "us/tales")
    install = copy["cells"].pop(1)
    assert install["source"][-1] == "%pip install -q git+https://github.com/us/tales"
    back = re.sub(
        r"https://(?:colab.research.google.com/github/us/tales/blob/colab/"
        r"|github.com/us/tales/blob/HEAD/(?=docs)())",
        lambda link: "" if link[1] is None else "../",
        json.dumps(copy),
    )
    assert json.loads(back) == notebook
    for link in re.findall(r"blob/(?:colab|HEAD)/([^)#]+)", json.dumps(copy)):
        assert (ROOT / link).exists() or (ROOT / "notebooks" / link).exists()


@pytest.mark.slow
def test_the_workflow_is_one_that_github_reads():
    check = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "github-workflows"]
    done = subprocess.run([*check, WORKFLOW], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_the_workflow_runs_commands_that_there_are():
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    lines = [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]
    tasks = runpy.run_path(str(ROOT / "tools" / "environment.py"))["TASKS"]
    asked = re.findall(r"tools/environment\.py (\S+)", "\n".join(lines))
    assert set(asked) == {"test", "real", "site"} <= tasks.keys()
    assert ".ci/run" in lines
