"""The numbers and readings of each exhibit that has a module of its own.

A module has `NAMES`, the exhibits (tables or figures) that it speaks for; `numbers(study, *,
<frames>)`, every number that their sentences use; and `reading(name, numbers)`, the keys of the
sentences beside one exhibit, in order (`report.reading.<key>`).
"""

from types import ModuleType

from evaluation.reporting.facts import (
    balance,
    centre,
    claims,
    contamination,
    events,
    evidence,
    gate,
    measurement,
    outcomes,
    power,
    recovery,
    scale_up,
    sensitivity,
    specifications,
    spillover,
    standards,
    time,
)

FACTS: tuple[ModuleType, ...] = (
    balance,
    measurement,
    spillover,
    contamination,
    time,
    events,
    outcomes,
    scale_up,
    gate,
    claims,
    specifications,
    sensitivity,
    recovery,
    power,
    centre,
    evidence,
    standards,
)
