#include "binding.h"

#include "response/posterior.h"

static const char *const KINDS[] = { IMR_POSTERIOR_KIND_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const PRIOR_ARGUMENTS[] = { "events", "n", "prior alpha", "prior beta" };
static const char *const SHAPE_ARGUMENTS[] = { "alpha", "beta", "p0" };
static const char *const PAIR_ARGUMENTS[] = { "alpha", "beta", "other alpha", "other beta" };

enum { N_KINDS = 0 IMR_POSTERIOR_KIND_LIST(IMR_ONE_OF_CHOICE) };

/* One call of the core: its rows and options, and where the answers go. */
typedef struct job {
    int (*work)(const struct job *job, size_t begin, size_t end, imr_fault_t *fault);
    imr_rows_t rows;
    const char *const *arguments;
    int n_outputs;
    double *output[IMR_MOST_ROWS_OUTPUTS];
    imr_posterior_kind_t kind;
    double level, margin, p0, threshold;
    int64_t m;
    int by_m; /* m + 1 answers a row */
} job_t;

static const void *
data_of(const job_t *job, int i)
{
    return PyArray_DATA(job->rows.arrays[i]);
}

static imr_shapes_t
shapes_of(const job_t *job, int i)
{
    imr_shapes_t shapes = { data_of(job, i), job->rows.steps[i], data_of(job, i + 1),
        job->rows.steps[i + 1] };

    return shapes;
}

static int
work_of(const void *context, size_t begin, size_t end, imr_fault_t *fault)
{
    const job_t *job = context;

    return job->work(job, begin, end, fault);
}

/* Runs the job over its rows and frees them. */
static PyObject *
run(PyObject *module, job_t *job)
{
    imr_rows_run_t how = { .work = work_of,
        .job = job,
        .arguments = job->arguments,
        .n_outputs = job->n_outputs,
        .answers = job->by_m ? (npy_intp) job->m + 1 : 0,
        .turn = job->m > 1000 ? 1 : IMR_ROWS_A_TURN };

    return imr_rows_run(module, &job->rows, &how, job->output);
}

/* Converts the rows i.. of doubles; those after a failure stay NULL, as imr_rows_init wants. */
static void
convert(PyObject *module, job_t *job, PyObject *const *values, int from)
{
    for (int i = from; i < job->rows.count; i++) {
        if (i > 0 && job->rows.arrays[i - 1] == NULL) {
            return;
        }
        job->rows.arrays[i] = imr_array_double(module, values[i], job->arguments[i]);
    }
}

static int
posterior_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_shapes_t prior = shapes_of(job, 2);

    return imr_posterior(data_of(job, 0), job->rows.steps[0], data_of(job, 1), job->rows.steps[1],
        &prior, begin, end, job->output[0], job->output[1], job->output[2], job->output[3], fault);
}

static PyObject *
posterior(PyObject *module, PyObject *args)
{
    PyObject *values[4];
    job_t job = {
        .work = posterior_work, .rows = { .count = 4 }, .arguments = PRIOR_ARGUMENTS, .n_outputs = 4
    };

    if (!PyArg_ParseTuple(args, "OOOO:posterior", &values[0], &values[1], &values[2], &values[3])) {
        return NULL;
    }
    job.rows.arrays[0] = imr_array_int64(module, values[0], "events");
    if (job.rows.arrays[0] != NULL) {
        job.rows.arrays[1] = imr_array_int64(module, values[1], "n");
    }
    convert(module, &job, values, 2);
    return run(module, &job);
}

static int
interval_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_shapes_t shapes = shapes_of(job, 0);

    return imr_posterior_interval(
        &shapes, begin, end, job->kind, job->level, job->output[0], job->output[1], fault);
}

static PyObject *
interval(PyObject *module, PyObject *args)
{
    PyObject *values[2], *kind;
    job_t job = {
        .work = interval_work, .rows = { .count = 2 }, .arguments = SHAPE_ARGUMENTS, .n_outputs = 2
    };
    int choice;

    if (!PyArg_ParseTuple(
            args, "OOOd:posterior_interval", &values[0], &values[1], &kind, &job.level)) {
        return NULL;
    }
    choice = imr_choice(module, kind, "kind", KINDS, N_KINDS);
    if (choice < 0) {
        return NULL;
    }
    job.kind = (imr_posterior_kind_t) choice;
    convert(module, &job, values, 0);
    return run(module, &job);
}

static int
above_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_shapes_t shapes = shapes_of(job, 0);

    return imr_posterior_above(
        &shapes, data_of(job, 2), job->rows.steps[2], begin, end, job->output[0], fault);
}

static PyObject *
above(PyObject *module, PyObject *args)
{
    PyObject *values[3];
    job_t job = {
        .work = above_work, .rows = { .count = 3 }, .arguments = SHAPE_ARGUMENTS, .n_outputs = 1
    };

    if (!PyArg_ParseTuple(args, "OOO:posterior_above", &values[0], &values[1], &values[2])) {
        return NULL;
    }
    convert(module, &job, values, 0);
    return run(module, &job);
}

static int
greater_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_shapes_t shapes = shapes_of(job, 0), other = shapes_of(job, 2);

    return imr_posterior_greater(&shapes, &other, job->margin, begin, end, job->output[0], fault);
}

static PyObject *
greater(PyObject *module, PyObject *args)
{
    PyObject *values[4];
    job_t job = {
        .work = greater_work, .rows = { .count = 4 }, .arguments = PAIR_ARGUMENTS, .n_outputs = 1
    };

    if (!PyArg_ParseTuple(args, "OOOOd:posterior_greater", &values[0], &values[1], &values[2],
            &values[3], &job.margin)) {
        return NULL;
    }
    convert(module, &job, values, 0);
    return run(module, &job);
}

static int
predictive_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_shapes_t shapes = shapes_of(job, 0);

    return imr_posterior_predictive(&shapes, job->m, begin, end, job->output[0], fault);
}

static PyObject *
predictive(PyObject *module, PyObject *args)
{
    PyObject *values[2];
    long long m;
    job_t job = { .work = predictive_work,
        .rows = { .count = 2 },
        .arguments = SHAPE_ARGUMENTS,
        .n_outputs = 1,
        .by_m = 1 };

    if (!PyArg_ParseTuple(args, "OOL:posterior_predictive", &values[0], &values[1], &m)) {
        return NULL;
    }
    job.m = m;
    if (m < 0 || m > IMR_MOST_FUTURE_PATIENTS) { /* before room is made for the answer */
        imr_fault_t fault = { IMR_ERR_FUTURE_PATIENTS, "m", -1, (double) m };

        return imr_raise(module, &fault);
    }
    convert(module, &job, values, 0);
    return run(module, &job);
}

static int
success_work(const job_t *job, size_t begin, size_t end, imr_fault_t *fault)
{
    imr_shapes_t shapes = shapes_of(job, 0);

    return imr_posterior_success(
        &shapes, job->m, job->p0, job->threshold, begin, end, job->output[0], fault);
}

static PyObject *
success(PyObject *module, PyObject *args)
{
    PyObject *values[2];
    long long m;
    job_t job = {
        .work = success_work, .rows = { .count = 2 }, .arguments = SHAPE_ARGUMENTS, .n_outputs = 1
    };

    if (!PyArg_ParseTuple(
            args, "OOLdd:posterior_success", &values[0], &values[1], &m, &job.p0, &job.threshold)) {
        return NULL;
    }
    job.m = m;
    convert(module, &job, values, 0);
    return run(module, &job);
}

PyMethodDef imr_posterior_methods[] = {
    { "posterior", posterior, METH_VARARGS,
        "posterior($module, events, n, prior_alpha, prior_beta, /)\n--\n\n"
        "(alpha, beta, mean, median) of response.posterior." },
    { "posterior_interval", interval, METH_VARARGS,
        "posterior_interval($module, alpha, beta, kind, level, /)\n--\n\n"
        "(low, high) of a beta posterior." },
    { "posterior_above", above, METH_VARARGS,
        "posterior_above($module, alpha, beta, p0, /)\n--\n\n"
        "(P(rate > p0),) of a beta posterior." },
    { "posterior_greater", greater, METH_VARARGS,
        "posterior_greater($module, alpha, beta, other_alpha, other_beta, margin, /)\n--\n\n"
        "(P(rate > other rate + margin),) of two beta posteriors." },
    { "posterior_predictive", predictive, METH_VARARGS,
        "posterior_predictive($module, alpha, beta, m, /)\n--\n\n"
        "The probabilities of 0..m responders among m future patients, in a tuple of one." },
    { "posterior_success", success, METH_VARARGS,
        "posterior_success($module, alpha, beta, m, p0, threshold, /)\n--\n\n"
        "(predictive probability of success,) of a beta posterior." },
    { NULL, NULL, 0, NULL },
};
