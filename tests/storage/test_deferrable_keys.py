"""Deferrable keys under many sessions: whoever writes beside whom, no two rows are alike in the end."""

from __future__ import annotations

import random
import threading

import vql
from vql.storage.upkeep.check import check_store

SESSIONS, STATEMENTS, KEYS = 4, 40, 8


def one(generator, number):
    key, other = generator.sample(range(KEYS), 2)
    return generator.choice(
        [
            f"INSERT INTO t VALUES ({number}, {key})",
            f"UPDATE t SET k = {other} WHERE k = {key}",
            f"UPDATE t SET k = CASE k WHEN {key} THEN {other} ELSE {key} END WHERE k IN ({key}, {other})",
            f"DELETE FROM t WHERE k = {key}",
            "SET CONSTRAINTS ALL IMMEDIATE",
            "SET CONSTRAINTS ALL DEFERRED",
        ]
    )


def work(path, seed, failures):
    generator = random.Random(seed)
    try:
        with vql.connect(path) as connection:
            for step in range(STATEMENTS):
                connection.begin()
                try:
                    for place in range(generator.randint(1, 4)):
                        connection.execute(one(generator, seed * 10_000 + step * 10 + place))
                    connection.commit()
                except (vql.IntegrityError, vql.OperationalError):
                    connection.rollback()
    except BaseException as error:  # noqa: BLE001 - told by the test
        failures.append(error)


def test_no_two_rows_are_alike_in_a_deferred_key(tmp_path):
    failures: list[BaseException] = []
    with vql.connect(tmp_path / "db") as connection:
        connection.execute("CREATE TABLE t (id int PRIMARY KEY, k int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        threads = [
            threading.Thread(target=work, args=(tmp_path / "db", seed, failures)) for seed in range(SESSIONS)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not failures
        alike = connection.execute("SELECT k FROM t GROUP BY k HAVING count(*) > 1").fetchall()
        assert alike == []
        for key in range(KEYS):
            found = connection.execute("SELECT count(*) FROM t WHERE k = ?", (key,)).fetchone()[0]
            assert found <= 1
    assert check_store(tmp_path / "db") == []
