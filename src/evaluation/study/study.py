"""The frozen study: question, units and dates. Typed, checked and hashed."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from evaluation.study import months
from evaluation.study.calendars import (
    BOROUGH,
    ENTRY_COLUMNS,
    EVENT_COLUMNS,
    Entry,
    Event,
    parse_calendar,
    parse_events,
)
from evaluation.study.choices import (
    Monitoring,
    Primary,
    Robustness,
    Secondary,
    Step,
    parse_claims,
    parse_monitoring,
    parse_robustness,
    parse_secondary,
)
from evaluation.study.coherence import (
    refuse_contradictions,
    refuse_missing_words,
    refuse_strange_boroughs,
    refuse_strange_sectors,
)
from evaluation.study.comparison import Calibration, DonorRule, parse_calibration, parse_donors
from evaluation.study.config import read_calendar, read_definitions, read_yaml, validate
from evaluation.study.delimited import read_delimited
from evaluation.study.errors import InputError
from evaluation.study.features import ALL
from evaluation.study.outcomes import (
    COUNT,
    Covariate,
    OutcomeDefinition,
    parse_covariates,
    parse_outcomes,
)
from evaluation.study.period_names import LENGTHS, PeriodNames
from evaluation.study.registered import digest, read_plan
from evaluation.study.scale import FALL, EffectScale, smallest_ratios
from evaluation.study.statements import Statements, parse_statements

CALIBRATED_SUFFIX = "_calibrated"
FREQUENCIES = LENGTHS
# These name a study or where its files lie, but cannot move an estimate: not in the hash.
COSMETIC = ("study", "data", "features", "statements")
# Where figures come from that are at hand before any job: a folder of tables, or a panel.
PANEL = "panel"
AT_HAND = ("shipped", PANEL)
COMMANDED = ("raw", "data_out", "release")  # on the command line: what is run, not what is asked
# Blocks that are added to the rest: in the hash, but they move no draw of the others.
BESIDE = ("monitoring", "secondary", "covariates")
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
class Study:
    """One study. Months are `YYYY-MM`; `post_windows` pairs a name with its last month.

    `joined` is how many units the treated one is made of. `measurement` holds the keys of
    `MEASUREMENT` in which the study departs from it; `scale.py` has `smallest_effect` and
    `direction`. `statements`, and the labels of `definitions`, can move no number: a job may read a
    study without.
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
    direction: str = FALL
    measurement: tuple[tuple[str, str | int], ...] = ()
    claims: tuple[Step, ...] = ()
    monitoring: Monitoring | None = None
    secondary: Secondary | None = None
    periods: PeriodNames = PeriodNames()
    joined: int = 1
    covariates: tuple[Covariate, ...] = ()
    features: tuple[str, ...] = ALL
    statements: Statements | None = None

    @property
    def first_month(self) -> str:
        """The first month that any estimate matches."""
        grid = (first for _, first, _ in self.robustness.grid.pre_periods)
        return min(self.pre_period.first, *grid)

    @property
    def last_month(self) -> str:
        """The last month of any window."""
        return max(last for _, last in self.post_windows)

    @property
    def given(self) -> bool:
        """Whether the panel was given as it is, not counted from files."""
        return self.periods != PeriodNames()

    def has(self, *features: str) -> bool:
        """Whether the study has all of some `features`."""
        return set(features) <= set(self.features)

    @property
    def decisive_test(self) -> str:
        """The test whose p and interval the verdict takes: the first one's calibrated form.

        The first one itself where the study does not ask for that form, or has no counts.
        """
        name = f"{self.tests[0]}{CALIBRATED_SUFFIX}"
        return name if self.scale().counted and name in self.tests else self.tests[0]

    @property
    def every_estimator(self) -> tuple[str, ...]:
        """The study's estimators, then the secondary ones."""
        return self.estimators + (self.secondary.estimators if self.secondary else ())

    def tests_of(self, estimator: str) -> tuple[str, ...]:
        """The tests of one estimator: a secondary one has its own."""
        if self.secondary and estimator in self.secondary.estimators:
            return self.secondary.tests
        return self.tests

    @property
    def primary(self) -> Primary:
        """The primary analysis under the test that decides."""
        return Primary(
            self.outcomes[0], self.estimators[0], self.primary_window, self.decisive_test
        )

    @property
    def significance(self) -> float:
        """The level of the test that decides: that of the intervals, so that they agree."""
        return round(1 - self.level, 12)

    @property
    def smallest_effects(self) -> tuple[float, float]:
        """Rate ratios of the smallest fall and rise of interest; their product is 1."""
        return smallest_ratios(self.smallest_effect, self.direction)

    def scale(self, outcome: str = "") -> EffectScale:
        """The scale of an outcome's effect; of the primary one by default."""
        return EffectScale(self.definition(outcome or self.outcomes[0]).counted)

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
        """Twelve hex digits over every choice that can move an estimate or a claim."""
        return digest(self.choices)

    @property
    def choices(self) -> dict:
        """Every choice that the hash is over, by key; texts, numbers, lists and mappings."""
        return self._choices()

    @property
    def stream(self) -> str:
        """What the seeds of all simulations begin with: the hash, without what is added to it.

        A plan of looks, or a secondary line, is a choice of its own: written down, it must move no
        draw of the others.
        """
        choices = self._choices()
        return digest({key: value for key, value in choices.items() if key not in BESIDE})

    def _choices(self) -> dict:
        choices = {key: value for key, value in asdict(self).items() if key not in COSMETIC}
        for definition in choices["definitions"]:
            del definition["label"], definition["role"], definition["measured"]
            if definition["kind"] == COUNT:
                del definition["kind"]
        choices["covariates"] = sorted(one.name for one in self.covariates)
        if choices["direction"] == FALL:
            del choices["direction"]
        # Rows of a calendar, and sectors of a scope, have no order.
        for event in choices["contamination"]:
            event["scope"] = _unordered(event["scope"])
        for name in ("calendar", "contamination"):
            choices[name] = sorted(choices[name], key=lambda row: sorted(row.items()))
        if self.periods == PeriodNames():
            del choices["periods"]
        if self.joined == 1:
            del choices["joined"]
        for key in ("measurement", "claims", *BESIDE):
            if not choices[key]:
                del choices[key]
        return choices

    def definition(self, outcome: str) -> OutcomeDefinition:
        return next(entry for entry in self.definitions if entry.name == outcome)

    @property
    def said(self) -> Statements:
        """The statements; raises `LookupError` in a job that was not given them."""
        if self.statements is None:
            raise LookupError(f"study {self.study}: its statements are no input here")
        return self.statements

    def lane(self, data_vintage: str) -> str:
        """Of estimates from figures of a vintage, as `Statements.lane`."""
        return self.said.lane(self.hash, data_vintage)


def _unordered(scope: str) -> str:
    """A scope with its names sorted."""
    prefix = BOROUGH if scope.startswith(BOROUGH) else ""
    return prefix + ";".join(sorted(scope.removeprefix(prefix).split(";")))


def from_parts(
    config: Mapping,
    outcomes: Mapping,
    calendar: list[dict],
    where: str,
    *,
    contamination: list[dict] | None = None,
    statements: Statements | None = None,
) -> Study:
    """Build the study from a config that honours the schema, outcome definitions and calendars.

    `where` names the config in messages; `contamination` holds the rows of the contamination
    calendar, none of them by default. Raises `InputError` where choices contradict each other, as a
    window that ends before it starts.
    """
    inference = config["inference"]
    study = Study(
        study=config["study"],
        data=config["data"],
        definitions=parse_outcomes(outcomes, _named(config["outcome_definitions"], where)),
        calendar=parse_calendar(calendar, _named(config["treatment_calendar"], where)),
        contamination=parse_events(
            contamination or [], _named(config.get("contamination_calendar", where), where)
        ),
        treated=config["treated"],
        treatment_start=config["treatment_start"],
        donut=Span(**config["donut"]) if config.get("donut") else None,
        pre_period=Span(**config["pre_period"]),
        post_windows=tuple(config["post_windows"].items()),
        primary_window=config["primary_window"],
        frequency=config["frequency"],
        donors=parse_donors(config["donors"]),
        outcomes=tuple(config["outcomes"]),
        estimators=tuple(config["estimators"]),
        tests=tuple(inference["tests"]),
        baselines=tuple(inference.get("baselines", ())),
        centre=inference["centre"],
        level=float(inference["level"]),
        calibration=parse_calibration(config["calibration"]),
        robustness=parse_robustness(config["robustness"]),
        smallest_effect=float(config["gate"]["smallest_effect"]),
        direction=config.get("direction", FALL),
        measurement=_measurement(config.get("source", {}), where),
        claims=parse_claims(config),
        monitoring=parse_monitoring(config),
        secondary=parse_secondary(config),
        periods=PeriodNames(**config.get("periods", {})),
        joined=len(config.get("treated_units", [""])),
        covariates=parse_covariates(config, where),
        features=tuple(config.get("features", ALL)),
        statements=statements,
    )
    refuse_contradictions(study, where, FREQUENCIES[study.frequency])
    return study


def _named(given: str | Mapping | list, where: str) -> str:
    """Where outcomes are defined, or a calendar is: a file, or the config itself."""
    return given if isinstance(given, str) else where


def load(path: str | Path = "config/config.yaml", config: Mapping | None = None) -> Study:
    """Read a study: the config at `path` (or `config`, already read) and the files it names."""
    config = config or read_yaml(path)
    calendar = read_calendar(config["treatment_calendar"], ENTRY_COLUMNS)
    plan = read_plan(config, str(path))
    return from_parts(
        config,
        read_definitions(config),
        calendar,
        str(path),
        contamination=read_calendar(config["contamination_calendar"], EVENT_COLUMNS),
        statements=parse_statements(config, str(path), calendar, plan),
    )


def open_study(config: Mapping, schema: str | Path, where: str) -> Study:
    """The study of a config, once all that can be known before any job has been checked.

    Raises `InputError` for a config off its schema, choices that contradict each other, a missing
    text in a language of the report, or a sector without figures.
    """
    validate(config, schema, where)
    study = load(where, config)
    refuse_missing_words(study, config, where)
    if gives_figures(config) and config.get("source", {}).get("from") != PANEL:
        refuse_unknown_sectors(study, where)
    return study


def gives_figures(config: Mapping) -> bool:
    """Whether the figures are at hand as they are, rather than what a job has yet to derive."""
    derived = any(key in config for key in COMMANDED)
    return config.get("source", {}).get("from", "shipped") in AT_HAND and not derived


def _measurement(source: Mapping, where: str) -> tuple[tuple[str, str | int], ...]:
    found = tuple((k, source[k]) for k, v in MEASUREMENT.items() if source.get(k, v) != v)
    if found and source.get("from") in AT_HAND:
        key, value = found[0]
        raise InputError(
            f"{where}, key source.{key}",
            f"{value} where the figures that ship are counted by {MEASUREMENT[key]}",
            "another source, or the figures as they are",
            "Set source.from to portal or files, or remove the key.",
        )
    return found


def whole_periods(span: Span, length: int) -> bool:
    """Whether a span is made of whole periods of `length` months."""
    return months.whole_periods(span.first, span.last, length)


def refuse_unknown_sectors(study: Study, where: str) -> None:
    """Raise `InputError` for a sector or borough of config or calendars that has no figures."""
    path = Path(study.data) / "sectors.csv"
    rows = read_delimited(path, missing="Correct the key data of the config.").records()
    columns = ("sector", "alcaldia")
    if rows and not all(name in rows[0] for name in columns):
        raise InputError(
            str(path), f"columns {list(rows[0])}", f"among them {columns}", "Correct the header."
        )
    refuse_strange_sectors(study, [row["sector"] for row in rows], where, str(path))
    refuse_strange_boroughs(study, [row["alcaldia"] for row in rows], where, str(path))


def load_outcomes(path: str | Path) -> dict[str, OutcomeDefinition]:
    """Read the outcome definitions from a YAML file, by name."""
    return {entry.name: entry for entry in parse_outcomes(read_yaml(path), str(path))}
