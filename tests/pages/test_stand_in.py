"""The page that stands in for a report that could not be made."""

from pathlib import Path

import pytest

from insight.pages.html import render_report
from insight.pages.stand_in import reason, stand_in

SEGMENTATION = Path(__file__).resolve().parents[2] / "notebooks" / "30_segmentation.ipynb"
DIED = {"kind": "KernelDied", "cell": 4, "message": "The kernel ended unexpectedly.", "copy": None}
OURS = {"kind": "SourceError", "cell": 3, "message": "sales.csv: line 3. Mend it.", "copy": "failed/30.ipynb"}
THEIRS = {"kind": "ValueError", "cell": None, "message": "", "copy": "failed/30.ipynb"}
WAITS = {"waits_for": "20_customer_profile"}


def page(failure: dict, lang: str) -> str:
    made = stand_in(SEGMENTATION, failure, dataset="shop")
    return render_report(made, notebook="30_segmentation", lang=lang, title="A shop")


@pytest.mark.parametrize("failure", [DIED, OURS, THEIRS, WAITS])
@pytest.mark.parametrize(("lang", "question"), [("en", "Which groups are there"), ("zh", "有哪些客户群体")])
def test_it_has_the_question_the_reason_and_the_command(failure, lang, question):
    html = page(failure, lang)
    assert f"<h1>{question}" in html
    assert reason(failure).in_language(lang) in html
    assert "insight run shop" in html


def test_what_to_do_depends_on_what_happened():
    assert "--jobs 1" in page(DIED, "en")
    assert "sales.csv: line 3. Mend it." in page(OURS, "zh")
    assert "failed/30.ipynb" in page(THEIRS, "en")
    assert "Customer profile" in page(WAITS, "en")
