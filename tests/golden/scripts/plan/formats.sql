CREATE TABLE t (id int PRIMARY KEY, b text, v vector(2));
INSERT INTO t VALUES (1, 'a', '[1,1]'), (2, 'bb', '[2,2]'), (3, 'ccc', '[3,3]'), (4, NULL, '[4,4]');
---
CREATE TABLE
INSERT 0 4

# The same tree as YAML and as XML.
EXPLAIN (FORMAT YAML) SELECT id FROM t WHERE b = 'bb' ORDER BY v <-> '[0,0]' LIMIT 2;
EXPLAIN (FORMAT XML, COSTS OFF) SELECT id FROM t WHERE id < 3 ORDER BY id LIMIT 2;
---
- Plan: 
    Node Type: "Limit"
    Plan Rows: 1
    Plans: 
      - Node Type: "Vector Scan"
        Relation Name: "t"
        Plan Rows: 1
        Order By: "(v <-> '[0,0]')"
        Exact: "no index on v for l2"
        Filter: "(b = 'bb')"
<explain xmlns="http://www.postgresql.org/2009/explain">
  <Query>
    <Plan>
      <Node-Type>Limit</Node-Type>
      <Plans>
        <Plan>
          <Node-Type>Seq Scan</Node-Type>
          <Relation-Name>t</Relation-Name>
          <Sort-Key>id</Sort-Key>
          <Filter>(id &lt; 3)</Filter>
        </Plan>
      </Plans>
    </Plan>
  </Query>
</explain>

# The same tree as JSON, in PostgreSQL's form.
EXPLAIN (FORMAT JSON) SELECT id FROM t WHERE b = 'bb' ORDER BY v <-> '[0,0]' LIMIT 2;
EXPLAIN (FORMAT JSON, COSTS OFF) DELETE FROM t WHERE id = 1;
EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF) SELECT id FROM t WHERE length(b) > 1 ORDER BY v <-> '[0,0]' LIMIT 5;
EXPLAIN (ANALYZE, FORMAT JSON, TIMING OFF, SUMMARY OFF) SELECT count(*) FROM (SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 3) s;
EXPLAIN (FORMAT TEXT, COSTS OFF) SELECT id FROM t WHERE length(b) > 1 AND id < 3;
---
[
  {
    "Plan": {
      "Node Type": "Limit",
      "Plan Rows": 1,
      "Plans": [
        {
          "Node Type": "Vector Scan",
          "Relation Name": "t",
          "Plan Rows": 1,
          "Order By": "(v <-> '[0,0]')",
          "Exact": "no index on v for l2",
          "Filter": "(b = 'bb')"
        }
      ]
    }
  }
]
[
  {
    "Plan": {
      "Node Type": "ModifyTable",
      "Operation": "Delete",
      "Relation Name": "t",
      "Plans": [
        {
          "Node Type": "Index Scan",
          "Index Name": "t_pkey",
          "Relation Name": "t",
          "Index Cond": "(id = 1)"
        }
      ]
    }
  }
]
[
  {
    "Plan": {
      "Node Type": "Limit",
      "Plan Rows": 1,
      "Actual Rows": 2,
      "Actual Loops": 1,
      "Plans": [
        {
          "Node Type": "Vector Scan",
          "Relation Name": "t",
          "Plan Rows": 1,
          "Actual Rows": 2,
          "Actual Loops": 1,
          "Order By": "(v <-> '[0,0]')",
          "Exact": "no index on v for l2",
          "Filter by DuckDB": "(length(b) > 1)",
          "Strategy": "exact over ids on delta (2 of 4 rows pass)"
        }
      ]
    },
    "Recall Target": 0.95
  }
]
[
  {
    "Plan": {
      "Node Type": "Relational",
      "Actual Rows": 1,
      "Actual Loops": 1,
      "Plans": [
        {
          "Node Type": "Limit",
          "Plan Rows": 3,
          "Actual Rows": 3,
          "Actual Loops": 1,
          "Plans": [
            {
              "Node Type": "Vector Scan",
              "Relation Name": "t",
              "Plan Rows": 4,
              "Actual Rows": 3,
              "Actual Loops": 1,
              "Order By": "(v <-> '[0,0]')",
              "Exact": "no index on v for l2",
              "Strategy": "exact scan on delta (4 of 4 rows pass)"
            }
          ]
        }
      ]
    }
  }
]
Seq Scan on t
  Filter: (id < 3)
  Filter by DuckDB: (length(b) > 1)

# What is not known.
EXPLAIN (FORMAT nothing) SELECT 1;
EXPLAIN (NOTHING) SELECT 1;
EXPLAIN (ANALYZE sometimes) SELECT 1;
---
ERROR 22023: unrecognized value for EXPLAIN option "format": "nothing"
ERROR 42601: unrecognized EXPLAIN option "nothing"
ERROR 42601: analyze requires a Boolean value

# A query inside another statement is answered at its own moment.
CREATE SNAPSHOT before_delete;
DELETE FROM t WHERE id = 1;
CREATE TABLE copied AS SELECT id FROM t ORDER BY v <-> '[0,0]' LIMIT 2 AS OF SNAPSHOT 'before_delete';
INSERT INTO copied SELECT id + 10 FROM t AS OF SNAPSHOT 'before_delete' WHERE id < 3;
SELECT id FROM copied ORDER BY id;
DROP SNAPSHOT before_delete;
DROP TABLE copied;
DROP TABLE t;
---
CREATE SNAPSHOT
DELETE 1
SELECT 2
INSERT 0 2
1, 2, 11, 12
DROP SNAPSHOT
DROP TABLE
DROP TABLE
