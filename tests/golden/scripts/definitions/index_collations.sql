# Operator classes and collations that an index names are kept for each column, and shown where the type has others.
CREATE TABLE c (id int, j jsonb, t text, v varchar(10), a int[], bc char(3), u uuid, p text COLLATE "POSIX");
create index co on c (t text_pattern_ops);
create index co2 on c (v varchar_pattern_ops desc);
create index co21 on c (v varchar_ops);
create index co22 on c (v text_ops);
create index co3 on c (id int4_ops, t text_pattern_ops);
create index co4 on c (t bpchar_pattern_ops);
create index co5 on c (t nonsense_ops);
create index co6 on c (t int4_ops);
create index co7 on c (bc bpchar_pattern_ops, u uuid_ops);
create index co8 on c (id int8_ops);
create index co9 on c using brin (id int4_minmax_ops);
create index co10 on c using brin (id int4_minmax_multi_ops);
create index co11 on c using hash (t text_ops);
create index co12 on c using hash (t text_pattern_ops);
create index co13 on c (a array_ops);
create index co14 on c using gin (a array_ops);
create index co15 on c using gin (a jsonb_ops);
create index co16 on c using gin (j array_ops);
create index cc on c (t collate "C");
create index cc1 on c (t collate "default", id);
create index cc2 on c (t collate "POSIX" text_pattern_ops desc nulls last);
create index clow on c (lower(t) varchar_pattern_ops);
create index clow2 on c (lower(t) collate "C" text_pattern_ops, id desc);
create index cp on c (p collate "C", p collate "POSIX", p collate "default");
select indexname, indexdef from pg_indexes where tablename = 'c' order by indexname;
select c.relname, array(select collname from unnest(indcollation) o left join pg_collation on oid = o) from pg_index join pg_class c on c.oid = indexrelid where relname like 'cc%' order by 1;
select c.relname, array(select opcname from unnest(indclass) o left join pg_opclass on oid = o) from pg_index join pg_class c on c.oid = indexrelid where relname in ('co', 'co2', 'co3', 'co7') order by 1;
---
CREATE TABLE
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42704: operator class "nonsense_ops" does not exist for access method "btree"
ERROR 42804: operator class "int4_ops" does not accept data type text
CREATE INDEX
ERROR 42804: operator class "int8_ops" does not accept data type integer
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
ERROR 42804: operator class "jsonb_ops" does not accept data type integer[]
ERROR 42804: operator class "array_ops" does not accept data type jsonb
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
CREATE INDEX
cc | CREATE INDEX cc ON public.c USING btree (t COLLATE "C")
cc1 | CREATE INDEX cc1 ON public.c USING btree (t, id)
cc2 | CREATE INDEX cc2 ON public.c USING btree (t COLLATE "POSIX" text_pattern_ops DESC NULLS LAST)
clow | CREATE INDEX clow ON public.c USING btree (lower(t) varchar_pattern_ops)
clow2 | CREATE INDEX clow2 ON public.c USING btree (lower(t) COLLATE "C" text_pattern_ops, id DESC)
co | CREATE INDEX co ON public.c USING btree (t text_pattern_ops)
co10 | CREATE INDEX co10 ON public.c USING brin (id int4_minmax_multi_ops)
co11 | CREATE INDEX co11 ON public.c USING hash (t)
co12 | CREATE INDEX co12 ON public.c USING hash (t text_pattern_ops)
co13 | CREATE INDEX co13 ON public.c USING btree (a)
co14 | CREATE INDEX co14 ON public.c USING gin (a)
co2 | CREATE INDEX co2 ON public.c USING btree (v varchar_pattern_ops DESC)
co21 | CREATE INDEX co21 ON public.c USING btree (v varchar_ops)
co22 | CREATE INDEX co22 ON public.c USING btree (v)
co3 | CREATE INDEX co3 ON public.c USING btree (id, t text_pattern_ops)
co4 | CREATE INDEX co4 ON public.c USING btree (t bpchar_pattern_ops)
co7 | CREATE INDEX co7 ON public.c USING btree (bc bpchar_pattern_ops, u)
co9 | CREATE INDEX co9 ON public.c USING brin (id)
cp | CREATE INDEX cp ON public.c USING btree (p COLLATE "C", p, p)
cc | {C}
cc1 | {default,NULL}
cc2 | {POSIX}
co | {text_pattern_ops}
co2 | {varchar_pattern_ops}
co3 | {int4_ops,text_pattern_ops}
co7 | {bpchar_pattern_ops,uuid_ops}
