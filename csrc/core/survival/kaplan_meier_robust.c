#include "survival/kaplan_meier_robust.h"

#include <math.h>

#include "base/compensated.h"
#include "base/mem.h"

/* What a unit of weight moves -log S (or H) at a row: `present` for each patient at risk there, and
 * `event` more for each that has the event. */
typedef struct {
    double present;
    double event;
} influence_t;

/* The derivatives of one row's step by the weight of a patient.
 * -log(1 - d/r): by d 1/(r - d), by r -d/(r (r - d)).  d/r: by d 1/r, by r -d/r^2.
 * Fleming and Harrington with D patients of mean weight m = d/D: sum m/(r - k m), k < D. */
static influence_t
influence(const imr_kaplan_meier_t *self, size_t j, imr_kaplan_meier_form_t form)
{
    double r =
        self->weighted_at_risk == NULL ? (double) self->at_risk[j] : self->weighted_at_risk[j];
    double d = self->weighted_at_risk == NULL ? (double) self->events[j] : self->weighted_events[j];
    influence_t result = { 0, 0 };

    if (self->events[j] == 0) {
        return result;
    }
    if (form == IMR_KM_NELSON_AALEN) {
        result.present = -d / (r * r);
        result.event = 1 / r;
    } else if (form == IMR_KM_FLEMING_HARRINGTON) {
        double m = d / (double) self->events[j];

        for (int64_t k = 0; k < self->events[j]; k++) {
            double left = r - (double) k * m;

            result.present -= m / (left * left);
            result.event += r / (left * left);
        }
        result.event /= (double) self->events[j];
    } else if (self->at_risk[j] > self->events[j] && r > d) { /* else S is 0 from here on */
        result.present = -d / (r * (r - d));
        result.event = 1 / (r - d);
    }
    return result;
}

/* A cluster's influence is settled + A weight, A the sum of `present` so far: members at risk have
 * -A(entry), those who have left what they left with. */
typedef struct {
    double settled;
    double weight;
} cluster_t;

/* sum over clusters of settled^2, settled * weight, weight^2 */
typedef struct {
    imr_sum_t settled;
    imr_sum_t mixed;
    imr_sum_t weight;
} squares_t;

static void
move(squares_t *squares, cluster_t *cluster, double settled, double weight)
{
    double sign = -1;

    for (int turn = 0; turn < 2; turn++) {
        imr_sum_t s = imr_sum_product(sign * cluster->settled, cluster->settled);
        imr_sum_t m = imr_sum_product(sign * cluster->settled, cluster->weight);
        imr_sum_t w = imr_sum_product(sign * cluster->weight, cluster->weight);

        squares->settled = imr_sum_plus(squares->settled, s);
        squares->mixed = imr_sum_plus(squares->mixed, m);
        squares->weight = imr_sum_plus(squares->weight, w);
        if (turn == 0) {
            cluster->settled += settled;
            cluster->weight += weight;
            sign = 1;
        }
    }
}

/* Members in order of the row at which they come under risk; begin[j] is where those of row j begin. */
static void
sort_by_first(const imr_kaplan_meier_t *self, size_t *begin, uint32_t *order)
{
    size_t at = 0;

    for (size_t j = 0; j <= self->n; j++) {
        begin[j] = 0;
    }
    for (size_t i = 0; i < self->members; i++) {
        begin[self->member_first[i]]++;
    }
    for (size_t j = 0; j <= self->n; j++) {
        size_t here = begin[j];

        begin[j] = at;
        at += here;
    }
    for (size_t i = 0; i < self->members; i++) {
        order[begin[self->member_first[i]]++] = (uint32_t) i;
    }
}

static void
errors_of_form(const imr_kaplan_meier_t *self, imr_kaplan_meier_form_t form, const uint32_t *order,
    cluster_t *clusters, double *error)
{
    squares_t squares = { { 0, 0 }, { 0, 0 }, { 0, 0 } };
    double a = 0;
    size_t coming = 0, leaving = 0;

    for (size_t j = 0; j < self->n; j++) {
        influence_t here = influence(self, j, form);
        imr_sum_t total;

        for (; coming < self->members && self->member_first[order[coming]] == (int64_t) j;
            coming++) {
            double w = self->member_weight[order[coming]];

            move(&squares, clusters + self->member_cluster[order[coming]], -a * w, w);
        }
        a += here.present;
        for (; leaving < self->members && self->member_last[leaving] == (int64_t) j; leaving++) {
            double w = self->member_weight[leaving];
            double left_with = a + (self->member_event[leaving] ? here.event : 0);

            move(&squares, clusters + self->member_cluster[leaving], left_with * w, -w);
        }
        total = imr_sum_plus(squares.settled, imr_sum_times(squares.mixed, 2 * a));
        total = imr_sum_plus(total, imr_sum_times(imr_sum_times(squares.weight, a), a));
        error[j] = total.high > 0 ? sqrt(total.high) : 0;
    }
    for (size_t i = 0; i < self->members; i++) {
        clusters[self->member_cluster[i]] = (cluster_t) { 0, 0 };
    }
}

int
imr_kaplan_meier_robust_errors(
    imr_kaplan_meier_t *self, imr_kaplan_meier_form_t form, size_t clusters, imr_fault_t *fault)
{
    size_t *begin = imr_malloc(self->n + 1, sizeof(*begin));
    uint32_t *order = imr_malloc(self->members, sizeof(*order));
    cluster_t *sums = imr_calloc(clusters, sizeof(*sums));
    int status = IMR_OK;

    if (begin == NULL || order == NULL || sums == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    sort_by_first(self, begin, order);
    errors_of_form(self, form == IMR_KM_FLEMING_HARRINGTON ? form : IMR_KM_NELSON_AALEN, order,
        sums, self->cumulative_hazard_std_error);
    if (form == IMR_KM_PRODUCT_LIMIT) {
        errors_of_form(self, form, order, sums, self->std_error);
    } else {
        for (size_t j = 0; j < self->n; j++) {
            self->std_error[j] = self->cumulative_hazard_std_error[j];
        }
    }
out:
    imr_free(begin);
    imr_free(order);
    imr_free(sums);
    return status;
}

int
imr_kaplan_meier_robust_area(const imr_kaplan_meier_t *self, imr_kaplan_meier_form_t form,
    size_t clusters, const double *area, double *std_error, imr_fault_t *fault)
{
    double *present = imr_malloc(self->n + 1, sizeof(*present)); /* sum over the rows before j */
    double *event = imr_malloc(self->n, sizeof(*event));
    double *sums = imr_calloc(clusters, sizeof(*sums));
    double total = 0;
    int status = IMR_OK;

    if (present == NULL || event == NULL || sums == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    present[0] = 0;
    for (size_t j = 0; j < self->n; j++) {
        influence_t here = influence(self, j, form);

        present[j + 1] = present[j] + here.present * area[j];
        event[j] = here.event * area[j];
    }
    for (size_t i = 0; i < self->members; i++) {
        size_t last = (size_t) self->member_last[i];
        double moved = present[last + 1] - present[self->member_first[i]]
            + (self->member_event[i] ? event[last] : 0);

        sums[self->member_cluster[i]] += self->member_weight[i] * moved;
    }
    for (size_t c = 0; c < clusters; c++) {
        total += sums[c] * sums[c];
    }
    *std_error = sqrt(total);
out:
    imr_free(present);
    imr_free(event);
    imr_free(sums);
    return status;
}
