#include "cli.h"

static const char usage_plan[] = "keyfold plan [OPTION...] LOG...";
static const char usage_apply[] = "keyfold apply (--uri URI | --schema FILE) [OPTION...] LOG...|PLAN";
static const char usage_execute[] = "keyfold execute (--uri URI | --schema FILE) [OPTION...] SQL...";
static const char usage_profiles[] = "keyfold profiles [--json]";
static const char usage_test[] = "keyfold test [OPTION...] PATH...";
static const char usage_explain[] = "keyfold explain STAGE [OPTION...] [FILE|-]";

static void print_profiles(FILE *to) {
    fputs("\nProfiles:", to);
    for (size_t i = 0; kf_profile_name(i); i++) fprintf(to, "%s %s", i ? "," : "", kf_profile_name(i));
    fputc('\n', to);
}

void help_print(FILE *to) {
    fprintf(to,
            "keyfold reads the schema SQL that djongo emits and gives a MongoDB database the indexes that it asks for.\n\n"
            "  %s\n      show what would be done\n"
            "  %s\n      do it; a second time there is nothing to do\n"
            "  %s\n      carry SQL statements out now: DROP and FLUSH are commands here\n"
            "  %s\n      show what a stage makes of a log or of SQL\n"
            "  %s\n      list the servers' rules that keyfold knows\n"
            "  %s\n      run cases: statements, and what is to be made of them\n"
            "  keyfold VERB --help\n  keyfold --version\n",
            usage_plan, usage_apply, usage_execute, usage_explain, usage_profiles, usage_test);
    print_profiles(to);
    fputs(
        "\nExit status: 0 done, or nothing to do; 1 there is something to do (plan --check), or a case fails (test); 2 wrong\n"
        "usage, an unusable file; 3 statements not understood; 4 a decision is needed; 5 server, connection, memory or disk;\n"
        "130 interrupted.\n",
        to);
}

void help_print_verb(FILE *to, verb v) {
    switch (v) {
    case VERB_PLAN:
        fprintf(to,
                "usage: %s\n\n"
                "Reads logs (- is standard input) and shows which indexes they ask for, what shares an index, and what a\n"
                "database would need: the one at --uri, a schema file, or (with neither) an empty one.\n\n",
                usage_plan);
        break;
    case VERB_APPLY:
        fprintf(to,
                "usage: %s\n\n"
                "Makes it so. A saved plan (keyfold plan -o) runs exactly as it was shown, or not at all if the database has\n"
                "changed since. A schema file that is missing is created.\n\n",
                usage_apply);
        break;
    case VERB_EXECUTE:
        fprintf(to,
                "usage: %s\n\n"
                "Carries out the schema statements of SQL files (- is standard input) now, in order, as an application does\n"
                "that has keyfold inside: what is dropped or flushed is gone. What is there already in the same shape is no\n"
                "error. Nothing is done if a statement is not understood. Logs are for keyfold apply.\n\n",
                usage_execute);
        break;
    case VERB_PROFILES:
        fprintf(to, "usage: %s\n\nLists the server profiles, each with its rules and their source.\n\n", usage_profiles);
        break;
    case VERB_EXPLAIN:
        fprintf(to,
                "usage: %s\n\n"
                "Shows a stage's result for a log or for SQL, from standard input if no file is named.\n"
                "STAGE is statements, dialect, parse, schema or plan.\n\n",
                usage_explain);
        break;
    case VERB_TEST:
        fprintf(
            to,
            "usage: %s\n\n"
            "Runs the cases of files, and of all *.test files below folders (docs/corpus.md): what a stage makes of a case's\n"
            "input is the expected output, and the laws hold. With --uri each is carried out on that server too, in a\n"
            "database of its own called kf_test_..., which is dropped again, and must end there as it does in memory.\n\n",
            usage_test);
        break;
    }
    help_print_options(to, v);
    print_profiles(to);
}
