"""A drawing made light: the same picture in a quarter of matplotlib's bytes, its text still text.

Coordinates go to a tenth of a point, a fifth of a pixel on the page; what stands on every mark of a
series is written once, as a class; ids that nothing points to go.
"""

import re
from collections import Counter
from itertools import count
from xml.etree import ElementTree

SVG = "http://www.w3.org/2000/svg"
LINK = "http://www.w3.org/1999/xlink"
# Verdana is as wide as DejaVu Sans, letter for letter, where that is not at hand.
FONTS = "'DejaVu Sans', Verdana, Geneva, sans-serif"
POINTS = re.compile(r"[A-Za-z]|-?[\d.]+(?:e-?\d+)?")
POINTED = re.compile(r"url\(#([^)]+)\)")
LINKED = re.compile(r"^#(.+)$")
STRAIGHT = set("MLz")


def light(svg: str) -> str:
    """An SVG of matplotlib with short paths, shared styles and short ids."""
    root = ElementTree.fromstring(svg)
    for parent in root.iter():
        for child in list(parent):
            if child.tag == f"{{{SVG}}}metadata":
                parent.remove(child)
    _rename(root)
    _shorten(root)
    _spliced(root)
    _classed(root)
    ElementTree.register_namespace("", SVG)
    ElementTree.register_namespace("xlink", LINK)
    text = ElementTree.tostring(root, encoding="unicode")
    return re.sub(r">\s*\n\s*<", "><", text).replace(" />", "/>") + "\n"


def _rename(root: ElementTree.Element) -> None:
    """Ids that something points to are numbered, in the order of the drawing; others go."""
    pointed = {
        found[1]
        for one in root.iter()
        for key, value in one.attrib.items()
        for found in _reference(key).finditer(value)
    }
    numbers = count(1)
    names = {
        one.attrib["id"]: f"i{next(numbers)}"
        for one in root.iter()
        if one.attrib.get("id") in pointed
    }
    for one in root.iter():
        own = names.get(one.attrib.pop("id", ""))
        one.attrib |= {"id": own} if own else {}
        for key, value in one.attrib.items():
            one.attrib[key] = _reference(key).sub(
                lambda match: match[0].replace(match[1], names[match[1]]), value
            )


def _reference(key: str) -> re.Pattern:
    """Where an attribute's value names an id; its first group is the id."""
    return LINKED if key.endswith("href") else POINTED


def _shorten(root: ElementTree.Element) -> None:
    for one in root.iter():
        if "d" in one.attrib:
            one.attrib["d"] = short_path(one.attrib["d"])
        if "style" in one.attrib:
            style = one.attrib["style"].replace("'DejaVu Sans'", FONTS)
            one.attrib["style"] = re.sub(r"([:;])\s+", r"\1", style)
        if one.attrib.get("transform", "").startswith(("rotate(-0 ", "rotate(0 ")):
            del one.attrib["transform"]
        for key in ("x", "y", "width", "height"):
            if re.fullmatch(r"-?[\d.]+", one.attrib.get(key, "")):
                one.attrib[key] = _tenth(float(one.attrib[key]))
        if "transform" in one.attrib:
            moved = re.sub(
                r"-?\d+\.\d+", lambda match: _tenth(float(match[0])), one.attrib["transform"]
            )
            # A scale is no place: a tenth of it could be seen.
            if "scale" not in one.attrib["transform"] and "matrix" not in one.attrib["transform"]:
                one.attrib["transform"] = moved


def _spliced(root: ElementTree.Element) -> None:
    """Groups that say nothing give way to what they hold, from the innermost on."""
    for parent in list(root.iter())[::-1]:
        children: list[ElementTree.Element] = []
        for child in list(parent):
            child.tail = None
            empty = child.tag == f"{{{SVG}}}g" and not child.attrib
            children += list(child) if empty else [child]
        if not (parent.text or "").strip():
            parent.text = None
        parent[:] = children


def _classed(root: ElementTree.Element) -> None:
    """Styles that are written more than once become classes."""
    styles = Counter(one.attrib["style"] for one in root.iter() if "style" in one.attrib)
    often = [style for style, times in styles.items() if times > 1]
    classes = {style: f"c{position}" for position, style in enumerate(often, 1)}
    for one in root.iter():
        if one.attrib.get("style") in classes:
            one.attrib["class"] = classes[one.attrib.pop("style")]
    rules = "".join(f".{label}{{{style}}}" for style, label in classes.items())
    sheet = root.find(f".//{{{SVG}}}style")
    if rules and sheet is not None:
        sheet.text = f"{sheet.text or ''}{rules}"


def short_path(path: str) -> str:
    """A path's data with places to a tenth; straight lines by steps from point to point.

    Steps are between rounded places, so that no error adds up along a line.
    """
    tokens = POINTS.findall(path)
    if not set(re.findall("[A-Za-z]", path)) <= STRAIGHT:
        return _joined([token if token.isalpha() else _tenth(float(token)) for token in tokens])
    parts: list[str] = []
    here, position = (0, 0), 0  # in tenths
    start = here
    while position < len(tokens):
        command = tokens[position]
        if command == "z":
            parts.append("z")
            here, position = start, position + 1
            continue
        there = (_tenths(tokens[position + 1]), _tenths(tokens[position + 2]))
        position += 3
        if command == "M":
            parts += ["M", _written(there[0]), _written(there[1])]
            start = there
        elif there != here or tokens[position - 6 : position - 5] == ["M"]:
            parts += _step(there[0] - here[0], there[1] - here[1])
        here = there
    return _joined(parts)


def _step(right: int, down: int) -> list[str]:
    if not down:
        return ["h", _written(right)]
    if not right:
        return ["v", _written(down)]
    return ["l", _written(right), _written(down)]


def _joined(parts: list[str]) -> str:
    """Commands and numbers as one text: a command is not repeated, a minus needs no space."""
    text, last = "", ""
    for part in parts:
        if part.isalpha():
            if part != last or part in "Mz":
                text += part
            last = part
        elif text and not text[-1].isalpha() and not part.startswith("-"):
            text += f" {part}"
        else:
            text += part
    return text


def _tenths(number: str) -> int:
    return round(10 * float(number))


def _written(tenths: int) -> str:
    return _tenth(tenths / 10)


def _tenth(number: float) -> str:
    return f"{round(number, 1) + 0.0:.1f}".removesuffix(".0")
