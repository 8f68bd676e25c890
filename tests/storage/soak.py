"""Kill as often as you like: `python -m tests.storage.soak [ROUNDS] [SEED]`."""

from __future__ import annotations

import random
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from killing import kill_round  # noqa: E402 - found beside this file, as pytest finds it
from workload import Model  # noqa: E402

from vql.storage.files.failpoint import POINTS  # noqa: E402

ROUNDS_PER_DATABASE = 25


def soak(rounds: int, seed: int) -> None:
    """Kill at random moments and at failpoints, open again, compare now and the past, check; a new database
    every few rounds."""
    generator = random.Random(seed)
    done = commits = 0
    while done < rounds:
        with tempfile.TemporaryDirectory() as folder:
            model = Model()
            for _ in range(min(ROUNDS_PER_DATABASE, rounds - done)):
                armed, moment = "", (generator.randint(0, 60), generator.uniform(0, 0.1))
                if generator.random() < 0.5:
                    armed, moment = f"{generator.choice(POINTS)}:{generator.randint(1, 12)}", None
                commits += kill_round(Path(folder) / "db", model, generator.randrange(10**9), armed, moment)
                done += 1
                print(f"{done} rounds, {commits} commits, {len(model.rows)} rows", flush=True)


if __name__ == "__main__":
    given = [int(argument) for argument in sys.argv[1:]]
    soak(given[0] if given else 1_000, given[1] if len(given) > 1 else random.randrange(10**9))
