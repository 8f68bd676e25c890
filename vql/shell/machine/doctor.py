"""`vql doctor [FOLDER]`: what this machine gives a database, and what is misconfigured."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path


def doctor_command(given: Sequence[str]) -> int:
    """Print what is found; status 1 where something is bad."""
    parser = argparse.ArgumentParser(
        "vql doctor",
        description="Say what this machine gives a database, and what to do about what is not right. Changes "
        "nothing, but for a file that it writes into the folder, to time its disk, and removes.",
    )
    parser.add_argument(
        "path", metavar="FOLDER", nargs="?", help="of a database, there or to come, or of several"
    )
    path = parser.parse_args(given).path
    from vql.shell.machine.findings import BAD, NOTE, findings_shown
    from vql.shell.machine.folder import folder_findings
    from vql.shell.machine.system import machine_findings

    found = [*machine_findings(), *(folder_findings(Path(path).expanduser().absolute()) if path else ())]
    print(findings_shown(found))
    bad, notes = (sum(each.state == state for each in found) for state in (BAD, NOTE))
    print(f"{bad or 'nothing'} bad, {notes or 'nothing'} to note")
    return 1 if bad else 0
