#include "cli.h"

#include <string.h>

static const verb_about verbs[] = {
    {VERB_PLAN, "plan", "[OPTION...] LOG...", "show what would be done",
     "Reads logs (- is standard input) and shows which indexes they ask for, what shares an index, and what a\n"
     "database would need: the one at --uri, a schema file, or (with neither) an empty one."},
    {VERB_APPLY, "apply", "(--uri URI | --schema FILE) [OPTION...] LOG...|PLAN", "do it; a second time there is nothing to do",
     "Makes it so. A saved plan (keyfold plan -o) runs exactly as it was shown, or not at all if the database has\n"
     "changed since. A schema file that is missing is created."},
    {VERB_VERIFY, "verify", "(--uri URI | --schema FILE) [OPTION...] LOG...|--models",
     "say of each wanted index and constraint whether it is there",
     "Says of each name that the logs want whether it is OK, FOLDED (served by an index that is called otherwise),\n"
     "MISSING or DIFFERENT, and what is EXTRA. Changes nothing. The status is 1 if a name is not served.\n"
     "--models: what all models of a Django project want; run where manage.py is, it asks `python manage.py keyfold sql`,\n"
     "or reads the output of that from the files that are named. Then collections that no model has are EXTRA too."},
    {VERB_EXPORT, "export", "(--uri URI | --schema FILE | LOG...) [--to FORMAT] [-o FILE]",
     "write the schema down: as JSON, as SQL, or for moving on",
     "Writes the schema of a database, of a schema file, or that logs lead to. FORMAT is\n"
     "  json              what --schema reads (the default)\n"
     "  sql               what keyfold apply reads\n"
     "  postgresql        DDL for PostgreSQL\n"
     "  pymongo, mongosh  a script that makes the same collections and indexes\n"
     "  django-mongodb-backend\n"
     "                    a script that moves keys and indexes to what Django's official backend expects"},
    {VERB_LINT, "lint", "(--uri URI | --schema FILE | [--uri URI] LOG...) [OPTION...]",
     "say which indexes cost more than they give, and what to do",
     "Looks at the schema of a database, of a schema file, or that logs lead to, and says what is amiss: indexes that others\n"
     "serve, names that are too long, unique constraints that let NULLs in, ... with what it costs, and what to change in the\n"
     "Django model (docs/lint.md). Logs and --uri: what they would lead to there, and which unique constraints its documents break.\n"
     "Changes nothing. The status is 1 if there is a warning or an error, 0 if there are but notes."},
    {VERB_DOCTOR, "doctor", "(--uri URI | --schema FILE) [--fix] [OPTION...] [LOG...|--models]",
     "find the damage that djongo leaves, and mend it",
     "Looks for what djongo leaves behind: indexes on fields that are a condition's text, on renamed and dropped fields; a\n"
     "catalog and collections that do not fit each other; counters that are behind; uniques that were never made;\n"
     "migrations that ended half way (docs/doctor.md). Changes nothing without --fix. A log, or --models, tells what should "
     "be\n"
     "there: then missing uniques are found too. The status is 1 if there is a warning or an error, 0 if there are but notes.\n"
     "--fix: shows what it will do, keeps what goes in an undo file, does it, and says what is left."},
    {VERB_UNDO, "undo", "FILE --uri URI [OPTION...]", "put back what doctor --fix has taken",
     "Puts the indexes and the catalog's documents back that an undo file holds, but for counters: they keep what they have\n"
     "counted. What cannot be put back is told, and stays as the repair left it. A second time there is nothing to do."},
    {VERB_EXECUTE, "execute", "(--uri URI | --schema FILE) [OPTION...] SQL...",
     "carry SQL statements out now: DROP and FLUSH are commands here",
     "Carries out the schema statements of SQL files (- is standard input) now, in order, as an application does\n"
     "that has keyfold inside: what is dropped or flushed is gone. What is there already in the same shape is no\n"
     "error. Nothing is done if a statement is not understood. Logs are for keyfold apply."},
    {VERB_DETACH, "detach", "(--uri URI | --schema FILE) [OPTION...]",
     "prepare a database for djongo alone: an index a name, where the server allows it",
     "For the way back from keyfold to djongo, which drops an index by the name that it has on the server. Gives each\n"
     "name an index that is called so where the server allows it, and lists those that share one on."},
    {VERB_EXPLAIN, "explain", "STAGE [OPTION...] [FILE|-]", "show what a stage makes of a log or of SQL",
     "Shows a stage's result for a log or for SQL, from standard input if no file is named.\n"
     "STAGE is statements, dialect, parse, schema or plan.",
     "statements dialect parse schema plan"},
    {VERB_PROFILES, "profiles", "[--json]", "list the servers' rules that keyfold knows",
     "Lists the server profiles, each with its rules and their source."},
    {VERB_TEST, "test", "[OPTION...] PATH...", "run cases: statements, and what is to be made of them",
     "Runs the cases of files, and of all *.test files below folders (docs/corpus.md): what a stage makes of a case's\n"
     "input is the expected output, and the laws hold. With --uri each is carried out on that server too, in a\n"
     "database of its own called kf_test_..., which is dropped again, and must end there as it does in memory."},
};
enum { VERBS = sizeof verbs / sizeof *verbs };

static void print_profiles(FILE *to) {
    fputs("\nProfiles:", to);
    for (size_t i = 0; kf_profile_name(i); i++) fprintf(to, "%s %s", i ? "," : "", kf_profile_name(i));
    fputc('\n', to);
}

const verb_about *help_verb(size_t i) { return i < VERBS ? &verbs[i] : NULL; }

const char *help_verb_name(verb v) {
    for (size_t i = 0; i < VERBS; i++)
        if (verbs[i].verb == v) return verbs[i].name;
    return "";
}

const char help_summary[] =
    "keyfold reads the schema SQL that djongo emits and gives a MongoDB database the indexes that it asks for.";
const char help_statuses[] =
    "0 done, or nothing to do; 1 there is something to do (--check), a name is not served (verify),\n"
    "something is amiss (lint, doctor), or a case fails (test); 2 wrong usage, an unusable file; 3 statements not "
    "understood; 4 a\n"
    "decision is needed; 5 server, connection, memory or disk; 130 interrupted.\n";

void help_print(FILE *to) {
    fprintf(to, "%s\n\n", help_summary);
    for (size_t i = 0; i < VERBS; i++)
        fprintf(to, "  keyfold %s %s\n      %s\n", verbs[i].name, verbs[i].usage, verbs[i].summary);
    fputs("  keyfold VERB --help\n  keyfold help --format man|bash|zsh|fish\n  keyfold --version\n", to);
    print_profiles(to);
    fprintf(to, "\nExit status: %s", help_statuses);
}

void help_print_verb(FILE *to, verb v) {
    for (size_t i = 0; i < VERBS; i++)
        if (verbs[i].verb == v) fprintf(to, "usage: keyfold %s %s\n\n%s\n\n", verbs[i].name, verbs[i].usage, verbs[i].text);
    help_print_options(to, v);
    print_profiles(to);
}
