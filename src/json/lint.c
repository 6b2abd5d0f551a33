/* Findings as JSON (docs/json.md) and as SARIF 2.1.0. */
#include "json/json.h"
#include "json/tree.h"

static str key_text(arena *a, const key_pattern *k) {
    text t = {.arena = a};
    key_dump(&t, k);
    return text_str(&t);
}

static void put_finding(arena *a, bson_t *b, const lint_finding *f, bool doctor) {
    const lint_rule *rule = lint_rule_of(f->code);
    tree_put_str(b, "code", str_of(rule->code));
    tree_put_str(b, "id", str_of(rule->id));
    tree_put_str(b, "severity", str_of(lint_severity_text(f->severity)));
    tree_put_str(b, "collection", f->collection);
    if (f->name.n) tree_put_str(b, "name", f->name);
    if (f->key.fields.n) key_list_append(a, b, "key", &f->key, false);
    tree_put_str(b, "message", f->message);
    tree_put_str(b, "cost", str_of(rule->cost));
    tree_put_str(b, "fix", f->fix);
    if (doctor) bson_append_bool(b, "mended", -1, f->mended);
    if (f->file.n) tree_put_str(b, "source", str_format(a, "%.*s:%zu", STR_ARG(f->file), f->line));
}

void json_write_lint(text *out, const lint *l) {
    bson_t *b = tree_new(out->arena), list, each;
    char room[16];
    bson_append_int32(b, "format", -1, 1);
    bson_append_array_begin(b, "findings", -1, &list);
    for (size_t i = 0; i < l->findings.n; i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        put_finding(out->arena, &each, &l->findings.at[i], l->doctor);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(b, &list);
    tree_print_pretty(out, tree_bytes(b));
}

/* ---- SARIF ---- */

static void put_message(bson_t *b, const char *key, str s) {
    bson_t message;
    bson_append_document_begin(b, key, -1, &message);
    tree_put_str(&message, "text", s);
    bson_append_document_end(b, &message);
}

static void put_rules(arena *a, bson_t *driver) {
    bson_t list, each, configuration;
    char room[16];
    bson_append_array_begin(driver, "rules", -1, &list);
    for (int c = 0; c < LINT_OWN_CODES; c++) {
        const lint_rule *rule = lint_rule_of((lint_code)c);
        bson_append_document_begin(&list, tree_position((size_t)c, room), -1, &each);
        tree_put_str(&each, "id", str_of(rule->code));
        tree_put_str(&each, "name", str_of(rule->id));
        put_message(&each, "shortDescription", str_of(rule->summary));
        put_message(&each, "fullDescription", str_of(rule->cost));
        put_message(&each, "help", str_of(rule->remedy));
        bson_append_document_begin(&each, "defaultConfiguration", -1, &configuration);
        tree_put_str(&configuration, "level", str_of(lint_severity_text(rule->severity)));
        bson_append_document_end(&each, &configuration);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(driver, &list);
    (void)a;
}

/* A path as a URI reference: what has a meaning there, and what is no ASCII, as its bytes. */
static str uri_of(arena *a, str path) {
    text t = {.arena = a};
    for (size_t i = 0; i < path.n; i++) {
        unsigned char c = (unsigned char)path.p[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-._~/", c);
        if (plain && c) text_char(&t, (char)c);
        else text_format(&t, "%%%02X", c);
    }
    return text_str(&t);
}

static void put_physical(arena *a, bson_t *location, const lint_finding *f) {
    bson_t physical, artifact, region;
    if (!f->file.n) return;
    bson_append_document_begin(location, "physicalLocation", -1, &physical);
    bson_append_document_begin(&physical, "artifactLocation", -1, &artifact);
    tree_put_str(&artifact, "uri", uri_of(a, f->file));
    bson_append_document_end(&physical, &artifact);
    bson_append_document_begin(&physical, "region", -1, &region);
    tree_put_int(&region, "startLine", (int64_t)(f->line ? f->line : 1));
    bson_append_document_end(&physical, &region);
    bson_append_document_end(location, &physical);
}

static void put_location(arena *a, bson_t *result, const lint_finding *f) {
    bson_t list, location, logicals, logical;
    bson_append_array_begin(result, "locations", -1, &list);
    bson_append_document_begin(&list, "0", -1, &location);
    put_physical(a, &location, f);
    bson_append_array_begin(&location, "logicalLocations", -1, &logicals);
    bson_append_document_begin(&logicals, "0", -1, &logical);
    tree_put_str(&logical, "fullyQualifiedName",
                 f->name.n ? str_format(a, "%.*s.%.*s", STR_ARG(f->collection), STR_ARG(f->name)) : f->collection);
    bson_append_document_end(&logicals, &logical);
    bson_append_array_end(&location, &logicals);
    bson_append_document_end(&list, &location);
    bson_append_array_end(result, &list);
}

static void put_result(arena *a, bson_t *b, const lint_finding *f) {
    str about = f->name.n ? str_format(a, "%.*s: \"%.*s\" %.*s: ", STR_ARG(f->collection), STR_ARG(f->name),
                                       STR_ARG(key_text(a, &f->key)))
                          : str_format(a, "%.*s: ", STR_ARG(f->collection));
    tree_put_str(b, "ruleId", str_of(lint_rule_of(f->code)->code));
    tree_put_int(b, "ruleIndex", f->code);
    tree_put_str(b, "level", str_of(lint_severity_text(f->severity)));
    put_message(b, "message", str_format(a, "%.*s%.*s. To do: %.*s", STR_ARG(about), STR_ARG(f->message), STR_ARG(f->fix)));
    put_location(a, b, f);
}

static void put_run(arena *a, bson_t *run, const lint *l) {
    bson_t tool, driver, list, each;
    char room[16];
    bson_append_document_begin(run, "tool", -1, &tool);
    bson_append_document_begin(&tool, "driver", -1, &driver);
    tree_put_str(&driver, "name", STR("keyfold"));
    tree_put_str(&driver, "version", STR(JSON_WRITER));
    put_rules(a, &driver);
    bson_append_document_end(&tool, &driver);
    bson_append_document_end(run, &tool);
    bson_append_array_begin(run, "results", -1, &list);
    for (size_t i = 0; i < l->findings.n; i++) {
        bson_append_document_begin(&list, tree_position(i, room), -1, &each);
        put_result(a, &each, &l->findings.at[i]);
        bson_append_document_end(&list, &each);
    }
    bson_append_array_end(run, &list);
}

void json_write_sarif(text *out, const lint *l) {
    bson_t *b = tree_new(out->arena), runs, run;
    tree_put_str(b, "version", STR("2.1.0"));
    bson_append_array_begin(b, "runs", -1, &runs);
    bson_append_document_begin(&runs, "0", -1, &run);
    put_run(out->arena, &run, l);
    bson_append_document_end(&runs, &run);
    bson_append_array_end(b, &runs);
    tree_print_pretty(out, tree_bytes(b));
}
