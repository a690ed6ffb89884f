# Mixed models for recovery.kinetics_cohort, on R's Orange:
#     Rscript make_kinetics_cohort.R > kinetics_cohort.json
suppressMessages(library(lme4))
numbers <- function(z) paste(trimws(formatC(unname(z), digits = 17, format = "g")), collapse = ", ")
field <- function(name, z) sprintf('"%s": [%s]', name, numbers(z))
d <- as.data.frame(Orange)
d$t <- d$age - min(d$age)
d$y <- log(d$circumference)
# an exponential curve with log error is a linear mixed model
control <- lmerControl(optimizer = "Nelder_Mead", optCtrl = list(FtolAbs = 1e-14, FtolRel = 1e-15,
  XtolRel = 1e-12, maxfun = 1e5), calc.derivs = FALSE)
linear <- lmer(y ~ t + (1 | Tree), d, REML = FALSE, control = control)
f <- deriv(~ exp(a) / (1 + exp((m - age) / exp(s))), c("a", "m", "s"), function(age, a, m, s) NULL)
curve <- nlmer(circumference ~ f(age, a, m, s) ~ a | Tree, d, start = c(a = 5.25, m = 727, s = 5.85))
cat("{", sprintf('"r": "%s", "lme4": "%s",', R.version.string, packageVersion("lme4")), "\n")
cat(field("tree", as.integer(as.character(d$Tree))), ",", field("age", d$age), ",",
  field("circumference", d$circumference), ",\n")
summarise <- function(fit, name) {
  cat(sprintf('"%s": {', name), field("fixed", fixef(fit)), ",",
    field("se", sqrt(diag(as.matrix(vcov(fit))))), ",",
    field("between", attr(VarCorr(fit)$Tree, "stddev")), ",", field("sd", sigma(fit)), ",",
    field("loglik", as.numeric(logLik(fit))), ",", field("mode", ranef(fit)$Tree[, 1]), ",",
    '"tree": [', paste(rownames(ranef(fit)$Tree), collapse = ", "), "]}")
}
summarise(linear, "linear"); cat(",\n"); summarise(curve, "curve"); cat("\n}\n")
