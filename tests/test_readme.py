"""What README and the guide for teachers say can be run."""

import ast
import re
from pathlib import Path

import pytest
import scipy.stats
from test_many_models import PAIRS, tiny
from torch.nn.functional import logsigmoid

from pedagogy.human import label_pairs, write_preferences
from pedagogy.policy import load_policy, response_logps, save_policy
from pedagogy.pretrained import load_pretrained
from pedagogy.reward_model import collect_pairs
from pedagogy.stories import openings

ROOT = Path(__file__).parents[1]
README, GUIDE = ROOT / "README.md", ROOT / "docs" / "teaching.md"


def snippets(path):
    return re.findall(r"```python\n(.*?)```", path.read_text("utf-8"), flags=re.S)


@pytest.mark.slow
def test_your_own_pairs_your_own_model(tmp_path, monkeypatch, capsys):
    """Shortened trainings; what is saved at the end speaks otherwise than the storyteller."""
    monkeypatch.chdir(tmp_path)
    storyteller = load_policy("cpu")
    pairs = label_pairs(*collect_pairs(storyteller, openings(40, seed=1), seed=1), seed=1)
    write_preferences("my_pairs.jsonl", pairs)
    _, code = snippets(README)
    exec(code.replace("iterations=10", "iterations=1").replace("steps=64", "steps=2"), {})
    table = capsys.readouterr().out
    assert "RLHF" in table and "DPO" in table and "true reward" not in table
    mine = load_policy("cpu", folder="my_policy")
    one = [["once upon a"], [" time"]]
    assert response_logps(mine, *one).item() != response_logps(storyteller, *one).item()


@pytest.mark.slow
def test_any_model_and_your_pairs_in_five_lines(tmp_path, monkeypatch):
    """A tiny Llama in a folder in the place of the model on the Hub; imports as the other block."""
    monkeypatch.chdir(tmp_path)
    save_policy(tiny("Llama"), "base")
    write_preferences("my_pairs.jsonl", PAIRS)
    five, course = snippets(README)
    imports = course.partition("\n\n")[0]
    assert len(five.splitlines()) == 5
    names = {}
    exec(imports + "\n" + five.replace("HuggingFaceTB/SmolLM2-135M-Instruct", "base"), names)
    again = load_pretrained("my_adapter", device="cpu")
    texts = ["Once"], [" upon"]
    assert response_logps(again, *texts).item() == response_logps(names["policy"], *texts).item()
    assert names["losses"][-1] < names["losses"][0]


@pytest.mark.slow
def test_another_taste(capsys):
    """Shortened; the table speaks of the taste that was asked for."""
    (code,) = [code for code in snippets(GUIDE) if "Taste" in code]
    space = {}
    exec(code.replace("1000", "40").replace("128", "8").replace("steps=64", "steps=1"), space)
    assert space["likes"]("once upon a time .", " banana banana banana .") < 4
    assert re.search(r"true reward.*\n.*\n?.*before.*\n.*DPO", capsys.readouterr().out)


def test_another_grammar(capsys):
    (code,) = [code for code in snippets(GUIDE) if "grammar" in code]
    exec(code.replace("steps=100", "steps=2"), {})
    reached, least = re.findall(r"\d+\.\d\d", capsys.readouterr().out)[:2]
    entropy = scipy.stats.entropy([3, 1]) + 2 * scipy.stats.entropy([2, 1])
    words = len("once a robot missed the bus . the robot laughed . <end>".split())
    assert float(reached) > float(least) == pytest.approx(entropy / words, abs=0.005)


def test_the_test_cell_for_otter():
    """Otter keeps the cell's function alone, and gives it what bears its arguments' names."""
    (cell,) = [code for code in snippets(GUIDE) if "assert" in code]
    function, call = ast.parse(cell).body
    space = {}
    exec(ast.unparse(function), space)
    test = space[function.name]
    assert ast.unparse(call) == f"{function.name}({ast.unparse(function.args)})"
    test(lambda a, b, ref_a, ref_b, beta: -logsigmoid(beta * (a - b - ref_a + ref_b)).mean())
    with pytest.raises(AssertionError, match="^Not yet: the reference is not used."):
        test(lambda a, b, ref_a, ref_b, beta: -logsigmoid(beta * (a - b)).mean())


def test_the_guide_points_at_headings_and_sliders_that_are_there():
    """Line by line: a notebook's number, and after it *headings* and explorers of that notebook."""
    notebooks = {path.name[:2]: path for path in (ROOT / "notebooks").glob("*.ipynb")}
    pattern = r"\b(0\d)\b|(?<!\*)\*([A-Z][^*→]+)\*|`(explore_\w+)`"
    asked = 0
    for line in GUIDE.read_text("utf-8").splitlines():
        cells = ""
        for number, heading, explorer in re.findall(pattern, line):
            if number:
                cells = notebooks[number].read_text("utf-8")
            else:
                assert f'"## {heading}' in cells or explorer and f"{explorer}(" in cells, (
                    line,
                    heading,
                )
                asked += 1
    assert asked > 40
