/* Private to the dialect stage: the text for PostgreSQL's grammar as a row of replacements in the statement's own text. */
#ifndef DIALECT_REWRITE_H
#define DIALECT_REWRITE_H

#include "dialect/nesting.h"
#include "dialect/tokens.h"

typedef struct comment_span {
    size_t from, to;
} comment_span;

typedef struct rewriter {
    dialect_text *out;
    text made;
    str sql;
    token_list tokens;          /* without white space and comments */
    size_t *match;              /* of a parenthesis: the index of its partner, or NO_MATCH */
    VEC(comment_span) comments; /* that stand between slash and star */
    size_t comments_passed;     /* of these, how many are behind us */
    size_t copied;              /* how far sql has gone into made */
    int parameters;             /* %s counted so far */
    char placeholders;          /* which kind: 's' of %s, '(' of %(0)s, '$'; 0 before the first */
    bool formatted;             /* there are Python's: %% in a string is % */
    bool table;                 /* CREATE TABLE or ALTER TABLE: columns and constraints are defined here */
    bool has_values;            /* VALUES was seen */
    nesting nesting;
    arena *arena;
    kf_error *err;
} rewriter;

#define NO_MATCH ((size_t)-1)

/* Everything: tokens in, r->out->text and its offsets out. r->out->class may become DIALECT_UNSUPPORTED. */
int rewrite_statement(rewriter *r, const dialect_limits *limits);
/* The text from token `from` up to byte `end` of sql, a value that was printed raw, as a constant: kf_raw('it''s'). */
void rewrite_raw(rewriter *r, size_t from, size_t end, str raw);
/* A parameter that is not in the text that is made counts too. */
void rewrite_note_parameter(rewriter *r, int number, size_t at);
/* Passes one token on, as identifiers, parameters and type names need it. */
int rewrite_token(rewriter *r, size_t i);
/* The tokens from..to by rewrite_token. */
int rewrite_tokens(rewriter *r, size_t from, size_t to);
/* sql[from..to) becomes `with`. Calls come in ascending order. */
void rewrite_replace(rewriter *r, size_t from, size_t to, str with);
int rewrite_fail(rewriter *r, size_t i, const char *message);

/* conditions.c: the parentheses with a WHERE at `open` behind the list that ends in token open - 1. */
int rewrite_condition(rewriter *r, size_t open);
/* A word that wants more than rewrite_token; *i is behind what was done with. */
typedef int rewrite_word(rewriter *r, size_t *i);
rewrite_word rewrite_unique, rewrite_index, rewrite_check, rewrite_exclude; /* constraints.c */
rewrite_word rewrite_default;                                               /* defaults.c */
rewrite_word rewrite_flush, rewrite_values, rewrite_set;                    /* rows.c */

/* Places in sql. Behind the last token: its end. */
size_t rewrite_from(const rewriter *r, size_t i);
size_t rewrite_to(const rewriter *r, size_t i);
bool rewrite_is(const rewriter *r, size_t i, const char *word);
bool rewrite_is_punctuation(const rewriter *r, size_t i, const char *text);
/* 'it''s' */
str rewrite_quote(const rewriter *r, str s);

#endif
