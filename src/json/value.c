#include "json/json.h"
#include "json/tree.h"

#include "model/statement.h"
#include <math.h>

const char *const dml_keys[] = {
    [DML_INSERT] = "insert", [DML_UPDATE] = "update", [DML_DELETE] = "delete", [DML_SELECT] = "select"};

static bool read_decimal(value *out, const bson_iter_t *i, arena *a) {
    bson_decimal128_t d, again;
    char s[BSON_DECIMAL128_STRING];
    if (!bson_iter_decimal128(i, &d)) return false;
    bson_decimal128_to_string(&d, s);
    if (!bson_decimal128_from_string(s, &again) || again.high != d.high || again.low != d.low) return false;
    out->bytes = str_copy(a, str_of(s));
    return true;
}

bool value_read(value *out, const bson_iter_t *i, arena *a) {
    *out = (value){.type = (value_type)bson_iter_type(i)};
    switch (out->type) {
    case VALUE_DOUBLE: out->real = bson_iter_double(i); return !isnan(out->real);
    case VALUE_STRING: out->bytes = tree_str(i); return true;
    case VALUE_BOOL: out->integer = bson_iter_bool(i); return true;
    case VALUE_INT32: out->integer = bson_iter_int32(i); return true;
    case VALUE_INT64: out->integer = bson_iter_int64(i); return true;
    case VALUE_DATE: out->integer = bson_iter_date_time(i); return true;
    case VALUE_NULL: return true;
    case VALUE_OBJECT_ID: out->bytes = (str){(const char *)bson_iter_oid(i)->bytes, 12}; return true;
    case VALUE_DECIMAL: return read_decimal(out, i, a);
    default: {
        bson_t *b = tree_new(a);
        bson_append_iter(b, "", 0, i);
        out->bytes = tree_bytes(b);
        return true;
    }
    }
}

void value_append(bson_t *b, const char *key, const value *v) {
    bson_iter_t i;
    bson_oid_t oid;
    bson_decimal128_t d;
    switch (v->type) {
    case VALUE_DOUBLE: bson_append_double(b, key, -1, v->real); break;
    case VALUE_STRING: tree_put_str(b, key, v->bytes); break;
    case VALUE_BOOL: bson_append_bool(b, key, -1, v->integer != 0); break;
    case VALUE_INT32: bson_append_int32(b, key, -1, (int32_t)v->integer); break;
    case VALUE_INT64: bson_append_int64(b, key, -1, v->integer); break;
    case VALUE_DATE: bson_append_date_time(b, key, -1, v->integer); break;
    case VALUE_NULL: bson_append_null(b, key, -1); break;
    case VALUE_OBJECT_ID:
        if (v->bytes.n == 12) {
            memcpy(oid.bytes, v->bytes.p, 12);
            bson_append_oid(b, key, -1, &oid);
        }
        break;
    case VALUE_DECIMAL:
        if (bson_decimal128_from_string_w_len(v->bytes.p, (int)v->bytes.n, &d)) bson_append_decimal128(b, key, -1, &d);
        break;
    default:
        if (tree_open(&i, v->bytes) && bson_iter_next(&i)) bson_append_iter(b, key, -1, &i);
    }
}

int json_values_from_bson(value_list *out, str bson, arena *a, kf_error *err) {
    bson_t b;
    bson_iter_t i;
    size_t offset = 0;
    if (!tree_is_shallow(bson, TREE_LEVELS))
        return fail(err, KF_E_PARAMETERS, "the parameters are nested more than %d levels deep", TREE_LEVELS);
    bool whole =
        bson_init_static(&b, (const uint8_t *)bson.p, bson.n) && bson_validate(&b, BSON_VALIDATE_UTF8_ALLOW_NULL, &offset);
    if (!whole || !tree_open(&i, bson))
        return fail(err, KF_E_PARAMETERS, "the parameters are no BSON document: byte %zu", offset);
    while (bson_iter_next(&i)) {
        value v;
        if (!value_read(&v, &i, a) && v.type != VALUE_DOUBLE) /* NaN is NaN */
            return fail(err, KF_E_PARAMETERS, "parameter %zu is a Decimal128 that has no exact text", out->n + 1);
        vec_push(a, out, v);
    }
    return 0;
}

str json_value(arena *a, const value *v) {
    bson_t *b = tree_new(a);
    bson_iter_t i;
    text t = {.arena = a};
    value_append(b, "", v);
    if (tree_open(&i, tree_bytes(b)) && bson_iter_next(&i)) tree_print_value(&t, &i);
    return text_str(&t);
}
