"""A TEAM: threads that run one call of a kernel together, without Python and its global lock.

A kernel that a team can run has the form

    def kernel(team, thread, number, ...):
        give(team, thread)
        first, last = take(team, thread, number)
        while first < last:
            ...                                  # the work first ... last - 1
            first, last = take(team, thread, number)

`give` notes on the team's board the address of the kernel and what it was called with. A helper, which waits in `help`,
calls the same kernel with the same arguments, except that `thread` is its own number, from 1 on; the caller's is 0.
`take` gives each of them the next part of the work until none is left. Then it closes the door, and the caller waits in
it until the helpers are out of the kernel: what the arguments point to may be gone as soon as the caller returns.

Whatever can fail for lack of memory stands before `give`: when the caller leaves its kernel by an error, the helpers are
still in it.

The board is described in ../../pool.py. The numbers on it that several threads change are read and written atomically,
so that what one thread wrote before is visible to the one that reads (atomic.py). With NUMBA_DISABLE_JIT=1 there are no
helpers.
"""

from llvmlite import ir
from numba import config, njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from siamese_np.kernels.compiled.atomic import add, pause, read, step_aside
from siamese_np.kernels.compiled.options import COMPILED
from siamese_np.pool import ARGUMENTS, BOARD, DOOR, FAILED, FUNCTION, GIVEN, NEXT, OPEN, PARTS

INT64, INT32 = ir.IntType(64), ir.IntType(32)
ENTER = ir.FunctionType(ir.VoidType(), [INT64.as_pointer(), INT64])  # (board, thread)
NUMBERS_OF_AN_ARRAY = 7  # that Numba hands over for an array of one dimension: so many stand before `thread`
# A virtual machine may lose its core to others where one pause follows the other at once: it seems to have nothing to do.
LOOKS_PER_PAUSE = 128
MANY_LOOKS = 1_000_000  # some tenths of a millisecond: the system has taken the core away from a helper
OWNER = (".0", ".1")  # how Numba's names of the first two of them end
RETURNED_NOTHING = -2  # the status of a function without a result


@intrinsic
def give(context, team, thread):
    """Begin: a caller (thread 0) gives the kernel in which this stands to the helpers, if its team has any."""

    def emit(context, builder, signature, arguments):
        board = context.make_array(signature.args[0])(context, builder, arguments[0]).data

        def place(at):
            return builder.gep(board, [INT64(at)])

        with builder.if_then(builder.icmp_signed("==", arguments[1], arguments[1].type(0))):
            builder.store(INT64(0), place(NEXT))
            with builder.if_then(builder.icmp_signed(">", builder.load(place(PARTS)), INT64(1))):
                _publish(builder, place)
                builder.atomic_rmw("add", place(DOOR), INT64(OPEN), "seq_cst")
                builder.atomic_rmw("add", place(GIVEN), INT64(1), "seq_cst")
        return context.get_dummy_value()

    return types.none(team, thread), emit


def _publish(builder, place):
    """The kernel that is being built, and its arguments -> the board."""
    kernel = builder.function
    _, _, *values = kernel.args  # without the places for the result and for an error
    if ARGUMENTS + len(values) > BOARD:
        raise NotImplementedError(f"a kernel takes {len(values)} arguments, and the board has less room")
    for at, value in enumerate(values, ARGUMENTS):
        builder.store(value, builder.bitcast(place(at), value.type.as_pointer()))
    builder.store(builder.ptrtoint(_enter(builder.module, kernel), INT64), place(FUNCTION))
    builder.store(INT64(0), place(FAILED))


def _enter(module, kernel):
    """The function ENTER: calls the kernel with the arguments on the board, but with the thread that it is given.

    The first two numbers of an array say who owns its memory. A helper gets none: then Numba counts no references to it.
    Threads that count in one place would wait for each other at every slice of an array.
    """
    enter = ir.Function(module, ENTER, f"{kernel.name}.enter")
    enter.linkage = "internal"
    builder = ir.IRBuilder(enter.append_basic_block())
    board, thread = enter.args
    result, error, *wanted = (argument.type for argument in kernel.args)
    values = [
        builder.load(builder.bitcast(builder.gep(board, [INT64(at)]), kind.as_pointer()))
        for at, kind in enumerate(wanted, ARGUMENTS)
    ]
    for at, argument in enumerate(kernel.args[2:]):
        if isinstance(argument.type, ir.PointerType) and argument.name.endswith(OWNER):
            values[at] = ir.Constant(argument.type, None)
    values[NUMBERS_OF_AN_ARRAY] = thread
    places = [cgutils.alloca_once(builder, kind.pointee) for kind in (result, error)]
    status = builder.call(kernel, places + values)
    fine = builder.or_(*(builder.icmp_signed("==", status, INT32(code)) for code in (0, RETURNED_NOTHING)))
    with builder.if_then(builder.not_(fine)):
        builder.store(INT64(1), builder.gep(board, [INT64(FAILED)]))
    builder.ret_void()
    return enter


@intrinsic
def _call(context, board, thread):
    """FUNCTION(board, thread)."""

    def emit(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        function = builder.inttoptr(builder.load(builder.gep(data, [INT64(FUNCTION)])), ENTER.as_pointer())
        builder.call(function, [data, arguments[1]])
        return context.get_dummy_value()

    return types.none(board, thread), emit


if config.DISABLE_JIT:

    def give(team, thread):
        team[NEXT] = 0


@njit(**COMPILED)
def close(team):
    """Close the door, where it is open, and wait until all helpers are out."""
    if read(team, DOOR) >= 0:
        add(team, DOOR, -OPEN)
    looks = 0
    while read(team, DOOR) != -OPEN:
        looks += 1
        if looks % LOOKS_PER_PAUSE == 0:
            pause()
            if looks > MANY_LOOKS:
                step_aside()


@njit(**COMPILED)
def take(team, thread, number):
    """The next part of the numbers 0 ... `number` - 1: its first, and the one behind its last. (0, 0): none is left."""
    part, parts = add(team, NEXT, 1), min(team[PARTS], number)
    if part >= parts:
        if thread == 0:
            close(team)
        return 0, 0
    return part * number // parts, (part + 1) * number // parts


@njit(**COMPILED)
def help(team, thread, given, turns):  # noqa: A001
    """Run the kernels that are given after the job number `given`, until there is none for so many looks, or a job is
    Python code -> the number of the last job that was a kernel."""
    left = turns
    while left > 0:
        newest = read(team, GIVEN)
        if newest > given:
            if team[FUNCTION] == 0:
                return given
            given = newest
            if add(team, DOOR, 1) >= 0:
                _call(team, thread)
            add(team, DOOR, -1)
            left = turns
        else:
            left -= 1
            if left % LOOKS_PER_PAUSE == 0:
                pause()
    return given


@njit(**COMPILED)
def announce(team):
    """One job more was given: what stands on the board now is visible to a helper that sees it."""
    add(team, GIVEN, 1)
