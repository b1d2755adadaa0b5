"""Causal impact evaluation of a public-safety programme in one or a few police sectors.

In a notebook: `import evaluation as ev`, then `ev.Panel.from_frame`, `ev.design`, `ev.fit`,
`ev.test`, `ev.load` and `ev.analyse` (docs/api.md). A name is imported when it is asked for.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_HOMES = {
    "Panel": "evaluation.api.panel",
    "Design": "evaluation.api.design",
    "Fit": "evaluation.api.fit",
    "Effect": "evaluation.api.effect",
    "TestSummary": "evaluation.api.summary",
    "design": "evaluation.api.design",
    "fit": "evaluation.api.fit",
    "test": "evaluation.api.inference",
    "load": "evaluation.api.studies",
    "analyse": "evaluation.api.analyses",
    "InputError": "evaluation.study.errors",
    "EstimationError": "evaluation.study.errors",
}
__all__ = ["__version__", *_HOMES]


def __getattr__(name: str) -> object:
    """Import a public name (PEP 562): `import evaluation` itself loads nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)


class _Package(ModuleType):
    """The package as a module whose public names win over folders of the same name."""

    def __setattr__(self, name: str, value: object) -> None:
        # Importing the folder `design` would bind it here, over the function `design`.
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
