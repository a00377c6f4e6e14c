"""Runs in each kernel before the first cell: notes which files of the package the notebook opens, modules included."""

import os
import sys
from importlib.util import find_spec, source_from_cache
from pathlib import Path


def _watch_files():
    package = str(Path(find_spec("insight").origin).parent)
    for name in [name for name in sys.modules if name.partition(".")[0] == "insight"]:
        del sys.modules[name]  # loaded before the fork: what this notebook imports it opens anew
    folder = Path(os.environ["INSIGHT_HOME"]) / ".opened"
    folder.mkdir(exist_ok=True)
    opened, notebook = set(), []

    def note(event, given):
        if event == "os.mkdir" and f"{os.sep}.staging{os.sep}" in str(given[0]) and not notebook:
            notebook.append(folder / Path(given[0]).name)
        if event == "open" and str(given[0]).startswith(package):
            path = str(given[0])
            opened.add(source_from_cache(path) if path.endswith(".pyc") else path)
            if notebook:
                notebook[0].write_text("\n".join(sorted(opened)), encoding="utf-8")

    sys.addaudithook(note)


if __name__ == "__main__":  # not where pytest looks for examples in it
    _watch_files()
