#include "survival/recurrent_test.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/distribution.h"
#include "base/mem.h"

/* Influences below this share of what they are made of are rounding. */
#define NOTHING (64 * DBL_EPSILON)
/* Scores are whole multiples of the largest over 2^BITS: coarser than their rounding. */
#define BITS 40

/* One of three samples: the two groups, and all patients. The influence of a patient on the weighted area
 * of the sample's mean is v - area * d; what all at risk lose alike is in `lost`. */
enum { POOLED = 2, SAMPLES = 3 };

typedef struct {
    double at_risk, survival;
    double area; /* weighted sum of the increments of the mean */
    double lost_v, lost_d;
    double scale, here; /* at one time: of an event, and how many */
} sample_t;

typedef struct {
    double v, d;
} influence_t;

typedef struct {
    const imr_recurrent_rows_t *rows;
    imr_recurrent_weight_t weight;
    sample_t sample[SAMPLES];
    influence_t *of[2]; /* each patient, in the group and in all */
    size_t next_start, next_stop, next_event;
} walk_t;

/* The two samples of a patient, and the influences there. */
static sample_t *
sample_of(walk_t *walk, uint32_t patient, int in_all)
{
    return &walk->sample[in_all ? POOLED : (int) walk->rows->group[patient]];
}

static void
shift(walk_t *walk, uint32_t patient, int sign)
{
    for (int in_all = 0; in_all < 2; in_all++) {
        sample_t *sample = sample_of(walk, patient, in_all);
        influence_t *of = walk->of[in_all] + patient;

        of->v += sign * sample->lost_v;
        of->d += sign * sample->lost_d;
        sample->at_risk += sign;
    }
}

static void
enter_before(walk_t *walk, double time)
{
    const imr_recurrent_rows_t *rows = walk->rows;

    for (; walk->next_start < rows->spans; walk->next_start++) {
        uint32_t span = rows->by_start[walk->next_start];

        if (!(rows->start[span] < time)) {
            return;
        }
        shift(walk, rows->patient[span], 1);
    }
}

/* --- one time ------------------------------------------------------------------------------------ */

/* Factors of the increments of the means: y1 y2 / y times the weight, and for all patients y times it. */
static void
set_scales(walk_t *walk)
{
    sample_t *sample = walk->sample;
    double all = sample[POOLED].at_risk;
    double weight =
        walk->weight == IMR_RECURRENT_WEIGHT_GEHAN ? all / (double) walk->rows->patients : 1;

    for (int s = 0; s < SAMPLES; s++) {
        double factor = s == POOLED ? 1 : sample[1 - s].at_risk / all;

        sample[s].scale = weight * factor * sample[s].survival;
        sample[s].here = 0;
    }
}

static void
take_events(walk_t *walk, double time, int64_t *events)
{
    const imr_recurrent_rows_t *rows = walk->rows;

    set_scales(walk);
    for (; walk->next_event < rows->events && rows->event_time[walk->next_event] == time;
        walk->next_event++) {
        uint32_t patient = rows->event_patient[walk->next_event];

        events[rows->group[patient]]++;
        for (int in_all = 0; in_all < 2; in_all++) {
            sample_t *sample = sample_of(walk, patient, in_all);

            walk->of[in_all][patient].v += sample->scale;
            sample->here++;
        }
    }
    for (int s = 0; s < SAMPLES; s++) {
        sample_t *sample = walk->sample + s;

        if (sample->here > 0) {
            sample->lost_v += sample->scale * sample->here / sample->at_risk;
            sample->area += sample->scale * sample->here;
        }
        sample->here = 0;
    }
}

static void
take_ends(walk_t *walk, double time)
{
    const imr_recurrent_rows_t *rows = walk->rows;
    size_t begin = walk->next_stop, end = begin;

    for (; end < rows->spans && rows->stop[end] == time; end++) {
        for (int in_all = 0; in_all < 2 && rows->terminal[end]; in_all++) {
            sample_t *sample = sample_of(walk, rows->patient[end], in_all);
            influence_t *of = walk->of[in_all] + rows->patient[end];

            of->v += sample->area / sample->at_risk;
            of->d += 1 / sample->at_risk;
            sample->here++;
        }
    }
    for (int s = 0; s < SAMPLES; s++) {
        sample_t *sample = walk->sample + s;

        if (sample->here > 0) {
            double hazard = sample->here / sample->at_risk;

            sample->lost_v += sample->area * hazard / sample->at_risk;
            sample->lost_d += hazard / sample->at_risk;
            sample->survival *= 1 - hazard;
        }
    }
    for (size_t k = begin; k < end; k++) {
        shift(walk, rows->patient[k], -1);
    }
    walk->next_stop = end;
}

/* --- the test ------------------------------------------------------------------------------------ */

static void
conclude(imr_recurrent_test_t *self, const walk_t *walk)
{
    double made_of[2] = { 0, 0 }, variance[2] = { 0, 0 };

    for (size_t i = 0; i < self->patients; i++) {
        for (int in_all = 0; in_all < 2; in_all++) {
            uint32_t group = walk->rows->group[i];
            const sample_t *sample = walk->sample + (in_all ? (uint32_t) POOLED : group);
            const influence_t *of = walk->of[in_all] + i;
            double influence = of->v - sample->area * of->d;
            double size =
                fabs(of->v) + sample->lost_v + sample->area * (fabs(of->d) + sample->lost_d);

            if (in_all) {
                self->score[i] = influence;
                self->size = fmax(self->size, size);
            } else {
                variance[group] += influence * influence;
                made_of[group] = fmax(made_of[group], size);
            }
        }
    }
    for (int g = 0; g < 2; g++) {
        double nothing = NOTHING * made_of[g];

        self->variance +=
            variance[g] > nothing * nothing * (double) self->count[g] ? variance[g] : 0;
    }
    self->excess = walk->sample[1].area - walk->sample[0].area;
    if (fabs(self->excess) <= NOTHING * (walk->sample[0].area + walk->sample[1].area)) {
        self->excess = 0;
    }
    self->z = self->variance > 0 ? self->excess / sqrt(self->variance)
        : self->excess == 0      ? 0
                                 : NAN;
}

int
imr_recurrent_test(const imr_recurrent_rows_t *rows, imr_recurrent_weight_t weight,
    imr_recurrent_test_t *self, imr_fault_t *fault)
{
    walk_t walk = { .rows = rows, .weight = weight };

    memset(self, 0, sizeof(*self));
    self->patients = rows->patients;
    for (size_t i = 0; i < rows->patients; i++) {
        if (rows->group[i] > 1) {
            return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
        }
        self->count[rows->group[i]]++;
    }
    if (self->count[0] == 0 || self->count[1] == 0) {
        return imr_fault(fault, IMR_ERR_TWO_GROUPS, "group", -1, NAN);
    }
    walk.of[0] = imr_calloc(2 * rows->patients, sizeof(influence_t));
    self->block = self->score = imr_malloc(rows->patients, sizeof(double));
    if (walk.of[0] == NULL || self->block == NULL) {
        imr_free(walk.of[0]);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    walk.of[1] = walk.of[0] + rows->patients;
    for (int s = 0; s < SAMPLES; s++) {
        walk.sample[s].survival = 1;
    }
    for (; rows->by_start == NULL && walk.next_start < rows->spans; walk.next_start++) {
        shift(&walk, rows->patient[walk.next_start], 1); /* there from the start */
    }
    while (walk.next_stop < rows->spans) {
        double time = rows->stop[walk.next_stop];

        if (walk.next_event < rows->events) {
            time = fmin(time, rows->event_time[walk.next_event]);
        }
        enter_before(&walk, time);
        take_events(&walk, time, self->events);
        take_ends(&walk, time);
    }
    conclude(self, &walk);
    imr_free(walk.of[0]);
    return IMR_OK;
}

void
imr_recurrent_test_free(imr_recurrent_test_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

int
imr_recurrent_test_pvalue(const imr_recurrent_test_t *self, imr_alternative_t alternative,
    double *pvalue, imr_fault_t *fault)
{
    double z = alternative == IMR_TWO_SIDED ? fabs(self->z)
        : alternative == IMR_GREATER        ? self->z
                                            : -self->z;
    int status;

    if (isnan(z)) {
        return imr_fault(fault, IMR_ERR_RECURRENT_ALIKE, "group", -1, NAN);
    }
    status = imr_normal_cdf_upper(z, pvalue);
    *pvalue *= alternative == IMR_TWO_SIDED ? 2 : 1;
    return status;
}

int
imr_recurrent_test_deal(const imr_recurrent_test_t *self, const imr_recurrent_rows_t *rows,
    imr_logrank_scores_t *scores, imr_fault_t *fault)
{
    size_t n = self->patients;
    imr_logrank_given_t given = { .n = n, .score = self->score, .size = self->size };
    int64_t *stratum = imr_calloc(n, sizeof(*stratum));
    uint8_t *group = imr_malloc(n, sizeof(*group));
    int status = IMR_ERR_NOMEM;

    if (stratum != NULL && group != NULL) {
        for (size_t i = 0; i < n; i++) {
            group[i] = (uint8_t) rows->group[i];
        }
        given.bits = BITS;
        given.group = group;
        given.groups = 2;
        given.stratum = stratum;
        given.strata = 1;
        status = imr_logrank_scores_given(scores, &given, fault);
    }
    imr_free(stratum);
    imr_free(group);
    return status == IMR_OK
        ? IMR_OK
        : imr_fault(fault, status, status == IMR_ERR_NOMEM ? NULL : "time", -1, NAN);
}
