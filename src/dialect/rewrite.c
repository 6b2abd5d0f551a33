#include "dialect/rewrite.h"

#include <stdint.h>

/* libpg_query cuts identifiers behind this many bytes (NAMEDATALEN - 1). */
enum { IDENTIFIER_BYTES = 63, LONG_STATEMENT = 4096, FRAMES = 4 };

/* Of these, some are keywords (array), some mean something else to PostgreSQL, and case would be lost. */
static const char *const types[] = {"int",  "long",    "double",   "decimal", "bool", "string",
                                    "date", "binData", "objectId", "object",  "array"};
/* djongo's JSONField has no type name at all: these follow the column's name at once. */
static const char *const column_clauses[] = {"NOT",   "NULL",    "DEFAULT",    "UNIQUE",
                                             "CHECK", "PRIMARY", "REFERENCES", "AUTOINCREMENT"};
static const char *const column_leads[] = {"COLUMN", "ADD", "EXISTS"};

static const struct {
    const char *word;
    rewrite_word *rewrite;
    bool table; /* in CREATE TABLE and ALTER TABLE; else in all others */
} words[] = {
    {"UNIQUE", rewrite_unique, true},   {"INDEX", rewrite_index, true},     {"CHECK", rewrite_check, true},
    {"DEFAULT", rewrite_default, true}, {"EXCLUDE", rewrite_exclude, true}, {"FLUSH", rewrite_flush, true},
    {"VALUES", rewrite_values, false},  {"SET", rewrite_set, false},
};

size_t rewrite_from(const rewriter *r, size_t i) {
    return i < r->tokens.n ? (size_t)(r->tokens.at[i].text.p - r->sql.p) : r->sql.n;
}
size_t rewrite_to(const rewriter *r, size_t i) {
    return i < r->tokens.n ? rewrite_from(r, i) + r->tokens.at[i].text.n : r->sql.n;
}
bool rewrite_is(const rewriter *r, size_t i, const char *word) {
    return i < r->tokens.n && token_is_word(&r->tokens.at[i], word);
}
bool rewrite_is_punctuation(const rewriter *r, size_t i, const char *t) {
    return i < r->tokens.n && token_is(&r->tokens.at[i], TOKEN_PUNCTUATION, t);
}
int rewrite_fail(rewriter *r, size_t i, const char *message) {
    return fail_at(r->err, KF_E_SYNTAX, r->sql, rewrite_from(r, i), "%s", message);
}

str rewrite_quote(const rewriter *r, str s) {
    text t = {.arena = r->arena};
    text_char(&t, '\'');
    for (size_t at = 0, quote; at < s.n; at = quote) {
        quote = str_find(s, STR("'"), at);
        quote = quote == SIZE_MAX ? s.n : quote + 1;
        text_add(&t, str_slice(s, at, quote));
        if (s.p[quote - 1] == '\'') text_char(&t, '\'');
    }
    text_char(&t, '\'');
    return text_str(&t);
}

static void note_offset(rewriter *r, size_t in) { vec_push(r->arena, &r->out->offsets, (offset_pair){r->made.n, in}); }

/* A comment becomes a space: of comments that touch, PostgreSQL's lexer reads all that follow once for each. */
static void copy_up_to(rewriter *r, size_t to) {
    for (; r->comments_passed < r->comments.n && r->comments.at[r->comments_passed].to <= to; r->comments_passed++) {
        comment_span c = r->comments.at[r->comments_passed];
        if (c.from < r->copied) continue;
        text_add(&r->made, str_slice(r->sql, r->copied, c.from));
        text_char(&r->made, ' ');
        note_offset(r, c.to);
        r->copied = c.to;
    }
    text_add(&r->made, str_slice(r->sql, r->copied, to));
}

void rewrite_replace(rewriter *r, size_t from, size_t to, str with) {
    copy_up_to(r, from);
    note_offset(r, from);
    text_add(&r->made, with);
    note_offset(r, to);
    r->copied = to;
}

/* Keeps what is made apart from its neighbours: "c"long must not become "c""long". */
static void replace_word(rewriter *r, size_t i, str with) {
    size_t from = rewrite_from(r, i), to = rewrite_to(r, i);
    char before = from ? r->sql.p[from - 1] : ' ', after = to < r->sql.n ? r->sql.p[to] : ' ';
    bool joins_before = char_is_word(before) || before == '"' || before == '\'';
    bool joins_after = char_is_word(after) || after == '"' || after == '\'';
    text word = {.arena = r->arena};
    if (joins_before) text_char(&word, ' ');
    text_add(&word, with);
    if (joins_after) text_char(&word, ' ');
    rewrite_replace(r, from, to, text_str(&word));
}

static void put_placeholder(rewriter *r, size_t i, str identifier) {
    str with = str_format(r->arena, "\"kf_id_%zu\"", r->out->identifiers.n);
    vec_push(r->arena, &r->out->identifiers, identifier);
    replace_word(r, i, with);
}

/* What we carry in the text begins with kf_: nothing of the statement's own may pass for it. */
static bool wants_placeholder(str identifier) {
    return identifier.n == 0 || identifier.n > IDENTIFIER_BYTES || str_starts(identifier, STR("kf_"));
}

static void rewrite_identifier(rewriter *r, size_t i) {
    if (i >= 2 && rewrite_is(r, i - 2, "U") && rewrite_to(r, i - 2) + 1 == rewrite_from(r, i)) {
        r->out->class = DIALECT_UNSUPPORTED;
        r->out->reason = STR("an identifier with Unicode escapes (U&\"...\") is not translated yet");
    }
    str identifier = dialect_unquote(r->tokens.at[i].text, r->arena);
    if (wants_placeholder(identifier)) put_placeholder(r, i, identifier);
}

void rewrite_raw(rewriter *r, size_t from, size_t end, str raw) {
    size_t begin = from ? rewrite_to(r, from - 1) : 0;
    rewrite_replace(r, begin, end > begin ? end : begin,
                    str_format(r->arena, " " DIALECT_RAW "(%.*s)", STR_ARG(rewrite_quote(r, raw))));
}

void rewrite_note_parameter(rewriter *r, int number, size_t at) {
    vec_push(r->arena, &r->out->parameters, (parameter_place){number, at});
}

static int refuse_parameter(rewriter *r, size_t i, const char *message) {
    return fail_at(r->err, KF_E_PARAMETERS, r->sql, rewrite_from(r, i), "%s", message);
}

static int check_kind(rewriter *r, size_t i) {
    str t = r->tokens.at[i].text;
    char kind = t.p[0] == '$' ? '$' : t.p[1];
    if (kind == '(' && !(t.p[2] >= '0' && t.p[2] <= '9'))
        return refuse_parameter(r, i, "a placeholder by its name is not known here: %s, %(0)s and $1 are");
    if (str_eq(t, STR("$0"))) return refuse_parameter(r, i, "the first placeholder is $1");
    if (r->placeholders && r->placeholders != kind)
        return refuse_parameter(r, i, "a placeholder of another kind stands before it");
    r->placeholders = kind;
    return 0;
}

static int rewrite_parameter(rewriter *r, size_t i) {
    str t = r->tokens.at[i].text;
    size_t digit = t.p[0] == '$' ? 1 : 2;
    int number = 0, code = check_kind(r, i);
    if (code) return code;
    if (t.n == 2 && t.p[1] == 's') {
        number = ++r->parameters;
    } else {
        for (; digit < t.n && t.p[digit] >= '0' && t.p[digit] <= '9' && number <= UINT16_MAX; digit++)
            number = number * 10 + (t.p[digit] - '0');
        if (t.p[0] == '%') number++;
        if (number > UINT16_MAX) return rewrite_fail(r, i, "there are at most 65535 parameters");
    }
    if (t.p[0] == '%') replace_word(r, i, str_format(r->arena, "$%d", number));
    rewrite_note_parameter(r, number, rewrite_from(r, i));
    return 0;
}

static void rewrite_formatted(rewriter *r, size_t i) {
    str t = r->tokens.at[i].text;
    size_t begin = rewrite_from(r, i);
    for (size_t at = str_find(t, STR("%%"), 0); at != SIZE_MAX; at = str_find(t, STR("%%"), at + 2))
        rewrite_replace(r, begin + at, begin + at + 2, STR("%"));
}

/* PostgreSQL folds an unquoted identifier to lower case. */
static void rewrite_long_word(rewriter *r, size_t i) {
    str word = str_copy(r->arena, r->tokens.at[i].text);
    char *p = (char *)word.p;
    for (size_t k = 0; k < word.n; k++)
        if (p[k] >= 'A' && p[k] <= 'Z') p[k] = (char)(p[k] + 32);
    if (wants_placeholder(word)) put_placeholder(r, i, word);
}

static bool is_type(const rewriter *r, size_t i) {
    if (!r->table || i == 0 || (r->tokens.at[i - 1].kind != TOKEN_IDENTIFIER && !rewrite_is(r, i - 1, "TYPE"))) return false;
    if (rewrite_is(r, i + 1, "PRECISION")) return false;
    for (size_t k = 0; k < sizeof types / sizeof *types; k++)
        if (token_is(&r->tokens.at[i], TOKEN_WORD, types[k])) return true;
    return false;
}

static void quote_word(rewriter *r, size_t i) {
    text quoted = {.arena = r->arena};
    text_char(&quoted, '"');
    text_add(&quoted, r->tokens.at[i].text);
    text_char(&quoted, '"');
    replace_word(r, i, text_str(&quoted));
}

static void rewrite_plain_word(rewriter *r, size_t i) {
    str word = r->tokens.at[i].text;
    if (is_type(r, i)) quote_word(r, i);
    else if (i && rewrite_is(r, i, "AUTOINCREMENT") && token_is_name(&r->tokens.at[i - 1]))
        replace_word(r, i, STR("GENERATED BY DEFAULT AS IDENTITY"));
    else if (word.n > IDENTIFIER_BYTES || word.p[0] == 'k' || word.p[0] == 'K') rewrite_long_word(r, i);
}

static bool is_untyped_column(const rewriter *r, size_t i) {
    if (!r->table || i == 0 || r->tokens.at[i].kind != TOKEN_IDENTIFIER || i + 1 >= r->tokens.n) return false;
    if (!TOKEN_IN(&r->tokens.at[i + 1], column_clauses)) return false;
    return rewrite_is_punctuation(r, i - 1, "(") || rewrite_is_punctuation(r, i - 1, ",") ||
           TOKEN_IN(&r->tokens.at[i - 1], column_leads);
}

int rewrite_token(rewriter *r, size_t i) {
    const token *t = &r->tokens.at[i];
    int code = 0;
    if (t->kind == TOKEN_IDENTIFIER) {
        rewrite_identifier(r, i);
    } else if (t->kind == TOKEN_PARAMETER) {
        code = rewrite_parameter(r, i);
    } else if (t->kind == TOKEN_WORD) {
        rewrite_plain_word(r, i);
    } else if (t->kind == TOKEN_STRING && r->formatted) {
        rewrite_formatted(r, i);
    }
    if (code || nesting_add(&r->nesting, t)) return code;
    return fail_at(r->err, KF_E_TOO_DEEP, r->sql, rewrite_from(r, i), "nested more than %zu levels deep", r->nesting.limit);
}

int rewrite_tokens(rewriter *r, size_t from, size_t to) {
    for (size_t i = from; i < to; i++) {
        int code = rewrite_token(r, i);
        if (code) return code;
    }
    return 0;
}

static int rewrite_next(rewriter *r, size_t *i) {
    size_t at = *i;
    const token *t = &r->tokens.at[at];
    for (size_t k = 0; t->kind == TOKEN_WORD && k < sizeof words / sizeof *words; k++)
        if (words[k].table == r->table && token_is_word(t, words[k].word)) return words[k].rewrite(r, i);
    int code = rewrite_token(r, (*i)++);
    if (!code && is_untyped_column(r, at)) rewrite_replace(r, rewrite_to(r, at), rewrite_to(r, at), STR(" " DIALECT_UNTYPED));
    return code;
}

/* match[] holds the indexes of the open ones, linked, until their partners come. */
static void match_parentheses(rewriter *r) {
    size_t open = NO_MATCH;
    r->match = arena_alloc(r->arena, r->tokens.n, sizeof *r->match);
    for (size_t i = 0; i < r->tokens.n; i++) {
        const token *t = &r->tokens.at[i];
        r->match[i] = NO_MATCH;
        if (token_is(t, TOKEN_PUNCTUATION, "(")) {
            r->match[i] = open;
            open = i;
        } else if (token_is(t, TOKEN_PUNCTUATION, ")") && open != NO_MATCH) {
            size_t outer = r->match[open];
            r->match[open] = i;
            r->match[i] = open;
            open = outer;
        }
    }
    for (size_t outer; open != NO_MATCH; open = outer) {
        outer = r->match[open];
        r->match[open] = NO_MATCH;
    }
}

/* An ordinary statement then needs no growing. */
static void reserve(rewriter *r) {
    size_t n = r->sql.n < LONG_STATEMENT ? r->sql.n : LONG_STATEMENT;
    r->tokens.cap = n / 4 + 8;
    r->tokens.at = arena_alloc(r->arena, r->tokens.cap, sizeof *r->tokens.at);
    r->out->offsets.cap = n / 8 + 8;
    r->out->offsets.at = arena_alloc(r->arena, r->out->offsets.cap, sizeof *r->out->offsets.at);
    r->made = (text){.arena = r->arena, .p = arena_alloc(r->arena, n + n / 2 + 64, 1), .cap = n + n / 2 + 64};
}

static int read_tokens(rewriter *r, size_t limit) {
    scanner s = {r->sql, 0};
    token t;
    int more;
    reserve(r);
    while ((more = scanner_next(&s, &t, r->err)) == 1) {
        if (t.kind == TOKEN_SPACE) {
            if (t.text.p[0] == '/') vec_push(r->arena, &r->comments, (comment_span){s.at - t.text.n, s.at});
            continue;
        }
        if (r->tokens.n == limit) return fail_at(r->err, KF_E_TOO_LONG, r->sql, s.at - t.text.n, "more than %zu tokens", limit);
        vec_push(r->arena, &r->tokens, t);
        r->formatted = r->formatted || (t.kind == TOKEN_PARAMETER && t.text.p[0] == '%');
    }
    return more;
}

int rewrite_statement(rewriter *r, const dialect_limits *limits) {
    int code = read_tokens(r, limits->tokens);
    if (code) return code;
    match_parentheses(r);
    r->table = (rewrite_is(r, 0, "CREATE") || rewrite_is(r, 0, "ALTER")) && rewrite_is(r, 1, "TABLE");
    r->nesting = (nesting){.limit = limits->nesting, .arena = r->arena};
    vec_reserve(r->arena, &r->nesting.frames, FRAMES);
    note_offset(r, 0);
    for (size_t i = 0; !code && i < r->tokens.n && r->out->class == DIALECT_SCHEMA;) code = rewrite_next(r, &i);
    if (code) return code;
    copy_up_to(r, r->sql.n);
    r->out->text = text_str(&r->made);
    return 0;
}
