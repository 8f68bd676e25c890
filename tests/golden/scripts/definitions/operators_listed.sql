-- pg_operator, pg_cast, pg_opfamily and pg_amop list the operators and casts there are, and which of them indexes answer.
SELECT '||(text,text)'::regoperator, '-(NONE,integer)'::regoperator, '<(integer,bigint)'::regoperator::text, to_regoperator('<<<(int4,int4)'), to_regoper('+');
SELECT ('+' || '')::regoper;
SELECT '#-'::regoper;
SELECT ('<<<' || '')::regoper;
SELECT ('+(int4)' || '')::regoperator;
SELECT ('+' || '')::regoperator;
SELECT oprname, oprkind, oprleft::regtype, oprright::regtype, oprresult::regtype, oprcom::regoperator, oprnegate::regoperator FROM pg_operator WHERE oid IN ('<(integer,bigint)'::regoperator, '-(NONE,integer)'::regoperator, '=(text,text)'::regoperator) ORDER BY 1;
SELECT castsource::regtype, casttarget::regtype, castcontext FROM pg_cast WHERE castsource = 'integer'::regtype AND casttarget IN ('bigint'::regtype, 'smallint'::regtype, 'numeric'::regtype) ORDER BY casttarget::regtype::text COLLATE "C";
SELECT f.opfname, amopopr::regoperator, amopstrategy, amoppurpose FROM pg_amop a JOIN pg_opfamily f ON f.oid = a.amopfamily WHERE f.opfname = 'integer_ops' AND amopmethod = 403 AND amoplefttype = 'int4'::regtype AND amoprighttype = 'int8'::regtype ORDER BY 3;
SELECT f.opfname, amopopr::regoperator::text LIKE '%<->(vector,vector)', amopstrategy, amoppurpose, s.opfname FROM pg_amop a JOIN pg_opfamily f ON f.oid = a.amopfamily JOIN pg_opfamily s ON s.oid = a.amopsortfamily JOIN pg_am m ON m.oid = amopmethod WHERE f.opfname = 'vector_l2_ops' AND m.amname = 'hnsw';
SELECT c.opcname, f.opfname FROM pg_opclass c JOIN pg_opfamily f ON f.oid = c.opcfamily JOIN pg_am a ON a.oid = c.opcmethod WHERE a.amname = 'btree' AND opcname IN ('int4_ops', 'timestamptz_ops', 'text_ops', 'uuid_ops') ORDER BY 1;
---
||(text,text) | -(NONE,integer) | <(integer,bigint) | NULL | NULL
ERROR 42725: more than one operator named +
#-
ERROR 42883: operator does not exist: <<<
ERROR 42P02: missing argument
HINT: Use NONE to denote the missing argument of a unary operator.
ERROR 22P02: expected a left parenthesis
- | l | - | integer | integer | 0 | 0
< | b | integer | bigint | boolean | >(bigint,integer) | >=(integer,bigint)
= | b | text | text | boolean | =(text,text) | <>(text,text)
integer | bigint | i
integer | numeric | i
integer | smallint | a
integer_ops | <(integer,bigint) | 1 | s
integer_ops | <=(integer,bigint) | 2 | s
integer_ops | =(integer,bigint) | 3 | s
integer_ops | >=(integer,bigint) | 4 | s
integer_ops | >(integer,bigint) | 5 | s
vector_l2_ops | t | 1 | o | float_ops
int4_ops | integer_ops
text_ops | text_ops
timestamptz_ops | datetime_ops
uuid_ops | uuid_ops
