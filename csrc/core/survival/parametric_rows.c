/* The rows of a call, read and checked once. */
#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/parametric.h"

/* A column counts as constant, or as a combination of others, when less of it is left. */
#define COLLINEAR 1e-9

static size_t
parameters_of(imr_distribution_t distribution, size_t k, int cure)
{
    return 1 + k + (distribution == IMR_EXPONENTIAL ? 0 : 1)
        + (distribution == IMR_GENGAMMA ? 1 : 0) + (cure ? 1 : 0);
}

static int
allocate(imr_parametric_t *self, size_t n)
{
    size_t k = self->k, d = self->d, most = SIZE_MAX / 64;
    double *place;

    if (k > 4096 || n > most / (k + 8)) {
        return IMR_ERR_NOMEM;
    }
    self->block = imr_malloc((5 + k) * n + 4 * d * d + 9 * d + 3 * k, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    place = self->block;
    self->a = place;
    self->b = self->a + n;
    self->entry = self->b + n;
    self->row_weight = self->entry + n;
    self->columns = self->row_weight + n;
    self->centre = self->columns + n * k;
    self->spread = self->centre + k;
    self->asked = self->spread + k;
    self->estimate = self->asked + k;
    self->at = self->estimate + d;
    self->near = self->at + d;
    self->step = self->near + d;
    self->trial = self->step + d;
    self->direction = self->trial + d;
    self->here.score = self->direction + d;
    self->there.score = self->here.score + d;
    self->here.hessian = self->there.score + d;
    self->there.hessian = self->here.hessian + d * d;
    self->reduced = self->there.hessian + d * d;
    self->covariance = self->reduced + d * d;
    self->free = (size_t *) (void *) (self->covariance + d * d);
    self->kind = (uint8_t *) (self->free + d);
    return IMR_OK;
}

/* --- times ------------------------------------------------------------------------------------- */

typedef struct {
    double left, right, entry, weight;
} row_t;

static int
read_row(const imr_parametric_data_t *data, size_t i, row_t *row, imr_fault_t *fault)
{
    int64_t place = (int64_t) i;
    double left = data->left[i], entry = data->entry == NULL ? 0 : data->entry[i];

    row->left = left;
    row->entry = entry;
    row->weight = data->weight == NULL ? 1 : data->weight[i];
    row->right = data->right != NULL                 ? data->right[i]
        : data->event == NULL || data->event[i] == 1 ? left
                                                     : INFINITY;
    if (isnan(left)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "left", place, left);
    }
    if (!(left >= 0)) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "left", place, left);
    }
    if (isinf(left)) {
        return imr_fault(fault, IMR_ERR_LEFT_INFINITE, "left", place, left);
    }
    if (data->event != NULL && data->event[i] > 1) {
        return imr_fault(fault, IMR_ERR_EVENT, "event", place, data->event[i]);
    }
    if (isnan(row->right)) {
        return imr_fault(fault, IMR_ERR_RIGHT_MISSING, "right", place, NAN);
    }
    if (left > row->right) {
        return imr_fault(fault, IMR_ERR_LEFT_AFTER_RIGHT, "left", place, left);
    }
    if (!(row->right > 0)) {
        return imr_fault(fault, IMR_ERR_EVENT_AT_ZERO, "left", place, left);
    }
    if (!isfinite(entry)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "entry", place, entry);
    }
    if (!(entry >= 0)) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "entry", place, entry);
    }
    if (entry > 0 && !(entry < left) && (left == row->right || isinf(row->right))) {
        return imr_fault(fault, IMR_ERR_INTERVAL, "entry", place, entry);
    }
    if (entry > left) {
        return imr_fault(fault, IMR_ERR_ENTRY_AFTER_LEFT, "entry", place, entry);
    }
    if (!isfinite(row->weight)) {
        return imr_fault(fault, IMR_ERR_NONFINITE, "weights", place, row->weight);
    }
    if (!(row->weight >= 0)) {
        return imr_fault(fault, IMR_ERR_NEGATIVE, "weights", place, row->weight);
    }
    return IMR_OK;
}

static imr_row_kind_t
kind_of(const row_t *row)
{
    if (row->left == row->right) {
        return IMR_ROW_EXACT;
    }
    if (isinf(row->right)) {
        return row->left > 0 ? IMR_ROW_RIGHT : IMR_ROW_EMPTY;
    }
    return row->left > 0 ? IMR_ROW_INTERVAL : IMR_ROW_LEFT;
}

/* What the rows with weight have seen of the events. */
typedef struct {
    double last_left, first_right; /* over all rows */
    double event_left; /* the largest left end of a row with an event */
    double last_event; /* the largest right end of one */
    size_t events;
    double left_weight, left_logs; /* of left-censored rows, and the sum of their log times */
    double right_weight, right_logs; /* of right-censored ones */
    int entered; /* somebody is left-truncated */
} seen_t;

static void
look(seen_t *seen, const row_t *row)
{
    seen->last_left = fmax(seen->last_left, row->left);
    seen->first_right = fmin(seen->first_right, row->right);
    if (isfinite(row->right)) {
        seen->event_left = fmax(seen->event_left, row->left);
        seen->last_event = fmax(seen->last_event, row->right);
        seen->events++;
    }
    if (kind_of(row) == IMR_ROW_LEFT) {
        seen->left_weight += row->weight;
        seen->left_logs += row->weight * log(row->right);
    } else if (kind_of(row) == IMR_ROW_RIGHT) {
        seen->right_weight += row->weight;
        seen->right_logs += row->weight * log(row->left);
    }
    seen->entered |= row->entry > 0;
}

/* Does the likelihood of left- and right-censored rows alone rise up to an infinite scale, where the
 * chance of an event is the same at all times? It does unless left-censored times are the later ones, by
 * their mean logarithm: that is its slope there in 1 / scale. */
static int
rises_with_scale(const imr_parametric_t *self, const seen_t *seen)
{
    return self->distribution != IMR_EXPONENTIAL && self->distribution != IMR_GOMPERTZ
        && self->k == 0 && !self->cure && !seen->entered && self->count[IMR_ROW_EXACT] == 0
        && self->count[IMR_ROW_INTERVAL] == 0 && seen->right_weight > 0
        && seen->left_logs / seen->left_weight <= seen->right_logs / seen->right_weight;
}

/* Is the maximum at infinity whatever the distribution's shape? */
static int
check_events(const imr_parametric_t *self, const seen_t *seen, imr_fault_t *fault)
{
    double left = self->cure ? seen->event_left : seen->last_left;

    if (seen->events == 0) {
        return imr_fault(fault, IMR_ERR_NO_EVENT_SEEN, "right", -1, NAN);
    }
    if (!(seen->last_left > 0) || (self->cure && !(seen->event_left > 0))) {
        return imr_fault(fault, IMR_ERR_NEVER_FREE, "left", -1, NAN);
    }
    if (self->k == 0 && self->distribution != IMR_EXPONENTIAL && left <= seen->first_right) {
        return imr_fault(fault, IMR_ERR_SCALE_ZERO, "left", -1, NAN);
    }
    if (rises_with_scale(self, seen)) {
        return imr_fault(fault, IMR_ERR_SCALE_INFINITE, "left", -1, NAN);
    }
    return IMR_OK;
}

/* Maller and Zhou (1994): the chance that, had the events only just ended with the follow-up, none of n
 * patients would have had one as late as those seen. */
static double
follow_up_of(const imr_parametric_t *self, const seen_t *seen, size_t weighted)
{
    double begin = 2 * seen->last_event - self->longest;
    size_t late = 0;

    for (size_t i = 0; i < self->n; i++) {
        if (self->row_weight[i] > 0 && isfinite(self->b[i])) {
            late += self->b[i] > begin && self->b[i] <= seen->last_event ? 1 : 0;
        }
    }
    return pow(1 - (double) late / (double) weighted, (double) weighted);
}

/* Log times, or times in units of the longest. */
static void
transform(imr_parametric_t *self)
{
    int logs = self->distribution != IMR_GOMPERTZ;
    double log_unit = log(self->unit), constant = 0;

    for (size_t i = 0; i < self->n; i++) {
        double a = self->a[i];

        self->a[i] = logs ? log(a) : a / self->unit;
        self->b[i] = logs ? log(self->b[i]) : self->b[i] / self->unit;
        self->entry[i] = !(self->entry[i] > 0) ? -INFINITY
            : logs                             ? log(self->entry[i])
                                               : self->entry[i] / self->unit;
        if (self->kind[i] == IMR_ROW_EXACT) {
            constant -= self->row_weight[i] * (logs ? self->a[i] : log_unit);
        }
    }
    self->constant = constant;
}

static int
read_times(imr_parametric_t *self, const imr_parametric_data_t *data, imr_fault_t *fault)
{
    seen_t seen = { .first_right = INFINITY };
    size_t n = 0, weighted = 0;
    int status;

    for (size_t i = 0; i < data->n; i++) {
        row_t row;

        if (n == self->n || (data->group != NULL && data->group[i] != data->code)) {
            continue;
        }
        status = read_row(data, i, &row, fault);
        if (status != IMR_OK) {
            return status;
        }
        self->kind[n] = (uint8_t) kind_of(&row);
        self->a[n] = row.left;
        self->b[n] = row.right;
        self->entry[n] = row.entry;
        self->row_weight[n] = row.weight;
        n++;
        if (row.weight > 0) {
            self->count[kind_of(&row)]++;
            self->weight += row.weight;
            self->longest = fmax(self->longest, isinf(row.right) ? row.left : row.right);
            look(&seen, &row);
            weighted++;
        }
    }
    if (n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "left", -1, NAN);
    }
    if (weighted == 0) {
        return imr_fault(fault, IMR_ERR_NO_WEIGHT, "weights", -1, NAN);
    }
    self->n = n; /* less than was counted only if the codes have changed since */
    status = check_events(self, &seen, fault);
    if (status != IMR_OK) {
        return status;
    }
    if (self->cure) {
        self->follow_up = follow_up_of(self, &seen, weighted);
    }
    self->unit = self->distribution == IMR_GOMPERTZ ? self->longest : 1;
    transform(self);
    return IMR_OK;
}

/* --- covariates -------------------------------------------------------------------------------- */

static int
read_columns(imr_parametric_t *self, const imr_parametric_data_t *data, imr_fault_t *fault)
{
    size_t k = self->k, n = 0;

    for (size_t i = 0; i < data->n; i++) {
        if (n == self->n || (data->group != NULL && data->group[i] != data->code)) {
            continue;
        }
        for (size_t j = 0; j < k; j++) {
            double x = data->columns[i * k + j];

            if (!isfinite(x)) {
                return imr_fault(fault, IMR_ERR_NONFINITE, "X", (int64_t) i, x);
            }
            self->columns[n * k + j] = x;
        }
        n++;
    }
    return IMR_OK;
}

/* Centres and scales the columns; those without weight do not count. */
static int
standardise(imr_parametric_t *self, imr_fault_t *fault)
{
    size_t k = self->k;

    for (size_t j = 0; j < k; j++) {
        double sum = 0, squares = 0, most = 0;

        for (size_t i = 0; i < self->n; i++) {
            sum += self->row_weight[i] * self->columns[i * k + j];
            most = self->row_weight[i] > 0 ? fmax(most, fabs(self->columns[i * k + j])) : most;
        }
        self->centre[j] = sum / self->weight;
        for (size_t i = 0; i < self->n; i++) {
            double from = self->columns[i * k + j] - self->centre[j];

            squares += self->row_weight[i] * from * from;
        }
        self->spread[j] = sqrt(squares / self->weight);
        if (!(self->spread[j] > COLLINEAR * most)) {
            return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) j, NAN);
        }
        for (size_t i = 0; i < self->n; i++) {
            double *x = self->columns + i * k + j;

            *x = (*x - self->centre[j]) / self->spread[j];
        }
    }
    return IMR_OK;
}

/* The factor of the correlations, row by row: what of a column is left beside those before it. */
static int
check_collinear(imr_parametric_t *self, imr_fault_t *fault)
{
    size_t k = self->k;
    double *factor = self->reduced;

    for (size_t r = 0; r < k; r++) {
        for (size_t c = 0; c <= r; c++) {
            double sum = 0;

            for (size_t i = 0; i < self->n; i++) {
                sum += self->row_weight[i] * self->columns[i * k + r] * self->columns[i * k + c];
            }
            sum /= self->weight;
            for (size_t j = 0; j < c; j++) {
                sum -= factor[r * k + j] * factor[c * k + j];
            }
            if (c < r) {
                factor[r * k + c] = sum / factor[c * k + c];
            } else if (sum > COLLINEAR) {
                factor[r * k + r] = sqrt(sum);
            } else {
                return imr_fault(fault, IMR_ERR_COLLINEAR, "X column", (int64_t) r, NAN);
            }
        }
    }
    return IMR_OK;
}

/* --- all of it --------------------------------------------------------------------------------- */

int
imr_parametric_init(imr_parametric_t *self, const imr_parametric_data_t *data,
    imr_distribution_t distribution, int cure, imr_fault_t *fault)
{
    size_t rows = 0;
    int status;

    memset(self, 0, sizeof(*self));
    self->distribution = distribution;
    self->cure = cure;
    self->k = data->k;
    self->d = parameters_of(distribution, data->k, cure);
    if (cure && distribution == IMR_GOMPERTZ) {
        return imr_fault(fault, IMR_ERR_CURE_GOMPERTZ, "distribution", -1, NAN);
    }
    for (size_t i = 0; i < data->n; i++) {
        rows += data->group == NULL || data->group[i] == data->code ? 1 : 0;
    }
    status = allocate(self, rows);
    if (status != IMR_OK) {
        return imr_fault(fault, status, NULL, -1, NAN);
    }
    self->n = rows;
    status = read_times(self, data, fault);
    if (status == IMR_OK && self->k > 0) {
        status = read_columns(self, data, fault);
    }
    if (status == IMR_OK) {
        status = standardise(self, fault);
    }
    if (status == IMR_OK) {
        status = check_collinear(self, fault);
    }
    if (status != IMR_OK) {
        imr_parametric_free(self);
    }
    return status;
}

void
imr_parametric_free(imr_parametric_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
