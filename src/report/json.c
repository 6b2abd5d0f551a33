#include "json/json.h"
#include "report/parts.h"

static void add_string(text *out, str s) {
    text_char(out, '"');
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '"' || c == '\\') text_format(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f) text_format(out, "\\u%04x", c);
        else text_char(out, (char)c);
    }
    text_char(out, '"');
}

static void add_member(text *out, const char *key, str s) {
    text_format(out, ", \"%s\": ", key);
    add_string(out, s);
}

/* Values and _ids are JSON already. */
static void add_sample(text *out, const sample *d, bool show_values) {
    text_format(out, "{\"count\": %lld, \"ids\": [", (long long)d->count);
    for (size_t i = 0; i < d->ids.n; i++) {
        if (i) text_add(out, STR(", "));
        text_add(out, part_id(d->ids.at[i], show_values));
    }
    text_char(out, ']');
    if (show_values && d->value.n) {
        text_add(out, STR(", \"value\": "));
        text_add(out, d->value);
    }
    text_char(out, '}');
}

static void add_failure(text *out, const report *r, const failure *f) {
    const operation *o = &r->plan->operations.at[f->operation];
    text_format(out, "{\"code\": \"%s\", \"server_code\": %d, \"operation\": %zu", kf_code_text(f->code), f->server_code,
                f->operation);
    add_member(out, "collection", o->collection);
    if (o->index) add_member(out, "index", o->index->name);
    if (o->field.n) add_member(out, "field", o->field);
    add_member(out, "message", f->message);
    text_add(out, STR(", \"duplicates\": ["));
    for (size_t i = 0; i < f->duplicates.n; i++) {
        if (i) text_add(out, STR(", "));
        add_sample(out, &f->duplicates.at[i], r->show_values);
    }
    text_char(out, ']');
    if (f->unconverted.count) {
        text_add(out, STR(", \"unconverted\": "));
        add_sample(out, &f->unconverted, r->show_values);
    }
    text_char(out, '}');
}

static void add_failures(text *out, const report *r) {
    const char *before = "\n    ";
    text_add(out, STR("  \"failures\": ["));
    for (size_t i = 0; i < r->run->failures.n; i++) {
        const failure *f = &r->run->failures.at[i];
        if (f->operation >= r->plan->operations.n) continue;
        text_add(out, str_of(before));
        add_failure(out, r, f);
        before = ",\n    ";
    }
    text_add(out, r->run->failures.n ? STR("\n  ]\n}\n") : STR("]\n}\n"));
}

void report_result_json(text *out, const report *r) {
    text whole = {.arena = out->arena, .hides_values = !r->show_values};
    json_write_plan(&whole, r->plan);
    /* The plan's members, without the brace that closes them. */
    str members = str_trim(text_str(&whole));
    members = str_trim(str_slice(members, 0, members.n - 1));
    text_add(out, members);
    text_format(out, ",\n  \"commands\": {\"read\": %zu, \"write\": %zu},\n  \"done\": %zu,\n  \"plans\": %zu,\n",
                r->commands_read, r->commands_write, r->done, r->plans);
    add_failures(out, r);
}
