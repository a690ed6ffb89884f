#include "survival/logrank_columns.h"

#include "survival/logrank_maxcombo.h"

static PyObject *
maxcombo(PyObject *module, PyObject *args)
{
    PyObject *pairs, *word, *result = NULL;
    imr_logrank_columns_t columns;
    imr_logrank_weights_t weights[IMR_LOGRANK_MOST_COMBINATIONS];
    imr_logrank_maxcombo_t answer;
    imr_alternative_t alternative;
    imr_fault_t fault;
    size_t combinations = 0;
    int fix_ties, status;

    if (!PyArg_ParseTuple(args, IMR_LOGRANK_COLUMNS_FORMAT "OOp:logrank_maxcombo",
            &columns.given[0], &columns.given[1], &columns.given[2], &columns.groups,
            &columns.given[3], &columns.given[4], &columns.given[5], &columns.strata, &pairs, &word,
            &fix_ties)
        || imr_logrank_read_alternative(module, word, &alternative) < 0
        || imr_logrank_read_combinations(module, pairs, weights, &combinations) < 0) {
        return NULL;
    }
    if (imr_logrank_columns_init(module, &columns) < 0) {
        goto out;
    }
    Py_BEGIN_ALLOW_THREADS
    status = imr_logrank_maxcombo(
        &columns.data, weights, combinations, alternative, fix_ties, &answer, &fault);
    Py_END_ALLOW_THREADS
    if (status != IMR_OK) {
        imr_raise(module, &fault);
    } else {
        const double patients[] = { (double) answer.patients[0], (double) answer.patients[1] };
        npy_intp m = (npy_intp) combinations;

        result = Py_BuildValue("(NNNNdLdL)", imr_logrank_counts(patients, 2),
            imr_logrank_counts(answer.events, 2), imr_logrank_doubles(answer.z, m, 0),
            imr_logrank_doubles(answer.correlation, m, m), answer.statistic,
            (long long) answer.chosen, answer.pvalue, (long long) answer.merged);
    }
out:
    imr_logrank_columns_free(&columns);
    return result;
}

PyMethodDef imr_logrank_maxcombo_methods[] = {
    { "logrank_maxcombo", maxcombo, METH_VARARGS,
        "logrank_maxcombo($module, columns, weights, alternative, timefix, /)\n--\n\n"
        "(patients, events, z, correlation, statistic, chosen, pvalue, merged) of\n"
        "survival.maxcombo; weights is a sequence of (kind, rho, gamma)." },
    { NULL, NULL, 0, NULL },
};
