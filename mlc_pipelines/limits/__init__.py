"""What holds over all processes and hosts that share a database: request budgets, slots, pauses, shared sessions.

budget = RequestBudget(database, "anaplan acme", per_minute=300, clock=clock)
client = HttpClient("https://api.example.com", gate=Gate(budget))
"""

from mlc_pipelines.limits.allowance import Allowance
from mlc_pipelines.limits.budgets import RequestBudget
from mlc_pipelines.limits.gate import Gate
from mlc_pipelines.limits.shared_use import SharedUse
from mlc_pipelines.limits.slots import ConcurrencyBudget

__all__ = ["Allowance", "ConcurrencyBudget", "Gate", "RequestBudget", "SharedUse"]
