"""`\\d` and the lists of objects, of what `catalog` says is asked."""

from __future__ import annotations

import re
from collections.abc import Callable

from vql.errors import ProgrammingError, UndefinedTable
from vql.link.link import Heading, Outcome
from vql.shell.commands import catalog
from vql.shell.commands.catalog import Listing
from vql.shell.commands.hints import nearest
from vql.shell.scanner import Invocation, quoted_text
from vql.shell.screen.formats import draw
from vql.shell.terminal import Terminal

# What stands in pg_class.relkind for the letter of a list.
LISTED_KINDS = {"t": "rp", "v": "v", "m": "m", "i": "iI", "s": "S"}


def ask(terminal: Terminal, sql: str) -> Outcome:
    """Ask the catalog; the variable ECHO_HIDDEN shows what is asked."""
    if terminal.variables.is_on("ECHO_HIDDEN"):
        terminal.output.write(f"/******** QUERY *********/\n{sql};\n/************************/\n\n")
    return terminal.link.run(sql)[0]


def show_titled(terminal: Terminal, title: str, answer: Outcome) -> None:
    """Print an answer under a title."""
    before = terminal.display.title
    terminal.display.title = title
    try:
        terminal.show_rows(answer)
    finally:
        terminal.display.title = before


def list_of(listing: Listing, condition: str = "") -> Callable[[Terminal, Invocation], None]:
    """Return the command that prints a list."""

    def command(terminal: Terminal, call: Invocation) -> None:
        name = call.name
        pattern = call.arguments[0] if call.arguments else None
        answer = ask(terminal, listing.sql(pattern, "+" in name, "S" in name, condition))
        show_titled(terminal, listing.title, answer)

    return command


def list_relations(terminal: Terminal, call: Invocation) -> None:
    """`\\dt`, `\\dv`, `\\dti` and so on: the relations of some kinds."""
    letters = call.name[1:].rstrip("S+") or "tvms"
    kinds = ", ".join(f"'{kind}'" for letter in letters for kind in LISTED_KINDS[letter])
    listing = catalog.INDEXES if letters == "i" else catalog.RELATIONS
    pattern = call.arguments[0] if call.arguments else None
    system = "S" in call.name
    answer = ask(terminal, listing.sql(pattern, "+" in call.name, system, f"c.relkind IN ({kinds})"))
    if answer.rows:
        show_titled(terminal, listing.title, answer)
    elif pattern is not None:
        terminal.errors.write(f'Did not find any relation named "{pattern}".\n')
    else:
        terminal.errors.write("Did not find any relations.\n")


# ------------------------------------------------------------------ one relation in full


def describe_relation(terminal: Terminal, call: Invocation) -> None:
    """`\\d`: every relation, or those of a pattern in full."""
    if not call.arguments:
        list_relations(terminal, call)
        return
    pattern = call.arguments[0]
    where = catalog.pattern_conditions(pattern, "c.relname", "n.nspname", catalog.RELATIONS.visible)
    if "S" not in call.name and "." not in pattern and any(mark in pattern for mark in "*?"):
        where.append(catalog.RELATIONS.own)
    found = ask(
        terminal,
        "SELECT c.oid, n.nspname, c.relname, c.relkind, array_to_string(c.reloptions, ', '), "
        "c.relrowsecurity FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
        + " AND ".join(where or ["true"])
        + " ORDER BY 2, 3",
    ).rows
    if not found:
        raise UndefinedTable(f'Did not find any relation named "{pattern}".', hint=_meant(terminal, pattern))
    for row in found:
        _describe(terminal, [value or "" for value in row], "+" in call.name)


def _meant(terminal: Terminal, pattern: str) -> str | None:
    rows = ask(terminal, catalog.RELATIONS.sql(None, False, False)).rows
    meant = nearest(pattern, [str(row[1]) for row in rows])
    return f'Did you mean "{meant}"?' if meant else None


def _describe(terminal: Terminal, found: list[str], plus: bool) -> None:
    oid, schema, name, kind, options, row_security = found
    said = catalog.RELATION_KINDS.get(kind, "relation")
    title = f'{said[0].upper()}{said[1:]} "{schema}.{name}"'
    if kind == "S":
        answer = ask(terminal, SEQUENCE.format(oid=oid))
        show_titled(terminal, title, answer)
        return
    if kind in "iI":
        _describe_index(terminal, oid, title)
        return
    answer = ask(terminal, COLUMNS.format(oid=oid, more=DESCRIPTIONS if plus else ""))
    empty = Outcome("", answer.headings, [[value or "" for value in row] for row in answer.rows])
    lines = _drawn(terminal, title, empty)
    if kind in "rp":
        lines += _index_lines(terminal, oid) + _constraint_lines(terminal, oid)
        lines += _policy_lines(terminal, oid, row_security == "t")
        lines += _section(terminal, "Triggers:", TRIGGERS.format(oid=oid))
    if kind in "vm" and plus:
        definition = ask(terminal, f"SELECT pg_get_viewdef({oid}, true)").rows[0][0] or ""
        lines += ["View definition:", *definition.split("\n")]
    if kind == "m":
        lines += _index_lines(terminal, oid)
    if options:
        lines.append(f"Options: {options}")
    terminal.write("\n".join(lines) + "\n\n")


def _drawn(terminal: Terminal, title: str, answer: Outcome) -> list[str]:
    """Return a table's lines without the count: what follows belongs to the same picture."""
    display = terminal.display
    before = display.title, display.footer
    display.title, display.footer = title, False
    try:
        return draw(answer, display).rstrip("\n").split("\n")
    finally:
        display.title, display.footer = before


def _section(terminal: Terminal, head: str, sql: str) -> list[str]:
    rows = ask(terminal, sql).rows
    return [head, *(f"    {row[0]}" for row in rows)] if rows else []


def _index_lines(terminal: Terminal, oid: str) -> list[str]:
    """Return the indexes of a table, as `"name" PRIMARY KEY, btree (id)`."""
    lines = []
    for name, primary, unique, definition, constraint, valid in ask(
        terminal, TABLE_INDEXES.format(oid=oid)
    ).rows:
        kind = "PRIMARY KEY, " if primary == "t" else "UNIQUE, " if unique == "t" else ""
        if unique == "t" and constraint and primary != "t":
            kind = "UNIQUE CONSTRAINT, "
        text = str(definition).partition(" USING ")[2]
        lines.append(f'    "{name}" {kind}{text}{"" if valid == "t" else " INVALID"}')
    return ["Indexes:", *lines] if lines else []


def _constraint_lines(terminal: Terminal, oid: str) -> list[str]:
    """Return the checks of a table, its foreign keys, and those that refer to it."""
    checks, keys, referring = [], [], []
    for name, kind, definition, of, own in ask(terminal, CONSTRAINTS.format(oid=oid)).rows:
        line = f'"{name}" {definition}'
        if kind == "c":
            checks.append(f"    {line}")
        elif own == "t":
            keys.append(f"    {line}")
        if kind == "f" and own != "t":
            referring.append(f'    TABLE "{of}" CONSTRAINT {line}')
    lines = ["Check constraints:", *checks] if checks else []
    lines += ["Foreign-key constraints:", *keys] if keys else []
    return lines + (["Referenced by:", *referring] if referring else [])


def _policy_lines(terminal: Terminal, oid: str, enabled: bool) -> list[str]:
    rows = ask(terminal, POLICIES.format(oid=oid)).rows
    if not rows and not enabled:
        return []
    lines = [f"Policies{'' if enabled else ' (row security disabled)'}:{'' if rows else ' (none)'}"]
    for name, command, using, check in rows:
        lines.append(f'    POLICY "{name}"{"" if command == "*" else f" FOR {COMMANDS_OF[str(command)]}"}')
        lines += [f"      USING ({using})"] if using else []
        lines += [f"      WITH CHECK ({check})"] if check else []
    return lines


def _describe_index(terminal: Terminal, oid: str, title: str) -> None:
    rows = ask(terminal, ONE_INDEX.format(oid=oid)).rows
    schema, table, definition, primary, unique = rows[0]
    columns = ask(
        terminal,
        'SELECT a.attname AS "Column", format_type(a.atttypid, a.atttypmod) AS "Type" FROM pg_attribute a '
        f"WHERE a.attrelid = {oid} AND a.attnum > 0 ORDER BY a.attnum",
    )
    lines = _drawn(terminal, title, columns)
    kind = "primary key, " if primary == "t" else "unique, " if unique == "t" else ""
    lines.append(f'{kind}{str(definition).partition(" USING ")[2]}, for table "{schema}.{table}"')
    terminal.write("\n".join(lines) + "\n\n")


def show_function(terminal: Terminal, call: Invocation) -> None:
    """`\\sf NAME`: the statement that makes a function. Raises 42883, 42725."""
    _show_source(terminal, call, "regproc", "regprocedure", "pg_get_functiondef({})")


def show_view(terminal: Terminal, call: Invocation) -> None:
    """`\\sv NAME`: the statement that makes a view. Raises 42P01."""
    name = "'CREATE OR REPLACE VIEW ' || {0}::regclass::text || E' AS\\n' || pg_get_viewdef({0}, true)"
    _show_source(terminal, call, "regclass", "regclass", name)


def _show_source(terminal: Terminal, call: Invocation, bare: str, full: str, expression: str) -> None:
    if not call.arguments:
        raise ProgrammingError(f"\\{call.name} takes a name", sqlstate="42601")
    name = call.arguments[0].rstrip(";")
    oid = ask(terminal, f"SELECT {quoted_text(name)}::{full if '(' in name else bare}::oid").rows[0][0]
    text = ask(terminal, f"SELECT {expression.format(oid)}").rows[0][0] or ""
    if "+" in call.name:
        text = "\n".join(f"{number:<8}{line}" for number, line in enumerate(text.rstrip("\n").split("\n"), 1))
    terminal.write(text.rstrip("\n") + "\n")


def list_settings(terminal: Terminal, call: Invocation) -> None:
    """`\\dconfig [PATTERN]`: the settings and what they are now."""
    answer = ask(terminal, "SHOW ALL")
    pattern = re.compile(r"\.".join(catalog.regex_parts(call.arguments[0] if call.arguments else "*")))
    headings = (Heading("Parameter"), Heading("Value"))
    rows = [row[:2] for row in answer.rows if pattern.fullmatch(str(row[0]))]
    show_titled(terminal, "List of configuration parameters", Outcome("", headings, rows))


COLUMNS = """
SELECT a.attname AS "Column", format_type(a.atttypid, a.atttypmod) AS "Type",
    CASE WHEN a.attnotnull THEN 'not null' END AS "Nullable",
    CASE WHEN a.attidentity = 'a' THEN 'generated always as identity'
        WHEN a.attidentity = 'd' THEN 'generated by default as identity'
        WHEN a.attgenerated = 's' THEN concat('generated always as (', pg_get_expr(d.adbin, d.adrelid),
            ') stored')
        WHEN a.attgenerated = 'v' THEN concat('generated always as (', pg_get_expr(d.adbin, d.adrelid), ')')
        ELSE pg_get_expr(d.adbin, d.adrelid) END AS "Default"{more}
FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE a.attrelid = {oid} AND a.attnum > 0 AND NOT a.attisdropped
ORDER BY a.attnum"""
DESCRIPTIONS = ', col_description(a.attrelid, a.attnum) AS "Description"'
SEQUENCE = """
SELECT format_type(s.seqtypid, NULL) AS "Type", s.seqstart AS "Start", s.seqmin AS "Minimum",
    s.seqmax AS "Maximum", s.seqincrement AS "Increment",
    CASE WHEN s.seqcycle THEN 'yes' ELSE 'no' END AS "Cycles?", s.seqcache AS "Cache"
FROM pg_sequence s WHERE s.seqrelid = {oid}"""
TABLE_INDEXES = """
SELECT c.relname, i.indisprimary, i.indisunique, pg_get_indexdef(i.indexrelid, 0, true), k.conname,
    i.indisvalid
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid
    AND k.contype IN ('p', 'u', 'x')
WHERE i.indrelid = {oid}
ORDER BY i.indisprimary DESC, c.relname"""
ONE_INDEX = """
SELECT n.nspname, t.relname, pg_get_indexdef(i.indexrelid, 0, true), i.indisprimary, i.indisunique
FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
WHERE i.indexrelid = {oid}"""
CONSTRAINTS = """
SELECT k.conname, k.contype, pg_get_constraintdef(k.oid, true), r.relname, k.conrelid = {oid}
FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
WHERE k.conrelid = {oid} AND k.contype IN ('c', 'f') OR k.confrelid = {oid} AND k.contype = 'f'
ORDER BY 1"""
POLICIES = """
SELECT p.polname, p.polcmd, pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid)
FROM pg_policy p WHERE p.polrelid = {oid} ORDER BY 1"""
COMMANDS_OF = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
TRIGGERS = """
SELECT pg_get_triggerdef(t.oid, true) FROM pg_trigger t WHERE t.tgrelid = {oid} AND NOT t.tgisinternal
ORDER BY t.tgname"""
