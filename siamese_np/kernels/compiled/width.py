"""The widest vectors of the processor, for these kernels alone.

For many Intel processors with AVX-512 the compiler prefers vectors of 256 bits to those of 512, since the first of
them lowered their clock for the wide ones. These kernels were up to a tenth slower by that, and their blocks are made
for the wide registers. A function may state another preference, as an attribute that the compiler reads for this
function and nothing else. A processor without such vectors takes the widest that it has.

Nothing of Numba's settings is changed: a user's own functions are compiled as always, and NUMBA_CPU_NAME and
NUMBA_CPU_FEATURES still choose the processor (features without AVX-512 leave out the wide vectors here too).
The class Wide is a compiler pipeline, which Numba lets each function choose.
"""

from numba.core.compiler import Compiler
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.lowering import Lower
from numba.core.typed_passes import BaseNativeLowering, NativeLowering

ATTRIBUTE = '"prefer-vector-width"="512"'


class _WideLower(Lower):
    def setup_function(self, *arguments) -> None:
        super().setup_function(*arguments)
        set.add(self.function.attributes, ATTRIBUTE)  # their own `add` refuses attributes that have a value


@register_pass(mutates_CFG=True, analysis_only=False)
class _WideLowering(BaseNativeLowering):
    _name = "wide_native_lowering"

    @property
    def lowering_class(self) -> type[Lower]:
        return _WideLower


class Wide(Compiler):
    """Numba's own pipeline, except that each function gets the attribute."""

    def define_pipelines(self) -> list[PassManager]:
        pipelines = super().define_pipelines()
        for pipeline in pipelines:
            pipeline.passes = [
                (_WideLowering if step is NativeLowering else step, what) for step, what in pipeline.passes
            ]
        return pipelines
