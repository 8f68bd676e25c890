"""What \\h says: how each statement is written, in a few lines. docs/sql.md says what it does."""

from __future__ import annotations

# A statement's name, and its form. [] is what may be left out, | between what there is a choice of, ... what
# may be repeated.
USAGES: dict[str, str] = {
    "ALTER DATABASE": "ALTER DATABASE name RENAME TO new_name",
    "ALTER DEFAULT PRIVILEGES": "ALTER DEFAULT PRIVILEGES [FOR ROLE role] [IN SCHEMA schema] GRANT | REVOKE ...",
    "ALTER DOMAIN": "ALTER DOMAIN name SET DEFAULT x | DROP DEFAULT | SET NOT NULL | DROP NOT NULL\n"
    "    | ADD CHECK (condition) | DROP CONSTRAINT name | RENAME TO name | OWNER TO role | SET SCHEMA schema",
    "ALTER INDEX": "ALTER INDEX [IF EXISTS] name RENAME TO new_name",
    "ALTER POLICY": "ALTER POLICY name ON table RENAME TO name | [TO role, ...] [USING (...)] [WITH CHECK (...)]",
    "ALTER ROLE": "ALTER ROLE name [WITH] [LOGIN] [PASSWORD 'text'] [CREATEROLE] [CREATEDB] [SUPERUSER] ...\n"
    "ALTER ROLE name RENAME TO new_name",
    "ALTER SCHEMA": "ALTER SCHEMA name RENAME TO new_name | OWNER TO role",
    "ALTER SEQUENCE": "ALTER SEQUENCE [IF EXISTS] name [INCREMENT n] [MINVALUE n] [MAXVALUE n] [START n]\n"
    "    [RESTART [n]] [CACHE n] [CYCLE] [OWNED BY table.column | NONE]",
    "ALTER TABLE": "ALTER TABLE [IF EXISTS] name action, ...\n"
    "    ADD [COLUMN] column type [DEFAULT x] [NOT NULL] ... | DROP [COLUMN] column [CASCADE]\n"
    "    ALTER column TYPE type [USING expression] | SET DEFAULT x | DROP DEFAULT | SET NOT NULL | DROP NOT NULL\n"
    "    ADD [CONSTRAINT name] PRIMARY KEY | UNIQUE | CHECK | FOREIGN KEY ... | DROP CONSTRAINT name\n"
    "    SET (retention = '30 days', recall = 0.95) | RESET (retention)\n"
    "    RENAME TO name | RENAME COLUMN a TO b | SET SCHEMA schema | OWNER TO role | ENABLE ROW LEVEL SECURITY",
    "ALTER TYPE": "ALTER TYPE name ADD VALUE [IF NOT EXISTS] 'label' [BEFORE | AFTER 'label']\n"
    "    | RENAME VALUE 'a' TO 'b' | RENAME TO name | OWNER TO role | SET SCHEMA schema",
    "ALTER VIEW": "ALTER VIEW [IF EXISTS] name RENAME TO new_name | OWNER TO role | SET SCHEMA schema",
    "ANALYZE": "ANALYZE [table]",
    "BEGIN": "BEGIN [ISOLATION LEVEL READ COMMITTED | REPEATABLE READ | SERIALIZABLE] [READ ONLY | READ WRITE]\n"
    "BEGIN AS OF 'moment' | TIMESTAMP ... | SNAPSHOT name",
    "CLOSE": "CLOSE cursor | ALL",
    "COMMENT": "COMMENT ON TABLE | COLUMN | INDEX | VIEW | SCHEMA | TYPE | ... name IS 'text' | NULL",
    "COMMIT": "COMMIT",
    "COPY": "COPY table [(column, ...)] FROM STDIN [WITH (FORMAT text | csv | binary, HEADER, DELIMITER 'x', NULL 'x')]\n"
    "COPY table [(column, ...)] | (query) TO STDOUT [WITH (...)]\n"
    "\\copy does the same with a file.",
    "CREATE DATABASE": "CREATE DATABASE name [OWNER role]",
    "CREATE DOMAIN": "CREATE DOMAIN name AS type [DEFAULT x] [NOT NULL] [CONSTRAINT name] [CHECK (condition on VALUE)]",
    "CREATE EXTENSION": "CREATE EXTENSION [IF NOT EXISTS] name [SCHEMA schema]",
    "CREATE FUNCTION": "CREATE [OR REPLACE] FUNCTION name (argument type [DEFAULT x], ...) RETURNS type\n"
    "    LANGUAGE sql [IMMUTABLE | STABLE | VOLATILE] [STRICT] AS $$ SELECT ... $$",
    "CREATE INDEX": "CREATE [UNIQUE] INDEX [IF NOT EXISTS] [name] ON table (column, ...) [INCLUDE (column, ...)] "
    "[WHERE condition]\n"
    "CREATE INDEX [name] ON table USING auto | hnsw | ivfflat (column operator_class) [WITH (option = value, ...)]\n"
    "    vector_l2_ops, vector_ip_ops, vector_cosine_ops, vector_l1_ops; \\dAc lists all",
    "CREATE MATERIALIZED VIEW": "CREATE MATERIALIZED VIEW [IF NOT EXISTS] name AS query [WITH [NO] DATA]",
    "CREATE POLICY": "CREATE POLICY name ON table [AS PERMISSIVE | RESTRICTIVE] [FOR ALL | SELECT | INSERT | UPDATE | DELETE]\n"
    "    [TO role, ...] [USING (condition)] [WITH CHECK (condition)]",
    "CREATE ROLE": "CREATE ROLE name [WITH] [LOGIN] [PASSWORD 'text'] [CREATEROLE] [CREATEDB] [SUPERUSER] [IN ROLE role]",
    "CREATE SCHEMA": "CREATE SCHEMA [IF NOT EXISTS] name [AUTHORIZATION role]",
    "CREATE SEQUENCE": "CREATE SEQUENCE [IF NOT EXISTS] name [AS type] [INCREMENT n] [MINVALUE n] [MAXVALUE n] [START n]\n"
    "    [CACHE n] [CYCLE] [OWNED BY table.column]",
    "CREATE SNAPSHOT": "CREATE SNAPSHOT name",
    "CREATE TABLE": "CREATE [TEMPORARY] TABLE [IF NOT EXISTS] name (\n"
    "    column type [DEFAULT x] [NOT NULL] [PRIMARY KEY | UNIQUE] [CHECK (condition)] [REFERENCES table (column)]\n"
    "        [GENERATED ALWAYS | BY DEFAULT AS IDENTITY] [GENERATED ALWAYS AS (expression) STORED], ...\n"
    "    [PRIMARY KEY | UNIQUE (column, ...)], [CHECK (condition)], [FOREIGN KEY (column) REFERENCES table (column)]\n"
    ") [WITH (retention = '30 days', recall = 0.95, ttl = '30 days', ttl_column = 'column')]",
    "CREATE TABLE AS": "CREATE [TEMPORARY] TABLE [IF NOT EXISTS] name [(column, ...)] AS query [WITH [NO] DATA]",
    "CREATE TABLE CLONE": "CREATE TABLE [IF NOT EXISTS] name CLONE table [AS OF moment]",
    "CREATE TYPE": "CREATE TYPE name AS ENUM ('label', ...)\nCREATE TYPE name AS (attribute type, ...)\n"
    "CREATE TYPE name AS RANGE (SUBTYPE = type, ...)",
    "CREATE VIEW": "CREATE [OR REPLACE] [TEMPORARY] VIEW name [(column, ...)] AS query [WITH CHECK OPTION]",
    "DEALLOCATE": "DEALLOCATE name | ALL",
    "DECLARE": "DECLARE name [SCROLL] CURSOR [WITH HOLD] FOR query",
    "DELETE": "[WITH ...] DELETE FROM table [[AS] alias] [USING table, ...] [WHERE condition] [RETURNING expression, ...]",
    "DISCARD": "DISCARD ALL | PLANS | SEQUENCES | TEMP",
    "DO": "DO $$ BEGIN ... END $$",
    "DROP": "DROP TABLE | VIEW | MATERIALIZED VIEW | INDEX | SEQUENCE | SCHEMA | TYPE | DOMAIN | FUNCTION | ROLE | DATABASE\n"
    "    | EXTENSION | SNAPSHOT [IF EXISTS] name, ... [CASCADE | RESTRICT]\n"
    "DROP POLICY [IF EXISTS] name ON table",
    "EXECUTE": "EXECUTE name [(value, ...)]",
    "EXPLAIN": "EXPLAIN [ANALYZE] statement\n"
    "EXPLAIN (ANALYZE, VERBOSE, RECALL, FORMAT TEXT | JSON | YAML | XML) statement",
    "FETCH": "FETCH [NEXT | PRIOR | FIRST | LAST | ABSOLUTE n | RELATIVE n | n | ALL | FORWARD ... | BACKWARD ...] FROM cursor",
    "GRANT": "GRANT SELECT | INSERT | UPDATE | DELETE | ALL, ... ON [TABLE] name | ALL TABLES IN SCHEMA name TO role, ...\n"
    "GRANT role TO role [WITH ADMIN OPTION]",
    "INSERT": "[WITH ...] INSERT INTO table [(column, ...)] VALUES (x, ...), ... | query | DEFAULT VALUES\n"
    "    [ON CONFLICT [(column, ...) | ON CONSTRAINT name] DO NOTHING | DO UPDATE SET column = x [WHERE condition]]\n"
    "    [RETURNING expression, ...]",
    "LISTEN": "LISTEN channel",
    "LOCK": "LOCK [TABLE] name, ... [IN ACCESS SHARE | ROW SHARE | ... | ACCESS EXCLUSIVE MODE] [NOWAIT]",
    "MERGE": "MERGE INTO table [[AS] alias] USING table | (query) ON condition\n"
    "    WHEN [NOT] MATCHED [BY SOURCE | BY TARGET] [AND condition] THEN UPDATE SET ... | DELETE | INSERT ... | DO NOTHING\n"
    "    [RETURNING expression, ...]",
    "MOVE": "MOVE [NEXT | PRIOR | n | ALL | ...] FROM cursor",
    "NOTIFY": "NOTIFY channel [, 'payload']",
    "PREPARE": "PREPARE name [(type, ...)] AS statement",
    "REFRESH MATERIALIZED VIEW": "REFRESH MATERIALIZED VIEW [CONCURRENTLY] name [WITH [NO] DATA]",
    "REINDEX": "REINDEX INDEX | TABLE | SCHEMA | DATABASE name",
    "RELEASE": "RELEASE [SAVEPOINT] name",
    "RESET": "RESET setting | ALL",
    "RESTORE": "RESTORE TABLE table AS OF moment",
    "REVOKE": "REVOKE [GRANT OPTION FOR] SELECT | INSERT | UPDATE | DELETE | ALL, ... ON [TABLE] name FROM role, ...\n"
    "REVOKE role FROM role",
    "ROLLBACK": "ROLLBACK\nROLLBACK TO [SAVEPOINT] name",
    "SAVEPOINT": "SAVEPOINT name",
    "SELECT": "[WITH [RECURSIVE] name AS (query), ...]\n"
    "SELECT [DISTINCT [ON (x, ...)]] expression [AS name], ... [FROM table [AS OF 'moment'], ...] [WHERE condition]\n"
    "    [GROUP BY x, ...] [HAVING condition] [WINDOW name AS (...)] [UNION | INTERSECT | EXCEPT [ALL] query]\n"
    "    [ORDER BY x [ASC | DESC] [NULLS FIRST | LAST], ...] [LIMIT n [PER column]] [OFFSET n]\n"
    "    [FOR UPDATE | SHARE [NOWAIT | SKIP LOCKED]]\n"
    "The nearest rows: SELECT ... ORDER BY l2(column, '[1,2,3]') LIMIT 10 [WHERE condition] [AS OF 'moment']\n"
    "    <-> is l2, <#> the negative inner product, <=> cosine, <+> l1",
    "SET": "SET [LOCAL] setting = value | TO value | TO DEFAULT",
    "SET CONSTRAINTS": "SET CONSTRAINTS ALL | name, ... DEFERRED | IMMEDIATE",
    "SET ROLE": "SET ROLE name | NONE",
    "SET TRANSACTION": "SET TRANSACTION ISOLATION LEVEL ... | READ ONLY | READ WRITE",
    "SHOW": "SHOW setting | ALL | tables | snapshots",
    "START TRANSACTION": "START TRANSACTION [ISOLATION LEVEL ...] [READ ONLY | READ WRITE]",
    "TRUNCATE": "TRUNCATE [TABLE] name, ... [RESTART IDENTITY] [CASCADE]",
    "UNDROP": "UNDROP TABLE table",
    "UNLISTEN": "UNLISTEN channel | *",
    "UPDATE": "[WITH ...] UPDATE table [[AS] alias] SET column = x, (a, b) = (x, y), ... [FROM table, ...] [WHERE condition]\n"
    "    [RETURNING expression, ...]",
    "VACUUM": "VACUUM [table]",
    "VALUES": "VALUES (x, ...), ... [ORDER BY x] [LIMIT n]",
    "WITH": "WITH [RECURSIVE] name [(column, ...)] AS [[NOT] MATERIALIZED] (query or change), ... statement",
}  # fmt: skip
# Words that begin a statement and are no name of one.
OTHER_BEGINNINGS = ("abort", "end", "table")


def statement_words() -> frozenset[str]:
    """Return the words that statements begin with, in lower case."""
    return frozenset((*(name.partition(" ")[0].lower() for name in USAGES), *OTHER_BEGINNINGS))


def usage_of(words: str) -> dict[str, str]:
    """Return the statements that some words name, or their first words if none is called so; nothing for what
    is no statement."""
    wanted = words.upper().split()
    while wanted:
        exact = " ".join(wanted)
        if exact in USAGES:
            return {exact: USAGES[exact]}
        found = {name: form for name, form in USAGES.items() if f"{name} ".startswith(f"{exact} ")}
        if found:
            return found
        wanted.pop()
    return {}
