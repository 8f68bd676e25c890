-- What roles may do, asked by functions; membership that is not inherited; SET ROLE and transactions.
create role f_a
create role f_b noinherit
create role f_c in role f_b
create role f_d
grant f_a to f_b
grant f_a to f_d with inherit false
create table ft(id int, v text)
create view fv as select id from ft
create sequence fs
create schema fsc
grant select, insert on ft to f_a
grant update (v) on ft to f_a with grant option
grant usage on sequence fs to f_a
grant usage on schema fsc to f_a
select has_table_privilege('f_a', 'ft', 'select'), has_table_privilege('f_a', 'ft', 'SELECT, DELETE'), has_table_privilege('f_a', 'ft', 'delete'), has_table_privilege('f_b', 'ft', 'select'), has_table_privilege('f_c', 'ft', 'select')
select has_table_privilege('f_a', 'ft', 'select with grant option'), has_table_privilege('f_a', 'ft'::regclass, 'insert'), has_table_privilege('f_a'::regrole, 'ft', 'insert')
select has_table_privilege('f_a', 'ft', 'nonsense')
select has_table_privilege('f_zz', 'ft', 'select')
select has_table_privilege('f_a', 'fnot', 'select')
select has_table_privilege('f_a', 1234567::oid, 'select') is null
select has_column_privilege('f_a', 'ft', 'v', 'update'), has_column_privilege('f_a', 'ft', 'id', 'update'), has_column_privilege('f_a', 'ft', 'id', 'select'), has_column_privilege('f_a', 'ft', 2::smallint, 'update with grant option')
select has_column_privilege('f_a', 'ft', 'zz', 'update')
select has_any_column_privilege('f_a', 'ft', 'update'), has_any_column_privilege('f_a', 'ft', 'references')
select has_sequence_privilege('f_a', 'fs', 'usage'), has_sequence_privilege('f_a', 'fs', 'update'), has_sequence_privilege('f_d', 'fs', 'usage')
select has_schema_privilege('f_a', 'fsc', 'usage'), has_schema_privilege('f_a', 'fsc', 'create'), has_schema_privilege('f_d', 'public', 'usage'), has_schema_privilege('f_d', 'public', 'create')
select has_schema_privilege('f_a', 'fnot', 'usage')
select has_database_privilege('f_a', current_database(), 'connect'), has_database_privilege('f_a', current_database(), 'create'), has_database_privilege('f_a', current_database(), 'temp')
select has_database_privilege('f_a', 'fnot', 'connect')
select has_table_privilege('public', 'ft', 'select'), has_schema_privilege('public', 'public', 'usage')
select has_table_privilege('fv', 'select'), has_function_privilege('f_a', 'lower(text)', 'execute')
select pg_has_role('f_b', 'f_a', 'usage'), pg_has_role('f_b', 'f_a', 'member'), pg_has_role('f_b', 'f_a', 'set'), pg_has_role('f_c', 'f_a', 'usage'), pg_has_role('f_d', 'f_a', 'usage'), pg_has_role('f_d', 'f_a', 'set')
select pg_has_role('f_b', 'f_a', 'member with admin option'), pg_has_role('f_a', 'f_a', 'usage')
select pg_has_role('f_b', 'f_a', 'nonsense')
select pg_get_userbyid(oid) from pg_roles where rolname like 'f\_%' order by 1
select 'f_a'::regrole
select 'f_zz'::regrole
set role f_b
select count(*) from ft
set role none
set role f_c
select count(*) from ft
set role none
set role f_d
select count(*) from ft
set role f_a
select current_user
set role none
set session authorization f_d
set role f_a
select current_user, session_user, count(*) from ft
set role none
set role f_b
reset session authorization
begin
set role f_a
rollback
select current_user = session_user
begin
set local role f_a
select current_user
commit
select current_user = session_user
begin
set role f_a
savepoint s
set role none
rollback to s
select current_user
commit
select current_user
reset all
select current_user
reset role
select current_user = session_user
set local role f_a
select current_user = session_user
select set_config('role', 'f_a', false)
show role
select current_user
select set_config('role', 'none', false)
set role 'f_a'
show role
set role = none
show role
grant f_d to f_a with admin option
set role f_a
grant f_d to f_b
revoke f_d from f_b
grant f_c to f_b
revoke f_a from f_d
reset role
revoke admin option for f_d from f_a
select grantee, privilege_type, is_grantable from information_schema.table_privileges where table_name = 'ft' and grantee like 'f\_%' order by 1, 2
select grantee, column_name, privilege_type, is_grantable from information_schema.column_privileges where table_name = 'ft' and grantee like 'f\_%' order by 1, 2, 3
select grantee, privilege_type, is_grantable from information_schema.role_table_grants where table_name = 'ft' and grantee like 'f\_%' order by 1, 2
select object_name, object_type, privilege_type, is_grantable from information_schema.usage_privileges where grantee = 'f_a' and object_type = 'SEQUENCE'
set role f_a
select table_name from information_schema.tables where table_name in ('ft', 'fv') order by 1
select column_name from information_schema.columns where table_name in ('ft', 'fv') order by 1
select role_name from information_schema.enabled_roles order by 1
reset role
revoke all on ft from f_a
grant all privileges on ft to f_a
revoke insert, update on ft from f_a
select has_table_privilege('f_a', 'ft', 'insert'), has_table_privilege('f_a', 'ft', 'truncate')
select has_column_privilege('f_a', 'ft', 'v', 'update')
drop table ft cascade
drop sequence fs
drop schema fsc
drop role f_a, f_b, f_c, f_d
