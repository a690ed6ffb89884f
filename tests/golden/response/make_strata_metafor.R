# Random strata with empty cells: metafor's Mantel-Haenszel estimates and tests, and the exact test of
# stats. Run in this folder: Rscript make_strata_metafor.R
suppressMessages({ library(metafor); library(jsonlite) })
set.seed(20261126)

counts <- function(strata) {
  n1 <- sample(1:12, strata, TRUE)
  n2 <- sample(1:12, strata, TRUE)
  cbind(x1 = rbinom(strata, n1, rbeta(strata, 0.8, 0.8)), n1 = n1,
        x2 = rbinom(strata, n2, rbeta(strata, 0.8, 0.8)), n2 = n2)
}

one <- function(t) {
  mh <- function(measure, correct = FALSE) {
    rma.mh(ai = t[, 1], n1i = t[, 2], ci = t[, 3], n2i = t[, 4], measure = measure, add = 0,
           to = "none", drop00 = FALSE, correct = correct)
  }
  fits <- lapply(c(difference = "RD", ratio = "RR", `odds-ratio` = "OR"), function(measure) {
    m <- mh(measure)
    limits <- c(m$beta[1], m$ci.lb, m$ci.ub)
    if (measure == "RD") limits else exp(limits)
  })
  plain <- mh("OR")
  tables <- array(rbind(t[, 1], t[, 3], t[, 2] - t[, 1], t[, 4] - t[, 3]), c(2, 2, nrow(t)))
  exact <- mantelhaen.test(tables, exact = TRUE)$p.value
  # metafor takes one half off even where the sum is smaller than that
  corrected <- unname(mantelhaen.test(tables)$statistic)
  list(inputs = list(x1 = t[, 1], n1 = t[, 2], x2 = t[, 3], n2 = t[, 4]), expected = c(fits,
    list(cmh = plain$MH, cmh_cc = corrected, breslow_day = plain$BD,
         breslow_day_p = plain$BDp, tarone = plain$TA, tarone_p = plain$TAp,
         exact_p = exact)))
}

cases <- list()
while (length(cases) < 20) {
  t <- counts(sample(2:5, 1))
  responders <- t[, 1] + t[, 3]
  # metafor has no answer without a responder or a non-responder in either group
  told <- sum(t[, 1]) > 0 && sum(t[, 3]) > 0 && sum(t[, 1]) < sum(t[, 2]) &&
    sum(t[, 3]) < sum(t[, 4]) && sum(responders > 0 & responders < t[, 2] + t[, 4]) > 1
  if (told) {
    case <- tryCatch(suppressWarnings(one(t)), error = function(e) NULL)
    if (!is.null(case) && all(is.finite(unlist(case$expected)))) cases <- c(cases, list(case))
  }
}
out <- list(id = "strata_metafor", title = "Random strata, cells of 0", source = paste("metafor",
  packageVersion("metafor"), "and stats"), r_call = "rma.mh, mantelhaen.test(exact = TRUE)",
  r_version = R.version.string, rtol = 1e-11, cases = cases)
writeLines(toJSON(out, digits = NA, auto_unbox = TRUE), "strata_metafor.json")
