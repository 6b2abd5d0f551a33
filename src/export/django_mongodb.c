/* For Django's official MongoDB backend, django-mongodb-backend: a script that moves keys and indexes to what it expects. What
 * it expects was observed (docs/export.md). */
#include "export/words.h"

static const char head[] =
    "# The collections that keyfold found, for Django's official MongoDB backend:\n"
    "#     python FILE mongodb://host/database [--dry-run]\n"
    "# Rows are known by their _id from then on, and what refers to them follows; indexes become those of the backend's own\n"
    "# migrate. Nobody else may write meanwhile. Run again it does nothing. What it cannot do: docs/export.md.\n"
    "import hashlib\n"
    "import sys\n"
    "\n"
    "from bson import Int64, json_util\n"
    "from pymongo import MongoClient, UpdateOne\n"
    "\n"
    "# counter: the AutoField, which gives way to _id. old: what djongo and keyfold have made.\n"
    "TABLES = {";

static const char body[] =
    "# What djongo's type is as a BSON type, as the backend writes it.\n"
    "TYPES = {\"int\": \"long\", \"long\": \"long\", \"double\": \"double\", \"decimal\": \"decimal\", \"string\": \"string\", "
    "\"bool\": \"bool\",\n"
    "         \"date\": \"date\", \"binData\": \"binData\", \"object\": \"object\", \"array\": \"array\", \"objectId\": "
    "\"objectId\"}\n"
    "BATCH = 1000\n"
    "\n"
    "\n"
    "def referred(table, column):\n"
    "    \"\"\"The table whose rows' _id the column holds from now on.\"\"\"\n"
    "    target = TABLES[table][\"references\"].get(column)\n"
    "    return target if target in TABLES and TABLES[target][\"counter\"] else None\n"
    "\n"
    "\n"
    "def type_of(table, column):\n"
    "    return \"objectId\" if referred(table, column) else TYPES.get(TABLES[table][\"columns\"].get(column))\n"
    "\n"
    "\n"
    "def unique_name(table, column):\n"
    "    \"\"\"As Django calls the index of a column with unique=True.\"\"\"\n"
    "    digest = hashlib.md5(table.encode() + column.encode(), usedforsecurity=False).hexdigest()[:8]\n"
    "    return f\"{table}_{column}_{digest}_uniq\"\n"
    "\n"
    "\n"
    "def wanted(table):\n"
    "    \"\"\"The indexes that the backend's own migrate makes.\"\"\"\n"
    "    for text in TABLES[table][\"indexes\"]:\n"
    "        spec = json_util.loads(text)\n"
    "        spec[\"name\"] = spec[\"name\"] or unique_name(table, next(iter(spec[\"key\"])))\n"
    "        condition = {field: value if isinstance(value, (dict, list)) else {\"$eq\": value}\n"
    "                     for field, value in spec.pop(\"partialFilterExpression\", {}).items()}\n"
    "        for column in spec[\"key\"] if spec.get(\"unique\") else ():\n"
    "            kind = type_of(table, column)\n"
    "            if kind is None:\n"
    "                print(f\"{table}: {spec['name']} is left out: nobody knows the type of {column}\")\n"
    "                break\n"
    "            condition[column] = {**condition.get(column, {}), \"$type\": kind}\n"
    "        else:\n"
    "            yield {**spec, \"partialFilterExpression\": condition} if condition else spec\n"
    "\n"
    "\n"
    "def change(database, table, column, stored, convert, what, dry):\n"
    "    \"\"\"Values of a BSON type become what convert makes of them, where it makes something.\"\"\"\n"
    "    writes, done, left = [], 0, 0\n"
    "    for row in database[table].find({column: {\"$type\": stored}}, {column: 1}):\n"
    "        value = convert(row[column])\n"
    "        if value is None:\n"
    "            left += 1\n"
    "            continue\n"
    "        done += 1\n"
    "        writes.append(UpdateOne({\"_id\": row[\"_id\"], column: row[column]}, {\"$set\": {column: value}}))\n"
    "        if len(writes) == BATCH and not dry:\n"
    "            database[table].bulk_write(writes, ordered=False)\n"
    "        if len(writes) == BATCH:\n"
    "            writes = []\n"
    "    if writes and not dry:\n"
    "        database[table].bulk_write(writes, ordered=False)\n"
    "    if done or left:\n"
    "        print(f\"{table}.{column}: {done} values become {what}\" + (f\", {left} refer to nothing and stay\" if left else "
    "\"\"))\n"
    "\n"
    "\n"
    "def convert_values(database, table, dry):\n"
    "    for column, kind in TABLES[table][\"columns\"].items():\n"
    "        target = referred(table, column)\n"
    "        if target:\n"
    "            key = TABLES[target][\"counter\"]\n"
    "            ids = {row[key]: row[\"_id\"] for row in database[target].find({key: {\"$exists\": True}}, {key: 1})}\n"
    "            change(database, table, column, \"number\", ids.get, f\"the _id in {target}\", dry)\n"
    "        elif kind in (\"int\", \"long\"):\n"
    "            change(database, table, column, \"int\", Int64, \"long\", dry)\n"
    "        elif kind == \"string\":\n"
    "            change(database, table, column, \"binData\", lambda value: bytes(value).hex() if value.subtype in (3, 4) else "
    "None,\n"
    "                   \"UUIDs in hexadecimal\", dry)\n"
    "\n"
    "\n"
    "def without_defaults(spec):\n"
    "    return {key: value for key, value in spec.items() if key not in (\"v\", \"ns\")}\n"
    "\n"
    "\n"
    "def settle_indexes(database, table, dry):\n"
    "    have = {index[\"name\"]: without_defaults(index) for index in database[table].list_indexes()}\n"
    "    want = {spec[\"name\"]: spec for spec in wanted(table)}\n"
    "    same = {name for name in want if name in have and\n"
    "            json_util.dumps(have[name], sort_keys=True) == json_util.dumps(want[name], sort_keys=True)}\n"
    "    drops = [name for name in have if name not in same and (name in want or name in TABLES[table][\"old\"])]\n"
    "    builds = [spec for name, spec in want.items() if name not in same]\n"
    "    for name in drops:\n"
    "        if not dry:\n"
    "            database[table].drop_index(name)\n"
    "    if builds and not dry:\n"
    "        database.command(\"createIndexes\", table, indexes=builds)\n"
    "    print(f\"{table}: {len(drops)} indexes go, {len(builds)} are made, {len(same)} stay\")\n"
    "\n"
    "\n"
    "def main(uri, dry):\n"
    "    database = MongoClient(uri).get_default_database()\n"
    "    there = set(database.list_collection_names())\n"
    "    for table in TABLES:\n"
    "        if table in there:\n"
    "            convert_values(database, table, dry)\n"
    "        elif not dry:\n"
    "            database.create_collection(table)\n"
    "    for table in TABLES:\n"
    "        settle_indexes(database, table, dry)\n"
    "\n"
    "\n"
    "if __name__ == \"__main__\":\n"
    "    words = [word for word in sys.argv[1:] if word != \"--dry-run\"]\n"
    "    if len(words) != 1:\n"
    "        sys.exit(\"usage: python FILE mongodb://host/database [--dry-run]\")\n"
    "    main(words[0], \"--dry-run\" in sys.argv)\n";

static void add_entry(text *out, const char *before, str key, str value) {
    text_add(out, str_of(before));
    word_script_string(out, key);
    text_add(out, STR(": "));
    word_script_string(out, value);
}

static const char *next(size_t n) { return n ? ", " : ""; }

static str counter_of(const table *t) {
    for (size_t i = 0; i < t->columns.n; i++)
        if (t->columns.at[i]->auto_increment) return t->columns.at[i]->name;
    return STR_NONE;
}

static void add_columns(text *out, const table *t) {
    text_add(out, STR("\n        'columns': {"));
    for (size_t i = 0; i < t->columns.n; i++) add_entry(out, next(i), t->columns.at[i]->name, t->columns.at[i]->type);
    text_add(out, STR("},"));
}

static void add_references(text *out, const table *t) {
    size_t n = 0;
    text_add(out, STR("\n        'references': {"));
    for (size_t i = 0; i < t->names.n; i++) {
        const name *k = t->names.at[i];
        if (k->kind == NAME_FOREIGN_KEY && k->key.fields.n == 1)
            add_entry(out, next(n++), k->key.fields.at[0].column, k->ref_table);
    }
    text_add(out, STR("},"));
}

static const index_spec *index_of(const table *t, const name *n) {
    return n->indexes.n ? table_index(t, n->indexes.at[0]) : NULL;
}

/* The condition alone: what keyfold says of nulls, the backend says otherwise. */
static filter condition_of(const name *n, const index_spec *x, arena *a) {
    filter f = {0};
    if (!x || (n->kind == NAME_INDEX && x->unique)) return f; /* a unique one serves it */
    f = filter_copy(&x->filter, a);
    for (size_t i = f.terms.n; n->kind != NAME_INDEX && i-- > 0;)
        if (f.terms.at[i].op == FILTER_TYPE && key_has(&n->key, f.terms.at[i].field)) vec_remove(&f.terms, i);
    return f;
}

/* The backend calls the index of a UNIQUE column as Django does: the script makes that up. */
static bool is_of_column(const name *n) {
    if (n->kind == NAME_PRIMARY || n->of_column) return true;
    if (n->kind != NAME_UNIQUE || n->key.fields.n != 1 || n->where_sql.n) return false;
    str c = n->key.fields.at[0].column;
    return str_eq(n->name, c) || (n->name.n == c.n + 2 && str_starts(n->name, c) && str_ends(n->name, STR("_1")));
}

typedef VEC(index_spec *) spec_list;

/* The server refuses the same index under a second name, and so would the backend's migrate. */
static const index_spec *same_as(const spec_list *done, const index_spec *x) {
    for (size_t i = 0; i < done->n; i++)
        if (index_same(done->at[i], x)) return done->at[i];
    return NULL;
}

static void add_index(text *out, const table *t, const name *n, spec_list *done) {
    index_spec *x = arena_make(out->arena, index_spec);
    *x = (index_spec){.name = n->name, .key = n->key, .unique = n->kind != NAME_INDEX, .ordinary = true};
    x->filter = condition_of(n, index_of(t, n), out->arena);
    const index_spec *other = same_as(done, x);
    if (other) {
        text line = {.arena = out->arena};
        text_format(&line, "\"%.*s\" is the same as \"%.*s\": the backend's migrate fails on it until it is out of the model",
                    STR_ARG(n->name), STR_ARG(other->name));
        text_add(out, STR("\n            # "));
        word_comment(out, text_str(&line));
        return;
    }
    vec_push(out->arena, done, x);
    index_spec shown = *x;
    if (is_of_column(n)) shown.name = STR("");
    text_add(out, STR("\n            "));
    word_script_string(out, json_index_spec(out->arena, &shown));
    text_char(out, ',');
}

static bool is_counter_key(const table *t, const name *n) {
    return n->key.fields.n == 1 &&
           (str_eq(n->key.fields.at[0].column, counter_of(t)) || str_eq(n->key.fields.at[0].column, STR("_id")));
}

/* What is recorded as somebody else's stays as it is; what nobody recorded is djongo's, if it is of its form. */
static bool is_ours(const table *t, const name *n) {
    return name_is_served(n->kind) && (n->derived || n->made_by != MADE_BY_OTHER) && !export_unsaid(t, n);
}

static bool is_old(const table *t, const index_spec *x) {
    for (size_t i = 0; i < t->names.n; i++)
        for (size_t k = 0; is_ours(t, t->names.at[i]) && k < t->names.at[i]->indexes.n; k++)
            if (str_eq(t->names.at[i]->indexes.at[k], x->name)) return true;
    return false;
}

static void add_indexes(text *out, const table *t) {
    name **names = export_names(out->arena, t);
    spec_list done = {0};
    text_add(out, STR("\n        'indexes': ["));
    for (size_t i = 0; i < t->names.n; i++) {
        const name *n = names[i];
        if (!is_ours(t, n) || (n->kind == NAME_PRIMARY && is_counter_key(t, n))) continue;
        add_index(out, t, n, &done);
    }
    text_add(out, STR("\n        ],\n        'old': ["));
    for (size_t i = 0, k = 0; i < t->indexes.n; i++) {
        const index_spec *x = t->indexes.at[i];
        if (!is_old(t, x)) continue;
        text_add(out, str_of(next(k++)));
        word_script_string(out, x->name);
    }
    text_add(out, STR("],"));
}

void export_django_mongodb(text *out, const schema *s) {
    table **tables = export_tables(out->arena, s);
    text_add(out, str_of(head));
    for (size_t i = 0; i < s->tables.n; i++) {
        const table *t = tables[i];
        if (!t->exists || str_eq(t->name, STR(MIGRATIONS_TABLE))) continue;
        text_add(out, STR("\n    "));
        word_script_string(out, t->name);
        text_add(out, STR(": {\n        'counter': "));
        word_script_string(out, counter_of(t));
        text_char(out, ',');
        add_columns(out, t);
        add_references(out, t);
        add_indexes(out, t);
        text_add(out, STR("\n    },"));
    }
    text_add(out, STR("\n}\n"));
    text_add(out, str_of(body));
}
