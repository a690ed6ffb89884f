# Fine-Gray regressions of random cohorts, iterated to the end (gtol = 1e-14; the default is 1e-6):
#   Rscript tests/golden/survival/make_fine_gray_random.R > tests/golden/survival/fine_gray_random.json
# R 4.2.2, cmprsk 2.2.11.
suppressMessages(library(cmprsk))
set.seed(20261125)
num <- function(x) paste0("[", paste(format(x, digits = 17, trim = TRUE), collapse = ", "), "]")
one <- function(case) {
  n <- c(15, 30, 70, 200)[case %% 4 + 1]
  p <- 1 + case %% 3
  x <- matrix(round(rnorm(n * p), 3), n)
  x[, 1] <- rep_len(0:1, n)
  time <- rexp(n, 0.08 * exp(0.3 * x[, 1]))
  time <- if (case %% 2) ceiling(time) else round(time, 6) + 0.001
  cause <- sample(0:2, n, TRUE, c(if (case %% 5) 0.3 else 0, 0.4, 0.3))
  fit <- crr(time, cause, x, gtol = 1e-14, maxiter = 100)
  at <- predict(fit, x[1:2, , drop = FALSE])
  paste0("{\"time\": ", num(time), ", \"cause\": ", num(cause), ", \"X\": ", num(t(x)), ", \"p\": ", p,
    ", \"coef\": ", num(fit$coef), ", \"cov\": ", num(fit$var), ", \"naive_cov\": ", num(fit$invinf),
    ", \"loglik\": ", num(c(fit$loglik, fit$loglik.null)), ", \"predict\": ", num(at), "}")
}
cat("{\"id\": \"fine_gray_random\", \"source\": \"cmprsk 2.2.11\", \"r_version\": \"R 4.2.2\", \"rtol\": 1e-08, \"cases\": [\n",
  paste(sapply(1:16, one), collapse = ",\n"), "\n]}\n", sep = "")
