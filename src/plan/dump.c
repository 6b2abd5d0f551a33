/* A plan as text for `explain plan` and the corpus: short, stable, complete. */
#include "plan/plan.h"

/* The constants of a condition are the index's own, which whoever lists the indexes sees. */
static void dump_name(text *out, const name *n) {
    bool hides_values = out->hides_values;
    text_add(out, STR("  name "));
    out->hides_values = false;
    name_dump(out, n);
    out->hides_values = hides_values;
    for (size_t j = 0; j < n->indexes.n; j++) text_format(out, "%s \"%.*s\"", j ? "," : " on", STR_ARG(n->indexes.at[j]));
    text_char(out, '\n');
}

static void dump_operation(text *out, const operation *op) {
    text_add(out, str_of(operation_kind_text(op->kind)));
    if (op->collection.n) text_format(out, " \"%.*s\"", STR_ARG(op->collection));
    if (op->from.n && op->field.n) text_format(out, " \"%.*s\" to \"%.*s\"", STR_ARG(op->from), STR_ARG(op->field));
    else if (op->from.n && !op->collection.n) text_format(out, " \"%.*s\"", STR_ARG(op->from));
    else if (op->from.n) text_format(out, " from \"%.*s\"", STR_ARG(op->from));
    else if (op->field.n) text_format(out, " \"%.*s\"", STR_ARG(op->field));
    if (op->migration) {
        text_format(out, " \"%.*s\" \"%.*s\"", STR_ARG(op->migration->app), STR_ARG(op->migration->name));
        if (op->kind == OPERATION_WRITE_MIGRATION) {
            text_add(out, STR(" applied "));
            value_dump(out, &op->migration->applied);
        }
    }
    if (op->kind == OPERATION_FILL_FIELD) {
        text_add(out, STR(" with "));
        value_show(out, &op->fill);
        text_add(out, op->fill_nulls ? STR(" for nulls") : STR(" where it is missing"));
    }
    if (op->restart) text_add(out, STR(" and begin its counter anew"));
    if (op->new_type.n)
        text_format(out, " from %.*s to %.*s", STR_ARG(op->old_type.n ? op->old_type : STR("no type")), STR_ARG(op->new_type));
    if (op->index) {
        text_char(out, ' ');
        index_dump(out, op->index);
    }
    if (op->old) {
        text_add(out, op->index ? STR(" for ") : STR(" "));
        index_dump(out, op->old);
    }
    text_char(out, '\n');
    for (size_t i = 0; op->document && i < op->document->names.n; i++) dump_name(out, op->document->names.at[i]);
    for (size_t i = 0; op->document && i < op->document->dropping.n; i++)
        text_format(out, "  dropping \"%.*s\"\n", STR_ARG(op->document->dropping.at[i]));
    for (size_t i = 0; i < op->removed_columns.n; i++)
        text_format(out, "  remove column \"%.*s\"\n", STR_ARG(op->removed_columns.at[i]));
}

static void dump_skipped(text *out, const skipped_dml *s) {
    text_format(out, "skipped \"%.*s\":", STR_ARG(s->table));
    for (int op = 0; op < DML_OPERATIONS; op++)
        if (s->counts[op]) text_format(out, " %zu %s", s->counts[op], dml_operation_text((dml_operation)op));
    text_char(out, '\n');
}

void plan_dump(text *out, const plan *p) {
    static const char *const kinds[] = {"notice", "withheld", "skipped", "error"};
    for (size_t i = 0; i < p->operations.n; i++) dump_operation(out, &p->operations.at[i]);
    for (size_t i = 0; i < p->findings.n; i++) {
        const finding *f = &p->findings.at[i];
        text_format(out, "%s", kinds[f->kind]);
        if (f->code) text_format(out, " %s", kf_code_text(f->code));
        if (f->collection.n) text_format(out, " \"%.*s\"", STR_ARG(f->collection));
        text_format(out, ": %.*s\n", STR_ARG(f->message));
    }
    for (size_t i = 0; i < p->skipped_dml.n; i++) dump_skipped(out, p->skipped_dml.at[i]);
    text_add(out, STR("statements:"));
    for (size_t i = CLASS_COUNT; i-- > 0;)
        if (p->counts[i]) text_format(out, " %zu %s", p->counts[i], statement_class_text((statement_class)i));
    text_char(out, '\n');
}
