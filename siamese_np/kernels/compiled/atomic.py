"""Reading and changing a number that other threads change: places of an int64 array of one dimension.

A plain loop would not do: the compiler may read a number once and then believe that it stays what it is. These happen
each time, and with `read` and `add` all that the other thread wrote before is visible too. With NUMBA_DISABLE_JIT=1,
where one thread works alone, they are plain Python.
"""

import os
import platform

from llvmlite import ir
from numba import config, types
from numba.core import cgutils
from numba.extending import intrinsic

# The instruction that tells the processor: this thread only waits. A second thread on the same core gets its units then.
PAUSE = {"x86_64": ("llvm.x86.sse2.pause", []), "aarch64": ("llvm.aarch64.hint", [ir.IntType(32)(1)])}
MACHINE = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())


def _place(context, builder, array_type, array, at):
    """The address of array[at]."""
    return builder.gep(context.make_array(array_type)(context, builder, array).data, [at])


@intrinsic
def read(context, array, at):
    """array[at]."""

    def emit(context, builder, signature, arguments):
        return builder.load_atomic(_place(context, builder, signature.args[0], *arguments), "acquire", 8)

    return types.int64(array, at), emit


@intrinsic
def add(context, array, at, amount):
    """array[at] += amount -> what it was before."""

    def emit(context, builder, signature, arguments):
        place = _place(context, builder, signature.args[0], *arguments[:2])
        return builder.atomic_rmw("add", place, arguments[2], "seq_cst")

    return types.int64(array, at, types.int64), emit


@intrinsic
def pause(context):
    """A moment of waiting."""

    def emit(context, builder, signature, arguments):
        if MACHINE in PAUSE:
            name, operands = PAUSE[MACHINE]
            kind = ir.FunctionType(ir.VoidType(), [operand.type for operand in operands])
            builder.call(builder.module.declare_intrinsic(name, (), kind), operands)
        return context.get_dummy_value()

    return types.none(), emit


@intrinsic
def step_aside(context):
    """Another thread may have this core for a while."""

    def emit(context, builder, signature, arguments):
        if os.name == "posix":
            kind = ir.FunctionType(ir.IntType(32), [])
            builder.call(cgutils.get_or_insert_function(builder.module, kind, "sched_yield"), [])
        return context.get_dummy_value()

    return types.none(), emit


if config.DISABLE_JIT:

    def read(array, at):
        return int(array[at])

    def add(array, at, amount):
        before = int(array[at])
        array[at] += amount
        return before

    def pause():
        pass

    step_aside = pause
