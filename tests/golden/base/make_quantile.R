# Rscript make_quantile.R > quantile.json
# Base R alone. Each row: the call, its arguments, its answer, all to 17 significant digits.
# Left out, because R 4.2.2 is wrong there: qt(0.5, 0.7), which is 0, and qt(1e-300, 3), which is
# -(2 sqrt(3) / pi)^(1/3) 1e100 by the leading term of the tail (R is off by 8e-9; by 3e-9 at df = 4).
number <- function(x) formatC(x, digits = 17, format = "g", width = 1)
row <- function(call, ...) {
  arguments <- c(...)
  value <- do.call(call$f, c(as.list(arguments), call$more))
  stopifnot(is.finite(value))
  sprintf('  {"call": "%s", "arguments": [%s], "value": %s}', call$name,
          paste(number(arguments), collapse = ", "), number(value))
}
upper <- list(lower.tail = FALSE)
calls <- list(
  qbeta = list(name = "qbeta", f = qbeta), qbeta_upper = list(name = "qbeta_upper", f = qbeta, more = upper),
  qgamma = list(name = "qgamma", f = qgamma), qgamma_upper = list(name = "qgamma_upper", f = qgamma, more = upper),
  qchisq = list(name = "qchisq", f = qchisq), qchisq_upper = list(name = "qchisq_upper", f = qchisq, more = upper),
  qt = list(name = "qt", f = qt), qnorm = list(name = "qnorm", f = qnorm),
  pbinom = list(name = "pbinom", f = pbinom), dbinom = list(name = "dbinom", f = dbinom))
rows <- character()
add <- function(name, ...) rows[[length(rows) + 1]] <<- row(calls[[name]], ...)

p <- c(1e-10, 0.005, 0.025, 0.3, 0.5, 0.975, 0.999)
for (q in p) {
  for (ab in list(c(3, 258), c(8, 1), c(1, 8), c(0.5, 0.5), c(0.5, 8.5), c(12, 15), c(500.5, 400.5),
                  c(0.1, 2.7), c(30000, 7), c(1e6, 1e6))) {
    add("qbeta", q, ab[1], ab[2])
  }
  for (ab in list(c(3, 258), c(8, 1), c(15.5, 0.5))) add("qbeta_upper", q, ab[1], ab[2])
  for (shape in c(0.1, 0.5, 1, 3.7, 50, 1160, 20000)) add("qgamma", q, shape)
  for (shape in c(0.5, 2, 1159, 12345)) add("qgamma_upper", q, shape)
  for (df in c(1, 2, 7, 100)) add("qchisq", q, df)
  add("qchisq_upper", q, 1)
  if (q != 0.5) for (df in c(0.7, 1, 2, 4.5, 30, 1000, 1e8)) add("qt", q, df)
  add("qnorm", q)
}
for (q in c(1e-300, 1e-100, 1e-20)) {
  for (ab in list(c(20, 30), c(500, 3), c(0.5, 40))) {
    add("qbeta", q, ab[1], ab[2])
    add("qbeta_upper", q, ab[1], ab[2])
  }
  for (shape in c(2, 40, 900)) {
    add("qgamma", q, shape)
    add("qgamma_upper", q, shape)
  }
  for (df in if (q > 1e-200) c(3, 50) else 50) add("qt", q, df)
  add("qnorm", q)
}
for (kn in list(c(0, 8), c(8, 8), c(7, 8), c(1, 29), c(81, 263), c(263, 1000), c(2, 100000))) {
  for (rate in c(1e-6, 0.05, 0.5, 0.93)) {
    if (dbinom(kn[1], kn[2], rate) > 0) add("dbinom", kn[1], kn[2], rate)
    if (pbinom(kn[1], kn[2], rate) > 0) add("pbinom", kn[1], kn[2], rate)
  }
}
cat(sprintf('{"id": "quantile", "r_version": "%s", "script": "make_quantile.R", "rows": [\n',
            R.version.string), paste(unlist(rows), collapse = ",\n"), "\n]}\n", sep = "")
