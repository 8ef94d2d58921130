"""Any policies on the same prompts: what they write, what it is worth, how far they have moved.

evaluate.py measures one policy; comparison.py sets several side by side and says how often one
beats another.
"""

from pedagogy.compare.comparison import Comparison, WinRate, compare, win_rate
from pedagogy.compare.evaluate import Evaluation, evaluate

__all__ = ["Comparison", "Evaluation", "WinRate", "compare", "evaluate", "win_rate"]
