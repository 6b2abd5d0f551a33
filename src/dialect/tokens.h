/* Private to the dialect stage: the scanner under dialect_tokens, and questions to ask of a token. */
#ifndef DIALECT_TOKENS_H
#define DIALECT_TOKENS_H

#include "dialect/dialect.h"

typedef struct scanner {
    str sql;
    size_t at;
} scanner;

/* 1: *out is the next token; 0: there is none; negative: an error with its place in s->sql. */
int scanner_next(scanner *s, token *out, kf_error *err);
/* The same without white space and comments. */
int scanner_next_significant(scanner *s, token *out, kf_error *err);

bool char_is_word(char c);
static inline bool token_is(const token *t, token_kind kind, const char *spelling) {
    return t->kind == kind && t->text.p[0] == spelling[0] && str_eq(t->text, str_of(spelling));
}
/* Keywords are given in upper case, and found in any. Most words differ in the first letter, and this is asked hundreds of
 * times a statement: so that is seen to here. */
bool token_is_spelled(const token *t, const char *word);
static inline char token_first(const token *t) { return (char)(t->text.p[0] & ~('a' - 'A')); }
static inline bool token_is_word(const token *t, const char *word) {
    return t->kind == TOKEN_WORD && token_first(t) == word[0] && token_is_spelled(t, word);
}
bool token_in(const token *t, const char *const *words, size_t n);
#define TOKEN_IN(t, words) token_in((t), (words), sizeof(words) / sizeof *(words))
static inline bool token_is_name(const token *t) { return t->kind == TOKEN_IDENTIFIER || t->kind == TOKEN_WORD; }

#endif
