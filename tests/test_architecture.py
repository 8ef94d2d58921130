"""Imports point one way, maths knows nothing of drawing, and every import is declared."""

import ast
import re
import subprocess
import sys
import tomllib
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "pedagogy"

ARROWS = {  # module (a file or a folder) -> what it may import of ours
    "__init__": "locale progress",
    "require": "",
    "disk": "",
    "locale": "",
    "chat": "",
    "front_end": "",
    "progress": "",
    "show": "",
    "maths": "require",
    "stories": "require",
    "explorer": "front_end locale progress require",
    "tokenizer": "stories require",
    "policy": "maths stories tokenizer chat disk require locale progress",
    "human": "maths stories chat require disk",
    "labels": "human require disk front_end",
    "training": "policy disk require",
    "reward_model": "maths training policy tokenizer disk require locale progress",
    "rlhf": "maths training policy require",
    "dpo": "maths training policy require",
    "compare": "maths training policy human require",
    "critic": "policy require",
    "pretrained": "policy require",
    "checks": "",  # with right answers of its own: a learner may replace the package's
    "explore": "maths policy pretrained reward_model rlhf dpo compare human stories tokenizer "
    "explorer locale progress require training",
}
ONLY_IN = {  # what only some modules may know of the world outside
    "matplotlib": "explorer explore",
    "ipywidgets": "explorer explore",
    "anywidget": "explorer explore labels",
    "transformers": "tokenizer policy pretrained reward_model",
    "peft": "policy",
}


def imports(package):
    """All (importing module, imported name) of a package, such as ("policy", "pedagogy.require").

    Modules are counted by the first part of their path: policy/model.py belongs to "policy".
    """
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package).with_suffix("").parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for name in imported_names(node, (package.name, *parts)):
                yield parts[0], name


def imported_names(node, module):
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = ".".join([*module[: -node.level], *filter(None, [node.module])]) if node.level else None
    base = base or node.module
    if base == module[0]:  # from pedagogy import require
        return [f"{base}.{alias.name}" for alias in node.names]
    return [base]


def violations(package):
    found = []
    for module, name in imports(package):
        top, _, rest = name.partition(".")
        if top == package.name:
            target = rest.partition(".")[0]
            if target != module and target not in ARROWS.get(module, "").split():
                found.append(f"{module} must not import {target}")
        elif module not in ONLY_IN.get(top, module).split():
            found.append(f"{module} must not know {top}")
    return found


def test_imports_point_one_way():
    assert violations(PACKAGE) == []
    list(TopologicalSorter({m: a.split() for m, a in ARROWS.items()}).static_order())


def test_every_module_has_its_place():
    names = {path.stem for path in PACKAGE.iterdir() if (path / "__init__.py").exists()}
    names |= {path.stem for path in PACKAGE.glob("*.py")} - {"__init__"}
    assert names <= ARROWS.keys()


def test_the_package_itself_loads_nothing_of_others():
    ask = "import pedagogy, sys; print({'torch', 'transformers', 'IPython'} & {*sys.modules})"
    assert subprocess.check_output([sys.executable, "-c", ask], text=True) == "set()\n"


def test_every_import_is_declared():
    with open(ROOT / "pyproject.toml", "rb") as file:
        project = tomllib.load(file)["project"]
    lines = project["dependencies"] + project["optional-dependencies"]["real"]
    declared = {re.match(r"[\w-]+", line)[0].lower() for line in lines}
    tops = {name.partition(".")[0] for _, name in imports(PACKAGE)}
    outside = tops - sys.stdlib_module_names - {"pedagogy"}
    names = packages_distributions()
    missing = {top for top in outside if not declared & {name.lower() for name in names[top]}}
    assert missing == set()


@pytest.mark.parametrize(
    "path, line, violation",
    [
        ("stories.py", "import pedagogy.human", "stories must not import human"),
        ("stories.py", "from pedagogy import require, human", "stories must not import human"),
        ("policy/model.py", "from ..explore import words", "policy must not import explore"),
        ("policy/model.py", "from .. import checks", "policy must not import checks"),
        (
            "maths.py",
            "def f():\n    from .checks.engine import check",
            "maths must not import checks",
        ),
        ("maths.py", "import matplotlib.pyplot as plt", "maths must not know matplotlib"),
        ("human.py", "from transformers import GPT2Config", "human must not know transformers"),
    ],
)
def test_a_wrong_import_is_named(tmp_path, path, line, violation):
    file = tmp_path / "pedagogy" / path
    file.parent.mkdir(parents=True)
    file.write_text(line)
    assert violation in violations(tmp_path / "pedagogy")


@pytest.mark.parametrize(
    "path, line",
    [
        ("policy/model.py", "import transformers\nfrom . import logps\nfrom .logps import pad"),
        ("policy/model.py", "from pedagogy.policy.logps import pad\nfrom ..tokenizer import x"),
        ("human.py", "import json\nfrom pedagogy import maths, require"),
    ],
)
def test_right_imports_are_let_through(tmp_path, path, line):
    file = tmp_path / "pedagogy" / path
    file.parent.mkdir(parents=True)
    file.write_text(line)
    assert violations(tmp_path / "pedagogy") == []
