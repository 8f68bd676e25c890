"""Code in the database is refused, with what to do instead."""

from __future__ import annotations

import pytest

from vql.errors import NotSupportedError
from vql.language import parser


@pytest.mark.parametrize(
    ("sql", "feature"),
    [
        ("CREATE PROCEDURE p() LANGUAGE sql AS 'select 1'", "CREATE PROCEDURE"),
        ("CALL p()", "CALL"),
        ("CREATE CONSTRAINT TRIGGER t AFTER INSERT ON x EXECUTE FUNCTION f()", "CREATE TRIGGER"),
        ("CREATE RULE r AS ON INSERT TO x DO NOTHING", "CREATE RULE"),
        ("CREATE AGGREGATE ag (int) (sfunc = int4pl, stype = int)", "CREATE AGGREGATE"),
        ("CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION f()", "CREATE EVENT TRIGGER"),
    ],
)
def test_a_refusal_says_what_to_do_instead(sql, feature):
    with pytest.raises(NotSupportedError) as refused:
        parser.parse(sql)
    assert refused.value.message == f"{feature} is not supported yet"
    assert refused.value.hint
