import pytest

from insight.report import display


@pytest.fixture(autouse=True)
def _strict(monkeypatch):
    """A missing translation or glyph is an error here."""
    monkeypatch.setenv("INSIGHT_STRICT", "1")


@pytest.fixture
def put_out(monkeypatch) -> list[tuple[dict, dict]]:
    """Collects what the display helpers put out: bundle and metadata."""
    kept = []
    monkeypatch.setattr(display, "_LAST", {})
    monkeypatch.setattr(display, "display", lambda bundle, metadata, raw: kept.append((bundle, metadata["insight"])))
    return kept
