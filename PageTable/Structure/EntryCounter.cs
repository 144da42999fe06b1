using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Alloc.PageTable;

/// <summary>How many entries there are: a tally for each reader that changes the table, written by that reader only.</summary>
/// <remarks>
/// An atomic sum cost a dense insert a third of its time: a locked instruction holds up the loads after it. So whoever adds first owns the tally that lies here. Others
/// add atomically beside it, until they have come often or collide; then each, the first too, takes a tally in lines of its own, and what lies
/// here stands still, since everyone reads these lines.
/// <para>N1: A tally is owned once and for good, by compare-and-swap, and only its owner adds to it, with plain loads and stores.</para>
/// <para>N2: An id passes to another thread only after its thread has died, and what that wrote is visible then (<see cref="Alloc.Rcu.ReadSection.ReaderId"/>). So a tally
/// has one writer at a time.</para>
/// <para>N3: <see cref="Value"/> is exact when nobody adds, otherwise off by at most what is being added meanwhile; an addition is seen by whoever knows by an acquire that it
/// was made.</para>
/// </remarks>
internal struct EntryCounter // a field of its user's, never copied
{
    private const int Visits = 256, MostTallies = 256, Probes = 8;

    private nuint _owner;
    private long _owned;
    private long _shared;
    private int _visits;
    private Tallies? _tallies;

    public readonly long Value
    {
        get
        {
            long sum = Volatile.Read(in _owned) + Volatile.Read(in _shared);
            return Volatile.Read(in _tallies) is { } tallies ? sum + tallies.Sum : sum;
        }
    }

    /// <summary>Adds for the reader inside whose section the caller is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(nuint reader, long delta)
    {
        Debug.Assert(reader != 0);
        if (_owner == reader && _tallies is null) Volatile.Write(ref _owned, _owned + delta); // N1, N2
        else AddElsewhere(reader, delta);
    }

    /// <summary>Adds for one who is in no section.</summary>
    public void Add(long delta) => Interlocked.Add(ref _shared, delta);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void AddElsewhere(nuint reader, long delta)
    {
        if (Volatile.Read(ref _tallies) is { } tallies)
        {
            tallies.Add(reader, delta);
            return;
        }
        if (TryOwn(ref _owner, reader))
        {
            Volatile.Write(ref _owned, _owned + delta);
            return;
        }
        long seen = Volatile.Read(ref _shared);
        bool added = Interlocked.CompareExchange(ref _shared, seen + delta, seen) == seen;
        if ((!added || ++_visits > Visits) && TryMakeTallies() is { } made)
        {
            if (!added) made.Add(reader, delta);
        }
        else if (!added)
        {
            Add(delta); // slower, and never lost
        }
    }

    private Tallies? TryMakeTallies()
    {
        try
        {
            var fresh = new Tallies((int)Math.Min(MostTallies, BitOperations.RoundUpToPowerOf2((uint)Environment.ProcessorCount) * 2));
            return Interlocked.CompareExchange(ref _tallies, fresh, null) ?? fresh;
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    private static bool TryOwn(ref nuint owner, nuint reader) => Volatile.Read(ref owner) == 0 && Interlocked.CompareExchange(ref owner, reader, 0) == 0;

    // Owners, which are written once, apart from the sums. A reader that finds none of its places free adds atomically to its processor's.
    private sealed class Tallies(int count)
    {
        private const int LongsEach = 16; // two lines, since processors fetch them in pairs
        private const int Shared = 1;

        private readonly nuint[] _owners = new nuint[count];
        private readonly long[] _sums = new long[(count + 1) * LongsEach]; // the first place keeps the others off the array's header

        public long Sum
        {
            get
            {
                long sum = 0;
                for (int i = LongsEach; i < _sums.Length; i += LongsEach) sum += Volatile.Read(ref _sums[i]) + Volatile.Read(ref _sums[i + Shared]);
                return sum;
            }
        }

        public void Add(nuint reader, long delta)
        {
            int mask = _owners.Length - 1, home = (int)((uint)(reader >> 7) * 0x9E3779B1 >> 24); // ids are 128 bytes apart
            for (int i = 0; i < Probes; i++)
            {
                int at = (home + i) & mask;
                if (_owners[at] != reader && !TryOwn(ref _owners[at], reader)) continue;
                ref long sum = ref _sums[(at + 1) * LongsEach];
                Volatile.Write(ref sum, sum + delta); // N1, N2
                return;
            }
            int processor = Thread.GetCurrentProcessorId() & mask;
            Interlocked.Add(ref _sums[(processor + 1) * LongsEach + Shared], delta);
        }
    }
}
