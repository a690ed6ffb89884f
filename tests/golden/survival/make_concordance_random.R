# concordance_random.json: survival::concordance on random data with ties, delayed entry, weights and
# strata, each time weight, ymax. Run in this folder: Rscript make_concordance_random.R
# Left out, since survival 3.5.3 is wrong there: delayed entry with "S" (it crashes), delayed entry with
# ymax (later ties count as tied), "I" where a stratum has a single event time (its pairs weigh 1).
suppressMessages({library(survival); library(jsonlite)})
set.seed(20261126)
cases <- list()
for (k in 1:24) {
  n <- sample(c(6, 12, 25, 60), 1)
  time <- if (k %% 3 == 0) round(rexp(n) * 100, 3) + 1 else sample(1:12, n, TRUE)
  event <- rbinom(n, 1, 0.65)
  x <- sample(1:5, n, TRUE)
  y <- if (k %% 2 == 0) rnorm(n) else sample(1:3, n, TRUE)
  weights <- if (k %% 4 == 1) sample(c(0.5, 1, 2, 3.25), n, TRUE) else rep(1, n)
  strata <- if (k %% 5 == 2) sample(1:3, n, TRUE) else rep(1, n)
  entry <- if (k %% 6 == 5) pmin(sample(0:5, n, TRUE), time - 1) else NULL
  ymax <- if (k %% 7 == 3 && is.null(entry)) unname(quantile(time, 0.6)) else NULL
  weighting <- c("n", "S", "S/G", "n/G2", if (max(strata) == 1) "I")
  for (timewt in if (is.null(entry)) weighting else "n") {
    frame <- data.frame(time, event, x, y, weights, strata)
    surv <- if (is.null(entry)) Surv(time, event) else Surv(entry, time, event)
    one <- function(column) {
      form <- if (max(strata) > 1) surv ~ column + strata(strata) else surv ~ column
      arguments <- list(form, weights = weights, timewt = timewt, influence = 1)
      if (!is.null(ymax)) arguments$ymax <- ymax
      do.call(concordance, arguments)
    }
    a <- one(x)
    if (any(is.na(a$concordance))) next
    b <- one(y)
    counts <- if (is.matrix(a$count)) colSums(a$count) else a$count
    cases[[length(cases) + 1]] <- list(
      timewt = timewt, time = time, event = event, x = x, y = y, weights = weights, strata = strata,
      entry = entry, ymax = ymax, c = c(a$concordance, b$concordance),
      var = c(a$var, b$var), covariance = sum(a$dfbeta * b$dfbeta), counts = unname(counts))
  }
}
writeLines(toJSON(list(
  id = "concordance_random", title = "Concordance on random data, each time weight",
  source = paste("survival", packageVersion("survival")), r_call = "concordance(..., timewt, ymax, influence = 1)",
  r_version = R.version.string, rtol = 1e-10, cases = cases), auto_unbox = TRUE, digits = NA, null = "null"),
  "concordance_random.json")
