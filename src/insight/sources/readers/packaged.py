"""Data files inside an installed package, found without importing it.

Importing these packages would run their loaders: one needs ``pkg_resources``, another silences warnings.
"""

import importlib.util
from collections.abc import Iterable
from pathlib import Path

from insight.errors import SourceError


def data_files(package: str, folder: str, names: Iterable[str], *, distribution: str) -> list[Path]:
    """Find files of a package, in the order asked for.

    Parameters
    ----------
    package, folder
        The package as it is imported, and the folder inside it.
    names
        The files.
    distribution
        The package as it is installed; for the message.

    Raises
    ------
    SourceError
        If the package is not installed, or lacks a file.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise SourceError(
            f"{distribution}: this package brings the data and is not installed. "
            "Make the environment again: delete .venv, then `make report`."
        )
    paths = [Path(found.origin).parent / folder / name for name in names]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        raise SourceError(
            f"{distribution}: expected {len(paths)} data file(s) here; missing {', '.join(missing)}. "
            "Make the environment again: delete .venv, then `make report`."
        )
    return paths
