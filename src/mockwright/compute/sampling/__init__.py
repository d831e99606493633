"""Drawing of columns: their marginal distributions, the copula, and the sampler of both."""
