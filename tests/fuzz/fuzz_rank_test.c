/* Any scores, tied or not, and any options: a p-value inside [0, 1] or NaN, limits that enclose the
 * estimate, the level achieved, and a test of the other sign that mirrors all of it; or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "response/rank_test.h"

enum { MOST = 40 };

typedef struct {
    uint8_t alternative, method, zeros, correct, is_sum, kind, first;
    int8_t mu;
    double level;
} head_t;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int ok)
{
    if (!ok) {
        abort();
    }
}

/* Scores of one byte, or of eight: whatever their bits say. */
static size_t
read_scores(const uint8_t *data, size_t size, int kind, double *score)
{
    size_t width = kind ? sizeof(double) : 1, n = size / width;

    n = n < MOST ? n : MOST;
    for (size_t i = 0; i < n; i++) {
        if (kind) {
            memcpy(&score[i], data + i * width, width);
        } else {
            score[i] = (double) (data[i] % 32) / 4;
        }
    }
    return n;
}

static int
run(imr_rank_test_t *test, const head_t *head, const double *score, size_t n,
    const imr_rank_options_t *options)
{
    size_t first = head->first % (n + 1);
    imr_fault_t fault;
    int done = 0, ret;

    ret = head->is_sum % 2
        ? imr_rank_sum_init(test, score, first, score + first, n - first, options, &fault)
        : imr_signed_rank_init(
              test, score, n % 2 ? NULL : score + n / 2, n % 2 ? n : n / 2, options, &fault);
    while (ret == IMR_OK && !done) {
        ret = imr_rank_test_advance(test, &done, &fault);
    }
    imr_rank_test_free(test);
    return ret;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const imr_alternative_t MIRROR[] = { IMR_TWO_SIDED, IMR_LESS, IMR_GREATER };
    imr_rank_options_t options;
    imr_rank_test_t test, mirror;
    double score[MOST];
    head_t head;
    size_t n;

    if (size < sizeof(head)) {
        return 0;
    }
    gsl_set_error_handler_off();
    memcpy(&head, data, sizeof(head));
    n = read_scores(data + sizeof(head), size - sizeof(head), head.kind % 2, score);
    options.alternative = (imr_alternative_t) (head.alternative % (IMR_LESS + 1));
    options.method = (imr_rank_method_t) (head.method % (IMR_RANK_ASYMPTOTIC + 1));
    options.zeros = (imr_rank_zeros_t) (head.zeros % (IMR_RANK_ZEROS_PRATT + 1));
    options.correct = head.correct % 2;
    options.mu = head.mu / 4.0;
    options.level = head.level;
    if (run(&test, &head, score, n, &options) != IMR_OK) {
        return 0;
    }
    check(isnan(test.pvalue) ? !test.is_exact : test.pvalue >= 0 && test.pvalue <= 1);
    check(test.low <= test.high && test.achieved_level <= 1);
    check(test.achieved_level >= options.level - 1e-9);
    if (options.level >= 0.5 || options.alternative == IMR_TWO_SIDED) {
        check(test.low <= test.estimate && test.estimate <= test.high);
    }
    for (size_t i = 0; i < n; i++) {
        score[i] = -score[i];
    }
    options.mu = -options.mu;
    options.alternative = MIRROR[options.alternative];
    check(run(&mirror, &head, score, n, &options) == IMR_OK);
    check(mirror.zeros == test.zeros);
    if (head.kind % 2 == 0) { /* no rounding: every digit mirrors */
        check(mirror.low == -test.high && mirror.high == -test.low);
        check(mirror.estimate == -test.estimate && mirror.ties == test.ties);
        check(isnan(test.pvalue) || fabs(mirror.pvalue - test.pvalue) <= 1e-12);
    }
    return 0;
}
