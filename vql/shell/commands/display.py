"""Commands that say how answers look: \\pset and its short forms, \\timing, \\set."""

from __future__ import annotations

from collections.abc import Callable

from vql.errors import ProgrammingError
from vql.shell.scanner import Invocation
from vql.shell.screen.display import option_list, set_option, switched
from vql.shell.terminal import Terminal


def set_display(terminal: Terminal, call: Invocation) -> None:
    """`\\pset [NAME [VALUE]]`."""
    if not call.arguments:
        for name, value in option_list(terminal.display):
            terminal.output.write(f"{name:<24} {value}\n")
        return
    terminal.say(set_option(terminal.display, call.arguments[0], (*call.arguments, None)[1]))


def option(name: str) -> Callable[[Terminal, Invocation], None]:
    """Return the command that sets one option."""

    def command(terminal: Terminal, call: Invocation) -> None:
        terminal.say(set_option(terminal.display, name, call.arguments[0] if call.arguments else None))

    return command


def switch_format(terminal: Terminal, call: Invocation) -> None:
    """`\\a`: aligned or unaligned."""
    other = "unaligned" if terminal.display.format == "aligned" else "aligned"
    terminal.say(set_option(terminal.display, "format", other))


def switch_timing(terminal: Terminal, call: Invocation) -> None:
    """`\\timing [on|off]`."""
    terminal.timing = switched(terminal.timing, call.arguments[0] if call.arguments else None, "timing")
    terminal.say(f"Timing is {'on' if terminal.timing else 'off'}.")


def set_variable(terminal: Terminal, call: Invocation) -> None:
    """`\\set [NAME [VALUE]]`: several values are joined."""
    if not call.arguments:
        for name, value in terminal.variables.items():
            terminal.output.write(f"{name} = '{value}'\n")
        return
    terminal.variables.set(call.arguments[0], "".join(call.arguments[1:]))


def unset_variable(terminal: Terminal, call: Invocation) -> None:
    """`\\unset NAME`."""
    if not call.arguments:
        raise ProgrammingError("\\unset takes the name of a variable", sqlstate="42601")
    terminal.variables.unset(call.arguments[0])
