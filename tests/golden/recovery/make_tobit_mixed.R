# Rscript make_tobit_mixed.R: repeated values without limits for lme4, and with limits of all kinds, for
# the tests of recovery.tobit_mixed. R has no reference for the second: the log-likelihood is integrated
# patient by patient (integrate) and maximised (optim, then nlm); it agrees to 1e-7 or so.
suppressMessages({library(lme4); library(jsonlite)})
set.seed(20261126)
patients <- 12
visits <- c(4, 4, 3, 4, 2, 4, 4, 1, 4, 3, 4, 4)
patient <- rep(seq_len(patients), visits)
group <- as.numeric(patient > 6)
month <- unlist(lapply(visits, seq_len))
y <- round(-0.4 + 0.5 * group + 0.3 * month + rnorm(patients)[patient] * 0.7 +
  rnorm(length(patient)) * 0.5, 2)
tight <- lmerControl(optimizer = "Nelder_Mead", optCtrl = list(xtol_abs = 1e-12, ftol_abs = 1e-14,
  FtolAbs = 1e-15, FtolRel = 1e-17, XtolRel = 1e-12, maxfun = 1e5))
fit <- lmer(y ~ group + month + (1 | patient), REML = FALSE, control = tight)
again <- update(fit, start = getME(fit, "theta"))
plain <- lm(y ~ group + month)
effects <- ranef(again, condVar = TRUE)$patient
sds <- as.data.frame(VarCorr(again))$sdcor

limit <- 0
below <- y < limit
above <- y > 1.8
low <- ifelse(below, -Inf, y)
high <- ifelse(below, limit, ifelse(above, Inf, y))
low <- ifelse(above, 1.8, low)
between <- !below & !above & month == 3
low[between] <- y[between] - 0.25
high[between] <- y[between] + 0.25
x <- cbind(1, group, month)
log_rows <- function(rows, u, theta) {
  sd <- exp(theta[4]); b <- exp(theta[5]) * u
  sapply(b, function(effect) {
    m <- drop(x[rows, , drop = FALSE] %*% theta[1:3]) + effect
    l <- low[rows]; h <- high[rows]
    sum(ifelse(l == h, dnorm(l, m, sd, log = TRUE),
      ifelse(l == -Inf, pnorm(h, m, sd, log.p = TRUE),
        ifelse(h == Inf, pnorm(l, m, sd, lower.tail = FALSE, log.p = TRUE),
          log(pnorm(h, m, sd) - pnorm(l, m, sd))))))
  })
}
minus <- function(theta) {
  -sum(sapply(seq_len(patients), function(i) {
    rows <- which(patient == i)
    log(integrate(function(u) exp(log_rows(rows, u, theta) + dnorm(u, log = TRUE)), -9, 9,
      rel.tol = 1e-12, subdivisions = 500L)$value)
  }))
}
g <- optim(c(-0.4, 0.5, 0.3, log(0.5), log(0.7)), minus, method = "BFGS",
  control = list(reltol = 1e-14))
g <- nlm(minus, g$par, gradtol = 1e-10, steptol = 1e-12)
infinite <- function(v) ifelse(v == -Inf, "-inf", ifelse(v == Inf, "inf", v))
write_json(list(
  source = paste("lme4", packageVersion("lme4"), "and integrate"), r_version = R.version.string,
  inputs = list(patient = patient, group = group, month = month, y = y,
    low = infinite(low), high = infinite(high)),
  expected = list(
    lme4 = list(coef = unname(fixef(again)), patient_sd = sds[1], sd = sds[2],
      loglik = as.numeric(logLik(again)), loglik_plain = as.numeric(logLik(plain)),
      vcov = unname(as.matrix(vcov(again))), effect = effects[["(Intercept)"]],
      effect_sd = sqrt(drop(attr(effects, "postVar")))),
    limits = list(coef = g$estimate[1:3], sd = exp(g$estimate[4]), patient_sd = exp(g$estimate[5]),
      loglik = -g$minimum))),
  "tobit_mixed.json", digits = NA, auto_unbox = TRUE, pretty = TRUE)
