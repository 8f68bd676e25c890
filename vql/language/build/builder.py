"""The builder of trees: one method a rule of grammar/vql.lark, called bottom-up by the parser.

Arguments come in text order: keywords that only mark a choice as lark Tokens, everything else as what its
own rule has made.
"""

from __future__ import annotations

from vql.language.build.definitions import DefinitionRules
from vql.language.build.expressions import ExpressionRules
from vql.language.build.queries import QueryRules
from vql.language.build.statements import StatementRules


class Builder(QueryRules, ExpressionRules, DefinitionRules, StatementRules):
    """All rules."""
