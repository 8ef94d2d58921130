"""What all trainings share; saved runs are in test_rlhf and test_dpo."""

import itertools
import math

import pytest
import torch

from pedagogy import dpo, rlhf
from pedagogy.policy import load_policy, save_policy
from pedagogy.reward_model import new_reward_model, save_reward_model
from pedagogy.training import BestSoFar, reading_plan, steps_a_reading


def test_each_reading_has_every_pair_once_beside_pairs_of_like_length():
    lengths = torch.tensor([9, 5, 7, 5, 9, 7, 9])
    plan = list(itertools.islice(reading_plan(lengths, batch_size=3, seed=0), 12))
    assert steps_a_reading(7, 3) == 3
    for i in (0, 3, 6, 9):
        batches = plan[i : i + 3]
        assert sorted(map(len, batches)) == [2, 2, 3]
        assert sorted(torch.cat(batches).tolist()) == list(range(7))
        spans = sorted((lengths[rows].min().item(), lengths[rows].max().item()) for rows in batches)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert any(plan[i].tolist() != plan[i + 3].tolist() for i in range(3))


def test_the_best_weights_come_back_when_the_loss_explodes():
    weights = torch.nn.Parameter(torch.zeros(2))
    best = BestSoFar("policy", [weights], learning_rate=0.5)
    zero = torch.zeros(3)

    def loss(chosen, rejected):
        return (rejected - chosen).exp().mean() * math.log(2)

    assert best.watch(1, loss, zero, zero).item() == pytest.approx(math.log(2))
    weights.data.fill_(7.0)
    best.watch(2, loss, zero + 1, zero)  # better: these are worth keeping
    weights.data.fill_(99.0)
    with pytest.raises(ValueError, match=r"learning_rate is 0.5, .* weights from before step 2"):
        best.watch(3, loss, zero, zero + 10)
    assert weights.tolist() == [7.0, 7.0]


def test_numbers_that_are_not_finite_are_said_before_any_training():
    best = BestSoFar("policy", [], learning_rate=0.5)
    with pytest.raises(ValueError, match="policy gives nan or inf"):
        best.watch(1, None, torch.tensor([math.nan]), torch.zeros(1))


POLICY = load_policy("cpu")


@pytest.mark.parametrize(
    "save, made",
    [
        (save_policy, POLICY),
        (save_reward_model, new_reward_model(POLICY)),
        (rlhf.save_run, rlhf.new_run(POLICY)),
        (dpo.save_run, dpo.new_run(POLICY)),
    ],
    ids=["policy", "reward model", "rlhf", "dpo"],
)
def test_a_full_disk_is_said_and_leaves_what_was_saved_before(tmp_path, save, made):
    resource = pytest.importorskip("resource", reason="Windows has no limits on files")
    save(made, tmp_path)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # no file may be larger
    try:
        with pytest.raises(OSError, match="cannot be written to: .* What was saved there before"):
            save(made, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
