"""The targets of the fuzzer: functions that take bytes and raise only for a defect."""

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
