#include "recovery/aplasia_npmle_limits.h"

#include <math.h>
#include <string.h>

#include "base/solve.h"

/* A sum of masses counts as equal to a probability that it misses by less. */
#define SAME 1e-8
/* Masses up to a split, or beyond it, are kept at this or more, and count as 0 there. */
#define EDGE 1e-9

/* The estimate with a given mass of durations up to a day. */
typedef struct {
    const imr_aplasia_ratio_t *ratio;
    imr_aplasia_npmle_t npmle;
    size_t split; /* cells up to the day */
    int status;
    imr_fault_t *fault;
} search_t;

static int
search_init(search_t *self, const imr_aplasia_ratio_t *ratio, double day, imr_fault_t *fault)
{
    int64_t split = day < IMR_APLASIA_MOST_DAYS ? (int64_t) day : IMR_APLASIA_MOST_DAYS;

    memset(self, 0, sizeof(*self));
    self->ratio = ratio;
    self->fault = fault;
    self->status = imr_aplasia_npmle_init(&self->npmle, ratio->rows, 1, split, fault);
    while (self->status == IMR_OK && self->split < self->npmle.n_cells
        && self->npmle.right[self->split] <= (double) split) {
        self->split++;
    }
    return self->status;
}

/* How far the largest log-likelihood, with a mass of `early` up to the day, is above the cut. */
static double
above_cut(double early, const void *context)
{
    search_t *self = (search_t *) (uintptr_t) context;
    imr_aplasia_npmle_t *npmle = &self->npmle;
    size_t split = self->split, m = npmle->n_cells;
    double value;

    if (self->status != IMR_OK || split == 0 || split == m) {
        return -1e300; /* nothing can be up to it, or beyond */
    }
    for (size_t j = 0; j < m; j++) {
        npmle->mass[j] = j < split ? early / (double) split : (1 - early) / (double) (m - split);
    }
    self->status = imr_aplasia_npmle_climb(npmle, split, early, self->ratio->stop, self->fault);
    value = isinf(npmle->excess) ? -INFINITY : imr_aplasia_npmle_loglik(npmle);
    return isfinite(value) ? value - self->ratio->loglik + self->ratio->drop : -1e300;
}

/* The mass up to the day at which the largest log-likelihood falls to the cut, on the way from one of the
 * maximum to `end`, which is 0 or 1. */
static double
limit_of(search_t *self, double from, double end)
{
    double near = fmax(EDGE, fmin(1 - EDGE, end)), root = end;
    int status;

    if (self->split == 0 || self->split == self->npmle.n_cells) {
        return self->split > 0;
    }
    from = fmax(EDGE, fmin(1 - EDGE, from));
    if (from == near || above_cut(near, self) >= 0) {
        return end;
    }
    status = imr_solve_bracketed(above_cut, self, from, near, 1e-8, &root);
    if (status != IMR_OK && self->status == IMR_OK) {
        self->status = imr_fault(self->fault, status, "limit", -1, NAN);
    }
    return root;
}

int
imr_aplasia_npmle_survival(imr_aplasia_between_t *answer, const imr_aplasia_ratio_t *ratio,
    double time, imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->npmle;
    double ended = 0, begun = 0;
    search_t search;
    int status;

    if (!isfinite(time)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "time", -1, time);
    }
    if (time < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "time", -1, time);
    }
    for (size_t j = 0; j < npmle->n_cells; j++) {
        ended += npmle->right[j] <= time ? npmle->mass[j] : 0;
        begun += npmle->left[j] < time || npmle->right[j] <= time ? npmle->mass[j] : 0;
    }
    /* a sum of all masses is 1 but for rounding */
    ended = ended > 1 - 1e-12 ? 1 : ended;
    begun = begun > 1 - 1e-12 ? 1 : begun;
    *answer = (imr_aplasia_between_t) { 1 - begun, 1 - ended, NAN, NAN };
    if (!npmle->is_uniform) {
        return IMR_OK;
    }
    status = search_init(&search, ratio, floor(time), fault);
    if (status == IMR_OK) {
        answer->low = fmin(1 - begun, 1 - limit_of(&search, begun, 1));
        answer->high = fmax(1 - ended, 1 - limit_of(&search, ended, 0));
        status = search.status;
    }
    imr_aplasia_npmle_free(&search.npmle);
    return status;
}

/* May a share p have come up to the day (by_then), or no more than p? 1 for a yes, 0 for a no. */
static int
is_plausible(const imr_aplasia_ratio_t *ratio, double day, double p, int by_then, int *status,
    imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->npmle;
    double sure = 0, possible = 0;
    search_t search;
    int yes = 0;

    for (size_t j = 0; j < npmle->n_cells; j++) {
        sure += npmle->right[j] <= day ? npmle->mass[j] : 0;
        possible += npmle->left[j] < day || npmle->right[j] <= day ? npmle->mass[j] : 0;
    }
    if (by_then ? possible >= p - SAME : sure <= p + SAME) {
        return 1; /* at the maximum */
    }
    *status = search_init(&search, ratio, day, fault);
    if (*status == IMR_OK) {
        yes = above_cut(p, &search) >= 0;
        *status = search.status;
    }
    imr_aplasia_npmle_free(&search.npmle);
    return yes;
}

/* Is the duration of so many days one of an exact recovery that a cell of the estimate is? */
static int
is_time(const imr_aplasia_npmle_t *npmle, double day)
{
    for (size_t j = 0; j < npmle->n_cells; j++) {
        if (npmle->left[j] == day && npmle->right[j] == day) {
            return 1;
        }
    }
    return 0;
}

/* The first day by which a share p may have come: it lies after the day before, unless exactly there. */
static double
first_day(
    const imr_aplasia_ratio_t *ratio, double p, double enough, int *status, imr_fault_t *fault)
{
    double low = 0;

    while (low < enough && *status == IMR_OK) {
        double middle = floor((low + enough) / 2);

        if (is_plausible(ratio, middle, p, 1, status, fault)) {
            enough = middle;
        } else {
            low = middle + 1;
        }
    }
    return is_time(ratio->npmle, enough) ? enough : fmax(0, enough - 1);
}

/* The day after the last up to which no more than p may have come; infinite where that is any day. */
static double
last_day(const imr_aplasia_ratio_t *ratio, double p, double few, int *status, imr_fault_t *fault)
{
    const imr_aplasia_rows_t *rows = ratio->rows;
    double high = 0, longest;

    for (size_t i = 0; i < rows->n; i++) {
        double right =
            isinf(rows->recovery_right[i]) ? rows->recovery_left[i] : rows->recovery_right[i];
        double first = rows->onset_left[i] + (rows->onset_left[i] < rows->onset_right[i]);

        high = fmax(high, right - first);
    }
    longest = high;
    while (few < high && *status == IMR_OK) {
        double middle = ceil((few + high) / 2);

        if (is_plausible(ratio, middle, p, 0, status, fault)) {
            few = middle;
        } else {
            high = middle - 1;
        }
    }
    return few >= longest ? INFINITY : few + 1;
}

int
imr_aplasia_npmle_quantile(
    imr_aplasia_between_t *answer, const imr_aplasia_ratio_t *ratio, double p, imr_fault_t *fault)
{
    const imr_aplasia_npmle_t *npmle = ratio->npmle;
    size_t first = 0, last, m = npmle->n_cells;
    double total = 0;
    int status = IMR_OK;

    if (!(p > 0 && p < 1)) {
        return imr_fault(fault, IMR_ERR_PROBABILITY, "p", -1, p);
    }
    while (first + 1 < m && total + npmle->mass[first] < p - SAME) {
        total += npmle->mass[first++];
    }
    /* where the curve is flat at p, up to the next mass */
    for (last = first, total += npmle->mass[first]; last + 1 < m && total <= p + SAME;) {
        total += npmle->mass[++last];
    }
    *answer = (imr_aplasia_between_t) { npmle->left[first], npmle->right[last], NAN, NAN };
    if (npmle->is_uniform) {
        int is_exact = npmle->left[first] == npmle->right[first];

        answer->low = first_day(ratio, p, npmle->left[first] + !is_exact, &status, fault);
        answer->high = isinf(npmle->right[last])
            ? INFINITY
            : last_day(ratio, p, npmle->right[last] - 1, &status, fault);
    }
    return status;
}
