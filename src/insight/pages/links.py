"""Reports that prose names become links to them, wherever on a page they are named."""

import re
from collections.abc import Mapping

from markupsafe import escape

_PIECE = re.compile(r"<(?P<end>/?)(?P<tag>[a-zA-Z][\w-]*)(?P<rest>[^>]*)>|<!(?:[^>]*)>")
#: What holds headings, labels, code or links already.
_LEFT = {"a", "caption", "code", "figcaption", "h1", "h2", "h3", "h4", "nav", "pre", "summary", "svg", "thead"}
_KICKER = 'class="kicker"'


def linked(html: str, places: Mapping[str, str]) -> str:
    """Link each report that the text of a page's main part names to where it stands; headings stay as they are.

    The head of a row is about a report only where it ends with its name: "Service and complaints" is about none.

    ``places`` are the addresses by the name that pages give a report.

    Examples
    --------
    >>> linked("<main><h2>Segmentation</h2><p>See Segmentation, not Segmentations.</p></main>", {"Segmentation": "s.html"})
    '<main><h2>Segmentation</h2><p>See <a href="s.html">Segmentation</a>, not Segmentations.</p></main>'
    >>> linked("<main><th>Service and complaints</th><th>76 · Service</th></main>", {"Service": "s.html"})
    '<main><th>Service and complaints</th><th>76 · <a href="s.html">Service</a></th></main>'
    """  # noqa: E501
    hrefs = {str(escape(name)): href for name, href in places.items()}
    if not hrefs:
        return html
    any_name = f"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, hrefs))})(?![A-Za-z0-9])"
    named, ended = re.compile(any_name), re.compile(rf"{any_name}\s*\Z")
    begin, stop = html.index("<main"), html.index("</main>")
    inside: list[str] = []
    made, at, sought = [html[:begin]], begin, named
    for piece in [*_PIECE.finditer(html, begin, stop), None]:
        words = html[at : piece.start() if piece else stop]
        made.append(words if inside else sought.sub(lambda name: f'<a href="{hrefs[name[0]]}">{name[0]}</a>', words))
        if piece is None:
            break
        tag = str(piece["tag"])
        sought = ended if tag == "th" and not piece["end"] else named
        if inside and tag == inside[-1] and piece["end"]:
            inside.pop()
        elif not piece["end"] and (tag in (_LEFT if not inside else inside[-1:]) or _KICKER in piece["rest"]):
            inside.append(tag)
        made.append(piece[0])
        at = piece.end()
    return "".join([*made, html[stop:]])
