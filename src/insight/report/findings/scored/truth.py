"""Findings of notebook 30 where the truth is known: how near groups and stages come to it."""

from insight.errors import Unavailable
from insight.report.finding import Finding, Headline, finding, reason_of
from insight.segment.known import Score, StageScores


@finding(headlines={"group_truth_ari": "", "group_truth_ari_frequent": ""})
def known_groups(everyone: Score, frequent: Score | Unavailable) -> Finding:
    """Say how near the groups come to the true ones: of all buyers, and of those who bought often."""
    lines = [Headline("group_truth_ari", everyone.value, low=everyone.low, high=everyone.high)]
    return Finding(
        "segment.known_groups",
        headlines=[*lines, _truth_headline("group_truth_ari_frequent", frequent)],
        variants={"says": "all" if isinstance(frequent, Unavailable) else "both"},
    )


def _truth_headline(name: str, found: Score | Unavailable) -> Headline:
    if isinstance(found, Unavailable):
        return Headline(name, None, sentence=reason_of(found))
    return Headline(name, found.value, low=found.low, high=found.high)


@finding(headlines={"stage_macro_f1": "", "drifting_recall": ""})
def known_stages(scores: StageScores) -> Finding:
    """Say how well stages are found, beside the rule that knows only whose accounts are closed."""
    lines = [Headline("stage_macro_f1", scores.macro_f1.value, low=scores.macro_f1.low, high=scores.macro_f1.high)]
    both = next((part for part in (scores.recall, scores.precision) if isinstance(part, Unavailable)), scores.recall)
    return Finding(
        "segment.known_stages",
        headlines=[*lines, _truth_headline("drifting_recall", both)],
        variants={"says": "all" if isinstance(both, Unavailable) else "drifting"},
    )
