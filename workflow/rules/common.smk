import ast
import os
from functools import cache

ROOT = Path(os.path.relpath(workflow.basedir))


def code(script, *texts, modules=()):
    """A job's script, every module of the library that it imports, all the way down, and the lock.

    A changed module then reruns what depends on it, and nothing else. `texts` are files that no
    import names: catalogues, templates. `modules` are those that the script finds by name.
    """
    files = imported(ROOT / "workflow" / "scripts" / f"{script}.py")
    for module in modules:
        files = files | imported(module_files(module)[0])
    return sorted(map(str, files | {ROOT / "requirements.txt"})) + list(texts)


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
    names = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def module_files(name):
    """The files of a module's name within the library; none for another library's."""
    place = (ROOT / "src").joinpath(*name.split("."))
    candidates = [place.with_suffix(".py"), place / "__init__.py"]
    return [path for path in candidates if name.startswith("evaluation") and path.is_file()]


def beside(folder):
    """Texts and templates under a folder of the library."""
    kinds = (".yaml", ".j2", ".css", ".js")
    found = (ROOT / "src" / "evaluation" / folder).rglob("*")
    return sorted(str(path) for path in found if path.suffix in kinds)


def exhibit_files(kind, name):
    """The files of one exhibit, in every language."""
    extensions = KINDS[kind][1]
    return [
        f"{OUT}/{kind}s/{name}.{language}.{extension}"
        for language in LANGUAGES
        for extension in extensions
    ]


def shown(path):
    """The file of an exhibit that is looked at goes into Snakemake's own report too."""
    name, language, extension = Path(path).name.split(".")
    if extension not in ("html", "svg"):
        return path
    kind = Path(path).parent.name
    return report(
        path,
        caption=f"../report/{name}.rst",
        category=kind.capitalize(),
        labels={kind.removesuffix("s"): name, "language": language},
    )
