using CsCheck;

namespace Alloc.Hostile.Tests.Fuzz;

/// <summary>Random operations whose keys lie where nodes begin and end, and near each other.</summary>
internal static class Generators
{
    private static readonly Gen<ulong> Border = Gen.Select(Gen.Int[0, 63], Gen.Int[-2, 2], (bit, delta) => (1UL << bit) + (ulong)delta);

    /// <summary>Few keys, so that operations meet; borders of tables and of the key space; anything.</summary>
    public static readonly Gen<ulong> Key = Gen.Frequency(
        (4, Gen.ULong[0, 20]),
        (4, Gen.Select(Gen.ULong[0, 40], Gen.ULong[0, 3], (table, index) => (table * 512) + (index is 3 ? 511 : index))),
        (3, Border),
        (1, Gen.ULong[0, 3].Select(back => ulong.MaxValue - back)),
        (1, Gen.ULong));

    private static readonly Gen<ulong> Value = Gen.Frequency((1, Gen.Const(0UL)), (1, Gen.Const(ulong.MaxValue)), (2, Border), (2, Gen.ULong));

    private static readonly Gen<TableOpKind> Kind = Gen.Frequency(
        (8, Gen.Const(TableOpKind.Set)), (8, Gen.Const(TableOpKind.Add)), (4, Gen.Const(TableOpKind.Get)), (10, Gen.Const(TableOpKind.Remove)),
        (3, Gen.Const(TableOpKind.RemoveExpected)), (3, Gen.Const(TableOpKind.Update)), (2, Gen.Const(TableOpKind.GetOrAdd)), (2, Gen.Const(TableOpKind.AddOrUpdate)),
        (2, Gen.Const(TableOpKind.RemoveRange)), (2, Gen.Const(TableOpKind.Enumerate)), (1, Gen.Const(TableOpKind.EnumerateSome)),
        (2, Gen.Const(TableOpKind.GetInSection)), (2, Gen.Const(TableOpKind.Trim)), (1, Gen.Const(TableOpKind.TrimPages)), (1, Gen.Const(TableOpKind.Barrier)),
        (1, Gen.Const(TableOpKind.Fill)));

    private static readonly Gen<TableOp> Op = Gen.Select(Kind, Key, Key, Value, (kind, key, other, value) => new TableOp(kind, key, other, value));

    /// <summary>Runs of neighbours now and then, so that nodes fill.</summary>
    private static readonly Gen<TableOp[]> Burst = Gen.Select(Gen.Int[1, 80], Kind, Key, Gen.Int[0, 2], Value, (count, kind, key, stride, value) =>
        kind is TableOpKind.Set or TableOpKind.Add or TableOpKind.Remove
            ? Enumerable.Range(0, count).Select(i => new TableOp(kind, key + (ulong)(i << (stride * 4)), 0, value + (ulong)i)).ToArray()
            : [new TableOp(kind, key, key + (ulong)count, value)]);

    public static readonly Gen<TableOp[]> Operations =
        Gen.Frequency((6, Op.Select(op => new[] { op })), (1, Burst)).Array[0, 120].Select(parts => parts.SelectMany(part => part).ToArray());
}
