"""The hand-over: trl's DPOTrainer on two processes, held to ours on one, step by step."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_many_models import tiny

from pedagogy import dpo
from pedagogy.human import plain_pairs, write_preferences
from pedagogy.policy import save_policy

SCRIPT = Path(__file__).parent.parent / "examples" / "train_with_trl.py"


@pytest.mark.slow
def test_two_processes_of_trl_say_what_we_say_at_every_step(tmp_path):
    """gloo on the CPU; each process reads two pairs a step, and ours reads all four."""
    from dpo_vs_trl import batches  # with trl: after seconds, for which only slow tests may wait

    policy, steps = tiny("Llama"), 4
    save_policy(policy, tmp_path / "model")
    run = dpo.new_run(policy, learning_rate=1e-3)
    pairs = plain_pairs()[1][: 4 * steps]
    write_preferences(tmp_path / "pairs.jsonl", sum(batches(run, pairs, 4, steps), []))
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    subprocess.run(
        [*launch, SCRIPT, "--dataset_name", tmp_path / "pairs.jsonl", "--beta=0.1",
         "--model_name_or_path", tmp_path / "model", "--output_dir", tmp_path / "out",
         "--learning_rate=1e-3", f"--max_steps={steps}", "--per_device_train_batch_size=2",
         "--train_sampling_strategy=sequential"],
        check=True, capture_output=True,
    )  # fmt: skip
    history = json.loads((tmp_path / "out" / "trainer_state.json").read_text())["log_history"]
    theirs = [entry for entry in history if "rewards/margins" in entry]
    ours = list(dpo.fit(run, pairs, beta=0.1, steps=steps, batch_size=4))
    assert len(theirs) == steps and ours[-1].loss < ours[0].loss - 0.05
    for one, other in zip(ours, theirs, strict=True):
        assert float(other["loss"]) == pytest.approx(one.loss, abs=1e-4)
        assert float(other["rewards/margins"]) == pytest.approx(one.margin, abs=2e-4)


def test_it_can_be_read_in_one_sitting():
    assert len(SCRIPT.read_text("utf-8").splitlines()) < 60
