"""What compiled tokenisers see of a text at once: 64 bytes as bit masks, eight bytes as a number.

LLVM makes two instructions of a mask where the processor has them, and a correct detour elsewhere.
"""

# ruff: noqa: ARG001  numba hands every argument to an intrinsic twice: as a type here, as a value to `generate`
from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: Bytes that are sorted at once. A buffer has as many NULs behind its text, so that no window leaves it.
WINDOW = 64
#: The first byte at which a window may begin, as its first digits are read with the bytes before them.
FIRST_WINDOW = 9


@intrinsic  # type: ignore[untyped-decorator]
def bytes_within(_context: Any, data: Any, at: Any, first: Any, last: Any) -> Any:
    """An int64 whose bit i says whether byte `at + i` of uint8 `data` lies in first .. last."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        window = ir.VectorType(ir.IntType(8), WINDOW)
        block = _load(context, builder, signature, arguments, window)
        low, high = (_spread(builder, value, window) for value in arguments[2:])
        inside = builder.icmp_unsigned("<=", builder.sub(block, low), builder.sub(high, low))
        return builder.bitcast(inside, ir.IntType(WINDOW))

    return types.int64(data, types.int64, types.uint8, types.uint8), generate


@intrinsic  # type: ignore[untyped-decorator]
def eight_bytes(_context: Any, data: Any, at: Any) -> Any:
    """Bytes `at` to `at + 7` of uint8 `data` as an int64, the first lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature, arguments, ir.IntType(64))

    return types.int64(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def first_bit(_context: Any, mask: Any) -> Any:
    """Number of the lowest bit that is set in an int64; 64 where none is."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def last_bit(_context: Any, mask: Any) -> Any:
    """Number of the highest bit that is set in an int64; -1 where none is."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        zeros = builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))
        return builder.sub(ir.Constant(ir.IntType(64), 63), zeros)

    return types.int64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def count_bits(_context: Any, mask: Any) -> Any:
    """How many bits are set in an int64."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate


def _load(context: Any, builder: Any, signature: Any, arguments: Any, kind: Any) -> Any:
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    place = cgutils.pointer_add(builder, array.data, arguments[1], kind.as_pointer())
    block = builder.load(place)
    block.align = 1
    return block


def _spread(builder: Any, value: Any, window: Any) -> Any:
    one = builder.insert_element(ir.Constant(window, ir.Undefined), value, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(one, one, ir.Constant(ir.VectorType(ir.IntType(32), window.count), None))
