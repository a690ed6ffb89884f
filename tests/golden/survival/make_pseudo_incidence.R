# Pseudo-observations of the cumulative incidence by leaving each patient out: prodlim 2019.11.13.
#     Rscript make_pseudo_incidence.R > pseudo_incidence.json
suppressMessages(library(prodlim))
set.seed(20261126)
case <- function(n, days) {
  time <- if (days) sample(1:9, n, TRUE) else round(rexp(n), 6)
  cause <- c(1, 2, 0, sample(0:2, n - 3, TRUE)) # with one cause prodlim would give survival
  at <- as.numeric(quantile(time, c(0.3, 0.6, 0.8), type = 1))
  value <- jackknife(prodlim(Hist(time, cause) ~ 1), times = at, cause = 1)
  list(time = time, cause = cause, at = at, value = as.vector(t(matrix(value, n))))
}
number <- function(x) paste0("[", paste(sprintf("%.17g", x), collapse = ", "), "]")
cases <- lapply(1:12, function(i) case(c(8, 15, 30)[i %% 3 + 1], i %% 2 == 0))
shown <- sapply(cases, function(c) paste0('{"time": ', number(c$time), ', "cause": ', number(c$cause),
  ', "at": ', number(c$at), ',\n "value": ', number(c$value), "}"))
cat('{"id": "pseudo_incidence", "source": "prodlim 2019.11.13, jackknife", "rtol": 1e-10, "cases": [\n',
  paste(shown, collapse = ",\n"), "\n]}\n", sep = "")
