# Witnesses for recovery.expansion_cohort, on simulated patients without values below a limit:
#     Rscript make_expansion_cohort.R > expansion_cohort.json
# Height and day of the peak differ between patients. Given the day, log copies are jointly normal, so
# that the likelihood is an integral over the day alone: by R's integrate between samples, and optim.
suppressMessages(library(nlme))
numbers <- function(z) paste(trimws(formatC(unname(z), digits = 17, format = "g")), collapse = ", ")
field <- function(name, z) sprintf('"%s": [%s]', name, numbers(z))
set.seed(2019)
day <- c(1, 3, 5, 7, 9, 11, 14, 21, 28)
n <- 8
shape <- function(t, logt, fold, alpha) {
  peak <- exp(logt)
  ifelse(t < peak, fold * (t / peak - 1), -exp(alpha) * (t - peak))
}
d <- do.call(rbind, lapply(1:n, function(i) data.frame(who = i, day = day,
  y = round(10.1 + 0.8 * rnorm(1) + shape(day, 2.2 + 0.35 * rnorm(1), 8.3, -1.8) +
    0.4 * rnorm(length(day)), 3))))
own <- function(p, y, t) {
  w2 <- exp(2 * p[5]); s2 <- exp(2 * p[7]); m <- length(y)
  density <- function(u) sapply(u, function(one) {
    r <- y - p[1] - shape(t, one, p[3], p[4])
    q <- (sum(r^2) - w2 * sum(r)^2 / (s2 + m * w2)) / s2
    exp(-q / 2 - m * (p[7] + log(2 * pi) / 2) - log1p(m * w2 / s2) / 2) * dnorm(one, p[2], exp(p[6]))
  })
  ends <- sort(c(p[2] - 9 * exp(p[6]), log(t), p[2] + 9 * exp(p[6])))
  sum(mapply(function(a, b) integrate(density, a, b, rel.tol = 1e-10, stop.on.error = FALSE)$value,
    head(ends, -1), tail(ends, -1)))
}
minus <- function(p) -sum(sapply(split(d, d$who), function(x) log(own(p, x$y, x$day))))
start <- c(10, 2.2, 8, -1.8, log(0.8), log(0.35), log(0.4))
fit <- optim(start, minus, method = "BFGS", control = list(reltol = 1e-13, maxit = 500))
fit <- optim(fit$par, minus, method = "BFGS", hessian = TRUE, control = list(reltol = 1e-14, maxit = 500))
linear <- tryCatch(nlme(y ~ cmax + shape(day, tmax, fold, alpha), d, fixed = cmax + tmax + fold + alpha ~ 1,
  random = pdDiag(cmax + tmax ~ 1), groups = ~who, start = fit$par[1:4], method = "ML",
  control = nlmeControl(returnObject = TRUE, msMaxIter = 200, maxIter = 200)), error = function(e) NULL,
  warning = function(w) NULL)
cat("{", sprintf('"r": "%s", "nlme": "%s",', R.version.string, packageVersion("nlme")), "\n")
cat(field("who", d$who), ",", field("day", d$day), ",", field("log_copies", d$y), ",\n")
cat('"exact": {', field("fixed", fit$par[1:4]), ",", field("between", exp(fit$par[5:6])), ",",
  field("sd", exp(fit$par[7])), ",", field("loglik", -fit$value), ",",
  field("se", sqrt(diag(solve(fit$hessian)))), "}")
if (!is.null(linear)) {
  cat(",\n", '"nlme_fit": {', field("fixed", fixef(linear)), ",",
    field("between", as.numeric(VarCorr(linear)[1:2, 2])), ",", field("sd", sigma(linear)), ",",
    field("loglik", as.numeric(logLik(linear))), "}")
}
cat("\n}\n")
