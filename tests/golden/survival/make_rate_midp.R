# Mid-P limits of Poisson counts by uniroot to the last digit: exactci stops at about 1e-5.
limits <- function(x, tail = 0.025) {
  upper <- function(m) 0.5 * (ppois(x, m) + ppois(x - 1, m)) - tail
  lower <- function(m) 0.5 * (ppois(x - 1, m, lower.tail = FALSE) + ppois(x, m, lower.tail = FALSE)) - tail
  find <- function(f, a, b) uniroot(f, c(a, b), tol = 1e-15, maxiter = 10000)$root
  c(if (x == 0) 0 else find(lower, 1e-9, x + 1), find(upper, x, 3 * x + 20))
}
counts <- c(0, 1, 2, 3, 5, 10, 11, 40, 137)
rows <- sapply(counts, function(x) {
  l <- limits(x)
  sprintf('{"x":%d,"midp":[%.17g,%.17g]}', x, l[1], l[2])
})
cat(sprintf('{"id":"rate_midp","source":"stats, make_rate_midp.R","r_version":"%s","rtol":1e-12,"expected":[%s]}\n',
  R.version.string, paste(rows, collapse = ",")))
