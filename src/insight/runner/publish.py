"""Turn the executed notebooks of a business into its pages, each only when something on it has changed."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat

from insight.config.definitions import definitions
from insight.config.parameters import Parameters, load, project_root
from insight.config.source.kinds import outcome_of
from insight.runner import failures
from insight.runner.freshness import PACKAGE, code_digest, digest_of, digest_of_files, read_steps
from insight.runner.run import Event
from insight.storage.last_day import last_complete_day
from insight.storage.owner_only import owner_only
from insight.storage.store import Store, sha256_of, write_whole
from insight.storage.workspace import processed_folder

#: The page that defines what the others state, and what they state as plain data, beside them.
GLOSSARY, STATEMENTS = "glossary", "statements.json"
LIFECYCLE = "70_card_lifecycle"
_ROOMS = ("words", "report", "pages")  # that pages come from


@dataclass(frozen=True)
class Page:
    """One page to be: where, in which language, of which notebook (none: the index) or the glossary."""

    path: str
    lang: str
    notebook: str | None


def publish(
    dataset: str,
    *,
    overrides: dict[str, str] | None = None,
    unavailable: dict[str, list[str]] | None = None,
    watch: Callable[[Event], None] = lambda event: None,
) -> Path:
    """Render what is out of date under ``reports/<dataset>`` and take away what no longer belongs there.

    Returns
    -------
    Path
        The page that a reader starts from.
    """
    params = load(dataset, overrides)
    store = Store(processed_folder(dataset))
    folder = owner_only(project_root() / "reports" / dataset)
    facts = gather(params, store, unavailable or {})
    pages = plan(facts)
    made_from = digest_of({"facts": facts, "code": code_digest(Path(__file__)), "template": _template()})
    kept = _read_record(folder)
    if kept.get("made_from") != made_from or any(not _is_whole(folder, kept, path) for path in kept["files"]):
        facts["composed"] = _composed(facts)
        facts["stated"] = _statements(facts)
        files = _notebooks(facts)
        for page in pages:
            files |= render(page, facts)
        for path, content in files.items():
            write_whole(folder / path, content)
        write_whole(folder / STATEMENTS, json.dumps(facts["stated"], ensure_ascii=False, indent=0).encode())
        _drop_others(folder, set(files))
        hashes = {path: sha256_of(folder / path) for path in files}
        write_whole(folder / _RECORD, json.dumps({"made_from": made_from, "files": hashes}, indent=1).encode())
        watch(Event("reports", "rendered", detail=f"{len(pages)} pages in {len(params.languages)} language(s)"))
    return folder / "index.html"


_RECORD = ".pages.json"


def made_with() -> set[Path]:
    """List what the pages are made with besides code: templates, styles, catalogues, fonts."""
    files = (path for room in _ROOMS for path in (PACKAGE / room).rglob("*") if path.is_file())
    return {path for path in files if path.suffix not in (".py", ".pyc")}


def _template() -> str:
    return digest_of([digest_of_files(made_with()), definitions().model_dump(mode="json")])


def gather(params: Parameters, store: Store, unavailable: dict[str, list[str]]) -> dict[str, Any]:
    """Collect all that the pages are made from, as plain data."""
    steps = store.manifest()["steps"]
    made = {name: entry for name, entry in sorted(steps.items()) if "executed" in entry}
    done, root = [*made, *unavailable], project_root()
    steps_there = read_steps(root / "notebooks")
    headlines = {
        name: json.loads(store.path_of(f"headlines/{name}.json").read_text(encoding="utf-8"))
        for name, entry in made.items()
        if f"headlines/{name}.json" in entry["outputs"]
    }
    return {
        "dataset": params.dataset,
        "title": params.title.model_dump(),
        "languages": list(params.languages),
        "context": params.model_dump(include={"customers", "currency", "min_cell", "vocabulary"})
        | {"outcome": outcome_of(params.source)},
        "executed": {name: entry["executed"]["sha256"] for name, entry in made.items()},
        "headlines": headlines,
        "failed": failures.kept(steps_there, store, done=done, root=root),
        "sums_up": [step.name for step in steps_there if "headlines" in step.uses],
        "unavailable": unavailable,
        "provenance": _provenance(made, steps, store, params.as_of),
        "version": version("insight"),
        "commit": commit(),
    }


def plan(facts: dict[str, Any]) -> list[Page]:
    """List the pages of a business: each notebook in each language, and an index in each."""
    from insight.pages.html import index_path, report_path

    languages = facts["languages"]
    named = _reports(facts)
    reports = [Page(report_path(name, lang), lang, name) for lang in languages for name in named]
    indexes = [Page(index_path(lang, languages), lang, None) for lang in languages]
    return [*reports, *indexes, *(Page(report_path(GLOSSARY, lang), lang, GLOSSARY) for lang in languages)]


def commit() -> str:
    """Name the commit that the project stands at, or say that it is not under git."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty=+changes", "--abbrev=10", "--exclude=*"],
            cwd=project_root(), capture_output=True, text=True, check=True, timeout=20,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "none"
    return found.stdout.strip()


def _provenance(made: dict, steps: dict, store: Store, as_of: date | None) -> dict[str, dict[str, Any]]:
    """Say what each report rests on: days, rows, parameters, inputs."""
    delivery = next((e for e in steps.values() if "delivery.parquet" in e["outputs"]), None)
    delivered = {
        "raw": delivery.get("made_of", {}).get("raw") if delivery else None,
        "rows": _delivered_rows(store, as_of) if delivery else None,
    }
    return {
        name: delivered
        | {
            "parameters": entry["parameters"],
            "inputs": digest_of({k: v for k, v in entry["inputs"].items() if k.endswith(".parquet") and v}),
            "notebook": entry["made_of"]["notebook"],
        }
        for name, entry in made.items()
    }


def _delivered_rows(store: Store, as_of: date | None) -> dict[str, Any]:
    """Count delivered rows by what became of them, and name the ``last`` day of all and the one counted ``until``."""
    import pandas as pd
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    delivery = pq.read_table(store.path_of("delivery.parquet"))
    rows = {
        fate: pc.sum(delivery[f"rows_{fate}"]).as_py() for fate in ("delivered", "accepted", "quarantined", "duplicate")
    }
    if "transactions.parquet" in store.outputs():
        days = pq.read_table(store.path_of("transactions.parquet"), columns=["occurred_on"])["occurred_on"]
        if len(days):
            per_day = pd.Series(
                {pd.Timestamp(one["values"]): one["counts"] for one in pc.value_counts(days).to_pylist()}
            )
            rows["last"] = per_day.index.max().date().isoformat()
            rows["until"] = (as_of or last_complete_day(per_day.sort_index())).isoformat()
    return rows


def _notebooks(facts: dict[str, Any]) -> dict[str, bytes]:
    """Give the notebooks that the pages were made by: they lie beside the pages, so that a folder can be sent."""
    paths = {name: project_root() / "notebooks" / f"{name}.ipynb" for name in _reports(facts)}
    return {f"notebooks/{name}.ipynb": path.read_bytes() for name, path in paths.items() if path.is_file()}


def render(page: Page, facts: dict[str, Any]) -> dict[str, bytes]:
    """Render one page, and the files of its tables, from plain data and the executed notebook or what stands in."""
    from insight.config.parameters import Bilingual
    from insight.pages.html import sheets_of
    from insight.words.context import Context, using

    business = facts["context"] | {"customers": Bilingual(**facts["context"]["customers"])}
    with using(Context(**business)):
        made = {page.path: _render(page, facts).encode()}
        if page.notebook not in (None, GLOSSARY):
            made |= sheets_of(_notebook_of(page.notebook, facts), notebook=page.notebook, lang=page.lang)
        return made


def _render(page: Page, facts: dict[str, Any]) -> str:
    from insight.config.parameters import Bilingual
    from insight.pages import provenance as publication
    from insight.pages.departments import figures_of, life
    from insight.pages.html import render_glossary, render_index, render_report
    from insight.pages.stand_in import reason

    reports, on = _reports(facts), page.notebook
    failed = {name: [{"sentence": reason(told).translations()}] for name, told in facts["failed"].items()}
    made = facts["provenance"].get(on or "10_data_intake")
    if on in (None, GLOSSARY) or on in facts["composed"]:
        made = facts["provenance"].get("10_data_intake") or next(iter(facts["provenance"].values()), None)
    about = {"lang": page.lang, "title": Bilingual(**facts["title"]), "languages": facts["languages"]}
    kpis = [line for lines in facts["headlines"].values() for line in lines if line.get("change")]
    about["provenance"] = publication.provenance(facts, made) if made else ()
    if on is None:
        return render_index(
            {name: _notebook_of(name, facts) for name in reports},
            headlines=facts["headlines"] | failed,
            until=date.fromisoformat(until) if made and (until := (made["rows"] or {}).get("until")) else None,
            missing={name: publication.not_for_this_business(tables) for name, tables in facts["unavailable"].items()},
            kpis=kpis,
            life=life(facts["headlines"], lang=page.lang),
            **about,
        )
    about["notebooks"] = reports
    if on == GLOSSARY:
        return render_glossary(facts["stated"], **about)
    headlines = figures_of(on, facts["headlines"]) if on in facts["composed"] else facts["headlines"].get(on, [])
    about["life"] = life(facts["headlines"], lang=page.lang) if _shows_life(on, facts) else ()
    return render_report(_notebook_of(on, facts), notebook=on, headlines=headlines, kpis=kpis, **about)


def _statements(facts: dict[str, Any]) -> list[dict[str, Any]]:
    """List what the pages state, in the first language of the run."""
    from insight.pages.departments import figures_of, life
    from insight.pages.html import statements

    executed = {name: _notebook_of(name, facts) for name in _reports(facts)}
    lang, composed = facts["languages"][0], {name: figures_of(name, facts["headlines"]) for name in facts["composed"]}
    steps = life(facts["headlines"], lang=lang)
    shown = {name: steps for name in executed if _shows_life(name, facts)}
    return statements(executed, facts["headlines"] | composed, lang=lang, life=shown)


def _reports(facts: dict[str, Any]) -> list[str]:
    """List the reports that have a page, those that could not be made and those of departments among them."""
    from insight.pages.departments import departments_of

    return sorted([*facts["executed"], *facts["failed"], *departments_of(facts["headlines"])])


def _composed(facts: dict[str, Any]) -> dict[str, Any]:
    """Put together the pages that have no notebook of their own: those of departments."""
    from insight.pages.departments import compose, departments_of

    if not (names := departments_of(facts["headlines"])):
        return {}
    folder = processed_folder(facts["dataset"]) / "notebooks"
    executed = {name: nbformat.read(folder / f"{name}.ipynb", as_version=4) for name in facts["executed"]}
    return {name: compose(name, executed, facts["headlines"]) for name in names}


def _shows_life(name: str, facts: dict[str, Any]) -> bool:
    """Say whether a report shows the picture of a card's life."""
    return name in facts["composed"] or name == LIFECYCLE


def _notebook_of(name: str, facts: dict[str, Any]) -> Any:
    """Give what a page is made of; what sums up the others says which of them are missing."""
    from insight.pages.stand_in import stand_in, with_what_is_missing

    if name in facts["composed"]:
        return facts["composed"][name]
    if name in facts["failed"]:
        source = project_root() / "notebooks" / f"{name}.ipynb"
        return stand_in(source, facts["failed"][name], dataset=facts["dataset"])
    executed = processed_folder(facts["dataset"]) / "notebooks" / f"{name}.ipynb"
    if facts["failed"] and name in facts["sums_up"]:
        return with_what_is_missing(nbformat.read(executed, as_version=4), list(facts["failed"]))
    read = facts.setdefault("read", {})  # once for all pages that show something of it
    if name not in read:
        read[name] = nbformat.read(executed, as_version=4)
    return read[name]


def _read_record(folder: Path) -> dict[str, Any]:
    try:
        return json.loads((folder / _RECORD).read_text(encoding="utf-8"))
    except (OSError, json.JSONDecodeError):
        return {}


def _is_whole(folder: Path, kept: dict[str, Any], path: str) -> bool:
    file = folder / path
    return file.is_file() and kept["files"].get(path) == sha256_of(file)


def _drop_others(folder: Path, wanted: set[str]) -> None:
    for kind in ("*.html", "*.csv", "*.ipynb"):
        for file in folder.rglob(kind):
            if file.relative_to(folder).as_posix() not in wanted:
                file.unlink()
    for partial in folder.rglob(".*.partial"):
        partial.unlink(missing_ok=True)
