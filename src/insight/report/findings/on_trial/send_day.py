"""On which days the customers of a list are written to."""

from insight.decide.send_day import SendDays
from insight.report.finding import Finding, finding


@finding
def days(found: SendDays) -> Finding:
    """Say on which days to write, and how much better that is than everybody's busiest weekday."""
    is_same = round(found.of_own, 3) == round(found.of_common, 3)  # as shown
    said = "own" if found.more_low > 0 else "same" if is_same else "alike"
    return Finding("send_day.days", {"found": found}, variants={"so_what": said})
