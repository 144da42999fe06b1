using System.Collections.Concurrent;

namespace Alloc.Native.Tests;

/// <summary>
/// The stress of each lock-free step. Run by the tests as the library is, and in child processes with one step of the protocol left out:
/// then it must fail, or it would prove nothing.
/// </summary>
internal static unsafe class Stress
{
    /// <summary>Exit code of a child whose stress has noticed something.</summary>
    public const int FoundOut = 5;

    /// <summary>Where threads share a processor with much else, a number of steps could outlast every watchdog: then what half of its time allows has to do.</summary>
    private static long End() => Environment.TickCount64 + ((long)Checks.Watchdog.TotalMilliseconds / 2);

    private static bool IsOver(int step, long end) => (step & 255) == 255 && Environment.TickCount64 > end;

    public static bool ByName(string name)
    {
        try
        {
            switch (name)
            {
                case nameof(Take):
                    Take();
                    break;
                case nameof(DepotExchange):
                    DepotExchange();
                    break;
                case nameof(Sweep):
                    Sweep();
                    break;
                case nameof(Trade):
                    Trade();
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(name));
            }
            return true;
        }
        catch (Exception e) when (e is not ArgumentOutOfRangeException)
        {
            Console.Error.WriteLine(e);
            return false;
        }
    }

    /// <summary>C1, C2, C3, T1: nobody gets a page that another has, while chunks come and go.</summary>
    public static void Take()
    {
        var heap = new ChunkHeap(new(PageSourceKind.SystemMapping, recycles: true), HugePageUse.Never, reportsPressure: false);
        int steps = TestScale.Of(100_000);
        long end = End();
        Checks.InParallel(4, thread =>
        {
            var random = new Random(thread);
            var mine = new Queue<nint>();
            for (int i = 0; i < steps && !IsOver(i, end); i++)
            {
                if (random.Next(2) == 0 && mine.Count < 400)
                {
                    Assert.True(heap.TryTake(random.Next(1, 9), out PageRun run));
                    while (run.Mask != 0)
                    {
                        byte* page = run.Next(out bool dirty);
                        Assert.True(dirty || !new Span<byte>(page, 64).ContainsAnyExcept((byte)0));
                        ref int owner = ref *(int*)page;
                        Assert.NotInRange(Interlocked.Exchange(ref owner, thread + 1), 1, 4);
                        mine.Enqueue((nint)page);
                    }
                }
                else if (mine.TryDequeue(out nint page))
                {
                    GiveBack(page);
                }
                if (i % 1000 == thread)
                    heap.Purge(200, keepChunks: 0);
            }
            foreach (nint page in mine)
                GiveBack(page);

            void GiveBack(nint page)
            {
                Assert.Equal(thread + 1, Interlocked.Exchange(ref *(int*)page, 99));
                heap.Return([(ulong)page], dirty: true);
            }
        });
        heap.Purge(long.MaxValue, keepChunks: 0);
        Assert.Equal(0, heap.ChunkCount);
        Assert.Equal(0, heap.WarmPages);
        heap.Dispose();
    }

    /// <summary>D1, D2, D3: what goes into the depot comes out once.</summary>
    public static void DepotExchange()
    {
        var depot = new Depot(2);
        const int Tokens = 64;
        var owners = new int[Tokens];
        ulong* seed = stackalloc ulong[1];
        for (int i = 0; i < Tokens; i++)
        {
            seed[0] = (ulong)i;
            Assert.True(depot.TryPush(0, seed, 1, int.MaxValue));
        }
        int steps = TestScale.Of(400_000);
        long end = End();
        Checks.InParallel(4, thread =>
        {
            var random = new Random(thread);
            ulong* entries = stackalloc ulong[Depot.Capacity];
            for (int i = 0; i < steps && !IsOver(i, end); i++)
            {
                int kind = random.Next(2);
                int count = depot.Pop(kind, entries);
                for (int k = 0; k < count; k++)
                    Assert.Equal(0, Interlocked.Exchange(ref owners[entries[k]], 1));
                for (int k = 0; k < count; k++)
                    Assert.Equal(1, Interlocked.Exchange(ref owners[entries[k]], 0));
                if (count > 0)
                    Assert.True(depot.TryPush(1 - kind, entries, count, int.MaxValue));
            }
        });
        Assert.Equal(Tokens, depot.CountOf(0) + depot.CountOf(1));
        var seen = new HashSet<ulong>();
        ulong* rest = stackalloc ulong[Depot.Capacity];
        for (int kind = 0; kind < 2; kind++)
        {
            while (depot.Pop(kind, rest) is int count and > 0)
            {
                for (int k = 0; k < count; k++)
                    Assert.True(seen.Add(rest[k]));
            }
        }
        Assert.Equal(Tokens, seen.Count);
        depot.Dispose();
    }

    /// <summary>G1, G2: owner and sweeper are never in one cache together.</summary>
    public static void Sweep()
    {
        using var allocator = new PageAllocator(new() { TrimsWhenIdle = false, HugePages = HugePageUse.Never });
        int steps = TestScale.Of(2_000_000);
        long end = End();
        int running = 1;
        Checks.InParallel(2, thread =>
        {
            if (thread == 1)
            {
                while (Volatile.Read(ref running) != 0)
                    allocator.ReleaseCaches(quarantineToo: false);
                return;
            }
            try
            {
                for (int i = 0; i < steps && !IsOver(i, end); i++)
                {
                    Assert.True(allocator.TryAllocateUninitialized(out Page a));
                    Assert.True(allocator.TryAllocateUninitialized(out Page b));
                    Assert.NotEqual(a, b);
                    allocator.Free(a);
                    allocator.Free(b);
                }
            }
            finally
            {
                Volatile.Write(ref running, 0);
            }
        });
        Checks.NothingOut(allocator);
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().ReservedBytes);
    }

    /// <summary>All of it together: whatever threads trade, nobody gets a page or block that is out.</summary>
    public static void Trade()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 3000 * Page.Size });
        var exchange = new ConcurrentQueue<(nint Address, int Size, ulong Owner)>();
        long tags = 0;
        int steps = TestScale.Of(150_000);
        long end = End();
        Checks.InParallel(4, thread =>
        {
            var random = new Random(thread);
            for (int i = 0; i < steps && !IsOver(i, end); i++)
            {
                int kind = random.Next(8);
                if (kind < 4 && exchange.Count < 4000)
                {
                    int size = kind switch { 0 or 1 => Page.Size, 2 => 64, _ => random.Next(1, 3073) };
                    byte* block;
                    if (size == Page.Size)
                    {
                        if (!(kind == 0 ? allocator.TryAllocate(out Page page) : allocator.TryAllocateUninitialized(out page)))
                            continue;
                        if (kind == 0)
                            Checks.IsZero(page);
                        Checks.OwnerWordsAreZero(page);
                        page.Descriptor->Word3 = 77;
                        block = page.Address;
                    }
                    else
                    {
                        size = PageAllocator.BlockSize(size);
                        if (!allocator.TryAllocateBlock(size, out block))
                            continue;
                        Assert.False(new Span<byte>(block, size).ContainsAnyExcept((byte)0));
                    }
                    // An owner's tag at both ends shows a thing that somebody else got, too.
                    var owner = (ulong)Interlocked.Increment(ref tags);
                    *(ulong*)block = owner;
                    *(ulong*)(block + size - 8) = owner;
                    exchange.Enqueue(((nint)block, size, owner));
                }
                else if (exchange.TryDequeue(out var thing))
                {
                    byte* block = (byte*)thing.Address;
                    Assert.Equal(thing.Owner, *(ulong*)block);
                    Assert.Equal(thing.Owner, *(ulong*)(block + thing.Size - 8));
                    if (thing.Size < Page.Size)
                    {
                        allocator.FreeBlock(block);
                    }
                    else if (i % 2 == 0)
                    {
                        *(ulong*)block = 0;
                        *(ulong*)(block + thing.Size - 8) = 0;
                        if (Page.FromAddress(block).AsSpan().ContainsAnyExcept((byte)0))
                            allocator.Free(Page.FromAddress(block));
                        else
                            allocator.FreeZeroed(Page.FromAddress(block));
                    }
                    else
                    {
                        allocator.Free(Page.FromAddress(block));
                    }
                }
                if (thread == 0 && i % 5000 == 4999)
                    allocator.Trim();
            }
        });
        while (exchange.TryDequeue(out var thing))
        {
            if (thing.Size == Page.Size)
                allocator.Free(Page.FromAddress((void*)thing.Address));
            else
                allocator.FreeBlock((byte*)thing.Address);
        }
        Checks.NothingOut(allocator);
        allocator.Trim();
        Assert.Equal(0, allocator.GetStatistics().ReservedBytes);
    }
}
