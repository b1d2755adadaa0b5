"""Put a finished run and its source into one checked archive: `make release`, or
`python -m building.release [--config FILE]`.

Nothing is written where the run is not whole, the tree differs from its commit, no author is named,
or an item that the reporting standards call a must has no answer: a reader could not judge it.
"""

import argparse
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import yaml

from evaluation.analyses import KINDS, exhibits
from evaluation.analyses.standards.checklists import item_named
from evaluation.page.archive import checksums, zipped
from evaluation.study.authorship import Authorship, authorship_of
from evaluation.study.files import write_bytes

ROOT = Path(__file__).resolve().parents[1]
DOCUMENTS = ("report.*.html", "report.*.pdf", "brief.*.html", "brief.*.pdf", "explore.*.html")
LINKED = ("figures/*.csv", "tables/*.csv")  # the report leads to such files
OTHERS = ("data.zip", "numbers.json", "specification.json", "manifest.json", "estimates.csv")


def faults(results: Path, authorship: Authorship, changed: str) -> list[str]:
    """What keeps a run from being released, a line each; none, where it may be.

    changed : what git says of files that differ from the commit
    """
    found = [
        f"{line.split()[-1]} differs from its commit: commit it"
        for line in changed.split("\n")
        if line
    ]
    if not authorship.authors:
        found.append("the config names no author: state authorship.authors")
    manifest = results / "manifest.json"
    if not manifest.is_file():
        return [*found, f"{results} holds no finished run: run `make` first"]
    outputs = json.loads(manifest.read_text(encoding="utf-8"))["outputs"]
    for name, digest in outputs.items():
        path = results.parent.parent / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != digest:
            found.append(f"{name} is not the file that the run wrote: run `make` again")
    numbers = json.loads((results / "numbers.json").read_text(encoding="utf-8"))
    for item in (numbers["standards_musts_missing_items"] or "").split():
        found.append(
            f"a must of the reporting standards is not answered: {item_named(item).name['en']}"
        )
    return found


def contents(root: Path, results: Path, config: dict) -> dict[str, bytes]:
    """Every file of the archive by name: source, results, and what describes them."""
    listed = _git(root, "ls-files", "-z").split("\0")
    files = {f"source/{name}": (root / name).read_bytes() for name in listed if name}
    for pattern in (*DOCUMENTS, *LINKED, *OTHERS):
        for path in sorted(results.glob(pattern)):
            files[f"results/{path.relative_to(results).as_posix()}"] = path.read_bytes()
    authorship = authorship_of(config)
    citation = yaml.safe_load((root / "CITATION.cff").read_text(encoding="utf-8"))
    files["CITATION.cff"] = _citation(citation, config, authorship).encode()
    files["codemeta.json"] = _codemeta(citation, authorship).encode()
    files["LICENSE"] = (root / "LICENSE").read_bytes()
    files["README.md"] = _readme(root, results, config, authorship).encode()
    return files | {"SHA256SUMS": checksums(files).encode()}


def _citation(citation: dict, config: dict, authorship: Authorship) -> str:
    """The repository's own metadata with the authors and the date of the study (CFF 1.2.0)."""
    authors = [
        {"name": author.name}
        | ({"affiliation": author.affiliation} if author.affiliation else {})
        | ({"orcid": f"https://orcid.org/{author.orcid}"} if author.orcid else {})
        | ({"email": author.email} if author.email else {})
        for author in authorship.authors
    ]
    own = citation | {"title": next(iter(config["title"].values())), "authors": authors}
    own |= {"date-released": authorship.date} if authorship.date else {}
    own |= {"doi": authorship.doi} if authorship.doi else {}
    return yaml.safe_dump(own, sort_keys=False, allow_unicode=True)


def _codemeta(citation: dict, authorship: Authorship) -> str:
    """The same as CodeMeta 2.0 (JSON-LD), which archives read."""
    return (
        json.dumps(
            {
                "@context": "https://doi.org/10.5063/schema/codemeta-2.0",
                "@type": "SoftwareSourceCode",
                "name": citation["title"],
                "description": " ".join(str(citation["abstract"]).split()),
                "version": str(citation["version"]),
                "license": f"https://spdx.org/licenses/{citation['license']}",
                "programmingLanguage": "Python",
                "author": [
                    {
                        "@type": "Person" if one.affiliation or one.orcid else "Organization",
                        "name": one.name,
                    }
                    for one in authorship.authors
                ],
            },
            indent=2,
            ensure_ascii=False,
        )
        + "\n"
    )


def _readme(root: Path, results: Path, config: dict, authorship: Authorship) -> str:
    """A README in the order of the template of the Social Science Data Editors (2022)."""
    manifest = json.loads((results / "manifest.json").read_text(encoding="utf-8"))
    runtime, versions = manifest["runtime"], manifest["versions"]
    licences = "; ".join(f"{kind} {name}" for kind, name in authorship.licences) or "not stated"
    data = "\n".join(f"| `{name}` | `{digest}` |" for name, digest in manifest["inputs"].items())
    made = "\n".join(
        f"| {one.kind} | `{one.name}` | `src/evaluation/analyses/{one.folder}/{one.kind}.py` | "
        f"`results/{config['study']}/{one.kind}s/{one.name}.*` |"
        for kind in KINDS
        for one in exhibits(kind).values()
        if list((results / f"{one.kind}s").glob(f"{one.name}.*"))
    )
    minutes = max(1, round(runtime["job_seconds"] / 60))
    institution = f" Institution: {authorship.institution}." if authorship.institution else ""
    return f"""# {next(iter(config["title"].values()))}

Replication archive of the study `{manifest["study"]}`, specification
{manifest["specification_hash"]} ({manifest["lane"]}). Authors: {authorship.names}.{institution}

## Overview
`source/` is the whole project at its commit; `results/` what it wrote: reports and briefs (HTML and
PDF), a page to explore, tables and the data of figures (CSV), all data (`data.zip`). One command
rebuilds all of it from the figures in `source/data`, without a network once its packages are there:

    cd source && make

## Data availability
The figures that the study reads lie in `source/`, with the digests below. What they are, where they
come from and on what terms is said in `source/data/README.md`. No figures of persons are in them.

| file | SHA-256 |
|---|---|
{data}

## Licence
Code: Apache-2.0 (`LICENSE`). Of the report: {licences}.

## Computational requirements
Python {versions["python"]} or newer (3.11 at least), git, make and gcc; packages with their
hashes in `source/requirements.txt`. Seeds are derived from the specification: the same input gives
the same bytes. Measured in this run: about {minutes} minutes of processor time in
{runtime["jobs"]} jobs, at most {round(runtime["peak_memory_mb"])} MB in one of them.

## Programs
`source/Snakefile` lists the steps; `source/docs/house.md` says what is where. Each exhibit is made
by one folder:

| kind | exhibit | program | output |
|---|---|---|---|
{made}

## To check this archive
    sha256sum --check SHA256SUMS
"""


def _git(root: Path, *words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=root, check=True, capture_output=True, text=True
    ).stdout


def released(root: Path, config_path: Path, folder: Path) -> Path:
    """Write the archive into `folder`; raises `SystemExit` with every fault, if there is any."""
    config = yaml.safe_load(config_path.read_text(encoding="utf-8"))
    results = root / "results" / config["study"]
    changed = _git(root, "status", "--porcelain")
    found = faults(results, authorship_of(config, str(config_path)), changed)
    if found:
        lines = "\n".join(f"- {fault}" for fault in found)
        raise SystemExit(f"Not released, for {len(found)} reason(s):\n{lines}")
    files = contents(root, results, config)
    version = re.sub(r"[^\w.]+", "-", _git(root, "describe", "--always", "--tags").strip())
    path = folder / f"{config['study']}-{version}.zip"
    write_bytes(zipped({f"{path.stem}/{name}": content for name, content in files.items()}), path)
    return path


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m building.release")
    parser.add_argument("--config", type=Path, default=ROOT / "config" / "config.yaml")
    given = parser.parse_args()
    print(f"Released: {released(ROOT, given.config, ROOT / 'release').relative_to(ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
