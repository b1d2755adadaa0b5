"""The gallery: figures and reports of runs that are there, copied when the site is built."""

import re
import shutil
from pathlib import Path

PAGE = "gallery.md"
DEFAULT = "plateros_pilot"
STUDIES = {
    DEFAULT: "The pilot of *Alto al Fuego* in Mexico City",
    "castle": "Stand your ground in Florida",
    "prop99": "A tobacco programme in California",
    "missouri": "Handgun licences in Missouri",
    "carry": "The right to carry in Texas",
    "texas": "Prisons in Texas",
}
FIGURES = {
    "paths": "Observed, and expected without the programme",
    "gaps": "The difference between the two",
    "placebo_space": "The same difference for every unit that had no programme",
    "rmspe_ratio": "How unusual the treated unit is among them",
    "event_study": "Before and after the start, in bins",
    "sectors_map": "Where it ran, and who is compared",
    "weights_map": "Who makes up the comparison",
    "leave_one_out": "Without each donor in turn",
    "start_date_curve": "Under other start dates",
    "specification_curve": "Under every defensible combination of choices",
    "power_curve": "What the tests would have found",
    "spillover_rings": "Around the treated sector",
}
FEW = ("paths", "placebo_space", "specification_curve")  # of studies after the first
LONGEST_ALT = 300
TEXT = """# Gallery

Figures and reports of runs on real figures, put here when the site was built. None is drawn for the
site: each is a file of `results/`, made by the command above it.
"""
NONE = """
!!! note "No run was at hand"
    The site was built where no study had been run. `make` runs the default one in some minutes,
    `snakemake --configfile studies/castle/config.yaml` an example; then build the site again.
"""


def write_gallery(results: Path, folder: Path) -> list[str]:
    """Write the gallery below `folder`; the studies in it, first that of the main job.

    A study without a finished run (its manifest) is left out.
    """
    found = [study for study in STUDIES if (results / study / "manifest.json").is_file()]
    parts = [TEXT] if found else [TEXT, NONE]
    for study in found:
        parts.append(_study(results / study, folder, study))
    (folder / PAGE).write_text("\n".join(parts), encoding="utf-8")
    return found


def _study(run: Path, folder: Path, study: str) -> str:
    command = "make" if study == DEFAULT else f"snakemake --configfile studies/{study}/config.yaml"
    lines = [f"## {STUDIES[study]}\n", f"    {command}\n"]
    pages = sorted(path for path in run.glob("*") if path.suffix in (".html", ".pdf"))
    if pages:
        _copy_pages(pages, run, folder / "reports" / study)
        links = " · ".join(f"[{path.name}](reports/{study}/{path.name})" for path in pages)
        lines.append(f"As the run made them: {links}\n")
    for name, title in FIGURES.items():
        drawn = run / "figures" / f"{name}.en.svg"
        if drawn.is_file() and (study == DEFAULT or name in FEW):
            target = folder / "images" / study / drawn.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(drawn, target)
            said = drawn.with_suffix(".txt").read_text(encoding="utf-8").strip()
            lines.append(_figure(title, f"images/{study}/{drawn.name}", said))
    return "\n".join(lines)


def _figure(title: str, image: str, said: str) -> str:
    """A figure with its short alternative text, and all that it says in words below."""
    words = re.sub(r"([\[\]*_<>`\\])", r"\\\1", said)
    return "\n".join(
        [
            f"### {title}\n",
            f"![{short(words)}]({image}){{ .drawn }}\n",
            '??? note "In words"',
            f"    {words}\n",
        ]
    )


def short(text: str) -> str:
    """As many whole sentences of a text as an alternative text may hold."""
    if len(text) <= LONGEST_ALT:
        return text
    cut = text[:LONGEST_ALT]
    end = cut.rfind(". ")
    return cut[: end + 1] if end > 0 else cut[: cut.rfind(" ")] + " …"


def _copy_pages(pages: list[Path], run: Path, folder: Path) -> None:
    """Copy reports, and the files of the run that they link to."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        shutil.copyfile(page, folder / page.name)
        if page.suffix == ".html":
            text = page.read_text(encoding="utf-8")
            for name in set(re.findall(r'(?:href|src)="([^":#?]+)"', text)):
                file = (run / name).resolve()
                if file.is_file() and file.is_relative_to(run.resolve()):
                    target = folder / name
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(file, target)
