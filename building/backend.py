"""Builds the wheel: flit's, with the workflow as a part of the package.

In the checkout `Snakefile`, `workflow/` and `profiles/` lie outside the library. An installed
package holds them in `evaluation/shipped`, so that a study runs from there as well.
"""

import shutil
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from flit_core import buildapi
from flit_core.buildapi import (  # noqa: F401, hooks that pip looks for here
    build_editable,
    build_sdist,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

PACKAGE = "src/evaluation"
SHIPPED = ("Snakefile", "requirements.txt", "workflow", "profiles")
ROOT = ("pyproject.toml", "README.md", "LICENSE")


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    """Build from a copy of the sources in which the workflow lies within the package."""
    target = str(Path(wheel_directory).resolve())
    with TemporaryDirectory() as place:
        copied([*ROOT, PACKAGE], Path(place))
        copied(SHIPPED, Path(place, PACKAGE, "shipped"))
        with chdir(place):
            return buildapi.build_wheel(target, config_settings, metadata_directory)


def copied(names, folder):
    """Copy files and folders of the sources into `folder`, under the same names."""
    for name in names:
        goal = folder / name
        goal.parent.mkdir(parents=True, exist_ok=True)
        if Path(name).is_dir():
            shutil.copytree(name, goal, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(name, goal)
