"""Whether what is added to a study fits it: the looks of the monitoring, the secondary line."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NoReturn

from evaluation.study.choices import SECONDARY_TEST
from evaluation.study.errors import InputError
from evaluation.study.strict_yaml import place

if TYPE_CHECKING:
    from evaluation.study.study import Study

FEWEST_BEYOND = 1  # simulated panels expected beyond the boundary of the monitoring


def check_monitoring(study: Study, where: str) -> None:
    plan = study.monitoring
    if plan and plan.horizon < plan.first_look:
        refuse_key(
            where,
            "monitoring.horizon",
            f"{plan.horizon} months, before the first look after {plan.first_look}",
            f"{plan.first_look} months or more",
        )
    # A critical value is a rank among the simulated sectors of a law.
    if plan and plan.panels * plan.level < FEWEST_BEYOND:
        refuse_key(
            where,
            "monitoring.panels",
            f"{plan.panels} panels for a level of {plan.level:g}",
            f"at least {math.ceil(FEWEST_BEYOND / plan.level)}, so that some are beyond it",
        )


def check_secondary(study: Study, where: str) -> None:
    for name in study.secondary.estimators if study.secondary else ():
        if name in study.estimators:
            refuse_key(
                where,
                "secondary.estimators",
                f"{name} is an estimator of the study",
                f"others than {list(study.estimators)}",
            )
    if study.secondary and study.secondary.tests[0] != SECONDARY_TEST:
        refuse_key(
            where,
            "secondary.tests",
            f"the first one is {study.secondary.tests[0]}",
            f"{SECONDARY_TEST}, which the page shows and the other laws of drift are under",
        )


def refuse_key(where: str, key: str, problem: str, expected: str) -> NoReturn:
    raise InputError(place(where, key.split(".")), problem, expected, "Correct the key.")
