/* The laws of converging, for a log on top of a database; in memory, under one profile.
 *
 * 1. Applied twice, the second time does nothing and finds every statement satisfied.
 * 2. Any prefix, applied first, makes no difference to how the whole ends; with every drop allowed, and without.
 * 3. Without --allow-drop the end is the one with it, plus exactly the objects that are listed as withheld; allowing them
 *    afterwards leads to the same end.
 * 4. A name's recorded indexes are there, and are what the name needs.
 * 5. A run that is cut off after any of its operations, and then a whole one, end as the whole does, documents too.
 * Where a table is asked about (an unclear rename, KF-050), it is left out: what it is depends on the answer. So is a name that
 * a server cannot express, or whose key another takes, for it stays as it was; and a row that waits for one that is withheld.
 */
#ifndef TESTS_LAWS_H
#define TESTS_LAWS_H

#include "world.h"

typedef struct law_case {
    kf_log *log;
    const world *start;
    kf_plan_options options; /* without allow_drop */
    size_t first, stride;    /* the prefixes that are looked at; stride 0: none */
    size_t keep_every;       /* of these, without the drops; 0: all of them */
    kf_log *const
        *prefixes; /* of the file's text, the n-th up to statement n, NULL where that has none; or NULL: of statements */
    /* Out: how often there was nothing to hold to; ends that were compared; what differed in them and was excused (laws.c). */
    size_t stopped, asked, ends, excused;
} law_case;

/* Empty, or what is broken and how. */
str laws_broken(law_case *c, arena *a);
/* The log applied statement by statement, each a log of its own, ends as at once; but for a plain index that was built before
 * the unique one that would have served its name: nobody speaks of it any more, so it stays. Empty, or how it does not. */
str laws_steps_broken(const law_case *c, arena *a);
/* Does the log drop a column or a table and make another under its name? What live documents hold is then kept
 * (docs/design.md), so where a prefix ends makes a difference to them. */
bool laws_reincarnates(const kf_log *log);

#endif
