/* What repr() prints as a call: dates, decimals, ids. */
#include "model/python_reader.h"

#include "model/decimal.h"

/* datetime(tzinfo=timezone(timedelta())) is all the nesting that there is. */
enum { ARGUMENTS = 9, DEEPEST_CALL = 4 };

typedef struct argument {
    str keyword; /* empty: by its place */
    value value;
    int64_t offset; /* of tzinfo */
    size_t at;
} argument;

typedef struct call {
    python *p;
    size_t at;
    argument arguments[ARGUMENTS];
    size_t n;
} call;

static int read_zone(python *p, int64_t *offset);

static bool is(str s, const char *text) { return str_eq(s, str_of(text)); }

static int refuse(const call *c, size_t i, const char *what) {
    return python_fail(c->p, i < c->n ? c->arguments[i].at : c->at, "%s", what);
}

/* ---- arguments ---- */

static str read_keyword(python *p) {
    size_t at = p->at;
    str word = python_word(p);
    if (word.n && python_take(p, "=")) return word;
    p->at = at;
    return STR("");
}

static int read_argument(call *c) {
    python *p = c->p;
    if (c->n == ARGUMENTS) return python_fail(p, p->at, "there are too many arguments");
    python_space(p);
    argument *a = &c->arguments[c->n++];
    a->at = p->at;
    a->keyword = read_keyword(p);
    python_space(p);
    return is(a->keyword, "tzinfo") ? read_zone(p, &a->offset) : python_read(p, &a->value);
}

/* Up to the closing parenthesis; the open one is taken. */
static int read_arguments(call *c) {
    python *p = c->p;
    if (++p->calls > DEEPEST_CALL) return python_fail(p, c->at, "calls are nested more than %d deep", (int)DEEPEST_CALL);
    for (bool comma = true; !python_take(p, ")"); comma = python_take(p, ",")) {
        if (p->at >= p->text.n) return python_fail(p, c->at, "the call that begins here is not closed");
        if (!comma) return python_fail(p, p->at, "',' or ')' was expected");
        int code = read_argument(c);
        if (code) return code;
    }
    p->calls--;
    return 0;
}

/* Each by its place or its name into out[]; the names end with NULL. */
static int place_integers(const call *c, const char *const *names, int64_t *const *out, int64_t *offset) {
    for (size_t i = 0; i < c->n; i++) {
        const argument *a = &c->arguments[i];
        size_t k = 0;
        if (a->keyword.n == 0) k = i;
        else
            while (names[k] && !is(a->keyword, names[k])) k++;
        if (offset && is(a->keyword, "tzinfo")) {
            *offset = a->offset;
            continue;
        }
        if (is(a->keyword, "fold")) continue;
        size_t known = 0;
        while (names[known]) known++;
        if (k >= known) return refuse(c, i, "there is no such argument");
        if (a->value.type != VALUE_INT32 && a->value.type != VALUE_INT64) return refuse(c, i, "an integer was expected");
        *out[k] = a->value.integer;
    }
    return 0;
}

/* ---- dates ---- */

static int make_date(const call *c, const moment *m, value *out) {
    *out = (value){.type = VALUE_DATE};
    return moment_to_ms(&out->integer, m) ? 0 : python_fail(c->p, c->at, "there is no such date or time");
}

static int make_datetime(const call *c, value *out) {
    static const char *const names[] = {"year", "month", "day", "hour", "minute", "second", "microsecond", NULL};
    moment m = {0};
    int64_t *const fields[] = {&m.year, &m.month, &m.day, &m.hour, &m.minute, &m.second, &m.microsecond};
    int code = place_integers(c, names, fields, &m.offset);
    return code ? code : make_date(c, &m, out);
}

static int make_day(const call *c, value *out) {
    static const char *const names[] = {"year", "month", "day", NULL};
    moment m = {0};
    int64_t *const fields[] = {&m.year, &m.month, &m.day};
    int code = place_integers(c, names, fields, NULL);
    return code ? code : make_date(c, &m, out);
}

static int make_time(const call *c, value *out) {
    static const char *const names[] = {"hour", "minute", "second", "microsecond", NULL};
    moment m = MOMENT_OF_TIME;
    int64_t *const fields[] = {&m.hour, &m.minute, &m.second, &m.microsecond};
    int code = place_integers(c, names, fields, &m.offset);
    return code ? code : make_date(c, &m, out);
}

static int make_timedelta(const call *c, value *out) {
    static const char *const names[] = {"days", "seconds", "microseconds", NULL};
    int64_t days = 0, seconds = 0, microseconds = 0;
    int64_t *const fields[] = {&days, &seconds, &microseconds};
    int code = place_integers(c, names, fields, NULL);
    if (code) return code;
    *out = (value){.type = VALUE_INT64};
    bool fits = !__builtin_mul_overflow(days, INT64_C(86400), &days) && !__builtin_add_overflow(days, seconds, &seconds) &&
                !__builtin_mul_overflow(seconds, INT64_C(1000000), &seconds) &&
                !__builtin_add_overflow(seconds, microseconds, &out->integer);
    return fits ? 0 : python_fail(c->p, c->at, "the time span does not fit into 64 bits of microseconds");
}

/* ---- everything else takes one text ---- */

static int only_text(const call *c, str *out) {
    if (c->n != 1 || c->arguments[0].keyword.n || c->arguments[0].value.type != VALUE_STRING)
        return refuse(c, 0, "one string was expected");
    *out = c->arguments[0].value.bytes;
    return 0;
}

static int make_decimal(const call *c, value *out) {
    str s = STR("");
    int code = only_text(c, &s);
    if (code) return code;
    *out = (value){.type = VALUE_DECIMAL};
    if (decimal_spell(&out->bytes, s, c->p->arena)) return 0;
    return refuse(c, 0, "this is no decimal number of at most 34 digits");
}

static int make_int64(const call *c, value *out) {
    bool integer = c->n == 1 && (c->arguments[0].value.type == VALUE_INT32 || c->arguments[0].value.type == VALUE_INT64);
    if (!integer) return refuse(c, 0, "one integer was expected");
    *out = (value){.type = VALUE_INT64, .integer = c->arguments[0].value.integer};
    return 0;
}

static int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* n bytes of hexadecimal digits, hyphens between them. */
static bool read_hex(str s, size_t n, char *out) {
    size_t digits = 0;
    for (size_t i = 0; i < s.n; i++) {
        int d = hex_digit(s.p[i]);
        if (s.p[i] == '-') continue;
        if (d < 0 || digits == 2 * n) return false;
        out[digits / 2] = (char)(digits % 2 ? out[digits / 2] * 16 + d : d);
        digits++;
    }
    return digits == 2 * n;
}

static int make_uuid(const call *c, value *out) {
    char bytes[16] = {0};
    str s = STR("");
    int code = only_text(c, &s);
    if (code) return code;
    if (!read_hex(s, sizeof bytes, bytes)) return refuse(c, 0, "this is no UUID");
    *out = value_binary((str){bytes, sizeof bytes}, 3, c->p->arena);
    return 0;
}

static int make_object_id(const call *c, value *out) {
    str s = STR("");
    int code = only_text(c, &s);
    if (code) return code;
    if (!value_of_raw(out, STR("objectId"), s, c->p->arena)) return refuse(c, 0, "this is no ObjectId");
    return 0;
}

/* What value_binary wrote, without its wrapping. */
static int make_binary(const call *c, value *out) {
    enum { LEAD = 4 + 1 + 1 + 4 + 1 };
    if (c->n == 0 || c->n > 2 || c->arguments[0].value.type != VALUE_BINARY) return refuse(c, 0, "bytes were expected");
    int64_t subtype = c->n == 2 ? c->arguments[1].value.integer : 0;
    if (c->n == 2 && (c->arguments[1].value.type != VALUE_INT32 || subtype < 0 || subtype > 255))
        return refuse(c, 1, "a subtype of 0 to 255 was expected");
    str whole = c->arguments[0].value.bytes;
    *out = value_binary(str_slice(whole, LEAD, whole.n - 1), (uint8_t)subtype, c->p->arena);
    return 0;
}

static const struct {
    const char *name;
    int (*make)(const call *c, value *out);
} calls[] = {
    {"datetime.datetime", make_datetime},
    {"datetime", make_datetime},
    {"datetime.date", make_day},
    {"date", make_day},
    {"datetime.time", make_time},
    {"time", make_time},
    {"datetime.timedelta", make_timedelta},
    {"timedelta", make_timedelta},
    {"Decimal", make_decimal},
    {"decimal.Decimal", make_decimal},
    {"Decimal128", make_decimal},
    {"bson.decimal128.Decimal128", make_decimal},
    {"UUID", make_uuid},
    {"uuid.UUID", make_uuid},
    {"ObjectId", make_object_id},
    {"bson.objectid.ObjectId", make_object_id},
    {"Int64", make_int64},
    {"bson.int64.Int64", make_int64},
    {"Binary", make_binary},
    {"bson.binary.Binary", make_binary},
};

int python_call(python *p, str name, size_t at, value *out) {
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        if (!is(name, calls[i].name) || !python_take(p, "(")) continue;
        call *c = arena_make(p->arena, call); /* too large for a small stack */
        c->p = p;
        c->at = at;
        int code = read_arguments(c);
        return code ? code : calls[i].make(c, out);
    }
    return PYTHON_NO_CALL;
}

/* ---- time zones ---- */

static bool is_utc(str name) {
    static const char *const names[] = {"UTC",      "utc",     "Etc/UTC", "timezone.utc", "datetime.timezone.utc",
                                        "pytz.UTC", "pytz.utc"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is(name, names[i])) return true;
    return false;
}

/* datetime.timezone(datetime.timedelta(...), 'name'), zoneinfo.ZoneInfo(key='UTC'), tzutc() */
static int read_zone_call(python *p, str name, size_t at, int64_t *offset) {
    call c = {.p = p, .at = at};
    int code = read_arguments(&c);
    if (code) return code;
    if (is(name, "tzutc")) return 0;
    const value *v = &c.arguments[0].value;
    if (c.n && v->type == VALUE_STRING && is_utc(v->bytes)) return 0;
    if (c.n && v->type == VALUE_INT64 && v->integer % 1000000 == 0) return *offset = v->integer / 1000000, 0;
    return python_fail(p, at, "the offset of this time zone is not known: only UTC and fixed offsets are");
}

static int read_zone(python *p, int64_t *offset) {
    static const char *const with_arguments[] = {
        "datetime.timezone", "timezone", "zoneinfo.ZoneInfo", "backports.zoneinfo.ZoneInfo", "ZoneInfo", "FixedOffset", "tzutc"};
    size_t at = p->at;
    if (python_take(p, "<UTC>") || python_take(p, "None")) return 0;
    str name = python_word(p);
    for (size_t i = 0; i < sizeof with_arguments / sizeof *with_arguments; i++)
        if (is(name, with_arguments[i]) && python_take(p, "(")) return read_zone_call(p, name, at, offset);
    if (is_utc(name)) return 0;
    return python_fail(p, at, "the offset of this time zone is not known: only UTC and fixed offsets are");
}
