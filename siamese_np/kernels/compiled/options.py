"""How the kernels are compiled and shared out."""

FEW_IMAGES = 8  # up to so many, one core is as fast as several: they run on the caller's own thread, without the lock
MOST_SLABS = 16  # images are shared out in at most so many slabs

# contract and reassoc let the compiler use fused multiply-add and vector sums; nsz and arcp ignore the sign of zero and
# divide by multiplying. NaN and infinity stay what they are, as they would not under fastmath=True.
SERIAL = {"cache": True, "nogil": True, "fastmath": {"contract", "reassoc", "nsz", "arcp"}}
PARALLEL = {**SERIAL, "parallel": True}
