/* What one series adds to the two likelihoods of pooled rates, with its derivatives. */
#ifndef IMR_POOLED_TERM_H
#define IMR_POOLED_TERM_H

#include <stdint.h>

#include "response/pooled.h"

/* Without binomial coefficient; derivatives in the log-odds eta and in the spread, which is the
 * standard deviation of the log-odds, or correlation / (1 - correlation). */
typedef struct {
    double value;
    double slope[2]; /* eta, spread */
    double curvature[3]; /* second derivatives: eta eta, eta spread, spread spread */
} imr_pooled_term_t;

/* Nodes of Gauss-Hermite; none stands for the integral to the last digits. */
typedef struct {
    int nodes;
    double node[IMR_POOLED_MOST_NODES], log_weight[IMR_POOLED_MOST_NODES];
} imr_pooled_rule_t;

void imr_pooled_rule(int nodes, imr_pooled_rule_t *rule);

/* Bin(x | n, expit(eta + deviation z)) integrated over the standard normal z. Slopes are those of
 * the rule, exactly; with few nodes the second derivatives are close and no more. */
void imr_pooled_mixed_term(const imr_pooled_rule_t *rule, int64_t events, int64_t n, double eta,
    double deviation, imr_pooled_term_t *term);

/* Mean rate expit(eta); the products of the beta-binomial, which hold at a spread of 0 as well. */
void imr_pooled_beta_term(
    int64_t events, int64_t n, double eta, double spread, imr_pooled_term_t *term);

#endif
