using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Fuzz;

/// <summary>Runs a sequence of operations on a table and on a sorted dictionary: every answer must be the same, and at the end nothing may be out.</summary>
internal static class TableFuzz
{
    /// <summary>For values of every kind: always inline, sometimes, never, of a page.</summary>
    public static readonly IReadOnlyDictionary<string, Action<IReadOnlyList<TableOp>>> ByValue = new Dictionary<string, Action<IReadOnlyList<TableOp>>>
    {
        ["byte"] = Run<byte>,
        ["ushort"] = Run<ushort>,
        ["int"] = Run<int>,
        ["7 bytes"] = Run<Seven>,
        ["long"] = Run<long>,
        ["ulong"] = Run<ulong>,
        ["double"] = Run<double>,
        ["DateTime"] = Run<DateTime>,
        ["9 bytes"] = Run<Nine>,
        ["Guid"] = Run<Guid>,
        ["200 bytes"] = Run<TwoHundred>,
        ["4072 bytes"] = Run<PageWide>,
    };

    [StructLayout(LayoutKind.Sequential, Size = 7)]
    private readonly record struct Seven(byte First);

    [StructLayout(LayoutKind.Sequential, Size = 9)]
    private readonly record struct Nine(byte First);

    [StructLayout(LayoutKind.Sequential, Size = 200)]
    private readonly record struct TwoHundred(byte First);

    [StructLayout(LayoutKind.Sequential, Size = 4072)]
    private readonly record struct PageWide(byte First);

    private static void Run<TValue>(IReadOnlyList<TableOp> operations) where TValue : unmanaged
    {
        using var pages = new PageAllocator(new PageAllocatorOptions { TrimsWhenIdle = false, Hardening = Enum.Parse<Hardening>(TestMemory.Hardening) });
        using var domain = new RcuDomain(new RcuDomainOptions { Mode = ReclaimerMode.Inline });
        using (var table = new RadixTable<TValue>(new RadixTableOptions { Allocator = pages, Domain = domain }))
        {
            var oracle = new SortedDictionary<ulong, TValue>();
            foreach (TableOp op in operations)
            {
                Do(op, table, oracle, domain, pages);
                Assert.Equal(oracle.Count, table.Count);
                Look(op.Key);
                // Its like in another place, which may lead to the same node.
                Look(op.Key ^ 1UL << (int)(op.Value % 64));
            }
            Assert.Equal(oracle.Select(e => (e.Key, Bits(e.Value))), table.Select(e => (e.Key, Bits(e.Value))));
            table.Clear();
            domain.Barrier();
            Assert.Equal((0L, 0L), (pages.GetStatistics().LivePages, pages.GetStatistics().LiveBlocks));

            void Look(ulong key) => Same(oracle.TryGetValue(key, out TValue expected), expected, table.TryGetValue(key, out TValue actual), actual);
        }
    }

    private static void Do<TValue>(TableOp op, RadixTable<TValue> table, SortedDictionary<ulong, TValue> oracle, RcuDomain domain, PageAllocator pages)
        where TValue : unmanaged
    {
        (ulong key, TValue value) = (op.Key, Make<TValue>(op.Value));
        (ulong first, ulong last) = key <= op.Other ? (key, op.Other) : (op.Other, key);
        bool has = oracle.TryGetValue(key, out TValue present);
        TValue expected = has && (op.Other & 1) == 0 ? present : Make<TValue>(~op.Value);
        // As the type compares, which is not always bit by bit.
        bool matches = has && EqualityComparer<TValue>.Default.Equals(present, expected);
        switch (op.Kind)
        {
            case TableOpKind.Set:
                table[key] = value;
                oracle[key] = value;
                break;
            case TableOpKind.Add:
                Assert.Equal(!has, table.TryAdd(key, value));
                oracle.TryAdd(key, value);
                break;
            case TableOpKind.Get:
                Same(has, present, table.TryGetValue(key, out TValue got), got);
                Assert.Equal(has, table.ContainsKey(key));
                break;
            case TableOpKind.Remove:
                Same(has, present, table.TryRemove(key, out TValue removed), removed);
                oracle.Remove(key);
                break;
            case TableOpKind.RemoveExpected:
                Assert.Equal(matches, table.TryRemove(key, expected));
                if (matches) oracle.Remove(key);
                break;
            case TableOpKind.Update:
                Assert.Equal(matches, table.TryUpdate(key, value, expected));
                if (matches) oracle[key] = value;
                break;
            case TableOpKind.GetOrAdd:
                Same(true, has ? present : value, true, table.GetOrAdd(key, _ => value));
                oracle.TryAdd(key, value);
                break;
            case TableOpKind.AddOrUpdate:
                Same(true, value, true, table.AddOrUpdate(key, value, (_, was) =>
                {
                    Same(has, present, true, was);
                    return value;
                }));
                oracle[key] = value;
                break;
            case TableOpKind.RemoveRange:
                ulong[] gone = [.. oracle.Keys.Where(k => k >= first && k <= last)];
                Assert.Equal(gone.Length, table.RemoveRange(first, last));
                foreach (ulong k in gone) oracle.Remove(k);
                break;
            case TableOpKind.Enumerate:
                Assert.Equal(
                    oracle.Where(e => e.Key >= first && e.Key <= last).Select(e => (e.Key, Bits(e.Value))),
                    table.EnumerateRange(first, last).Select(e => (e.Key, Bits(e.Value))));
                break;
            case TableOpKind.EnumerateSome:
                int some = (int)(op.Value % 70);
                Assert.Equal(oracle.Keys.Where(k => k >= first && k <= last).Take(some), table.EnumerateRange(first, last).Take(some).Select(e => e.Key));
                break;
            case TableOpKind.GetInSection:
                using (ReadSection section = domain.Enter())
                {
                    Same(has, present, table.TryGetValue(in section, key, out TValue within), within);
                    table.TryAdd(key, value);
                    Same(true, has ? present : value, table.TryGetValue(in section, key, out within), within);
                }
                oracle.TryAdd(key, value);
                break;
            case TableOpKind.Trim:
                table.Trim();
                break;
            case TableOpKind.TrimPages:
                pages.Trim();
                break;
            case TableOpKind.Barrier:
                domain.Barrier();
                Assert.Equal(0, table.GetStatistics().PendingPages);
                break;
            case TableOpKind.Fill:
                for (ulong i = 0, block = key & ~511UL; i < 512; i++)
                {
                    TValue own = Make<TValue>(op.Value + i);
                    table[block + i] = own;
                    oracle[block + i] = own;
                }
                break;
            default:
                table.Clear();
                oracle.Clear();
                break;
        }
    }

    // Zero, all ones and few bits are as likely as anything, since encodings have their borders there.
    private static TValue Make<TValue>(ulong seed) where TValue : unmanaged
    {
        TValue value = default;
        Span<byte> bytes = MemoryMarshal.AsBytes(new Span<TValue>(ref value));
        Span<ulong> word = [seed];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = (byte)(MemoryMarshal.AsBytes(word)[i % 8] ^ (i < 8 ? 0 : i));
        return typeof(TValue) == typeof(DateTime) ? (TValue)(object)new DateTime((long)(seed % (ulong)DateTime.MaxValue.Ticks), (DateTimeKind)(seed % 3)) : value;
    }

    private static void Same<TValue>(bool expected, TValue expectedValue, bool actual, TValue actualValue) where TValue : unmanaged
    {
        Assert.Equal(expected, actual);
        if (expected) Assert.True(Bits(expectedValue) == Bits(actualValue), $"{Bits(actualValue)} instead of {Bits(expectedValue)}");
    }

    private static string Bits<TValue>(TValue value) where TValue : unmanaged =>
        Convert.ToHexString(MemoryMarshal.AsBytes(new ReadOnlySpan<TValue>(in value))[..Math.Min(Unsafe.SizeOf<TValue>(), 64)]);
}
