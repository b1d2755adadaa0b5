import ast
import json
import os
import re
from functools import cache

import evaluation
from evaluation.study.vocabulary import catalogues_of, vocabulary_of

# From the working folder. The scripts of a workflow that is read from a repository have no folder,
# and Snakemake follows them itself; the library is then the installed one.
ROOT = Path(os.path.relpath(HOME)) if HOME.is_dir() else None
LIBRARY = Path(os.path.relpath(Path(evaluation.__file__).parent))
LOCK = {path for path in [ROOT / "requirements.txt"] if path.is_file()} if ROOT else set()


def code(script, *texts, modules=()):
    """A job's script, every module of the library that it imports, all the way down, and the lock
    where there is one.

    A changed module then reruns what depends on it, and nothing else. `texts` are files that no
    import names: catalogues, templates. `modules` are those that the script finds by name.
    """
    if ROOT:
        files = imported(ROOT / "workflow" / "scripts" / f"{script}.py")
    else:
        place = Path(workflow.source_path(f"../scripts/{script}.py"))
        files = imported(place) - {place}
    for module in modules:
        files = files | imported(module_files(module)[0])
    return sorted(map(str, files | LOCK)) + list(texts)


@cache
def imported(path):
    """One module and its imports within the library, all the way down."""
    found, waiting = set(), [path]
    while waiting:
        path = waiting.pop()
        if path in found:
            continue
        found.add(path)
        waiting += [place for name in imports_of(path) for place in module_files(name)]
    return found


@cache
def imports_of(path):
    """Names imported in a module; `from a import b` may mean the module `a.b`."""
    names, waiting = [], [ast.parse(path.read_text(encoding="utf-8"))]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        # An import is a statement: nothing below an expression is looked at.
        for part in ("body", "orelse", "handlers", "finalbody", "cases"):
            waiting += getattr(node, part, [])
    return names


@cache
def module_files(name):
    """The files of a module's name within the library; none for another library's."""
    place = LIBRARY.parent.joinpath(*name.split("."))
    candidates = [place.with_suffix(".py"), place / "__init__.py"]
    return [path for path in candidates if name.startswith("evaluation") and path.is_file()]


def beside(*folders):
    """Texts and templates under folders of the library."""
    kinds = (".yaml", ".j2", ".css", ".js")
    found = [path for folder in folders for path in (LIBRARY / folder).rglob("*")]
    return sorted(str(path) for path in found if path.suffix in kinds)


def words(language):
    """The catalogues and the grammar of one language; or the folder of one that does not ship."""
    if folder := catalogues_of(config).get(language):
        return sorted(map(str, Path(folder).glob("*.yaml")))
    found = LIBRARY.glob(f"*/*/{language}.yaml")
    return sorted(map(str, found))


def exhibit_file(one, extension):
    """A file of an exhibit; the one that is looked at goes into Snakemake's own report too."""
    path = f"{OUT}/{one.kind}s/{one.name}.{{language}}.{extension}"
    if extension not in ("html", "svg"):
        return path
    return report(
        path,
        caption=os.path.abspath(f"{OUT}/captions/{one.kind}-{one.name}.{LANGUAGES[0]}.rst"),
        category=f"{one.kind.capitalize()}s",
        labels={one.kind: one.name, "language": "{language}"},
    )


def memory(least, times=0, one_by_one=False):
    """Megabytes of a job, for a cluster: at least so many, and so many times its inputs.

    Or times the largest, where they are read one by one. At a second attempt twice as many. A local
    run does not look at them.
    """

    def asked(wildcards, input, attempt):
        if not times:
            return attempt * least
        read = max(input.size_files_mb, default=0) if one_by_one else input.size_mb
        return attempt * max(least, int(times * read))

    return asked


def frames_of(analysis):
    """What an analysis reads: its frames, and the statements where it asks for them."""
    one = ANALYSES[analysis]
    found = {name: FRAMES[name] for name in one.frames}
    return found | ({"statements": f"{OUT}/statements.json"} if one.reads_statements else {})


def left_over():
    """Files in the results folder that no rule makes, left there by a run before some change."""
    made = {f"{OUT}/manifest.json"}
    made |= {f"{OUT}/captions/{one.kind}-{one.name}.{{language}}.rst" for one in EXHIBITS}
    for one in workflow.rules:
        paths = map(str, filter(None, (*one.output, *one.log, one.benchmark)))
        made |= {path for path in paths if path.startswith(f"{OUT}/")}
    made = {path for pattern in made for path in filled(pattern)}
    found = {path.as_posix() for path in Path(OUT).rglob("*") if path.is_file()}
    return sorted(found - made)


def filled(pattern):
    """A pattern with each value of its wildcards, whose constraints Snakemake has written in."""
    pattern = re.sub(r"\{(\w+),[^}]*\}", r"{\1}", pattern)
    return expand(pattern, **{key: WILDCARDS[key] for key in WILDCARDS if f"{{{key}}}" in pattern})


def lost(mark):
    """Whether the ledger no longer holds the release that a job wrote into it."""
    path = Path(f"{OUT}/releases/{mark}.json")
    return path.exists() and json.loads(path.read_text())["release"] not in RELEASES


def simulated_first():
    """Whether this study's plan comes before the figures of its windows, and simulates its power."""
    coverage = Path(config["data"]) / "coverage.csv"
    try:
        return coverage.is_file() and is_simulated(STUDY, coverage)
    except InputError as error:
        raise WorkflowError(str(error)) from None
