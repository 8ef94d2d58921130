"""Runs in a notebook's kernel: packs what its cells left and showed, for tests to unpack."""

import functools
import io
import itertools
import os
import pickle
import types
from functools import partial
from pathlib import Path

import dill
import torch
from IPython import get_ipython
from traitlets import HasTraits

from pedagogy import compare, dpo, human, policy, pretrained, reward_model, rlhf, training
from pedagogy.explorer import Explorer
from pedagogy.policy import Policy
from pedagogy.policy.lora import has_adapter
from pedagogy.training.rows import rows_of

MANY = 10_000_000  # weights of a real model, or of one of its matrices
FEW = 6  # pairs and prompts


class Packer(dill.Pickler):
    """Packs a function with all that it needs, and an explorer as what it was made of."""

    def reducer_override(self, value):
        if isinstance(value, Explorer):
            make = partial(
                Explorer, alt=value.alt, live=value.live, size=value.size, narrow=value.narrow
            )
            return make, (value.compute, value.plot, value.controls)
        if isinstance(value, HasTraits | torch.optim.Optimizer):
            raise TypeError("widgets, trainings and what else belongs to a kernel stay there")
        if isinstance(value, Policy) and value.model.num_parameters() > MANY:
            if not has_adapter(value.model):
                return pretrained.load_pretrained, ()  # instead of half a gigabyte
        if isinstance(value, torch.Tensor) and value.numel() > MANY:
            raise TypeError("what a real model has learned stays in its kernel")
        return NotImplemented


def packed(value):
    """Its bytes, or why there are none."""
    file = io.BytesIO()
    try:
        Packer(file, recurse=not isinstance(value, Explorer)).dump(value)
    except Exception as error:
        if isinstance(value, Explorer):
            raise
        return f"{type(error).__name__}: {error}"
    return file.getvalue()


def pack(file):
    """Write what the cells have left, by name, and what they have shown, in order."""
    shell = get_ipython()
    values = {
        name: packed(value) if not needs_runs(value, shell.user_ns) else "it needs whole runs"
        for name, value in shell.user_ns.items()
        if name not in shell.user_ns_hidden and not isinstance(value, types.ModuleType)
    }
    shown = [packed(value) for _, value in sorted(shell.user_ns["Out"].items())]
    spared = float(os.environ.get("SPARED", 0))
    Path(file).write_bytes(pickle.dumps({"values": values, "shown": shown, "spared": spared}))


def needs_runs(value, names):
    """Whether a function trains what cells left: dill would walk through the package."""
    if not isinstance(value, types.FunctionType) or value.__module__ != "__main__":
        return False
    needed = [names.get(name) for name in value.__code__.co_names]
    needed += [one for many in needed if isinstance(many, dict) for one in many.values()]
    return any(isinstance(one, training.Run) for one in needed)


def do_less():
    """From now on, let an explorer compute and say its sentence, but draw no picture, train as
    train_less says, and let few tales stand for many, and two layers for a real model.

    All pictures were drawn and all steps taken in the first run, by the same functions.
    """
    Explorer._repr_mimebundle_ = lambda self, **_: {"text/plain": self.caption}
    Explorer.still = lambda self: self.caption
    train_less()
    reward_model.collect_pairs = repeated(reward_model.collect_pairs)
    policy.sample = written_again(policy.sample)
    policy.response_logps = scored_again(policy.response_logps)
    reward_model.score_pairs = scored_again(reward_model.score_pairs)
    reward_model.score_responses = scored_again(reward_model.score_responses)
    compare.compare = compared_on_few(compare.compare)
    pretrained.load_pretrained = shallow(pretrained.load_pretrained)


def train_less():
    """From now on, let a training end after two steps, and few pairs be held out for a test."""
    dpo.fit, reward_model.fit, rlhf.rlhf = map(begun, (dpo.fit, reward_model.fit, rlhf.rlhf))
    (train, held_out), crossed = human.plain_pairs(), human.crossed_pairs()
    human.plain_pairs = lambda: (train, held_out[:FEW])
    human.crossed_pairs = lambda: crossed[:FEW]


def begun(train):
    """The first two steps of a training."""

    @functools.wraps(train)
    def begin(*arguments, **settings):
        yield from itertools.islice(train(*arguments, **settings), 2)

    return begin


def repeated(collect):
    """Pairs to the first prompts, over and over until they are as many as the prompts."""

    @functools.wraps(collect)
    def collect_few(policy, prompts, *arguments, **settings):
        few = collect(policy, prompts[:32], *arguments, **settings)
        return tuple(list(itertools.islice(itertools.cycle(texts), len(prompts))) for texts in few)

    return collect_few


def written_again(sample):
    """Responses to the first prompts, over and over until they are as many as the prompts."""

    @functools.wraps(sample)
    def sample_few(policy, prompts, **settings):
        few = sample(policy, prompts[:32], **soon_at_an_end(settings))
        return rows_of(few, [place % len(few.prompts) for place in range(len(prompts))])

    return sample_few


def scored_again(score):
    """The scores of the first rows, over and over until they are as many as the rows."""

    @functools.wraps(score)
    def score_few(model, *lists):
        few = score(model, *(one[:32] for one in lists))
        place = torch.arange(len(lists[0])) % 32
        return tuple(part[place] for part in few) if isinstance(few, tuple) else few[place]

    return score_few


def compared_on_few(compare):
    """Policies compared on the first prompts only."""

    @functools.wraps(compare)
    def compare_few(policies, prompts, **settings):
        return compare(policies, prompts[:FEW], **soon_at_an_end(settings))

    return compare_few


def soon_at_an_end(settings):
    """The same, with a few tokens where many were asked for, as of a real model."""
    most = settings.get("max_new_tokens")
    return settings | {"max_new_tokens": min(most, FEW)} if most else settings


def load_whole_once():
    """From now on, of a real model that is loaded again most layers are missing."""
    load, calls = pretrained.load_pretrained, itertools.count()

    @functools.wraps(load)
    def load_next(*arguments, **settings):
        return (shallow(load) if next(calls) else load)(*arguments, **settings)

    pretrained.load_pretrained = load_next


def shallow(load):
    """A real model without most of its layers: it writes nonsense, and at once."""

    @functools.wraps(load)
    def load_shallow(*arguments, **settings):
        policy = load(*arguments, **settings)
        policy.model.model.layers = policy.model.model.layers[:2]
        policy.model.config.num_hidden_layers = 2
        return policy

    return load_shallow
