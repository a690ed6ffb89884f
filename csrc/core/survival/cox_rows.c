#include "survival/cox_rows.h"

#include <math.h>
#include <string.h>

#include "base/mem.h"
#include "survival/cox_columns.h"

#define LARGEST_X 1e100 /* squares and their sums fit */
#define AHEAD 16 /* rows fetched in advance, as they are read out of order */
#define LINE 8 /* numbers that one fetch brings */
#define CONSTANT 1e-13 /* spread, in units of the values, that rounding alone can make */

#if defined(__GNUC__)
#define IMR_PREFETCH(address) __builtin_prefetch(address)
#else
#define IMR_PREFETCH(address) ((void) 0)
#endif

/* --- laying out --------------------------------------------------------------------------------- */

imr_cox_extent_t
imr_cox_rows_extent(const imr_cox_rows_t *self, int columns)
{
    size_t n = self->n, sets = self->sets;
    imr_cox_extent_t extent = {
        .numbers = n * (self->width + 1) + self->strata * (self->p + 1) + 2 * self->p + sets,
        .places = 4 * sets + n,
    };

    if (columns & IMR_COX_HAS_ENTRY) {
        extent.numbers += n;
        extent.places += n + 2 * sets;
    }
    extent.numbers += columns & IMR_COX_HAS_WEIGHT ? n : 0;
    extent.numbers += columns & IMR_COX_HAS_OFFSET ? n : 0;
    extent.places += columns & IMR_COX_HAS_CLUSTER ? n : 0;
    return extent;
}

void
imr_cox_rows_place(imr_cox_rows_t *self, int columns, double *numbers, int64_t *places)
{
    size_t n = self->n, p = self->p, sets = self->sets;

#define PLACE(at, field, count)                                                                    \
    do {                                                                                           \
        self->field = at;                                                                          \
        at += (count);                                                                             \
    } while (0)
    PLACE(numbers, z, n * self->width);
    PLACE(numbers, center, self->strata * p);
    PLACE(numbers, last_time, self->strata);
    PLACE(numbers, scale, p);
    PLACE(numbers, reach, p);
    PLACE(numbers, set_time, sets);
    PLACE(numbers, time, n);
    PLACE(places, begin, sets);
    PLACE(places, first_event, sets);
    PLACE(places, end, sets);
    PLACE(places, set_stratum, sets);
    PLACE(places, row, n);
    if (columns & IMR_COX_HAS_ENTRY) {
        PLACE(numbers, entry, n);
        PLACE(places, leaving, n);
        PLACE(places, leave_begin, sets);
        PLACE(places, leave_end, sets);
    }
    if (columns & IMR_COX_HAS_WEIGHT) {
        PLACE(numbers, weight, n);
    }
    if (columns & IMR_COX_HAS_OFFSET) {
        PLACE(numbers, offset, n);
    }
    if (columns & IMR_COX_HAS_CLUSTER) {
        PLACE(places, cluster, n);
    }
#undef PLACE
}

static int
allocate(imr_cox_rows_t *self, const imr_cox_columns_t *columns, const imr_cox_data_t *data)
{
    size_t p = self->p;
    int present = (data->entry == NULL ? 0 : IMR_COX_HAS_ENTRY)
        | (data->weight == NULL ? 0 : IMR_COX_HAS_WEIGHT)
        | (data->offset == NULL ? 0 : IMR_COX_HAS_OFFSET)
        | (data->cluster == NULL ? 0 : IMR_COX_HAS_CLUSTER);
    imr_cox_extent_t extent;

    self->width = p + (p & 1);
    if (p > 10000 || columns->strata > SIZE_MAX / 64 / p
        || self->n > SIZE_MAX / 64 / (self->width + 8)) {
        return IMR_ERR_NOMEM;
    }
    extent = imr_cox_rows_extent(self, present);
    self->block = imr_malloc(extent.numbers + extent.places, sizeof(double));
    if (self->block == NULL) {
        return IMR_ERR_NOMEM;
    }
    imr_cox_rows_place(self, present, self->block, (int64_t *) self->block + extent.numbers);
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
            && (columns->stratum == NULL
                || imr_cox_stratum_of(columns, columns->order[end]) == stratum);
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

/* Checks the covariates, in the order of the input, as faults are named, and finds their means. */
static int
find_centers(imr_cox_rows_t *self, const imr_cox_columns_t *columns, const double *x,
    size_t rows_given, size_t *members, imr_fault_t *fault)
{
    size_t p = self->p, at = 0;

    memset(self->center, 0, self->strata * p * sizeof(double));
    memset(members, 0, self->strata * sizeof(*members));
    for (size_t i = 0; i < rows_given; i++, x += p) {
        int good = 1, kept = at < self->n && columns->kept[at] == i;

        for (size_t j = 0; j < p; j++) {
            good &= fabs(x[j]) <= LARGEST_X;
        }
        for (size_t j = 0; !good && j < p; j++) {
            if (!(fabs(x[j]) <= LARGEST_X)) {
                return imr_fault(fault, isfinite(x[j]) ? IMR_ERR_COX_RANGE : IMR_ERR_NONFINITE, "X",
                    (int64_t) i, x[j]);
            }
        }
        if (kept) {
            int64_t stratum = imr_cox_stratum_of(columns, (uint32_t) i);
            double *center = self->center + (size_t) stratum * p;

            for (size_t j = 0; j < p; j++) {
                center[j] += x[j];
            }
            members[stratum]++;
            at++;
        }
    }
    for (size_t s = 0; s < self->strata; s++) {
        for (size_t j = 0; j < p && members[s] > 0; j++) {
            self->center[s * p + j] /= (double) members[s];
        }
    }
    return IMR_OK;
}

/* The root mean square of each covariate about its means, and the largest distance in units of it. */
static int
find_scales(imr_cox_rows_t *self, const imr_cox_columns_t *columns, const double *x, double *size,
    imr_fault_t *fault)
{
    size_t p = self->p;

    memset(self->scale, 0, 2 * p * sizeof(double)); /* and reach, which follows it */
    memset(size, 0, p * sizeof(double));
    for (size_t i = 0; i < self->n; i++) {
        const double *row = x + columns->kept[i] * p;
        const double *center =
            self->center + (size_t) imr_cox_stratum_of(columns, columns->kept[i]) * p;

        for (size_t j = 0; j < p; j++) {
            double z = row[j] - center[j], far = fabs(z), value = fabs(row[j]);

            size[j] = size[j] < value ? value : size[j];
            self->reach[j] = self->reach[j] < far ? far : self->reach[j];
            self->scale[j] += z * z;
        }
    }
    for (size_t j = 0; j < p; j++) {
        double scale = sqrt(self->scale[j] / (double) self->n);

        if (!(self->reach[j] > CONSTANT * size[j]) || !(scale > 0)) {
            return imr_fault(fault, IMR_ERR_COX_COLLINEAR, "X column", (int64_t) j, NAN);
        }
        self->scale[j] = scale;
        self->reach[j] /= scale;
        size[j] = 1 / scale;
    }
    return IMR_OK;
}

/* The columns in the order sorted, covariates centred and scaled. */
static int
copy_columns(imr_cox_rows_t *self, const imr_cox_columns_t *columns, const imr_cox_data_t *data,
    const double *one_over_scale, imr_fault_t *fault)
{
    size_t n = self->n, p = self->p, width = self->width;

    for (size_t i = 0; i < n; i++) {
        uint32_t row = columns->order[i];
        const double *x = data->x + row * p;
        const double *center = self->center + (size_t) imr_cox_stratum_of(columns, row) * p;
        double *z = self->z + i * width;

        for (size_t j = 0; j < p; j += LINE) {
            IMR_PREFETCH(data->x + columns->order[i + AHEAD < n ? i + AHEAD : i] * p + j);
        }
        for (size_t j = 0; j < p; j++) {
            z[j] = (x[j] - center[j]) * one_over_scale[j];
        }
        if (width > p) {
            z[p] = 0;
        }
        self->row[i] = row;
        self->time[i] = columns->time[row];
        if (self->entry != NULL) {
            self->entry[i] = columns->entry[row];
        }
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

static int
fill(imr_cox_rows_t *self, imr_cox_columns_t *columns, const imr_cox_data_t *data,
    imr_fault_t *fault)
{
    double *size = imr_malloc(self->p, sizeof(double));
    size_t *members = imr_malloc(self->strata, sizeof(size_t));
    int status;

    if (size == NULL || members == NULL || allocate(self, columns, data) != IMR_OK) {
        imr_free(size);
        imr_free(members);
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, NAN);
    }
    lay_out_sets(self, columns);
    status = find_centers(self, columns, data->x, data->n, members, fault);
    if (status == IMR_OK) {
        status = find_scales(self, columns, data->x, size, fault);
    }
    if (status == IMR_OK) {
        status = copy_columns(self, columns, data, size, fault);
    }
    if (status == IMR_OK && data->entry != NULL) {
        status = imr_cox_columns_by_entry(columns, fault);
        if (status == IMR_OK) {
            lay_out_entries(self, columns);
        }
    }
    imr_free(size);
    imr_free(members);
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
        return imr_fault(fault, IMR_ERR_NO_COLUMN, "X", -1, NAN);
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
