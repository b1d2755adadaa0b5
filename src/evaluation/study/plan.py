"""The plan of a scale-up as written: typed, and checked as far as it can be without figures.

A plan is a config of its own (`config/plans/`), which names the study whose panel it begins from.
"""

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import NoReturn

from evaluation.study.config import read_yaml, validate
from evaluation.study.errors import InputError
from evaluation.study.months import period_of
from evaluation.study.places import place_of
from evaluation.study.scale import EITHER, FALL, RISE, smallest_ratios
from evaluation.study.strict_yaml import place
from evaluation.study.study import FREQUENCIES, Study, digest

ALL_AT_ONCE, RANDOM_ORDER, STEPPED_WEDGE = "all_at_once", "random_order", "stepped_wedge"
EVERY = "all"
KEY = "plan"  # a config with it is a plan
COPIES = 4  # of the counts after entry, a simulated panel
# These say what a page says, or what is drawn for the field, and move no number of a simulation.
WORDS = ("plan", "study", "title", "draw_seed")


@dataclass(frozen=True)
class Rollout:
    """Who enters when.

    design : `all_at_once`; `random_order`, one sector after another; `stepped_wedge`, in waves
    step : months from one entry to the next; 0 where all enter at once
    """

    design: str
    step: int = 0

    def waves(self, count: int, shortest: int) -> int:
        """In how many waves `count` sectors enter: of a stepped wedge, as many as leave each wave
        some time before the shortest horizon (months), and at most one a sector."""
        if self.design == ALL_AT_ONCE:
            return 1
        if self.design == RANDOM_ORDER:
            return count
        return min(count, -(-shortest // self.step))

    def entries(self, count: int, shortest: int) -> tuple[int, ...]:
        """Months from the start to the entry of each of `count` sectors, in their order.

        Waves are as equal as they can be.
        """
        waves = self.waves(count, shortest)
        return tuple(self.step * (position * waves // count) for position in range(count))


@dataclass(frozen=True)
class Plan:
    """One plan; months are `YYYY-MM`, `smallest_effect` is in percent.

    candidates : sectors by name; None for all donors of the study
    exclude : (sector, reason)
    horizons, sectors : rising
    rate_ratios : falling; below 1 where a fall is hoped for, above 1 where a rise is
    direction : what is hoped for, as the study says; `smallest_effect` is of it, and of a fall
        where either is
    draw_seed : text from which the order is drawn; it moves no simulation
    """

    plan: str
    study: str
    title: tuple[tuple[str, str], ...]
    outcomes: tuple[str, ...]
    candidates: tuple[str, ...] | None
    exclude: tuple[tuple[str, str], ...]
    contiguous_pairs: bool
    start: str
    horizons: tuple[int, ...]
    sectors: tuple[int, ...]
    designs: tuple[Rollout, ...]
    rate_ratios: tuple[float, ...]
    smallest_effect: float
    level: float
    sets: int
    panels: int
    reference_panels: int
    seed: int
    draw_seed: str
    direction: str = FALL

    @property
    def most(self) -> int:
        """The largest number of sectors."""
        return self.sectors[-1]

    @property
    def smallest_ratio(self) -> float:
        """The rate ratio of the smallest effect of interest, of a fall where either is."""
        return smallest_ratios(self.smallest_effect, self.direction)[self.direction == RISE]

    @property
    def sides(self) -> tuple[str, ...]:
        """Falls, rises or both: what is planted."""
        return (FALL, RISE) if self.direction == EITHER else (self.direction,)

    @property
    def ratios(self) -> tuple[float, ...]:
        """Rate ratios that are simulated: 1, the curve's and the smallest effect's; falls by their
        size, then rises."""
        smallest = [round(one, 12) for one in smallest_ratios(self.smallest_effect, self.direction)]
        rises = {*self.rate_ratios, smallest[1]} if RISE in self.sides else set()
        falls = {*self.rate_ratios, smallest[0]} if FALL in self.sides else set()
        fallen = sorted({1.0, *(ratio for ratio in falls if ratio < 1)}, reverse=True)
        return (*fallen, *sorted(ratio for ratio in rises if ratio > 1))

    @property
    def stream(self) -> str:
        """Twelve hex digits over every choice that can move a simulated number."""
        unsaid = {*WORDS, "direction"} if self.direction == FALL else WORDS
        return digest({key: value for key, value in asdict(self).items() if key not in unsaid})

    def towards(self, direction: str) -> "Plan":
        """The plan of a study that hopes for a fall, a rise or either."""
        return replace(self, direction=direction)

    def of_side(self, side: str) -> "Plan":
        """What is asked of falls alone, or of rises alone."""
        if self.direction == side:
            return self
        ratios = smallest_ratios(self.smallest_effect, self.direction)
        smallest = round(ratios[side == RISE], 12)
        kept = tuple(one for one in self.rate_ratios if (one > 1) == (side == RISE))
        effect = 100 * abs(smallest - 1)
        return replace(self, direction=side, rate_ratios=kept, smallest_effect=effect)


def read_plan(path: str | Path, schema: str | Path) -> Plan:
    """The plan of a config file.

    Raises `InputError` for a file off its schema, or choices that contradict each other.
    """
    config = read_yaml(path)
    validate(config, schema, str(path))
    return parse_plan(config, str(path))


def open_plan(
    path: str, schema: str | Path, folders: Iterable[Path] = ()
) -> tuple[Plan | None, str]:
    """The plan of a config that is one, and the config of the study that it begins from.

    That config is in the working folder, or else in one of `folders`. Of a study's own config, None
    and its path.
    """
    if KEY not in read_yaml(path):
        return None, path
    plan = read_plan(path, schema)
    study = place_of(plan.study, folders)
    if KEY in read_yaml(study):
        _refuse(path, "study", f"{plan.study}, a plan itself", "the config of a study")
    return plan, study


def from_json(path: str | Path) -> Plan:
    """The plan that was written as JSON."""
    given = json.loads(Path(path).read_text(encoding="utf-8"))
    designs = tuple(Rollout(**entry) for entry in given.pop("designs"))
    return Plan(designs=designs, **{key: _frozen(value) for key, value in given.items()})


def parse_plan(config: Mapping, where: str) -> Plan:
    """The plan of a config that honours the schema; see `read_plan`."""
    given = config["candidates"]
    plan = Plan(
        plan=config["plan"],
        study=config["study"],
        title=tuple(config["title"].items()),
        outcomes=tuple(config["outcomes"]),
        candidates=None if given == EVERY else tuple(sorted(given)),
        exclude=tuple(sorted(config["exclude"].items())),
        contiguous_pairs=config["spillover"]["contiguous_pairs"],
        start=config["start"],
        horizons=tuple(sorted(config["horizons"])),
        sectors=tuple(sorted(config["sectors"])),
        designs=tuple(Rollout(**entry) for entry in config["designs"]),
        rate_ratios=tuple(sorted(map(float, config["rate_ratios"]), reverse=True)),
        smallest_effect=float(config["smallest_effect"]),
        level=float(config["level"]),
        sets=config["sets"],
        panels=config["panels"],
        reference_panels=config["reference_panels"],
        seed=config["seed"],
        draw_seed=config["draw_seed"],
    )
    _check_steps(plan, where)
    _check_names(plan, where)
    _check_reference(plan, where)
    return plan


def check_plan(plan: Plan, study: Study, languages: tuple[str, ...], where: str) -> None:
    """Raise `InputError` for a plan that its study cannot carry, whatever the figures are.

    A study of another place; outcomes that it does not have or that are no counts, months that are
    no whole periods of it, a title without one of its languages.
    """
    length = FREQUENCIES[study.frequency]
    if study.given:
        expected = "a study counted from files, with sectors.csv and neighbours.csv in its `data`"
        _refuse(where, "study", f"{plan.study}, which gives a panel", expected)
    for outcome in plan.outcomes:
        if outcome not in study.outcomes:
            _refuse(where, "outcomes", f"{outcome!r}", f"outcomes of the study: {study.outcomes}")
        if not study.definition(outcome).counted:
            problem = f"{outcome!r}, whose values are no counts"
            _refuse(where, "outcomes", problem, "outcomes that count events: events are simulated")
    _check_sides(plan.towards(study.direction), where)
    if period_of(plan.start, length) != plan.start:
        problem = f"{plan.start} begins no {study.frequency}"
        _refuse(where, "start", problem, f"the first month of a {study.frequency}")
    for horizon in plan.horizons:
        if horizon % length:
            _refuse(where, "horizons", f"{horizon} months", _whole(study, length))
    for rollout in plan.designs:
        if rollout.step % length:
            problem = f"a step of {rollout.step} months in {rollout.design}"
            _refuse(where, "designs", problem, _whole(study, length))
    texts = dict(plan.title)
    if missing := [code for code in languages if not texts.get(code, "").strip()]:
        _refuse(where, "title", f"none in {missing}", "one in each language of the study")


def _frozen(value):
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _check_sides(plan: Plan, where: str) -> None:
    """A plan simulates what its study hopes for, and nothing else."""
    hoped = {FALL: "a fall", RISE: "a rise", EITHER: "a fall or a rise"}[plan.direction]
    found = {RISE if ratio > 1 else FALL for ratio in plan.rate_ratios}
    if found != set(plan.sides) or 1 in plan.rate_ratios:
        expected = " and ".join({FALL: "some below 1", RISE: "some above 1"}[s] for s in plan.sides)
        problem = f"{list(plan.rate_ratios)}, and the study hopes for {hoped}"
        _refuse(where, "rate_ratios", problem, f"{expected}, and no others")
    if plan.direction != RISE and plan.smallest_effect >= 100:
        _refuse(where, "smallest_effect", f"a fall of {plan.smallest_effect:g}%", "below 100")


def _check_steps(plan: Plan, where: str) -> None:
    """A design whose last sectors would enter when the answer is due measures nothing in them."""
    shortest = plan.horizons[0]
    for rollout in plan.designs:
        if (rollout.design == ALL_AT_ONCE) != (rollout.step == 0):
            found = f"with a step of {rollout.step} months" if rollout.step else "without a step"
            expected = "a step of random_order and of stepped_wedge, and of no other"
            _refuse(where, "designs", f"{rollout.design} {found}", expected)
        last = rollout.step
        if rollout.design == RANDOM_ORDER:
            last = rollout.step * (plan.most - 1)
        if last >= shortest:
            who = "the last sector" if rollout.design == RANDOM_ORDER else "the second wave"
            _refuse(
                where,
                "designs",
                f"{rollout.design} with a step of {rollout.step} months: {who} would enter after "
                f"{last} months, and the first answer is due after {shortest}",
                "entries before the shortest horizon",
            )


def _check_names(plan: Plan, where: str) -> None:
    both = sorted(set(plan.candidates or ()) & dict(plan.exclude).keys())
    if both:
        _refuse(where, "exclude", f"{both} are candidates too", "each sector in one of the two")
    if plan.candidates is not None and len(plan.candidates) < plan.most:
        found = f"{len(plan.candidates)} candidates for {plan.most} sectors"
        _refuse(where, "candidates", found, "at least as many candidates as sectors")


def _check_reference(plan: Plan, where: str) -> None:
    """With too few simulated sets nothing is ever beyond the critical values."""
    needed = math.ceil((2 / (1 - plan.level) - 1) / COPIES - 1e-9)
    if plan.reference_panels < needed:
        found = f"{plan.reference_panels} panels for a test at level {plan.level:g}"
        _refuse(where, "reference_panels", found, f"at least {needed}")


def _whole(study: Study, length: int) -> str:
    return f"whole periods of the study ({study.frequency}: {length} months)"


def _refuse(where: str, key: str, problem: str, expected: str) -> NoReturn:
    raise InputError(place(where, [key]), problem, expected, "Correct the plan.")
