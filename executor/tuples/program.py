"""An analysed query as a program that gives its rows, where they are few.

DuckDB takes a millisecond and more for any query; one that goes through some hundred rows is answered sooner
by closures over the functions that the analysed tree names, which are the very ones that DuckDB calls or
stands in for. Whether rows are few is known when they are found: a program that meets more than it is worth
gives up, having changed nothing, and the query goes to DuckDB.

A program is made once for a plan and holds nothing of an execution; it is as immutable as the plan is.
"""

from __future__ import annotations

from vql.executor.rows.context import Context
from vql.executor.tuples.brief import is_brief_program, is_small
from vql.executor.tuples.catalog_rows import CatalogRows
from vql.executor.tuples.coercions import NOTHING, to_canonical
from vql.executor.tuples.constants import check_literals, looked_up, simplified
from vql.executor.tuples.execution import Run
from vql.executor.tuples.expressions import Rows
from vql.executor.tuples.frame import EXECUTION, Frame, NotByTuples, TooMany
from vql.executor.tuples.queries import QueryCompiler
from vql.executor.tuples.reads import Arguments, Readable
from vql.executor.tuples.tables import BlockRows, GivenRows, TableRows
from vql.functions.declare import Environment, Function
from vql.language import plan
from vql.language.analyze import tree
from vql.language.analyze.catalog_columns import UNFOLLOWED, catalog_key
from vql.language.analyze.rewrites import nests_numbers
from vql.language.ast.walk import nodes_of


class Program:
    """What a plan's query is as closures: `program_of`."""

    def __init__(self, node: plan.RelationalPlan, inputs: Readable, parameters: int) -> None:
        """Raises NotByTuples, and what a constant in the query does."""
        assert node.analyzed is not None, "it is planned"
        if node.analyzed.has_lateral:
            raise NotByTuples("a search for each row")
        if node.lock is not None:
            raise NotByTuples("locks of rows")
        if nests_numbers(node.analyzed.query):
            raise NotByTuples("numbers of sequences")
        query = simplified(node.analyzed.query)
        compiler = _Compiler(node, inputs, parameters)
        compiler.read = frozenset(var.column for var in nodes_of(query, tree.Var))
        self._rows: Rows = compiler.query(query, None)[0]
        self._constants = tuple(compiler.constants)
        self._literals = looked_up(node.analyzed.query)
        self._makers = [to_canonical(column.type) for column in query.columns]
        self.needs_environment = compiler.needs_environment or bool(self._literals)
        self.query = query
        blocks = any(read.block is not None for read in node.analyzed.reads)
        self.may_be_brief = not blocks and is_brief_program(query)

    def run(
        self,
        inputs: Readable,
        context: Context,
        arguments: Arguments,
        environment: Environment,
        is_brief: bool = False,
    ) -> list[tuple[object, ...]] | None:
        """Return the rows, canonical values; None where they are too many, with `is_brief` to take little.
        Raises what a value does."""
        if is_brief and not all(map(is_small, arguments.values)):
            return None
        execution = Run(inputs, context, arguments, environment, len(self._constants), is_brief)
        frame: Frame = [None, execution]
        if self._literals:
            check_literals(self._literals, environment)
        try:
            for place, constant in enumerate(self._constants):
                if constant.is_eager and execution.constants[place] is NOTHING:
                    execution.constants[place] = constant.call(frame)
            found = self._rows(frame)
        except (TooMany, RecursionError):
            return None
        if not any(self._makers):
            return found
        columns = [
            list(column) if maker is None else list(map(maker, column))
            for column, maker in zip(zip(*found, strict=True), self._makers, strict=False)
        ]
        return list(zip(*columns, strict=True)) if found else found


def program_of(node: plan.RelationalPlan, inputs: Readable, parameters: int) -> Program | None:
    """Return the program of a plan, None where DuckDB has to run it. Raises what a constant does."""
    try:
        return Program(node, inputs, parameters)
    except (NotByTuples, RecursionError):
        return None


class _Compiler(QueryCompiler):
    """Makes the closures of one plan's query."""

    def __init__(self, node: plan.RelationalPlan, inputs: Readable, parameters: int) -> None:
        super().__init__()
        assert node.analyzed is not None
        self._node = node
        self._reads = {plan.READ.format(place): read for place, read in enumerate(node.analyzed.reads)}
        self._inputs = inputs
        self._parameters = parameters

    @staticmethod
    def _catalog_key(read: plan.Read) -> str | None:
        """Return the key of the relation of the catalog that is read, None where it is none, or not kept."""
        if read.positions or read.sequence or read.block is not None:
            return None
        key = catalog_key(read.name)
        return None if key is None or key in UNFOLLOWED or key.startswith("vql_") else key

    def is_of_catalog(self, node: tree.FromItem) -> bool:
        read = self._reads.get(node.name) if isinstance(node, tree.RangeTable) else None
        return read is not None and self._catalog_key(read) is not None

    def table_rows(self, node: tree.RangeTable) -> TableRows | CatalogRows:
        read = self._reads[node.name]
        if node.system:
            raise NotByTuples("a column of the system")
        key = self._catalog_key(read)
        if key is not None:
            self.needs_environment = True
            return CatalogRows(node, key, self.read)
        found = self._inputs.table(read.name) if read.positions else None
        if found is None:
            raise NotByTuples("a relation of the catalog")
        return TableRows(node, read, found[1], self._parameters)

    def block_rows(self, node: tree.RangeTable) -> Rows | None:
        read = self._reads.get(node.name)
        if read is None or (read.block is None and not read.given):
            return None
        found: GivenRows | BlockRows
        if read.block is None:
            found = GivenRows(node, read.positions)
        else:
            found = BlockRows(node, self._node.blocks[read.block][0])
        return lambda frame: found.rows(frame[EXECUTION])

    def _refuse_volatile(self, function: Function) -> None:
        if any(not read.given for read in self._reads.values()):
            raise NotByTuples(function.name)
