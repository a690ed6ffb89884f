#include "survival/cox_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_columns.h"

#define LARGEST_X 1e100 /* squares and their sums fit */
#define CONSTANT 1e-13 /* spread, in units of the values, that rounding alone can make */

/* --- laying out --------------------------------------------------------------------------------- */

static int
allocate(imr_cox_rows_t *self, const imr_cox_columns_t *columns, const imr_cox_data_t *data)
{
    size_t n = self->n, p = self->p, sets = self->sets, width = p + (p & 1);
    size_t doubles, integers;
    char *at;

    if (p > 10000 || columns->strata > SIZE_MAX / 64 / p || n > SIZE_MAX / 64 / (width + 8)) {
        return IMR_ERR_NOMEM;
    }
    self->width = width;
    doubles = n * width + (data->weight == NULL ? 0 : n) + (data->offset == NULL ? 0 : n)
        + self->strata * (p + 1) + 2 * p + sets;
    integers = 4 * sets + (data->entry == NULL ? 0 : n + 2 * sets) + n
        + (data->cluster == NULL ? 0 : n);
    self->block = imr_malloc(doubles + integers, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    at = self->block;
#define PLACE(field, type, count)                                                                  \
    do {                                                                                           \
        self->field = (type *) (void *) at;                                                        \
        at += (count) * sizeof(type);                                                              \
    } while (0)
    PLACE(z, double, n *width);
    PLACE(center, double, self->strata *p);
    PLACE(last_time, double, self->strata);
    PLACE(scale, double, p);
    PLACE(reach, double, p);
    PLACE(set_time, double, sets);
    PLACE(begin, int64_t, sets);
    PLACE(first_event, int64_t, sets);
    PLACE(end, int64_t, sets);
    PLACE(set_stratum, int64_t, sets);
    PLACE(row, int64_t, n);
    if (data->weight != NULL) {
        PLACE(weight, double, n);
    }
    if (data->offset != NULL) {
        PLACE(offset, double, n);
    }
    if (data->entry != NULL) {
        PLACE(leaving, int64_t, n);
        PLACE(leave_begin, int64_t, sets);
        PLACE(leave_end, int64_t, sets);
    }
    if (data->cluster != NULL) {
        PLACE(cluster, int64_t, n);
    }
#undef PLACE
    return IMR_OK;
}

static void
lay_out_sets(imr_cox_rows_t *self, const imr_cox_columns_t *columns)
{
    size_t k = 0, n = self->n, begin = 0;
    int64_t last_stratum = -1;

    for (size_t s = 0; s < self->strata; s++) {
        self->last_time[s] = 0;
    }
    for (size_t i = 0, end; i < n; i = end) {
        uint32_t row = columns->order[i];
        double t = columns->time[row];
        int64_t stratum = imr_cox_stratum_of(columns, row);
        size_t events = 0;

        for (end = i; end < n && columns->time[columns->order[end]] == t
             && (columns->stratum == NULL || imr_cox_stratum_of(columns, columns->order[end]) == stratum);
             end++) {
            events += columns->event[columns->order[end]];
        }
        if (stratum != last_stratum) {
            begin = i;
            last_stratum = stratum;
            self->last_time[stratum] = t;
        }
        if (events > 0) {
            self->set_time[k] = t;
            self->set_stratum[k] = stratum;
            self->begin[k] = (int64_t) begin;
            self->first_event[k] = (int64_t) (end - events);
            self->end[k++] = (int64_t) end;
            begin = end;
        }
    }
}

/* leaving, out of the order of entry in columns->order; scratch[row] becomes the row's place. */
static void
lay_out_entries(imr_cox_rows_t *self, const imr_cox_columns_t *columns)
{
    size_t q = 0, n = self->n;

    for (size_t i = 0; i < n; i++) {
        columns->scratch[self->row[i]] = (uint32_t) i;
    }
    for (size_t i = 0; i < n; i++) {
        self->leaving[i] = columns->scratch[columns->order[i]];
    }
    for (size_t k = 0; k < self->sets; k++) {
        while (q < n && imr_cox_stratum_of(columns, columns->order[q]) < self->set_stratum[k]) {
            q++;
        }
        self->leave_begin[k] = (int64_t) q;
        while (q < n && imr_cox_stratum_of(columns, columns->order[q]) == self->set_stratum[k]
            && columns->entry[columns->order[q]] >= self->set_time[k]) {
            q++;
        }
        self->leave_end[k] = (int64_t) q;
    }
}

/* --- covariates --------------------------------------------------------------------------------- */

static int
copy_covariates(
    imr_cox_rows_t *self, const imr_cox_columns_t *columns, const imr_cox_data_t *data, imr_fault_t *fault)
{
    size_t n = self->n, p = self->p, width = self->width;

    for (size_t i = 0; i < data->n; i++) { /* in the order of the input, as faults are named */
        const double *x = data->x + i * p;
        int good = 1;

        for (size_t j = 0; j < p; j++) {
            good &= fabs(x[j]) <= LARGEST_X;
        }
        for (size_t j = 0; !good && j < p; j++) {
            if (!(fabs(x[j]) <= LARGEST_X)) {
                return imr_fault(fault, isfinite(x[j]) ? IMR_ERR_COX_RANGE : IMR_ERR_NONFINITE, "X",
                    (int64_t) i, x[j]);
            }
        }
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t row = columns->order[i];
        const double *x = data->x + row * p;
        double *z = self->z + i * width;

        for (size_t j = 0; j < p; j++) {
            z[j] = x[j];
        }
        if (width > p) {
            z[p] = 0;
        }
        self->row[i] = row;
        if (self->weight != NULL) {
            self->weight[i] = columns->weight[row];
        }
        if (self->offset != NULL) {
            self->offset[i] = columns->offset[row];
        }
        if (self->cluster != NULL) {
            int64_t code = data->cluster[row];

            if (code < 0 || (uint64_t) code >= data->clusters) {
                return imr_fault(fault, IMR_ERR_CODE, "cluster", row, (double) code);
            }
            self->cluster[i] = code;
        }
    }
    return IMR_OK;
}

/* Takes from the rows first..end - 1 their mean; the squares that remain are added up in scale. */
static void
center_stratum(imr_cox_rows_t *self, double *center, double *size, size_t first, size_t end)
{
    size_t p = self->p, width = self->width;

    for (size_t i = first; i < end; i++) {
        const double *z = self->z + i * width;

        for (size_t j = 0; j < p; j++) {
            center[j] += z[j];
        }
    }
    for (size_t j = 0; j < p; j++) {
        center[j] /= (double) (end - first);
    }
    for (size_t i = first; i < end; i++) {
        double *z = self->z + i * width;

        for (size_t j = 0; j < p; j++) {
            size[j] = fmax(size[j], fabs(z[j]));
            z[j] -= center[j];
            self->reach[j] = fmax(self->reach[j], fabs(z[j]));
            self->scale[j] += z[j] * z[j];
        }
    }
}

static int
standardize(
    imr_cox_rows_t *self, const imr_cox_columns_t *columns, double *size, imr_fault_t *fault)
{
    size_t n = self->n, p = self->p, width = self->width;

    memset(self->center, 0, self->strata * p * sizeof(double));
    memset(self->scale, 0, 2 * p * sizeof(double)); /* and reach, which follows it */
    memset(size, 0, p * sizeof(double));
    for (size_t i = 0, end; i < n; i = end) {
        int64_t stratum = imr_cox_stratum_of(columns, (uint32_t) self->row[i]);

        end = columns->stratum == NULL ? n : i;
        while (end < n && imr_cox_stratum_of(columns, (uint32_t) self->row[end]) == stratum) {
            end++;
        }
        center_stratum(self, self->center + (size_t) stratum * p, size, i, end);
    }
    for (size_t j = 0; j < p; j++) {
        double scale = sqrt(self->scale[j] / (double) n);

        if (!(self->reach[j] > CONSTANT * size[j]) || !(scale > 0)) {
            return imr_fault(fault, IMR_ERR_COX_COLLINEAR, "X column", (int64_t) j, NAN);
        }
        self->scale[j] = scale;
        self->reach[j] /= scale;
        size[j] = 1 / scale;
    }
    for (size_t i = 0; i < n; i++) {
        double *z = self->z + i * width;

        for (size_t j = 0; j < p; j++) {
            z[j] *= size[j];
        }
    }
    return IMR_OK;
}

static int
fill(imr_cox_rows_t *self, imr_cox_columns_t *columns, const imr_cox_data_t *data,
    imr_fault_t *fault)
{
    double *size = imr_malloc(self->p, sizeof(double));
    int status;

    if (size == NULL || allocate(self, columns, data) != IMR_OK) {
        imr_free(size);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    lay_out_sets(self, columns);
    status = copy_covariates(self, columns, data, fault);
    if (status == IMR_OK) {
        status = standardize(self, columns, size, fault);
    }
    if (status == IMR_OK && data->entry != NULL) {
        status = imr_cox_columns_by_entry(columns, fault);
        if (status == IMR_OK) {
            lay_out_entries(self, columns);
        }
    }
    imr_free(size);
    return status;
}

int
imr_cox_rows_init(imr_cox_rows_t *self, const imr_cox_data_t *data,
    const imr_cox_options_t *options, imr_fault_t *fault)
{
    imr_cox_columns_t columns;
    int status;

    memset(self, 0, sizeof(*self));
    if (data->n == 0) {
        return imr_fault(fault, IMR_ERR_NO_ROWS, "time", -1, NAN);
    }
    if (data->p == 0) {
        return imr_fault(fault, IMR_ERR_COX_NO_COLUMN, "X", -1, NAN);
    }
    if (data->n > UINT32_MAX) {
        return imr_fault(fault, IMR_ERR_TOO_MANY_ROWS, "time", -1, NAN);
    }
    status = imr_cox_columns_init(&columns, data, options, fault);
    if (status == IMR_OK) {
        status = imr_cox_columns_by_time(&columns, &self->sets, fault);
    }
    if (status == IMR_OK) {
        self->n = columns.n;
        self->p = data->p;
        self->strata = data->strata;
        self->sampling = options->weights == IMR_COX_SAMPLING && data->weight != NULL;
        self->clusters = (int64_t) data->clusters;
        self->rows_given = (int64_t) data->n;
        self->patients = columns.patients;
        self->events = columns.events;
        self->merged = columns.merged;
        status = fill(self, &columns, data, fault);
    }
    imr_cox_columns_free(&columns);
    if (status != IMR_OK) {
        imr_cox_rows_free(self);
    }
    return status;
}

void
imr_cox_rows_free(imr_cox_rows_t *self)
{
    imr_free(self->block);
    memset(self, 0, sizeof(*self));
}
