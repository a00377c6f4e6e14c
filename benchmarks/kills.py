"""Kill runs at random moments: no table may be broken, nothing left, and the run after must bring the same bytes.

`python benchmarks/kills.py --kills 200` starts three businesses (the small card bank, a shop of a few hundred lines of
its own, people of four systems who are linked) and kills, at moments drawn by a seed, the runner, a process of a
notebook, or the process group. Twenty seconds later it looks for processes, and for what lies plain in temporary
folders and elsewhere; after some kills it lets the run end and compares every table and page with those of a run that
nobody disturbed.
"""

import argparse
import base64
import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from business.conftest import make_home
from insight.errors import InsightError
from insight.storage.store import Store
from insight.unify.privacy.vault import Vault
from insight.unify.privacy.vault_key import VARIABLE
from small_project import bytes_below
from unify import harbour
from unify.canary_scan import Scanner

RESULTS = Path(__file__).parent / "results" / "kills.json"
KEY = base64.b64encode(b"two hundred kills, one whole key").decode()
MARK = "INSIGHT_KILLS"
VICTIMS = ("runner", "kernel", "group")
PATIENCE, ROUND = 20.0, 5  # seconds until whatever is left counts; kills before a run is let end
LINES = 300


def say(words: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


@dataclass
class Business:
    """A business in a project, with temporary files and a user's home of its own, so that all that is left is found."""

    name: str
    root: Path
    arguments: tuple[str, ...]
    whole: dict[str, str] = field(default_factory=dict)
    took: float = 0.0

    @property
    def project(self) -> Path:
        """Where it runs."""
        return self.root / "project"

    @property
    def processed(self) -> Path:
        """Where its tables are."""
        return self.project / "data" / "processed" / self.name

    @property
    def vault(self) -> Path:
        """Where its vault is."""
        return self.project / "data" / "vault" / self.name

    def start(self) -> subprocess.Popen:
        """Start a run in a process group of its own; what it says goes beside the project."""
        places = {"INSIGHT_HOME": str(self.project), "TMPDIR": str(self.root / "t"), "HOME": str(self.root / "u")}
        environment = {**os.environ, **places, VARIABLE: KEY, MARK: str(self.root)}
        with (self.root / "said.log").open("w") as log:
            command = [sys.executable, "-m", "insight.cli", "run", self.name, *self.arguments]
            return subprocess.Popen(
                command, env=environment, cwd=self.project, stdout=log, stderr=log, start_new_session=True
            )

    def said(self) -> str:
        """Give what its runs have said."""
        return (self.root / "said.log").read_text("utf-8", "replace")

    def processes(self) -> dict[int, str]:
        """List what runs for this business, by number, with its command; not what has ended."""
        found = {}
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                started_by_us = f"{MARK}={self.root}\0".encode() in (folder / "environ").read_bytes() + b"\0"
                if started_by_us and (folder / "cmdline").read_bytes():
                    found[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()[:80]
            except (OSError, UnicodeDecodeError):
                continue  # it has ended meanwhile, or is not ours
        return found

    def made(self) -> dict[str, str]:
        """Hash every table, executed notebook and page."""
        return bytes_below(self.processed) | {
            f"reports/{name}": sha for name, sha in bytes_below(self.project / "reports" / self.name).items()
        }

    def wipe(self) -> None:
        """Begin again from nothing."""
        for folder in (self.processed, self.project / "reports" / self.name, self.vault, self.root / "u"):
            shutil.rmtree(folder, ignore_errors=True)
        (self.root / "u").mkdir()

    def broken(self) -> list[str]:
        """Name the tables that are not whole, of the project's and of the vault's."""
        store, found = Store(self.processed), []
        store.recover()
        for name in store.outputs():
            try:
                path = store.path_of(name)
                if path.suffix == ".parquet":
                    pq.read_table(path)
            except (InsightError, OSError) as error:
                found.append(f"{name}: {error}")
        if any(self.vault.glob("*.json")):
            try:
                vault = Vault(self.vault, self.name)
                for name in vault.tables():
                    vault.read(name)
            except (InsightError, OSError) as error:
                found.append(f"vault: {error}")
        return found

    def left(self, scanner: Scanner) -> list[str]:
        """Name what lies plain: files in temporary folders, spilled ones of the vault, and whatever names a person."""
        files = [path for path in (self.root / "t").rglob("*") if path.is_file() and not path.name.endswith(".lock")]
        files += [path for path in (self.vault / ".spill").rglob("*") if path.is_file()]
        told = scanner.scan(self.root, without=[self.project / "data" / "raw"])
        return [*(str(path.relative_to(self.root)) for path in files), *(f"{name}: names people" for name in told)]


def bank(root: Path) -> Business:
    """Make the small card bank."""
    return _placed("tiny", root)


def shop(root: Path) -> Business:
    """Make a shop of its own: a few hundred lines, described by `insight new`."""
    business = _placed("shop", root)
    folder = business.project / "data" / "raw" / "shop"
    folder.mkdir(parents=True)
    chance = random.Random(7)
    lines = [
        f"C{int(chance.paretovariate(1.1)) % 60:03d},2024-{chance.randint(1, 6):02d}-{chance.randint(1, 28):02d},"
        f"{chance.choice(['tea', 'cake', 'bread'])},{chance.uniform(1, 30):.2f}"
        for _ in range(LINES)
    ]
    (folder / "sales.csv").write_text("\n".join(["customer,day,product,amount", *lines]) + "\n", "utf-8")
    (business.project / "params" / "shop.yaml").write_text(
        "title: {en: Shop, zh: 商店}\ncurrency: EUR\ntime_zone: Europe/Berlin\nsource:\n  kind: files\n  tables:\n"
        "    transactions:\n      files: [sales.csv]\n"
        "      columns: {customer_id: customer, occurred_at: day, amount: amount, category: product}\n",
        "utf-8",
    )
    return business


def people(root: Path) -> Business:
    """Four systems whose people are linked."""
    business = _placed(harbour.NAME, root, *(part for number in ("10", "15", "20") for part in ("--only", number)))
    harbour.deliver(business.project / "data" / "raw" / harbour.NAME)
    (business.project / "params" / f"{harbour.NAME}.yaml").write_text(harbour.PARAMETERS, "utf-8")
    return business


BUSINESSES: dict[str, Callable[[Path], Business]] = {"bank": bank, "shop": shop, "people": people}


def _placed(name: str, root: Path, *arguments: str) -> Business:
    for folder in ("t", "u"):
        (root / folder).mkdir(parents=True)
    make_home(root / "project")
    return Business(name, root, arguments)


@dataclass
class Tally:
    """What was counted, and the particulars of whatever was wrong."""

    kills: Counter = field(default_factory=Counter)
    finishes: Counter = field(default_factory=Counter)
    wrong: list[dict] = field(default_factory=list)

    def note(self, kind: str, business: Business, **about: object) -> None:
        """Keep and say what is wrong."""
        self.wrong.append({"kind": kind, "business": business.name, **about})
        say(f"WRONG {json.dumps(self.wrong[-1], default=str)[:600]}")

    def count(self, kind: str) -> int:
        """Count what is wrong in one way."""
        return sum(one["kind"] == kind for one in self.wrong)


def harass(business: Business, kills: int, seed: int, tally: Tally, turn: threading.Lock, until: float) -> None:
    """Kill runs of a business, ``ROUND`` times between two that are let end; one business at a time has the machine."""
    chance, scanner = random.Random(seed), Scanner(harbour.CANARIES if business.name == harbour.NAME else [])
    with turn:
        began = time.monotonic()
        if business.start().wait() != 0:
            raise SystemExit(f"{business.name} does not run undisturbed:\n{business.said()[-2000:]}")
        business.took, business.whole = time.monotonic() - began, business.made()
        say(f"{business.name}: undisturbed in {business.took:.0f} s")
    business.wipe()
    done = 0
    while done < kills and time.monotonic() < until:
        for _ in range(ROUND):
            with turn:
                victim = chance.choice(VICTIMS)
                was_killed = _kill_one(business, victim, chance, tally)
            if was_killed:
                tally.kills[business.name, victim] += 1
                done += 1
                time.sleep(PATIENCE)
                _look(business, scanner, tally, victim)
        with turn:
            ended = business.start().wait()
            tally.finishes[business.name] += 1
            made = business.made()
            differing = sorted(
                name for name in made.keys() | business.whole if made.get(name) != business.whole.get(name)
            )
            if ended != 0 or differing:
                tally.note("bytes", business, ended=ended, differing=differing[:10], said=business.said()[-500:])
            else:
                business.wipe()


def _kill_one(business: Business, victim: str, chance: random.Random, tally: Tally) -> bool:
    """Start a run and kill a part of it at a random moment; False where the run had ended before."""
    process = business.start()
    moment = chance.uniform(0, business.took * 2 / ROUND)
    try:
        process.wait(timeout=moment)
        return False
    except subprocess.TimeoutExpired:
        pass
    if victim == "group":
        os.killpg(process.pid, signal.SIGKILL)
    elif victim == "runner":
        process.kill()
    else:
        others = sorted(set(business.processes()) - {process.pid})
        if not others:
            process.kill()
            process.wait()
            return True
        with contextlib.suppress(ProcessLookupError):
            os.kill(chance.choice(others), signal.SIGKILL)
        try:
            ended = process.wait(timeout=business.took * 3 + 60)
        except subprocess.TimeoutExpired:
            tally.note("hangs", business, victim=victim, moment=moment, said=business.said()[-500:])
            process.kill()
        else:
            if ended not in (0, 1) or "Traceback" in business.said():
                tally.note("message", business, ended=ended, moment=moment, said=business.said()[-1500:])
    process.wait()
    return True


def _look(business: Business, scanner: Scanner, tally: Tally, victim: str) -> None:
    if running := business.processes():
        tally.note("processes", business, victim=victim, running=running)
        for number in running:
            os.kill(number, signal.SIGKILL)
    if plain := business.left(scanner):
        tally.note("plain", business, victim=victim, files=plain[:10])
        for path in (business.root / "t").iterdir():  # so that it is counted once
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
    if broken := business.broken():
        tally.note("tables", business, victim=victim, broken=broken[:10])


def main() -> None:
    """Kill, count and write the results."""
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--kills", type=int, default=200)
    told.add_argument("--minutes", type=float, default=240.0)
    told.add_argument("--seed", type=int, default=15)
    told.add_argument("--only", choices=BUSINESSES, action="append")
    told.add_argument("--folder", type=Path, help="where the projects are made; a new temporary one by default")
    asked = told.parse_args()
    os.environ[VARIABLE] = KEY
    root = asked.folder or Path(tempfile.mkdtemp(prefix="kills-"))
    chosen = asked.only or list(BUSINESSES)
    tally, turn = Tally(), threading.Lock()
    until = time.monotonic() + 60 * asked.minutes
    shares = [asked.kills * (at + 1) // len(chosen) - asked.kills * at // len(chosen) for at in range(len(chosen))]
    threads = [
        threading.Thread(
            target=harass, args=(BUSINESSES[name](root / name), share, asked.seed + at, tally, turn, until)
        )
        for at, (name, share) in enumerate(zip(chosen, shares, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = {kind: tally.count(kind) for kind in ("tables", "bytes", "processes", "plain", "hangs", "message")}
    found = {
        "seed": asked.seed,
        "kills": sum(tally.kills.values()),
        "by_business_and_victim": {" ".join(key): number for key, number in sorted(tally.kills.items())},
        "runs_let_end": sum(tally.finishes.values()),
        "wrong": counts,
        "particulars": tally.wrong,
    }
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=1, default=str) + "\n", "utf-8")
    say(json.dumps(found | {"particulars": len(tally.wrong)}, indent=1))
    if not asked.folder:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
