"""What is put to the test: functions from bytes to nothing, which raise for a defect alone."""

from collections.abc import Mapping

from tests.soak.mutation import Target
from tests.soak.targets import answers, commands, config, files, plans, values

TARGETS: Mapping[str, Target] = {
    **files.TARGETS,
    **plans.TARGETS,
    **answers.TARGETS,
    **config.TARGETS,
    **values.TARGETS,
    **commands.TARGETS,
}
