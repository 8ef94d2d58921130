"""What the README says can be run."""

import re
from pathlib import Path

import pytest

from pedagogy.human import label_pairs, write_preferences
from pedagogy.policy import load_policy, response_logps
from pedagogy.reward_model import collect_pairs
from pedagogy.stories import openings

README = Path(__file__).parents[1] / "README.md"


@pytest.mark.training
def test_your_own_pairs_your_own_model(tmp_path, monkeypatch, capsys):
    """Shortened trainings; what is saved at the end speaks otherwise than the storyteller."""
    monkeypatch.chdir(tmp_path)
    storyteller = load_policy("cpu")
    pairs = label_pairs(*collect_pairs(storyteller, openings(40, seed=1), seed=1), seed=1)
    write_preferences("my_pairs.jsonl", pairs)
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.S)
    exec(code.replace("iterations=10", "iterations=1").replace("steps=64", "steps=2"), {})
    table = capsys.readouterr().out
    assert "RLHF" in table and "DPO" in table and "true reward" not in table
    mine = load_policy("cpu", folder="my_policy")
    one = [["once upon a"], [" time"]]
    assert response_logps(mine, *one).item() != response_logps(storyteller, *one).item()
