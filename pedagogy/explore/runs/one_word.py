"""Where RLHF and DPO arrive when the answer is one word, so that the exact optimum is known.

The prompt is FIRST_PROMPT, the rewards are the human's. RLHF is told the reward of each answer
that it tries; DPO gets pairs of words, and the human's choices between them. Bets are compared on
the words alone, made to sum to 1: a choice cannot be between END and PAD.
"""

from dataclasses import dataclass

import torch

from pedagogy import dpo
from pedagogy.human import Preference, true_reward
from pedagogy.maths.bradley_terry import bradley_terry_probability
from pedagogy.maths.divergence import kl_divergence
from pedagogy.maths.optimum import optimal_policy
from pedagogy.policy import load_policy, next_word_logits
from pedagogy.rlhf import new_run, rlhf
from pedagogy.stories import FIRST_PROMPT, WORDS

BETAS = (0.25, 0.5, 1.0, 2.0, 4.0)
SEEDS = (0, 1, 2)
RATES = (1e-3, 2e-4)  # first quickly, then carefully
PAIRS = 20_000
SHOWN = 6  # words, the likeliest ones


@dataclass
class Words:
    """All one-word answers: token ids, the reference's bets, and rewards, (K,) each, on the CPU."""

    ids: torch.Tensor
    reference: torch.Tensor
    rewards: torch.Tensor

    @property
    def likeliest(self):
        """The indices of the words that are shown: those the reference bets on most."""
        return self.reference.argsort(descending=True)[:SHOWN]

    def bets(self, policy):
        """The policy's bets on the words, (K,), as if END and PAD could not be said."""
        return _bets(policy, self.ids)

    def optimum(self, beta):
        """The best bets there are at this beta, (K,)."""
        return optimal_policy(self.reference, self.rewards, beta)


def all_words(policy):
    """Words, with this policy as the reference."""
    ids = torch.tensor(policy.tokenizer.convert_tokens_to_ids(list(WORDS)))
    rewards = torch.tensor([true_reward(FIRST_PROMPT, word) for word in WORDS])
    return Words(ids, _bets(policy, ids), rewards)


def _bets(policy, ids):
    return next_word_logits(policy, FIRST_PROMPT).cpu()[ids].softmax(-1)


def measure():
    """All runs: {"betas", "seeds", "words", "runs": [run, …]}."""
    words, runs = all_words(load_policy("cpu")), []
    for seed in SEEDS:
        for method in METHODS:
            for beta in BETAS:
                runs.append(one_run(method, beta, seed))
                print(runs[-1])
    return {
        "betas": BETAS,
        "seeds": SEEDS,
        "words": [WORDS[i] for i in words.likeliest.tolist()],
        "runs": runs,
    }


def one_run(method, beta, seed):
    """Train the storyteller by "RLHF" or "DPO"; how far it comes, and how near to the optimum."""
    policy = load_policy("cpu")
    words = all_words(policy)
    METHODS[method](policy, words, beta, seed)
    bets = words.bets(policy)
    return {
        "method": method,
        "beta": beta,
        "seed": seed,
        "true_reward": round(float(bets @ words.rewards), 4),
        "kl": round(float(kl_divergence(bets, words.reference)), 4),
        "distance": round(float(kl_divergence(bets, words.optimum(beta))), 5),
        "bets": [round(bet, 4) for bet in bets[words.likeliest].tolist()],
    }


def train_rlhf(policy, words, beta, seed):
    """Forty iterations of 256 answers, the last fifteen with small steps."""
    rewards = torch.full((len(policy.tokenizer),), -2.0)  # END and PAD: as bad as the worst word
    rewards[words.ids] = words.rewards
    run = new_run(policy, seed=seed)
    for run.learning_rate, iterations in zip(RATES, (25, 15), strict=True):
        for _ in rlhf(
            run,
            lambda samples: rewards[samples.input_ids[:, -1]],
            [FIRST_PROMPT],
            beta=beta,
            iterations=iterations,
            batch_size=256,
            minibatches=1,
            max_new_tokens=1,
        ):
            pass


def train_dpo(policy, words, beta, seed):
    """Nearly three epochs of all pairs, 256 at a time, the last one with small steps."""
    quick, careful = RATES
    run = dpo.new_run(policy, learning_rate=quick, seed=seed)
    pairs = judged_pairs(words, PAIRS, seed)
    for step in dpo.fit(run, pairs, beta=beta, steps=220, batch_size=256, max_new_tokens=1):
        if step.number == 160:
            run.learning_rate = careful


def judged_pairs(words, n, seed):
    """n choices between two different words, list[Preference].

    Each word is drawn as often as the reference says it, or, in half of the draws, evenly from
    all: a word that stands in no pair would teach nothing.
    """
    generator = torch.Generator().manual_seed(seed)
    even = torch.full_like(words.reference, 1 / len(words.reference))
    chances = (words.reference + even) / 2
    a, b = torch.multinomial(chances.expand(2 * n, -1), 2, replacement=True, generator=generator).T
    different = (a != b).nonzero()[:n, 0]
    a, b = a[different], b[different]
    a_wins = bradley_terry_probability(words.rewards[a], words.rewards[b])
    wins = torch.rand(n, generator=generator) < a_wins
    chosen, rejected = torch.where(wins, a, b).tolist(), torch.where(wins, b, a).tolist()
    return [
        Preference(FIRST_PROMPT, f" {WORDS[c]}", f" {WORDS[r]}")
        for c, r in zip(chosen, rejected, strict=True)
    ]


METHODS = {"RLHF": train_rlhf, "DPO": train_dpo}
