"""Binding of conditions: `ExpressionBinder(...).predicate(node)`, values being bound as `scalar` says."""

from __future__ import annotations

from vql.errors import DatatypeMismatch, ProgrammingError, UndefinedFunction
from vql.language import ast, plan
from vql.language.analyze.resolution.calls import has_operator
from vql.language.bind.elements import VALUES, element_test, in_literals, operator_test
from vql.language.bind.forms import COMPARISONS, is_condition
from vql.language.bind.scalars import NotNative, ScalarBinder
from vql.types.type import BOOLEAN, TEXT, UNKNOWN

MIRRORED = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class ExpressionBinder(ScalarBinder):
    """Binds expressions over one table (or none), collecting parameter types by position."""

    def predicate(self, node: ast.Expression) -> plan.Predicate:
        """Bind a condition; raises NotNative where numpy has no form for a part of it."""
        match node:
            case ast.Binary(op="AND"):
                return plan.And((self.predicate(node.left), self.predicate(node.right)))
            case ast.Binary(op="OR"):
                return plan.Or((self.predicate(node.left), self.predicate(node.right)))
            case ast.Unary(op="NOT", operand=operand):
                return plan.Not(self.predicate(operand))
            case ast.Binary(op=op, left=ast.Row(items=left), right=ast.Row(items=right)) if (
                op in COMPARISONS and len(left) == len(right)
            ):
                return self._compare_rows(op, left, right, ast.operator_span(node))
            case ast.Binary(op=op) if op in COMPARISONS:
                return self._compare(op, node.left, node.right, ast.operator_span(node))
            case ast.Between(operand=operand, low=low, high=high, negated=negated):
                at = ast.operator_span(node)
                both = plan.And(
                    (self._compare(">=", operand, low, at), self._compare("<=", operand, high, at))
                )
                return plan.Not(both) if negated else both
            case ast.In(operand=operand, items=tuple() | ast.LiteralList() as items, negated=negated):
                found = self._in_list(operand, items, ast.operator_span(node))
                return plan.Not(found) if negated else found
            case ast.IsTest(operand=operand, test=test, negated=negated):
                return self._is_test(operand, test, negated)
            case ast.Like(escape=None):
                return self._like(node)
            case ast.Quantified() | ast.Binary(op="@>" | "<@" | "&&") if self.table is not None and (
                of_elements := element_test(node, self.scalar)
            ):
                return of_elements
            case ast.Quantified(op="=", quantifier=word, right=right) if word.upper() in ("ANY", "SOME"):
                return self._any(node.left, right, ast.operator_span(node))
        if isinstance(node, ast.Binary) and self.table is not None:
            tested = operator_test(node, self.scalar)
            if tested is not None:
                return tested
        if is_condition(node):
            raise NotNative  # a condition of a form that is not above
        value = self.scalar(node, BOOLEAN)
        if value.type != BOOLEAN:
            raise DatatypeMismatch(
                f"argument of WHERE must be type boolean, not type {value.type.name}",
                position=node.span[0] + 1,
            )
        return plan.IsTrue(value)

    def _pair(self, left: ast.Expression, right: ast.Expression) -> tuple[plan.Scalar, plan.Scalar]:
        """Bind two sides, each giving its type, of any length, to the other where that has none."""
        a = self.scalar(left)
        b = self.scalar(right, a.type.sized(None))
        if a.type == UNKNOWN and b.type != UNKNOWN:
            a = self.scalar(left, b.type.sized(None))
        if a.type == UNKNOWN:
            a, b = self.scalar(left, TEXT), self.scalar(right, TEXT)
        return a, b

    def _compare(self, op: str, left: ast.Expression, right: ast.Expression, at: ast.Span) -> plan.Predicate:
        a, b = self._pair(left, right)
        check_comparable(op, a, b, at[0] + 1)
        if isinstance(a, VALUES) and not isinstance(b, VALUES):
            a, b, op = b, a, MIRRORED[op]
        return plan.Compare(op, a, b)

    def _compare_rows(
        self, op: str, left: tuple[ast.Expression, ...], right: tuple[ast.Expression, ...], at: ast.Span
    ) -> plan.Predicate:
        """Bind (a, b) < (x, y): the first pair that differs decides, as in Postgres."""
        pairs = list(zip(left, right, strict=True))
        if op in ("=", "<>"):
            items = tuple(self._compare(op, a, b, at) for a, b in pairs)
            return plan.And(items) if op == "=" else plan.Or(items)
        found = self._compare(op, *pairs[-1], at)
        for a, b in reversed(pairs[:-1]):
            strict = self._compare(op[0], a, b, at)
            found = plan.Or((strict, plan.And((self._compare("=", a, b, at), found))))
        return found

    def _in_list(
        self, operand: ast.Expression, items: tuple[ast.Expression, ...] | ast.LiteralList, at: ast.Span
    ) -> plan.Predicate:
        tested = self.scalar(operand)
        if tested.type == UNKNOWN or tested.type.is_vector:
            raise NotNative  # the items say together what type it has; vectors may have any dimensions
        if isinstance(items, ast.LiteralList):
            if (known := in_literals(tested, items)) is not None:
                return known
            items = items.literals()
        bound = []
        for item in items:
            value = self.scalar(item, tested.type.sized(None))
            if not isinstance(value, VALUES):
                raise NotNative
            check_comparable("=", tested, value, at[0] + 1)
            bound.append(value)
        return plan.InList(tested, tuple(bound))

    def _any(self, left: ast.Expression, right: ast.Expression, at: ast.Span) -> plan.Predicate:
        tested = self.scalar(left)
        array = tested.type.sized(None).array
        if tested.type == UNKNOWN:
            raise NotNative
        items = self.scalar(right, array)
        if not isinstance(items, VALUES) or (
            isinstance(items, plan.Once) and items.type.base is not array.base
        ):
            raise NotNative
        if not items.type.is_array:
            why = "op ANY/ALL (array) requires array on right side"
            raise ProgrammingError(why, sqlstate="42809", position=at[0] + 1)
        if tested.type.is_string and not tested.type.has_case and items.type.base is not array.base:
            raise NotNative  # which of both types compares is PostgreSQL's to say
        return plan.InArray(tested, items)

    def _is_test(self, operand: ast.Expression, test: str, negated: bool) -> plan.Predicate:
        if test == "NULL":
            tested = self.scalar(operand)
            if tested.type.composite:
                raise NotNative  # so is a row of NULLs
            found: plan.Predicate = plan.IsNull(tested)
        else:
            truth = self.predicate(operand)
            unknown = plan.IsNull(plan.Condition(truth))
            match test:
                case "TRUE":
                    found = plan.And((truth, plan.Not(unknown)))
                case "FALSE":
                    found = plan.And((plan.Not(truth), plan.Not(unknown)))
                case _:
                    found = unknown
        return plan.Not(found) if negated else found

    def _like(self, node: ast.Like) -> plan.Predicate:
        tested = self.scalar(node.operand)
        pattern = self.scalar(node.pattern, TEXT)
        if not tested.type.has_case or not isinstance(pattern, plan.Constant | plan.Parameter):
            raise NotNative
        found = plan.LikePattern(tested, pattern, node.ignore_case)
        return plan.Not(found) if node.negated else found


def check_comparable(op: str, a: plan.Scalar, b: plan.Scalar, position: int) -> None:
    """Raise 42883 for types that have no such operator, NotNative for those DuckDB compares."""
    left, right = a.type, b.type
    if left.is_number and right.is_number:
        return
    if left.base is right.base or (left.has_case and right.has_case):
        if left.base.has_order or (op in ("=", "<>") and left.base.has_equality):
            return
        raise NotNative
    if UNKNOWN in (left, right):
        return
    if has_operator(op, left, right):
        raise NotNative  # of what one of them becomes
    raise UndefinedFunction(
        f"operator does not exist: {left.name} {op} {right.name}",
        hint="No operator matches the given name and argument types. "
        "You might need to add explicit type casts.",
        position=position,
    )
