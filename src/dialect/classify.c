#include "dialect/classify.h"

#include "dialect/tokens.h"

/* The longest prefix looked at: CREATE OR REPLACE TEMP TABLE "t". */
enum { LEADING = 5 };

typedef struct leading {
    token at[LEADING];
    size_t n;
} leading;

#define TRANSACTION "transaction"
#define SESSION "session"

/* A reason that is NULL is the word itself. */
static const struct first_word {
    const char *word;
    dialect_class class;
    const char *reason;
} first_words[] = {
    {"SELECT", DIALECT_SKIPPED, "SELECT"},       {"INSERT", DIALECT_SKIPPED, "INSERT"},
    {"UPDATE", DIALECT_SKIPPED, "UPDATE"},       {"DELETE", DIALECT_SKIPPED, "DELETE"},
    {"VALUES", DIALECT_SKIPPED, "VALUES"},       {"WITH", DIALECT_SKIPPED, "WITH"},
    {"EXPLAIN", DIALECT_SKIPPED, "EXPLAIN"},     {"TRUNCATE", DIALECT_SCHEMA, ""},
    {"BEGIN", DIALECT_SKIPPED, TRANSACTION},     {"START", DIALECT_SKIPPED, TRANSACTION},
    {"COMMIT", DIALECT_SKIPPED, TRANSACTION},    {"ROLLBACK", DIALECT_SKIPPED, TRANSACTION},
    {"END", DIALECT_SKIPPED, TRANSACTION},       {"ABORT", DIALECT_SKIPPED, TRANSACTION},
    {"SAVEPOINT", DIALECT_SKIPPED, TRANSACTION}, {"RELEASE", DIALECT_SKIPPED, TRANSACTION},
    {"PREPARE", DIALECT_SKIPPED, TRANSACTION},   {"SET", DIALECT_SKIPPED, SESSION},
    {"SHOW", DIALECT_SKIPPED, SESSION},          {"RESET", DIALECT_SKIPPED, SESSION},
    {"PRAGMA", DIALECT_SKIPPED, SESSION},        {"ANALYZE", DIALECT_SKIPPED, SESSION},
    {"VACUUM", DIALECT_SKIPPED, SESSION},        {"CREATE", DIALECT_UNSUPPORTED, NULL},
    {"ALTER", DIALECT_UNSUPPORTED, NULL},        {"DROP", DIALECT_UNSUPPORTED, NULL},
    {"TABLE", DIALECT_UNSUPPORTED, NULL},        {"GRANT", DIALECT_UNSUPPORTED, NULL},
    {"REVOKE", DIALECT_UNSUPPORTED, NULL},       {"COMMENT", DIALECT_UNSUPPORTED, NULL},
    {"COPY", DIALECT_UNSUPPORTED, NULL},         {"CALL", DIALECT_UNSUPPORTED, NULL},
    {"DO", DIALECT_UNSUPPORTED, NULL},           {"LOCK", DIALECT_UNSUPPORTED, NULL},
    {"MERGE", DIALECT_UNSUPPORTED, NULL},        {"REPLACE", DIALECT_UNSUPPORTED, NULL},
    {"REINDEX", DIALECT_UNSUPPORTED, NULL},      {"CLUSTER", DIALECT_UNSUPPORTED, NULL},
    {"REFRESH", DIALECT_UNSUPPORTED, NULL},      {"EXECUTE", DIALECT_UNSUPPORTED, NULL},
    {"DEALLOCATE", DIALECT_UNSUPPORTED, NULL},   {"DECLARE", DIALECT_UNSUPPORTED, NULL},
    {"FETCH", DIALECT_UNSUPPORTED, NULL},        {"MOVE", DIALECT_UNSUPPORTED, NULL},
    {"CLOSE", DIALECT_UNSUPPORTED, NULL},        {"LISTEN", DIALECT_UNSUPPORTED, NULL},
    {"UNLISTEN", DIALECT_UNSUPPORTED, NULL},     {"NOTIFY", DIALECT_UNSUPPORTED, NULL},
    {"DISCARD", DIALECT_UNSUPPORTED, NULL},      {"IMPORT", DIALECT_UNSUPPORTED, NULL},
    {"LOAD", DIALECT_UNSUPPORTED, NULL},         {"CHECKPOINT", DIALECT_UNSUPPORTED, NULL},
    {"REASSIGN", DIALECT_UNSUPPORTED, NULL},     {"SECURITY", DIALECT_UNSUPPORTED, NULL},
    {"USE", DIALECT_UNSUPPORTED, NULL},          {"RENAME", DIALECT_UNSUPPORTED, NULL},
};

/* Words between CREATE, ALTER or DROP and what is created. */
static const char *const qualifiers[] = {"OR",     "REPLACE", "UNIQUE",  "TEMP",         "TEMPORARY", "UNLOGGED",
                                         "GLOBAL", "LOCAL",   "FOREIGN", "MATERIALIZED", "RECURSIVE", "EVENT",
                                         "ACCESS", "TEXT",    "SEARCH",  "DEFAULT",      "TRUSTED",   "PROCEDURAL"};

static int read_leading(leading *l, str sql, kf_error *err) {
    scanner s = {sql, 0};
    token t;
    int more = 1;
    l->n = 0;
    while (l->n < LEADING && (more = scanner_next_significant(&s, &t, err)) == 1)
        if (l->n || !token_is(&t, TOKEN_PUNCTUATION, "(")) l->at[l->n++] = t;
    /* Something unterminated further on is for those to tell who read that far. */
    return more < 0 && l->n == 0 ? more : 0;
}

static bool has(const leading *l, size_t i, const char *word) { return i < l->n && token_is_word(&l->at[i], word); }

static str upper(str s, arena *a) {
    char *p = str_c(a, s);
    for (size_t i = 0; i < s.n; i++)
        if (p[i] >= 'a' && p[i] <= 'z') p[i] = (char)(p[i] - 32);
    return (str){p, s.n};
}

/* "CREATE UNIQUE INDEX is not translated yet" */
static str not_yet(const leading *l, arena *a) {
    text reason = {.arena = a};
    text_add(&reason, upper(l->at[0].text, a));
    if (has(l, 0, "CREATE") || has(l, 0, "ALTER") || has(l, 0, "DROP"))
        for (size_t i = 1; i < l->n && l->at[i].kind == TOKEN_WORD; i++) {
            text_char(&reason, ' ');
            text_add(&reason, upper(l->at[i].text, a));
            if (!TOKEN_IN(&l->at[i], qualifiers)) break;
        }
    text_add(&reason, STR(" is not translated yet"));
    return text_str(&reason);
}

/* Where the table's name stands in DML. */
static size_t table_at(const leading *l) {
    size_t at = 0;
    if (has(l, 0, "INSERT")) at = has(l, 1, "INTO") ? 2 : 0;
    else if (has(l, 0, "DELETE")) at = has(l, 1, "FROM") ? 2 : 0;
    else if (has(l, 0, "UPDATE")) at = 1;
    return at && has(l, at, "ONLY") ? at + 1 : at;
}

static bool operation_of(const leading *l, dml_operation *out) {
    for (int op = 0; op < DML_OPERATIONS; op++)
        if (has(l, 0, dml_operation_text((dml_operation)op))) return *out = (dml_operation)op, true;
    return false;
}

/* ---- whose rows ---- */

/* What SQL makes of a word without quotes. */
static str folded(str word, arena *a) {
    char *p = str_c(a, word);
    for (size_t i = 0; i < word.n; i++)
        if (p[i] >= 'A' && p[i] <= 'Z') p[i] = (char)(p[i] + 32);
    return (str){p, word.n};
}

/* t, "t" or "s"."t": its last part. */
static str read_name(scanner *s, const token *first, arena *a) {
    token t = *first, last = t;
    while (token_is_name(&t)) {
        last = t;
        if (scanner_next_significant(s, &t, NULL) != 1 || !token_is(&t, TOKEN_PUNCTUATION, ".")) break;
        if (scanner_next_significant(s, &t, NULL) != 1) break;
    }
    if (last.kind == TOKEN_WORD) return folded(last.text, a);
    return last.kind == TOKEN_IDENTIFIER ? dialect_unquote(last.text, a) : STR_NONE;
}

/* Most SELECTs are a list of quoted columns up to their FROM, and they are most of a log: the place behind it, without tokens.
 * 0: it takes tokens to tell. */
static size_t behind_plain_from(str sql) {
    for (size_t at = 0; at + 6 < sql.n; at++) {
        const char *p = sql.p + at;
        if (*p == '"') {
            const char *end = memchr(p + 1, '"', sql.n - at - 1);
            if (!end) return 0;
            at = (size_t)(end - sql.p);
        } else if (*p == '\'' || *p == '(' || *p == '-' || *p == '/' || *p == '$') {
            return 0;
        } else if (*p == ' ' && p[5] == ' ' && str_eq_nocase((str){p + 1, 4}, STR("FROM"))) {
            bool distinct = at >= 8 && str_eq_nocase((str){p - 8, 8}, STR("DISTINCT")); /* IS DISTINCT FROM "d" */
            return distinct ? 0 : at + 6;
        }
    }
    return 0;
}

/* Of a SELECT what its FROM names, or, where that is a SELECT, what that one's does. Another FROM may stand in parentheses
 * before it: EXTRACT(YEAR FROM "c"). */
static str selected_table(str sql, arena *a) {
    scanner s = {sql, behind_plain_from(sql)};
    token t;
    size_t depth = 0, level = 0;
    bool begun = s.at > 0, from = begun, distinct = false;
    while (scanner_next_significant(&s, &t, NULL) == 1) {
        bool open = token_is(&t, TOKEN_PUNCTUATION, "(");
        if (from && !open && !token_is_word(&t, "ONLY")) return read_name(&s, &t, a);
        if (open && (from || !begun)) level++, from = false;
        if (open) depth++;
        else begun = true;
        if (token_is(&t, TOKEN_PUNCTUATION, ")")) depth--;
        from = from || (depth == level && !distinct && token_is_word(&t, "FROM"));
        distinct = token_is_word(&t, "DISTINCT");
    }
    return STR_NONE;
}

static str changed_table(const leading *l, str sql, arena *a) {
    size_t at = table_at(l);
    if (at == 0 || at >= l->n) return STR_NONE;
    scanner s = {sql, (size_t)(l->at[at].text.p - sql.p) + l->at[at].text.n};
    return read_name(&s, &l->at[at], a);
}

/* What goes on to the parser, by its first words. */
static const char *const schema_leads[][3] = {
    {"CREATE", "TABLE", NULL},     {"ALTER", "TABLE", NULL},     {"DROP", "TABLE", NULL},
    {"CREATE", "INDEX", NULL},     {"ALTER", "INDEX", NULL},     {"DROP", "INDEX", NULL},
    {"CREATE", "UNIQUE", "INDEX"}, {"CREATE", "DATABASE", NULL}, {"DROP", "DATABASE", NULL},
};

static bool is_schema(const leading *l) {
    for (size_t i = 0; i < sizeof schema_leads / sizeof *schema_leads; i++) {
        const char *const *w = schema_leads[i];
        if (has(l, 0, w[0]) && has(l, 1, w[1]) && (!w[2] || has(l, 2, w[2]))) return true;
    }
    return false;
}

/* The two kinds of DML that converging wants: what says which migrations were run, and the values that a column gets before it
 * refuses nulls. */
static bool is_wanted(const leading *l, str sql) {
    size_t table = table_at(l);
    str from, migrations = STR(MIGRATIONS_TABLE);
    if (table == 0 || table >= l->n) return false;
    const token *t = &l->at[table];
    if (t->kind == TOKEN_IDENTIFIER && t->text.n == migrations.n + 2 && str_find(t->text, migrations, 1) == 1) return true;
    if (t->kind == TOKEN_WORD && str_eq_nocase(t->text, migrations)) return true;
    return has(l, 0, "UPDATE") && dialect_backfill(sql, &from);
}

/* Anything but a closing ';'. A skipped statement must not hide another one behind it. */
static bool holds_several(str sql) {
    if (!sql.n || !memchr(sql.p, ';', sql.n)) return false;
    scanner s = {sql, 0};
    token t;
    bool closed = false;
    while (scanner_next_significant(&s, &t, NULL) == 1) {
        bool semicolon = token_is(&t, TOKEN_PUNCTUATION, ";");
        if (closed && !semicolon) return true;
        closed = closed || semicolon;
    }
    return false;
}

static void set(dialect_text *out, dialect_class class, str reason) {
    out->class = class;
    out->reason = reason;
}

static void classify_known(dialect_text *out, const leading *l, const struct first_word *first, arena *a) {
    if (first->class == DIALECT_SCHEMA || is_schema(l) || is_wanted(l, out->sql)) set(out, DIALECT_SCHEMA, STR_NONE);
    else set(out, first->class, first->reason ? str_of(first->reason) : not_yet(l, a));

    out->dml = operation_of(l, &out->operation);
    if (out->dml) out->table = out->operation == DML_SELECT ? selected_table(out->sql, a) : changed_table(l, out->sql, a);
    if (out->class != DIALECT_SKIPPED) return;
    if (holds_several(out->sql)) set(out, DIALECT_UNSUPPORTED, STR("several statements in one are not translated yet"));
}

int dialect_classify(dialect_text *out, arena *a, kf_error *err) {
    leading l;
    int code = read_leading(&l, out->sql, err);
    if (code) return code;
    while (l.n && token_is(&l.at[0], TOKEN_PUNCTUATION, ";") && l.n == 1) l.n = 0;
    if (l.n == 0) return set(out, DIALECT_SKIPPED, STR("empty")), 0;
    for (size_t i = 0; i < sizeof first_words / sizeof *first_words; i++)
        if (token_is_word(&l.at[0], first_words[i].word)) return classify_known(out, &l, &first_words[i], a), 0;
    /* Not SQL: the parser tells where. */
    return set(out, DIALECT_SCHEMA, STR_NONE), 0;
}
