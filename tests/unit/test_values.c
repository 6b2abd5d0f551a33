/* Values out of Python literals and raw text: a table of text and what it is worth, against libbson's reading of our bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#undef fail /* base/error.h has one of its own */

#include "model/decimal.h"
#include "model/expression.h"
#include "model/python.h"
#include <bson/bson.h>
#include <locale.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

static arena *memory;

static int set_up(void **state) {
    (void)state;
    return arena_new(&memory);
}

static int tear_down(void **state) {
    (void)state;
    arena_free(memory);
    return 0;
}

/* {"": value} as libbson reads it, in canonical extended JSON. */
static const char *as_json(const value *v) {
    text document = {.arena = memory};
    size_t begin = bson_begin(&document);
    bson_add(&document, STR(""), v);
    bson_end(&document, begin);
    bson_t *b = bson_new_from_data((const uint8_t *)document.p, document.n);
    if (!b) return "(no BSON document)";
    bson_error_t error = {0};
    bool valid = bson_validate_with_error(b, BSON_VALIDATE_UTF8 | BSON_VALIDATE_UTF8_ALLOW_NULL, &error);
    char *json = bson_as_canonical_extended_json(b, NULL);
    const char *kept = valid && json ? str_copy(memory, str_of(json)).p : "(not valid)";
    bson_free(json);
    bson_destroy(b);
    return kept;
}

/* ---- Python ---- */

static const struct {
    const char *python, *json; /* within { "" : ... } */
} literals[] = {
    {"None", "null"},
    {"True", "true"},
    {" False\n", "false"},
    {"0", "{ \"$numberInt\" : \"0\" }"},
    {"-5", "{ \"$numberInt\" : \"-5\" }"},
    {"2147483647", "{ \"$numberInt\" : \"2147483647\" }"},
    {"2147483648", "{ \"$numberLong\" : \"2147483648\" }"},
    {"-2147483648", "{ \"$numberInt\" : \"-2147483648\" }"},
    {"9223372036854775807", "{ \"$numberLong\" : \"9223372036854775807\" }"},
    {"-9223372036854775808", "{ \"$numberLong\" : \"-9223372036854775808\" }"},
    {"1.5", "{ \"$numberDouble\" : \"1.5\" }"},
    {"1e+16", "{ \"$numberDouble\" : \"10000000000000000.0\" }"},
    {"-2.5e-05", "{ \"$numberDouble\" : \"-2.5000000000000001198e-05\" }"},
    {"inf", "{ \"$numberDouble\" : \"Infinity\" }"},
    {"-inf", "{ \"$numberDouble\" : \"-Infinity\" }"},
    {"nan", "{ \"$numberDouble\" : \"NaN\" }"},
    {"''", "\"\""},
    {"'a'", "\"a\""},
    {"\"it's\"", "\"it's\""},
    {"'it\\'s'", "\"it's\""},
    {"u'a'", "\"a\""},
    {"'\\n\\t\\r\\\\\\x41\\101\\u00e9\\U0001f600'", "\"\\n\\t\\r\\\\AA\xc3\xa9\xf0\x9f\x98\x80\""},
    {"'\xc3\xa9\xf0\x9f\x98\x80'", "\"\xc3\xa9\xf0\x9f\x98\x80\""},
    {"'\\q'", "\"\\\\q\""},
    {"'\\7'", "\"\\u0007\""},
    {"'%s \"x\" {[('", "\"%s \\\"x\\\" {[(\""},
    {"b''", "{ \"$binary\" : { \"base64\" : \"\", \"subType\" : \"00\" } }"},
    {"b'ab\\x00\\xff'", "{ \"$binary\" : { \"base64\" : \"YWIA/w==\", \"subType\" : \"00\" } }"},
    {"B\"\\u00e9\"", "{ \"$binary\" : { \"base64\" : \"XHUwMGU5\", \"subType\" : \"00\" } }"},
    {"()", "[  ]"},
    {"(1,)", "[ { \"$numberInt\" : \"1\" } ]"},
    {"(1)", "{ \"$numberInt\" : \"1\" }"},
    {"['a', None, [True, ()]]", "[ \"a\", null, [ true, [  ] ] ]"},
    {"[1, 2,]", "[ { \"$numberInt\" : \"1\" }, { \"$numberInt\" : \"2\" } ]"},
    {"{}", "{  }"},
    {"{'a': 1, \"b.c\": {'$d': [b'x']}}", "{ \"a\" : { \"$numberInt\" : \"1\" }, \"b.c\" : { \"$d\" : [ { \"$binary\" : { "
                                          "\"base64\" : \"eA==\", \"subType\" : \"00\" } } ] } }"},
    {"datetime.datetime(2026, 11, 22, 0, 43, 23, 649350)", "{ \"$date\" : { \"$numberLong\" : \"1795308203649\" } }"},
    {"datetime.datetime(2026, 11, 22, 0, 43)", "{ \"$date\" : { \"$numberLong\" : \"1795308180000\" } }"},
    {"datetime.datetime(1970, 1, 1, 0, 0)", "{ \"$date\" : { \"$numberLong\" : \"0\" } }"},
    {"datetime.datetime(1969, 12, 31, 23, 59, 59, 999999)", "{ \"$date\" : { \"$numberLong\" : \"-1\" } }"},
    {"datetime.datetime(1, 1, 1, 0, 0)", "{ \"$date\" : { \"$numberLong\" : \"-62135596800000\" } }"},
    {"datetime.datetime(9999, 12, 31, 23, 59, 59)", "{ \"$date\" : { \"$numberLong\" : \"253402300799000\" } }"},
    {"datetime.datetime(2024, 2, 29, 0, 0)", "{ \"$date\" : { \"$numberLong\" : \"1709164800000\" } }"},
    {"datetime.datetime(2026, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)",
     "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2026, 1, 1, 0, 0, tzinfo=<UTC>)", "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2026, 1, 1, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='UTC'))",
     "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2026, 1, 1, 0, 0, tzinfo=backports.zoneinfo.ZoneInfo(key='UTC'))",
     "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"<Status.OPEN: 'open'>", "\"open\""},
    {"(<Level.HIGH: 3>, <UTC.x: None>)", "[ { \"$numberInt\" : \"3\" }, null ]"},
    {"datetime.datetime(2026, 1, 1, 0, 0, tzinfo=tzutc())", "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2026, 1, 1, 0, 0, fold=1, tzinfo=UTC)", "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2026, 1, 1, 5, 30, tzinfo=datetime.timezone(datetime.timedelta(seconds=19800)))",
     "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2025, 12, 31, 19, 0, tzinfo=datetime.timezone(datetime.timedelta(days=-1, seconds=68400), 'EST'))",
     "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.datetime(2026, 1, 1, 0, 0, tzinfo=FixedOffset(datetime.timedelta(0), 'UTC'))",
     "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.date(2026, 1, 1)", "{ \"$date\" : { \"$numberLong\" : \"1767225600000\" } }"},
    {"datetime.time(7, 0, 9, 337466)", "{ \"$date\" : { \"$numberLong\" : \"-2208963590663\" } }"},
    {"datetime.timedelta(days=1, seconds=5)", "{ \"$numberLong\" : \"86405000000\" }"},
    {"datetime.timedelta(days=-1, seconds=86399, microseconds=999999)", "{ \"$numberLong\" : \"-1\" }"},
    {"datetime.timedelta(0)", "{ \"$numberLong\" : \"0\" }"},
    {"Decimal('0.00')", "{ \"$numberDecimal\" : \"0.00\" }"},
    {"Decimal128('-1.50')", "{ \"$numberDecimal\" : \"-1.50\" }"},
    {"Decimal('1E+30')", "{ \"$numberDecimal\" : \"1E+30\" }"},
    {"Decimal('NaN')", "{ \"$numberDecimal\" : \"NaN\" }"},
    {"Decimal('-Infinity')", "{ \"$numberDecimal\" : \"-Infinity\" }"},
    {"UUID('5b15f07a-e1b2-4377-93d3-72312a0eae48')",
     "{ \"$binary\" : { \"base64\" : \"WxXweuGyQ3eT03IxKg6uSA==\", \"subType\" : \"03\" } }"},
    {"uuid.UUID('5B15F07AE1B2437793D372312A0EAE48')",
     "{ \"$binary\" : { \"base64\" : \"WxXweuGyQ3eT03IxKg6uSA==\", \"subType\" : \"03\" } }"},
    {"ObjectId('6b028f0b5873634550d0a41b')", "{ \"$oid\" : \"6b028f0b5873634550d0a41b\" }"},
    {"Int64(5)", "{ \"$numberLong\" : \"5\" }"},
    {"Binary(b'x', 128)", "{ \"$binary\" : { \"base64\" : \"eA==\", \"subType\" : \"80\" } }"},
    {"Binary(b'x', 2)", "{ \"$binary\" : { \"base64\" : \"eA==\", \"subType\" : \"02\" } }"},
};

static void test_python_literals(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        value v;
        kf_error err = {0};
        if (python_value(&v, str_of(literals[i].python), memory, &err))
            print_error("%s: %s\n", literals[i].python, err.message);
        assert_int_equal(err.code, 0);
        assert_string_equal(as_json(&v), str_format(memory, "{ \"\" : %s }", literals[i].json).p);
    }
}

static const struct {
    const char *python;
    size_t column;
    const char *message;
} refused[] = {
    {"", 1, "a value was expected"},
    {"nothing", 1, "this is no value"},
    {"null", 1, "this is no value"},
    {"1 2", 3, "more behind"},
    {"-", 1, "a value was expected"},
    {"1.2.3", 1, "no number"},
    {"1e", 1, "no number"},
    {"0x10", 2, "more behind"},
    {"9223372036854775808", 1, "64 bits"},
    {"-9223372036854775809", 1, "64 bits"},
    {"1e999", 1, "no number"},
    {"1j", 2, "more behind"},
    {"'abc", 1, "not closed"},
    {"'abc\\", 5, "cut off"},
    {"'abc\\'", 1, "not closed"},
    {"'a\nb'", 1, "not closed"},
    {"'a\\N{BULLET}'", 3, "by its name"},
    {"'\\x4'", 2, "2 hexadecimal"},
    {"'\\u12g4'", 2, "4 hexadecimal"},
    {"'\\U0011'", 2, "8 hexadecimal"},
    {"'\\U00110000'", 2, "no such character"},
    {"'\\ud83d\\ude00'", 2, "surrogate"},
    {"'a\xff'", 3, "not UTF-8"},
    {"'\xed\xa0\x80'", 2, "not UTF-8"},
    {"'\xc0\x80'", 2, "not UTF-8"},
    {"'\xe2\x82", 2, "not UTF-8"},
    {"b'\xc3\xa9'", 3, "ASCII"},
    {"b'\\777'", 3, "no byte"},
    {"r'a'", 1, "this is no value"},
    {"[1, 2", 1, "not closed"},
    {"[1 2]", 4, "',' or ']'"},
    {"[,]", 2, "a value was expected"},
    {"[1,,2]", 4, "a value was expected"},
    {"(1]", 3, "',' or ')'"},
    {"{1}", 2, "a key is a string"},
    {"{1: 2}", 2, "a key is a string"},
    {"{'a'}", 5, "':' was expected"},
    {"{'a\\x00': 1}", 2, "no NUL"},
    {"{'a': }", 7, "a value was expected"},
    {"datetime.datetime(2026, 13, 1, 0, 0)", 1, "no such date"},
    {"datetime.datetime(2025, 2, 29, 0, 0)", 1, "no such date"},
    {"datetime.datetime(2026, 1, 1, 24, 0)", 1, "no such date"},
    {"datetime.datetime(0, 1, 1)", 1, "no such date"},
    {"datetime.datetime(2026, 1, 'x')", 28, "an integer"},
    {"datetime.datetime(1, 1, 1, 1, 1, 1, 1, 1)", 40, "no such argument"},
    {"datetime.datetime(1, 1, 1, moon=1)", 28, "no such argument"},
    {"datetime.datetime(1, 1, 1, tzinfo=zoneinfo.ZoneInfo(key='Europe/Berlin'))", 35, "time zone"},
    {"datetime.datetime(1, 1, 1, tzinfo=<DstTzInfo 'Europe/Berlin' CET+1:00:00 STD>)", 35, "time zone"},
    {"datetime.datetime(1, 1, 1", 1, "not closed"},
    {"datetime.datetime", 1, "no value"},
    {"datetime.timedelta(days=999999999999)", 1, "64 bits"},
    {"Decimal('x')", 9, "no decimal"},
    {"Decimal(1.5)", 9, "one string"},
    {"Decimal()", 1, "one string"},
    {"Decimal('12345678901234567890123456789012345')", 9, "34 digits"},
    {"Decimal128('1E+7000')", 12, "no decimal"},
    {"UUID('5b15f07a')", 6, "no UUID"},
    {"UUID('5b15f07a-e1b2-4377-93d3-72312a0eae4g')", 6, "no UUID"},
    {"ObjectId('6b028f0b')", 10, "no ObjectId"},
    {"Int64('5')", 7, "one integer"},
    {"Binary('x')", 8, "bytes"},
    {"Binary(b'x', 256)", 14, "subtype"},
    {"<memory at 0x7f0000000000>", 1, "a value was expected"},
    {"<>", 1, "a value was expected"},
    {"<a.B: >", 7, "a value was expected"},
    {"<a.B: 1", 8, "'>' was expected"},
    {"object()", 1, "this is no value that is known"},
    {"UUID(UUID(UUID(UUID(UUID('x')))))", 21, "more than 4 deep"},
};

static void test_python_errors(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        value v;
        kf_error err = {0};
        int code = python_value(&v, str_of(refused[i].python), memory, &err);
        if (code != -KF_E_PARAMETERS || err.column != refused[i].column || !strstr(err.message, refused[i].message))
            print_error("%s: %d at %zu: %s\n", refused[i].python, code, err.column, err.message);
        assert_int_equal(code, -KF_E_PARAMETERS);
        assert_int_equal(err.offset + 1, refused[i].column);
        assert_non_null(strstr(err.message, refused[i].message));
    }
}

static void test_python_lists(void **state) {
    (void)state;
    static const struct {
        const char *python;
        int n; /* -1: refused */
    } lists[] = {{"None", 0},    {"()", 0},      {"[]", 0},     {" ( 1 , ) ", 1}, {"[1, 'a, b', (2, 3)]", 3},
                 {"['new']", 1}, {"5", -1},      {"{}", -1},    {"'a'", -1},      {"[1", -1},
                 {"[1] x", -1},  {"None x", -1}, {"(1 2)", -1}, {"", -1},         {"[", -1}};
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        value_list list;
        kf_error err = {0};
        int code = python_list(&list, str_of(lists[i].python), memory, &err);
        assert_int_equal(code, lists[i].n < 0 ? -KF_E_PARAMETERS : 0);
        if (code) assert_true(err.line > 0);
        else assert_int_equal(list.n, lists[i].n);
    }
}

static void test_python_extent(void **state) {
    (void)state;
    static const struct {
        const char *text;
        size_t n;
    } extents[] = {{"{} NOT NULL", 2},
                   {"{'a': ')}', \"b\": [1]} NULL", 21},
                   {"['it\\'s]'] x", 10},
                   {"b'a\\'b' x", 7},
                   {"b\"x\"", 4},
                   {"{", 0},
                   {"'x'", 0},
                   {"(1)", 0},
                   {"b", 0},
                   {"", 0},
                   {"{'a", 0},
                   {"[)]", 2},
                   {"hello", 0}};
    for (size_t i = 0; i < sizeof extents / sizeof *extents; i++)
        assert_int_equal(python_extent(str_of(extents[i].text)), extents[i].n);
}

static str repeat(const char *piece, size_t n) {
    text t = {.arena = memory};
    for (size_t i = 0; i < n; i++) text_add(&t, str_of(piece));
    return text_str(&t);
}

static void *read_in_thread(void *arg) {
    str *s = arg;
    arena *a;
    value v;
    if (arena_new(&a)) return (void *)1;
    intptr_t code = python_value(&v, *s, a, NULL);
    arena_free(a);
    return (void *)code;
}

static int read_on_small_stack(str s) {
    pthread_attr_t attributes;
    pthread_t thread;
    void *code = NULL;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 128 * 1024);
    assert_int_equal(pthread_create(&thread, &attributes, read_in_thread, &s), 0);
    pthread_join(thread, &code);
    pthread_attr_destroy(&attributes);
    return (int)(intptr_t)code;
}

static void test_hostile_python(void **state) {
    (void)state;
    static const char *const pieces[] = {"[",       "(",
                                         "{'a': ",  "{'a': [(",
                                         "UUID(",   "datetime.datetime(tzinfo=datetime.timezone(",
                                         "[UUID([", "datetime.datetime(tzinfo=timezone(tzinfo=",
                                         "'a' ",    "-",
                                         "b'x",     "\\",
                                         "1,"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++)
        for (size_t n = 2; n < 100000; n = n < 80 ? n + 7 : n * 5)
            assert_int_equal(read_on_small_stack(repeat(pieces[i], n)), -KF_E_PARAMETERS);
    text deep = {.arena = memory};
    text_add(&deep, repeat("[", 64));
    text_add(&deep, repeat("]", 64));
    assert_int_equal(read_on_small_stack(text_str(&deep)), 0);
    text wide = {.arena = memory};
    text_add(&wide, STR("["));
    text_add(&wide, repeat("'a', ", 200000));
    text_add(&wide, STR("]"));
    assert_int_equal(read_on_small_stack(text_str(&wide)), 0);
}

/* Whatever is cut off or missing: a value or an error, and nothing read behind the end (ASan watches). */
static void survive(str s) {
    char *exact = malloc(s.n ? s.n : 1);
    if (s.n) memcpy(exact, s.p, s.n);
    value v;
    value_list list;
    str copy = {exact, s.n};
    int code = python_value(&v, copy, memory, NULL);
    assert_true(code == 0 || code == -KF_E_PARAMETERS);
    code = python_list(&list, copy, memory, NULL);
    assert_true(code == 0 || code == -KF_E_PARAMETERS);
    assert_true(python_extent(copy) <= s.n);
    static const char *const types[] = {"string", "int", "double", "decimal", "date", "binData", "objectId", "array", ""};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) value_of_raw(&v, str_of(types[i]), copy, memory);
    free(exact);
}

static void test_prefixes_and_gaps(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++) {
        str s = str_of(literals[i].python);
        for (size_t n = 0; n <= s.n; n++) {
            survive(str_slice(s, 0, n));
            survive(str_from(s, n));
            if (n < s.n) survive(str_format(memory, "%.*s%s", (int)n, s.p, s.p + n + 1));
        }
    }
    survive((str){"'a\0b'", 5});
    survive((str){"\0", 1});
    survive((str){"[\0]", 3});
}

/* ---- raw text ---- */

static const struct {
    const char *type, *raw, *dump; /* NULL: no value of that type */
} raws[] = {
    {"string", "", "\"\""},
    {"string", "in progress", "\"in progress\""},
    {"string", "True", "\"True\""},
    {"string", "007", "\"007\""},
    {"string", "5b15f07a-e1b2-4377-93d3-72312a0eae48", "\"5b15f07a-e1b2-4377-93d3-72312a0eae48\""},
    {"bool", "True", "true"},
    {"bool", "False", "false"},
    {"bool", "1", "true"},
    {"bool", "yes", NULL},
    {"bool", "", NULL},
    {"int", "-5", "-5"},
    {"int", "5.0", NULL},
    {"int", " 5", NULL},
    {"int", "", NULL},
    {"int", "-", NULL},
    {"long", "9223372036854775807", "9223372036854775807"},
    {"long", "9223372036854775808", NULL},
    {"double", "1.5", "1.5"},
    {"double", "-inf", "-inf"},
    {"double", "0x10", NULL},
    {"double", "1e999", NULL},
    {"double", "5", "5"},
    {"decimal", "0.00", "decimal 0.00"},
    {"decimal", "1e5", "decimal 1E+5"},
    {"decimal", "hello", NULL},
    {"date", "2026-11-22 07:00:09.337466", "2026-11-22T07:00:09.337Z"},
    {"date", "2026-11-22 07:00:09", "2026-11-22T07:00:09.000Z"},
    {"date", "2026-11-22", "2026-11-22T00:00:00.000Z"},
    {"date", "2026-11-22 07:00:09+00:00", "2026-11-22T07:00:09.000Z"},
    {"date", "2026-11-22 02:00:09-05:00", "2026-11-22T07:00:09.000Z"},
    {"date", "2026-11-22T07:00:09.5Z", "2026-11-22T07:00:09.500Z"},
    {"date", "2026-11-22 07:00+0530", "2026-11-22T01:30:00.000Z"},
    {"date", "07:00:09.337466", "1900-01-01T07:00:09.337Z"},
    {"date", "1900-01-01 07:00:00", "1900-01-01T07:00:00.000Z"},
    {"date", "2026-02-29", NULL},
    {"date", "2026-11-22 ", NULL},
    {"date", "2026-11-22 7:00", NULL},
    {"date", "yesterday", NULL},
    {"date", "2026-11-22 07:00:09.", NULL},
    {"binData", "b'ab'",
     "binData 0e000000050002000000006162"
     "00"},
    {"binData", "ab", NULL},
    {"objectId", "6b028f0b5873634550d0a41b", "objectId 6b028f0b5873634550d0a41b"},
    {"objectId", "6b028f0b5873634550d0a41", NULL},
    {"object", "{}",
     "object 0c00000003000500000000"
     "00"},
    {"object", "{\"a\": true}",
     "object 1000000003000900000008610001"
     "0000"},
    {"object", "[]",
     "array 0c00000004000500000000"
     "00"},
    {"object", "5", NULL},
    {"binData", "\\x6162",
     "binData 0e000000050002000000006162"
     "00"},
    {"binData", "\\x616", NULL},
    {"array", "[]",
     "array 0c00000004000500000000"
     "00"},
    {"array", "{}", NULL},
    {"", "{}",
     "object 0c00000003000500000000"
     "00"},
    {"", "null", "null"},
    {"", "hello", NULL},
    {"geometry", "x", NULL},
};

static void test_raw_values(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof raws / sizeof *raws; i++) {
        value v;
        text dump = {.arena = memory};
        bool is = value_of_raw(&v, str_of(raws[i].type), str_of(raws[i].raw), memory);
        if (is) value_dump(&dump, &v);
        if (is != (raws[i].dump != NULL)) print_error("%s '%s'\n", raws[i].type, raws[i].raw);
        assert_true(is == (raws[i].dump != NULL));
        if (is) assert_string_equal(str_c(memory, text_str(&dump)), raws[i].dump);
    }
}

/* A host may have set another decimal point. */
static void test_locale(void **state) {
    (void)state;
    const char *old = setlocale(LC_NUMERIC, "de_DE.UTF-8");
    value v;
    assert_true(value_of_raw(&v, STR("double"), STR("1.5"), memory));
    assert_true(v.real > 1.4 && v.real < 1.6);
    if (old) setlocale(LC_NUMERIC, "C");
}

/* ---- decimals ---- */

static void check_decimal(const char *written) {
    bson_decimal128_t d;
    char theirs[BSON_DECIMAL128_STRING];
    str ours;
    bool is = decimal_spell(&ours, str_of(written), memory);
    /* libbson refuses some that end in zeros behind the 34th digit; ours it must take as they are. */
    assert_true(is || !bson_decimal128_from_string(written, &d));
    if (!is) return;
    assert_true(bson_decimal128_from_string(str_c(memory, ours), &d));
    bson_decimal128_to_string(&d, theirs);
    assert_string_equal(str_c(memory, ours), theirs);
    uint8_t bytes[16];
    uint64_t low = 0, high = 0;
    decimal_encode(bytes, ours);
    for (int i = 7; i >= 0; i--) {
        low = low << 8 | bytes[i];
        high = high << 8 | bytes[8 + i];
    }
    assert_int_equal(low, d.low);
    assert_int_equal(high, d.high);
}

static void test_decimals(void **state) {
    (void)state;
    static const char *const written[] = {"0",
                                          "-0",
                                          "0.00",
                                          "1",
                                          "-1.50",
                                          "+5",
                                          "1.",
                                          ".5",
                                          ".",
                                          "",
                                          "-",
                                          "1e",
                                          "1e5",
                                          "1E-7",
                                          "0.000001",
                                          "0.0000001",
                                          "123456E-6",
                                          "1E+6144",
                                          "1E+6145",
                                          "9.999999999999999999999999999999999E+6144",
                                          "1E-6176",
                                          "1E-6177",
                                          "10E-6177",
                                          "0E+9999",
                                          "0E-9999",
                                          "1234567890123456789012345678901234",
                                          "12345678901234567890123456789012340",
                                          "12345678901234567890123456789012345",
                                          "0.00000000000000000000000000000000000000000000000000000001",
                                          "1000000000000000000000000000000000000000",
                                          "inf",
                                          "-Infinity",
                                          "NaN",
                                          "nan",
                                          "x",
                                          "1x",
                                          "1 ",
                                          "1e+-5",
                                          "00000000000000000000000000000000000000000000001",
                                          "1.0000000000000000000000000000000000000000",
                                          "99999999999999999999999999999999990",
                                          "5E-3",
                                          "-12.345E+2",
                                          "1.2.3"};
    for (size_t i = 0; i < sizeof written / sizeof *written; i++) check_decimal(written[i]);
    unsigned seed = 7;
    for (int i = 0; i < 20000; i++) {
        char s[64];
        size_t n = 0;
        for (int k = 0, digits = 1 + rand_r(&seed) % 36; k < digits; k++) {
            if (rand_r(&seed) % 12 == 0 && !memchr(s, '.', n)) s[n++] = '.';
            s[n++] = (char)('0' + (rand_r(&seed) % 3 ? rand_r(&seed) % 10 : 0));
        }
        snprintf(s + n, sizeof s - n, "E%d", rand_r(&seed) % 3 ? rand_r(&seed) % 40 - 20 : rand_r(&seed) % 12700 - 6350);
        check_decimal(s);
    }
}

/* ---- constants of SQL ---- */

/* A condition with parameters is recorded as SQL: what was given must stand in it as a constant of the same worth. */
static void test_parameters_as_sql(void **state) {
    (void)state;
    static const struct {
        const char *python, *sql, *type;
    } cases[] = {{"'it''s'", NULL, NULL},
                 {"'it\\'s'", "'it''s'", "string"},
                 {"5", "5", "int"},
                 {"None", "NULL", "string"},
                 {"True", "TRUE", "bool"},
                 {"1.5", "'1.5'", "double"},
                 {"Decimal('1.50')", "'1.50'", "decimal"},
                 {"ObjectId('6b028f0b5873634550d0a41b')", "'6b028f0b5873634550d0a41b'", "objectId"},
                 {"datetime.datetime(2026, 1, 2, 3, 4, 5, 678900)", "'2026-01-02T03:04:05.678Z'", "date"},
                 {"b'x'", "$1", NULL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        value v, again;
        if (python_value(&v, str_of(cases[i].python), memory, NULL)) continue;
        text dump = {.arena = memory};
        expression e = {.kind = EXPRESSION_PARAMETER, .number = 1, .value = &v};
        expression_dump(&dump, &e);
        assert_string_equal(str_c(memory, text_str(&dump)), cases[i].sql);
        assert_true(expression_value(&again, &e, STR("?"), memory) && value_cmp(&v, &again) == 0);
        if (!cases[i].type || dump.p[0] != '\'') continue;
        str inner = dump.n > 4 && v.type == VALUE_STRING ? v.bytes : str_slice(text_str(&dump), 1, dump.n - 1);
        assert_true(value_of_raw(&again, str_of(cases[i].type), inner, memory));
        assert_int_equal(value_cmp(&v, &again), 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_python_literals), cmocka_unit_test(test_python_errors),
        cmocka_unit_test(test_python_lists),    cmocka_unit_test(test_python_extent),
        cmocka_unit_test(test_hostile_python),  cmocka_unit_test(test_prefixes_and_gaps),
        cmocka_unit_test(test_raw_values),      cmocka_unit_test(test_locale),
        cmocka_unit_test(test_decimals),        cmocka_unit_test(test_parameters_as_sql),
    };
    return cmocka_run_group_tests_name("values", tests, set_up, tear_down);
}
