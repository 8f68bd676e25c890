# information_schema's routines and parameters: functions that somebody made, and those that are built in.
create function shown_f(a int, b text default 'x') returns int language sql immutable strict as 'select a';
create function shown_t(a int) returns table (x int, y text) language sql as 'select a, ''b''';
create function shown_a(a int[]) returns setof int[] language sql as 'select a';
select specific_schema, regexp_replace(specific_name, '\d+', 'N'), routine_schema, routine_name, routine_type, type_udt_schema, type_udt_name, data_type, numeric_precision, dtd_identifier, routine_body, routine_definition, external_name, external_language, parameter_style, is_deterministic, sql_data_access, is_null_call, schema_level_routine, max_dynamic_result_sets, security_type, as_locator, is_udt_dependent, created, result_cast_dtd_identifier from information_schema.routines where routine_schema = 'public' and routine_name in ('shown_f', 'shown_t', 'shown_a', 'shown_m') order by routine_name;
select specific_schema, regexp_replace(specific_name, '\d+', 'N'), ordinal_position, parameter_mode, is_result, as_locator, parameter_name, data_type, numeric_precision, udt_schema, udt_name, dtd_identifier, parameter_default from information_schema.parameters where specific_schema = 'public' and specific_name ~ '^shown_._' order by specific_name, ordinal_position;
select r.routine_name, p.parameter_name, p.data_type from information_schema.routines r left join information_schema.parameters p on r.specific_name = p.specific_name where r.routine_schema = 'public' and r.routine_name = 'shown_f' order by p.ordinal_position;
select distinct data_type, type_udt_name, routine_type from information_schema.routines where routine_name in ('lower', 'count', 'generate_series', 'jsonb_array_elements')  and data_type not like 'time%' and data_type <> 'anyelement' order by 1, 2, 3;
select distinct routine_type, is_deterministic, external_language from information_schema.routines where routine_name in ('now', 'upper') order by 1, 2, 3;
drop function shown_f, shown_t, shown_a;
---
CREATE FUNCTION
CREATE FUNCTION
CREATE FUNCTION
public | shown_a_N | public | shown_a | FUNCTION | pg_catalog | _int4 | ARRAY | NULL | 0 | SQL | select a | NULL | SQL | GENERAL | NO | MODIFIES | NO | YES | 0 | INVOKER | NO | NO | NULL | NULL
public | shown_f_N | public | shown_f | FUNCTION | pg_catalog | int4 | integer | NULL | 0 | SQL | select a | NULL | SQL | GENERAL | YES | MODIFIES | YES | YES | 0 | INVOKER | NO | NO | NULL | NULL
public | shown_t_N | public | shown_t | FUNCTION | pg_catalog | record | record | NULL | 0 | SQL | select a, 'b' | NULL | SQL | GENERAL | NO | MODIFIES | NO | YES | 0 | INVOKER | NO | NO | NULL | NULL
public | shown_a_N | 1 | IN | NO | NO | a | ARRAY | NULL | pg_catalog | _int4 | 1 | NULL
public | shown_f_N | 1 | IN | NO | NO | a | integer | NULL | pg_catalog | int4 | 1 | NULL
public | shown_f_N | 2 | IN | NO | NO | b | text | NULL | pg_catalog | text | 2 | 'x'::text
public | shown_t_N | 1 | IN | NO | NO | a | integer | NULL | pg_catalog | int4 | 1 | NULL
public | shown_t_N | 2 | OUT | NO | NO | x | integer | NULL | pg_catalog | int4 | 2 | NULL
public | shown_t_N | 3 | OUT | NO | NO | y | text | NULL | pg_catalog | text | 3 | NULL
shown_f | a | integer
shown_f | b | text
bigint | int8 | FUNCTION
bigint | int8 | NULL
integer | int4 | FUNCTION
jsonb | jsonb | FUNCTION
numeric | numeric | FUNCTION
text | text | FUNCTION
FUNCTION | NO | INTERNAL
FUNCTION | YES | INTERNAL
DROP FUNCTION
