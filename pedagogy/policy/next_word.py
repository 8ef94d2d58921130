"""Bets on the next word."""

import torch

from pedagogy import require
from pedagogy.chat import chat_text
from pedagogy.policy.model import Policy
from pedagogy.policy.network import at_least_float32, require_policy, without_dropout
from pedagogy.tokenizer import texts_to_ids


@torch.no_grad()
def next_word_logits(policy: Policy, prompt: str):
    """Logits z of every token after the prompt, (V,); softmax(z) are the bets.

    ValueError: an unknown word, no word at all, or more words than the context holds.
    """
    require_policy(policy)
    rows = prompts_to_ids(policy, [require.text(prompt=prompt)])
    prompt_ids = torch.tensor(rows, device=policy.device)
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


def prompts_to_ids(policy, prompts):
    """Token ids of each prompt, list[list[int]]: at least one, and room for one more."""
    rows = policy.known_ids(texts_to_ids(policy.tokenizer, prompts))
    for ids in rows:
        if not ids:
            raise ValueError("prompt is empty, but it must have at least one word.")
        if len(ids) >= policy.context:
            raise ValueError(
                f"prompt has {len(ids)} tokens, but it must have fewer than the "
                f"{policy.context} the policy can read."
            )
    return rows


def one_by_one(name, read, *columns):
    """read(*columns), lists of texts; if it fails, the error says at which place of the lists."""
    try:
        return read(*columns)
    except (TypeError, ValueError):
        for place, texts in enumerate(zip(*columns, strict=True)):
            try:
                read(*([text] for text in texts))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{name}[{place}]: {error}") from None
        raise
