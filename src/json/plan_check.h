/* What a plan file may hold: it may be anybody's. */
#ifndef JSON_PLAN_CHECK_H
#define JSON_PLAN_CHECK_H

#include "plan/plan.h"

typedef enum plan_part {
    PLAN_WHOLE,
    PLAN_STATEMENT,
    PLAN_COLLECTION,
    PLAN_INDEX,
    PLAN_OTHER_NAME,
    PLAN_OPERATION,
    PLAN_DOCUMENT,
    PLAN_FINDING
} plan_part;

/* Each member that is there is of its type; what is unknown is passed over. KF_E_PLAN_INVALID. */
int plan_check_members(str document, plan_part part, kf_error *err);
/* What running it needs is there, and is what keyfold itself would plan: no operator, no path, nothing of the server's own. */
int plan_check_operation(const plan *p, const operation *op, kf_error *err);

#endif
