#include "recovery/kinetics.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "base/order.h"
#include "base/quantile.h"

/* Longer series are sorted by imr_order when they are out of order. */
#define MOST_TO_INSERT 32
#define LEAST_COUNT 1e-50
#define MOST_COUNT 1e50
#define MOST_DAY 1e6

/* Samples before the lowest belong to the depletion where one of them is so many times as high. */
#define DEPLETED 2.0

enum { MOST_REFITS = 3 };

/* --- reading ----------------------------------------------------------------------------------- */

static int
read_sample(const imr_kinetics_rows_t *rows, const imr_kinetics_options_t *options, size_t i,
    imr_kinetics_sample_t *sample, imr_fault_t *fault)
{
    double day = rows->day[i], count = rows->count[i], cart = NAN;
    double limit = rows->lloq == NULL ? 0 : rows->lloq[i * rows->lloq_step];
    int flagged = rows->below != NULL && rows->below[i] != 0;
    int64_t row = (int64_t) i, row_of_limit = rows->lloq_step == 0 ? -1 : row;

    if (!isfinite(day)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "day", row, day);
    }
    if (!isfinite(count)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "count", row, count);
    }
    if (count < 0) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "count", row, count);
    }
    if (rows->lloq != NULL && !(limit >= LEAST_COUNT && limit <= MOST_COUNT)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "lloq", row_of_limit, limit);
    }
    if (flagged && count > limit) {
        return imr_fault(fault, IMR_ERR_COUNT_ABOVE_LIMIT, "count", row, count);
    }
    sample->below = flagged || count < limit;
    count = sample->below ? limit : count;
    if (!(fabs(day) <= MOST_DAY)) {
        return imr_fault(fault, IMR_ERR_KINETICS_RANGE, "day", row, day);
    }
    if (count != 0 && !(count >= LEAST_COUNT && count <= MOST_COUNT)) {
        return imr_fault(fault, IMR_ERR_KINETICS_RANGE, "count", row, count);
    }
    if (count == 0 && (options->error != IMR_KINETICS_ADDITIVE || sample->below)) {
        return imr_fault(fault, IMR_ERR_KINETICS_ZERO, "count", row, count);
    }
    if (rows->cart != NULL) {
        cart = rows->cart[i];
        if (cart < 0) {
            return imr_fault(fault, IMR_ERR_NEGATIVE, "cart", row, cart);
        }
        if (cart > MOST_COUNT) {
            return imr_fault(fault, IMR_ERR_KINETICS_RANGE, "cart", row, cart);
        }
    }
    sample->day = day;
    sample->count = count;
    sample->cart = cart;
    sample->row = (uint32_t) i;
    return IMR_OK;
}

/* Orders n samples by day, those of one day by row: mostly they are in order, or few. */
static int
sort_by_day(imr_kinetics_sample_t *sample, size_t n, imr_fault_t *fault)
{
    imr_kinetics_sample_t *copy = NULL;
    double *day = NULL;
    uint32_t *order = NULL;
    size_t sorted = 1;
    int status = IMR_OK;

    while (sorted < n && sample[sorted - 1].day <= sample[sorted].day) {
        sorted++;
    }
    if (sorted >= n) {
        return IMR_OK;
    }
    if (n <= MOST_TO_INSERT) {
        for (; sorted < n; sorted++) {
            imr_kinetics_sample_t moving = sample[sorted];
            size_t i = sorted;

            for (; i > 0 && sample[i - 1].day > moving.day; i--) {
                sample[i] = sample[i - 1];
            }
            sample[i] = moving;
        }
        return IMR_OK;
    }
    copy = imr_malloc(n, sizeof(*copy));
    day = imr_malloc(n, sizeof(*day));
    order = imr_malloc(n, sizeof(*order));
    if (copy == NULL || day == NULL || order == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    for (size_t i = 0; i < n; i++) {
        copy[i] = sample[i];
        day[i] = sample[i].day;
    }
    status = imr_order(day, n, "day", order, fault);
    for (size_t i = 0; i < n && status == IMR_OK; i++) {
        sample[i] = copy[order[i]];
    }
out:
    imr_free(copy);
    imr_free(day);
    imr_free(order);
    return status;
}

/* Moves the rows to their patients: self->start has one place more than there are patients. */
static int
read_samples(imr_kinetics_t *self, const imr_kinetics_rows_t *rows, imr_fault_t *fault)
{
    size_t *start = self->start;
    int status = IMR_OK;

    for (size_t i = 0; i < rows->n; i++) {
        int64_t code = rows->patient[i];

        if (code < 0 || code >= (int64_t) rows->patients) {
            return imr_fault(fault, IMR_ERR_PATIENT_CODE, "patient", (int64_t) i, (double) code);
        }
        start[code + 1]++;
    }
    for (size_t p = 0; p < rows->patients; p++) {
        start[p + 1] += start[p];
    }
    for (size_t i = 0; i < rows->n && status == IMR_OK; i++) {
        status =
            read_sample(rows, &self->options, i, &self->sample[start[rows->patient[i]]++], fault);
    }
    if (status != IMR_OK) {
        return status;
    }
    for (size_t p = rows->patients; p > 0; p--) {
        start[p] = start[p - 1];
    }
    start[0] = 0;
    for (size_t p = 0; p < rows->patients && status == IMR_OK; p++) {
        status = sort_by_day(self->sample + start[p], start[p + 1] - start[p], fault);
    }
    return status;
}

static int
check_options(
    const imr_kinetics_rows_t *rows, const imr_kinetics_options_t *options, imr_fault_t *fault)
{
    if (rows->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "patient", -1, NAN);
    }
    if (rows->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "patient", -1, NAN);
    }
    if (!(options->level > 0 && options->level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, options->level);
    }
    if (!isnan(options->threshold)
        && !(options->threshold >= LEAST_COUNT && options->threshold <= MOST_COUNT)) {
        return imr_fault(fault, IMR_ERR_NOT_POSITIVE, "threshold", -1, options->threshold);
    }
    if (options->start == IMR_KINETICS_FROM_DAY
        && (isnan(options->start_day) || options->start_day == INFINITY)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "start", -1, options->start_day);
    }
    for (size_t m = 0; m < options->n_models; m++) {
        if (options->models[m] == IMR_KINETICS_TURNOVER && rows->cart == NULL) {
            return imr_fault(fault, IMR_ERR_KINETICS_CART, NULL, -1, NAN);
        }
    }
    return IMR_OK;
}

/* The quantities of all models asked for, in the order of their list. */
static void
list_quantities(imr_kinetics_t *self)
{
    for (int q = 0; q < IMR_KINETICS_QUANTITIES; q++) {
        int wanted = 0;

        for (size_t m = 0; m < self->options.n_models; m++) {
            size_t count;
            const imr_kinetics_slot_t *slots = imr_kinetics_slots(self->options.models[m], &count);

            for (size_t s = 0; s < count; s++) {
                wanted |= (int) slots[s].quantity == q;
            }
        }
        if (wanted && (q != IMR_KINETICS_CROSSING_DAY || !isnan(self->options.threshold))) {
            self->quantity[self->quantities++] = (imr_kinetics_quantity_t) q;
        }
    }
}

static int
allocate_columns(imr_kinetics_t *self)
{
    size_t n = self->patients, most = IMR_KINETICS_MOST;
    size_t columns = 4 * self->quantities + most + most * most + self->options.n_models;
    double *at;
    int64_t *count_at;

#define ADD_ONE(name) +1
    columns += 0 IMR_KINETICS_NUMBER_LIST(ADD_ONE) IMR_KINETICS_COUNT_LIST(ADD_ONE);
#undef ADD_ONE
    self->block = imr_malloc(n * columns, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    at = self->block;
#define PLACE(name)                                                                                \
    self->name = at;                                                                               \
    at += n;
    IMR_KINETICS_NUMBER_LIST(PLACE)
#undef PLACE
    self->estimate = at;
    self->std_error = self->estimate + n * self->quantities;
    self->low = self->std_error + n * self->quantities;
    self->high = self->low + n * self->quantities;
    self->theta = self->high + n * self->quantities;
    self->covariance = self->theta + n * most;
    self->aicc_of = self->covariance + n * most * most;
    at = self->aicc_of + n * self->options.n_models;
    for (double *number = self->block; number < at; number++) {
        *number = NAN;
    }
    count_at = (int64_t *) at;
#define PLACE(name)                                                                                \
    self->name = count_at;                                                                         \
    count_at += n;
    IMR_KINETICS_COUNT_LIST(PLACE)
#undef PLACE
    return IMR_OK;
}

static int
allocate_scratch(imr_kinetics_t *self)
{
    size_t longest = 1;

    for (size_t p = 0; p < self->patients; p++) {
        size_t n = self->start[p + 1] - self->start[p];

        longest = n > longest ? n : longest;
    }
    self->scratch = imr_malloc(longest, (7 + IMR_KINETICS_MOST) * sizeof(double));
    if (self->scratch == NULL) {
        return IMR_ERR_NOMEM;
    }
    self->day = self->scratch;
    self->raw = self->day + longest;
    self->value = self->raw + longest;
    self->level = self->value + longest;
    self->cart_day = self->level + longest;
    self->cart_level = self->cart_day + longest;
    self->slope = self->cart_level + longest;
    self->flag = (uint8_t *) (self->slope + longest * IMR_KINETICS_MOST);
    return IMR_OK;
}

int
imr_kinetics_init(imr_kinetics_t *self, const imr_kinetics_rows_t *rows,
    const imr_kinetics_options_t *options, imr_fault_t *fault)
{
    int status;

    memset(self, 0, sizeof(*self));
    self->options = *options;
    self->patients = rows->patients;
    status = check_options(rows, options, fault);
    if (status != IMR_OK) {
        return status;
    }
    list_quantities(self);
    self->sample = imr_malloc(rows->n, sizeof(*self->sample));
    self->start = imr_calloc(rows->patients + 2, sizeof(*self->start));
    if (self->sample == NULL || self->start == NULL) {
        status = imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
        goto out;
    }
    status = read_samples(self, rows, fault);
    if (status != IMR_OK) {
        goto out;
    }
    status = allocate_columns(self);
    if (status == IMR_OK) {
        status = allocate_scratch(self);
    }
    if (status != IMR_OK) {
        imr_fault(fault, status, NULL, -1, NAN);
    }
out:
    if (status != IMR_OK) {
        imr_kinetics_free(self);
    }
    return status;
}

void
imr_kinetics_free(imr_kinetics_t *self)
{
    imr_free(self->sample);
    imr_free(self->start);
    imr_free(self->scratch);
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}

/* --- one patient ------------------------------------------------------------------------------- */

/* How many of the samples come before the recovery. */
static size_t
before_start(const imr_kinetics_t *self, const imr_kinetics_sample_t *sample, size_t n)
{
    size_t lowest = 0;

    if (self->options.start == IMR_KINETICS_FROM_DAY) {
        while (lowest < n && sample[lowest].day < self->options.start_day) {
            lowest++;
        }
        return lowest;
    }
    for (size_t i = 1; i < n && !sample[lowest].below; i++) {
        if (sample[i].below || sample[i].count < sample[lowest].count) {
            lowest = i;
        }
    }
    for (size_t i = 0; i < lowest; i++) {
        if (sample[i].count >= DEPLETED * sample[lowest].count) {
            return lowest;
        }
    }
    return 0;
}

imr_kinetics_climb_t
imr_kinetics_lay_out(imr_kinetics_t *self, size_t p, imr_kinetics_cart_t *cart)
{
    const imr_kinetics_sample_t *sample = self->sample + self->start[p];
    size_t all = self->start[p + 1] - self->start[p], out = before_start(self, sample, all);
    size_t n = all - out, measured = 0;
    imr_kinetics_climb_t climb = { .error = self->options.error,
        .n = n,
        .day = self->day,
        .count = self->raw,
        .value = self->value,
        .below = self->flag,
        .fixed = IMR_KINETICS_SIDE,
        .threshold = self->options.threshold,
        .level = self->level,
        .slope = self->slope };

    for (size_t i = 0; i < all; i++) {
        if (!isnan(sample[i].cart)) {
            self->cart_day[measured] = sample[i].day;
            self->cart_level[measured++] = sample[i].cart;
        }
    }
    *cart = (imr_kinetics_cart_t) { self->cart_day, self->cart_level, measured };
    self->samples[p] = (int64_t) n;
    self->left_out[p] = (int64_t) out;
    self->below[p] = 0;
    for (size_t i = 0; i < n; i++) {
        const imr_kinetics_sample_t *from = &sample[out + i];

        self->day[i] = from->day;
        self->raw[i] = from->count;
        self->value[i] = self->options.error == IMR_KINETICS_LOG ? log(from->count) : from->count;
        self->flag[i] = from->below;
        self->below[p] += from->below;
    }
    if (n > 0) {
        self->first_day[p] = climb.origin = self->day[0];
        self->last_day[p] = self->day[n - 1];
    }
    return climb;
}

/* Fits the models asked for, and leaves the chosen one in *climb and *fit: that with the least AICc; where
 * none has one, the fitted one with the fewest parameters, or the simplest of those that failed. */
static void
choose_model(imr_kinetics_t *self, size_t p, imr_kinetics_climb_t *climb, imr_kinetics_fit_t *fit)
{
    imr_kinetics_climb_t plain = *climb;

    for (size_t m = 0; m < self->options.n_models; m++) {
        imr_kinetics_climb_t trial = plain;
        imr_kinetics_fit_t found;
        int better;

        trial.model = self->options.models[m];
        imr_kinetics_fit_rows(&trial, &found);
        if (found.status == IMR_KINETICS_FITTED) {
            self->aicc_of[p * self->options.n_models + m] = found.aicc;
        }
        if (m == 0) {
            better = 1;
        } else if (found.status != IMR_KINETICS_FITTED || fit->status != IMR_KINETICS_FITTED) {
            better = found.status == IMR_KINETICS_FITTED
                || (fit->status != IMR_KINETICS_FITTED
                    && imr_kinetics_unknowns(trial.model) < imr_kinetics_unknowns(climb->model));
        } else if (isnan(found.aicc) || isnan(fit->aicc)) {
            better = isnan(fit->aicc)
                && (!isnan(found.aicc)
                    || imr_kinetics_unknowns(trial.model) < imr_kinetics_unknowns(climb->model));
        } else {
            better = found.aicc < fit->aicc;
        }
        if (better) {
            *climb = trial;
            *fit = found;
        }
    }
}

/* Fills the quantities of patient p. 1 where a higher point than the maximum was met. */
static int
put_quantities(imr_kinetics_t *self, size_t p, imr_kinetics_climb_t *climb,
    const imr_kinetics_fit_t *fit, const imr_kinetics_cart_t *cart)
{
    size_t count, row = p * self->quantities;
    const imr_kinetics_slot_t *slots = imr_kinetics_slots(climb->model, &count);
    double t = NAN, ends[2] = { NAN, NAN };
    int limits = self->options.limits
        && imr_quantile_t(0.5 + 0.5 * self->options.level, fit->df, &t) == IMR_OK;

    for (size_t s = 0, q = 0; s < count; s++) {
        if (slots[s].quantity == IMR_KINETICS_CROSSING_DAY && isnan(climb->threshold)) {
            continue;
        }
        for (q = 0; self->quantity[q] != slots[s].quantity; q++) {
        }
        imr_kinetics_quantity(
            climb, fit, &slots[s], cart, &self->estimate[row + q], &self->std_error[row + q]);
        if (!limits) {
            continue;
        }
        if (s == 0 || slots[s].coordinate != slots[s - 1].coordinate
            || slots[s].coordinates != slots[s - 1].coordinates) {
            if (imr_kinetics_ends(climb, fit, &slots[s], t, ends)) {
                return 1;
            }
        }
        imr_kinetics_show_ends(
            slots[s].shown, ends, cart, &self->low[row + q], &self->high[row + q]);
    }
    return 0;
}

static void
fit_patient(imr_kinetics_t *self, size_t p)
{
    size_t most = IMR_KINETICS_MOST;
    imr_kinetics_cart_t cart;
    imr_kinetics_climb_t climb = imr_kinetics_lay_out(self, p, &cart);
    imr_kinetics_fit_t fit;

    choose_model(self, p, &climb, &fit);
    for (int i = 0; i < MOST_REFITS && fit.status == IMR_KINETICS_FITTED; i++) {
        if (!put_quantities(self, p, &climb, &fit, &cart)) {
            break;
        }
        imr_kinetics_refit(&climb, &fit);
    }
    self->status[p] = fit.status;
    self->model[p] = climb.model;
    if (fit.status != IMR_KINETICS_FITTED) {
        for (size_t q = 0; q < self->quantities; q++) {
            size_t at = p * self->quantities + q;

            self->estimate[at] = self->std_error[at] = self->low[at] = self->high[at] = NAN;
        }
        return;
    }
    self->origin[p] = climb.origin;
    self->sd[p] = fit.sd;
    self->loglik[p] = fit.loglik;
    self->aicc[p] = fit.aicc;
    self->rss[p] = fit.rss;
    self->df[p] = fit.df;
    self->score_norm[p] = fit.score_norm;
    memcpy(self->theta + p * most, fit.theta, most * sizeof(double));
    memcpy(self->covariance + p * most * most, fit.covariance, most * most * sizeof(double));
}

void
imr_kinetics_fit(imr_kinetics_t *self, size_t from, size_t to)
{
    for (size_t p = from; p < to; p++) {
        fit_patient(self, p);
    }
}

/* --- curves ------------------------------------------------------------------------------------ */

int
imr_kinetics_at(imr_kinetics_model_t model, const double *theta, const double *covariance,
    double origin, double df, double level, const double *day, size_t n_days, double *estimate,
    double *low, double *high, imr_fault_t *fault)
{
    size_t p = imr_kinetics_unknowns(model);
    double slope[IMR_KINETICS_MOST], t = NAN, variance, log_level;

    if (!(level > 0 && level < 1)) {
        return imr_fault(fault, IMR_ERR_LEVEL, "level", -1, level);
    }
    if (!isnan(df) && imr_quantile_t(0.5 + 0.5 * level, df, &t) != IMR_OK) {
        t = INFINITY;
    }
    for (size_t i = 0; i < n_days; i++) {
        if (!isfinite(day[i])) {
            return imr_fault(fault, IMR_ERR_NONFINITE, "days", (int64_t) i, day[i]);
        }
        if (isnan(theta[0]) || (model == IMR_KINETICS_EMAX && !(day[i] > 0))) {
            estimate[i] = isnan(theta[0]) ? NAN : 0;
            low[i] = high[i] = NAN;
            continue;
        }
        imr_kinetics_curve(model, theta, origin, &day[i], 1, 0, &estimate[i], slope);
        imr_kinetics_curve(model, theta, origin, &day[i], 1, 1, &log_level, slope);
        variance = 0;
        for (size_t c = 0; c < p; c++) {
            for (size_t b = 0; b < p; b++) {
                variance += slope[c] * slope[b] * covariance[c * IMR_KINETICS_MOST + b];
            }
        }
        low[i] = exp(log_level - t * sqrt(variance));
        high[i] = exp(log_level + t * sqrt(variance));
    }
    return IMR_OK;
}
