using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.PageTable;

/// <summary>How many entries there are: a tally for each reader that changes the table, written by that reader only.</summary>
/// <remarks>
/// An atomic sum cost a dense insert a third of its time: a locked instruction holds up the loads after it. So whoever adds first owns the first tally, which
/// lies here, and from the second on each takes one of an array.
/// <para>N1: A tally is owned once and for good, by compare-and-swap, and only its owner adds to it, with plain loads and stores.</para>
/// <para>N2: An id passes to another thread only after its thread has died, and what that wrote is visible then (<see cref="Alloc.Rcu.ReadSection.ReaderId"/>). So a tally
/// has one writer at a time.</para>
/// <para><see cref="Value"/> is exact when nobody adds, otherwise off by at most what is being added meanwhile. Readers that find every tally
/// taken add atomically to the shared part of their processor's one.</para>
/// </remarks>
internal struct EntryCounter // a field of its user's, never copied
{
    private const int MostTallies = 256;

    private nuint _owner;
    private long _owned;
    private long _shared;
    private Tally[]? _others;

    public long Value
    {
        get
        {
            long sum = Volatile.Read(ref _owned) + Volatile.Read(ref _shared);
            if (Volatile.Read(ref _others) is { } others)
            {
                foreach (ref Tally tally in others.AsSpan()) sum += Volatile.Read(ref tally.Owned) + Volatile.Read(ref tally.Shared);
            }
            return sum;
        }
    }

    /// <summary>Adds for the reader inside whose section the caller is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(nuint reader, long delta)
    {
        Debug.Assert(reader != 0);
        if (_owner == reader) Volatile.Write(ref _owned, _owned + delta); // N1, N2
        else AddElsewhere(reader, delta);
    }

    /// <summary>Adds for one who is in no section.</summary>
    public void Add(long delta) => Interlocked.Add(ref _shared, delta);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddElsewhere(nuint reader, long delta)
    {
        if (TryOwn(ref _owner, reader))
        {
            Volatile.Write(ref _owned, _owned + delta);
            return;
        }
        if (Volatile.Read(ref _others) is not { } others && !TryGrow(out others))
        {
            Add(delta); // slower, and never lost
            return;
        }
        int mask = others.Length - 1, home = (int)(reader * 0x9E3779B1 >> 24);
        for (int i = 0; i < others.Length; i++)
        {
            ref Tally tally = ref others[(home + i) & mask];
            if (tally.Owner != reader && !TryOwn(ref tally.Owner, reader)) continue;
            Volatile.Write(ref tally.Owned, tally.Owned + delta);
            return;
        }
        Interlocked.Add(ref others[Thread.GetCurrentProcessorId() & mask].Shared, delta);
    }

    private static bool TryOwn(ref nuint owner, nuint reader) => Volatile.Read(ref owner) == 0 && Interlocked.CompareExchange(ref owner, reader, 0) == 0;

    private bool TryGrow(out Tally[] others)
    {
        try
        {
            var fresh = new Tally[Math.Min(MostTallies, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount) * 2)];
            others = Interlocked.CompareExchange(ref _others, fresh, null) ?? fresh;
            return true;
        }
        catch (OutOfMemoryException)
        {
            others = [];
            return false;
        }
    }

    // Two lines, since processors fetch them in pairs; nothing in the first, where the array's header may lie.
    [StructLayout(LayoutKind.Explicit, Size = 128)]
    private struct Tally
    {
        [FieldOffset(64)] public nuint Owner;
        [FieldOffset(72)] public long Owned;
        [FieldOffset(80)] public long Shared;
    }
}
