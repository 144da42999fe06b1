using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Peers;
using Alloc.Bench.Workloads;
using HdrHistogram;

namespace Alloc.Bench.Compare;

/// <summary>
/// Operations that are due at fixed moments, whether or not the one ahead is done, as requests from outside are. A latency runs from the moment
/// an operation was due: what an index stops for is counted for every operation that had to wait (no coordinated omission).
/// </summary>
internal static class OpenLoop
{
    /// <summary>Keys that are away at any moment.</summary>
    private const int Away = 1024;

    /// <summary>Half lookups, a quarter removals, a quarter inserts of what was removed longest ago; due every so many nanoseconds.</summary>
    public static LongHistogram Run(IndexPeer peer, KeySet set, int nanosecondsBetween, TimeSpan warm, TimeSpan time)
    {
        if (peer.Remove(set.Shuffled.AsSpan(0, Away)) != Away)
        {
            throw new WrongChecksumException("open loop", peer.Name, Away, 0);
        }

        var histogram = LatencyFigures.NewHistogram();
        var random = new SplitMix64(11);
        var next = 0;
        Loop(warm, record: false);
        Loop(time, record: true);
        return histogram;

        void Loop(TimeSpan length, bool record)
        {
            var wanted = 0UL;
            var got = 0UL;
            var operations = new Operation[4];
            var count = (long)(length.TotalNanoseconds / nanosecondsBetween);
            var start = Stopwatch.GetTimestamp();
            for (long i = 0; i < count; i++)
            {
                if ((i & 3) == 0)
                {
                    var (out1, back) = ((next + Away) % set.Count, next % set.Count);
                    operations[0] = Hit(random.Next(set.Count));
                    operations[1] = new(OperationKind.Remove, set.Shuffled[out1], 0);
                    operations[2] = Hit(random.Next(set.Count));
                    operations[3] = new(OperationKind.Add, set.Shuffled[back], set.ShuffledValues[back]);
                    next++;
                    wanted += 2;
                }

                var due = i * nanosecondsBetween;
                while (MachineClock.ElapsedNanoseconds(start, Stopwatch.GetTimestamp()) < due)
                {
                    Thread.SpinWait(1);
                }

                got += peer.Run(operations.AsSpan((int)(i & 3), 1));
                var took = MachineClock.ElapsedNanoseconds(start, Stopwatch.GetTimestamp()) - due;
                if (record)
                {
                    LatencyFigures.Record(histogram, took);
                }
            }

            if ((count & 3) == 0 && got != wanted)
            {
                throw new WrongChecksumException("open loop", peer.Name, wanted, got);
            }
        }

        Operation Hit(int place) => new(OperationKind.Get, set.Shuffled[place], set.ShuffledValues[place]);
    }
}
