"""LoRA: the network is frozen, and each of its linear layers learns a small correction, by peft."""

import copy
import warnings

import torch

from pedagogy import require
from pedagogy.policy.network import require_policy

LORA = "lora_"  # in the names of all weights that an adapter adds
BASE = "base"  # beside them, in a saved run: a check sum of the weights that they were added to


def add_lora(policy, *, rank=8, alpha=16, seed=0):
    """Freeze the policy's weights and give it an adapter to be trained instead; the policy again.

        W x  becomes  W x + (α / r) B A x,   A (r, in) small and random, B (out, r) zero

    in every linear layer but the last: nothing changes before the first step. Both trainings then
    learn A and B only, their reference is the same network with the adapter off, and save_policy
    writes the adapter alone. The same A from the same seed. Hu et al. 2021.

    ValueError: a policy that has an adapter. ModuleNotFoundError: no peft.
    """
    require_policy(policy)
    require.count(rank=rank)
    require.positive(alpha=alpha)
    if has_adapter(policy.model):
        raise ValueError("policy has an adapter already: train that one, or load the model anew.")
    try:
        from peft import LoraConfig
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "LoRA needs the package peft, which is not installed: pip install peft."
        ) from None
    settings = LoraConfig(r=rank, lora_alpha=alpha, target_modules="all-linear")
    with torch.random.fork_rng(devices=[]), warnings.catch_warnings():
        torch.default_generator.manual_seed(require.seed(seed=seed))  # A is made on the CPU
        warnings.filterwarnings("ignore", "fan_in_fan_out")  # of GPT-2, and set right by peft
        policy.model.add_adapter(settings)
    return policy


def has_adapter(network):
    """Whether any weight of the network is an adapter's, a bool."""
    return any(LORA in name for name, _ in network.named_parameters())


def trained_weights(network):
    """The weights that a training may change: list. ValueError: all of them are frozen."""
    weights = [weight for weight in network.parameters() if weight.requires_grad]
    if not weights:
        raise ValueError("policy has only frozen weights: add_lora gives it some to train.")
    return weights


def copy_of_trained(network):
    """A copy of a network that shares its frozen weights, which stay in memory once."""
    frozen = {id(w): w for w in network.parameters() if not w.requires_grad}
    return copy.deepcopy(network, frozen)


def copy_of_base(network):
    """The same of the transformer without its bets, with an adapter of its own where it has one."""
    base = copy_of_trained(network.base_model)
    if has_adapter(base):  # what transformers looks at when it saves, by the names in the base
        base.peft_config, base._hf_peft_config_loaded = copy.deepcopy(network.peft_config), True
        for settings in base.peft_config.values():
            prefix = f"{network.base_model_prefix}."
            settings.target_modules = {n.removeprefix(prefix) for n in settings.target_modules}
    return base


def switch_off_unused_adapter(network):
    """An adapter that has learnt nothing yet adds zeros: without it, the same bets come sooner."""
    learnt = [weight for name, weight in network.named_parameters() if f"{LORA}B" in name]
    if learnt and not any(weight.any() for weight in learnt):
        network.disable_adapters()


def state_of(network):
    """What a run keeps: all weights, or an adapter's and a check sum of those it was added to."""
    weights = network.state_dict()
    if not has_adapter(network):
        return weights
    adapter = {name: weight for name, weight in weights.items() if LORA in name}
    return adapter | {BASE: _sum_of_bits(weights[name] for name in weights.keys() - adapter)}


def fill(network, state):
    """Put back what state_of gave."""
    weights = {name: weight for name, weight in state.items() if name != BASE}
    network.load_state_dict(weights, strict=not has_adapter(network))


def _sum_of_bits(weights):
    """A text that is another one for almost all other weights; in exact numbers, on any device."""
    whole = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}
    bits = (weight.contiguous().view(whole[weight.element_size()]).sum() for weight in weights)
    return f"weights {sum(int(one) for one in bits):x}"
