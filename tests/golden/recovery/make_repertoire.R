# Rscript make_repertoire.R: indices, rarefied richness with its standard error, and overlap, for the
# tests of recovery.repertoire. vegan's diversity, estimateR, rarefy, renyi and vegdist.
suppressMessages({library(vegan); library(jsonlite)})
set.seed(20)
samples <- list(
  memory = c(120, 30, 8, 3, 2, 1, 1, 1, 1),
  naive = c(3, 2, 2, 2, rep(1, 40)),
  deep = sort(round(1 + rexp(300)^4 * 20), decreasing = TRUE)
)
one <- function(x) {
  depth <- unique(round(seq(2, sum(x), length.out = 7)))
  depth <- depth[depth < sum(x)]
  rarefied <- rarefy(x, depth, se = TRUE)
  list(
    count = x, shannon = diversity(x), gini_simpson = diversity(x, "simpson"),
    hill_2 = diversity(x, "invsimpson"),
    orders = c(0.5, 1.5, 3), hill = as.numeric(renyi(x, c(0.5, 1.5, 3), hill = TRUE)),
    chao1 = estimateR(x)[["S.chao1"]],
    depth = depth, rarefied = as.numeric(rarefied[1, ]), rarefied_sd = as.numeric(rarefied[2, ])
  )
}
# clones 1 to 60 before, with some of them after
before <- c(rpois(50, 6), rep(0, 10))
after <- c(rep(0, 35), rpois(25, 3))
pair <- rbind(before, after)
shares <- decostand(pair, "total")
write_json(list(
  source = paste("vegan", packageVersion("vegan")), r_version = R.version.string, rtol = 1e-9,
  samples = lapply(samples, one),
  overlap = list(
    before = before, after = after,
    jaccard = 1 - as.numeric(vegdist(pair, "jaccard", binary = TRUE)),
    weighted_jaccard = 1 - as.numeric(vegdist(shares, "jaccard")),
    morisita_horn = 1 - as.numeric(vegdist(pair, "horn"))
  )
), "repertoire.json", auto_unbox = TRUE, digits = NA, pretty = FALSE)
