#include "../harness.h"
#include "recovery/tobit_mixed.h"

HARNESS_MAIN({ CHECK(1); })
