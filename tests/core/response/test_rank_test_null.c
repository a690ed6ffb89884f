#include "response/rank_test_null.h"

#include "../harness.h"

HARNESS_MAIN({ CHECK(1); })
