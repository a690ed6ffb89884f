/* Any clones in any two samples, at any depth and order: numbers inside their ranges, or a status. */
#include <gsl/gsl_errno.h>
#include <math.h>
#include <stdlib.h>

#include "recovery/repertoire_bootstrap.h"
#include "recovery/repertoire_overlap.h"
#include "recovery/repertoire_rarefaction.h"

enum { MOST = 24 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(int ok)
{
    if (!ok) {
        abort();
    }
}

static int
within(double x, double low, double high)
{
    return x >= low - 1e-9 * fabs(low) && x <= high + 1e-9 * fabs(high);
}

static void
check_sizes(const imr_repertoire_sizes_t *sizes, int64_t depth, double order)
{
    imr_repertoire_indices_t indices;
    imr_repertoire_chao1_t chao1;
    imr_repertoire_curve_t curve;
    imr_repertoire_point_t point;
    double hill = imr_repertoire_hill(sizes, order), rarefied;

    imr_repertoire_indices(sizes, &indices);
    imr_repertoire_chao1(sizes, 1.96, &chao1);
    check(within(hill, 1, sizes->richness));
    check(within(indices.shannon, 0, log(sizes->richness)));
    check(within(indices.clonality, 0, 1) && within(indices.gini, 0, 1));
    check(within(indices.gini_simpson, 0, 1) && within(indices.coverage, 0, 1));
    check(within(indices.d50, 1, sizes->richness) && within(indices.top10_share, 0, 1));
    check(chao1.low >= sizes->richness && isfinite(chao1.high) && chao1.low <= chao1.high);
    check(imr_repertoire_curve_init(&curve, sizes, depth, 1.96, NULL) == IMR_OK);
    if (imr_repertoire_curve_point(&curve, depth, -1, &point, NULL) != IMR_OK) {
        check(depth < 0 || depth > sizes->reads);
        imr_repertoire_curve_free(&curve);
        return;
    }
    imr_repertoire_curve_free(&curve);
    check(within(point.estimate, depth > 0, fmin((double) depth, sizes->richness)));
    check(within(point.estimate, point.low, point.high));
    check(isfinite(point.subsample_sd) && isfinite(point.std_error));
    /* no sample of so many reads is further from the mean than its range */
    check(point.subsample_sd <= sizes->richness);
    if (depth > 0) {
        rarefied = imr_repertoire_rarefied_hill(sizes, depth, order);
        check(within(rarefied, 1, point.estimate));
    }
}

static void
check_overlap(const imr_repertoire_overlap_t *overlap)
{
    check(within(overlap->jaccard, 0, 1) && within(overlap->weighted_jaccard, 0, 1));
    check(within(overlap->morisita_horn, 0, 1) && overlap->shared >= 0);
}

static void
check_bootstrap(const int64_t *count, size_t n, int64_t reads, double order)
{
    const uint64_t key[] = { 1, 2 };
    imr_repertoire_bootstrap_t job;
    double value[IMR_REPERTOIRE_RESAMPLED + 1];

    if (reads > 100000
        || imr_repertoire_bootstrap_init(&job, count, n, &order, 1, 0, NULL) != IMR_OK) {
        return;
    }
    check(imr_repertoire_bootstrap_replicate(&job, key, 3, value, NULL) == IMR_OK);
    check(within(value[IMR_REPERTOIRE_RESAMPLED], 1, (double) n));
    imr_repertoire_bootstrap_free(&job);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t count[MOST], clone[MOST], sample[MOST], depth;
    imr_repertoire_sizes_t sizes[2];
    imr_repertoire_sample_t samples[2];
    imr_repertoire_overlap_t overlap;
    imr_repertoire_clones_t clones;
    double order;
    size_t n;

    if (size < 5) {
        return 0;
    }
    gsl_set_error_handler_off();
    order = data[0] % 8 == 7 ? 1 + (data[1] - 127.5) / 1000 : data[1] / 32.0;
    n = (size - 3) / 2 < MOST ? (size - 3) / 2 : MOST;
    for (size_t i = 0; i < n; i++) {
        const uint8_t *row = data + 3 + 2 * i;

        count[i] = (int64_t) (row[0] & 7) << (row[0] / 8 % (data[0] & 64 ? 16 : 8));
        clone[i] = row[1] % (int64_t) n;
        sample[i] = row[1] / 128;
    }
    if (imr_repertoire_clones_init(&clones, count, clone, sample, 2, n, NULL) != IMR_OK) {
        return 0;
    }
    for (int s = 0; s < 2; s++) {
        size_t from = clones.begin[s], many = clones.begin[s + 1] - from;

        check(imr_repertoire_sizes_init(&sizes[s], clones.count + from, many, NULL) == IMR_OK);
        samples[s].n = many;
        samples[s].clone = clones.clone + from;
        samples[s].count = clones.count + from;
        samples[s].sizes = &sizes[s];
    }
    depth = data[0] & 128 ? data[2] : (int64_t) (data[2] / 250.0 * (double) sizes[0].reads);
    for (int s = 0; s < 2; s++) {
        check_sizes(&sizes[s], depth, order);
        check_bootstrap(samples[s].count, samples[s].n, sizes[s].reads, order);
    }
    imr_repertoire_overlap(&samples[0], &samples[1], &overlap);
    check_overlap(&overlap);
    if (imr_repertoire_rarefied_overlap(&samples[0], &samples[1], depth, &overlap, NULL)
        == IMR_OK) {
        check_overlap(&overlap);
    }
    for (int s = 0; s < 2; s++) {
        imr_repertoire_sizes_free(&sizes[s]);
    }
    imr_repertoire_clones_free(&clones);
    return 0;
}
