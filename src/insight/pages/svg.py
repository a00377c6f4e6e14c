"""Figures as SVG: small, the same bytes every time, and of nothing but shapes and words.

A page's policy allows no style in an attribute, and its ids must be its own; what stands in an executed notebook
may come from anyone. So a drawing is read, and written again of the elements and attributes that drawings need.
"""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

from insight.errors import InsightError

_SVG, _LINK = "http://www.w3.org/2000/svg", "{http://www.w3.org/1999/xlink}href"
_ELEMENTS = {"svg", "g", "path", "text", "tspan", "rect", "use", "defs", "clipPath", "image"}
_PLACED = {"d", "transform", "x", "y", "width", "height", "viewBox", "points"}
_LOOKS = {
    *("fill", "fill-opacity", "fill-rule", "opacity", "stroke", "stroke-dasharray", "stroke-dashoffset"),
    *("stroke-linecap", "stroke-linejoin", "stroke-opacity", "stroke-width", "text-anchor", "font-size"),
    *("clip-path", "id", "preserveAspectRatio"),
}
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_NOT_TURNED = re.compile(r" ?rotate\(-?0 [^)]*\)")
_OWN_ID = re.compile(r"url\(#([\w-]+)\)|#([\w-]+)")
_NAMED = re.compile(r"#([\w-]+)")
_PICTURE = re.compile(r"data:image/png;base64,[A-Za-z0-9+/=\s]*")

ElementTree.register_namespace("", _SVG)


class DrawingError(InsightError):
    """A figure in an executed notebook is no drawing of ours."""


def written_again(drawing: str, *, name: str, form: str, title: str, desc: str) -> str:
    """Write a drawing again of what drawings need, as a picture with a title and a description.

    ``name`` is its own on the page, and begins its ids; ``form`` becomes its class.

    Examples
    --------
    >>> written_again('<svg xmlns="http://www.w3.org/2000/svg" onload="x"><g style="fill: #fff; cursor: help">'
    ...     '<path id="a" d="M 0.123456 7"/></g><script>x</script></svg>', name="s1", form="desk", title="T", desc="D")
    '<svg xmlns="http://www.w3.org/2000/svg" class="desk" role="img"><title>T</title><desc>D</desc><g fill="#fff"><path d="M 0.12 7" /></g></svg>'
    """  # noqa: E501
    try:
        if "<!ENTITY" in drawing:
            raise ElementTree.ParseError("entities")
        root = ElementTree.fromstring(drawing)
    except ElementTree.ParseError as error:
        raise DrawingError(f"figure — expected SVG, found what cannot be read as such ({error})") from None
    used = {own for element in root.iter() for value in element.attrib.values() for own in _NAMED.findall(value)}
    made = _rewritten(root, used, f"{name}-{form}-")
    made.attrib |= {"class": form, "role": "img"}
    for place, (element, words) in enumerate((("title", title), ("desc", desc))):
        label = ElementTree.Element(f"{{{_SVG}}}{element}")
        label.text = words
        made.insert(place, label)
    return ElementTree.tostring(made, encoding="unicode")


def _rewritten(element: ElementTree.Element, used: set[str], prefix: str) -> ElementTree.Element:
    made = ElementTree.Element(element.tag, dict(_attributes(element, used, prefix)))
    made.text = element.text if element.tag in (f"{{{_SVG}}}text", f"{{{_SVG}}}tspan") else None
    kept = [child for child in element if child.tag in {f"{{{_SVG}}}{name}" for name in _ELEMENTS}]
    made.extend(child for each in kept if len(child := _rewritten(each, used, prefix)) or child.attrib or child.text)
    if made.tag == f"{{{_SVG}}}g" and not made.attrib and len(made) == 1:
        return made[0]
    return made


def _attributes(element: ElementTree.Element, used: set[str], prefix: str) -> Iterator[tuple[str, str]]:
    style = (part.partition(":")[::2] for part in element.get("style", "").split(";"))
    given = dict(element.attrib) | {name.strip(): value.strip() for name, value in style}
    for name, value in sorted(given.items()):
        if name == "id":
            if value in used:
                yield name, prefix + value
        elif name in (_LINK, "href"):
            if element.tag.endswith("}use") and (own := _OWN_ID.fullmatch(value)):
                yield "href", f"#{prefix}{own[2]}"
            elif element.tag.endswith("}image") and _PICTURE.fullmatch(value):
                yield "href", "".join(value.split())
        elif name == "clip-path":
            if own := _OWN_ID.fullmatch(value):
                yield name, f"url(#{prefix}{own[1]})"
        elif name in _PLACED:
            if short := _shorter(value):
                yield name, short
        elif name in _LOOKS and "(" not in value:
            yield name, value.removesuffix("px") if name == "font-size" else value


def _shorter(value: str) -> str:
    """Round to hundredths of a point."""
    short = _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
    return _NOT_TURNED.sub("", " ".join(short.split()))
