"""What a study states in words: documents it cites, and what its authors declare.

None of it can move an estimate, so none of it is in the study's hash.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.study import delivery, literature
from evaluation.study.delivery import Costs, Delivered, parse_costs, parse_delivery
from evaluation.study.errors import InputError
from evaluation.study.literature import Literature, parse_literature, read_rows
from evaluation.study.registered import RegisteredPlan, parse_plan

DECLARED = ("registration", "funding", "conflicts_of_interest")
EXPLORATORY = "exploratory"
STATED = (  # keys of the config that are statements
    *("published_claims", "frozen_hash", "frozen_vintage", "data_seen_before_freezing"),
    *("declarations", "documents", "disclosure", "literature", "costs", "implementation"),
)
Texts = tuple[tuple[str, str], ...]  # by language


@dataclass(frozen=True)
class Document:
    """A public document: how it is cited, where it is found, what it says that matters here."""

    key: str
    citation: str
    address: str
    says: Texts


@dataclass(frozen=True)
class Claim:
    """A published percent change between two years; `source` is the key of a document, or empty."""

    outcome: str
    baseline: str
    follow_up: str
    change: float
    source: str = ""


@dataclass(frozen=True)
class Statements:
    """Documents, claims and declarations of one study, and the hashes it was frozen with.

    data_seen : whether anyone had seen the figures when the specification was frozen
    declared : `DECLARED` by key, texts by language; an empty one is not stated
    entries : of each sector of the calendar, the source and the confidence of its months
    smallest_cell : the smallest count of one sector that is printed
    plan : what was registered, where the study names a plan file
    literature, costs, implementation : what was found elsewhere, what the programme cost, and what
        was delivered of it; None, or no rows, where it is not stated
    """

    data_seen: bool = True
    declared: tuple[tuple[str, Texts], ...] = tuple((key, ()) for key in DECLARED)
    documents: tuple[Document, ...] = ()
    published_claims: tuple[Claim, ...] = ()
    entries: tuple[tuple[str, str, str], ...] = ()
    frozen_hash: str = ""
    frozen_vintage: str = ""
    smallest_cell: int = 1
    plan: RegisteredPlan | None = None
    literature: Literature | None = None
    costs: Costs | None = None
    implementation: tuple[Delivered, ...] = ()

    def lane(self, study_hash: str, data_vintage: str) -> str:
        """`frozen` or `frozen post hoc` while choices and figures are the frozen ones.

        Post hoc, unless a registered plan says that the figures had not been seen; `exploratory`
        with other choices or figures.
        """
        if (self.frozen_hash, self.frozen_vintage) != (study_hash, data_vintage):
            return EXPLORATORY
        return "frozen post hoc" if self.data_seen else "frozen"

    @property
    def frozen(self) -> dict[str, str | bool]:
        """What the lane of estimates follows from, and nothing else that is stated."""
        keys = ("frozen_hash", "frozen_vintage", "data_seen")
        return {key: getattr(self, key) for key in keys}

    def states(self, key: str) -> bool:
        """Whether the study states anything under a key of `DECLARED`."""
        return bool(dict(self.declared)[key])

    def document(self, key: str) -> Document:
        return next(entry for entry in self.documents if entry.key == key)

    def cited(self, text: str) -> str:
        """A text with every `[key]` of a document replaced by its citation."""
        for entry in self.documents:
            text = text.replace(f"[{entry.key}]", entry.citation)
        return text

    @property
    def texts(self) -> dict[str, dict[str, str]]:
        """Every text that a report shows, by the key of the config that holds it."""
        found = {f"declarations.{key}": dict(texts) for key, texts in self.declared if texts}
        return found | {f"documents.{entry.key}.says": dict(entry.says) for entry in self.documents}


def read_tables(config: Mapping) -> dict[str, list[dict[str, str]]]:
    """Rows of the tables that a config states, by its key; none of those that it does not name."""
    found = {}
    if block := config.get("literature"):
        found["literature"] = read_rows(block["file"], literature.COLUMNS)
    if path := config.get("implementation"):
        found["implementation"] = read_rows(path, delivery.COLUMNS)
    return found


def parse_statements(
    config: Mapping,
    where: str,
    calendar: Sequence[Mapping[str, str]] = (),
    plan: Mapping | None = None,
    tables: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
) -> Statements:
    """The statements of a config that honours the schema, of the rows of its calendar, and of the
    plan file that it names, already read.

    `tables` holds the rows of `read_tables`, which by default are read here.

    Raises `InputError` where figures are said to have been unseen without a registration that
    anyone can check, or a published claim cites a document that is not listed.
    """
    given, documents = config.get("declarations", {}), config.get("documents", {})
    tables = read_tables(config) if tables is None else tables
    found = Statements(
        data_seen=config.get("data_seen_before_freezing", True),
        declared=tuple((key, _texts(given.get(key, {}))) for key in DECLARED),
        documents=tuple(
            Document(key, entry["citation"], entry["address"], _texts(entry["says"]))
            for key, entry in documents.items()
        ),
        published_claims=tuple(
            Claim(**claim | {"change": float(claim["change"])})
            for claim in config.get("published_claims", ())
        ),
        entries=tuple((row["sector"], row["source"], row["confidence"]) for row in calendar),
        frozen_hash=config.get("frozen_hash", ""),
        frozen_vintage=config.get("frozen_vintage", ""),
        smallest_cell=config.get("disclosure", {}).get("smallest_cell", 1),
        plan=None if plan is None else parse_plan(plan),
        literature=parse_literature(config.get("literature"), tables.get("literature", ()), where),
        costs=parse_costs(config.get("costs")),
        implementation=parse_delivery(
            tables.get("implementation", ()), config.get("implementation", where)
        ),
    )
    if not found.data_seen and not found.states("registration"):
        raise InputError(
            f"{where}, key data_seen_before_freezing",
            "false, with no registration",
            "declarations.registration: where and when the plan was registered",
            "Name the registration, or set the key to true.",
        )
    for claim in config.get("published_claims", ()):
        if claim.get("source", "") not in ("", *documents):
            raise InputError(
                f"{where}, key published_claims",
                f"source {claim['source']!r} is no document",
                f"a key of documents: {sorted(documents)}",
                "Correct the source, or list the document.",
            )
    return found


def _texts(by_language: Mapping[str, str]) -> Texts:
    return tuple((code, " ".join(text.split())) for code, text in sorted(by_language.items()))
