"""A registered plan as a file: what was chosen before, to be held against what was run."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from evaluation.study.errors import InputError
from evaluation.study.strict_yaml import place
from evaluation.study.text_files import read_text

KIND = "pre-analysis plan"  # what a plan file says that it is
KEYS = {
    "kind": str,
    "study": str,
    "hash": str,
    "choices": dict,
    "code_version": str,
    "figures": dict,
}
FIGURES = {"last_month": str, "vintage": str, "digests": dict}
WRITE = "Name a plan.json that `snakemake preregister` wrote, unchanged, or remove the key."


@dataclass(frozen=True)
class RegisteredPlan:
    """What of a plan file can be compared.

    hash : of the study that was planned
    choices : every choice that it is over, as canonical JSON
    code_version : digest of the code that would make the estimates
    last_month : of the figures before the start that the plan was written with; empty for none
    digests : of those figures, by outcome or table
    """

    hash: str
    choices: str
    code_version: str
    last_month: str
    digests: tuple[tuple[str, str], ...]


def canonical(value) -> str:
    """A value as the one JSON text that stands for it."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def digest(value) -> str:
    """Twelve hex digits of the SHA-256 of `value` as canonical JSON."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:12]


def read_plan(config: Mapping, where: str) -> dict | None:
    """The plan file that a config names under `declarations.plan`; None where it names none.

    Raises `InputError` where there is no such file, it is no plan, or its choices are not those of
    its hash.
    """
    path = config.get("declarations", {}).get("plan", "")
    if not path:
        return None

    def refuse(problem: str, expected: str) -> NoReturn:
        at = place(where, ["declarations", "plan"])
        raise InputError(at, f"{path}: {problem}", expected, WRITE)

    if not Path(path).is_file():
        refuse("no such file", "the file of a registered plan")
    try:
        plan = json.loads(read_text(path, "a plan in JSON"))
    except json.JSONDecodeError as error:
        refuse(f"line {error.lineno} is no JSON ({error.msg})", "a plan in JSON")
    if not isinstance(plan, dict) or plan.get("kind") != KIND:
        refuse("no plan", f"a mapping whose `kind` is {KIND!r}")
    for key, kind in KEYS.items():
        if not isinstance(plan.get(key), kind):
            refuse(f"{key} is {plan.get(key)!r}", f"{key}: a {kind.__name__}")
    for key, kind in FIGURES.items():
        if not isinstance(plan["figures"].get(key), kind):
            refuse(f"figures.{key} is {plan['figures'].get(key)!r}", f"a {kind.__name__}")
    if digest(plan["choices"]) != plan["hash"]:
        refuse(
            f"the hash of its choices is {digest(plan['choices'])}, and it says {plan['hash']}",
            "choices as they were registered",
        )
    return plan


def parse_plan(plan: Mapping) -> RegisteredPlan:
    """The plan of a file that `read_plan` accepts."""
    figures = plan["figures"]
    return RegisteredPlan(
        plan["hash"],
        canonical(plan["choices"]),
        plan["code_version"],
        figures["last_month"],
        tuple(sorted(figures["digests"].items())),
    )
