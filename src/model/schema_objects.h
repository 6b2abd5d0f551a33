/* What a schema is made of: columns, names, indexes. See docs/design.md: a name is what SQL calls an index or constraint,
 * an index is what the server has. */
#ifndef MODEL_SCHEMA_OBJECTS_H
#define MODEL_SCHEMA_OBJECTS_H

#include "model/expression.h"
#include "model/filter.h"
#include "model/source.h"

typedef struct key_field {
    str column;
    int direction; /* 1, -1; 0: something else (text, hashed, ...), told in special */
    str special;   /* as JSON: KEY_HASHED */
} key_field;

#define KEY_HASHED "\"hashed\""

typedef struct key_pattern {
    VEC(key_field) fields;
} key_pattern;

bool key_equal(const key_pattern *a, const key_pattern *b);
int key_cmp(const key_pattern *a, const key_pattern *b);
bool key_has(const key_pattern *k, str column);
/* Only ascending, descending and hashed fields, and one of them hashed. */
bool key_is_hashed(const key_pattern *k);
/* Could a server have an index on it? On somebody else's paths too: MongoDB lets a $ begin no part of one, but for a DBRef's
 * $id, $ref and $db behind the first, and the wildcard $** at the end. */
bool key_is_possible(const key_pattern *k);
/* { "a": 1, "b": -1 } */
void key_dump(text *out, const key_pattern *k);

typedef enum nullability { NULLS_UNKNOWN, NULLS_ALLOWED, NULLS_REFUSED } nullability;

typedef struct column {
    str name;
    str type; /* djongo's type name: long, string, ...; empty if unknown */
    nullability nulls;
    bool auto_increment;
    bool has_default;
    str default_sql;                      /* as it stands in the statement; a parameter as SQL, or as its placeholder */
    const expression *default_expression; /* NULL if the statement is not at hand */
    bool has_default_value;               /* it is a constant of the column's type, or a parameter that was given */
    value default_value;
    VEC(str) was;    /* names that it had before, the first one first */
    size_t was_live; /* how many of them the live column had; the others are this run's */
    bool has_fill;   /* ADD COLUMN of a table that is there: the value where the field is missing (null without a default) */
    bool was_there, was_renamed; /* as in table */
    bool is_another; /* the live column of its name is the one that was renamed: whether this one was filled is not known */
    value fill;
    str added_type;     /* what it was declared as then: the type of the fill */
    bool has_null_fill; /* made not null after an UPDATE of its nulls: the value where it is null or missing */
    value null_fill;
    bool nulls_filled;       /* recorded: a log did that, and made it null again; which nulls came later cannot be told */
    size_t null_fill_effect; /* of the UPDATE, where statements are carried out now */
    /* In a schema that statements were applied to: which of schema->effects (1 is the first) made it, and set its nulls and
     * default last; 0: none, it was live. */
    size_t effect, nulls_effect, default_effect, type_effect, identity_effect, rename_effect;
} column;

/* Was it this name that it had before a rename? */
bool column_was_called(const column *c, str called);
/* Names that a thing has had, its present one last. */
typedef struct lineage {
    const str *was;
    size_t n;
    str name;
} lineage;
/* Does a live thing's lineage end with all that this run has made of a thing, from the was_live-th of its names on? Then an
 * earlier run of the same log did it. */
bool lineage_replays(lineage live, lineage made, size_t was_live);
static inline bool column_replays(const column *live, const column *c) {
    return lineage_replays((lineage){live->was.at, live->was.n, live->name}, (lineage){c->was.at, c->was.n, c->name},
                           c->was_live);
}

typedef enum name_kind { NAME_INDEX, NAME_UNIQUE, NAME_PRIMARY, NAME_FOREIGN_KEY, NAME_CHECK } name_kind;
/* "index", "unique", "primary", "foreign key", "check" */
const char *name_kind_text(name_kind kind);
bool name_kind_of(str text, name_kind *out);
/* Index, unique and primary want an index; foreign key and check do not. */
static inline bool name_is_served(name_kind kind) { return kind <= NAME_PRIMARY; }

typedef enum maker { MADE_BY_KEYFOLD, MADE_BY_DJONGO, MADE_BY_OTHER } maker;
const char *maker_text(maker m);
bool maker_of(str text, maker *out);

typedef struct name {
    str name;
    name_kind kind;
    key_pattern key;   /* for check: the columns it speaks of */
    str where_sql;     /* the condition as SQL, empty if none; as written until it is applied to a schema */
    expression *where; /* the same parsed, NULL if none (or not parsed yet) */
    str ref_table;
    VEC(str) ref_columns;
    str check_sql;
    VEC(str) indexes; /* names on the server of the indexes that serve it */
    maker made_by;
    VEC(str) was;       /* what it was called before this run renamed it, the first one first */
    bool derived;       /* recorded nowhere: taken from a live index */
    bool of_column;     /* made by a UNIQUE or PRIMARY KEY written at the column */
    bool cleared;       /* recorded: its index was to be dropped and built anew */
    bool full;          /* recorded: and that, a unique one, had no filter, whatever is known of nulls */
    size_t effect;      /* as in column */
    VEC(size_t) causes; /* the statements that asked for it; indexes into the run's statements */
} name;

void name_dump(text *out, const name *n);

typedef struct index_spec {
    str name; /* on the server */
    key_pattern key;
    bool unique, sparse, hidden;
    bool ordinary;     /* false: TTL, collation, text, ... : something that no request of ours asks for */
    bool special_full; /* not ordinary, yet it holds every document under simple collation (TTL): serves plain requests */
    bool stale;        /* a plan's mark: it uses a field that is renamed or goes, and is cleared first */
    filter filter;
    str spec; /* a live one's whole spec as BSON bytes, empty for one that is wanted */
} index_spec;

/* Same key, unique, filter; both ordinary and not sparse. */
bool index_same(const index_spec *a, const index_spec *b);
/* Of a form that djongo makes: no filter, not sparse, no option of its own. */
bool index_is_plain(const index_spec *x);
/* Is the name recorded as served by this live index? One of another key under the same name is somebody else's. */
bool name_is_on(const name *n, const index_spec *x);
void index_dump(text *out, const index_spec *i);
/* "_kf" and 16 hex digits of the spec's hash: what keyfold puts behind a name on the server that it makes up. */
str index_suffix(const index_spec *i, arena *a);
/* Is the index's name on the server one that keyfold made up for this very spec? */
bool index_is_handle(const index_spec *i, arena *a);

typedef VEC(column *) column_list;
typedef VEC(name *) name_list;
typedef VEC(index_spec *) index_list;

#endif
