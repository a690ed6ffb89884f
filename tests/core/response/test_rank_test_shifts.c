#include "response/rank_test_shifts.h"

#include "../harness.h"

HARNESS_MAIN({ CHECK(1); })
