using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Workloads;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;
using HdrHistogram;

namespace Alloc.Bench.Reclaim;

/// <summary>
/// The experiment of the Linux series that frees page tables by RCU, on a radix table: over an address space of 50 GiB, map 2 MiB
/// as 512 pages and drop them, step by step. During the loop nobody waits for a grace period, trims or collects.
/// </summary>
internal sealed class ReclaimLoop(ReclaimMode mode, bool refuseBatches, int steps, CancellationToken stop, TimeSpan? limit = null)
{
    public const int PagesPerStep = 512;

    // Page numbers as a process has them: 0x7f00_0000_0000 / 4 KiB, aligned to the GiB that one parent covers.
    private const ulong FirstPage = 0x7f00_0000_0000 >> 12;
    private const int SamplesKept = 400;
    private const int ResidentEvery = 32;
    private const int FewestSteps = 1000; // whatever the limit of time

    private readonly List<MemorySample> _samples = [];
    private MemorySample _highest;
    private long _peak;
    private long _peakTable;
    private long _startResident;
    private long _peakResident;

    public static ulong FirstPageOf(int step) => FirstPage + ((ulong)step * PagesPerStep);

    /// <summary>Null when every removal removed what was mapped, and the reader saw only what was stored.</summary>
    public string? Mistake { get; private set; }

    public ReclaimRun Run(Action<double> report)
    {
        _startResident = _peakResident = MemorySampler.ResidentBytesAfterCollection();
        using var allocator = new PageAllocator();
        using var noBatches = new PageAllocator(new PageAllocatorOptions { MaxBytes = 0 });
        using var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = allocator, Domain = domain, Reclaim = mode };
        if (refuseBatches)
        {
            options.BatchAllocator = noBatches;
            options.BatchThreshold = 1; // every removal asks for a batch page, as the kernel does, and is refused
        }

        var latency = LatencyFigures.NewHistogram();
        ReclaimRun run;
        using (var table = new RadixTable<ulong>(options))
        {
            var reader = new SectionReader(table, domain, FirstPage, PagesPerStep);
            TimeSpan elapsed;
            try
            {
                var clock = Stopwatch.StartNew();
                for (var step = 0; step < steps && (step < FewestSteps || limit is null || clock.Elapsed < limit); step++)
                {
                    stop.ThrowIfCancellationRequested();
                    Step(step, table, reader, latency);
                    if (step % 256 == 0)
                    {
                        report((double)step / steps);
                    }
                }

                elapsed = clock.Elapsed;
            }
            finally
            {
                reader.Dispose();
            }

            Mistake ??= reader.Mistake;
            domain.Barrier(); // the last grace period, and what it frees
            var last = table.GetStatistics();
            run = new ReclaimRun(mode.ToString(), refuseBatches)
            {
                Seconds = elapsed.TotalSeconds,
                PeakBytes = _peak,
                PeakTableBytes = _peakTable,
                AtEnd = last,
                Resident = new ResidentFigures(_startResident, _peakResident, MemorySampler.ResidentBytes()),
                Reader = new ReaderFigures(reader.Sections, reader.Hits, reader.LongestSectionSteps),
                Removal = LatencyFigures.Of("removal of 512 pages", latency),
                Samples = _samples,
            };
            if (last.Entries != 0)
            {
                Mistake ??= $"{last.Entries} entries are left";
            }
        }

        report(1);
        return run with { StrandedBytes = allocator.GetStatistics().LiveBytes };
    }

    private void Step(int step, RadixTable<ulong> table, SectionReader reader, LongHistogram latency)
    {
        var first = FirstPageOf(step);
        var last = first + PagesPerStep - 1;
        reader.LookAt(first);
        for (var key = first; key <= last; key++)
        {
            table[key] = KeySet.ValueOf(key);
        }

        Observe(table);
        var before = Stopwatch.GetTimestamp();
        var removed = table.RemoveRange(first, last);
        LatencyFigures.Record(latency, MachineClock.ElapsedNanoseconds(before, Stopwatch.GetTimestamp()));
        Observe(table);
        EndStep(step);
        if (removed != PagesPerStep)
        {
            Mistake ??= $"step {step} removed {removed} of {PagesPerStep} entries";
        }
    }

    private void Observe(RadixTable<ulong> table)
    {
        var now = table.GetStatistics();
        _peak = Math.Max(_peak, now.TableBytes + now.PendingBytes);
        _peakTable = Math.Max(_peakTable, now.TableBytes);
        _highest = _highest with
        {
            TableBytes = Math.Max(_highest.TableBytes, now.TableBytes),
            PendingBytes = Math.Max(_highest.PendingBytes, now.PendingBytes),
        };
    }

    /// <summary>For the plot: the highest of each of a few hundred windows of steps.</summary>
    private void EndStep(int step)
    {
        if (step % ResidentEvery == 0)
        {
            var resident = MemorySampler.ResidentBytes();
            _peakResident = Math.Max(_peakResident, resident);
            _highest = _highest with { ResidentBytes = resident };
        }

        if ((step + 1) % Math.Max(1, steps / SamplesKept) == 0)
        {
            _samples.Add(_highest with { Step = step });
            _highest = new MemorySample(step, 0, 0, _highest.ResidentBytes);
        }
    }
}
