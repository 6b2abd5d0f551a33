/* The registry of lint's findings: LINT_CODE(name, number, id, severity, summary, what it costs, what to do).
 * Numbers and ids are stable and never re-used. docs/lint.md is made from this file by scripts/lint-doc. */
LINT_CODE(SAME_KEY, "001", "same-key", WARNING, "the same index under several names",
          "Each index is written with every insert and delete, and whenever its fields change; it takes disk and memory. Names "
          "that keyfold "
          "folded cost nothing more on this server; elsewhere each has an index of its own",
          "Keep one: remove the other's entry from Meta.indexes, or its db_index")
LINT_CODE(PREFIX, "002", "prefix", NOTE, "an index whose key is the beginning of a wider one's",
          "The wider one serves its queries as well; it costs an index's writes, disk and memory",
          "Remove its entry from Meta.indexes, or set db_index=False on the field, unless it is so much smaller that it stays "
          "in memory alone")
LINT_CODE(BOTH_DIRECTIONS, "003", "both-directions", WARNING, "an index that is another one read backwards",
          "MongoDB reads an index in both directions, so one serves both; it costs an index's writes, disk and memory",
          "Keep one of the two in Meta.indexes")
LINT_CODE(
    UNIQUE_AND_PLAIN, "004", "unique-and-plain", WARNING, "a plain index on the key of a unique one",
    "The unique index serves every query that the plain one does. Names that keyfold folded cost nothing more on this server",
    "Remove the plain one: db_index=True beside unique=True, or its entry in Meta.indexes")
LINT_CODE(TOO_MANY, "005", "too-many-indexes", ERROR, "a collection has, or would have, more indexes than the server takes",
          "What is beyond the limit is not made; and each index makes every write slower",
          "Remove indexes that no query needs, beginning with the other findings")
LINT_CODE(LONG_NAME, "006", "long-name", NOTE, "a name that is too long for a target",
          "PostgreSQL cuts names to 63 bytes, MongoDB before 4.2 takes 127 with the namespace: the name has to be shortened, "
          "and then is "
          "called otherwise than in the models",
          "Give it a shorter name= in Meta.indexes or Meta.constraints")
LINT_CODE(UNIQUE_NULLS, "007", "unique-nulls", NOTE, "a unique constraint over a column that may be null",
          "Many NULLs take a partial index, which queries cannot use: a second, plain index stands beside it. A server without "
          "partial indexes lets one NULL in",
          "Set null=False with a default if the column is always filled; else leave it")
LINT_CODE(
    BOOLEAN, "008", "boolean-index", WARNING, "an index on a boolean alone",
    "Half of the collection has either value, so the index saves little reading, and costs an index's writes, disk and memory",
    "Drop db_index, or give the index a condition for the rare value, or a second field")
LINT_CODE(UNUSED, "009", "unused", NOTE, "an index that no query has used since the server counts",
          "It costs an index's writes, disk and memory",
          "Look whether the time counted is long enough, then remove it from the models")
LINT_CODE(UNIQUE_BROKEN, "010", "unique-broken", ERROR, "a unique constraint that documents break already",
          "It cannot be made: keyfold apply leaves it out (KF-040) and Django's migrate ends with an error, while equal values "
          "go on coming in",
          "Remove the duplicates, or take the constraint out of the model")
