/* The manual page and completions for shells, from the tables that --help prints. */
#include "cli.h"

#include <ctype.h>
#include <string.h>

#define DATE "2026-11-25" /* of the release: RELEASING.md */

/* What stands where an option's argument is to be typed. */
typedef enum argument_kind { ARGUMENT_NONE, ARGUMENT_FILE, ARGUMENT_WORDS, ARGUMENT_OTHER } argument_kind;

static argument_kind kind_of(const option_about *o) {
    if (!o->argument) return ARGUMENT_NONE;
    if (strcmp(o->argument, "FILE") == 0) return ARGUMENT_FILE;
    return o->words || strcmp(o->name, "profile") == 0 ? ARGUMENT_WORDS : ARGUMENT_OTHER;
}

static void print_words(const option_about *o) {
    if (o->words) fputs(o->words, stdout);
    for (size_t i = 0; !o->words && kf_profile_name(i); i++) printf("%s%s", i ? " " : "", kf_profile_name(i));
}

/* With a backslash before each of `special`. */
static void print_escaped(const char *s, const char *special) {
    for (; *s; s++) {
        if (strchr(special, *s)) putchar('\\');
        putchar(*s);
    }
}

/* Inside single quotes of a Bourne shell, `special` as above. */
static void print_quoted(const char *s, const char *special) {
    for (; *s; s++) {
        if (*s == '\'') fputs("'\\''", stdout);
        else printf("%s%c", strchr(special, *s) ? "\\" : "", *s);
    }
}

static void print_verb_names(void) {
    for (size_t i = 0; help_verb(i); i++) printf("%s%s", i ? " " : "", help_verb(i)->name);
}

/* ---- the manual page: man(7) ---- */

static void print_roff(const char *s, size_t n) {
    if (n && (*s == '.' || *s == '\'')) fputs("\\&", stdout);
    for (size_t i = 0; i < n; i++) {
        if (s[i] == '\\') fputs("\\e", stdout);
        else if (s[i] == '-') fputs("\\-", stdout);
        else putchar(s[i]);
    }
}

static void roff(const char *s) { print_roff(s, strlen(s)); }

/* A list's line, as in --help: two blanks, what it is, two or more, what it means; that may go on behind more blanks. */
static void roff_item(const char *line, size_t n) {
    size_t from = strspn(line, " ");
    if (from == 2) {
        const char *gap = strstr(line + 2, "  ");
        size_t end = gap && gap < line + n ? (size_t)(gap - line) : n;
        fputs(".TP\n.B ", stdout);
        print_roff(line + 2, end - 2);
        putchar('\n');
        from = end + strspn(line + end, " ");
    }
    if (from < n) print_roff(line + from, n - from), putchar('\n');
}

static void roff_text(const char *text) {
    bool listed = false;
    for (const char *at = text; *at;) {
        size_t n = strcspn(at, "\n");
        bool item = strncmp(at, "  ", 2) == 0;
        if (listed && !item) fputs(".PP\n", stdout);
        if (item) roff_item(at, n);
        else print_roff(at, n), putchar('\n');
        listed = item;
        at += n + (at[n] == '\n');
    }
}

static void print_option(const option_about *o) {
    fputs(".TP\n.BR ", stdout);
    if (o->letter) printf("\\-%c \", \" ", o->letter);
    fputs("\\-\\-", stdout);
    roff(o->name);
    if (o->argument) printf(" \" \\fI%s\\fP\"", o->argument);
    putchar('\n');
    roff(o->help);
    putchar('\n');
}

static void print_man_verb(const verb_about *v) {
    option_about o;
    printf(".SS %s\n.B keyfold %s\n", v->name, v->name);
    roff(v->usage);
    fputs("\n.PP\n", stdout);
    roff_text(v->text);
    for (size_t i = 0; option_at(&o, v->verb, i); i++) print_option(&o);
}

static void print_statuses(const char *all) {
    for (const char *at = all; *at;) {
        size_t n = strcspn(at, ";."), digits = strspn(at, "0123456789");
        fputs(".TP\n.B ", stdout);
        print_roff(at, digits);
        putchar('\n');
        for (size_t i = digits + 1; i < n; i++) putchar(at[i] == '\n' ? ' ' : at[i]);
        putchar('\n');
        at += n;
        at += strspn(at, ";. \n");
    }
}

static void print_man(void) {
    printf(".TH KEYFOLD 1 \"%s\" \"keyfold %s\" \"User Commands\"\n", DATE, kf_version());
    fputs(".SH NAME\nkeyfold \\- djongo's schema SQL, on MongoDB\n.SH SYNOPSIS\n", stdout);
    for (size_t i = 0; help_verb(i); i++) {
        printf("%s.B keyfold %s\n", i ? ".br\n" : "", help_verb(i)->name);
        roff(help_verb(i)->usage);
        putchar('\n');
    }
    fputs(".SH DESCRIPTION\n", stdout);
    roff(help_summary);
    fputs("\n.SH COMMANDS\n", stdout);
    for (size_t i = 0; help_verb(i); i++) print_man_verb(help_verb(i));
    fputs(".SH PROFILES\nThe servers' rules that\n.B \\-\\-profile\nnames:", stdout);
    for (size_t i = 0; kf_profile_name(i); i++) {
        printf("%s ", i ? "," : "");
        roff(kf_profile_name(i));
    }
    fputs(".\n.SH EXIT STATUS\n", stdout);
    print_statuses(help_statuses);
    fputs(".SH ENVIRONMENT\n.TP\n.B KEYFOLD_URI\nThe server, where\n.B \\-\\-uri\nis not given.\n"
          ".TP\n.BR NO_COLOR \", \" CLICOLOR \", \" CLICOLOR_FORCE\nWhether colours are used, by convention.\n"
          ".SH EXAMPLES\nWhat a log of djongo asks for, what a database would need, and then do it:\n.PP\n.EX\n"
          "keyfold plan djongo.log\nkeyfold plan \\-\\-uri mongodb://127.0.0.1/shop djongo.log\n"
          "keyfold apply \\-\\-uri mongodb://127.0.0.1/shop djongo.log\n.EE\n"
          ".SH SEE ALSO\n.BR mongosh (1),\n.BR mongod (1)\n",
          stdout);
}

/* ---- bash ---- */

static void print_bash_values(void) {
    option_about o;
    for (size_t i = 0; help_verb(i); i++)
        for (size_t k = 0; option_at(&o, help_verb(i)->verb, k); k++) {
            argument_kind kind = kind_of(&o);
            if (kind == ARGUMENT_NONE) continue;
            printf("    %s:--%s", help_verb(i)->name, o.name);
            if (o.letter) printf(" | %s:-%c", help_verb(i)->name, o.letter);
            if (kind == ARGUMENT_FILE) fputs(") COMPREPLY=($(compgen -f -- \"$word\")); return ;;\n", stdout);
            if (kind == ARGUMENT_OTHER) fputs(") return ;;\n", stdout);
            if (kind != ARGUMENT_WORDS) continue;
            fputs(") COMPREPLY=($(compgen -W \"", stdout);
            print_words(&o);
            fputs("\" -- \"$word\")); return ;;\n", stdout);
        }
}

static void print_bash_options(void) {
    option_about o;
    for (size_t i = 0; help_verb(i); i++) {
        printf("    %s) options=\"", help_verb(i)->name);
        for (size_t k = 0; option_at(&o, help_verb(i)->verb, k); k++) printf("%s--%s", k ? " " : "", o.name);
        printf("\" words=\"%s\" ;;\n", help_verb(i)->words ? help_verb(i)->words : "");
    }
}

static void print_bash(void) {
    fputs("# bash completion for keyfold\n_keyfold() {\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options= words=\n"
          "    COMPREPLY=()\n    if ((COMP_CWORD == 1)); then\n        COMPREPLY=($(compgen -W \"",
          stdout);
    print_verb_names();
    fputs(" help --help --version\" -- \"$word\"))\n        return\n    fi\n    case ${COMP_WORDS[1]}:$before in\n", stdout);
    print_bash_values();
    fputs("    esac\n    case ${COMP_WORDS[1]} in\n", stdout);
    print_bash_options();
    fputs("    esac\n    if [[ $word == -* ]]; then\n        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
          "    else\n        COMPREPLY=($(compgen -W \"$words\" -- \"$word\") $(compgen -f -- \"$word\"))\n    fi\n}\n"
          "complete -o filenames -F _keyfold keyfold\n",
          stdout);
}

/* ---- zsh ---- */

static void print_zsh_option(const option_about *o) {
    argument_kind kind = kind_of(o);
    const char *more = kind == ARGUMENT_NONE ? "" : "=";
    if (o->letter)
        printf(" \\\n        '(-%c --%s)'{-%c%s,--%s%s}'[", o->letter, o->name, o->letter, kind ? "+" : "", o->name, more);
    else printf(" \\\n        '--%s%s[", o->name, more);
    print_quoted(o->help, "[]\\");
    putchar(']');
    if (kind) printf(":%s:", o->argument);
    if (kind == ARGUMENT_FILE) fputs("_files", stdout);
    if (kind == ARGUMENT_WORDS) {
        putchar('(');
        print_words(o);
        putchar(')');
    }
    putchar('\'');
}

static void print_zsh(void) {
    option_about o;
    fputs("#compdef keyfold\n_keyfold() {\n    local -a verbs\n    verbs=(\n", stdout);
    for (size_t i = 0; help_verb(i); i++) {
        printf("        '%s:", help_verb(i)->name);
        print_quoted(help_verb(i)->summary, ":\\");
        fputs("'\n", stdout);
    }
    fputs("    )\n    if (( CURRENT == 2 )); then\n        _describe verb verbs\n        return\n    fi\n"
          "    local verb=$words[2]\n    shift words\n    (( CURRENT-- ))\n    case $verb in\n",
          stdout);
    for (size_t i = 0; help_verb(i); i++) {
        const char *words = help_verb(i)->words;
        printf("    %s)\n        _arguments -s", help_verb(i)->name);
        for (size_t k = 0; option_at(&o, help_verb(i)->verb, k); k++) print_zsh_option(&o);
        if (words) printf(" \\\n        '1:what:(%s)'", words);
        fputs(" \\\n        '*:file:_files' ;;\n", stdout);
    }
    fputs("    esac\n}\nif [[ $funcstack[1] == _keyfold ]]; then _keyfold \"$@\"; else compdef _keyfold keyfold; fi\n", stdout);
}

/* ---- fish ---- */

static void print_fish_option(const verb_about *v, const option_about *o) {
    argument_kind kind = kind_of(o);
    printf("complete -c keyfold -n '__fish_seen_subcommand_from %s' -l %s", v->name, o->name);
    if (o->letter) printf(" -s %c", o->letter);
    if (kind == ARGUMENT_FILE) fputs(" -r -F", stdout);
    else if (kind) fputs(" -x", stdout);
    if (kind == ARGUMENT_WORDS) {
        fputs(" -a '", stdout);
        print_words(o);
        putchar('\'');
    }
    fputs(" -d '", stdout);
    print_escaped(o->help, "'\\");
    fputs("'\n", stdout);
}

static void print_fish(void) {
    option_about o;
    fputs("# fish completion for keyfold\ncomplete -c keyfold -n __fish_use_subcommand -f\n", stdout);
    for (size_t i = 0; help_verb(i); i++) {
        const verb_about *v = help_verb(i);
        printf("complete -c keyfold -n __fish_use_subcommand -a %s -d '", v->name);
        print_escaped(v->summary, "'\\");
        fputs("'\n", stdout);
        if (v->words) printf("complete -c keyfold -n '__fish_seen_subcommand_from %s' -a '%s'\n", v->name, v->words);
        for (size_t k = 0; option_at(&o, v->verb, k); k++) print_fish_option(v, &o);
    }
}

/* ---- */

static const struct {
    const char *name;
    void (*print)(void);
} formats[] = {{"man", print_man}, {"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};

int run_help(int argc, char **argv) {
    const char *wanted = argc == 3 && strcmp(argv[1], "--format") == 0 ? argv[2] : NULL;
    for (size_t i = 0; argc == 2 && help_verb(i); i++)
        if (strcmp(argv[1], help_verb(i)->name) == 0) return help_print_verb(stdout, help_verb(i)->verb), 0;
    for (size_t i = 0; wanted && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(wanted, formats[i].name) == 0) return formats[i].print(), 0;
    if (argc == 1) return help_print(stdout), 0;
    return say_usage(0, "keyfold help, help VERB, or help --format man, bash, zsh or fish");
}
