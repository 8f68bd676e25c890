"""PostgreSQL 18's keywords: what each may name, and which labels want AS (manual, appendix C).

The lexer of SQL, what quotes names and pg_get_keywords() all read this table.
"""

from __future__ import annotations

from collections.abc import Iterator

from vql.functions.declare import function

# By pg_get_keywords()' codes: U unreserved; C may name a column or table, no function or type; T may name a
# function or type alone; R reserved.
BY_CATEGORY = {
    "R": """
    all analyse analyze and any array as asc asymmetric both case cast check collate column constraint
    create current_catalog current_date current_role current_time current_timestamp current_user default
    deferrable desc distinct do else end except false fetch for foreign from grant group having in
    initially intersect into lateral leading limit localtime localtimestamp not null offset on only or
    order placing primary references returning select session_user some symmetric system_user table then
    to trailing true union unique user using variadic when where window with
    """,
    "T": """
    authorization binary collation concurrently cross current_schema freeze full ilike inner is isnull
    join left like natural notnull outer overlaps right similar tablesample verbose
    """,
    "C": """
    between bigint bit boolean char character coalesce dec decimal exists extract float greatest
    grouping inout int integer interval json json_array json_arrayagg json_exists json_object
    json_objectagg json_query json_scalar json_serialize json_table json_value least merge_action
    national nchar none normalize nullif numeric out overlay position precision real row setof smallint
    substring time timestamp treat trim values varchar xmlattributes xmlconcat xmlelement xmlexists
    xmlforest xmlnamespaces xmlparse xmlpi xmlroot xmlserialize xmltable
    """,
    "U": """
    abort absent absolute access action add admin after aggregate also alter always asensitive assertion
    assignment at atomic attach attribute backward before begin breadth by cache call called cascade
    cascaded catalog chain characteristics checkpoint class close cluster columns comment comments
    commit committed compression conditional configuration conflict connection constraints content
    continue conversion copy cost csv cube current cursor cycle data database day deallocate declare
    defaults deferred definer delete delimiter delimiters depends depth detach dictionary disable
    discard document domain double drop each empty enable encoding encrypted enforced enum error escape
    event exclude excluding exclusive execute explain expression extension external family filter
    finalize first following force format forward function functions generated global granted groups
    handler header hold hour identity if immediate immutable implicit import include including increment
    indent index indexes inherit inherits inline input insensitive insert instead invoker isolation keep
    key keys label language large last leakproof level listen load local location lock locked logged
    mapping match matched materialized maxvalue merge method minute minvalue mode month move name names
    nested new next nfc nfd nfkc nfkd no normalized nothing notify nowait nulls object objects of off
    oids old omit operator option options ordinality others over overriding owned owner parallel
    parameter parser partial partition passing password path period plan plans policy preceding prepare
    prepared preserve prior privileges procedural procedure procedures program publication quote quotes
    range read reassign recursive ref referencing refresh reindex relative release rename repeatable
    replace replica reset restart restrict return returns revoke role rollback rollup routine routines
    rows rule savepoint scalar schema schemas scroll search second security sequence sequences
    serializable server session set sets share show simple skip snapshot source sql stable standalone
    start statement statistics stdin stdout storage stored strict string strip subscription support
    sysid system tables tablespace target temp template temporary text ties transaction transform
    trigger truncate trusted type types uescape unbounded uncommitted unconditional unencrypted unknown
    unlisten unlogged until update vacuum valid validate validator value varying version view views
    virtual volatile whitespace within without work wrapper write xml year yes zone
    """,
}
# Those that name what SELECT gives behind AS alone.
LABELS_BEHIND_AS = frozenset(
    """
    array as char character create day except fetch filter for from grant group having hour intersect
    into isnull limit minute month notnull offset on order over overlaps precision returning second to
    union varying where window with within without year
    """.split()
)
MEANINGS = {
    "R": "reserved", "T": "reserved (can be function or type name)",
    "C": "unreserved (cannot be function or type name)", "U": "unreserved",
}  # fmt: skip
CATEGORIES = {word: code for code, words in BY_CATEGORY.items() for word in words.split()}
# Functions with a grammar of their own; of json_object there is one without.
SQL_JSON = frozenset(word for word in CATEGORIES if word.startswith("json_"))
# What may have clauses of SQL/JSON.
JSON_CALLS = SQL_JSON | {"json"}


def needs_quotes(name: str) -> bool:
    """Whether a name is a keyword that PostgreSQL writes in quotes: every one but the unreserved."""
    return CATEGORIES.get(name, "U") != "U"


@function(
    'pg_get_keywords() -> setof (word: text, catcode: "char", barelabel: boolean, catdesc: text,'
    " baredesc: text)",
    volatility="stable",
)
def pg_get_keywords() -> Iterator[tuple[str, str, bool, str, str]]:
    for word, code in sorted(CATEGORIES.items()):
        is_bare = word not in LABELS_BEHIND_AS
        yield word, code, is_bare, MEANINGS[code], "can be bare label" if is_bare else "requires AS"
