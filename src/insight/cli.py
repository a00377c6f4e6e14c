"""The command line: ``insight run | params | link | review | about | forget | check | new`` and what serves them."""

import errno
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from insight.errors import InsightError, place_of, printable


def _examples(*lines: str) -> str:
    """Lay out what one would type, for the end of a help."""
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines)))


app = typer.Typer(
    help="Turn raw customer records into reports that lead to decisions.",
    epilog=_examples("insight run cardbank", "insight params cardbank", "insight new mybank", "insight run --help"),
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
data = typer.Typer(
    help="Public data sets to try things on.",
    epilog=_examples("insight data list", "insight data fetch cdnow"),
    no_args_is_help=True,
)
app.add_typer(data, name="data")

vault = typer.Typer(
    help="The key of a business's vault: change it, keep a copy of it, bring it back.",
    epilog=_examples("insight vault rotate mybank", "insight vault export-key mybank /media/safe/mybank.key"),
    no_args_is_help=True,
)
app.add_typer(vault, name="vault")

Dataset = Annotated[str, typer.Argument(help="the business: params/<dataset>.yaml", metavar="DATASET")]
Settings = Annotated[
    list[str], typer.Option("--set", metavar="KEY=VALUE", help="a parameter for this run; see `insight params DATASET`")
]
_out = Console(highlight=False, soft_wrap=True)


def _overrides(given: list[str]) -> dict[str, str]:
    from insight.errors import ParameterError

    wrong = [text for text in given if "=" not in text]
    if wrong:
        raise ParameterError(f"--set: expected KEY=VALUE, found {len(wrong)} without `=`. E.g. --set churn_window=60")
    return dict(text.split("=", 1) for text in given)


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        _out.print(f"insight {version('insight')}")
        raise typer.Exit


_SHARED = ("new", "dictionary", "record")  # what these write holds no row of a customer, and is others' to read


@app.callback()
def _top(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", help="print the version, and end", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    from insight.storage.owner_only import temporary_root, write_for_owner
    from insight.storage.spill import sweep

    if context.invoked_subcommand not in _SHARED:
        write_for_owner()
    sweep(temporary_root())


@app.command(
    "run",
    epilog=_examples(
        "insight run cardbank",
        "insight run cardbank --only 40 --set churn_window=60",
        "insight run mybank --set languages=en --jobs 2",
    ),
)
def run_command(
    dataset: Dataset,
    only: Annotated[list[str], typer.Option(help="only this notebook (name or number); repeatable")] = [],  # noqa: B006
    set_: Settings = [],  # noqa: B006
    jobs: Annotated[int | None, typer.Option(min=1, max=64, help="notebooks at a time")] = None,
    force: Annotated[bool, typer.Option("--force", help="run everything, changed or not")] = False,
) -> None:
    """Execute the notebooks that are out of date and render the reports."""
    from insight.runner.failures import NotebookError
    from insight.runner.progress import Progress
    from insight.runner.publish import publish
    from insight.runner.run import run

    overrides, failure = _overrides(set_), None
    with Progress(_out) as progress:
        about: dict[str, Any] = {"overrides": overrides, "watch": progress.show}
        try:
            unavailable = run(dataset, only=only, jobs=jobs, force=force or None, **about).unavailable
        except NotebookError as error:
            failure, unavailable = error, error.unavailable
        index = publish(dataset, unavailable=unavailable, **about)
    _say(f"Reports: {_shown(index)}")
    if failure is not None:
        raise failure


@app.command(
    "params",
    epilog=_examples(
        "insight params cardbank", "insight params cardbank | grep -A1 churn", "insight params mybank --json"
    ),
)
def list_params(
    dataset: Dataset,
    as_json: Annotated[bool, typer.Option("--json", help="print them as JSON")] = False,
) -> None:
    """List what `--set` takes: name, value, type, default, meaning, and which notebooks read it."""
    import json

    from insight.config.parameters import load
    from insight.config.settings import list_settings
    from insight.storage.store import Store
    from insight.storage.workspace import processed_folder

    params, folder = load(dataset), processed_folder(dataset)
    settings = list_settings(params, Store(folder).manifest()["steps"] if folder.is_dir() else {})
    if as_json:
        _say(json.dumps([one.as_row() for one in settings], ensure_ascii=False, indent=1))
        return
    for line in (line for one in settings for line in one.lines()):
        _say(line)


@app.command(epilog=_examples("insight link people", "insight link mybank --json"))
def link(
    dataset: Dataset,
    set_: Settings = [],  # noqa: B006
    as_json: Annotated[bool, typer.Option("--json", help="print the figures as JSON")] = False,
) -> None:
    """Link records of people into customers, and print what came of it; with a known truth, how right it is."""
    from insight.config.parameters import load
    from insight.runner.run import run
    from insight.unify.evaluate.headlines import printed, refuse_without_people, stated

    refuse_without_people(load(dataset, _overrides(set_)))
    run(dataset, overrides=_overrides(set_), only=["10"], force=False)
    run(dataset, overrides=_overrides(set_), only=["15"])
    figures = stated(dataset)
    for line in printed(figures, as_json=as_json):
        _say(line)


@app.command(
    epilog=_examples(
        "insight review mybank", "insight review mybank --same 3 --apart 7", "insight review mybank --keys --most 50"
    )
)
def review(
    dataset: Dataset,
    same: Annotated[list[int], typer.Option(help="number of a pair that is one person; repeatable")] = [],  # noqa: B006
    apart: Annotated[list[int], typer.Option(help="number of a pair that is two people; repeatable")] = [],  # noqa: B006
    undo: Annotated[
        list[str], typer.Option(help="id that a merge took away and that is to come back; repeatable")
    ] = [],  # noqa: B006
    keys: Annotated[bool, typer.Option("--keys", help="show the records' keys, to look them up at the source")] = False,
    most: Annotated[int, typer.Option(min=1, help="pairs that are listed")] = 20,
) -> None:
    """List the pairs of records that wait for a person, or keep decisions about them for the next run."""
    from insight.report.findings.unification import pairs_in_words
    from insight.unify.evaluate.review import decide, open_pairs

    vault = _vault(dataset)
    if same or apart or undo:
        kept = decide(vault, same=same, apart=apart, undo=undo)
        _say(f"Kept: {len(kept)} decision(s) in all. They count from the next run: insight run {dataset}")
        return
    pairs = open_pairs(vault)
    for line in pairs_in_words(pairs, most=most, keys=keys):
        _say(str(line))
    _say(f"{len(pairs):,} pair(s) wait. Decide by: insight review {dataset} --same NUMBER --apart NUMBER")


def _vault(dataset: str, *, may_be_unsealed: bool = False) -> Any:
    from insight.config.parameters import load
    from insight.storage.workspace import vault_folder
    from insight.unify.privacy.vault import Vault

    return Vault(vault_folder(load(dataset).dataset), dataset, may_be_unsealed=may_be_unsealed)


@vault.command("rotate", epilog=_examples("insight vault rotate mybank"))
def rotate_key(dataset: Dataset) -> None:
    """Write the vault anew under a fresh key; copies of the old key open it no longer."""
    from insight.runner.run import alone
    from insight.storage.store import Store
    from insight.storage.workspace import processed_folder

    kept = _vault(dataset)
    with alone(Store(processed_folder(dataset))):
        kept.rotate()
    _say(f"{len(kept.tables())} table(s) are under the key {kept.key_id}. Keep a copy of it: insight vault export-key")


@vault.command("seal", epilog=_examples("insight vault seal mybank"))
def seal_vault(dataset: Dataset) -> None:
    """Seal a vault that was written before vaults were sealed, if nobody but this tool has written it."""
    kept = _vault(dataset, may_be_unsealed=True)
    kept.write()
    _say(f"{len(kept.tables())} table(s) are sealed by the key {kept.key_id}")


@vault.command("export-key", epilog=_examples("insight vault export-key mybank /media/safe/mybank.key"))
def export_key(dataset: Dataset, file: Annotated[Path, typer.Argument(help="a file that is not there yet")]) -> None:
    """Write the vault's key into a file outside of the project, its owner's alone."""
    _vault(dataset).export_key(file)
    _say(f"Written: {file}. Who has it and the vault's folder can read everything")


@vault.command("import-key", epilog=_examples("insight vault import-key mybank /media/safe/mybank.key"))
def bring_key(dataset: Dataset, file: Annotated[Path, typer.Argument(help="a file that export-key wrote")]) -> None:
    """Put a key that was exported where the vault looks for it, if it is the vault's."""
    from insight.config.parameters import load
    from insight.storage.workspace import vault_folder
    from insight.unify.privacy.vault import import_key

    _say(f"Written: {import_key(load(dataset).dataset, vault_folder(dataset), file)}")


Person = Annotated[
    str,
    typer.Argument(help="their customer id or, where records are linked, a source's key: SYSTEM:KEY", metavar="PERSON"),
]


@app.command("about", epilog=_examples("insight about mybank C7KX2M9QD", "insight about mybank crm:104711"))
def about_person(dataset: Dataset, person: Person) -> None:
    """Write all that is held on one person into a file of the vault, for its owner's eyes."""
    from insight.runner.rights import about

    path, rows = about(dataset, person)
    _say(f"{sum(rows.values()):,} row(s) of {len(rows)} table(s). Hand over, then delete: {_shown(path)}")


@app.command("forget", epilog=_examples("insight forget mybank C7KX2M9QD", "insight forget mybank crm:104711"))
def forget_person(dataset: Dataset, person: Person) -> None:
    """Erase one person from vault, tables and delivered files, and keep them out when they are delivered again."""
    from insight.runner.rights import forget

    for line in forget(dataset, person).lines():
        _say(line)
    _say(f"What follows from them is still in the reports: insight run {dataset}")


@app.command(epilog=_examples("insight check mybank"))
def check(dataset: Dataset) -> None:
    """Say what is wrong with a business's YAML and with its data; nothing is written."""
    from insight.config.parameters import load
    from insight.sources import checkup

    report = checkup.check(load(dataset))
    for line in report.lines:
        _say(line)
    if not report.is_sound:
        raise typer.Exit(2)


@app.command(
    epilog=_examples("insight new mybank", "insight new shop --database 'postgres://me:${SHOP_PASSWORD}@host/shop'")
)
def new(
    dataset: Dataset,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="a database's address, e.g. 'postgres://me:${SHOP_PASSWORD}@host/shop'"),
    ] = None,
) -> None:
    """Write a commented params/<dataset>.yaml from the files in data/raw/<dataset>/, or from a database's tables."""
    from insight.config.parameters import project_root
    from insight.sources import draft
    from insight.storage.store import write_whole

    root = project_root()
    path = root / "params" / f"{dataset}.yaml"
    write_whole(path, draft.draft(dataset, root, url=database).encode())
    _say(f"Written: {_shown(path)}. Read it through, then: insight check {dataset}")


@data.command("list", epilog=_examples("insight data list"))
def list_data() -> None:
    """List the public data sets that can be fetched."""
    from insight.sources import public

    for line in public.listed():
        _say(line)


@data.command("fetch", epilog=_examples("insight data fetch cdnow"))
def fetch_data(name: Annotated[str, typer.Argument(help="a name from `insight data list`")]) -> None:
    """Fetch a public data set into data/raw/<name>, its hash verified and its licence shown."""
    from insight.config.parameters import project_root
    from insight.sources import public

    for line in public.fetch(name, project_root() / "data" / "raw"):
        _say(line)


@app.command(epilog=_examples("insight dictionary"))
def dictionary() -> None:
    """Write docs/data-dictionary.md and docs/features.md from the contracts, and docs/tags.md from the tag library."""
    from insight.config.parameters import project_root
    from insight.contracts import CONTRACTS
    from insight.contracts.dictionary import as_markdown, features_as_markdown
    from insight.contracts.tables.features import FEATURES
    from insight.profile.tagging import dictionary as tag_dictionary
    from insight.profile.tagging import tags
    from insight.storage.store import write_whole

    pages = {
        "data-dictionary.md": as_markdown(CONTRACTS.values()),
        "features.md": features_as_markdown(FEATURES),
        "tags.md": tag_dictionary.as_markdown(tags.read_library(), tags.read_themes()),
    }
    for name, written in pages.items():
        path = project_root() / "docs" / name
        write_whole(path, written.encode())
        _say(f"Written: {_shown(path)}")


@app.command(epilog=_examples("insight record"))
def record() -> None:
    """Renew the recorded notebooks that the tests compare with (tests/notebooks)."""
    from insight.runner.recordings import record as renew

    for line in renew():
        _say(line)


def _shown(path: Path) -> str:
    return os.path.relpath(path)


_FAULTS = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE)  # of the machine


def main() -> None:
    """Run the command line: it ends in what was asked for, or in one message without a traceback.

    What the person who called it can correct ends with code 2, all else with 1.
    """
    try:
        app()
    except InsightError as error:
        _complain(str(error))
        sys.exit(2 if getattr(error, "bad_input", True) else 1)
    except ConnectionError:
        _complain("a process of this run, or a server that it reads, ended unexpectedly. Run again.")
        sys.exit(1)
    except OSError as error:
        named = os.fspath(error.filename) if isinstance(error.filename, str | Path) else "a file"
        _complain(f"{named}: {error.strerror or type(error).__name__}. Mend this place, then run again.")
        sys.exit(1 if error.errno in _FAULTS else 2)
    except MemoryError:
        _complain("the memory was not enough. End other programs, then run again.")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except Exception as error:
        if os.environ.get("INSIGHT_TRACEBACK"):
            raise
        _complain(
            f"failed with {type(error).__name__} in {place_of(error)}. What was said of it may hold somebody's values "
            "and is not shown; with INSIGHT_TRACEBACK=1 it is. Please report this place."
        )
        sys.exit(1)


def _say(line: str, console: Console = _out) -> None:
    """Print what may hold names from outside: as text, without what would command the terminal."""
    console.print(printable(line, keep="\n"), markup=False)


def _complain(message: str) -> None:
    sys.stdout.flush()
    _say(f"insight: {message}", Console(stderr=True, highlight=False, soft_wrap=True))


if __name__ == "__main__":
    main()
