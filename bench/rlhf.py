"""How long from labels to a tuned policy, and how much of that is our own doing?

    python bench/rlhf.py [--quick]

First the whole line, by phase. Then one iteration of RLHF in turn with two others that handle the
same stories: the bare operations (the same sampling steps, forward and backward passes, nothing
else), and the plain way (transformers' generate, a forward pass for each quantity, AdamW).
"""

import argparse
import copy
import resource
import statistics
import time

import torch

from pedagogy import maths
from pedagogy.human import label_pairs, true_reward
from pedagogy.policy import batch_logits, load_policy, per_token_logps, sample
from pedagogy.policy.logps import positions
from pedagogy.reward_model import centre, collect_pairs, fit, new_reward_model, scores
from pedagogy.rlhf import new_run, rlhf
from pedagogy.rlhf.experience import logps_and_values
from pedagogy.stories import openings

EPOCHS, MINIBATCHES = 2, 2  # as rlhf has them


def whole_line(labels, iterations):
    """Print the seconds of each phase and what came of it; the judge, for what follows."""
    policy = load_policy("cpu")
    start = time.perf_counter()
    prompts, a, b = collect_pairs(policy, openings(labels, seed=0), seed=0)
    preferences = label_pairs(prompts, a, b, seed=0)
    labelled = time.perf_counter()
    reward_model = new_reward_model(policy)
    for _ in fit(reward_model, preferences):
        pass
    centre(reward_model, prompts[:200], a[:200])
    taught = time.perf_counter()
    run = new_run(policy)
    done = list(
        rlhf(run, lambda tales: scores(reward_model, tales), openings(1000, seed=1), beta=0.3,
             iterations=iterations, true_reward=true_reward)
    )  # fmt: skip
    end = time.perf_counter()
    print(
        f"| {labels} labels | reward model | {iterations} iterations | all |\n|---|---|---|---|\n"
        f"| {labelled - start:.1f} s | {taught - labelled:.1f} s | {end - taught:.1f} s "
        f"| {end - start:.1f} s |\n\n"
        f"True reward {done[0].true_reward:.2f} before, {done[-1].true_reward:.2f} after, at KL "
        f"{done[-1].kl:.2f} nats; peak memory "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB.\n"
    )
    return reward_model


def ours(run, reward_model, prompts):
    """One iteration; the number of tokens written."""
    going = rlhf(run, lambda tales: scores(reward_model, tales), prompts, beta=0.3, iterations=1,
                 batch_size=len(prompts))  # fmt: skip
    return sum(len(response.split()) + 1 for _, response in next(going).samples)


def bare(policy, reference, reward_model, prompts):
    """The same operations with nothing in between: sampling, three forwards, the steps."""
    model = policy.model
    batch = policy.tokenizer(prompts, padding=True, padding_side="left", return_tensors="pt")
    ids, mask, cache, news = batch.input_ids, batch.attention_mask, None, batch.input_ids
    writing = torch.ones(len(prompts), dtype=torch.bool)
    with torch.no_grad():
        while writing.any() and ids.shape[1] < policy.context:
            output = model(input_ids=news, attention_mask=mask, past_key_values=cache,
                           position_ids=positions(mask)[:, -news.shape[1]:])  # fmt: skip
            cache = output.past_key_values
            news = torch.multinomial(output.logits[:, -1].softmax(-1), 1)
            ids, mask = torch.cat([ids, news], 1), torch.cat([mask, writing[:, None].long()], 1)
            writing &= news[:, 0] != policy.end_id
        for network in (model, reference.model, reward_model.model):
            network(input_ids=ids, attention_mask=mask, position_ids=positions(mask))
    optimiser = torch.optim.Adam(model.parameters(), lr=0.0)
    for _ in range(EPOCHS):
        for rows in torch.arange(len(ids)).chunk(MINIBATCHES):
            logits = model(input_ids=ids[rows], attention_mask=mask[rows],
                           position_ids=positions(mask[rows])).logits  # fmt: skip
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[rows].flatten())
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def plain(run, reward_model, prompts):
    """As one would write it down first: generate, and one forward pass for each quantity."""
    policy, optimiser = run.policy, torch.optim.AdamW(run.policy.model.parameters(), lr=1e-5)
    batch = policy.tokenizer(prompts, padding=True, padding_side="left", return_tensors="pt")
    with torch.no_grad():
        ids = policy.model.generate(
            batch.input_ids, attention_mask=batch.attention_mask, do_sample=True, top_k=0,
            max_length=policy.context, pad_token_id=policy.pad_id,
        )  # fmt: skip
        tales = copy.copy(sample(policy, prompts[:1], max_new_tokens=1))
        tales.input_ids = ids
        tales.attention_mask = ids.ne(policy.pad_id).long()
        response = torch.arange(ids.shape[1]) >= batch.input_ids.shape[1]
        mask = tales.attention_mask.bool() & response
        old_logps = per_token_logps(batch_logits(policy, tales), ids)
        reference_logps = per_token_logps(batch_logits(run.reference, tales), ids)
        _, values, _ = logps_and_values(policy, run.critic, tales)
        maths.entropy(batch_logits(policy, tales))
        rewards = maths.kl_shaped_rewards(
            scores(reward_model, tales), old_logps, reference_logps, mask, 0.3
        )
        advantages = maths.response_gae(rewards, values, mask, 1.0, 0.95)
    for _ in range(EPOCHS):
        for rows in torch.arange(len(ids)).chunk(MINIBATCHES):
            some, held = copy.copy(tales), mask[rows]
            some.input_ids, some.attention_mask = ids[rows], tales.attention_mask[rows]
            logps = per_token_logps(batch_logits(policy, some), ids[rows])[held]
            _, now, _ = logps_and_values(policy, run.critic, some)
            old, ahead, before = (t[rows][held] for t in (old_logps, advantages, values))
            loss = maths.clipped_surrogate_loss(logps, old, ahead, 0.2)
            loss = loss + maths.clipped_value_loss(now[held], before, ahead + before, 0.2)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()


def seconds(function, *arguments):
    start = time.perf_counter()
    answer = function(*arguments)
    return time.perf_counter() - start, answer


def iterations_in_turn(reward_model, batch_size, turns):
    """Medians of the seconds of one iteration, each way, in turn; and tokens a second of ours."""
    run, other = new_run(load_policy("cpu"), learning_rate=1e-5), new_run(load_policy("cpu"))
    times, tokens = {"ours": [], "bare": [], "plain": []}, []
    for turn in range(turns + 1):
        prompts = openings(batch_size, seed=turn)
        one, written = seconds(ours, run, reward_model, prompts)
        two, _ = seconds(bare, other.policy, run.reference, reward_model, prompts)
        three, _ = seconds(plain, other, reward_model, prompts)
        if turn:  # the first turn warms up
            tokens.append(written / one)
            for name, value in zip(times, (one, two, three), strict=True):
                times[name].append(value)
    ratio = {name: statistics.median(a / b for a, b in zip(times["ours"], times[name], strict=True))
             for name in times}  # fmt: skip
    middle = {name: statistics.median(values) for name, values in times.items()}
    print(
        f"| {batch_size} | {1000 * middle['ours']:.0f} | {1000 * middle['bare']:.0f} "
        f"| {1000 * middle['plain']:.0f} | {ratio['bare']:.2f} | {1 / ratio['plain']:.2f} "
        f"| {statistics.median(tokens):.0f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns, fewer sizes")
    quick = parser.parse_args().quick
    reward_model = whole_line(labels=600, iterations=10)
    print("| samples | ours, ms | bare, ms | plain, ms | ours/bare | plain/ours | tokens/s |")
    print("|---|---|---|---|---|---|---|")
    for batch_size in (8, 64) if quick else (8, 64, 512):
        iterations_in_turn(reward_model, batch_size, turns=3 if quick else 7)


if __name__ == "__main__":
    main()
