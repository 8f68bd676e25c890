"""Rules of statements that define things: one method a rule of grammar/vql.lark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from lark import Token

from vql.errors import NotSupportedError, SyntaxError
from vql.language import ast
from vql.language.build.constraints import constrained, foreign_key, included_of, key_definition
from vql.language.build.objects.sequences import identity_options
from vql.language.build.pieces import Args, Marked, NameToken, first_of, names_of, span_of, where_of, words
from vql.language.build.reader import LexemeReader
from vql.language.lexer import Lexeme

SERIALS = {"serial": "integer", "serial4": "integer", "bigserial": "bigint", "serial8": "bigint",
           "smallserial": "smallint", "serial2": "smallint"}  # fmt: skip
LIKE_OPTIONS = frozenset(
    "defaults identity indexes constraints comments compression generated statistics storage".split()
)


REINDEXED = frozenset({"index", "table", "schema", "database", "system"})
NAMELESS = frozenset({"database", "system"})
OF_ANALYZE = frozenset({"verbose", "skip_locked", "buffer_usage_limit"})
VACUUM_OPTIONS = {
    "ANALYZE": OF_ANALYZE,
    "VACUUM": OF_ANALYZE
    | set(
        "analyze freeze full disable_page_skipping index_cleanup process_main process_toast truncate"
        " parallel skip_database_stats only_database_stats".split()
    ),
}


def on_commit_of(a: Args) -> str:
    """Return what ON COMMIT says, "" where it says nothing or that rows stay."""
    said = next((str(x) for x in a if isinstance(x, Token) and x.type == "ON_COMMIT"), "")
    return said.removeprefix("on commit ").replace("preserve rows", "")


class DefinitionRules:
    """Rules of CREATE, DROP and their parts."""

    def create_table(self, a: Args) -> Any:
        words_ = str(a[0])
        columns = tuple(x for x in a if isinstance(x, ast.ColumnDefinition))
        constraints = tuple(x for x in a if isinstance(x, ast.Constraint))
        options = next((x for x in a[2:] if type(x) is tuple and not isinstance(x, Marked)), ())
        name, span = a[1]
        elements = [x for x in a if isinstance(x, ast.ColumnDefinition | ast.TableLike)]
        likes = tuple(
            replace(like, place=sum(isinstance(x, ast.ColumnDefinition) for x in elements[:i]))
            for i, like in enumerate(elements)
            if isinstance(like, ast.TableLike)
        )
        return ast.CreateTable(
            name, columns, constraints, options, "if not exists" in words_,
            "temp" in words_.split() or "temporary" in words_.split(), "unlogged" in words_.split(),
            on_commit_of(a), likes=likes, span=span, or_replace="replace" in words_.split(),
        )  # fmt: skip

    def table_like(self, a: Args) -> Any:
        name, span = a[1]
        including: set[str] = set()
        for is_included, what in (x[1] for x in a[2:]):
            chosen = LIKE_OPTIONS if what == "all" else {what}
            including = including | chosen if is_included else including - chosen
        return ast.TableLike(name, frozenset(including), span=span)

    def like_option(self, a: Args) -> Any:
        for token, known in zip(a, ({"including", "excluding"}, LIKE_OPTIONS | {"all"}), strict=True):
            if token not in known:
                raise SyntaxError(f'syntax error at or near "{token}"', position=span_of(token)[0] + 1)
        return Marked(("like", (a[0] == "including", str(a[1]))))

    def create_table_as(self, a: Args) -> Any:
        bare = self.create_table([x for x in a[:2]])
        names = next((tuple(x) for x in a[2:] if type(x) is list), ())
        options = next((x for x in a[2:] if type(x) is tuple and not isinstance(x, Marked)), ())
        if first_of(a, ast.WithChanges) is not None:
            raise NotSupportedError("CREATE TABLE AS of a WITH query that changes rows is not supported yet")
        query = first_of(a, (ast.Select, ast.Values, ast.SetOperation))
        return replace(
            bare, options=options, query=query, column_names=names, with_data="WITH_NO_DATA" not in words(a),
            on_commit=on_commit_of(a),
        )  # fmt: skip

    def table_constraint(self, a: Args) -> Any:
        made = next(x for x in a if isinstance(x, ast.Constraint))
        return constrained(made, a)

    def table_key(self, a: Args) -> Any:
        columns = next(tuple(x) for x in a if type(x) is list)
        return key_definition(a, columns)

    def table_foreign_key(self, a: Args) -> Any:
        return replace(a[2], columns=tuple(a[1]), span=span_of(a[0]))

    def check(self, a: Args) -> Any:
        return ast.CheckDefinition(a[1], span_of(a[0])[1], span=span_of(a[0]))

    def references(self, a: Args) -> Any:
        name, _ = a[1]
        referenced = next((tuple(x) for x in a[2:] if type(x) is list), ())
        return foreign_key(name, referenced, [x[1] for x in a if isinstance(x, Marked)], span_of(a[0]))

    def referential(self, a: Args) -> Any:
        return Marked(("referential", (a[0], tuple(a[1]) if len(a) > 1 else ())))

    def column_definition(self, a: Args) -> Any:
        name, type_ = str(a[0]), a[1]
        rules = dict(x for x in a[2:] if not isinstance(x, ast.Constraint))
        constraints = tuple(x for x in a[2:] if isinstance(x, ast.Constraint))
        identity, options = rules.get("IDENTITY", ("", ()))
        base = type_.name.removeprefix("pg_catalog.")
        if base in SERIALS:
            type_ = replace(type_, name=SERIALS[base])
            identity = "serial"
        default, start = rules.get("DEFAULT", (None, 0))
        generated, generated_at = rules.get("GENERATED", (None, 0))
        return ast.ColumnDefinition(
            name, type_, "NOT" in rules, constraints, default, start, None, identity,
            rules.get("COLLATE"), generated, generated_at, a[0].token and span_of(a[0].token), options,
        )  # fmt: skip

    def column_constraint(self, a: Args) -> Any:
        made = next(x for x in a if type(x) is tuple or isinstance(x, ast.Constraint))
        return constrained(made, a) if isinstance(made, ast.Constraint) else made

    def column_flag(self, a: Args) -> Any:
        token = a[0]
        value: Any = True
        if token.type in ("PRIMARY_KEY", "UNIQUE"):
            return key_definition(a)
        return (token.type, value)

    def column_identity(self, a: Args) -> Any:
        identity = "always" if "always" in str(a[0]) else "by default"
        return ("IDENTITY", (identity, a[1] if len(a) > 1 else ()))

    def identity_options(self, a: Args) -> Any:
        lexemes: list[Lexeme] = []
        for x in a:
            if isinstance(x, Token):
                kind = "number" if x.type == "INTEGER" else "operator" if x.type == "MINUS" else "word"
                lexemes.append(Lexeme(kind, str(x), *span_of(x)))
                continue
            (first, *rest), span = x
            lexemes.append(Lexeme("word", first, *span))
            for part in rest:
                lexemes += [Lexeme("mark", ".", *span), Lexeme("word", part, *span)]
        return identity_options(LexemeReader(lexemes))

    def identity_word(self, a: Args) -> Any:
        return a[0]

    def column_generated(self, a: Args) -> Any:
        if str(a[2]) != "stored":
            what = "VIRTUAL generated columns are not supported yet"
            if str(a[2]) != "virtual":
                raise SyntaxError(f'syntax error at or near "{a[2]}"', position=span_of(a[2])[0] + 1)
            raise NotSupportedError(what, hint="STORED has the same values.", position=span_of(a[2])[0] + 1)
        return ("GENERATED", (a[1], span_of(a[0])[0] + 1))

    def column_collation(self, a: Args) -> Any:
        return ("COLLATE", (a[1][0], span_of(a[0])[0] + 1))

    def column_default(self, a: Args) -> Any:
        return ("DEFAULT", (a[1], span_of(a[0])[1]))

    def drop_table(self, a: Args) -> Any:
        return ast.DropTable(names_of(a), "if exists" in str(a[0]), "CASCADE" in words(a), span_of(a[0]))

    def create_index(self, a: Args) -> Any:
        words_ = str(a[0])
        place = words(a).index("ON")
        name = str(a[1]) if isinstance(a[1], NameToken) else None
        rest = a[1:]
        table, span = next(x for x in rest if type(x) is tuple)
        using = next(
            (str(rest[i + 1]) for i, x in enumerate(rest) if isinstance(x, Token) and x.type == "USING"), None
        )
        after = rest[[i for i, x in enumerate(rest) if type(x) is tuple][0] + 1 :]
        options = next((x for x in after if type(x) is tuple), ())
        items = tuple(x for x in rest if isinstance(x, ast.IndexItem))
        del place
        return ast.CreateIndex(
            name, table, items, using, options, "unique" in words_.split(),
            "concurrently" in words_.split(), "if not exists" in words_, where_of(a),
            "NULLS_NOT_DISTINCT" in words(a),
            included_of(a), span,
        )  # fmt: skip

    def index_included(self, a: Args) -> Any:
        if str(a[0]) != "include":
            raise SyntaxError(f'syntax error at or near "{a[0]}"', position=span_of(a[0])[0] + 1)
        return Marked(("included", tuple(next(x for x in a if type(x) is list))))

    def index_item(self, a: Args) -> Any:
        opclass = next((x[0][-1] for x in a[1:] if type(x) is tuple), None)
        expression = next((ast.Collate(a[0], *x[1]) for x in a[1:] if isinstance(x, Marked)), a[0])
        kinds = words(a)
        nulls_first = "NULLS_FIRST" in kinds or ("DESC" in kinds and "NULLS_LAST" not in kinds)
        return ast.IndexItem(expression, opclass, "DESC" in kinds, nulls_first, span_of(a[0]))

    def index_collation(self, a: Args) -> Any:
        return Marked(("collation", (a[1][0], span_of(a[0]))))

    def drop_index(self, a: Args) -> Any:
        return ast.DropIndex(names_of(a), "if exists" in str(a[0]), span_of(a[0]))

    def truncate(self, a: Args) -> Any:
        said = [x for x in a if isinstance(x, Token) and x.type == "NAME"]
        for word, known in zip(said, (("restart", "continue"), ("identity",)), strict=False):
            if word not in known:
                raise SyntaxError(f'syntax error at or near "{word}"', position=span_of(word)[0] + 1)
        return ast.Truncate(names_of(a), "CASCADE" in words(a), "restart" in said, span_of(a[0]))

    def snapshot(self, a: Args) -> Any:
        return ast.NamedSnapshot(str(a[1]), str(a[0]).startswith("drop"), span_of(a[0]))

    # -------------------------------------------------------------- the session

    def reindex(self, a: Args) -> Any:
        kind, *behind = (x for x in a if isinstance(x, NameToken))
        for word, known in ((kind, REINDEXED), *((word, ("concurrently",)) for word in behind)):
            if word not in known:
                raise SyntaxError(f'syntax error at or near "{word}"', position=span_of(word.token)[0] + 1)
        if type(a[-1]) is not tuple and kind not in NAMELESS:
            end = span_of((behind or [kind])[0].token)[1]
            raise SyntaxError("syntax error at end of input", position=end + 1)
        name = a[-1][0] if type(a[-1]) is tuple else ()
        return ast.Reindex(str(kind), name, bool(behind), span_of(a[0]))

    def vacuumed(self, a: Args) -> Any:
        columns = tuple(str(x) for x in a[1]) if len(a) > 1 else ()
        return ast.Vacuumed(a[0][0], columns, a[0][1])

    def vacuum(self, a: Args) -> Any:
        given = next((x[1] for x in a if isinstance(x, Marked)), ())
        options = {name: value != "off" for name, value in given}
        tag = a[0].type
        for name in options:
            if name not in VACUUM_OPTIONS[tag]:
                raise SyntaxError(f'unrecognized {tag} option "{name}"')
        analyzed = tag == "ANALYZE" or options.get("analyze", False)
        tables = tuple(x for x in a if isinstance(x, ast.Vacuumed))
        if not analyzed and any(table.columns for table in tables):
            raise NotSupportedError("ANALYZE option must be specified when a column list is provided")
        return ast.Vacuum(tables, tag == "ANALYZE", options.get("full", False), span_of(a[0]))
