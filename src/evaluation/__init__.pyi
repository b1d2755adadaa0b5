from evaluation.api.analyses import analyse as analyse
from evaluation.api.design import Design as Design
from evaluation.api.design import design as design
from evaluation.api.effect import Effect as Effect
from evaluation.api.fit import Fit as Fit
from evaluation.api.fit import fit as fit
from evaluation.api.inference import test as test
from evaluation.api.panel import Panel as Panel
from evaluation.api.studies import load as load
from evaluation.api.summary import TestSummary as TestSummary
from evaluation.study.errors import EstimationError as EstimationError
from evaluation.study.errors import InputError as InputError

__version__: str
