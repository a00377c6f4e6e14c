"""Write environment.yml for conda users from requirements.lock: the same versions, package by package."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HEAD = """\
# For conda users: conda env create -f environment.yml
# Written by `make lock` from requirements.lock, so that both hold the same versions; do not edit.
name: insight
channels:
  - conda-forge
dependencies:
  - python>=3.11,<3.14
  - make
  - pip
  - pip:
"""


def environment(lock: str) -> str:
    """Give the text of environment.yml for the text of a lock."""
    pins = re.findall(r"^([A-Za-z0-9][^\s;]*==[^\s;]+(?: ; [^\\\n]+?)?) *\\?$", lock, re.MULTILINE)
    lines = [f'      - "{pin}"' if '"' not in pin else f"      - '{pin}'" for pin in pins]
    return HEAD + "\n".join([*lines, '      - "--editable ."']) + "\n"


if __name__ == "__main__":
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    (ROOT / "environment.yml").write_text(environment(lock), encoding="utf-8")
