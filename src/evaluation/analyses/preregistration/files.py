"""Every file of a plan: page and PDF by language, Markdown for registries, JSON for machines."""

import json
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from evaluation.analyses.documents import beside
from evaluation.analyses.preregistration.before import figures_before
from evaluation.analyses.preregistration.document import kicker, parts, plan_of, title_line
from evaluation.analyses.preregistration.measured import power_rows
from evaluation.analyses.preregistration.record import plan_record
from evaluation.analyses.preregistration.standing import standing
from evaluation.page.document import Document
from evaluation.page.language import Language
from evaluation.sources.shipped import Shipped
from evaluation.study.study import Study


def plan_files(
    study: Study,
    languages: Sequence[Language],
    *,
    given: Shipped | None,
    where: str,
    code_version: str,
    titles: Mapping[str, str],
    backgrounds: Mapping[str, str],
    power: pd.DataFrame | None = None,
    sizes: pd.DataFrame | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file of the plan.

    Parameters
    ----------
    languages : the first one is that of the Markdown
    given : the tables of the data folder, None where figures are yet to be derived; of months from
        the start on nothing but the end of their coverage is read
    where : the config, for messages
    code_version : digest of the code that makes the estimates
    titles, backgrounds : by language
    power, sizes : `Power` and `Size` rows where something measured them (`power_rows`)

    Raises `InputError` as `figures_before` does.
    """
    before = None if given is None else figures_before(given, study, where)
    measured = power_rows(study, standing(study, before), power=power, sizes=sizes)
    for language in languages:
        plan = plan_of(
            study,
            language.for_periods(study.periods, study.has("exposure"), study.direction),
            before=before,
            measured=measured,
            code_version=code_version,
            derived=given is None,
            title=titles[language.code],
            background=backgrounds.get(language.code, ""),
        )
        document = Document(
            f"{study.study}-plan",
            title_line(plan),
            kicker(plan),
            tuple(parts(plan)),
            beside("plan", language, [each.code for each in languages]),
        )
        yield f"plan.{language.code}.html", document.html(plan.language).encode()
        yield f"plan.{language.code}.pdf", document.pdf(plan.language)
        if language is languages[0]:
            yield "plan.md", document.markdown(plan.language).encode()
    record = plan_record(study, before, code_version)
    text = json.dumps(record, ensure_ascii=False, indent=2, allow_nan=False)
    yield "plan.json", f"{text}\n".encode()
