"""The frozen study: what is asked, of whom, when. Typed, checked and hashed.

`python -m evaluation.study config/config.yaml` prints the hash to freeze.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation.calendars import Entry, Event, parse_calendar, parse_events
from evaluation.choices import Robustness, parse_robustness
from evaluation.config import read_calendar, read_yaml, validate
from evaluation.errors import InputError
from evaluation.files import digest_files
from evaluation.months import period_months, period_of
from evaluation.outcomes import OutcomeDefinition, parse_outcomes

CALIBRATED_SUFFIX = "_calibrated"
FREQUENCIES = {"month": 1, "quarter": 3, "half-year": 6}
# These name a study or where its files lie, but cannot move an estimate: not in the hash.
VINTAGE = ("sector_month", "coverage", "sectors", "neighbours")
COSMETIC = ("study", "data", "frozen_hash", "frozen_vintage", "published_claims")
# What a count is, as the figures that ship have it. Of the `source` block only these enter the
# hash, and only where a study departs from them; where its files come from does not.
MEASUREMENT = {"map": 2023, "counting": "carpetas"}


@dataclass(frozen=True)
class Span:
    """Months from `first` to `last`, both included, as `YYYY-MM`."""

    first: str
    last: str

    def __contains__(self, month: str) -> bool:
        return self.first <= month <= self.last


@dataclass(frozen=True)
class DonorRule:
    exclude_within_m: float
    exclude_calendar: bool
    exclude: tuple[tuple[str, str], ...]
    minimum: int

    def describe(self) -> str:
        """One line for the `donor_rule` column."""
        parts = [f"beyond {self.exclude_within_m:g} m"]
        if self.exclude_calendar:
            parts.append("not in the treatment calendar")
        parts += [f"without {sector}" for sector, _ in self.exclude]
        return ", ".join(parts)


@dataclass(frozen=True)
class Calibration:
    """How size, power and calibrated p-values are simulated.

    draws : simulated treated units a null
    reference_panels, reference_copies : simulated panels behind a calibrated p, treated units each
    deciding_panels : the same behind the p of the primary outcome and estimator
    drifts : yearly standard deviations of the units' log rates
    """

    draws: int
    reference_panels: int
    deciding_panels: int
    reference_copies: int
    drifts: tuple[float, ...]
    seed: int


@dataclass(frozen=True)
class Claim:
    outcome: str
    baseline: str
    follow_up: str
    change: float


@dataclass(frozen=True)
class Study:
    """One study. Months are `YYYY-MM`; `post_windows` pairs a name with its last month.

    `measurement` holds the keys of `MEASUREMENT` in which the study departs from it;
    `smallest_effect` is the smallest fall of interest, in percent.
    """

    study: str
    data: str
    definitions: tuple[OutcomeDefinition, ...]
    calendar: tuple[Entry, ...]
    contamination: tuple[Event, ...]
    treated: str
    treatment_start: str
    donut: Span | None
    pre_period: Span
    post_windows: tuple[tuple[str, str], ...]
    primary_window: str
    frequency: str
    donors: DonorRule
    outcomes: tuple[str, ...]
    estimators: tuple[str, ...]
    tests: tuple[str, ...]
    baselines: tuple[str, ...]
    centre: str
    level: float
    calibration: Calibration
    robustness: Robustness
    smallest_effect: float
    published_claims: tuple[Claim, ...]
    frozen_hash: str
    frozen_vintage: str
    measurement: tuple[tuple[str, str | int], ...] = ()

    @property
    def last_month(self) -> str:
        return max(last for _, last in self.post_windows)

    @property
    def decisive_test(self) -> str:
        """The test whose p and interval the verdict takes: the first one's calibrated form.

        The first one itself where the study does not ask for that form.
        """
        name = f"{self.tests[0]}{CALIBRATED_SUFFIX}"
        return name if name in self.tests else self.tests[0]

    @property
    def primary_parts(self) -> tuple[list[str], list[str]]:
        """Names of the firearm and of the other parts of the primary outcome."""
        parts = [self.definition(name) for name in self.definition(self.outcomes[0]).sum_of]
        firearm = [part.name for part in parts if part.role == "firearm"]
        return firearm, [part.name for part in parts if part.role != "firearm"]

    @property
    def window(self) -> dict[str, Span]:
        """Post windows by name."""
        return {name: Span(self.treatment_start, last) for name, last in self.post_windows}

    @property
    def hash(self) -> str:
        """Twelve hex digits over every choice that can move an estimate."""
        choices = {key: value for key, value in asdict(self).items() if key not in COSMETIC}
        for definition in choices["definitions"]:
            del definition["label"], definition["role"]
        for entry in choices["calendar"]:
            del entry["source"], entry["confidence"]
        for event in choices["contamination"]:
            del event["source"], event["confidence"]
        if not self.measurement:
            del choices["measurement"]
        return digest(choices)

    def definition(self, outcome: str) -> OutcomeDefinition:
        return next(entry for entry in self.definitions if entry.name == outcome)

    def lane(self, data_vintage: str) -> str:
        """`confirmatory` while choices and figures are the frozen ones, else `exploratory`."""
        frozen = (self.frozen_hash, self.frozen_vintage) == (self.hash, data_vintage)
        return "confirmatory" if frozen else "exploratory"


def digest(value) -> str:
    """Twelve hex digits of the SHA-256 of `value` as canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def from_parts(
    config: Mapping,
    outcomes: Mapping,
    calendar: list[dict],
    where: str,
    *,
    contamination: list[dict] | None = None,
) -> Study:
    """Build the study from a config that honours the schema, outcome definitions and calendars.

    `where` names the config in messages; `contamination` holds the rows of the contamination
    calendar, none of them by default. Raises `InputError` where choices contradict each other, as a
    window that ends before it starts.
    """
    donors, inference, calibration = config["donors"], config["inference"], config["calibration"]
    study = Study(
        study=config["study"],
        data=config["data"],
        definitions=parse_outcomes(outcomes, config["outcome_definitions"]),
        calendar=parse_calendar(calendar, config["treatment_calendar"]),
        contamination=parse_events(
            contamination or [], config.get("contamination_calendar", where)
        ),
        treated=config["treated"],
        treatment_start=config["treatment_start"],
        donut=Span(**config["donut"]) if config.get("donut") else None,
        pre_period=Span(**config["pre_period"]),
        post_windows=tuple(config["post_windows"].items()),
        primary_window=config["primary_window"],
        frequency=config["frequency"],
        donors=DonorRule(
            exclude_within_m=float(donors["exclude_within_m"]),
            exclude_calendar=donors["exclude_calendar"],
            exclude=tuple(sorted(donors["exclude"].items())),
            minimum=donors["minimum"],
        ),
        outcomes=tuple(config["outcomes"]),
        estimators=tuple(config["estimators"]),
        tests=tuple(inference["tests"]),
        baselines=tuple(inference.get("baselines", ())),
        centre=inference["centre"],
        level=float(inference["level"]),
        calibration=Calibration(
            calibration["draws"],
            calibration["reference_panels"],
            calibration["deciding_panels"],
            calibration["reference_copies"],
            tuple(float(drift) for drift in calibration["drifts"]),
            calibration["seed"],
        ),
        robustness=parse_robustness(config["robustness"]),
        smallest_effect=float(config["gate"]["smallest_effect"]),
        published_claims=tuple(
            Claim(claim["outcome"], claim["baseline"], claim["follow_up"], float(claim["change"]))
            for claim in config["published_claims"]
        ),
        frozen_hash=config["frozen_hash"],
        frozen_vintage=config["frozen_vintage"],
        measurement=_measurement(config.get("source", {}), where),
    )
    _check(study, where)
    return study


def load(path: str | Path = "config/config.yaml", config: Mapping | None = None) -> Study:
    """Read a study: the config at `path` (or `config`, already read) and the files it names."""
    config = config or read_yaml(path)
    return from_parts(
        config,
        read_yaml(config["outcome_definitions"]),
        read_calendar(config["treatment_calendar"]),
        str(path),
        contamination=read_calendar(config["contamination_calendar"]),
    )


def open_study(config: Mapping, schema: str | Path, where: str) -> Study:
    """The study of a config, once all that can be known before any job has been checked.

    Raises `InputError` for a config off its schema, choices that contradict each other, a missing
    text in a language of the report, or a sector without figures.
    """
    validate(config, schema, where)
    study = load(where, config)
    refuse_missing_words(study, config, where)
    if config.get("source", {}).get("from", "shipped") == "shipped" and "raw" not in config:
        refuse_unknown_sectors(study, where)
    return study


def specification(path: str | Path, config: Mapping) -> dict:
    """Everything a job needs to rebuild the study, as JSON; `from_specification` reads it back."""
    study = load(path, config)
    presentation = ("title", "background", "languages", "raw", "data_out", "source")
    choices = {key: value for key, value in config.items() if key not in presentation}
    if study.measurement:
        choices["source"] = dict(study.measurement)
    return {
        "hash": study.hash,
        "config": choices,
        "outcomes": read_yaml(config["outcome_definitions"]),
        "calendar": read_calendar(config["treatment_calendar"]),
        "contamination": read_calendar(config["contamination_calendar"]),
    }


def from_specification(path: str | Path) -> Study:
    """Read the study that `specification` wrote."""
    parts = json.loads(Path(path).read_text(encoding="utf-8"))
    return from_parts(
        parts["config"],
        parts["outcomes"],
        parts["calendar"],
        str(path),
        contamination=parts["contamination"],
    )


def _measurement(source: Mapping, where: str) -> tuple[tuple[str, str | int], ...]:
    found = tuple((k, source[k]) for k, v in MEASUREMENT.items() if source.get(k, v) != v)
    if found and source.get("from") == "shipped":
        key, value = found[0]
        raise InputError(
            f"{where}, key source.{key}",
            f"{value} where the figures that ship are counted by {MEASUREMENT[key]}",
            "another source, or the figures as they are",
            "Set source.from to portal or files, or remove the key.",
        )
    return found


def _check(study: Study, where: str) -> None:
    """Refuse choices that contradict each other, the first one found."""

    def refuse(key: str, problem: str, expected: str) -> None:
        raise InputError(f"{where}, key {key}", problem, expected, "Correct the key.")

    _check_time(study, refuse)
    if study.treated in dict(study.donors.exclude):
        refuse("donors.exclude", f"{study.treated} is the treated sector", "other sectors")
    if study.primary_window not in dict(study.post_windows):
        refuse("primary_window", f"{study.primary_window!r} is no window", "a key of post_windows")
    names = [definition.name for definition in study.definitions]
    for name in study.outcomes:
        if name not in names:
            refuse("outcomes", f"{name!r} is not defined", f"some of {names}")
    _check_outcomes(study, refuse)
    events, grid = study.robustness.event_study, study.robustness.grid
    if events.reference_months % events.bin_months:
        refuse(
            "robustness.event_study.reference_months",
            f"{events.reference_months} months are no whole bins of {events.bin_months}",
            "a multiple of bin_months",
        )
    for name, first, last in grid.pre_periods:
        if not first <= last < study.treatment_start:
            refuse(
                f"robustness.grid.pre_periods.{name}",
                f"{first}..{last} is not a span before {study.treatment_start}",
                "months before treatment_start",
            )


def _check_outcomes(study: Study, refuse: Callable[[str, str, str], None]) -> None:
    """Whatever names outcomes names those of the study."""
    analyses = ("spillover", "contamination", "time", "event_study", "scale_up", "grid")
    named = {
        f"robustness.{key}.outcomes": getattr(study.robustness, key).outcomes for key in analyses
    }
    named["published_claims"] = tuple(claim.outcome for claim in study.published_claims)
    for key, outcomes in named.items():
        for name in outcomes:
            if name not in study.outcomes:
                refuse(
                    key,
                    f"{name!r} is not an outcome of the study",
                    f"some of {list(study.outcomes)}",
                )


def _check_time(study: Study, refuse: Callable[[str, str, str], None]) -> None:
    pre, donut, start = study.pre_period, study.donut, study.treatment_start
    posts = {f"post_windows.{name}": span for name, span in study.window.items()}
    spans = {"pre_period": pre} | ({"donut": donut} if donut else {}) | posts
    for key, span in spans.items():
        if span.last < span.first:
            refuse(
                key,
                f"the window ends ({span.last}) before it starts ({span.first})",
                f"a month from {span.first} on as its last",
            )
    if pre.first >= start:
        refuse(
            "pre_period",
            f"{study.treated} has no pre-period: it starts {pre.first} and treatment {start}",
            "months before treatment_start",
        )
    if pre.last >= start:
        refuse("pre_period.last", f"{pre.last} is not before {start}", "months before treatment")
    if donut and (donut.first <= pre.last or donut.last >= start):
        refuse(
            "donut",
            f"{donut.first}..{donut.last} overlaps another window",
            f"months after {pre.last} and before {start}",
        )
    for key, span in spans.items():
        if not whole_periods(span, FREQUENCIES[study.frequency]):
            refuse(
                key,
                f"{span.first}..{span.last} cuts a {study.frequency} in two",
                f"months from the first to the last of whole {study.frequency}s",
            )


def whole_periods(span: Span, length: int) -> bool:
    """Whether a span of months is made of whole periods of `length` months."""
    last = period_months(period_of(span.last, length), length)[-1]
    return period_of(span.first, length) == span.first and last == span.last


def refuse_missing_words(study: Study, config: Mapping, where: str) -> None:
    """Raise `InputError` where a title or an outcome's label lacks a language of the report."""
    words = {f"key {key}": config[key] for key in ("title", "background") if key in config} | {
        f"outcome_definitions, outcome {name}": dict(study.definition(name).label)
        for name in study.outcomes
    }
    for place, texts in words.items():
        if missing := [code for code in config["languages"] if code not in texts]:
            raise InputError(
                f"{where}, {place}",
                f"no text in {missing}",
                "one for each of `languages`",
                "Add it.",
            )


def refuse_unknown_sectors(study: Study, where: str) -> None:
    """Raise `InputError` where the config or the calendar names a sector that has no figures."""
    path = Path(study.data) / "sectors.csv"
    if not path.exists():
        raise InputError(
            f"{where}, key data",
            f"no file {path}",
            "a folder with the tables of data/README.md",
            "Correct the folder.",
        )
    with open(path, encoding="utf-8-sig", newline="") as file:
        known = {row.get("sector") for row in csv.DictReader(file)}
    named = {
        "key treated": [study.treated],
        "key donors.exclude": [sector for sector, _ in study.donors.exclude],
        "key treatment_calendar": [entry.sector for entry in study.calendar],
        "key contamination_calendar": [
            name for event in study.contamination for name in event.sectors
        ],
    }
    for key, sectors in named.items():
        if unknown := sorted(set(sectors) - known):
            raise InputError(
                f"{where}, {key}",
                f"unknown sectors {unknown}",
                f"some of the {len(known)} sectors of {path}",
                "Correct the names.",
            )


def load_outcomes(path: str | Path) -> dict[str, OutcomeDefinition]:
    """Read the outcome definitions from a YAML file, by name."""
    return {entry.name: entry for entry in parse_outcomes(read_yaml(path), str(path))}


def vintage(study: Study) -> str:
    """Twelve hex digits over the figures that estimates rest on."""
    return digest_files(Path(study.data) / f"{name}.csv" for name in VINTAGE)


if __name__ == "__main__":
    frozen = load(*sys.argv[1:2])
    print(f"frozen_hash: {frozen.hash}\nfrozen_vintage: {vintage(frozen)}")
