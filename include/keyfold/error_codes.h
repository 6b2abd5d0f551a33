/* The registry of error codes: KF_CODE(name, number, exit status, summary, what to do).
 * Numbers are stable and never re-used. docs/errors.md is made from this file by scripts/errors-doc. */

/* 2: usage, files */
KF_CODE(USAGE, 1, 2, "the command line or a call's options are wrong", "see keyfold --help")
KF_CODE(NO_DATABASE, 2, 2, "no database is named", "put it in the URI's path or give --db NAME")
KF_CODE(FILE_MISSING, 3, 2, "a file is missing", "check the path")
KF_CODE(FILE_UNREADABLE, 4, 2, "a file cannot be read", "check its permissions")
KF_CODE(IS_DIRECTORY, 5, 2, "a directory stands where a file is expected", "name the file itself")
KF_CODE(PLAN_INVALID, 6, 2, "a plan file is not valid", "make it anew with keyfold plan -o FILE")
KF_CODE(SCHEMA_INVALID, 7, 2, "a schema file is not valid", "see docs/json.md for its form")
KF_CODE(URI_INVALID, 8, 2, "the URI is not valid", "it begins with mongodb:// or mongodb+srv://")
KF_CODE(PROFILE_UNKNOWN, 9, 2, "there is no such server profile", "see keyfold --help for the list")
KF_CODE(DATABASE_NAME, 10, 2, "MongoDB cannot hold a database of that name", "at most 63 bytes, without / \\ . \" $ and blanks")
KF_CODE(IN_USE, 11, 2, "a handle is used by two threads or processes", "give each of them a handle of its own")

KF_CODE(CASE_INVALID, 12, 2, "a case file is not valid", "see docs/corpus.md for its form")

/* 1: differences */
KF_CODE(LAW_BROKEN, 13, 1, "a law does not hold", "please report it with the input")

/* 3: input that is not understood */
KF_CODE(SYNTAX, 20, 3, "a statement is malformed", "look at the place that the caret shows")
KF_CODE(UNSUPPORTED, 21, 3, "a statement is not supported", "run it by hand, or go on without it with --keep-going")
KF_CODE(TRUNCATED, 22, 3, "the last statement is cut off", "get the whole log, or go on without it with --keep-going")
KF_CODE(EMPTY_FILE, 23, 3, "a file is empty", "check that logging was on (docs/logging.md)")
KF_CODE(NO_STATEMENT, 24, 3, "no statement was found", "djongo logs them at level DEBUG (docs/logging.md)")
KF_CODE(FIELD_NAME, 25, 3, "MongoDB cannot hold a field of that name", "rename the column (db_column)")
KF_CODE(TOO_DEEP, 26, 3, "a statement is nested too deeply", "simplify it, or raise the limit")
KF_CODE(TOO_LONG, 27, 3, "a statement is too long", "split it, or raise the limit")
KF_CODE(ENCODING, 28, 3, "the text is not in a known encoding", "convert the file to UTF-8")
KF_CODE(UNKNOWN_COLUMN, 29, 3, "a statement names a column that the table does not have", "check the log's order")
KF_CODE(COLLECTION_NAME, 30, 3, "MongoDB cannot hold a collection of that name", "rename the table (db_table)")
KF_CODE(PARAMETERS, 31, 3, "a statement's parameters do not fit it or cannot be read",
        "check the params that the log shows beside it")
KF_CODE(DAMAGED, 33, 3, "a compressed file is damaged", "get it anew; gzip -t or zstd -t says where it breaks")
KF_CODE(TOO_LARGE, 32, 3, "a compressed file holds more text than is read", "unpack it and read it in pieces")

/* 4: a decision is needed */
KF_CODE(DUPLICATES, 40, 4, "documents hold duplicate values under a unique index", "remove the duplicates and run again")
KF_CODE(DROP_NOT_ALLOWED, 41, 4, "a drop is not allowed", "or leave it as it is")
KF_CODE(NOT_EXPRESSIBLE, 42, 4, "the server cannot express what is asked for", "go on without it with --skip-unsupported")
KF_CODE(TOO_MANY_INDEXES, 43, 4, "a collection would have more than 64 indexes", "drop indexes that are not needed")
KF_CODE(TOO_MANY_FIELDS, 44, 4, "an index has more than 32 fields", "take fields out of it")
KF_CODE(STALE_PLAN, 45, 4, "the live schema is no longer the one that was planned against", "plan again")
KF_CODE(TABLE_UNKNOWN, 46, 4, "a table is neither created by the log nor live", "add the log that creates it")
KF_CODE(SEVERAL_ALIASES, 47, 4, "the log holds statements of several databases", "choose one with --alias NAME")
KF_CODE(AMBIGUOUS, 49, 4, "a name stands for several things", "name the table as well")
KF_CODE(RENAME_UNCLEAR, 50, 4, "whether a rename was done cannot be told", "say it with --renames=done or --renames=todo")
KF_CODE(EXISTS, 51, 4, "there is something of that name already", "drop or rename it first")
KF_CODE(NOT_CONVERTIBLE, 52, 4, "stored values do not convert to their column's new type", "change or remove them and run again")
KF_CODE(MIGRATION_WITHHELD, 54, 4, "a row of django_migrations waits for what comes before it", "settle that, and run again")
KF_CODE(CONFLICT, 48, 4, "somebody else's index is in the way", "drop that index, or keep it and leave this one out")

/* 5: server, resources */
KF_CODE(SERVER, 60, 5, "the server refused a command", "see the server's message")
KF_CODE(CONNECTION, 61, 5, "the server cannot be reached", "check the URI and that the server runs")
KF_CODE(AUTHENTICATION, 62, 5, "the server refused the credentials", "check user, password and authSource")
KF_CODE(MEMORY, 63, 5, "out of memory", "free some, or split the input")
KF_CODE(DISK, 64, 5, "a file cannot be written", "check space and permissions")
KF_CODE(RACE, 65, 5, "the database kept changing while it was planned", "run again when it is quiet")
KF_CODE(INTERNAL, 66, 5, "keyfold went wrong", "please report it with the input")

/* 130 */
KF_CODE(INTERRUPTED, 90, 130, "interrupted", "run again to finish")
