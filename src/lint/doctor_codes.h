/* The registry of doctor's findings: as codes.h has lint's. docs/doctor.md is made from this file by scripts/lint-doc. */
DOCTOR_CODE(CONDITION_AS_FIELD, "001", "condition-as-field", ERROR, "an index on a field that is called as a condition's text",
            "No document has such a field, so a unique index refuses the second document, whatever it holds; and the "
            "constraint itself is "
            "not kept",
            "The index goes, and with --fix and the log or --models the constraint is made; djongo has lost its columns, so "
            "without these "
            "nothing tells them")
DOCTOR_CODE(DIRECTION_AS_FIELD, "002", "direction-as-field", WARNING, "an index on a field that is called `\"column\" DESC`",
            "No document has such a field: no query can use the index beyond what stands before it, and every write keeps it "
            "up to date",
            "It is built anew with the column descending")
DOCTOR_CODE(
    DROPPED_FIELD, "003", "dropped-field", WARNING, "an index on a field that neither the catalog nor any document has",
    "djongo's DROP COLUMN leaves a column's indexes. They cost writes and disk; a unique one refuses the second document (then "
    "this is an error)",
    "The index goes")
DOCTOR_CODE(
    RENAMED_FIELD, "004", "renamed-field", ERROR,
    "a field was renamed in the documents, and its indexes and the catalog were not",
    "Queries by the field read the whole collection; a unique constraint refuses the second document and keeps nothing unique",
    "Indexes and catalog follow, where it is one field that all documents have and one that none has; else name them: "
    "ALTER TABLE ... RENAME COLUMN ..., for keyfold apply --renames=done")
DOCTOR_CODE(ROW_WITHOUT_COLLECTION, "005", "row-without-collection", WARNING,
            "the catalog speaks of a collection that is not there",
            "A table that is made anew under that name goes on with the old counter, and its auto.field_names are doubled",
            "The row goes; the undo file keeps it")
DOCTOR_CODE(
    RENAMED_COLLECTION, "006", "renamed-collection", ERROR, "a collection was renamed, and its row in the catalog was not",
    "djongo finds no counter: rows are inserted without their number, and the second one is refused",
    "The row follows, where one collection alone fits it; else name them: ALTER TABLE ... RENAME TO ..., for keyfold apply "
    "--renames=done")
DOCTOR_CODE(COLLECTION_WITHOUT_ROW, "007", "collection-without-row", ERROR,
            "a collection of Django's that the catalog does not have",
            "djongo finds no counter: rows are inserted without their number, and the second one is refused",
            "keyfold apply with the log that creates it: nothing else tells its columns' types")
DOCTOR_CODE(DOUBLED_COUNTER, "008", "doubled-counter", NOTE, "a column stands twice in auto.field_names",
            "None by itself with djongo 1.3.6: it is left of a table that was dropped and made again", "Each is named once")
DOCTOR_CODE(COUNTER_BEHIND, "009", "counter-behind", ERROR, "the counter is below the greatest number in the documents",
            "The next rows get numbers that are taken: each is refused until the counter is past them",
            "It is raised to the greatest number; a counter is never lowered")
DOCTOR_CODE(ROW_WITHOUT_KEY, "010", "document-without-key", ERROR, "a document without its primary key",
            "Django cannot find, change or delete it; and one of them keeps the next one out",
            "Give it a number that is free, or delete it: which of the two nobody but you knows")
DOCTOR_CODE(UNIQUE_MISSING, "011", "unique-missing", ERROR, "a unique constraint without an index that keeps it",
            "Equal values come in, and later keep the constraint from being made",
            "It is made, unless documents break it already")
DOCTOR_CODE(INDEX_MISSING, "012", "index-missing", WARNING, "an index that the catalog records and that is not there",
            "Queries that it served read the whole collection", "It is built again")
DOCTOR_CODE(COLUMN_NOT_ADDED, "013", "column-not-added", ERROR, "a unique column that the catalog does not have",
            "djongo's ADD COLUMN ... UNIQUE makes the index alone: no document has the field, and the second one without it is "
            "refused; or "
            "DROP COLUMN left the index",
            "keyfold apply with the log: it adds the column, or (--allow-drop=index) drops the index")
DOCTOR_CODE(HALF_DONE, "014", "half-done-migration", WARNING, "a migration that ended half way",
            "Django runs it again from its beginning, and djongo meets what is there already",
            "keyfold apply with the log, or migrate with keyfold.django: what is there is satisfied")
