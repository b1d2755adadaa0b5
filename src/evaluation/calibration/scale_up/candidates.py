"""Who may enter next, which sets of sectors are admissible, and in what order they are drawn.

An order is drawn by a rule that anyone can repeat with any tool: sectors sorted by the SHA-256 of
the seed, a colon and the name. Other than a permutation by a random generator, it depends on no
version of a library. The chosen sectors are the first of the order that are admissible together.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

import numpy as np
import pandas as pd

from evaluation.design.donors import donors_of
from evaluation.estimators.poisson_kriging import FEWEST_DONORS
from evaluation.study.errors import InputError
from evaluation.study.names import nearest
from evaluation.study.plan import Plan
from evaluation.study.strict_yaml import place
from evaluation.study.study import Study

TRIES = 50  # draws for each set before a plan is refused: most draws give one
CONTIGUOUS, FEW_IN_BOROUGH = "contiguous", "borough"  # why a sector is passed over in a draw


@dataclass(frozen=True)
class Candidates:
    """Who is what in a plan.

    pool : donors of the study, sorted: all that may be chosen or compared
    names : those of them that may be chosen, sorted
    left_out : (sector, reason, detail) of other sectors of the pool; reasons are `programme` (next
        to a sector of the programme), `borough` (it would keep too few others), `unlisted`,
        `excluded` (the detail says why)
    near : of each sector of the pool, those within the study's distance
    borough : of each sector of the pool
    apart : whether contiguous sectors cannot be chosen together
    """

    pool: tuple[str, ...]
    names: tuple[str, ...]
    left_out: tuple[tuple[str, str, str], ...]
    near: Mapping[str, frozenset[str]]
    borough: Mapping[str, str]
    apart: bool

    def obstacle(self, name: str, chosen: Sequence[str]) -> str:
        """Why a sector cannot join those that are chosen; empty where it can."""
        if self.apart and self.near[name] & set(chosen):
            return CONTIGUOUS
        return "" if self._others(name, (*chosen, name)) >= FEWEST_DONORS else FEW_IN_BOROUGH

    def first_admissible(self, order: Iterable[str], count: int) -> tuple[str, ...]:
        """The first `count` sectors of an order that are admissible together, or fewer."""
        chosen: list[str] = []
        for name in order:
            if len(chosen) < count and not self.obstacle(name, chosen):
                chosen.append(name)
        return tuple(chosen)

    def donors(self, name: str, chosen: Sequence[str]) -> tuple[str, ...]:
        """Whom a chosen sector is compared with: the pool without the chosen ones, and without the
        sectors next to it."""
        out = self.near[name] | set(chosen)
        return tuple(other for other in self.pool if other not in out)

    def _others(self, name: str, chosen: Sequence[str]) -> int:
        """Sectors that a sector's borough keeps for comparison."""
        own = [other for other in self.pool if self.borough[other] == self.borough[name]]
        return len(set(own) - set(chosen))


def find_candidates(
    plan: Plan,
    study: Study,
    units: pd.DataFrame,
    sectors: pd.DataFrame,
    neighbours: pd.DataFrame,
    where: str,
) -> Candidates:
    """Candidates of a plan among the donors of its study.

    Parameters
    ----------
    units : `Units` rows; sectors, neighbours : rows of the tables that ship
    where : the plan, for messages

    Raises `InputError` for a listed sector that is unknown, already in the programme, left out by
    the study or not admissible; for fewer candidates than sectors; and where too few donors would
    be left, in a borough or in all.
    """
    pool, known = donors_of(units), set(sectors["sector"])
    for name in plan.candidates or ():
        _refuse_strange(name, "candidates", known, pool, study, where)
    for name, _ in plan.exclude:
        _refuse_strange(name, "exclude", known, pool, study, where)
    programme = {study.treated, *(entry.sector for entry in study.calendar)}
    near = _near(neighbours, study.donors.exclude_within_m, known)
    everyone = Candidates(
        pool,
        pool,
        (),
        {name: near[name] for name in pool},
        dict(zip(sectors["sector"], sectors["alcaldia"], strict=True)),
        not plan.contiguous_pairs,
    )
    left_out = []
    for name in pool:
        if reason := _reason(name, plan, everyone, near[name] & programme):
            left_out.append((name, *reason))
    for name, reason, detail in left_out:
        if plan.candidates is not None and name in plan.candidates:
            _refuse(where, "candidates", f"{name}, {IN_WORDS[reason]}{detail}", "others")
    out = {name for name, _, _ in left_out}
    names = tuple(name for name in pool if name not in out)
    found = replace(everyone, names=names, left_out=tuple(left_out))
    _refuse_too_few(found, plan, where)
    return found


IN_WORDS = {
    "programme": "next to a sector of the programme: ",
    "borough": f"whose borough would keep fewer than {FEWEST_DONORS} donors: ",
    "unlisted": "not listed",
    "excluded": "excluded: ",
}


def drawn_order(names: Iterable[str], seed: str) -> tuple[str, ...]:
    """Names in the order of the SHA-256, in hexadecimal digits, of `seed:name` in UTF-8."""
    return tuple(sorted(names, key=lambda name: (order_key(name, seed), name)))


def order_key(name: str, seed: str) -> str:
    """The 64 hexadecimal digits by which a name is sorted."""
    return hashlib.sha256(f"{seed}:{name}".encode()).hexdigest()


def random_sets(found: Candidates, plan: Plan, where: str) -> list[tuple[str, ...]]:
    """`plan.sets` orders of `plan.most` sectors, each drawn among all candidates.

    A draw that gets stuck with fewer is left out. Raises `InputError` where nearly all are.
    """
    sets: list[tuple[str, ...]] = []
    for draw in range(TRIES * plan.sets):
        order = drawn_order(found.names, f"{plan.seed}/{draw}")
        chosen = found.first_admissible(order, plan.most)
        if len(chosen) == plan.most:
            sets.append(chosen)
        if len(sets) == plan.sets:
            return sets
    _refuse(
        where,
        "sectors",
        f"of {TRIES * plan.sets} draws, {len(sets)} had {plan.most} sectors that are admissible "
        "together",
        "fewer sectors, more candidates, or spillover.contiguous_pairs: true",
    )


def best_set(found: Candidates, plan: Plan, information: np.ndarray, where: str) -> tuple[str, ...]:
    """`plan.most` sectors by a greedy rule: always the candidate with most information that is
    admissible with those before it.

    information : of each of `found.names`

    Raises `InputError` where the rule gets stuck with fewer.
    """
    ranked = [name for _, name in sorted(zip(-information, found.names, strict=True))]
    chosen = found.first_admissible(ranked, plan.most)
    if len(chosen) < plan.most:
        problem = f"{len(chosen)} sectors are admissible together, taken by their information"
        _refuse(where, "sectors", problem, f"at least {plan.most}: fewer sectors, more candidates")
    return chosen


def _near(
    neighbours: pd.DataFrame, within: float, names: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Sectors within a distance of each; a pair is a pair in either direction."""
    pairs = neighbours.loc[neighbours["distance_m"] <= within, ["sector", "neighbour"]].to_numpy()
    near: dict[str, set[str]] = {name: set() for name in names}
    for one, other in pairs:
        near[one].add(other)
        near[other].add(one)
    return {name: frozenset(others) for name, others in near.items()}


def _reason(
    name: str, plan: Plan, everyone: Candidates, beside: frozenset[str]
) -> tuple[str, str] | None:
    excluded = dict(plan.exclude)
    if name in excluded:
        return "excluded", excluded[name]
    if plan.candidates is not None and name not in plan.candidates:
        return "unlisted", ""
    if everyone.apart and beside:
        return "programme", ", ".join(sorted(beside))
    if everyone.obstacle(name, ()):
        return "borough", everyone.borough[name]
    return None


def _refuse_strange(
    name: str, key: str, known: set[str], pool: Sequence[str], study: Study, where: str
) -> None:
    entries = {study.treated: study.treatment_start}
    entries |= {entry.sector: entry.entry for entry in study.calendar}
    if name not in known:
        raise InputError(
            place(where, [key]),
            f"the unknown sector {name!r}",
            "sectors of sectors.csv",
            nearest(name, known),
        )
    if name in entries:
        problem = f"{name}, in the programme since {entries[name]}"
        _refuse(where, key, problem, "sectors that are not treated yet")
    if name not in pool:
        problem = f"{name}, which the study leaves out"
        _refuse(where, key, problem, "donors of the study, whose history is an untreated one")


def _refuse_too_few(found: Candidates, plan: Plan, where: str) -> None:
    if len(found.names) < plan.most:
        _refuse(
            where,
            "candidates",
            f"{len(found.names)} candidates for {plan.most} sectors",
            "at least as many candidates as sectors",
        )
    for name in found.names:
        left = len(found.pool) - plan.most - len(found.near[name])
        if left < FEWEST_DONORS:
            _refuse(
                where,
                "sectors",
                f"{plan.most} sectors chosen of {len(found.pool)}: {name} would keep {left} donors",
                f"at least {FEWEST_DONORS} for each, not chosen and not next to it",
            )


def _refuse(where: str, key: str, problem: str, expected: str) -> NoReturn:
    raise InputError(place(where, [key]), problem, expected, "Correct the plan.")
