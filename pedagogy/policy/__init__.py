"""The policy: a tiny GPT-2 that bets on the next word, writes tales, and can be asked how likely
any response is. Its functions serve every causal language model of transformers.

Weights come with the package; `python -m pedagogy.policy` makes them anew.
"""

from pedagogy.maths.language_model import next_word_distribution, per_token_logps, sequence_logps
from pedagogy.policy.logps import Batch, batch_logits, encode, response_logps
from pedagogy.policy.lora import add_lora
from pedagogy.policy.model import Policy, choose_device, load_policy, new_policy, save_policy
from pedagogy.policy.next_word import chat_prompt, next_word_logits, top_words
from pedagogy.policy.sampling import Samples, sample

__all__ = [
    "Batch",
    "Policy",
    "Samples",
    "add_lora",
    "batch_logits",
    "chat_prompt",
    "choose_device",
    "encode",
    "load_policy",
    "new_policy",
    "next_word_distribution",
    "next_word_logits",
    "per_token_logps",
    "response_logps",
    "sample",
    "save_policy",
    "sequence_logps",
    "top_words",
]
