# Writes pooled_metafor.json: Rscript tests/golden/response/make_pooled.R > tests/golden/response/pooled_metafor.json
suppressMessages({
  library(metafor)
  library(jsonlite)
})
tight <- list(threshold = 1e-13, tol = 1e-13, maxiter = 10000)
data <- list(
  moderate = list(x = c(4, 2, 6, 7, 3, 9, 11), n = c(7, 5, 9, 8, 6, 14, 13),
                  mod = c(1, 2.5, 0.5, 3, 2, 1.5, 4), g = c("a", "b", "a", "b", "a", "b", "b")),
  extreme = list(x = c(5, 0, 7, 3, 10, 2, 6, 9), n = c(5, 4, 9, 3, 12, 7, 6, 11),
                 mod = c(0, 3, 1, 2, 5, 4, 1, 2), g = c("a", "a", "b", "b", "b", "a", "a", "b")),
  equal = list(x = c(6, 7, 9, 5, 8), n = c(8, 9, 12, 7, 10),
               mod = c(1, 2, 3, 4, 6), g = c("a", "a", "b", "b", "b")),
  twelve = list(x = c(8, 3, 14, 5, 9, 1, 6, 12, 4, 20, 7, 2), n = c(8, 4, 15, 9, 12, 3, 6, 14, 7, 24, 11, 5),
                mod = c(3, 1, 2, 5, 4, 2, 6, 1, 3, 2, 5, 4),
                g = c("a", "b", "a", "b", "a", "b", "a", "b", "a", "b", "a", "b"))
)
measures <- c(logit = "PLO", raw = "PR", arcsine = "PAS", "freeman-tukey" = "PFT")
back <- function(measure, n) switch(measure,
  PLO = transf.ilogit, PR = function(y) pmin(pmax(y, 0), 1),
  PAS = function(y) sin(pmin(pmax(y, 0), pi / 2))^2,
  PFT = function(y) transf.ipft.hm(y, targs = list(ni = n)))
part <- function(fit) list(b = as.vector(fit$b), se = fit$se, low = fit$ci.lb, high = fit$ci.ub,
  tau2 = fit$tau2, q = fit$QE, q_pvalue = fit$QEp, i2 = fit$I2 / 100)
# every estimator solves its own equation to the last digit but REML and ML, which stop at `threshold`
rows <- function(d, measure, name) {
  e <- escalc(measure, xi = d$x, ni = d$n)
  v <- as.vector(e$vi); y <- as.vector(e$yi)
  out <- list(y = y, v = v)
  for (tau2 in c("REML", "ML", "DL", "PM", "SJ", "EB")) {
    fit <- function(...) rma(y, v, method = tau2, control = tight, ...)
    z <- fit(); t <- fit(test = "knha"); r <- fit(mods = ~ d$mod)
    interval <- confint(z, control = tight)$random
    normal <- predict(z); one <- predict(t)
    two <- predict(r, newmods = 2); g <- fit(mods = ~ d$g); gt <- fit(mods = ~ d$g, test = "knha")
    out[[tau2]] <- c(part(z), list(
      weights = as.vector(weights(z)),
      rate = as.vector(back(measure, d$n)(c(z$b, z$ci.lb, z$ci.ub))),
      tau2_low = interval["tau^2", "ci.lb"], tau2_high = interval["tau^2", "ci.ub"],
      normal = c(normal$pi.lb, normal$pi.ub),
      knapp_hartung = c(part(t), list(prediction = c(one$pi.lb, one$pi.ub))),
      regression = part(r), at_two = c(two$pred, two$se, two$ci.lb, two$ci.ub),
      subgroups = c(g$QM, g$QMp), subgroups_f = c(gt$QM, gt$QMp)))
  }
  fit <- rma(y, v, method = "REML", control = tight)
  left <- leave1out(fit)
  out$leave_one_out <- list(b = left$estimate, se = left$se, tau2 = left$tau2, q = left$Q)
  a <- rma(y[d$g == "a"], v[d$g == "a"], control = tight)
  b <- rma(y[d$g == "b"], v[d$g == "b"], control = tight)
  between <- rma(c(a$b, b$b), sei = c(a$se, b$se), method = "FE")
  out$separate <- list(q = between$QE, p = between$QEp)
  out
}
mixed <- function(d) {
  out <- list()
  for (nodes in c(7, 25)) {
    fit <- rma.glmm(measure = "PLO", xi = d$x, ni = d$n, nAGQ = nodes)
    out[[paste0("nodes_", nodes)]] <- list(b = as.vector(fit$b), se = fit$se, tau2 = fit$tau2)
  }
  r <- rma.glmm(measure = "PLO", xi = d$x, ni = d$n, mods = ~ d$mod, nAGQ = 25)
  out$regression <- list(b = as.vector(r$b), se = r$se, tau2 = r$tau2)
  out
}
# VGAM's beta-binomial: the logit of the mean, the logit of the correlation
beta <- function(d) {
  fit <- try(VGAM::vglm(cbind(d$x, d$n - d$x) ~ 1, VGAM::betabinomial(), epsilon = 1e-12), silent = TRUE)
  if (inherits(fit, "try-error")) return(NULL)
  list(b = unname(VGAM::coef(fit)[1]), correlation = unname(plogis(VGAM::coef(fit)[2])))
}
result <- lapply(data, function(d) {
  fits <- lapply(names(measures), function(name) rows(d, measures[[name]], name))
  names(fits) <- names(measures)
  list(x = d$x, n = d$n, moderator = d$mod, group = d$g, fits = fits,
       glmm = suppressWarnings(mixed(d)), beta_binomial = suppressWarnings(beta(d)))
})
cat(toJSON(list(source = paste("metafor", packageVersion("metafor"), "lme4", packageVersion("lme4"),
  "VGAM", packageVersion("VGAM"), R.version.string), data = result),
  auto_unbox = TRUE, digits = I(17), pretty = FALSE), "\n", sep = "")
