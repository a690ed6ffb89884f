#include "binding.h"

#include "base/mem.h"
#include "recovery/repertoire_bootstrap.h"
#include "recovery/repertoire_overlap.h"
#include "recovery/repertoire_rarefaction.h"

static const char *const NAMES[] = { "count", "clone", "sample" };

#define KINDS "Iii"

enum { N_COLUMNS = 3 };

/* Reads drawn between two looks at Ctrl-C: about 10 ms. */
#define DRAWS_A_TURN (1 << 21)

/* --- what all calls read ----------------------------------------------------------------------- */

typedef struct {
    PyArrayObject *arrays[N_COLUMNS];
    imr_repertoire_clones_t clones;
    imr_repertoire_sizes_t *sizes; /* one a sample */
    size_t n_samples;
    int64_t least_reads;
} samples_t;

static void
samples_free(samples_t *self)
{
    for (size_t s = 0; self->sizes != NULL && s < self->n_samples; s++) {
        imr_repertoire_sizes_free(&self->sizes[s]);
    }
    imr_free(self->sizes);
    imr_repertoire_clones_free(&self->clones);
    imr_columns_free(self->arrays, KINDS);
}

static int
read_sizes(samples_t *self, imr_fault_t *fault)
{
    const size_t *begin;
    int status = imr_repertoire_clones_init(&self->clones, imr_column_data(self->arrays[0]),
        imr_column_data(self->arrays[1]), imr_column_data(self->arrays[2]), self->n_samples,
        (size_t) PyArray_DIM(self->arrays[0], 0), fault);

    if (status != IMR_OK) {
        return status;
    }
    self->sizes = imr_calloc(self->n_samples, sizeof(*self->sizes));
    if (self->sizes == NULL) {
        return imr_fault(fault, IMR_ERR_NOMEM, NULL, -1, Py_NAN);
    }
    begin = self->clones.begin;
    self->least_reads = INT64_MAX;
    for (size_t s = 0; status == IMR_OK && s < self->n_samples; s++) {
        status = imr_repertoire_sizes_init(
            &self->sizes[s], self->clones.count + begin[s], begin[s + 1] - begin[s], fault);
        if (status == IMR_OK && self->sizes[s].reads < self->least_reads) {
            self->least_reads = self->sizes[s].reads;
        }
    }
    return status;
}

/* -1 with an exception; samples_free in any case. given: count, clone, sample. */
static int
samples_init(PyObject *module, samples_t *self, PyObject *const *given, Py_ssize_t n_samples)
{
    imr_fault_t fault;
    int status;

    if (n_samples < 1) {
        imr_raise_input(module, "sample has no labels; give one a row");
        return -1;
    }
    self->n_samples = (size_t) n_samples;
    if (imr_columns(module, given, NAMES, KINDS, self->arrays) < 0) {
        return -1;
    }
    Py_BEGIN_ALLOW_THREADS
    status = read_sizes(self, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* The orders of Hill numbers; NULL with an exception. */
static PyArrayObject *
read_orders(PyObject *module, PyObject *value)
{
    PyArrayObject *orders = imr_array_double(module, value, "orders");
    imr_fault_t fault;

    if (orders == NULL || imr_check_column(module, orders, "orders", -1, NULL) < 0) {
        Py_XDECREF((PyObject *) orders);
        return NULL;
    }
    if (imr_repertoire_check_orders(PyArray_DATA(orders), (size_t) PyArray_DIM(orders, 0), &fault)
        != IMR_OK) {
        imr_raise(module, &fault);
        Py_DECREF((PyObject *) orders);
        return NULL;
    }
    return orders;
}

/* -1 with an exception. */
static int
read_z(PyObject *module, double level, double *z)
{
    imr_fault_t fault;

    if (imr_repertoire_z(level, z, &fault) != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

/* Negative: the reads of the smallest sample. */
static int64_t
common_depth(const samples_t *samples, long long depth)
{
    return depth < 0 ? samples->least_reads : depth;
}

/* --- indices ----------------------------------------------------------------------------------- */

static PyObject *
one_repertoire(PyObject *module, const imr_repertoire_sizes_t *sizes, int64_t depth, double z,
    PyArrayObject *orders)
{
    const double *order = PyArray_DATA(orders);
    npy_intp n = PyArray_DIM(orders, 0);
    PyObject *result = NULL, *hill = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    PyObject *rarefied = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
    imr_repertoire_indices_t indices;
    imr_repertoire_chao1_t chao1;
    imr_fault_t fault;
    double *hills, *rarefied_hills;

    if (hill == NULL || rarefied == NULL || PyErr_CheckSignals() < 0) {
        goto out;
    }
    if (imr_repertoire_check_depth(sizes, depth, 1, -1, &fault) != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    hills = PyArray_DATA((PyArrayObject *) hill);
    rarefied_hills = PyArray_DATA((PyArrayObject *) rarefied);
    Py_BEGIN_ALLOW_THREADS
    imr_repertoire_indices(sizes, &indices);
    imr_repertoire_chao1(sizes, z, &chao1);
    for (npy_intp k = 0; k < n; k++) {
        hills[k] = imr_repertoire_hill(sizes, order[k]);
        rarefied_hills[k] = imr_repertoire_rarefied_hill(sizes, depth, order[k]);
    }
    Py_END_ALLOW_THREADS
    PyArray_CLEARFLAGS((PyArrayObject *) hill, NPY_ARRAY_WRITEABLE);
    PyArray_CLEARFLAGS((PyArrayObject *) rarefied, NPY_ARRAY_WRITEABLE);
    result = Py_BuildValue("(LLLLdddddddddLddOO)", (long long) sizes->reads,
        (long long) sizes->richness, (long long) imr_repertoire_of_size(sizes, 1),
        (long long) imr_repertoire_of_size(sizes, 2), indices.coverage, chao1.estimate,
        chao1.std_error, chao1.low, chao1.high, indices.shannon, indices.clonality, indices.gini,
        indices.gini_simpson, (long long) indices.d50, indices.d50_share, indices.top10_share, hill,
        rarefied);
out:
    Py_XDECREF(hill);
    Py_XDECREF(rarefied);
    return result;
}

static PyObject *
repertoire(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *order, *item, *list = NULL;
    PyArrayObject *orders;
    samples_t samples = { .sizes = NULL };
    Py_ssize_t n_samples;
    long long depth;
    double level, z;

    if (!PyArg_ParseTuple(args, "OOOnLOd:repertoire", &given[0], &given[1], &given[2], &n_samples,
            &depth, &order, &level)) {
        return NULL;
    }
    orders = read_orders(module, order);
    if (orders == NULL || read_z(module, level, &z) < 0
        || samples_init(module, &samples, given, n_samples) < 0) {
        goto out;
    }
    depth = common_depth(&samples, depth);
    list = PyList_New(0);
    for (size_t s = 0; list != NULL && s < samples.n_samples; s++) {
        item = one_repertoire(module, &samples.sizes[s], depth, z, orders);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
out:
    samples_free(&samples);
    Py_XDECREF((PyObject *) orders);
    return list == NULL ? NULL : Py_BuildValue("(LN)", depth, list);
}

/* --- rarefaction ------------------------------------------------------------------------------- */

/* `points` depths, as evenly as whole numbers can, from 1 to all reads. */
static PyArrayObject *
even_depths(int64_t reads, Py_ssize_t points)
{
    npy_intp n = points < reads ? points : (npy_intp) reads;
    PyObject *array = PyArray_SimpleNew(1, &n, NPY_INT64);

    if (array != NULL) {
        int64_t *depth = PyArray_DATA((PyArrayObject *) array);

        for (npy_intp k = 0; k < n; k++) {
            depth[k] = n == 1
                ? reads
                : 1 + (int64_t) ((double) (reads - 1) * (double) k / (double) (n - 1));
        }
    }
    return (PyArrayObject *) array;
}

/* The least depth above 1: what a point at it takes is the most. */
static int64_t
least_depth(const int64_t *depth, npy_intp n)
{
    int64_t least = INT64_MAX;

    for (npy_intp k = 0; k < n; k++) {
        least = depth[k] > 1 && depth[k] < least ? depth[k] : least;
    }
    return least;
}

/* -1 with an exception. columns: estimate, std_error, low, high, subsample_sd. */
static int
work_curve(PyObject *module, imr_repertoire_curve_t *curve, const int64_t *depth, npy_intp n,
    double *const *columns)
{
    imr_fault_t fault;
    int status;

    for (npy_intp k = 0; k < n; k++) {
        imr_repertoire_point_t point;

        Py_BEGIN_ALLOW_THREADS
        status = imr_repertoire_curve_point(curve, depth[k], (int64_t) k, &point, &fault);
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
            return -1;
        }
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        columns[0][k] = point.estimate;
        columns[1][k] = point.std_error;
        columns[2][k] = point.low;
        columns[3][k] = point.high;
        columns[4][k] = point.subsample_sd;
    }
    return 0;
}

static PyObject *
one_curve(PyObject *module, const imr_repertoire_sizes_t *sizes, PyArrayObject *depths, double z)
{
    npy_intp n = PyArray_DIM(depths, 0);
    const int64_t *depth = PyArray_DATA(depths);
    PyObject *columns[5] = { NULL }, *result = NULL;
    imr_repertoire_curve_t curve = { 0 };
    double *data[5];
    imr_fault_t fault;
    int status;

    for (int c = 0; c < 5; c++) {
        columns[c] = PyArray_SimpleNew(1, &n, NPY_DOUBLE);
        if (columns[c] == NULL) {
            goto out;
        }
        data[c] = PyArray_DATA((PyArrayObject *) columns[c]);
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_repertoire_curve_init(&curve, sizes, least_depth(depth, n), z, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    if (work_curve(module, &curve, depth, n, data) < 0) {
        goto out;
    }
    for (int c = 0; c < 5; c++) {
        PyArray_CLEARFLAGS((PyArrayObject *) columns[c], NPY_ARRAY_WRITEABLE);
    }
    result = Py_BuildValue("(LLOOOOOO)", (long long) sizes->reads, (long long) sizes->richness,
        depths, columns[0], columns[1], columns[2], columns[3], columns[4]);
out:
    imr_repertoire_curve_free(&curve);
    for (int c = 0; c < 5; c++) {
        Py_XDECREF(columns[c]);
    }
    return result;
}

static PyObject *
rarefaction(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *depth, *item, *list = NULL;
    PyArrayObject *asked = NULL, *depths;
    samples_t samples = { .sizes = NULL };
    Py_ssize_t n_samples, points;
    double level, z;

    if (!PyArg_ParseTuple(args, "OOOnOnd:rarefaction", &given[0], &given[1], &given[2], &n_samples,
            &depth, &points, &level)) {
        return NULL;
    }
    if (points < 2) {
        return imr_raise_input(module, "points is %zd; a curve has at least 2", points);
    }
    if (!Py_IsNone(depth)) {
        asked = imr_array_int64(module, depth, "depth");
        if (asked == NULL || imr_check_column(module, asked, "depth", -1, NULL) < 0) {
            goto out;
        }
    }
    if (read_z(module, level, &z) < 0 || samples_init(module, &samples, given, n_samples) < 0) {
        goto out;
    }
    list = PyList_New(0);
    for (size_t s = 0; list != NULL && s < samples.n_samples; s++) {
        const imr_repertoire_sizes_t *sizes = &samples.sizes[s];

        Py_XINCREF((PyObject *) asked);
        depths = asked == NULL ? even_depths(sizes->reads, points) : asked;
        item = depths == NULL ? NULL : one_curve(module, sizes, depths, z);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
        Py_XDECREF((PyObject *) depths);
    }
out:
    samples_free(&samples);
    Py_XDECREF((PyObject *) asked);
    return list;
}

/* --- overlap ----------------------------------------------------------------------------------- */

static imr_repertoire_sample_t
sample_of(const samples_t *samples, size_t s)
{
    const size_t *begin = samples->clones.begin;
    imr_repertoire_sample_t sample = { begin[s + 1] - begin[s], samples->clones.clone + begin[s],
        samples->clones.count + begin[s], &samples->sizes[s] };

    return sample;
}

static PyObject *
one_pair(PyObject *module, const samples_t *samples, size_t pair, int64_t depth, double z,
    PyArrayObject *orders)
{
    imr_repertoire_sample_t before = sample_of(samples, 2 * pair);
    imr_repertoire_sample_t after = sample_of(samples, 2 * pair + 1);
    PyObject *first = one_repertoire(module, before.sizes, depth, z, orders);
    PyObject *second = first == NULL ? NULL : one_repertoire(module, after.sizes, depth, z, orders);
    imr_repertoire_overlap_t all, rarefied;
    imr_fault_t fault;
    int status;

    if (second == NULL) {
        Py_XDECREF(first);
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    imr_repertoire_overlap(&before, &after, &all);
    status = imr_repertoire_rarefied_overlap(&before, &after, depth, &rarefied, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        Py_DECREF(first);
        Py_DECREF(second);
        return imr_raise(module, &fault);
    }
    return Py_BuildValue("(NN(Lddd)(dddd))", first, second, (long long) all.shared, all.jaccard,
        all.weighted_jaccard, all.morisita_horn, rarefied.shared, rarefied.jaccard,
        rarefied.weighted_jaccard, rarefied.morisita_horn);
}

static PyObject *
repertoire_overlap(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *order, *item, *list = NULL;
    PyArrayObject *orders;
    samples_t samples = { .sizes = NULL };
    Py_ssize_t n_pairs;
    long long depth;
    double level, z;

    if (!PyArg_ParseTuple(args, "OOOnLOd:repertoire_overlap", &given[0], &given[1], &given[2],
            &n_pairs, &depth, &order, &level)) {
        return NULL;
    }
    orders = read_orders(module, order);
    if (orders == NULL || read_z(module, level, &z) < 0
        || samples_init(module, &samples, given, 2 * n_pairs) < 0) {
        goto out;
    }
    depth = common_depth(&samples, depth);
    list = PyList_New(0);
    for (size_t pair = 0; list != NULL && pair < (size_t) n_pairs; pair++) {
        item = one_pair(module, &samples, pair, depth, z, orders);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_CLEAR(list);
        }
        Py_XDECREF(item);
    }
out:
    samples_free(&samples);
    Py_XDECREF((PyObject *) orders);
    return list == NULL ? NULL : Py_BuildValue("(LN)", depth, list);
}

/* --- bootstrap --------------------------------------------------------------------------------- */

/* -1 with an exception. */
static int
resample(PyObject *module, imr_repertoire_bootstrap_t *job, const uint64_t key[2], Py_ssize_t begin,
    Py_ssize_t end, PyObject *progress, double *value)
{
    size_t width = IMR_REPERTOIRE_RESAMPLED + job->n_orders;
    Py_ssize_t turn = 1 + (Py_ssize_t) (DRAWS_A_TURN / job->reads);
    imr_fault_t fault;
    int status = IMR_OK;

    for (Py_ssize_t from = begin; from < end; from += turn) {
        Py_ssize_t to = turn < end - from ? from + turn : end;

        Py_BEGIN_ALLOW_THREADS
        for (Py_ssize_t i = from; status == IMR_OK && i < to; i++) {
            status = imr_repertoire_bootstrap_replicate(
                job, key, (uint32_t) i, value + (size_t) (i - begin) * width, &fault);
        }
        Py_END_ALLOW_THREADS
        if (status != IMR_OK) {
            imr_raise(module, &fault);
            return -1;
        }
        if (imr_report(progress, to - begin, end - begin) < 0) {
            return -1;
        }
    }
    return 0;
}

static PyObject *
repertoire_bootstrap(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS] = { NULL, NULL, Py_None }, *order, *progress, *result = NULL;
    PyObject *estimate = NULL, *replicates = NULL;
    PyArrayObject *orders;
    samples_t samples = { .sizes = NULL };
    imr_repertoire_bootstrap_t job = { 0 };
    imr_fault_t fault;
    unsigned long long low, high;
    uint64_t key[2];
    Py_ssize_t begin, end;
    npy_intp dims[2];
    double *value, least_coverage;
    int status;

    if (!PyArg_ParseTuple(args, "OOOd(KK)nnO:repertoire_bootstrap", &given[0], &given[1], &order,
            &least_coverage, &low, &high, &begin, &end, &progress)) {
        return NULL;
    }
    if (begin < 0 || end < begin || (uint64_t) end > UINT32_MAX) {
        return imr_raise_input(
            module, "replicates run from %zd to %zd; give 0 to 4294967295", begin, end);
    }
    key[0] = low;
    key[1] = high;
    orders = read_orders(module, order);
    if (orders == NULL || samples_init(module, &samples, given, 1) < 0) {
        goto out;
    }
    dims[0] = end - begin;
    dims[1] = IMR_REPERTOIRE_RESAMPLED + PyArray_DIM(orders, 0);
    estimate = PyArray_SimpleNew(1, dims + 1, NPY_DOUBLE);
    replicates = PyArray_SimpleNew(2, dims, NPY_DOUBLE);
    if (estimate == NULL || replicates == NULL) {
        goto out;
    }
    value = PyArray_DATA((PyArrayObject *) estimate);
    Py_BEGIN_ALLOW_THREADS
    status = imr_repertoire_bootstrap_init(&job, samples.clones.count, samples.clones.begin[1],
        PyArray_DATA(orders), (size_t) PyArray_DIM(orders, 0), least_coverage, &fault);
    if (status == IMR_OK) {
        status = imr_repertoire_bootstrap_estimate(&job, value, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    if (resample(
            module, &job, key, begin, end, progress, PyArray_DATA((PyArrayObject *) replicates))
        == 0) {
        result = Py_BuildValue("(OOd)", estimate, replicates, job.coverage);
    }
out:
    imr_repertoire_bootstrap_free(&job);
    samples_free(&samples);
    Py_XDECREF(estimate);
    Py_XDECREF(replicates);
    Py_XDECREF((PyObject *) orders);
    return result;
}

PyMethodDef imr_repertoire_methods[] = {
    { "rarefaction", rarefaction, METH_VARARGS,
        "rarefaction($module, count, clone, sample, n_samples, depth, points, level, /)\n--\n\n"
        "(reads, clones, depth, estimate, std_error, low, high, subsample_sd) a sample." },
    { "repertoire", repertoire, METH_VARARGS,
        "repertoire($module, count, clone, sample, n_samples, depth, orders, level, /)\n--\n\n"
        "(depth, [the fields of recovery.Repertoire up to rarefied_hill, a sample]); a negative\n"
        "depth asks for that of the smallest sample." },
    { "repertoire_bootstrap", repertoire_bootstrap, METH_VARARGS,
        "repertoire_bootstrap($module, count, clone, orders, min_coverage, key, begin, end,"
        " progress, /)\n--\n\n(estimate, replicates, coverage) of recovery.repertoire_bootstrap, a "
        "row a replicate." },
    { "repertoire_overlap", repertoire_overlap, METH_VARARGS,
        "repertoire_overlap($module, count, clone, sample, n_pairs, depth, orders, level, "
        "/)\n--\n\n"
        "(depth, [(before, after, overlap, rarefied overlap), a pair]); samples 2 k and 2 k + 1\n"
        "are those before and after of pair k." },
    { NULL, NULL, 0, NULL },
};
