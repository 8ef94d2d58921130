"""A watch on the loss, for learning rates with which a training explodes."""

import math

import torch


class BestSoFar:
    """Watches the loss, and keeps the weights that it was lowest with, to come back to them."""

    def __init__(self, name, parameters, learning_rate):
        self.name = name
        self.parameters = list(parameters)
        self.learning_rate = learning_rate
        self.lately = None  # the loss, averaged over about ten steps
        self.lowest = math.inf

    def watch(self, step, loss, chosen, rejected):
        """loss(chosen, rejected), of scores or log-probabilities (B,) each.

        ValueError, and the best weights again, when they are not finite or the loss is hopeless.
        """
        if not (chosen.isfinite().all() and rejected.isfinite().all()):
            self._give_up(step, "nan or inf")
        loss = loss(chosen, rejected)
        if self.lately is None:  # who was taught another taste may begin with more than log 2
            self.lately, self.hopeless = loss.item(), 2 * max(math.log(2), loss.item())
        self.lately = 0.9 * self.lately + 0.1 * loss.item()
        if self.lately > self.hopeless:
            self._give_up(step, f"a loss of {self.lately:.3g}, and knowing nothing gives 0.693")
        if self.lately < self.lowest:
            self.lowest, self.step = self.lately, step
            self.weights = [weights.detach().clone() for weights in self.parameters]
        return loss

    @torch.no_grad()
    def _give_up(self, step, sign):
        if self.lowest == math.inf:
            raise ValueError(f"{self.name} gives {sign}, before any training.")
        for weights, good in zip(self.parameters, self.weights, strict=True):
            weights.copy_(good)
        raise ValueError(
            f"learning_rate is {self.learning_rate}, but by step {step} it led to {sign}: "
            f"the weights from before step {self.step} are back, and a smaller rate may help."
        )
