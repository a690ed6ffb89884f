#include "base/status.h"

int
imr_fault(imr_fault_t *fault, int status, const char *argument, int64_t row, double value)
{
    if (fault != NULL) {
        fault->status = status;
        fault->argument = argument;
        fault->row = row;
        fault->value = value;
    }
    return status;
}

const char *
imr_status_words(int status)
{
    switch (status) {
#define IMR_STATUS_CASE(name, number, kind, words)                                                 \
    case number:                                                                                   \
        return words;
        IMR_STATUS_LIST(IMR_STATUS_CASE)
#undef IMR_STATUS_CASE
        default:
            return "unknown status";
    }
}

imr_kind_t
imr_status_kind(int status)
{
    switch (status) {
#define IMR_STATUS_CASE(name, number, kind, words)                                                 \
    case number:                                                                                   \
        return IMR_KIND_##kind;
        IMR_STATUS_LIST(IMR_STATUS_CASE)
#undef IMR_STATUS_CASE
        default:
            return IMR_KIND_NONE;
    }
}
