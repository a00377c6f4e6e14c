"""The finding of notebook 20 that says which features describe each customer, and which a business lacks."""

import pandas as pd

from insight.profile.features import Buyers
from insight.report.finding import Finding, Headline, finding
from insight.words.names import missing_name, named
from insight.words.text import listing


@finding(headlines={"features": ""})
def features(buyers: Buyers, families: pd.DataFrame) -> Finding:
    """Say how many features describe each customer, by family, and what those that cannot be had would need."""
    there, lacks = families[families["features"] > 0], list(dict.fromkeys(families["lacks"].sum()))
    facts = {"n": families["features"].sum(), "families": len(there), "lacking": families["lacking"].sum()}
    return Finding(
        "profile.features",
        facts=facts | {"lacks": listing(missing_name(name) for name in lacks) if lacks else None},
        table=named(there.drop(columns="lacks"), family="profile.family"),
        variants={"says": "lacking" if lacks else "all"},
        headlines=[Headline("features", facts["n"])],
    )
