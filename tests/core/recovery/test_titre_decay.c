#include "recovery/titre_decay.h"

#include "../harness.h"

enum { MOST = 16 };

#define LOG_2 0.693147180559945309417232121458

typedef struct {
    double time[MOST], low[MOST], high[MOST], work[4 * MOST];
    imr_titre_decay_rows_t rows;
} patient_t;

static void
make(patient_t *p, const double *time, const double *value, size_t n, double half_life, double sd)
{
    for (size_t i = 0; i < n; i++) {
        p->time[i] = time[i];
        p->low[i] = p->high[i] = log(value[i]);
    }
    p->rows = (imr_titre_decay_rows_t) { n, p->time, p->low, p->high, half_life, sd, INFINITY, 0.95,
        p->work, NULL };
}

/* days in half-lives, so that values on the curve are whole */
static const double TIME[] = { 0, 1, 2, 3, 4 }, CURVE[] = { 32, 20, 14, 11, 9.5 };

static void
test_values_on_the_curve(void)
{
    patient_t p;
    imr_titre_decay_t d;

    /* 24 / 2^t + 8 */
    make(&p, TIME, CURVE, 5, 1, 0.1);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED);
    CHECK_NEAR(d.share, 0.75, 1e-9);
    CHECK_NEAR(d.short_lived, 24, 1e-9);
    CHECK_NEAR(d.long_lived, 8, 1e-9);
    CHECK(d.half_life == 1 && isnan(d.half_life_low) && d.sd == 0.1 && isinf(d.df));
    CHECK(d.share_low < 0.75 && d.share_high > 0.75 && d.score_norm < 1e-8);
    /* sd given: five densities at 0 */
    CHECK_NEAR(d.loglik, -5 * (0.918938533204672742 + log(0.1)), 1e-12);
    /* and nothing to scatter when it is not */
    make(&p, TIME, CURVE, 5, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NO_SCATTER && isnan(d.share));
    /* the half-life too */
    make(&p, TIME, CURVE, 5, NAN, 0.1);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED);
    CHECK_NEAR(d.share, 0.75, 1e-7);
    CHECK_NEAR(d.half_life, 1, 1e-7);
    CHECK(d.half_life_low < 1 && d.half_life_high > 1);
}

static void
test_ends_of_the_share(void)
{
    static const double STAYS[] = { 30, 33, 29, 31, 34 }, GOES[] = { 32, 15, 8, 4.2, 1.9 };
    patient_t p;
    imr_titre_decay_t d;

    make(&p, TIME, STAYS, 5, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED && d.share == 0 && d.share_low == 0);
    CHECK(d.share_high > 0 && d.share_high < 0.5 && d.short_lived == 0);
    /* with a share of 0 the curve is the mean: sd^2 = squares / (5 - 2) */
    CHECK_NEAR(d.df, 3, 1e-9);
    make(&p, TIME, GOES, 5, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED && d.share > 0.98 && d.share_high == 1);
    make(&p, TIME, STAYS, 5, NAN, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NO_FALL && d.share == 0 && d.share_low == 0 && d.share_high > 0);
    CHECK(isnan(d.half_life) && isnan(d.half_life_low) && d.long_lived > 30 && d.short_lived == 0);
}

/* A limit is a share whose profile lies as far below as t says. */
static void
test_limits_lie_on_the_profile(void)
{
    static const double VALUE[] = { 35, 18, 15, 10, 10.5 };
    patient_t p;
    imr_titre_decay_t d;
    double least = INFINITY, at_low = 0;

    make(&p, TIME, VALUE, 5, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED);
    for (int side = 0; side < 3; side++) {
        double share = side == 0 ? d.share : side == 1 ? d.share_low : d.share_high;
        double mean = 0, squares = 0;

        for (int i = 0; i < 5; i++) {
            mean += (log(VALUE[i]) - log(share * exp2(-TIME[i]) + 1 - share)) / 5;
        }
        for (int i = 0; i < 5; i++) {
            double from = log(VALUE[i]) - log(share * exp2(-TIME[i]) + 1 - share) - mean;

            squares += from * from;
        }
        if (side == 0) {
            least = squares;
            CHECK_NEAR(d.sd, sqrt(squares / 3), 1e-9);
        } else {
            at_low = squares / least; /* 1 + t^2 / 3, t = 3.182446305283708 */
            CHECK_NEAR(at_low, 1 + 3.182446305283708 * 3.182446305283708 / 3, 1e-7);
        }
    }
}

static void
test_limits_of_the_assay(void)
{
    patient_t p;
    imr_titre_decay_t d, of_all;
    double t[8], v[8];

    for (int i = 0; i < 8; i++) {
        t[i] = i;
        v[i] = (24 * exp2(-i) + 8) * (i % 2 ? 1.1 : 0.93);
    }
    make(&p, t, v, 8, 1, NAN);
    CHECK(imr_titre_decay_fit(&of_all, &p.rows) == IMR_OK);
    CHECK(of_all.status == IMR_TITRE_FITTED);
    p.low[7] = -INFINITY; /* below 10 */
    p.high[7] = log(10);
    p.low[0] = log(25); /* above 25 */
    p.high[0] = INFINITY;
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED && fabs(d.share - of_all.share) < 0.2);
    CHECK(d.df > 4 && d.df < 6 && of_all.df > 6 - 1e-9);
    CHECK(d.share_high - d.share_low > of_all.share_high - of_all.share_low);
    for (int i = 0; i < 8;
        i++) { /* dilutions that never change: any curve within them is as good */
        p.low[i] = log(160);
        p.high[i] = log(320);
    }
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NO_SCATTER);
    p.rows.sd = 0.35;
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED && d.share == 0 && d.share_high < 0.6);
}

static void
test_too_little(void)
{
    static const double LATE[] = { 50, 60, 70, 80, 90 }, VALUE[] = { 10, 11, 9, 10.5, 9.5 };
    static const double BEFORE[] = { 0, 0, 0, 0, 0 };
    patient_t p;
    imr_titre_decay_t d;

    make(&p, TIME, CURVE, 0, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NO_SAMPLES && isnan(d.df));
    make(&p, TIME, CURVE, 2, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_TOO_FEW);
    make(&p, TIME, CURVE, 2, 1, 0.2); /* the scatter is known */
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED);
    CHECK_NEAR(d.share, 0.75, 1e-9);
    make(&p, BEFORE, CURVE, 5, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_TOO_FEW);
    make(&p, LATE, VALUE, 5, 1, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NOT_IDENTIFIABLE);
    make(&p, TIME, CURVE, 3, 1, NAN);
    for (int i = 0; i < 3; i++) {
        p.low[i] = -INFINITY;
    }
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NONE_QUANTIFIED);
}

static void
test_a_half_life_without_bounds(void)
{
    /* over at the first sample after the start, whatever it was */
    static const double VALUE[] = { 100, 10.2, 9.9, 10.1, 9.8, 10.3 };
    static const double T[] = { 0, 10, 20, 30, 40, 50 };
    patient_t p;
    imr_titre_decay_t d;

    make(&p, T, VALUE, 6, NAN, NAN);
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_NOT_IDENTIFIABLE
        || (d.half_life_low == 0 && d.half_life_high < 5 && fabs(d.share - 0.9) < 0.01));
    p.rows.half_life = 1;
    CHECK(imr_titre_decay_fit(&d, &p.rows) == IMR_OK);
    CHECK(d.status == IMR_TITRE_FITTED && fabs(d.share - 0.9) < 0.01);
    CHECK_NEAR(d.half_life, LOG_2 / LOG_2, 1e-14);
}

/* Slopes are differences of the log-likelihood; a patient who tells nothing adds nothing. */
static void
test_peaks_of_a_given_scatter(void)
{
    static const double VALUE[] = { 35, 18, 15, 10, 10.5 };
    patient_t p;
    imr_titre_peak_t peak, more, less;

    make(&p, TIME, VALUE, 5, 1, 0.2);
    p.low[1] = -INFINITY;
    p.low[3] = log(5);
    CHECK(imr_titre_decay_peak(&p.rows, &peak) == IMR_OK);
    p.rows.sd = 0.2 * exp(1e-4);
    CHECK(imr_titre_decay_peak(&p.rows, &more) == IMR_OK);
    p.rows.sd = 0.2 * exp(-1e-4);
    CHECK(imr_titre_decay_peak(&p.rows, &less) == IMR_OK);
    CHECK_NEAR(peak.slope, (more.loglik - less.loglik) / 2e-4, 1e-6);
    CHECK(peak.effective > 3 && peak.effective < 5 && peak.unknowns == 2);
    p.rows.n = 1;
    CHECK(imr_titre_decay_peak(&p.rows, &peak) == IMR_OK);
    CHECK(peak.loglik == 0 && peak.slope == 0 && peak.effective == 0 && peak.unknowns == 0);
}

HARNESS_MAIN({
    RUN(test_values_on_the_curve);
    RUN(test_ends_of_the_share);
    RUN(test_limits_lie_on_the_profile);
    RUN(test_limits_of_the_assay);
    RUN(test_too_little);
    RUN(test_peaks_of_a_given_scatter);
    RUN(test_a_half_life_without_bounds);
})
