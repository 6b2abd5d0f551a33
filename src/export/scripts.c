/* Scripts that make the same collections and indexes elsewhere. */
#include "export/words.h"

typedef struct script {
    const char *head, *collection, *spec, *collection_end, *tail;
} script;

/* What is not there yet, by name: run again it does nothing. One createIndexes a collection, for each scans it once. */
static const script pymongo = {
    .head = "# The collections and indexes that keyfold found, for another database: python FILE mongodb://host/database\n"
            "import sys\n"
            "\n"
            "from bson import json_util\n"
            "from pymongo import MongoClient\n"
            "\n"
            "INDEXES = {",
    .collection = "\n    %s: [",
    .spec = "\n        %s,",
    .collection_end = "\n    ],",
    .tail = "\n}\n"
            "\n"
            "\n"
            "def main(uri):\n"
            "    database = MongoClient(uri).get_default_database()\n"
            "    there = set(database.list_collection_names())\n"
            "    for name, specs in INDEXES.items():\n"
            "        if name not in there:\n"
            "            database.create_collection(name)\n"
            "        have = database[name].index_information()\n"
            "        specs = [spec for spec in map(json_util.loads, specs) if spec[\"name\"] not in have]\n"
            "        if specs:\n"
            "            database.command(\"createIndexes\", name, indexes=specs)\n"
            "        print(f\"{name}: {len(specs)} indexes made\")\n"
            "\n"
            "\n"
            "if __name__ == \"__main__\":\n"
            "    if len(sys.argv) != 2:\n"
            "        sys.exit(\"usage: python FILE mongodb://host/database\")\n"
            "    main(sys.argv[1])\n",
};

static const script mongosh = {
    .head = "// The collections and indexes that keyfold found, for another database: mongosh mongodb://host/database FILE\n"
            "const indexes = [",
    .collection = "\n  [%s, [",
    .spec = "\n    %s,",
    .collection_end = "\n  ]],",
    .tail =
        "\n];\n"
        "const there = new Set(db.getCollectionNames());\n"
        "for (const [name, specs] of indexes) {\n"
        "  if (!there.has(name)) db.createCollection(name);\n"
        "  const have = new Set(db.getCollection(name).getIndexes().map((index) => index.name));\n"
        "  const missing = specs.map((spec) => EJSON.parse(spec, {relaxed: false})).filter((spec) => !have.has(spec.name));\n"
        "  if (missing.length) db.runCommand({createIndexes: name, indexes: missing});\n"
        "  print(`${name}: ${missing.length} indexes made`);\n"
        "}\n",
};

/* What stands between "%s" in a template. */
static void add_filled(text *out, const char *template, str filling) {
    str t = str_of(template);
    size_t at = str_find(t, STR("%s"), 0);
    text_add(out, str_slice(t, 0, at));
    word_script_string(out, filling);
    text_add(out, str_from(t, at + 2));
}

static void add_script(text *out, const schema *s, const script *form) {
    table **tables = export_tables(out->arena, s);
    text_add(out, str_of(form->head));
    for (size_t i = 0; i < s->tables.n; i++) {
        if (!tables[i]->exists) continue;
        add_filled(out, form->collection, tables[i]->name);
        for (size_t k = 0; k < tables[i]->indexes.n; k++)
            add_filled(out, form->spec, json_index_spec(out->arena, tables[i]->indexes.at[k]));
        text_add(out, str_of(form->collection_end));
    }
    text_add(out, str_of(form->tail));
}

void export_pymongo(text *out, const schema *s) { add_script(out, s, &pymongo); }
void export_mongosh(text *out, const schema *s) { add_script(out, s, &mongosh); }
