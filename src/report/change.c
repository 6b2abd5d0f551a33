/* What becomes of a collection and of its fields: a line an operation. */
#include "report/parts.h"

static bool has_operation(const plan *p, operation_kind kind, str collection) {
    for (size_t i = 0; i < p->operations.n; i++)
        if (p->operations.at[i].kind == kind && str_eq(p->operations.at[i].collection, collection)) return true;
    return false;
}

/* The catalog's document goes along with its collection: that is told once. */
bool part_is_change(const plan *p, const operation *o) {
    switch (o->kind) {
    case OPERATION_EMPTY_COLLECTION:
    case OPERATION_DROP_DATABASE:
    case OPERATION_RENAME_COLLECTION:
    case OPERATION_RENAME_FIELD:
    case OPERATION_FILL_FIELD:
    case OPERATION_CONVERT_FIELD:
    case OPERATION_UNSET_FIELD:
    case OPERATION_WRITE_MIGRATION:
    case OPERATION_REMOVE_MIGRATION:
    case OPERATION_MEND_COUNTER:
    case OPERATION_DROP_COLLECTION: return true;
    case OPERATION_RECORD_DOCUMENT:
    case OPERATION_WRITE_DOCUMENT: return o->from.n && !has_operation(p, OPERATION_RENAME_COLLECTION, o->collection);
    case OPERATION_REMOVE_DOCUMENT: return !has_operation(p, OPERATION_DROP_COLLECTION, o->collection);
    default: return false;
    }
}

static void add_quoted(text *out, const char *before, str s) {
    text_format(out, "%s\"", before);
    part_text(out, s);
    text_char(out, '"');
}

static void add_fill(text *out, const plan *p, const operation *o) {
    text shown = {.arena = out->arena, .hides_values = !p->options.show_values};
    value_show(&shown, &o->fill);
    add_quoted(out, "field ", o->field);
    text_add(out, STR(" is filled with "));
    part_text(out, text_str(&shown));
    text_add(out, o->fill_nulls ? STR(" where it is missing or null") : STR(" where it is missing"));
}

static void add_migration(text *out, const migration *m) {
    text_add(out, STR("migration \""));
    part_text(out, m->app);
    text_char(out, '.');
    part_text(out, m->name);
    text_char(out, '"');
}

void part_change_text(text *out, const plan *p, const operation *o) {
    switch (o->kind) {
    case OPERATION_RENAME_FIELD:
        add_quoted(out, "field ", o->from);
        add_quoted(out, " becomes ", o->field);
        break;
    case OPERATION_FILL_FIELD: add_fill(out, p, o); break;
    case OPERATION_CONVERT_FIELD:
        add_quoted(out, "values of field ", o->field);
        text_add(out, STR(" become "));
        part_text(out, o->new_type);
        break;
    case OPERATION_UNSET_FIELD:
        add_quoted(out, "field ", o->field);
        text_add(out, STR(" goes"));
        break;
    case OPERATION_DROP_COLLECTION: text_add(out, STR("the collection goes")); break;
    case OPERATION_EMPTY_COLLECTION:
        text_add(out, o->restart ? STR("all documents go, and the counter begins anew") : STR("all documents go"));
        break;
    case OPERATION_DROP_DATABASE:
        add_quoted(out, "the database ", o->from);
        text_add(out, STR(" goes"));
        break;
    case OPERATION_REMOVE_DOCUMENT: text_add(out, STR("its document in the catalog goes")); break;
    case OPERATION_MEND_COUNTER: add_quoted(out, "the counter goes on behind the greatest ", o->field); break;
    case OPERATION_WRITE_MIGRATION:
    case OPERATION_REMOVE_MIGRATION: add_migration(out, o->migration); break;
    default: add_quoted(out, "was ", o->from);
    }
}

char part_change_mark(const operation *o) {
    switch (o->kind) {
    case OPERATION_UNSET_FIELD:
    case OPERATION_EMPTY_COLLECTION:
    case OPERATION_DROP_DATABASE:
    case OPERATION_DROP_COLLECTION:
    case OPERATION_REMOVE_DOCUMENT:
    case OPERATION_REMOVE_MIGRATION: return MARK_DROPPED;
    case OPERATION_WRITE_MIGRATION: return MARK_MADE;
    default: return MARK_CHANGED;
    }
}

void part_change(text *out, const plan *p, const operation *o, const char *remark) {
    str place = part_place(p, out->arena, o->causes.at, o->causes.n);
    text_format(out, "  %c ", *remark ? MARK_NOT_DONE : part_change_mark(o));
    part_change_text(out, p, o);
    if (place.n) {
        text_add(out, STR("  "));
        part_text(out, place);
    }
    text_format(out, "%s\n", remark);
}
