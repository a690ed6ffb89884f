#include "binding.h"

#include "recovery/detection_limit_groups.h"
#include "survival/logrank_columns.h"

static const char *const METHODS[] = { IMR_DETECTION_METHOD_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const DISTRIBUTIONS[] = { IMR_DETECTION_DISTRIBUTION_LIST(IMR_WORDS_OF_CHOICE) };
static const char *const NAMES[] = { "value", "below", "above", "group" };

#define KINDS "Dffi"

enum {
    N_METHODS = 0 IMR_DETECTION_METHOD_LIST(IMR_ONE_OF_CHOICE),
    N_DISTRIBUTIONS = 0 IMR_DETECTION_DISTRIBUTION_LIST(IMR_ONE_OF_CHOICE),
    N_COLUMNS = 4
};

/* Up to so many patients in two groups 'auto' takes the exact distribution. */
#define FEW_PATIENTS 30

/* --- one sample -------------------------------------------------------------------------------- */

static PyObject *
four(const imr_detection_value_t *value)
{
    return Py_BuildValue("(dddd)", value->left, value->right, value->low, value->high);
}

static PyObject *
quantiles(const imr_detection_value_t *quantile, npy_intp n)
{
    npy_intp dims[2] = { n, 4 };
    PyObject *array = PyArray_SimpleNew(2, dims, NPY_DOUBLE);

    if (array != NULL) {
        memcpy(PyArray_DATA((PyArrayObject *) array), quantile, (size_t) n * sizeof(*quantile));
    }
    return array;
}

/* Hands the block of the answer over to a tuple. */
static PyObject *
tuple_of(const imr_detection_rows_t *rows, imr_detection_limit_t *answer, npy_intp n_p)
{
    const imr_detection_curve_t *curve = &answer->curve;
    PyObject *table = quantiles(answer->quantile, n_p), *owner = imr_owner(answer->block), *tuple;

    answer->block = NULL;
    if (owner == NULL || table == NULL) {
        Py_XDECREF(owner);
        Py_XDECREF(table);
        return NULL;
    }
    tuple = Py_BuildValue("((nLLL)NNN(NNNNNNN)i(dd)ddL)", (Py_ssize_t) rows->n,
        (long long) rows->detected, (long long) rows->below, (long long) rows->above,
        four(&answer->mean), four(&answer->sd), table,
        imr_column_double(owner, curve->value, curve->n),
        imr_column_int64(owner, curve->at_or_below, curve->n),
        imr_column_int64(owner, curve->detected, curve->n),
        imr_column_int64(owner, curve->censored, curve->n),
        imr_column_double(owner, curve->estimate, curve->n),
        imr_column_double(owner, curve->low, curve->n),
        imr_column_double(owner, curve->high, curve->n), curve->above, answer->parameter[0],
        answer->parameter[1], answer->loglik, answer->score_norm, (long long) answer->iterations);
    Py_DECREF(owner);
    return tuple;
}

static PyObject *
one_group(PyObject *module, PyArrayObject **arrays, long long code,
    const imr_detection_options_t *options, PyArrayObject *p)
{
    imr_detection_rows_t rows = { 0 };
    imr_detection_limit_t answer = { 0 };
    imr_fault_t fault;
    PyObject *result = NULL;
    int status;

    if (PyErr_CheckSignals() < 0) {
        return NULL;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_detection_rows_init(&rows, PyArray_DATA(arrays[0]), imr_column_data(arrays[1]),
        imr_column_data(arrays[2]), imr_column_data(arrays[3]), code,
        (size_t) PyArray_DIM(arrays[0], 0), options->distribution, &fault);
    if (status == IMR_OK) {
        status = imr_detection_limit(
            &answer, &rows, options, PyArray_DATA(p), (size_t) PyArray_DIM(p, 0), &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        result = tuple_of(&rows, &answer, PyArray_DIM(p, 0));
    }
    imr_detection_rows_free(&rows);
    imr_detection_limit_free(&answer);
    return result;
}

static PyObject *
detection_limit(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *method, *distribution, *p_value, *item, *list = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL }, *p = NULL;
    imr_detection_options_t options = { .level = 0.95 };
    Py_ssize_t n_groups;
    int of_method, of_distribution;

    if (!PyArg_ParseTuple(args, "OOOOnOOdO:detection_limit", &given[0], &given[1], &given[2],
            &given[3], &n_groups, &method, &distribution, &options.level, &p_value)) {
        return NULL;
    }
    of_method = imr_choice(module, method, "method", METHODS, N_METHODS);
    of_distribution = of_method < 0
        ? -1
        : imr_choice(module, distribution, "distribution", DISTRIBUTIONS, N_DISTRIBUTIONS);
    if (of_distribution < 0) {
        return NULL;
    }
    options.method = (imr_detection_method_t) of_method;
    options.distribution = (imr_detection_distribution_t) of_distribution;
    p = imr_array_double(module, p_value, "p");
    if (p == NULL || imr_check_column(module, p, "p", -1, NULL) < 0
        || imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    list = PyList_New(0);
    for (Py_ssize_t code = 0; list != NULL && code < n_groups; code++) {
        item = one_group(module, arrays, code, &options, p);
        if (item == NULL || PyList_Append(list, item) < 0) {
            Py_XDECREF(item);
            Py_CLEAR(list);
            break;
        }
        Py_DECREF(item);
    }
out:
    imr_columns_free(arrays, KINDS);
    Py_XDECREF((PyObject *) p);
    return list;
}

/* --- groups ------------------------------------------------------------------------------------ */

static PyObject *
ratio_test(PyObject *module, const imr_detection_groups_t *groups,
    imr_detection_distribution_t distribution, double level)
{
    imr_detection_ratio_t test;
    imr_fault_t fault;
    int status;

    Py_BEGIN_ALLOW_THREADS
    status = imr_detection_ratio_test(groups, distribution, level, &test, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        return imr_raise(module, &fault);
    }
    return Py_BuildValue("(dLd)d(ddd)(dd)s", test.statistic, (long long) test.df, test.pvalue,
        Py_NAN, test.effect, test.low, test.high, test.loglik, test.loglik_null, "asymptotic");
}

static PyObject *
rank_test(PyObject *module, imr_detection_groups_t *groups, const imr_logrank_weights_t *weights,
    const char *method)
{
    imr_logrank_test_t test;
    imr_logrank_scores_t scores = { 0 };
    imr_fault_t fault;
    int few = groups->data.groups == 2 && groups->data.n <= FEW_PATIENTS;
    int exact = strcmp(method, "exact") == 0 || (strcmp(method, "auto") == 0 && few), status;

    if (exact && groups->data.groups != 2) {
        imr_fault(&fault, IMR_ERR_EXACT_GROUPS, "group", -1, Py_NAN);
        return imr_raise(module, &fault);
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_detection_groups_flip(groups, &fault);
    if (status == IMR_OK) {
        status = imr_detection_rank_test(groups, weights, &test, &fault);
    }
    if (status == IMR_OK && exact) {
        status = imr_logrank_scores_init(&scores, &groups->data, weights, 1, 0, &fault);
    }
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        return imr_raise(module, &fault);
    }
    status = exact ? imr_logrank_work_exactly(module, &scores, IMR_TWO_SIDED, "time",
                         IMR_ERR_EXACT_PATIENTS, &test.pvalue)
                   : 0;
    imr_logrank_scores_free(&scores);
    if (status < 0) {
        return NULL;
    }
    return Py_BuildValue("(dLd)d(ddd)(dd)s", test.statistic, (long long) test.df, test.pvalue,
        test.z, Py_NAN, Py_NAN, Py_NAN, Py_NAN, Py_NAN, exact ? "exact" : "asymptotic");
}

static const char *const TESTS[] = { "peto-prentice", "gehan", "peto-peto", "likelihood-ratio" };
static const char *const WAYS[] = { "auto", "asymptotic", "exact" };
static const imr_logrank_weights_t WEIGHTS[] = {
    { .kind = IMR_LOGRANK_PETO },
    { .kind = IMR_LOGRANK_GEHAN },
    { .kind = IMR_LOGRANK_FLEMING_HARRINGTON, .rho = 1 },
};

enum { N_TESTS = 4, LIKELIHOOD_RATIO = 3, N_WAYS = 3, WAY_EXACT = 2 };

static PyObject *
detection_limit_test(PyObject *module, PyObject *args)
{
    PyObject *given[N_COLUMNS], *test, *distribution, *way, *result = NULL;
    PyArrayObject *arrays[N_COLUMNS] = { NULL };
    imr_detection_groups_t groups = { 0 };
    imr_fault_t fault;
    Py_ssize_t n_groups;
    double level;
    int of_test, of_distribution, of_way, status;

    if (!PyArg_ParseTuple(args, "OOOOnOOOd:detection_limit_test", &given[0], &given[1], &given[2],
            &given[3], &n_groups, &test, &distribution, &way, &level)) {
        return NULL;
    }
    of_test = imr_choice(module, test, "test", TESTS, N_TESTS);
    of_distribution = of_test < 0
        ? -1
        : imr_choice(module, distribution, "distribution", DISTRIBUTIONS, N_DISTRIBUTIONS);
    of_way = of_distribution < 0 ? -1 : imr_choice(module, way, "method", WAYS, N_WAYS);
    if (of_way < 0) {
        return NULL;
    }
    if (of_distribution == IMR_DETECTION_GAMMA) {
        return imr_raise_input(
            module, "distribution is 'gamma'; a test takes 'lognormal' or 'normal'");
    }
    if (of_test == LIKELIHOOD_RATIO && of_way == WAY_EXACT) {
        return imr_raise_input(module,
            "method is 'exact'; the likelihood ratio test has none: use test='peto-prentice'");
    }
    if (imr_columns(module, given, NAMES, KINDS, arrays) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_detection_groups_init(&groups, PyArray_DATA(arrays[0]), imr_column_data(arrays[1]),
        imr_column_data(arrays[2]), imr_column_data(arrays[3]), (size_t) PyArray_DIM(arrays[0], 0),
        (size_t) n_groups, (imr_detection_distribution_t) of_distribution, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else if (of_test == LIKELIHOOD_RATIO) {
        result = ratio_test(module, &groups, (imr_detection_distribution_t) of_distribution, level);
    } else {
        result = rank_test(module, &groups, &WEIGHTS[of_test], WAYS[of_way]);
    }
out:
    imr_detection_groups_free(&groups);
    imr_columns_free(arrays, KINDS);
    return result;
}

PyMethodDef imr_detection_limit_methods[] = {
    { "detection_limit", detection_limit, METH_VARARGS,
        "detection_limit($module, value, below, above, group, n_groups, method, distribution,"
        " level, p, /)\n--\n\n"
        "One tuple a group of recovery.detection_limit; group holds codes, or is None." },
    { "detection_limit_test", detection_limit_test, METH_VARARGS,
        "detection_limit_test($module, value, below, above, group, n_groups, test, distribution,"
        " method, level, /)\n--\n\n"
        "((statistic, df, pvalue), z, (effect, low, high), (loglik, loglik_null), method) of\n"
        "recovery.detection_limit_test; group holds codes." },
    { NULL, NULL, 0, NULL },
};
