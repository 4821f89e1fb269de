"""Looking for a change that another thread makes, without sleeping and without Python's global lock (../../pool.py).

A plain loop would not do: the compiler may read a number once and then believe that it stays what it is. An atomic read
(acquire) happens each time, and what the other thread wrote before is then visible too.
"""

import platform

from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from siamese_np.kernels.compiled.options import COMPILED

# The instruction that tells the processor: this thread only waits. A second thread on the same core gets its units then.
PAUSE = {"x86_64": ("llvm.x86.sse2.pause", []), "aarch64": ("llvm.aarch64.hint", [ir.IntType(32)(1)])}
MACHINE = {"AMD64": "x86_64", "arm64": "aarch64"}.get(platform.machine(), platform.machine())


@intrinsic
def _read(context, board, at):
    """board[at] of an int64 array, read atomically."""

    def emit(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        return builder.load_atomic(builder.gep(array.data, [arguments[1]]), "acquire", 8)

    return types.int64(board, at), emit


@intrinsic
def _pause(context):
    def emit(context, builder, signature, arguments):
        if MACHINE in PAUSE:
            name, operands = PAUSE[MACHINE]
            kind = ir.FunctionType(ir.VoidType(), [operand.type for operand in operands])
            builder.call(builder.module.declare_intrinsic(name, (), kind), operands)
        return context.get_dummy_value()

    return types.none(), emit


@njit(**COMPILED)
def reaches(board, at, number, turns):
    """Whether board[at] (int64) reaches `number` while it is looked at so many times."""
    for _ in range(turns):
        if _read(board, at) >= number:
            return True
        _pause()
    return False
