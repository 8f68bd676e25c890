"""The limits that several rooms share, each with its reason."""

# pgvector's bound; its clients know the message.
VECTOR_DIMENSIONS_MAX = 16_000
SPARSE_DIMENSIONS_MAX = 1_000_000_000
SPARSE_NONZERO_MAX = 16_000

# pgvector indexes bits up to this length; Postgres itself would store a thousand times more.
BIT_LENGTH_MAX = 64_000

# PostgreSQL's bound on columns of a table; column numbers are int16 on the wire.
COLUMNS_MAX = 1_600

# PostgreSQL's bound on columns of a result. Without one, joins of what `*` gives double them with each.
TARGETS_MAX = 1_664

# PostgreSQL truncates names at NAMEDATALEN - 1 bytes; we refuse longer ones in DDL alone.
IDENTIFIER_BYTES_MAX = 63

# A delta larger than either is sealed into a segment: an exact search of 10,000 x 128 costs 155 us,
# about what one index search costs, so a larger growing part would dominate a statement.
DELTA_ROWS_MAX = 20_000
DELTA_BYTES_MAX = 16 << 20

# One insert of at least this many rows is written as a segment at once, not as a delta frame.
BULK_ROWS_MIN = 10_000

# An LMDB value holds at most 4 GiB - 1; this bounds the vector blob of a segment.
SEGMENT_BLOB_BYTES_MAX = (4 << 30) - 4096

# Below this an exact scan answers as fast as any index.
INDEX_ROWS_MIN = 5_000

# Masks of one process, bounded by bytes: 256 masks of a million rows.
MASK_CACHE_BYTES_MAX = 64 << 20

# History kept when a table does not say otherwise.
RETENTION_DEFAULT_US = 24 * 3600 * 1_000_000

# A value that a function makes of a length given: below PostgreSQL's bound of 1 GiB, because DuckDB makes it
# at once and cannot be interrupted meanwhile: 64 MiB take 0.1 s, 1.5 GB took 20.
VALUE_BYTES_MAX = 64 << 20

# Numbers that generate_series gives where it stands among values: a list of 80 MB.
LIST_ITEMS_MAX = 10_000_000

# Arrays and objects within each other in one JSON document: functions walk through them by recursion, two
# frames of Python's 1,000 a level. PostgreSQL's bound is its stack, at some thousands.
JSON_DEPTH_MAX = 256
