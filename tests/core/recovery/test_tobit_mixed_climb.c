#include "../harness.h"
#include "recovery/tobit_mixed_climb.h"

HARNESS_MAIN({ CHECK(1); })
