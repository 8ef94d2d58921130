"""What the README says can be run."""

import re
from pathlib import Path

import pytest
from test_many_models import PAIRS, tiny

from pedagogy.human import label_pairs, write_preferences
from pedagogy.policy import load_policy, response_logps, save_policy
from pedagogy.pretrained import load_pretrained
from pedagogy.reward_model import collect_pairs
from pedagogy.stories import openings

README = Path(__file__).parents[1] / "README.md"
BLOCKS = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), flags=re.S)


@pytest.mark.training
def test_your_own_pairs_your_own_model(tmp_path, monkeypatch, capsys):
    """Shortened trainings; what is saved at the end speaks otherwise than the storyteller."""
    monkeypatch.chdir(tmp_path)
    storyteller = load_policy("cpu")
    pairs = label_pairs(*collect_pairs(storyteller, openings(40, seed=1), seed=1), seed=1)
    write_preferences("my_pairs.jsonl", pairs)
    exec(BLOCKS[1].replace("iterations=10", "iterations=1").replace("steps=64", "steps=2"), {})
    table = capsys.readouterr().out
    assert "RLHF" in table and "DPO" in table and "true reward" not in table
    mine = load_policy("cpu", folder="my_policy")
    one = [["once upon a"], [" time"]]
    assert response_logps(mine, *one).item() != response_logps(storyteller, *one).item()


def test_any_model_and_your_pairs_in_five_lines(tmp_path, monkeypatch):
    """A tiny Llama in a folder in the place of the model on the Hub; imports as the other block."""
    monkeypatch.chdir(tmp_path)
    save_policy(tiny("Llama"), "base")
    write_preferences("my_pairs.jsonl", PAIRS)
    five, imports = BLOCKS[0], BLOCKS[1].partition("\n\n")[0]
    assert len(five.splitlines()) == 5
    names = {}
    exec(imports + "\n" + five.replace("HuggingFaceTB/SmolLM2-135M-Instruct", "base"), names)
    again = load_pretrained("my_adapter", device="cpu")
    texts = ["Once"], [" upon"]
    assert response_logps(again, *texts).item() == response_logps(names["policy"], *texts).item()
    assert names["losses"][-1] < names["losses"][0]
