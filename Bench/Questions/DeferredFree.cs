using System.Diagnostics;
using Alloc.Bench.Measure;
using Alloc.Bench.Rcu;
using Alloc.Bench.Report;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.Bench.Questions;

/// <summary>
/// A page on its way back to the allocator after a grace period: by its own head, in a batch page with one head for all, and freed at once after
/// waiting, as the kernel did where no batch page was to be had. Beside them a free without any grace period.
/// </summary>
internal sealed unsafe class DeferredFree : IQuestion
{
    private const int BatchWords = 500;
    private static PageAllocator? _allocator;

    public string Name => "free";

    public Answer Ask(QuestionSizes sizes, CancellationToken stop)
    {
        using var allocator = _allocator = new PageAllocator();
        using var domain = new RcuDomain();
        using var reader = domain.Register();
        var pages = new Page[sizes.IsQuick ? 2048 : 8192];
        string[] names = ["no grace period", "batched, one head for 500", "single, a head each", "semi-RCU, a wait each"];
        Action<Page[]>[] ways = [Direct, some => Batched(some, reader), some => Singly(some, reader), some => Waiting(some, domain)];
        var producer = new double[ways.Length][];
        var whole = new double[ways.Length][];
        for (var who = 0; who < ways.Length; who++)
        {
            (producer[who], whole[who]) = (new double[sizes.Passes], new double[sizes.Passes]);
        }

        for (var pass = -3; pass < sizes.Passes; pass++)
        {
            stop.ThrowIfCancellationRequested();
            for (var i = 0; i < ways.Length; i++)
            {
                var who = (Math.Max(0, pass) + i) % ways.Length;
                var some = pages.AsSpan(0, who == 3 ? 64 : pages.Length).ToArray();
                Allocate(allocator, some);
                var (cpu, began) = (CpuTime.OfProcess(), Stopwatch.GetTimestamp());
                ways[who](some);
                var took = Stopwatch.GetElapsedTime(began).TotalNanoseconds;
                domain.Barrier();
                if (pass >= 0)
                {
                    producer[who][pass] = took / some.Length;
                    whole[who][pass] = (double)(CpuTime.OfProcess() - cpu) / some.Length;
                }
            }
        }

        if (allocator.GetStatistics().LiveBytes != 0)
        {
            throw new WrongChecksumException("deferred free", "live bytes", 0, (ulong)allocator.GetStatistics().LiveBytes);
        }

        double[] times = [.. producer.Select(one => Quantiles.Median(one))];
        double[] cpus = [.. whole.Select(one => Quantiles.Median(one))];
        return new Answer("What does a deferred free cost, batched, single, or semi-RCU?",
            $"Who frees a page spends {Format.Duration(times[1])} on it in a batch and {Format.Duration(times[2])} by its own head, where a free without any grace period takes "
                + $"{Format.Duration(times[0])}; waiting for a grace period at each page, as before the kernel's series when no batch page could be had, takes {Format.Duration(times[3])}. "
                + $"With the reclaimer's part the whole process spends {Format.Duration(cpus[1])} a page batched and {Format.Duration(cpus[2])} singly.",
            new Drawing("Giving a page back after a grace period", "Time of the thread that frees, and processor time of the whole process, a page; the wait of semi-RCU is in the table only.",
                "", "time a page",
                [
                    new ChartSeries("the freeing thread", Palette.Of("RadixTable"), [], [times[0], times[1], times[2]]),
                    new ChartSeries("processor time of the process", Palette.Of("ConcurrentDictionary"), [], [cpus[0], cpus[1], cpus[2]]),
                ])
            {
                Groups = names[..3],
                Times = true,
            })
        {
            Table = new DataTable(["way", "the freeing thread", "processor time of the process"],
                [.. names.Select((name, i) => (string[])[name, Format.Duration(times[i]), Format.Duration(cpus[i])])]),
        };
    }

    private static void Allocate(PageAllocator allocator, Page[] pages)
    {
        for (var i = 0; i < pages.Length; i++)
        {
            if (!allocator.TryAllocateUninitialized(out pages[i]))
            {
                throw new OutOfMemoryException();
            }
        }
    }

    private static void Direct(Page[] pages)
    {
        foreach (var page in pages)
        {
            _allocator!.Free(page);
        }
    }

    private static void Singly(Page[] pages, RcuReader reader)
    {
        foreach (var page in pages)
        {
            reader.Defer((RcuHead*)page.Descriptor, &FreeOne, Page.Size);
        }
    }

    // As the table does it: the batch is a page too, holds the addresses, and goes by the head in its own descriptor.
    private static void Batched(Page[] pages, RcuReader reader)
    {
        for (var at = 0; at < pages.Length; at += BatchWords)
        {
            var count = Math.Min(BatchWords, pages.Length - at);
            if (!_allocator!.TryAllocateUninitialized(out var batch))
            {
                throw new OutOfMemoryException();
            }

            var words = (ulong*)batch.Address;
            words[0] = (ulong)count;
            for (var i = 0; i < count; i++)
            {
                words[1 + i] = (ulong)pages[at + i].Address;
            }

            reader.Defer((RcuHead*)batch.Descriptor, &FreeBatch, (nuint)((count + 1) * Page.Size));
        }
    }

    private static void Waiting(Page[] pages, RcuDomain domain)
    {
        foreach (var page in pages)
        {
            domain.Synchronize();
            _allocator!.Free(page);
        }
    }

    private static void FreeOne(RcuHead* head) => _allocator!.Free(((PageDescriptor*)head)->Page);

    private static void FreeBatch(RcuHead* head)
    {
        var batch = ((PageDescriptor*)head)->Page;
        var words = (ulong*)batch.Address;
        for (ulong i = 1; i <= words[0]; i++)
        {
            _allocator!.Free(Page.FromAddress((void*)words[i]));
        }

        _allocator!.Free(batch);
    }
}
