"""The whole cycle: write, judge, shape, advantage, improve.

Four sets of weights take part: the policy, which is trained; the reference, the policy as it was
before; the judge, a reward model or the human themselves, which is only asked; and the critic, a
linear head on the policy's transformer, which is thrown away afterwards. Advantages that compare
responses with each other need no critic.

loop.py is the loop that a class can read; experience.py and update.py what an iteration does;
inputs.py what may go in; run.py what is kept.

Left out, against InstructGPT: supervised fine-tuning first, four to nine answers put in order, a
critic with a transformer of its own, text from pretraining mixed in, several machines. The reward
model's loss, the KL penalty, the advantages and the clip are theirs.
"""

from pedagogy.rlhf.experience import Experience, gae_advantages
from pedagogy.rlhf.loop import rlhf
from pedagogy.rlhf.run import Iteration, Run, load_run, new_run
from pedagogy.training import save_run

__all__ = [
    "Experience",
    "Iteration",
    "Run",
    "gae_advantages",
    "load_run",
    "new_run",
    "rlhf",
    "save_run",
]
