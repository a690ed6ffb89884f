#include "survival/logrank_columns.h"

#include "survival/logrank_exact.h"
#include "survival/logrank_maxcombo.h"
#include "survival/logrank_permutation.h"

/* Labels dealt out between two looks at Ctrl-C: about 10 ms. */
#define LABELS_A_TURN (1 << 21)

/* --- exact ------------------------------------------------------------------------------------- */

int
imr_logrank_work_exactly(PyObject *module, const imr_logrank_scores_t *scores,
    imr_alternative_t alternative, const char *rows, int too_many, double *pvalue)
{
    imr_logrank_exact_t exact;
    imr_fault_t fault;
    int done = 0, status = imr_logrank_exact_init(&exact, scores, alternative, &fault);

    while (status == IMR_OK && !done) {
        if (PyErr_CheckSignals() < 0) {
            imr_logrank_exact_free(&exact);
            return -1;
        }
        Py_BEGIN_ALLOW_THREADS
        status = imr_logrank_exact_step(&exact, &done, pvalue, &fault);
        Py_END_ALLOW_THREADS
    }
    imr_logrank_exact_free(&exact);
    if (status == IMR_ERR_EXACT_PATIENTS) {
        status = imr_fault(&fault, too_many, rows, -1, Py_NAN);
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    return 0;
}

static PyObject *
exact(PyObject *module, PyObject *args)
{
    PyObject *kind, *alternative, *result = NULL;
    imr_logrank_columns_t columns;
    imr_logrank_options_t options = { .level = 0.5 };
    imr_logrank_scores_t scores;
    imr_logrank_permutation_t permutation;
    imr_fault_t fault;
    double rho, gamma, pvalue = 0, z = 0;
    int status;

    if (!PyArg_ParseTuple(args, IMR_LOGRANK_COLUMNS_FORMAT "OddOp:logrank_exact", &columns.given[0],
            &columns.given[1], &columns.given[2], &columns.groups, &columns.given[3],
            &columns.given[4], &columns.given[5], &columns.strata, &kind, &rho, &gamma,
            &alternative, &options.fix_ties)
        || imr_logrank_read_weights(module, kind, rho, gamma, &options.weights) < 0
        || imr_logrank_read_alternative(module, alternative, &options.alternative) < 0) {
        return NULL;
    }
    if (imr_logrank_columns_init(module, &columns) < 0) {
        goto out;
    }
    status = imr_logrank_check(&columns.data, &options, &fault);
    if (status == IMR_OK && columns.data.groups != 2) {
        status = imr_fault(&fault, IMR_ERR_EXACT_GROUPS, "group", -1, Py_NAN);
    }
    if (status == IMR_OK) {
        Py_BEGIN_ALLOW_THREADS
        status = imr_logrank_scores_init(
            &scores, &columns.data, &options.weights, 1, options.fix_ties, &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    status = imr_logrank_permutation_init(&permutation, &scores, NULL, options.alternative, &fault);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        z = permutation.z;
        imr_logrank_permutation_free(&permutation);
        if (imr_logrank_work_exactly(
                module, &scores, options.alternative, "time", IMR_ERR_EXACT_PATIENTS, &pvalue)
            == 0) {
            result = Py_BuildValue("(dd)", pvalue, z);
        }
    }
    imr_logrank_scores_free(&scores);
out:
    imr_logrank_columns_free(&columns);
    return result;
}

/* --- Monte Carlo ------------------------------------------------------------------------------- */

/* Counts the permutations begin..end - 1 that are as extreme, in turns. -1 with an exception. */
static int
permute(imr_logrank_permutation_t *permutation, const uint64_t key[2], Py_ssize_t begin,
    Py_ssize_t end, PyObject *progress, unsigned long long *extreme)
{
    size_t labels = permutation->scores->n * permutation->scores->sets;
    Py_ssize_t turn = 1 + (Py_ssize_t) (LABELS_A_TURN / labels);

    for (Py_ssize_t from = begin; from < end; from += turn) {
        Py_ssize_t to = turn < end - from ? from + turn : end;

        Py_BEGIN_ALLOW_THREADS
        *extreme += imr_logrank_permute(permutation, key, (uint32_t) from, (uint32_t) to);
        Py_END_ALLOW_THREADS
        if (imr_report(progress, to - begin, end - begin) < 0) {
            return -1;
        }
    }
    return 0;
}

int
imr_logrank_work_randomly(PyObject *module, const imr_logrank_scores_t *scores, const double *trend,
    imr_alternative_t alternative, const uint64_t key[2], Py_ssize_t count, PyObject *progress,
    double *pvalue)
{
    imr_logrank_permutation_t permutation;
    imr_fault_t fault;
    unsigned long long extreme = 0;
    int failed;

    if (imr_logrank_permutation_init(&permutation, scores, trend, alternative, &fault) != IMR_OK) {
        imr_raise(module, &fault);
        return -1;
    }
    failed = permute(&permutation, key, 0, count, progress, &extreme);
    imr_logrank_permutation_free(&permutation);
    *pvalue = ((double) extreme + 1) / ((double) count + 1);
    return failed;
}

static PyObject *
monte_carlo(PyObject *module, PyObject *args)
{
    PyObject *pairs, *trend, *alternative, *progress, *result = NULL;
    PyArrayObject *of_groups = NULL;
    imr_logrank_columns_t columns;
    imr_logrank_weights_t weights[IMR_LOGRANK_MOST_SETS];
    imr_logrank_options_t options = { .level = 0.5 };
    imr_logrank_scores_t scores;
    imr_logrank_permutation_t permutation;
    imr_fault_t fault;
    unsigned long long low, high, extreme = 0;
    size_t sets = 0;
    Py_ssize_t begin, end;
    int status;

    if (!PyArg_ParseTuple(args, IMR_LOGRANK_COLUMNS_FORMAT "OOOp(KK)nnO:logrank_monte_carlo",
            &columns.given[0], &columns.given[1], &columns.given[2], &columns.groups,
            &columns.given[3], &columns.given[4], &columns.given[5], &columns.strata, &pairs,
            &trend, &alternative, &options.fix_ties, &low, &high, &begin, &end, &progress)
        || imr_logrank_read_alternative(module, alternative, &options.alternative) < 0
        || imr_logrank_read_combinations(module, pairs, weights, &sets) < 0) {
        return NULL;
    }
    if (begin < 0 || end < begin || (uint64_t) end > UINT32_MAX) {
        return imr_raise_input(
            module, "replicates run from %zd to %zd; give 0 to 4294967295", begin, end);
    }
    if (imr_logrank_columns_init(module, &columns) < 0
        || imr_logrank_read_trend(module, trend, columns.groups, &of_groups, &options.scores) < 0) {
        goto out;
    }
    if (sets == 1) {
        options.weights = weights[0];
        status = imr_logrank_check(&columns.data, &options, &fault);
    } else {
        status = imr_logrank_maxcombo_check(&columns.data, weights, sets, &fault);
    }
    if (status == IMR_OK) {
        Py_BEGIN_ALLOW_THREADS
        status = imr_logrank_scores_init(
            &scores, &columns.data, weights, sets, options.fix_ties, &fault);
        Py_END_ALLOW_THREADS
    }
    if (status != IMR_OK) {
        imr_raise(module, &fault);
        goto out;
    }
    status = imr_logrank_permutation_init(
        &permutation, &scores, options.scores, options.alternative, &fault);
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        const uint64_t key[] = { low, high };

        if (permute(&permutation, key, begin, end, progress, &extreme) == 0) {
            result = Py_BuildValue("(Kdd)", extreme, permutation.z, permutation.observed);
        }
        imr_logrank_permutation_free(&permutation);
    }
    imr_logrank_scores_free(&scores);
out:
    imr_logrank_columns_free(&columns);
    Py_XDECREF((PyObject *) of_groups);
    return result;
}

PyMethodDef imr_logrank_permutation_methods[] = {
    { "logrank_exact", exact, METH_VARARGS,
        "logrank_exact($module, columns, weights, rho, gamma, alternative, timefix, /)\n--\n\n"
        "(pvalue, permutation_z) of survival.logrank with method='exact'." },
    { "logrank_monte_carlo", monte_carlo, METH_VARARGS,
        "logrank_monte_carlo($module, columns, weights, trend, alternative, timefix, key, begin,"
        " end, progress, /)\n--\n\n"
        "How many of the permutations begin to end - 1 are at least as extreme, the z with the\n"
        "permutation variance, and how extreme the data are; weights is a sequence of\n"
        "(kind, rho, gamma), of which several stand for the largest of their tests." },
    { NULL, NULL, 0, NULL },
};
