#include "binding.h"

#include "survival/incidence.h"
#include "survival/incidence_before_after.h"
#include "survival/incidence_contrast.h"
#include "survival/incidence_posterior.h"

static const char *const INTERVALS[] = { IMR_INCIDENCE_INTERVAL_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const MEASURES[] = { IMR_INCIDENCE_MEASURE_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const METHODS[] = { IMR_INCIDENCE_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const ALTERNATIVES[] = { IMR_ALTERNATIVE_LIST(IMR_WORDS_OF_CHOICE) };

enum {
    N_INTERVALS = 0 IMR_INCIDENCE_INTERVAL_LIST(IMR_ONE_OF_CHOICE),
    N_MEASURES = 0 IMR_INCIDENCE_MEASURE_LIST(IMR_ONE_OF_CHOICE),
    N_METHODS = 0 IMR_INCIDENCE_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_ALTERNATIVES = 0 IMR_ALTERNATIVE_LIST(IMR_ONE_OF_CHOICE)
};

/* One call of the core: its rows and options, and where the answers go. */
typedef struct job {
    int (*work)(const struct job *job, size_t begin, size_t end, imr_fault_t *fault);
    imr_rows_t rows;
    const char *const *arguments;
    const char *kinds; /* a letter a row argument: 'i' for int64, 'd' for double */
    int n_outputs;
    double *output[IMR_MOST_ROWS_OUTPUTS];
    imr_incidence_options_t options;
    imr_incidence_contrast_options_t contrast;
    int64_t m;
    int by_m; /* m + 1 answers a row */
} job_t;

static const void *
data_of(const job_t *job, int i)
{
    return PyArray_DATA(job->rows.arrays[i]);
}

static int
work_of(const void *context, size_t begin, size_t end, imr_fault_t *fault)
{
    const job_t *job = context;

    return job->work(job, begin, end, fault);
}

/* Converts the arguments, runs the job over its rows and frees them. */
static PyObject *
run(PyObject *module, job_t *job, PyObject *const *values)
{
    imr_rows_run_t how = { .work = work_of,
        .job = job,
        .arguments = job->arguments,
        .n_outputs = job->n_outputs,
        .answers = job->by_m ? (npy_intp) job->m + 1 : 0,
        .turn = job->m > 1000 ? 1 : IMR_ROWS_A_TURN };

    for (int i = 0; i < job->rows.count && (i == 0 || job->rows.arrays[i - 1] != NULL); i++) {
        job->rows.arrays[i] = job->kinds[i] == 'i'
            ? imr_array_int64(module, values[i], job->arguments[i])
            : imr_array_double(module, values[i], job->arguments[i]);
    }
    return imr_rows_run(module, &job->rows, &how, job->output);
}

/* --- rates ------------------------------------------------------------------------------------ */

static int
read_options(
    PyObject *module, PyObject *interval, PyObject *alternative, imr_incidence_options_t *options)
{
    int choice = imr_choice(module, interval, "interval", INTERVALS, N_INTERVALS);

    if (choice < 0) {
        return -1;
    }
    options->interval = (imr_incidence_interval_t) choice;
    choice = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (choice < 0) {
        return -1;
    }
    options->alternative = (imr_alternative_t) choice;
    return 0;
}

static int
incidence_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    return imr_incidence(data_of(job, 0), job->rows.steps[0], data_of(job, 1), job->rows.steps[1],
        begin, end, &job->options, job->output[0], job->output[1], job->output[2], fault);
}

static PyObject *
incidence(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "events", "exposure" };
    PyObject *values[2], *interval, *alternative;
    job_t job = { .work = incidence_work,
        .rows = { .count = 2 },
        .arguments = names,
        .kinds = "id",
        .n_outputs = 3 };

    if (!PyArg_ParseTuple(args, "OOOOdd:incidence", &values[0], &values[1], &interval, &alternative,
            &job.options.level, &job.options.per)
        || read_options(module, interval, alternative, &job.options) < 0) {
        return NULL;
    }
    return run(module, &job, values);
}

static PyObject *
incidence_total(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "events", "exposure", "group" };
    PyObject *values[3], *interval, *alternative, *columns[6] = { NULL }, *result = NULL;
    PyArrayObject *arrays[3] = { NULL };
    imr_incidence_options_t options;
    imr_fault_t fault;
    Py_ssize_t groups;
    npy_intp dims;
    void *data[6];
    int status = IMR_OK;

    if (!PyArg_ParseTuple(args, "OOOnOOdd:incidence_total", &values[0], &values[1], &values[2],
            &groups, &interval, &alternative, &options.level, &options.per)
        || read_options(module, interval, alternative, &options) < 0) {
        return NULL;
    }
    if (imr_columns(module, values, names, "IDi", arrays) < 0) {
        goto out;
    }
    dims = (npy_intp) groups;
    for (int c = 0; c < 6; c++) {
        columns[c] = PyArray_SimpleNew(1, &dims, c == 0 || c == 2 ? NPY_INT64 : NPY_DOUBLE);
        if (columns[c] == NULL) {
            goto out;
        }
        data[c] = PyArray_DATA((PyArrayObject *) columns[c]);
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_incidence_sums(PyArray_DATA(arrays[0]), PyArray_DATA(arrays[1]),
        imr_column_data(arrays[2]), (size_t) PyArray_DIM(arrays[0], 0), (size_t) groups, data[0],
        data[1], data[2], &fault);
    if (status == IMR_OK) {
        status = imr_incidence(data[0], 1, data[1], 1, 0, (size_t) groups, &options, data[3],
            data[4], data[5], &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = PyList_New(0);
    for (int c = 0; c < 6 && result != NULL; c++) {
        PyObject *list = PyArray_ToList((PyArrayObject *) columns[c]);

        if (list == NULL || PyList_Append(result, list) < 0) {
            Py_CLEAR(result);
        }
        Py_XDECREF(list);
    }
out:
    imr_columns_free(arrays, "IDi");
    for (int c = 0; c < 6; c++) {
        Py_XDECREF(columns[c]);
    }
    return result;
}

/* --- two rates -------------------------------------------------------------------------------- */

static int
contrast_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    const size_t *steps = job->rows.steps;
    imr_incidence_pairs_t pairs = { .x1 = data_of(job, 0),
        .t1 = data_of(job, 1),
        .x2 = data_of(job, 2),
        .t2 = data_of(job, 3),
        .margin = data_of(job, 4),
        .x1_step = steps[0],
        .t1_step = steps[1],
        .x2_step = steps[2],
        .t2_step = steps[3],
        .margin_step = steps[4] };
    imr_incidence_contrast_columns_t columns = { job->output[0], job->output[1], job->output[2],
        job->output[3], job->output[4] };

    return imr_incidence_contrast(&pairs, begin, end, &job->contrast, &columns, fault);
}

static int
read_contrast(PyObject *module, PyObject *method, PyObject *alternative,
    imr_incidence_contrast_options_t *options)
{
    int choice = imr_choice(module, method, "method", METHODS, N_METHODS);

    if (choice < 0) {
        return -1;
    }
    options->method = (imr_incidence_method_t) choice;
    choice = imr_choice(module, alternative, "alternative", ALTERNATIVES, N_ALTERNATIVES);
    if (choice < 0) {
        return -1;
    }
    options->alternative = (imr_alternative_t) choice;
    return 0;
}

static PyObject *
contrast(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "x1", "t1", "x2", "t2", "margin" };
    PyObject *values[5], *measure, *method, *alternative;
    job_t job = { .work = contrast_work,
        .rows = { .count = 5 },
        .arguments = names,
        .kinds = "ididd",
        .n_outputs = 5 };
    int choice;

    if (!PyArg_ParseTuple(args, "OOOOOOOOdd:incidence_contrast", &values[0], &values[1], &values[2],
            &values[3], &values[4], &measure, &method, &alternative, &job.contrast.level,
            &job.contrast.per)) {
        return NULL;
    }
    choice = imr_choice(module, measure, "measure", MEASURES, N_MEASURES);
    if (choice < 0 || read_contrast(module, method, alternative, &job.contrast) < 0) {
        return NULL;
    }
    job.contrast.measure = (imr_incidence_measure_t) choice;
    return run(module, &job, values);
}

static PyObject *
before_after(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "before", "time_before", "after", "time_after" };
    PyObject *values[4], *method, *alternative, *result = NULL;
    PyArrayObject *arrays[4] = { NULL };
    imr_incidence_contrast_options_t options = { .measure = IMR_INCIDENCE_RATIO, .per = 1 };
    imr_before_after_rows_t rows;
    imr_before_after_t answer;
    double mean, theta;
    imr_fault_t fault;
    int status;

    if (!PyArg_ParseTuple(args, "OOOOddOOd:incidence_before_after", &values[0], &values[1],
            &values[2], &values[3], &mean, &theta, &method, &alternative, &options.level)
        || read_contrast(module, method, alternative, &options) < 0) {
        return NULL;
    }
    if (imr_columns(module, values, names, "IDID", arrays) < 0) {
        goto out;
    }
    rows = (imr_before_after_rows_t) { .before = PyArray_DATA(arrays[0]),
        .after = PyArray_DATA(arrays[2]),
        .time_before = PyArray_DATA(arrays[1]),
        .time_after = PyArray_DATA(arrays[3]),
        .n = (size_t) PyArray_DIM(arrays[0], 0) };
    Py_BEGIN_ALLOW_THREADS
    status = imr_incidence_before_after(&answer, &rows, mean, theta, &options, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    result = Py_BuildValue("LdLddddddddd", (long long) answer.before, answer.time_before,
        (long long) answer.after, answer.time_after, answer.ratio, answer.low, answer.high,
        answer.statistic, answer.pvalue, answer.mean, answer.theta, answer.expected);
out:
    imr_columns_free(arrays, "IDID");
    return result;
}

/* --- posteriors ------------------------------------------------------------------------------- */

static const char *const POSTERIOR_ARGUMENTS[] = { "shape", "rate", "threshold" };
static const char *const PREDICTIVE_ARGUMENTS[] = { "shape", "rate", "exposure" };

static imr_gamma_rows_t
gamma_of(const job_t *job, int i)
{
    imr_gamma_rows_t rows = { data_of(job, i), data_of(job, i + 1), job->rows.steps[i],
        job->rows.steps[i + 1] };

    return rows;
}

static int
posterior_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_gamma_rows_t prior = gamma_of(job, 2);

    return imr_incidence_posterior(data_of(job, 0), job->rows.steps[0], data_of(job, 1),
        job->rows.steps[1], &prior, begin, end, job->output[0], job->output[1], job->output[2],
        job->output[3], fault);
}

static PyObject *
posterior(PyObject *module, PyObject *args)
{
    static const char *const names[] = { "events", "exposure", "prior shape", "prior rate" };
    PyObject *values[4];
    job_t job = { .work = posterior_work,
        .rows = { .count = 4 },
        .arguments = names,
        .kinds = "iddd",
        .n_outputs = 4 };

    if (!PyArg_ParseTuple(
            args, "OOOO:rate_posterior", &values[0], &values[1], &values[2], &values[3])) {
        return NULL;
    }
    return run(module, &job, values);
}

static int
interval_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_gamma_rows_t rows = gamma_of(job, 0);

    return imr_incidence_posterior_interval(
        &rows, begin, end, job->options.level, job->output[0], job->output[1], fault);
}

static PyObject *
posterior_interval(PyObject *module, PyObject *args)
{
    PyObject *values[2];
    double level;
    job_t job = { .work = interval_work,
        .rows = { .count = 2 },
        .arguments = POSTERIOR_ARGUMENTS,
        .kinds = "dd",
        .n_outputs = 2 };

    if (!PyArg_ParseTuple(args, "OOd:rate_posterior_interval", &values[0], &values[1], &level)) {
        return NULL;
    }
    job.options.level = level;
    return run(module, &job, values);
}

static int
above_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_gamma_rows_t rows = gamma_of(job, 0);

    return imr_incidence_posterior_above(
        &rows, data_of(job, 2), job->rows.steps[2], begin, end, job->output[0], fault);
}

static PyObject *
posterior_above(PyObject *module, PyObject *args)
{
    PyObject *values[3];
    job_t job = { .work = above_work,
        .rows = { .count = 3 },
        .arguments = POSTERIOR_ARGUMENTS,
        .kinds = "ddd",
        .n_outputs = 1 };

    if (!PyArg_ParseTuple(args, "OOO:rate_posterior_above", &values[0], &values[1], &values[2])) {
        return NULL;
    }
    return run(module, &job, values);
}

static int
predictive_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_gamma_rows_t rows = gamma_of(job, 0);

    return imr_incidence_posterior_predictive(
        &rows, data_of(job, 2), job->rows.steps[2], job->m, begin, end, job->output[0], fault);
}

static PyObject *
posterior_predictive(PyObject *module, PyObject *args)
{
    PyObject *values[3];
    long long m;
    job_t job = { .work = predictive_work,
        .rows = { .count = 3 },
        .arguments = PREDICTIVE_ARGUMENTS,
        .kinds = "ddd",
        .n_outputs = 1,
        .by_m = 1 };

    if (!PyArg_ParseTuple(
            args, "OOOL:rate_posterior_predictive", &values[0], &values[1], &values[2], &m)) {
        return NULL;
    }
    job.m = m;
    if (m < 0 || m > IMR_MOST_FUTURE_EVENTS) { /* before room is made for the answer */
        imr_fault_t fault = { IMR_ERR_FUTURE_EVENTS, "m", -1, (double) m };

        return imr_raise(module, &fault);
    }
    return run(module, &job, values);
}

PyMethodDef imr_incidence_methods[] = {
    { "incidence", incidence, METH_VARARGS,
        "incidence($module, events, exposure, interval, alternative, level, per, /)\n--\n\n"
        "(estimate, low, high) of survival.incidence, a rate a row." },
    { "incidence_total", incidence_total, METH_VARARGS,
        "incidence_total($module, events, exposure, group, groups, interval, alternative, level, "
        "per, /)\n--\n\n"
        "[events, exposure, rows, estimate, low, high] of survival.incidence, a list each with a\n"
        "value a group (group None: one)." },
    { "incidence_contrast", contrast, METH_VARARGS,
        "incidence_contrast($module, x1, t1, x2, t2, margin, measure, method, alternative, level, "
        "per, /)\n--\n\n"
        "(estimate, low, high, statistic, pvalue) of survival.incidence_contrast." },
    { "incidence_before_after", before_after, METH_VARARGS,
        "incidence_before_after($module, before, time_before, after, time_after, mean, theta, "
        "method, alternative, level, /)\n--\n\n"
        "(before, time_before, after, time_after, ratio, low, high, statistic, pvalue, mean, "
        "theta,\n"
        "expected) of survival.incidence_before_after; mean NaN: mean and theta are fitted." },
    { "rate_posterior", posterior, METH_VARARGS,
        "rate_posterior($module, events, exposure, prior_shape, prior_rate, /)\n--\n\n"
        "(shape, rate, mean, median) of survival.rate_posterior." },
    { "rate_posterior_interval", posterior_interval, METH_VARARGS,
        "rate_posterior_interval($module, shape, rate, level, /)\n--\n\n"
        "(low, high) of a gamma posterior." },
    { "rate_posterior_above", posterior_above, METH_VARARGS,
        "rate_posterior_above($module, shape, rate, threshold, /)\n--\n\n"
        "(P(rate > threshold),) of a gamma posterior." },
    { "rate_posterior_predictive", posterior_predictive, METH_VARARGS,
        "rate_posterior_predictive($module, shape, rate, exposure, m, /)\n--\n\n"
        "The probabilities of 0..m events during a future exposure, in a tuple of one." },
    { NULL, NULL, 0, NULL },
};
