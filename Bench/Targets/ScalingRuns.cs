using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Bench.Targets;

/// <summary>One thread against two, and a reader beside a writer that maps and unmaps.</summary>
internal sealed class ScalingRuns(int entries, CancellationToken stop)
{
    private const int Rounds = 5;

    public ScalingFigures Run()
    {
        var keys = new ulong[entries];
        for (var i = 0; i < entries; i++)
        {
            keys[i] = (ulong)i;
        }

        new SplitMix64(5).Shuffle(keys);
        using var flat = new FlatArray(entries);
        using var table = new RadixTable<ulong>();
        unsafe
        {
            for (ulong key = 0; key < (ulong)entries; key++)
            {
                flat.Values[key] = Loops.ValueOf(key);
                table[key] = Loops.ValueOf(key);
            }
        }

        int half = entries / 2, some = Math.Min(entries / 2, 2_000_000);
        List<double> flatScale = [], tableScale = [], insertScale = [], tailScale = [], beside = [];
        for (var round = 0; round < Rounds; round++)
        {
            stop.ThrowIfCancellationRequested();
            flatScale.Add(Speedup((from, n) => Loops.Hit(flat, keys.AsSpan(from, n)), half));
            tableScale.Add(Speedup((from, n) => Read(table, keys.AsSpan(from, n)), half));
            insertScale.Add(InsertSpeedup(some, (ulong thread, ulong i, RadixTable<ulong> t) => t[(thread << 32) + i] = i));
            long next = 0;
            tailScale.Add(InsertSpeedup(some, (_, i, t) => t[(ulong)Interlocked.Increment(ref next)] = i));
            beside.Add(ReaderBesideWriter(table, keys.AsSpan(0, some).ToArray()));
        }

        return new ScalingFigures(Quantiles.Median([.. flatScale]), Quantiles.Median([.. tableScale]),
            Quantiles.Median([.. insertScale]), Quantiles.Median([.. tailScale]), Quantiles.Median([.. beside]));
    }

    private static ulong Read(RadixTable<ulong> table, ReadOnlySpan<ulong> keys)
    {
        using var reader = RcuDomain.Default.Register();
        return Loops.HitThroughReader(table, reader, keys);
    }

    /// <summary>How many times the rate of one thread two threads reach, each on its own half of the keys.</summary>
    private static double Speedup(Func<int, int, ulong> work, int half)
    {
        var one = Timed(() => work(0, half));
        var two = Timed(() => work(0, half), () => work(half, half));
        return 2 * one / two;
    }

    private static double InsertSpeedup(int count, Action<ulong, ulong, RadixTable<ulong>> insert)
    {
        double Inserts(int threads)
        {
            using var allocator = new PageAllocator();
            using var domain = new RcuDomain();
            using var table = new RadixTable<ulong>(new RadixTableOptions { Allocator = allocator, Domain = domain });
            void Work(ulong thread)
            {
                for (ulong i = 0; i < (ulong)count; i++)
                {
                    insert(thread, i, table);
                }
            }

            return Timed([.. Enumerable.Range(0, threads).Select(t => (Action)(() => Work((ulong)t)))]);
        }

        return 2 * Inserts(1) / Inserts(2);
    }

    /// <summary>The reader's rate in its own processor time, beside a thread that maps and unmaps, over its rate alone.</summary>
    private static double ReaderBesideWriter(RadixTable<ulong> table, ulong[] keys)
    {
        double Cost()
        {
            using var reader = RcuDomain.Default.Register();
            var began = CpuTime.OfThread();
            Loops.HitThroughReader(table, reader, keys);
            return CpuTime.OfThread() - began;
        }

        var alone = Cost();
        var stopping = false;
        var writer = new Thread(() =>
        {
            for (ulong at = 1UL << 40; !Volatile.Read(ref stopping); at += 512)
            {
                for (ulong i = 0; i < 512; i++)
                {
                    table[at + i] = i;
                }

                table.RemoveRange(at, at + 511);
            }
        });
        writer.Start();
        var disturbed = Cost();
        Volatile.Write(ref stopping, true);
        writer.Join();
        return alone / disturbed;
    }

    private static double Timed(params Action[] works)
    {
        using var start = new Barrier(works.Length + 1);
        Thread[] threads = [.. works.Select(work => new Thread(() =>
        {
            start.SignalAndWait();
            work();
        }))];
        foreach (var thread in threads)
        {
            thread.Start();
        }

        start.SignalAndWait();
        var began = Stopwatch.GetTimestamp();
        foreach (var thread in threads)
        {
            thread.Join();
        }

        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }
}

/// <summary>Two threads over one, as factors; the last one is the rate of a reader beside a writer over its rate alone.</summary>
internal sealed record ScalingFigures(double FlatReaders, double TableReaders, double DisjointInserts, double TailInserts, double ReaderBesideWriter);
