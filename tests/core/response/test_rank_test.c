#include "response/rank_test.h"

#include "../harness.h"

HARNESS_MAIN({ CHECK(1); })
