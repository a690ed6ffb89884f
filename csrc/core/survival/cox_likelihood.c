/* One evaluation passes the sets twice. Forward, from the last time to the first, sums over those at
 * risk give the log-likelihood, the score, each set's share of the hazard and the means that are
 * taken off the information (the batch). Backward (cox_exposure.c) these shares add up to the cumulative
 * hazard of each row, and the information is the sum over rows of risk times hazard times z z', less the
 * batch: no set needs a matrix of its own. */
#include "survival/cox_likelihood.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_rows.h"

#define MOST_ETA 300.0 /* without a level */
#define MOST_ABOVE 100.0 /* log hazard ratios above the level */
#define LEAST_TOTAL 1e-200
#define LEAST_BARE_TOTAL 1e-130 /* without a level: its inverse has a square */
#define MOST_PRODUCT 1e60 /* times a total, or its inverse, within the range of double */
/* Sums from which rows were taken are taken afresh once they have shrunk to this part. */
#define SHRUNK 1e-4

/* --- sums of outer products --------------------------------------------------------------------- */

static void
flush_batch(imr_cox_likelihood_t *self)
{
    imr_cox_add_gram(self->batch_gram, self->rows->width, self->batch, self->ones, self->batched);
    self->batched = 0;
}

void
imr_cox_batch(imr_cox_likelihood_t *self, const double *vector, double root)
{
    size_t width = self->rows->width;
    double *to = self->batch + self->batched * width;

    for (size_t j = 0; j < width; j++) {
        to[j] = root * vector[j];
    }
    if (++self->batched == IMR_COX_BATCH) {
        flush_batch(self);
    }
}

/* --- who is at risk ----------------------------------------------------------------------------- */

/* The log hazard ratios of rows first..end - 1; returns the largest. */
static double
find_eta(imr_cox_likelihood_t *self, const double *coef, size_t first, size_t end)
{
    const imr_cox_rows_t *rows = self->rows;
    size_t width = rows->width;
    double most = -INFINITY;

    for (size_t i = first; i < end; i++) {
        const double *z = rows->z + i * width;
        double even = rows->offset == NULL ? 0 : rows->offset[i], odd = 0;

        for (size_t j = 0; j < width; j += 2) {
            even += z[j] * coef[j];
            odd += z[j + 1] * coef[j + 1];
        }
        self->eta[i] = even + odd;
        most = most < even + odd ? even + odd : most;
    }
    return most;
}

static double
risk_of(const imr_cox_likelihood_t *self, size_t i)
{
    double above = self->eta[i] - self->at_risk.level;

    return (above == 0 ? 1 : exp(above)) * imr_cox_weight(self->rows, i); /* at coefficients of 0 */
}

/* A trace, and Firth's penalty, take hazard ratios as they are, without a level. */
static int
is_bare(const imr_cox_likelihood_t *self)
{
    return self->trace != NULL || self->firth;
}

/* Makes room for hazard ratios up to exp(most), in units of exp(level). 0 where that cannot be. */
static int
raise_level(imr_cox_likelihood_t *self, double most)
{
    imr_cox_at_risk_t *at_risk = &self->at_risk;
    double down;

    if (is_bare(self)) {
        return most <= MOST_ETA;
    }
    if (at_risk->present > 0 && most <= at_risk->level + MOST_ABOVE) {
        return 1;
    }
    down = at_risk->present > 0 ? exp(at_risk->level - most) : 0;
    at_risk->level = most;
    at_risk->total *= down;
    at_risk->peak *= down;
    for (size_t j = 0; j < self->rows->width; j++) {
        at_risk->sum[j] *= down;
    }
    return isfinite(most);
}

/* Adds rows first..end - 1, four at a time. */
static void
add_rows(
    const imr_cox_likelihood_t *self, size_t first, size_t end, double *total, double *restrict sum)
{
    size_t width = self->rows->width, i = first;
    const double *risk = self->risk, *z = self->rows->z;
    double all = *total;

    for (; i + 4 <= end; i += 4) {
        const double *a = z + i * width, *b = a + width, *c = b + width, *d = c + width;
        double ra = risk[i], rb = risk[i + 1], rc = risk[i + 2], rd = risk[i + 3];

        all += (ra + rb) + (rc + rd);
        for (size_t j = 0; j < width; j += 2) {
            double even = (ra * a[j] + rb * b[j]) + (rc * c[j] + rd * d[j]);
            double odd = (ra * a[j + 1] + rb * b[j + 1]) + (rc * c[j + 1] + rd * d[j + 1]);

            sum[j] += even;
            sum[j + 1] += odd;
        }
    }
    for (; i < end; i++) {
        all += risk[i];
        for (size_t j = 0; j < width; j++) {
            sum[j] += risk[i] * z[i * width + j];
        }
    }
    *total = all;
}

/* Takes the rows off that have not yet entered at set k. The sums lose digits when they shrink: they
 * are then taken afresh over those who remain of the rows before `end`. */
static void
remove_leaving(imr_cox_likelihood_t *self, size_t k, size_t end)
{
    const imr_cox_rows_t *rows = self->rows;
    imr_cox_at_risk_t *at_risk = &self->at_risk;
    size_t width = rows->width;

    for (int64_t q = rows->leave_begin[k]; q < rows->leave_end[k]; q++) {
        size_t i = (size_t) rows->leaving[q];
        const double *z = rows->z + i * width;
        double risk = risk_of(self, i);

        self->gone[i] = 1;
        at_risk->present--;
        at_risk->total -= risk;
        for (size_t j = 0; j < width; j++) {
            at_risk->sum[j] -= risk * z[j];
        }
    }
    if (at_risk->total < SHRUNK * at_risk->peak) {
        at_risk->total = 0;
        memset(at_risk->sum, 0, width * sizeof(double));
        for (size_t i = at_risk->first; i < end; i++) {
            if (!self->gone[i]) {
                double risk = risk_of(self, i);

                at_risk->total += risk;
                for (size_t j = 0; j < width; j++) {
                    at_risk->sum[j] += risk * rows->z[i * width + j];
                }
            }
        }
        at_risk->peak = at_risk->total;
    }
}

static void
begin_stratum(imr_cox_likelihood_t *self, size_t k)
{
    imr_cox_at_risk_t *at_risk = &self->at_risk;

    at_risk->first = (size_t) self->rows->begin[k];
    at_risk->present = 0;
    at_risk->total = at_risk->peak = at_risk->level = 0;
    memset(at_risk->sum, 0, self->rows->width * sizeof(double));
}

/* --- one set ------------------------------------------------------------------------------------ */

/* Is set k, of so many terms, one of those that imr_cox_marginal_set counts alone? */
static int
is_marginal(const imr_cox_likelihood_t *self, double terms)
{
    return terms > 1 && self->ties == IMR_COX_MARGINAL;
}

/* The covariates of the events, in which the score begins at every evaluation. */
static void
sum_events(imr_cox_likelihood_t *self)
{
    const imr_cox_rows_t *rows = self->rows;

    memset(self->event_sum, 0, rows->width * sizeof(double));
    for (size_t k = 0; k < rows->sets; k++) {
        double terms, events;

        imr_cox_terms(rows, self->ties, k, &terms, &events);
        for (int64_t i = rows->first_event[k]; i < rows->end[k] && !is_marginal(self, terms); i++) {
            double weight = imr_cox_weight(rows, (size_t) i);
            const double *z = rows->z + (size_t) i * rows->width;

            for (size_t j = 0; j < rows->width; j++) {
                self->event_sum[j] += weight * z[j];
            }
        }
    }
}

imr_cox_powers_t
imr_cox_powers(double terms, double t)
{
    imr_cox_powers_t sums = { 0 };
    double step = 1 / terms, product = 1;

    for (double l = 0; l < terms; l++) {
        double f = l * step, left = 1 - f * t, r = 1 / left, fr = f * r;

        sums.r += r;
        sums.fr += fr;
        sums.rr += r * r;
        sums.frr += fr * r;
        sums.ffrr += fr * fr;
        product *= left;
        if (product < 1e-200) {
            sums.log += log(product);
            product = 1;
        }
    }
    sums.log += log(product);
    return sums;
}

/* The log hazard ratios of the events: in the exact likelihood as they are, else less the level that
 * the sums have. */
static void
add_events(imr_cox_likelihood_t *self, size_t k, int exact)
{
    const imr_cox_rows_t *rows = self->rows;
    double level = exact ? 0 : self->at_risk.level;

    for (size_t i = (size_t) rows->first_event[k]; i < (size_t) rows->end[k]; i++) {
        self->loglik += imr_cox_weight(rows, i) * (self->eta[i] - level);
    }
}

/* Takes log(total) off the log-likelihood: one logarithm for many, of their product. */
static void
take_log(imr_cox_likelihood_t *self, double total)
{
    self->product *= total;
    if (!(self->product > 1 / MOST_PRODUCT && self->product < MOST_PRODUCT)) {
        self->loglik -= log(self->product);
        self->product = 1;
    }
}

/* All events of the set against all at risk: one event, or several by Breslow's rule. */
static void
single_term(imr_cox_likelihood_t *self, size_t k, double events)
{
    const imr_cox_at_risk_t *at_risk = &self->at_risk;
    double share = 1 / at_risk->total;

    if (events == 1) {
        take_log(self, at_risk->total);
    } else {
        self->loglik -= events * log(at_risk->total);
    }
    for (size_t j = 0; j < self->rows->width; j++) {
        self->mean[j] = share * at_risk->sum[j];
        self->score[j] -= events * self->mean[j];
    }
    imr_cox_batch(self, self->mean, sqrt(events));
    self->hazard[k] = events * share;
    self->excess[k] = 0;
}

/* Efron's rule: term l of m counts the tied ones as 1 - l / m of themselves. All the sums over l are
 * of powers of 1 / (1 - l / m t), with t the share of the tied ones in the risk. */
static int
efron_terms(imr_cox_likelihood_t *self, size_t k, double terms, double events, imr_fault_t *fault)
{
    const imr_cox_at_risk_t *at_risk = &self->at_risk;
    double share = 1 / at_risk->total, t = fmin(1, at_risk->tied_total * share);
    double root, along, across;
    imr_cox_powers_t powers = imr_cox_powers(terms, t);

    if (imr_stop_asked(self->stop, 10 * terms)) {
        return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
    }
    self->loglik -= events * (terms * log(at_risk->total) + powers.log);
    root = sqrt(powers.rr);
    along = -powers.frr / root;
    across = sqrt(fmax(0, powers.ffrr - along * along));
    for (size_t j = 0; j < self->rows->width; j++) {
        double mean = at_risk->sum[j] * share, tied = at_risk->tied_sum[j] * share;

        self->score[j] -= events * (mean * powers.r - tied * powers.fr);
        self->mean[j] = root * mean + along * tied;
    }
    imr_cox_batch(self, self->mean, sqrt(events));
    imr_cox_batch(self, at_risk->tied_sum, sqrt(events) * across * share);
    self->hazard[k] = events * powers.r * share;
    self->excess[k] = events * powers.fr * share;
    return IMR_OK;
}

static void
keep_trace(const imr_cox_likelihood_t *self, size_t k)
{
    const imr_cox_at_risk_t *at_risk = &self->at_risk;
    size_t width = self->rows->width;

    self->trace->total[k] = at_risk->total;
    self->trace->tied_total[k] = at_risk->tied_total;
    memcpy(self->trace->sum + k * width, at_risk->sum, width * sizeof(double));
    memcpy(self->trace->tied_sum + k * width, at_risk->tied_sum, width * sizeof(double));
}

/* Set k, with everybody before its events at risk already. */
static int
add_set(imr_cox_likelihood_t *self, size_t k, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    imr_cox_at_risk_t *at_risk = &self->at_risk;
    size_t first = (size_t) rows->first_event[k], end = (size_t) rows->end[k];
    double terms, events;
    int status = IMR_OK;

    imr_cox_terms(rows, self->ties, k, &terms, &events);
    self->level[k] = at_risk->level;
    if (is_marginal(self, terms)) {
        if (at_risk->present > 0 && !(at_risk->total >= LEAST_TOTAL)) {
            self->loglik = -INFINITY;
            return IMR_OK;
        }
        status = imr_cox_marginal_set(self, k, fault);
    }
    if (terms > 1 || self->trace != NULL) {
        at_risk->tied_total = 0;
        memset(at_risk->tied_sum, 0, rows->width * sizeof(double));
        add_rows(self, first, end, &at_risk->tied_total, at_risk->tied_sum);
        at_risk->total += at_risk->tied_total;
        for (size_t j = 0; j < rows->width; j++) {
            at_risk->sum[j] += at_risk->tied_sum[j];
        }
    } else { /* nobody asks for the tied ones by themselves */
        add_rows(self, first, end, &at_risk->total, at_risk->sum);
    }
    at_risk->peak = fmax(at_risk->peak, at_risk->total);
    at_risk->present += end - first;
    if (self->trace != NULL) {
        keep_trace(self, k);
    }
    if (is_marginal(self, terms)) {
        return status;
    }
    if (!(at_risk->total >= (is_bare(self) ? LEAST_BARE_TOTAL : LEAST_TOTAL))) {
        self->loglik = -INFINITY;
        return IMR_OK;
    }
    add_events(self, k, terms > 1 && self->ties == IMR_COX_EXACT);
    if (!(terms > 1)) {
        single_term(self, k, events);
    } else if (self->ties == IMR_COX_EXACT) {
        self->hazard[k] = self->excess[k] = 0;
        status = imr_cox_exact_set(self, k, fault);
    } else {
        status = efron_terms(self, k, terms, events, fault);
    }
    return status;
}

/* --- making and ending one ----------------------------------------------------------------------- */

int
imr_cox_likelihood_init(imr_cox_likelihood_t *self, const imr_cox_rows_t *rows, imr_cox_ties_t ties,
    int firth, imr_stop_t *stop, imr_fault_t *fault)
{
    size_t n = rows->n, p = rows->p, width = rows->width, square = width * width;
    double *next;

    memset(self, 0, sizeof(*self));
    self->rows = rows;
    self->ties = ties;
    self->firth = firth;
    self->stop = stop;
    if (square > SIZE_MAX / 128) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    self->block = imr_malloc(3 * n + 3 * rows->sets + 5 * width + 2 * p + p * p + 3 * square
            + IMR_COX_BATCH * (width + 1) + (rows->leaving == NULL ? 0 : n + n / 8 + 1),
        sizeof(double));
    if (self->block == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    next = self->block;
#define PLACE(field, count)                                                                        \
    do {                                                                                           \
        self->field = next;                                                                        \
        next += (count);                                                                           \
    } while (0)
    PLACE(eta, n);
    PLACE(risk, n);
    PLACE(out, n);
    PLACE(hazard, rows->sets);
    PLACE(excess, rows->sets);
    PLACE(level, rows->sets);
    PLACE(score, width);
    PLACE(event_sum, width);
    PLACE(mean, width);
    PLACE(at_risk.sum, width);
    PLACE(at_risk.tied_sum, width);
    PLACE(magnitude, p);
    PLACE(drawn_size, p);
    PLACE(information, p * p);
    PLACE(gram, square);
    PLACE(batch_gram, square);
    PLACE(direct, square);
    PLACE(batch, IMR_COX_BATCH * width);
    PLACE(ones, IMR_COX_BATCH);
    if (rows->leaving != NULL) {
        PLACE(out_low, n);
        self->gone = (uint8_t *) next;
    }
#undef PLACE
    for (size_t i = 0; i < IMR_COX_BATCH; i++) {
        self->ones[i] = 1;
    }
    memset(self->eta, 0, 3 * n * sizeof(double));
    sum_events(self);
    return IMR_OK;
}

void
imr_cox_likelihood_free(imr_cox_likelihood_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- the two passes ----------------------------------------------------------------------------- */

static int
forward(imr_cox_likelihood_t *self, const double *coef, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    size_t width = rows->width;
    int status;

    for (size_t k = 0; k < rows->sets; k++) {
        size_t begin = (size_t) rows->begin[k], first = (size_t) rows->first_event[k];
        size_t end = (size_t) rows->end[k];

        if (imr_cox_begins_stratum(rows, k)) {
            begin_stratum(self, k);
        }
        if (!raise_level(self, find_eta(self, coef, begin, end))) {
            self->loglik = -INFINITY;
            return IMR_OK;
        }
        for (size_t i = begin; i < end; i++) {
            self->risk[i] = risk_of(self, i);
        }
        add_rows(self, begin, first, &self->at_risk.total, self->at_risk.sum);
        if (imr_stop_asked(self->stop, (double) ((4 * width + 20) * (end - begin)))) {
            return imr_fault(fault, IMR_ERR_STOPPED, NULL, -1, NAN);
        }
        self->at_risk.present += first - begin;
        self->at_risk.peak = fmax(self->at_risk.peak, self->at_risk.total);
        if (rows->leaving != NULL) {
            remove_leaving(self, k, first);
        }
        status = add_set(self, k, fault);
        if (status != IMR_OK || !isfinite(self->loglik)) {
            return status;
        }
    }
    self->loglik -= log(self->product);
    return IMR_OK;
}

int
imr_cox_evaluate(imr_cox_likelihood_t *self, const double *coef, imr_fault_t *fault)
{
    const imr_cox_rows_t *rows = self->rows;
    size_t p = rows->p, width = rows->width, square = width * width;
    int status;

    self->loglik = 0;
    self->product = 1;
    self->batched = 0;
    memcpy(self->score, self->event_sum, width * sizeof(double));
    memset(self->drawn_size, 0, p * sizeof(double));
    memset(self->gram, 0, 3 * square * sizeof(double)); /* batch_gram and direct follow it */
    if (rows->leaving != NULL) {
        memset(self->gone, 0, rows->n);
        memset(self->out, 0, rows->n * sizeof(double));
        memset(self->out_low, 0, rows->n * sizeof(double));
    }
    status = forward(self, coef, fault);
    if (status == IMR_OK && isfinite(self->loglik)) {
        flush_batch(self);
        status = imr_cox_exposure(self, fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (size_t r = 0; r < p; r++) {
        for (size_t c = r; c < p; c++) {
            size_t at = r * width + c;

            self->information[r * p + c] = self->information[c * p + r] =
                self->gram[at] - self->batch_gram[at] + self->direct[at];
        }
        self->magnitude[r] =
            self->gram[r * width + r] + fabs(self->direct[r * width + r]) + self->drawn_size[r];
    }
    self->penalized = self->loglik;
    return self->firth && isfinite(self->loglik) ? imr_cox_firth(self, fault) : IMR_OK;
}
