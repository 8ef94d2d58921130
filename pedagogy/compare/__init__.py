"""Any policies on the same prompts: what they write, what it is worth, and what it has cost.

evaluate.py measures one policy; comparison.py sets several side by side and says how often one
beats another; best_of_n.py picks by a judge; cost.py counts what a training takes; table.py shows
both.
"""

from pedagogy.compare.best_of_n import best_of_n
from pedagogy.compare.comparison import Comparison, WinRate, compare, win_rate
from pedagogy.compare.cost import Cost, cost_table, measure_cost
from pedagogy.compare.evaluate import Evaluation, evaluate
from pedagogy.compare.table import Table

__all__ = [
    "Comparison",
    "Cost",
    "Evaluation",
    "Table",
    "WinRate",
    "best_of_n",
    "compare",
    "cost_table",
    "evaluate",
    "measure_cost",
    "win_rate",
]
