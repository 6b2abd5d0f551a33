/* A stored value in another type: what PostgreSQL's cast makes of it, as an aggregation expression (docs/types.md). A value
 * that has no form in the type stays itself, by which it is found. */
#include "exec/run.h"

/* JSON with ' for ": $$v is the value. */
#define V "'$$v'"
#define CONVERT(x, to, or) "{'$convert': {'input': " x ", 'to': '" to "', 'onError': " or "}}"
#define LET(name, x, in) "{'$let': {'vars': {'" name "': " x "}, 'in': " in "}}"
#define IF(test, x) "{'$cond': [" test ", " x ", " V "]}"
#define IF_IN(x, list, then, or) "{'$cond': [{'$in': [" x ", [" list "]]}, " then ", " or "]}"
#define MATCHES(x, regex) "{'$regexMatch': {'input': " x ", 'regex': '^" regex "$'}}"
#define TRIM "{'$trim': {'input': " V "}}"
#define WORD "{'$toLower': " TRIM "}"
#define STRIP(x, chars) "{'$rtrim': {'input': " x ", 'chars': '" chars "'}}"

#define INFINITE "{'$numberDouble': 'Infinity'}"
#define MINUS_INFINITE "{'$numberDouble': '-Infinity'}"

/* Integers of 32 bits where they fit, as pymongo stores them. */
#define TO_INT(x) CONVERT(x, "int", V)
#define TO_LONG(x) CONVERT(x, "int", CONVERT(x, "long", V))
#define WHOLE(to) IF(MATCHES(TRIM, "[+-]?[0-9]+"), to(TRIM))
/* PostgreSQL rounds a float to the even neighbour, a numeric away from zero; $convert cuts off. */
#define ROUND "{'$round': [" V ", 0]}"
#define ROUND_AWAY                                                                                                             \
    "{'$trunc': [{'$add': [" V ", {'$cond': [{'$lt': [" V ", 0]}, {'$numberDecimal': '-0.5'}, {'$numberDecimal': '0.5'}]}]}, " \
    "0]}"

/* Where a number that is not infinite becomes so, it is out of range. */
#define FINITE(x)                                                                                                              \
    LET("n", x,                                                                                                                \
        "{'$cond': [{'$and': [{'$in': ['$$n', [" INFINITE ", " MINUS_INFINITE "]]}, {'$ne': ['$$n', " V "]}]}, " V ", '$$n']}")
#define NUMBER(to)                                                                                                             \
    "{'$switch': {'branches': ["                                                                                               \
    "{'case': {'$eq': [" WORD ", 'nan']}, 'then': " CONVERT("{'$numberDouble': 'NaN'}", to, V) "}, "                           \
    "{'case': {'$in': [" WORD ", ['inf', '+inf', 'infinity', '+infinity']]}, 'then': " CONVERT(INFINITE, to, V) "}, "          \
    "{'case': {'$in': [" WORD ", ['-inf', '-infinity']]}, 'then': " CONVERT(MINUS_INFINITE, to, V) "}, "                       \
    "{'case': " MATCHES(TRIM, "[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?") ", 'then': "                              \
    FINITE(CONVERT(TRIM, to, V)) "}], 'default': " V "}}"

/* A double has 15 digits as a decimal, with zeros behind them: 2.50000000000000. */
#define TO_DECIMAL CONVERT(V, "decimal", V)
#define TO_SHORT_DECIMAL                                                                                                       \
    LET("d", "{'$toString': " TO_DECIMAL "}",                                                                                  \
        "{'$cond': [" MATCHES("'$$d'", "-?[0-9]+[.][0-9]+") ", {'$toDecimal': " STRIP(STRIP("'$$d'", "0"), ".") "}, "          \
        TO_DECIMAL "]}")
/* A Decimal128 holds 34 digits: of more some would be lost. */
#define TEXT_DECIMAL IF("{'$lte': [{'$strLenCP': " TRIM "}, 34]}", NUMBER("decimal"))

/* Servers differ in how many digits they write: a text must read as the same number. */
#define DOUBLE_TEXT                                                                                                            \
    "{'$switch': {'branches': ["                                                                                               \
    "{'case': {'$eq': [" V ", {'$numberDouble': 'NaN'}]}, 'then': 'NaN'}, "                                                    \
    "{'case': {'$eq': [" V ", " INFINITE "]}, 'then': 'Infinity'}, "                                                           \
    "{'case': {'$eq': [" V ", " MINUS_INFINITE "]}, 'then': '-Infinity'}, "                                                    \
    "{'case': {'$and': [{'$eq': [" V ", {'$trunc': [" V ", 0]}]}, {'$lt': [{'$abs': " V "}, {'$numberDouble': '1e15'}]}]}, "   \
    "'then': {'$toString': {'$toLong': " V "}}}, "                                                                             \
    "{'case': {'$eq': [" V ", {'$toDouble': {'$toString': " V "}}]}, 'then': {'$toString': " V "}}], 'default': " V "}}"

/* djongo's one type for dates, times and both: ISO 8601 says which instant it is. Years from 1 to 9999. */
#define DATE_TEXT                                                                                                              \
    IF("{'$and': [{'$gte': [" V ", {'$date': {'$numberLong': '-62135596800000'}}]}, "                                          \
       "{'$lte': [" V ", {'$date': {'$numberLong': '253402300799999'}}]}]}",                                                    \
       "{'$dateToString': {'date': " V ", 'format': '%Y-%m-%dT%H:%M:%S.%LZ'}}")

/* ISO 8601 and Python's and PostgreSQL's forms. A day that is not in the calendar is no date, whatever the server makes of it. */
#define TIME "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?"
#define DATE_FORM "[0-9]{4}-[0-9]{2}-[0-9]{2}([Tt ]" TIME "( ?([Zz]|[+-][0-9]{2}(:?[0-9]{2})?))?)?"
#define DAY "{'$substrCP': [" TRIM ", 0, 10]}"
#define FROM_TEXT(x, or) "{'$dateFromString': {'dateString': " x ", 'onError': " or "}}"
#define TEXT_DATE                                                                                                              \
    "{'$cond': [{'$not': [" MATCHES(TRIM, DATE_FORM) "]}, " V ", "                                                             \
    IF("{'$eq': [" DAY ", {'$dateToString': {'date': " FROM_TEXT(DAY, "null") ", 'format': '%Y-%m-%d'}}]}",                    \
       FROM_TEXT(TRIM, V)) "]}"

/* PostgreSQL's spellings, and what they can be shortened to. */
#define TEXT_BOOL                                                                                                              \
    IF_IN(WORD, "'t', 'tr', 'tru', 'true', 'y', 'ye', 'yes', 'on', '1'", "true",                                               \
          IF_IN(WORD, "'f', 'fa', 'fal', 'fals', 'false', 'n', 'no', 'of', 'off', '0'", "false", V))

static const struct {
    const char *to, *from, *becomes; /* a column's type, a BSON type */
} conversions[] = {
    {"int", "long", TO_INT(V)},
    {"int", "double", TO_INT(ROUND)},
    {"int", "decimal", TO_INT(ROUND_AWAY)},
    {"int", "bool", TO_INT(V)},
    {"int", "string", WHOLE(TO_INT)},
    {"long", "double", TO_LONG(ROUND)},
    {"long", "decimal", TO_LONG(ROUND_AWAY)},
    {"long", "bool", TO_LONG(V)},
    {"long", "string", WHOLE(TO_LONG)},
    {"double", "int", CONVERT(V, "double", V)},
    {"double", "long", CONVERT(V, "double", V)},
    {"double", "decimal", FINITE(CONVERT(V, "double", V))},
    {"double", "string", NUMBER("double")},
    {"decimal", "int", TO_DECIMAL},
    {"decimal", "long", TO_DECIMAL},
    {"decimal", "double", TO_SHORT_DECIMAL},
    {"decimal", "string", TEXT_DECIMAL},
    {"bool", "int", CONVERT(V, "bool", V)},
    {"bool", "long", CONVERT(V, "bool", V)},
    {"bool", "string", TEXT_BOOL},
    {"string", "int", "{'$toString': " V "}"},
    {"string", "long", "{'$toString': " V "}"},
    {"string", "double", DOUBLE_TEXT},
    {"string", "decimal", "{'$toString': " V "}"},
    {"string", "bool", "{'$toString': " V "}"},
    {"string", "date", DATE_TEXT},
    {"string", "objectId", "{'$toString': " V "}"},
    {"date", "string", TEXT_DATE},
    {"objectId", "string", CONVERT(V, "objectId", V)},
};

static int append_becomes(arena *a, bson_t *b, const char *spelled, kf_error *err) {
    text json = {.arena = a};
    bson_iter_t i;
    str parsed;
    text_add(&json, STR("{\"then\": "));
    for (const char *p = spelled; *p; p++) text_char(&json, *p == '\'' ? '"' : *p);
    text_char(&json, '}');
    int rc = tree_parse(&parsed, a, text_str(&json), KF_E_INTERNAL, err);
    if (rc == 0 && tree_find(&i, parsed, "then")) bson_append_iter(b, "then", -1, &i);
    return rc;
}

/* {case: {$eq: [{$type: "$$v"}, from]}, then: becomes} */
static int append_branch(arena *a, bson_t *branches, size_t n, size_t which, kf_error *err) {
    bson_t branch, test, equal, type;
    char room[16];
    bson_append_document_begin(branches, tree_position(n, room), -1, &branch);
    bson_append_document_begin(&branch, "case", -1, &test);
    bson_append_array_begin(&test, "$eq", -1, &equal);
    bson_append_document_begin(&equal, "0", -1, &type);
    tree_put_str(&type, "$type", STR("$$v"));
    bson_append_document_end(&equal, &type);
    tree_put_str(&equal, "1", str_of(conversions[which].from));
    bson_append_array_end(&test, &equal);
    bson_append_document_end(&branch, &test);
    int rc = append_becomes(a, &branch, conversions[which].becomes, err);
    bson_append_document_end(branches, &branch);
    return rc;
}

static bool conversion_exists(str type) {
    for (size_t i = 0; i < sizeof conversions / sizeof *conversions; i++)
        if (str_eq(type, str_of(conversions[i].to))) return true;
    return false;
}

int conversion_append(arena *a, bson_t *b, const char *key, str field, str type, kf_error *err) {
    bson_t let, whole, vars, in, choose, branches;
    str path = str_format(a, "$%.*s", STR_ARG(field));
    size_t n = 0;
    int rc = 0;
    if (!conversion_exists(type)) { /* $switch wants a branch */
        tree_put_str(b, key, path);
        return 0;
    }
    bson_append_document_begin(b, key, -1, &let);
    bson_append_document_begin(&let, "$let", -1, &whole);
    bson_append_document_begin(&whole, "vars", -1, &vars);
    tree_put_str(&vars, "v", path);
    bson_append_document_end(&whole, &vars);
    bson_append_document_begin(&whole, "in", -1, &in);
    bson_append_document_begin(&in, "$switch", -1, &choose);
    bson_append_array_begin(&choose, "branches", -1, &branches);
    for (size_t i = 0; rc == 0 && i < sizeof conversions / sizeof *conversions; i++)
        if (str_eq(type, str_of(conversions[i].to))) rc = append_branch(a, &branches, n++, i, err);
    bson_append_array_end(&choose, &branches);
    tree_put_str(&choose, "default", STR("$$v"));
    bson_append_document_end(&in, &choose);
    bson_append_document_end(&whole, &in);
    bson_append_document_end(&let, &whole);
    bson_append_document_end(b, &let);
    return rc;
}

void conversion_append_types(bson_t *b, const char *key, str type) {
    bson_t list;
    bson_append_array_begin(b, key, -1, &list);
    tree_put_str(&list, "0", STR("missing"));
    tree_put_str(&list, "1", STR("null"));
    tree_put_str(&list, "2", STR("undefined"));
    tree_put_str(&list, "3", type);
    if (str_eq(type, STR("long"))) tree_put_str(&list, "4", STR("int"));
    bson_append_array_end(b, &list);
}
