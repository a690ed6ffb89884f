# survreg_visits.json: R's survreg on exact, left-, right- and interval-censored rows with a covariate and
# weights, its deviance residuals included.
#     Rscript tests/golden/survival/make_survreg_visits.R tests/golden/survival
suppressPackageStartupMessages(library(survival))
folder <- commandArgs(TRUE)[1]
set.seed(20261126)
n <- 30
x <- round(rnorm(n), 2)
arm <- rep(0:1, length.out = n)
time <- exp(4.4 + 0.3 * x - 0.5 * arm + 0.6 * log(-log(runif(n))))
left <- floor(time / 28) * 28
right <- left + 28
exact <- seq_len(n) %% 5 == 0
left[exact] <- right[exact] <- round(time[exact], 1) + 0.1
lost <- seq_len(n) %% 7 == 3
left[lost] <- pmax(left[lost], 28)
right[lost] <- Inf
weight <- rep(c(1, 2, 0.5), length.out = n)

one <- function(distribution, formula, weights = rep(1, n)) {
    environment(formula) <- environment()
    fit <- survreg(formula, dist = distribution, weights = weights,
        control = survreg.control(rel.tolerance = 1e-15, maxiter = 200))
    list(coef = unname(coef(fit)), scale = fit$scale, loglik = fit$loglik[2], vcov = unname(fit$var),
        deviance = unname(residuals(fit, "deviance")))
}
# Surv(type = "interval2") reads 0 as an exact 0: a missing left end is left-censored
l <- ifelse(left == 0, NA, left)
r <- ifelse(is.infinite(right), NA, right)
expected <- list()
for (distribution in c("exponential", "weibull", "lognormal", "loglogistic")) {
    expected[[distribution]] <- list(
        alone = one(distribution, Surv(l, r, type = "interval2") ~ 1),
        regression = one(distribution, Surv(l, r, type = "interval2") ~ x + arm),
        weighted = one(distribution, Surv(l, r, type = "interval2") ~ x + arm, weights = weight))
}
text <- function(v) {
    if (is.list(v)) {
        return(paste0("{", paste0("\"", names(v), "\":", sapply(v, text), collapse = ","), "}"))
    }
    if (is.matrix(v)) {
        return(paste0("[", paste(apply(v, 1, text), collapse = ","), "]"))
    }
    one <- ifelse(is.infinite(v), "\"inf\"", sprintf("%.17g", v))
    if (length(v) == 1) one else paste0("[", paste(one, collapse = ","), "]")
}
writeLines(paste0("{\"id\":\"survreg_visits\",\"title\":\"survreg on exact, left-, right- and ",
    "interval-censored rows\",\"source\":\"survival ", packageVersion("survival"),
    "\",\"r_call\":\"tests/golden/survival/make_survreg_visits.R\",\"r_version\":\"",
    R.version.string, "\",\"rtol\":1e-7,\"notes\":null,\"inputs\":",
    text(list(left = left, right = right, x = x, arm = arm, weight = weight)), ",\"expected\":",
    text(expected), "}"), file.path(folder, "survreg_visits.json"))
