"""What all trainings share; that a saved run goes on is in test_rlhf and test_dpo."""

import copy
import itertools
import math
import signal

import numpy as np
import pytest
import torch

from pedagogy import dpo, rlhf
from pedagogy.human import Preference
from pedagogy.policy import load_policy, save_policy
from pedagogy.reward_model import new_reward_model, save_reward_model
from pedagogy.training import (
    LossGuard,
    all_or_nothing,
    batches,
    save_run,
    steps_per_epoch,
    uninterrupted,
)
from pedagogy.training.rows import enough_memory
from pedagogy.training.run import FILE

POLICY = load_policy("cpu")


def test_each_epoch_has_every_pair_once_beside_pairs_of_like_length():
    lengths = torch.tensor([9, 5, 7, 5, 9, 7, 9])
    plan = list(itertools.islice(batches(lengths, batch_size=3, seed=0), 12))
    assert steps_per_epoch(7, 3) == 3
    for i in (0, 3, 6, 9):
        epoch = plan[i : i + 3]
        assert sorted(map(len, epoch)) == [2, 2, 3]
        assert sorted(torch.cat(epoch).tolist()) == list(range(7))
        spans = sorted((lengths[rows].min().item(), lengths[rows].max().item()) for rows in epoch)
        assert all(one[1] <= other[0] for one, other in itertools.pairwise(spans))
    assert any(plan[i].tolist() != plan[i + 3].tolist() for i in range(3))


def test_of_many_pairs_others_meet_in_the_next_epoch():
    """600 lengths, all different, two a batch: strictly sorted, the same two would always meet."""
    plan = batches(torch.arange(600), batch_size=2, seed=0)
    epochs = [[tuple(sorted(next(plan).tolist())) for _ in range(300)] for _ in range(2)]
    assert all(sorted(sum(epoch, ())) == list(range(600)) for epoch in epochs)
    assert len(set(epochs[0]) & set(epochs[1])) < 250
    assert sum(b - a for a, b in epochs[0]) / 300 < 3  # and still of like length


@pytest.mark.parametrize(
    "seed, error", [(2**70, ValueError), (-1, ValueError), (math.nan, TypeError), (True, TypeError)]
)
def test_a_seed_that_is_none_is_said(seed, error):
    with pytest.raises(error, match="seed is"):
        rlhf.new_run(POLICY, seed=seed)
    with pytest.raises(error, match="seed is"):
        dpo.new_run(POLICY, seed=seed)


def test_a_seed_of_numpy_s_is_the_same_seed():
    numpys, ours = (rlhf.new_run(POLICY, seed=seed).generator for seed in (np.int64(7), 7))
    assert torch.equal(numpys.get_state(), ours.get_state())


# the guard


def trained(steps):
    """One weight that Adam moves, its optimiser, and a record of what it was before each step."""
    weight = torch.nn.Parameter(torch.zeros(1))
    optimiser, record = torch.optim.Adam([weight], lr=0.5), []
    for _ in range(steps):
        record.append(weight.item())
        weight.grad = torch.ones(1)
        optimiser.step()
    return weight, optimiser, record


def test_everything_comes_back_when_the_loss_explodes():
    """Best at step 11 of 14: the weight, Adam's moments and the record are those of before it."""
    weight, optimiser, record = trained(0)
    guard = LossGuard("policy", optimiser, 0.5, record)
    for step, loss in enumerate([0.69] + [0.6] * 9 + [0.5, 0.5, 3.0], start=1):
        guard.check(step, loss)
        if step == 11:
            memory = copy.deepcopy(optimiser.state_dict()), weight.item()
        record.append(step)
        weight.grad = torch.ones(1)
        optimiser.step()
    with pytest.raises(ValueError, match=r"learning_rate is 0.5, .* by step 14 .* before step 11"):
        guard.check(14, 30.0)
    assert record == list(range(1, 11))
    now = optimiser.state_dict()["state"][0], weight.item()
    assert now == (memory[0]["state"][0], memory[1])
    assert now[0]["step"].item() == 10


def test_numbers_that_are_not_finite_are_said_before_any_training():
    guard = LossGuard("policy", trained(0)[1], learning_rate=0.5)
    with pytest.raises(ValueError, match="policy gives nan or inf, before any training"):
        guard.check(1, 0.5, math.nan)


def test_a_full_memory_is_said_of_the_cpu_too_and_other_errors_are_not_hidden():
    with pytest.raises(MemoryError, match="batch_size is 8, but .* try half of it"):
        with enough_memory(batch_size=8):
            torch.empty(2**60)
    with pytest.raises(RuntimeError, match="size"):
        with enough_memory(batch_size=8):
            torch.ones(2) @ torch.ones(3)


# all or nothing


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_a_block_that_fails_changes_nothing(error):
    weight, optimiser, record = trained(2)
    generator = torch.Generator().manual_seed(0)
    before = copy.deepcopy((weight, optimiser.state_dict(), record)), generator.get_state()
    with pytest.raises(error), all_or_nothing(optimiser, [generator], record):
        weight.grad = torch.ones(1)
        optimiser.step()
        torch.rand(1, generator=generator)
        record.append(3)
        raise error
    assert (weight, optimiser.state_dict(), record) == before[0]
    assert torch.equal(generator.get_state(), before[1])
    with all_or_nothing(optimiser, [generator], record):
        record.append(3)
    assert len(record) == 3


def test_an_interrupt_is_heard_at_the_end_of_what_must_not_be_interrupted():
    done = []
    with pytest.raises(KeyboardInterrupt), uninterrupted():
        signal.raise_signal(signal.SIGINT)
        done.append("all of it")
    assert done
    with pytest.raises(KeyboardInterrupt):  # and afterwards at once, as ever
        signal.raise_signal(signal.SIGINT)


# runs on disk


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
    before = contents(tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))  # no file may be larger
    try:
        with pytest.raises(OSError, match="cannot be written to: .* What was saved there before"):
            save(made, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert contents(tmp_path) == before


def contents(folder):
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a run of DPO, a step of which is done, and what is in its file."""
    run = dpo.new_run(load_policy("cpu"))
    list(dpo.fit(run, [Preference("once upon a", " time", " banana")], beta=0.1, steps=1))
    folder = tmp_path_factory.mktemp("run")
    save_run(run, folder)
    return folder, torch.load(folder / FILE, weights_only=True)


def at(path, value):
    """A change of what is saved: under these keys stands this value; ... takes it out."""

    def change(saved):
        *first, last = path
        for key in first:
            saved = saved[key]
        if value is ...:
            del saved[last]
        else:
            saved[last] = value

    return change


WEIGHT = "transformer.wpe.weight"


@pytest.mark.parametrize(
    "change, said",
    [
        (at(["seed"], ...), "of another method"),
        (at(["seed"], "0"), "seed is a str there and a int here"),
        (at(["policy", WEIGHT], ...), f"policy does not fit .* {WEIGHT} is nothing there"),
        (at(["policy", WEIGHT], torch.zeros(64, 32)), r"\(64, 32\) .* there and \(64, 64\)"),
        (at(["reference", WEIGHT], torch.zeros(64, 64).half()), "reference .* torch.float16"),
        (at(["reference"], 3), "reference does not fit"),
        (at(["optimiser", "state"], {}), "optimiser's memory"),
        (at(["optimiser", "state", 0, "exp_avg"], ...), "optimiser's memory"),
        (at(["optimiser", "state", 0, "exp_avg"], torch.zeros(3)), "optimiser's memory"),
        (at(["optimiser"], None), "optimiser's memory"),
        (at(["optimiser", "param_groups", 0, "lr"], "fast"), r"learning rates are \['fast'\]"),
        (at(["optimiser", "param_groups", 0, "lr"], math.nan), "learning rates are"),
        (at(["steps", 0, "loss"], ...), "record is of another version"),
        (at(["steps", 0, "loss"], "0.1"), "record is of another version"),
        (at(["steps", 0, "pull"], 0.1), "record is of another version"),
        (at(["steps"], 7), "record is of another version"),
    ],
)  # fmt: skip
def test_a_run_that_does_not_fit_is_said_and_the_policy_left_alone(saved, tmp_path, change, said):
    contents = copy.deepcopy(saved[1])
    change(contents)
    torch.save(contents, tmp_path / FILE)
    policy = load_policy("cpu")
    before = copy.deepcopy(policy.model.state_dict())
    with pytest.raises(ValueError, match=said):
        dpo.load_run(tmp_path, policy)
    assert all(torch.equal(w, before[name]) for name, w in policy.model.state_dict().items())


def halved(data):
    return data[: len(data) // 2]


def flipped(data):
    """One bit of a weight in the middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


class Evil:
    def __reduce__(self):
        return print, ("this must not run",)


@pytest.mark.parametrize("damage", [halved, flipped, lambda _: b"", lambda _: b"PK\x03\x04 no"])
def test_a_damaged_file_is_said(saved, tmp_path, damage):
    (tmp_path / FILE).write_bytes(damage((saved[0] / FILE).read_bytes()))
    with pytest.raises(ValueError, match="its run.pt is damaged"):
        dpo.load_run(tmp_path, load_policy("cpu"))


@pytest.mark.parametrize("contents", [Evil(), [1, 2]], ids=["code", "a list"])
def test_a_file_of_something_else_is_said_and_runs_no_code(tmp_path, contents, capsys):
    torch.save(contents, tmp_path / FILE)
    with pytest.raises(ValueError, match="its run.pt is damaged"):
        dpo.load_run(tmp_path, load_policy("cpu"))
    assert not capsys.readouterr().out


def test_a_folder_without_a_run_and_one_of_an_earlier_version(tmp_path):
    with pytest.raises(FileNotFoundError, match="it has no run.pt.$"):
        dpo.load_run(tmp_path, POLICY)
    (tmp_path / "run.safetensors").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match="run.safetensors is of an earlier version"):
        dpo.load_run(tmp_path, POLICY)


def test_the_draft_of_a_killed_process_is_cleared(tmp_path):
    (tmp_path / f"{FILE}.draft").write_bytes(b"half of a ru")
    save_run(dpo.new_run(POLICY), tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [FILE]
