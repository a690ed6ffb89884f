#include "survival/logrank_columns.h"

#include "survival/interval_logrank.h"

static const char *const SCORES[] = { IMR_INTERVAL_SCORES_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const METHODS[] = { "asymptotic", "score", "exact", "monte-carlo" };
enum { ASYMPTOTIC, SCORE, EXACT, MONTE_CARLO };

enum {
    N_SCORES = 0 IMR_INTERVAL_SCORES_LIST(IMR_ONE_OF_CHOICE),
    N_METHODS = sizeof(METHODS) / sizeof(METHODS[0])
};

typedef struct {
    PyObject *left, *right, *group, *strata; /* as given */
    Py_ssize_t groups, n_strata;
    PyArrayObject *arrays[4];
    imr_interval_logrank_data_t data;
} columns_t;

static int
columns_init(PyObject *module, columns_t *self)
{
    npy_intp n;

    if (self->groups < 0 || self->n_strata < 1) {
        imr_raise_input(module, "the numbers of groups and strata are needed");
        return -1;
    }
    self->arrays[0] = imr_array_double(module, self->left, "left");
    if (self->arrays[0] == NULL
        || imr_check_column(module, self->arrays[0], "left", -1, NULL) < 0) {
        return -1;
    }
    n = PyArray_DIM(self->arrays[0], 0);
    self->arrays[1] = imr_array_double(module, self->right, "right");
    if (self->arrays[1] == NULL
        || imr_check_column(module, self->arrays[1], "right", n, "left") < 0) {
        return -1;
    }
    self->arrays[2] = imr_logrank_group(module, self->group);
    if (self->arrays[2] == NULL
        || imr_check_column(module, self->arrays[2], "group", n, "left") < 0) {
        return -1;
    }
    if (!Py_IsNone(self->strata)) {
        self->arrays[3] = imr_array_int64(module, self->strata, "strata");
        if (self->arrays[3] == NULL
            || imr_check_column(module, self->arrays[3], "strata", n, "left") < 0) {
            return -1;
        }
    }
    self->data = (imr_interval_logrank_data_t) {
        .n = (size_t) n,
        .left = PyArray_DATA(self->arrays[0]),
        .right = PyArray_DATA(self->arrays[1]),
        .group = PyArray_DATA(self->arrays[2]),
        .groups = (size_t) self->groups,
        .stratum = imr_column_data(self->arrays[3]),
        .strata = (size_t) self->n_strata,
    };
    return 0;
}

/* Finds the scores in turns, between which Ctrl-C is heard. -1 with an exception. */
static int
find_scores(PyObject *module, const columns_t *columns,
    const imr_interval_logrank_options_t *options, imr_interval_logrank_t *test)
{
    imr_fault_t fault;
    int done = 0, status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_interval_logrank_init(test, &columns->data, options, &fault);
    Py_END_ALLOW_THREADS
    while (status == IMR_OK && !done) {
        if (PyErr_CheckSignals() < 0) {
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_interval_logrank_advance(test, &done, &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

static int
work_exactly(PyObject *module, const imr_logrank_scores_t *scores, imr_alternative_t alternative,
    double *pvalue)
{
    imr_fault_t fault;

    if (scores->groups != 2) {
        imr_fault(&fault, IMR_ERR_EXACT_GROUPS, "group", -1, Py_NAN);
        imr_raise(module, &fault);
        return -1;
    }
    return imr_logrank_work_exactly(
        module, scores, alternative, "left", IMR_ERR_EXACT_PATIENTS, pvalue);
}

static PyObject *
result_of(const imr_interval_logrank_t *test, const imr_logrank_test_t *answer, double pvalue)
{
    npy_intp k = (npy_intp) test->groups, n = (npy_intp) test->n;
    PyObject *count = PyArray_SimpleNew(1, &k, NPY_INT64);

    if (count == NULL) {
        return NULL;
    }
    memcpy(PyArray_DATA((PyArrayObject *) count), test->count, (size_t) k * sizeof(int64_t));
    PyArray_CLEARFLAGS((PyArrayObject *) count, NPY_ARRAY_WRITEABLE);
    return Py_BuildValue("(NNNNdLddddL)", count, imr_logrank_doubles(test->excess, k, 0),
        imr_logrank_doubles(test->variance, k, k), imr_logrank_doubles(test->score, n, 0),
        answer->statistic, (long long) answer->df, pvalue, answer->z, test->loglik, test->kkt_gap,
        (long long) test->ends.merged);
}

static PyObject *
interval_logrank(PyObject *module, PyObject *args)
{
    PyObject *kind, *method, *trend, *alternative, *progress, *result = NULL;
    PyArrayObject *of_groups = NULL;
    columns_t columns = { 0 };
    imr_interval_logrank_options_t options = { 0 };
    imr_interval_logrank_t test = { 0 };
    imr_logrank_scores_t scores = { 0 };
    imr_logrank_test_t answer;
    imr_fault_t fault;
    unsigned long long low, high;
    Py_ssize_t replicates;
    double pvalue;
    int choice, way, status;

    if (!PyArg_ParseTuple(args, "(OOOnOn)OOOOp(KK)nO:interval_logrank", &columns.left,
            &columns.right, &columns.group, &columns.groups, &columns.strata, &columns.n_strata,
            &kind, &method, &trend, &alternative, &options.fix_ties, &low, &high, &replicates,
            &progress)
        || (choice = imr_choice(module, kind, "scores", SCORES, N_SCORES)) < 0
        || (way = imr_choice(module, method, "method", METHODS, N_METHODS)) < 0
        || imr_logrank_read_alternative(module, alternative, &options.alternative) < 0) {
        return NULL;
    }
    if (replicates < 0 || (uint64_t) replicates > UINT32_MAX) {
        return imr_raise_input(module, "replicates is %zd; give 1 to 4294967295", replicates);
    }
    options.kind = (imr_interval_scores_t) choice;
    options.information = way == SCORE;
    if (columns_init(module, &columns) < 0
        || imr_logrank_read_trend(module, trend, columns.groups, &of_groups, &options.trend) < 0
        || find_scores(module, &columns, &options, &test) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_interval_logrank_deal(&test, &scores, &fault);
    if (status == IMR_OK) {
        status = imr_interval_logrank_conclude(&test, &scores, &answer, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    pvalue = answer.pvalue;
    if (way == EXACT && work_exactly(module, &scores, options.alternative, &pvalue) < 0) {
        goto out;
    }
    if (way == MONTE_CARLO) {
        const uint64_t key[] = { low, high };

        if (imr_logrank_work_randomly(module, &scores, options.trend, options.alternative, key,
                replicates, progress, &pvalue)
            < 0) {
            goto out;
        }
    }
    result = result_of(&test, &answer, pvalue);
out:
    for (int c = 0; c < 4; c++) {
        Py_XDECREF((PyObject *) columns.arrays[c]);
    }
    Py_XDECREF((PyObject *) of_groups);
    imr_interval_logrank_free(&test);
    imr_logrank_scores_free(&scores);
    return result;
}

PyMethodDef imr_interval_logrank_methods[] = {
    { "interval_logrank", interval_logrank, METH_VARARGS,
        "interval_logrank($module, columns, scores, method, trend, alternative, timefix, key,"
        " replicates, progress, /)\n--\n\n"
        "The numbers of survival.interval_logrank; columns are (left, right, group, groups, "
        "strata,\n"
        "n_strata), group being codes of uint8." },
    { NULL, NULL, 0, NULL },
};
