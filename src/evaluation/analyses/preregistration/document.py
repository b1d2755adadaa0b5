"""The plan in words: its parts, in an order that the fields of registries can take."""

from collections.abc import Callable
from dataclasses import dataclass

from evaluation.analyses.preregistration import tables
from evaluation.analyses.preregistration.before import Before
from evaluation.analyses.preregistration.measured import Measured
from evaluation.analyses.preregistration.phrases import declared, other_windows, phrases
from evaluation.analyses.preregistration.registries import fields
from evaluation.analyses.preregistration.standing import POST_HOC, standing
from evaluation.analyses.preregistration.trial import is_kriging, trial
from evaluation.analyses.preregistration.would_find import would_find
from evaluation.calibration.scale_up.ahead import can_simulate
from evaluation.calibration.thresholds import accepted
from evaluation.page.disclosure import withhold
from evaluation.page.document import Block, Part
from evaluation.page.language import Language
from evaluation.study.months import shifted
from evaluation.study.study import CALIBRATED_SUFFIX, MEASUREMENT, Study

CENTRED, PRECISION = "ferman_pinto", "precision"  # in the names of tests


@dataclass(frozen=True)
class Plan:
    """What a plan is written from, in one language.

    derived : whether the figures are yet to be derived from files, rather than in a folder
    facts : what sentences quote
    """

    study: Study
    before: Before | None
    measured: Measured
    code_version: str
    derived: bool
    background: str
    language: Language
    facts: dict[str, str]

    def __call__(self, key: str, **values: str) -> str:
        return self.language(f"plan.{key}", **self.facts | values)


def plan_of(
    study: Study,
    language: Language,
    *,
    before: Before | None,
    measured: Measured,
    code_version: str,
    derived: bool,
    title: str,
    background: str,
) -> Plan:
    """The plan with the phrases of its language; parameters as in `Plan`."""
    facts = phrases(study, before, language, title)
    return Plan(study, before, measured, code_version, derived, background, language, facts)


def title_line(plan: Plan) -> str:
    """The title, which says at once whether the plan came first."""
    return plan(f"title.{standing(plan.study, plan.before)}")


def kicker(plan: Plan) -> str:
    study = plan.study
    return plan("identity", study=study.study, hash=study.hash, code=plan.code_version)


def parts(plan: Plan) -> list[Part]:
    """Every part of the plan, in its order."""
    return [
        Part(
            name,
            plan(f"heading.{name}"),
            tuple(write(plan)),
            fields(name, plan.language),
            leads=name == "seen",
        )
        for name, write in PARTS.items()
    ]


def _question(plan: Plan) -> list[Block]:
    study, language = plan.study, plan.language
    found = tuple(
        plan(
            "question.hypothesis",
            place=str(place),
            outcome=language.inline(language.outcome(study.definition(step.outcome))),
            where=plan(f"question.{step.analysis}"),
        )
        for place, step in enumerate(study.claims, start=1)
    )
    return [plan("question.intro"), found or plan("question.none")]


def _seen(plan: Plan) -> list[Block]:
    stands = standing(plan.study, plan.before)
    registration = dict(dict(plan.study.said.declared)["registration"])
    found = [plan(f"seen.{stands}", registration=registration.get(plan.language.code, ""))]
    if plan.before is None:
        return [*found, plan("seen.unused")]
    found += [plan("seen.reaches")] * (stands == POST_HOC)
    found += [plan("seen.used")]
    ran = not plan.measured.reason and not plan.measured.is_ahead
    return [*found, *[plan("seen.measured")] * ran]


def _background(plan: Plan) -> list[Block]:
    study, language = plan.study, plan.language
    found: list[Block] = [plan.background or plan("background.none"), plan("background.start")]
    notes = {sector: note for sector, *note in study.said.entries}
    entries = [entry for entry in study.calendar if entry.sector == study.treated]
    for entry in entries:
        source, confidence = notes[entry.sector]
        months = language.month(entry.entry)
        if entry.latest_entry != entry.entry:
            last = language.month(entry.latest_entry)
            months = plan("background.between", first=months, last=last)
        confidence = language(f"table.confidence.{confidence}")
        source = study.said.cited(source)
        found.append(
            plan("background.calendar", months=months, confidence=confidence, source=source)
        )
    found += [plan("background.calendar_none")] * (not entries)
    documents = tuple(
        f"{entry.citation}. {dict(entry.says)[language.code]} {entry.address}"
        for entry in study.said.documents
    )
    return [*found, documents] if documents else found


def _trial(plan: Plan) -> list[Block]:
    return [plan("trial.intro"), trial(plan.study, plan.language, plan.facts)]


def _assignment(plan: Plan) -> list[Block]:
    return [plan("assignment.random"), plan("assignment.blinding")]


def _outcomes(plan: Plan) -> list[Block]:
    study, language = plan.study, plan.language
    order = tables.claims(study, language, plan.facts) if study.claims else plan("claims.none")
    return [order, tables.outcomes(study, language)]


def _analysis(plan: Plan) -> list[Block]:
    study, language = plan.study, plan.language
    donors = ["analysis.donors", f"analysis.donors_{'left' if plan.before else 'unknown'}"]
    # The log ratio against simulated sectors ranks no donor.
    ranked = plan.before is not None and not can_simulate(study)
    donors += ["analysis.donors_ranked"] * ranked
    estimator = ["analysis.estimator", *["analysis.kriging"] * is_kriging(study)]
    found = [" ".join(map(plan, estimator)), plan("analysis.window", window=plan.facts["primary"])]
    found += [" ".join(map(plan, donors)), plan("analysis.test")]
    if study.primary.test.endswith(CALIBRATED_SUFFIX):
        calibration = study.calibration
        panels = language.number(calibration.deciding_panels, 0)
        copies = language.number(calibration.reference_copies, 0)
        found[-1] += " " + plan("analysis.calibrated", panels=panels, copies=copies)
    if CENTRED in study.primary.test:
        centre = PRECISION if PRECISION in study.primary.test else study.centre
        found.append(plan("analysis.centre", centre=plan(f"analysis.centre.{centre}")))
    return [(*found, *(plan(f"analysis.{key}") for key in ("interval", "smallest", "valid")))]


def _secondary(plan: Plan) -> list[Block]:
    study, language = plan.study, plan.language

    def names(kind: str, keys: tuple[str, ...]) -> str:
        own = getattr(study.primary, kind)
        shown = [language.inline(language(f"{kind}.{key}")) for key in keys if key != own]
        return "; ".join(shown) or plan("none")

    bullets = [
        plan("secondary.estimators", names=names("estimator", study.estimators)),
        plan("secondary.tests", names=names("test", study.tests)),
        plan("secondary.baselines", names=names("test", study.baselines)),
        plan("secondary.windows", names=other_windows(study, language)),
    ]
    if study.secondary:
        line = study.secondary
        numbers = {"drift_multiples": line.drift_multiples, "breaks": line.breaks}
        listed = {
            key: "; ".join(map(language.general, values)) or plan("none")
            for key, values in numbers.items()
        }
        shown = {"names": names("estimator", line.estimators), "tests": names("test", line.tests)}
        bullets.append(plan("secondary.line", **shown, **listed))
    return [plan("secondary.intro"), tuple(bullets)]


def _sample(plan: Plan) -> list[Block]:
    if plan.before is None:
        return [plan("sample.unknown")]
    table = tables.counts(plan.study, plan.before, plan.language, plan.facts)
    return [plan("sample.known"), withhold(table, plan.study, plan.language)]


def _power(plan: Plan) -> list[Block]:
    measured, language = plan.measured, plan.language
    if measured.reason:
        return [plan(f"power.reason.{measured.reason}")]
    if measured.is_ahead:
        return would_find(plan.study, measured, language, plan.facts)
    simulated = measured.power[measured.power["null"] != "donors"]
    found: list[Block] = [
        plan("power.intro", draws=language.number(simulated["draws"].max(), 0)),
        tables.power(plan.study, measured, language, plan.facts),
    ]
    sizes = measured.sizes[measured.sizes["decides"]]
    if len(sizes):
        low, high = (language.percent(100 * one, 1) for one in _ends(sizes["size"]))
        found.append(plan("power.sizes", worlds=str(len(sizes)), low=low, high=high))
        found.append(plan("power.valid" if accepted(sizes).all() else "power.not_valid"))
    return found


def _ends(values) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _stopping(plan: Plan) -> list[Block]:
    looks, start, language = plan.study.monitoring, plan.study.treatment_start, plan.language
    if looks is None:
        return [" ".join([plan("stopping.fixed"), plan("stopping.none")])]
    ends = {"first_month": looks.first_look, "last_month": looks.horizon}
    values = {key: language.month(shifted(start, month - 1)) for key, month in ends.items()}
    values |= {"first": str(looks.first_look), "horizon": str(looks.horizon)}
    values["estimator"] = language.inline(language(f"estimator.{looks.estimator}"))
    values["level"] = language.percent(100 * looks.level, 0 if looks.level >= 0.01 else 1)
    return [
        plan("stopping.fixed"),
        plan("stopping.looks", **values),
        plan("stopping.sentence", **values),
    ]


def _exclusions(plan: Plan) -> list[Block]:
    study = plan.study
    found: list[Block] = [plan("exclusions.places"), plan("exclusions.months")]
    if study.donors.exclude:
        names = "; ".join(f"{sector} ({why})" for sector, why in study.donors.exclude)
        found.append(plan("exclusions.sectors", names=names))
    if not study.contamination:
        return [*found, plan("exclusions.none")]
    return [*found, tables.events(study, plan.language)]


def _exploratory(plan: Plan) -> list[Block]:
    language, grid = plan.language, plan.study.robustness.grid
    time = plan.study.robustness.time
    variants = plan(
        "exploratory.variants",
        starts=language.listing([language.month(month) for month in time.starts]),
        donuts=language.listing([str(language.length(months)) for months in time.donuts]),
        radii=language.listing(
            [f"{language.number(metres, 0)} m" for metres in time.donor_radii_m]
        ),
        estimators=str(len(grid.estimators)),
        frequencies=str(len(grid.frequencies)),
        pre_periods=str(len(grid.pre_periods)),
        donor_rules=str(len(grid.donor_rules)),
    )
    return [plan("exploratory.intro"), variants, tables.analyses(language)]


def _data(plan: Plan) -> list[Block]:
    said, measurement = plan.study.said, MEASUREMENT | dict(plan.study.measurement)
    source = "data.source.derived" if plan.derived else "data.source.shipped"
    smallest = str(said.smallest_cell)
    return [
        (
            plan(source, folder=plan.study.data),
            plan(f"trial.outcomes.emulation.{measurement['counting']}"),
            plan("data.map", map=str(measurement["map"])),
            plan("data.vintage" if plan.before else "data.unused"),
            plan("data.restricted" if said.smallest_cell > 1 else "data.open", smallest=smallest),
        )
    ]


def _declarations(plan: Plan) -> list[Block]:
    return [tuple(f"{name}: {text}" for name, text in declared(plan.study, plan.language))]


def _record(plan: Plan) -> list[Block]:
    table = tables.record(plan.study, plan.before, plan.code_version, plan.language)
    return [table, plan("record.after")]


PARTS: dict[str, Callable[[Plan], list[Block]]] = {
    "seen": _seen,
    "question": _question,
    "background": _background,
    "trial": _trial,
    "assignment": _assignment,
    "outcomes": _outcomes,
    "analysis": _analysis,
    "secondary": _secondary,
    "sample": _sample,
    "power": _power,
    "stopping": _stopping,
    "exclusions": _exclusions,
    "exploratory": _exploratory,
    "data": _data,
    "declarations": _declarations,
    "record": _record,
}
