"""A Markdown extension: `$…$` and `$$…$$` become MathML when the site is built.

Browsers draw MathML themselves, so that no script and no font is needed. GitHub shows the same text
as formulas. A page has formulas if it has a line `$$`; on others a dollar is a dollar.
"""

import re

from latex2mathml.converter import convert
from markdown import Markdown
from markdown.extensions import Extension
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

BLOCK = re.compile(r"^\$\$\n(.*?)\n\$\$$", flags=re.MULTILINE | re.DOTALL)
INLINE = r"\$([^$\n]+)\$"


def formula(text: str, display: str = "inline") -> str:
    """MathML of a formula. Raises ValueError for a command that the converter does not know."""
    made = convert(text, display=display)
    if "\\" in made:
        raise ValueError(f"the formula {text!r} has a command that is not known")
    return made


class _Blocks(Preprocessor):
    def run(self, lines: list[str]) -> list[str]:
        text = "\n".join(lines)
        patterns = self.md.inlinePatterns
        if "formula" in patterns:
            patterns.deregister("formula")
        if BLOCK.search(text):
            patterns.register(_Inline(INLINE, self.md), "formula", 189)  # before \ escapes

        def stored(found: re.Match) -> str:
            html = f'<div class="formula" tabindex="0">{formula(found[1], "block")}</div>'
            return f"\n{self.md.htmlStash.store(html)}\n"

        return BLOCK.sub(stored, text).split("\n")


class _Inline(InlineProcessor):
    def handleMatch(self, m: re.Match, data: str) -> tuple[str, int, int]:  # noqa: N802
        return self.md.htmlStash.store(formula(m[1])), m.start(0), m.end(0)


class Formulas(Extension):
    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802
        # After fenced code (25), so that code keeps its dollars.
        md.preprocessors.register(_Blocks(md), "formulas", 22)


def makeExtension(**settings) -> Extension:  # noqa: N802, the name that Markdown looks for
    return Formulas(**settings)
