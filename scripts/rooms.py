"""Draw docs/rooms.svg, the rooms and who imports whom; `tests/test_map.py` has the map and reads the imports."""

import importlib.util
from html import escape
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
_STEP, _LEFT, _TOP, _WIDTH = 34, 190, 54, 1000
_INK, _PALE, _ACCENT = "#1b2733", "#c9d2d9", "#0b6e75"


def picture(rooms: list[str], inside: dict[str, list[str]], imports: dict[str, set[str]]) -> str:
    """Draw the rooms on a diagonal: a dot in a room's row stands under each room that it imports.

    Parameters
    ----------
    rooms
        In their order.
    inside
        What stands in a room that has sub-packages, in order.
    imports
        By module, the modules that it imports.
    """
    links = {(_room(name), _room(other)) for name, others in imports.items() for other in others}
    rows = [_row(place, room, rooms, inside, links) for place, room in enumerate(rooms)]
    height = _TOP + _STEP * len(rooms) + 16
    title = "The rooms of insight: each imports only rooms above it"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" font-family="sans-serif" '
        f'font-size="13" fill="{_INK}"><title>{title}</title><rect width="100%" height="100%" fill="white"/>'
        f'<text x="16" y="28" font-size="16" font-weight="bold">{title}</text>\n' + "\n".join(rows) + "\n</svg>\n"
    )


def _room(module: str) -> str:
    return ([*module.split("."), ""])[1]


def _row(place: int, room: str, rooms: list[str], inside: dict[str, list[str]], links: set) -> str:
    y = _TOP + _STEP * place
    dots = "".join(
        f'<circle cx="{_LEFT + _STEP * at + 12}" cy="{y + 13}" r="5" fill="{_ACCENT}">'
        f"<title>{room} imports {other}</title></circle>"
        for at, other in enumerate(rooms[:place])
        if (room, other) in links
    )
    x = _LEFT + _STEP * place
    parts = " · ".join(inside.get(room, ()))
    return (
        f'<line x1="{_LEFT - 20}" x2="{x}" y1="{y + 13}" y2="{y + 13}" stroke="{_PALE}"/>'
        f'<text x="{_LEFT - 28}" y="{y + 18}" text-anchor="end">{escape(room)}</text>{dots}'
        f'<rect x="{x}" y="{y}" width="26" height="26" rx="4" fill="{_INK}"/>'
        f'<text x="{x + 34}" y="{y + 17}" font-size="10">{escape(parts)}</text>'
    )


if __name__ == "__main__":
    spec = importlib.util.spec_from_file_location("map", PROJECT / "tests" / "test_map.py")
    room_map = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(room_map)
    drawn = picture(room_map.ROOMS, room_map.INSIDE, room_map.IMPORTS)
    (PROJECT / "docs" / "rooms.svg").write_text(drawn, encoding="utf-8")
