# CREATE EXTENSION in any schema, what uuid-ossp and pgcrypto bring, and what depends on them.
drop table if exists t;
select uuid_generate_v4();
create extension "uuid-ossp" version '9';
create schema ext;
create extension "uuid-ossp" with schema nope;
create extension if not exists "uuid-ossp" with schema ext;
create extension "uuid-ossp";
create extension if not exists "uuid-ossp";
select extname, extnamespace::regnamespace, extrelocatable, extversion from pg_extension where extname like 'uuid%';
select ext.uuid_nil(), ext.uuid_ns_dns(), ext.uuid_ns_url(), ext.uuid_ns_oid(), ext.uuid_ns_x500();
select ext.uuid_generate_v3(ext.uuid_ns_url(), 'http://www.postgresql.org'), ext.uuid_generate_v5(ext.uuid_ns_dns(), 'www.example.com');
select public.uuid_nil();
select nope.uuid_nil();
select pg_typeof(ext.uuid_generate_v1()), length(ext.uuid_generate_v1mc()::text), ext.uuid_generate_v4() = ext.uuid_generate_v4();
select ext.uuid_generate_v3(namespace => ext.uuid_nil(), name => 'x'), ext.uuid_generate_v5(null, 'x');
create table t (id uuid default ext.uuid_generate_v4() primary key, n int);
insert into t (n) values (1), (2);
select count(distinct id) from t;
drop extension "uuid-ossp";
drop schema ext;
alter schema ext rename to ext2;
select ext2.uuid_nil();
alter extension "uuid-ossp" set schema public;
select uuid_nil(), public.uuid_nil();
alter extension nope set schema public;
alter extension "uuid-ossp" update;
alter extension "uuid-ossp" update to '7';
drop table t;
drop extension "uuid-ossp";
drop extension "uuid-ossp";
select uuid_nil();
create extension pgcrypto;
select digest('abc', 'md5'), digest('abc', 'sha1'), digest('abc', 'SHA256');
select digest('\xff00'::bytea, 'sha512'), digest('abc', 'sha224'), digest('abc', 'sha384');
select digest('abc', 'foo');
select digest('abc', null), hmac('a', null, 'md5');
select encode(digest('pass', 'sha3-256'), 'hex'), digest('a', 'blake2b512'), digest('b', 'blake2s256');
select hmac('data', 'key', 'sha256'), hmac('\x01'::bytea, '\x02'::bytea, 'sha1'), hmac('d', 'k', 'nope');
select gen_random_bytes(0);
select gen_random_bytes(1025);
select pg_typeof(gen_random_uuid());
begin;
drop extension pgcrypto;
rollback;
select digest('abc', 'md5');
create schema s2;
create extension "uuid-ossp" schema s2;
drop schema s2;
drop schema s2 cascade;
select count(*) from pg_extension where extname = 'uuid-ossp';
comment on extension pgcrypto is 'x';
select obj_description(oid, 'pg_extension') from pg_extension where extname = 'pgcrypto';
drop extension pgcrypto;
create extension foo;
select crypt('a', 'b');
select gen_salt('bf');
create extension pgcrypto;
select crypt('a', gen_salt('bf'));
select pgp_sym_encrypt('a', 'b');
drop extension pgcrypto;
---
DROP TABLE
ERROR 42883: function uuid_generate_v4() does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 22023: extension "uuid-ossp" has no installation script nor update path for version "9"
CREATE SCHEMA
ERROR 3F000: schema "nope" does not exist
CREATE EXTENSION
ERROR 42710: extension "uuid-ossp" already exists
CREATE EXTENSION
uuid-ossp | ext | t | 1.1
00000000-0000-0000-0000-000000000000 | 6ba7b810-9dad-11d1-80b4-00c04fd430c8 | 6ba7b811-9dad-11d1-80b4-00c04fd430c8 | 6ba7b812-9dad-11d1-80b4-00c04fd430c8 | 6ba7b814-9dad-11d1-80b4-00c04fd430c8
cf16fe52-3365-3a1f-8572-288d8d2aaa46 | 2ed6657d-e927-568b-95e1-2665a8aea6a2
ERROR 42883: function public.uuid_nil() does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 3F000: schema "nope" does not exist at 8
uuid | 36 | f
994dd741-fd45-34a7-84b1-58e239395734 | NULL
CREATE TABLE
INSERT 0 2
2
ERROR 2BP01: cannot drop extension uuid-ossp because other objects depend on it
DETAIL: default value for column id of table t depends on function ext.uuid_generate_v4()
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ERROR 2BP01: cannot drop schema ext because other objects depend on it
DETAIL: extension uuid-ossp depends on schema ext
HINT: Use DROP ... CASCADE to drop the dependent objects too.
ALTER SCHEMA
00000000-0000-0000-0000-000000000000
ALTER EXTENSION
00000000-0000-0000-0000-000000000000 | 00000000-0000-0000-0000-000000000000
ERROR 42704: extension "nope" does not exist
ALTER EXTENSION
ERROR 22023: extension "uuid-ossp" has no update path from version "1.1" to version "7"
DROP TABLE
DROP EXTENSION
ERROR 42704: extension "uuid-ossp" does not exist
ERROR 42883: function uuid_nil() does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
CREATE EXTENSION
\x900150983cd24fb0d6963f7d28e17f72 | \xa9993e364706816aba3e25717850c26c9cd0d89d | \xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
\x823ff44c829aa3b7ca7926fb0f864f86b2a8e4ea4b4b3f2da6e25e7df5985a1eaa6bbb40460de1e6703b9405f7c0a0f3ceb20ede771d4241d55bd4b6f459f464 | \x23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7 | \xcb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7
ERROR 22023: Cannot use "foo": No such hash algorithm
NULL | NULL
73899d2adaad774417b0208da85162b61c8dbdf79bb0f7108c2686b93721d1f4 | \x333fcb4ee1aa7c115355ec66ceac917c8bfd815bf7587d325aec1864edd24e34d5abe2c6b1b5ee3face62fed78dbef802f2a85cb91d455a8f5249d330853cb3c | \x04449e92c9a7657ef2d677b8ef9da46c088f13575ea887e4818fc455a2bca500
ERROR 22023: Cannot use "nope": No such hash algorithm
ERROR 39000: Length not in range
ERROR 39000: Length not in range
uuid
BEGIN
DROP EXTENSION
ROLLBACK
\x900150983cd24fb0d6963f7d28e17f72
CREATE SCHEMA
CREATE EXTENSION
ERROR 2BP01: cannot drop schema s2 because other objects depend on it
DETAIL: extension uuid-ossp depends on schema s2
HINT: Use DROP ... CASCADE to drop the dependent objects too.
DROP SCHEMA
0
COMMENT
x
DROP EXTENSION
ERROR 0A000: extension "foo" is not available
HINT: The extension must first be installed on the system where PostgreSQL is running.
ERROR 42883: function crypt(unknown, unknown) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
ERROR 42883: function gen_salt(unknown) does not exist at 8
HINT: No function matches the given name and argument types. You might need to add explicit type casts.
CREATE EXTENSION
ERROR 0A000: the function gen_salt of pgcrypto is not supported yet
ERROR 0A000: the function pgp_sym_encrypt of pgcrypto is not supported yet
DROP EXTENSION
