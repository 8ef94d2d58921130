"""Bets on the next word."""

import torch

from pedagogy import require
from pedagogy.chat import chat_text
from pedagogy.policy.model import Policy
from pedagogy.policy.network import at_least_float32, require_policy, without_dropout
from pedagogy.tokenizer import text_to_ids


@torch.no_grad()
def next_word_logits(policy: Policy, prompt: str):
    """Logits z of every token after the prompt, (V,); softmax(z) are the bets.

    ValueError: an unknown word, no word at all, or more words than the context holds.
    """
    require_policy(policy)
    prompt_ids = torch.tensor(
        [prompt_to_ids(policy, require.text(prompt=prompt))], device=policy.device
    )
    with without_dropout(policy.model):
        return at_least_float32(policy.model(prompt_ids).logits[0, -1])


def top_words(policy, probabilities, k=6):
    """The k likeliest next words: [(word, probability)], likeliest first; probabilities (V,)."""
    require_policy(policy)
    probabilities = require.checked("(V,)", probabilities=probabilities)
    best = probabilities.topk(min(require.count(k=k), len(probabilities)))
    words = map(policy.tokenizer.decode, best.indices.tolist())
    return list(zip(words, best.values.tolist(), strict=True))


def chat_prompt(policy, messages):
    """A chat as a prompt: the text of its messages, by the model's own chat template, str.

    messages: [{"role": "user", "content": "Tell me a tale."}, …], the last one to be answered.
    ValueError: a model without a template. TypeError: no such list.
    """
    require_policy(policy)
    return chat_text(policy.tokenizer, messages)


def prompt_to_ids(policy, prompt):
    """Token ids of one prompt, list[int]: at least one, and room for one more."""
    ids = policy.known_ids(text_to_ids(policy.tokenizer, prompt))
    if not ids:
        raise ValueError("prompt is empty, but it must have at least one word.")
    if len(ids) >= policy.context:
        raise ValueError(
            f"prompt has {len(ids)} tokens, but it must have fewer than the "
            f"{policy.context} the policy can read."
        )
    return ids
