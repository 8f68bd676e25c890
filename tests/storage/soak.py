"""Kill for as long as you like: `python -m tests.storage.soak [SECONDS] [SEED]`."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from killing import kill_round  # noqa: E402 - found beside this file, as pytest finds it
from workload import Model  # noqa: E402

from vql.storage.files.failpoint import POINTS  # noqa: E402

ROUNDS_PER_DATABASE = 25


def soak(seconds: float, seed: int) -> None:
    """Kill at random moments and at failpoints; a new database every few rounds."""
    generator = random.Random(seed)
    deadline = time.monotonic() + seconds
    rounds = commits = 0
    while time.monotonic() < deadline:
        with tempfile.TemporaryDirectory() as folder:
            model = Model()
            for _ in range(ROUNDS_PER_DATABASE):
                armed, moment = "", (generator.randint(0, 60), generator.uniform(0, 0.1))
                if generator.random() < 0.5:
                    armed, moment = f"{generator.choice(POINTS)}:{generator.randint(1, 12)}", None
                commits += kill_round(Path(folder) / "db", model, generator.randrange(10**9), armed, moment)
                rounds += 1
                print(f"{rounds} rounds, {commits} commits, {len(model.rows)} rows", flush=True)
                if time.monotonic() > deadline:
                    break


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    soak(given[0] if given else 600.0, int(given[1]) if len(given) > 1 else random.randrange(10**9))
