"""The commands of `python -m evaluation`: a function for each, and a line in `COMMANDS`."""

import subprocess
import sys
from argparse import REMAINDER, ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evaluation.api.arguments import located
from evaluation.api.starting import start_config, trial
from evaluation.study.errors import InputError
from evaluation.study.places import workflow_folder


@dataclass(frozen=True)
class Command:
    """A command. What `run` returns is the exit code; its docstring is the help."""

    run: Callable[[Namespace], int]
    declare: Callable[[ArgumentParser], None]


def main(arguments: Sequence[str]) -> int:
    """Run one command; bad input is one message and exit code 1."""
    parser = ArgumentParser(prog="python -m evaluation")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        text = str(command.run.__doc__)
        part = commands.add_parser(name, help=text.splitlines()[0], description=text)
        command.declare(part)
        part.set_defaults(run=command.run)
    given = parser.parse_args(arguments)
    try:
        run: Callable[[Namespace], int] = given.run
        return run(given)
    except InputError as error:
        print(f"InputError: {error}", file=sys.stderr)
        return 1


def workflow(given: Namespace) -> int:
    """Print the path of the Snakefile.

    For Snakemake's `--snakefile`, or the `snakefile:` of a module.
    """
    print(workflow_folder() / "Snakefile")
    return 0


def run(given: Namespace) -> int:
    """Run a study as the workflow does, into the folder results/ here.

    What follows the config is for Snakemake: a target, --dry-run, --cores 1.
    """
    config = located(given.config, "config", "the path of a study's config")
    if not config.is_file():
        raise InputError(str(config), "no such file", "a config", "Correct the path.")
    snakefile = str(workflow_folder() / "Snakefile")
    # Targets come first: each word after --configfile would be taken for a config.
    words = [*given.words, "--snakefile", snakefile, "--configfile", str(config)]
    return subprocess.run([sys.executable, "-m", "snakemake", *words], check=False).returncode


def init(given: Namespace) -> int:
    """Write a first config for a folder from its panel, a CSV file.

    Nothing is asked: columns, kinds, the treated unit and the start are guessed from the table, and
    what was guessed is printed and stands in the config as comments. A config that is there stays.
    """
    folder = located(given.folder, "folder", "the path of a folder")
    panel = located(given.panel, "--panel", "the path of a CSV file") if given.panel else None
    path, guess = start_config(folder, panel)
    print(f"{path} is written. Guessed:")
    for key, note in guess.notes.items():
        print(f"  {key}: {note}" if key != "rest" else f"  {note}")
    still = trial(path)
    print(f"Before it runs: {still}" if still else f"It runs: python -m evaluation run {path}")
    return 0


def _declare_nothing(parser: ArgumentParser) -> None:
    """A command without arguments."""


def _declare_run(parser: ArgumentParser) -> None:
    parser.add_argument("config", metavar="CONFIG", help="config of the study")
    parser.add_argument("words", nargs=REMAINDER, metavar="...", help="arguments of Snakemake")


def _declare_init(parser: ArgumentParser) -> None:
    parser.add_argument("folder", metavar="FOLDER", help="folder of the study")
    parser.add_argument("--panel", metavar="FILE", help="the panel, if not the folder's one CSV")


COMMANDS = {
    "init": Command(init, _declare_init),
    "run": Command(run, _declare_run),
    "workflow": Command(workflow, _declare_nothing),
}
