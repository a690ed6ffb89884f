#include "recovery/expansion_cohort.h"

#include "../harness.h"
#include "expansion_cohort_rows.h"

HARNESS_MAIN({})
