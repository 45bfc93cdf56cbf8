"""Gives compiled parsers fast access to text: 64 bytes as a bit mask, and eight bytes as one number.

LLVM makes two instructions of a mask if the processor has them, and slower correct code otherwise.
"""

# ruff: noqa: ARG001  numba hands every argument to an intrinsic twice: as a type here, as a value to `generate`
from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

#: Number of bytes in a window. A buffer has as many NULs after its text, so that no window leaves the buffer.
WINDOW = 64
#: First byte at which a window may begin: its first digits are read together with the bytes before them.
FIRST_WINDOW = 9


@intrinsic  # type: ignore[untyped-decorator]
def bytes_within(_context: Any, data: Any, at: Any, first: Any, last: Any) -> Any:
    """Returns an int64 whose bit i is set if byte `at + i` of uint8 `data` lies in first .. last."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        window = ir.VectorType(ir.IntType(8), WINDOW)
        block = _load(context, builder, signature, arguments, window)
        low, high = (_spread(builder, value, window) for value in arguments[2:])
        inside = builder.icmp_unsigned("<=", builder.sub(block, low), builder.sub(high, low))
        return builder.bitcast(inside, ir.IntType(WINDOW))

    return types.int64(data, types.int64, types.uint8, types.uint8), generate


@intrinsic  # type: ignore[untyped-decorator]
def eight_bytes(_context: Any, data: Any, at: Any) -> Any:
    """Returns bytes `at` to `at + 7` of uint8 `data` as an int64, the first byte lowest."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _load(context, builder, signature, arguments, ir.IntType(64))

    return types.int64(data, types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def first_bit(_context: Any, mask: Any) -> Any:
    """Returns the number of the lowest set bit of an int64; 64 if no bit is set."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def last_bit(_context: Any, mask: Any) -> Any:
    """Returns the number of the highest set bit of an int64; -1 if no bit is set."""

    def generate(_: Any, builder: Any, __: Any, arguments: Any) -> Any:
        zeros = builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 0))
        return builder.sub(ir.Constant(ir.IntType(64), 63), zeros)

    return types.int64(types.int64), generate


@intrinsic  # type: ignore[untyped-decorator]
def count_bits(_context: Any, mask: Any) -> Any:
    """Returns how many bits of an int64 are set."""

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
