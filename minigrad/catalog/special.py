"""PyTorch's module of special functions, `mg.special`."""
from ..functions import log1p as log1p, logsumexp as logsumexp, sigmoid as expit
from .elementwise import (erf as erf, erfc as erfc, erfinv as erfinv, exp2 as exp2, expm1 as expm1,
                          sinc as sinc, xlogy as xlogy)
from .gamma import (digamma as digamma, lgamma as gammaln, mvlgamma as multigammaln,
                    polygamma as polygamma)

psi = digamma
