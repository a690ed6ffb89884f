/* Any series of any patients and infusions: intervals in order inside the days of their episode, or
 * a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "recovery/depletion.h"

enum { MOST = 200, PATIENTS = 5, SERIES = 2, INFUSIONS = 2 };

typedef struct {
    double threshold;
    double recovery;
    double baseline_fraction;
    double min_separation;
    double lymphodepletion_day;
    double end_day;
    uint8_t confirm;
    uint8_t parts; /* which of the optional inputs are given */
    uint8_t duplicates;
    uint8_t second; /* day of the second infusion; and bit 7: mark who is undecided */
    uint8_t plain; /* take sensible options in place of the six doubles */
} head_t;

typedef struct {
    int16_t day; /* quarters; INT16_MAX is infinity */
    uint16_t count; /* eighths; UINT16_MAX is NaN */
    uint8_t lloq; /* quarters */
    int8_t patient;
    uint8_t below; /* bit 0, and the series in bit 1 */
} row_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(const imr_depletion_t *answer, size_t p)
{
    int64_t status = answer->status[p];

    if (status < 0 || status > IMR_DEPLETION_UNDECIDED || answer->onset[p] < 0
        || answer->onset[p] > IMR_ONSET_NONE || answer->blips[p] < 0 || answer->samples[p] < 0) {
        abort();
    }
    if (!(answer->last_day[p] > 0 && answer->last_day[p] <= answer->next_infusion_day[p])
        && status != IMR_DEPLETION_NO_SAMPLES) {
        abort();
    }
    if (status > IMR_DEPLETION_NOT_RECOVERED) {
        return;
    }
    if (!(answer->onset_left[p] < answer->onset_right[p]
            && answer->onset_right[p] <= answer->recovery_left[p]
            && answer->recovery_left[p] < answer->recovery_right[p]
            && answer->recovery_left[p] <= answer->last_day[p] && answer->duration_left[p] >= 0)) {
        abort();
    }
    if ((status == IMR_DEPLETION_RECOVERED) != (answer->recovery_right[p] < INFINITY)
        || (status == IMR_DEPLETION_UNCONFIRMED) != !isnan(answer->unconfirmed_day[p])) {
        abort();
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    head_t head;
    row_t row;
    double day[MOST], count[MOST], lloq[MOST], lymphodepletion[PATIENTS * INFUSIONS];
    double end[PATIENTS], infusion[PATIENTS * INFUSIONS];
    int64_t patient[MOST], which[MOST], start[PATIENTS + 1];
    uint8_t below[MOST];
    imr_count_series_t series = {
        .patient = patient, .day = day, .count = count, .patients = PATIENTS
    };
    imr_depletion_options_t options[SERIES];
    imr_depletion_t answer;
    imr_fault_t fault;

    gsl_set_error_handler_off();
    if (size < sizeof(head)) {
        return 0;
    }
    memcpy(&head, data, sizeof(head));
    data += sizeof(head);
    size -= sizeof(head);
    if (head.plain & 1) {
        head.threshold = 10;
        head.recovery = head.plain & 2 ? 10 : 50;
        head.baseline_fraction = head.plain & 4 ? NAN : 0.5;
        head.min_separation = head.plain & 8 ? 0 : 7;
        head.lymphodepletion_day = -5;
        head.end_day = 365;
        head.confirm %= 4;
    }
    while (series.n < MOST && size >= sizeof(row)) {
        memcpy(&row, data, sizeof(row));
        patient[series.n] = row.patient;
        day[series.n] = row.day == INT16_MAX ? INFINITY : row.day / 4.0;
        count[series.n] = row.count == UINT16_MAX ? NAN : row.count / 8.0;
        lloq[series.n] = row.lloq / 4.0;
        which[series.n] = row.below >> 1 & 1;
        below[series.n++] = row.below & 1;
        data += sizeof(row);
        size -= sizeof(row);
    }
    for (int p = 0; p < PATIENTS; p++) {
        start[p] = (int64_t) p * INFUSIONS;
        infusion[p * INFUSIONS] = 0;
        infusion[p * INFUSIONS + 1] = (head.second & 127) / 4.0;
        end[p] = head.end_day;
    }
    start[PATIENTS] = PATIENTS * INFUSIONS;
    for (int i = 0; i < PATIENTS * INFUSIONS; i++) { /* of an infusion, or of each patient */
        lymphodepletion[i] = head.parts & 64 && i % INFUSIONS ? NAN : head.lymphodepletion_day;
    }
    series.lloq = head.parts & 1 ? lloq : NULL;
    series.lloq_step = head.parts & 2 ? 1 : 0;
    series.below = head.parts & 4 ? below : NULL;
    series.lymphodepletion_day = head.parts & 8 ? lymphodepletion : NULL;
    series.end_day = head.parts & 16 ? end : NULL;
    series.series = head.parts & 32 ? which : NULL;
    series.n_series = head.parts & 32 ? SERIES : 1;
    series.infusion_start = head.parts & 64 ? start : NULL;
    series.infusion_day = head.parts & 64 ? infusion : NULL;
    series.duplicates = (imr_duplicates_t) (head.duplicates % (IMR_DUPLICATES_MAX + 1));
    options[0] = (imr_depletion_options_t) { head.threshold, head.recovery, head.baseline_fraction,
        head.confirm, head.min_separation, head.second >> 7 };
    options[1] = options[0];
    if (series.n == 0) {
        lloq[0] = 1;
    }
    if (imr_depletion(&answer, &series, options, &fault) == IMR_OK) {
        for (size_t r = 0; r < answer.rows; r++) {
            check(&answer, r);
        }
    } else if (answer.block != NULL) {
        abort();
    }
    imr_depletion_free(&answer);
    return 0;
}
