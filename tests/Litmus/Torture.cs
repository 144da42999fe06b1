using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Rcu;

namespace Alloc.Litmus;

// After rcutorture. Elements hang in a few shared cells; writers replace them and let them grow old, one year per grace period. A reader that got
// an element inside its section may see it in its first year (unlinked meanwhile), never older: that would be a grace period inside a section. Beside it:
// barriers that must have run what came before, threads that die inside sections, a reader that stalls, floods, lonely heads that nobody follows.
internal static unsafe class Torture
{
    [StructLayout(LayoutKind.Sequential, Size = 64)]
    private struct Element
    {
        public RcuHead Head;
        public ulong Age;
        public ulong Mark;
    }

    private const ulong Alive = 0x600D_F00D, Dead = 0xDEAD_BEEF, LastYear = 6;
    private const int Cells = 4;

    private static readonly List<string> Failures = [];
    private static RcuDomain s_domain = null!;
    private static nint* s_cells;
    private static long s_outstanding, s_reads, s_replaced, s_deaths, s_barriers, s_lonely;
    private static bool s_stop;
    private static readonly Lock PoolLock = new();
    private static readonly Queue<nint> Pool = new();

    public static int Run(TimeSpan time, string? fault)
    {
        if (fault is not null) Faults.Planted = Enum.Parse<SeededFault>(fault);
        if (Validation.Enabled) DelayHook.Rarity = fault is null ? 64 : 16;
        s_cells = (nint*)NativeMemory.AllocZeroed(Cells, (nuint)sizeof(nint));
        s_domain = new RcuDomain(new()
        {
            Name = "torture",
            AssistCount = 256,
            AssistBytes = 1 << 20,
            MinimumInterval = TimeSpan.FromMicroseconds(50),
            DisposeTimeout = TimeSpan.FromSeconds(5),
            StallTimeout = TimeSpan.FromMinutes(5),
        });
        s_domain.CallbackFailed += static (_, e) => Fail("callback: " + e.Exception.Message);

        Thread[] threads =
        [
            Start(() => Reader(1)), Start(() => Reader(2)), Start(PipeWriter), Start(() => WaitingWriter(3)), Start(BarrierChecker),
            Start(Churn), Start(LonelyHeads), Start(StallingReader),
        ];
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < time && !HasFailed()) Thread.Sleep(20);
        Volatile.Write(ref s_stop, true);
        foreach (var thread in threads)
            if (!thread.Join(TimeSpan.FromSeconds(fault is null ? 60 : 1))) Fail("a thread does not end");
        if (!HasFailed()) Finish();
        Console.WriteLine($"torture: {s_reads} reads, {s_replaced} replaced, {s_barriers} barriers, {s_lonely} lonely heads, {s_deaths} deaths, {s_outstanding} outstanding; {s_domain.GetStatistics()}");
        lock (Failures)
        {
            foreach (string failure in Failures.Distinct().Take(5)) Console.WriteLine("  FAILED " + failure);
            Console.Out.Flush();
            if (Failures.Count == 0) return Program.Passed;
        }
        Environment.Exit(Program.Failed); // a broken domain may have threads that never end
        return Program.Failed;
    }

    private static void Finish()
    {
        for (int i = 0; i < Cells; i++) Retire((Element*)Interlocked.Exchange(ref s_cells[i], 0));
        for (ulong year = 0; year <= LastYear; year++) s_domain.Barrier();
        if (Volatile.Read(ref s_outstanding) != 0) Fail($"{s_outstanding} elements were lost");
        var statistics = s_domain.GetStatistics();
        if (statistics.PendingCount != 0 || statistics.PendingBytes != 0) Fail("the account of pending heads does not close");
        s_domain.Dispose();
    }

    private static void Fail(string what)
    {
        lock (Failures) Failures.Add(what);
    }

    private static bool HasFailed()
    {
        lock (Failures) return Failures.Count != 0;
    }

    private static Thread Start(Action body)
    {
        var thread = new Thread(() =>
        {
            try
            {
                body();
            }
            catch (Exception e)
            {
                Fail(e.ToString());
            }
        })
        { IsBackground = true };
        thread.Start();
        return thread;
    }

    private static bool Going => !Volatile.Read(ref s_stop);

    private static Element* New()
    {
        nint address;
        lock (PoolLock)
        {
            // Long out of use before reuse, so that a late reader meets the dead mark.
            address = Pool.Count > 4096 ? Pool.Dequeue() : 0;
        }
        var element = address != 0 ? (Element*)address : (Element*)NativeMemory.AlignedAlloc((nuint)sizeof(Element), 64);
        *element = default;
        element->Mark = Alive;
        Interlocked.Increment(ref s_outstanding);
        return element;
    }

    private static void Free(Element* element)
    {
        if (element->Mark != Alive) Fail("an element was freed twice");
        element->Mark = Dead;
        element->Age = 99;
        Interlocked.Decrement(ref s_outstanding);
        lock (PoolLock) Pool.Enqueue((nint)element);
    }

    private static void Retire(Element* element)
    {
        if (element == null) return;
        element->Age = 1;
        s_domain.Defer(&element->Head, &GrowOlder, 64);
    }

    private static void GrowOlder(RcuHead* head)
    {
        var element = (Element*)head;
        if (++element->Age < LastYear) s_domain.Defer(head, &GrowOlder, 64);
        else Free(element);
    }

    private static void Look(Random random, int cell)
    {
        var element = (Element*)Volatile.Read(ref s_cells[cell]);
        if (element == null) return;
        for (int looks = 1 + random.Next(4); looks > 0; looks--)
        {
            if (Volatile.Read(ref element->Mark) != Alive) Fail("a reader saw a freed element");
            ulong age = Volatile.Read(ref element->Age);
            if (age > 1) Fail($"a reader saw an element in year {age}");
            // Now and then long enough for a grace period that ought not to end.
            if (random.Next(32) == 0) Thread.Yield();
            else if (random.Next(512) == 0) Thread.Sleep(1);
            else Thread.SpinWait(random.Next(20));
        }
    }

    private static void Reader(int seed)
    {
        var random = new Random(seed);
        using var reader = s_domain.Register();
        long reads = 0;
        while (Going)
        {
            int cell = random.Next(Cells);
            switch (reads++ & 7)
            {
                case 0:
                    using (reader.Enter())
                    {
                        Look(random, cell);
                        using (s_domain.Enter()) Look(random, cell);
                    }
                    break;
                case 1:
                    using (var section = s_domain.Enter())
                    {
                        Look(random, cell);
                        if (!section.Refresh()) Fail("an outermost section was not refreshed");
                        Look(random, cell);
                    }
                    break;
                default:
                    if ((reads & 3) == 0) ColdStores.Fill(random);
                    QuickRead(reader, cell);
                    break;
            }
        }
        Interlocked.Add(ref s_reads, reads);
    }

    // The shortest section there is: the announcement may still be in the store buffer when the loads happen.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void QuickRead(RcuReader reader, int cell)
    {
        ulong mark = Alive, age = 0;
        using (reader.EnterOutermost())
        {
            var element = (Element*)Volatile.Read(ref s_cells[cell]);
            if (element != null)
            {
                for (int i = 0; i < 40 && mark == Alive && age <= 1; i++)
                {
                    age = Volatile.Read(ref element->Age);
                    mark = Volatile.Read(ref element->Mark);
                }
            }
        }
        if (mark != Alive || age > 1) Fail($"a quick reader saw an element in year {age}");
    }

    private static void PipeWriter()
    {
        var random = new Random(11);
        while (Going)
        {
            int burst = random.Next(50) == 0 ? 2000 : 1 + random.Next(20);
            for (int i = 0; i < burst; i++)
            {
                Retire((Element*)Interlocked.Exchange(ref s_cells[random.Next(Cells)], (nint)New()));
                Interlocked.Increment(ref s_replaced);
            }
            if (random.Next(4) == 0) Thread.Yield();
            if (s_domain.GetStatistics().PendingCount > 20_000) Thread.Sleep(1);
        }
    }

    // Waits in every other way there is.
    private static void WaitingWriter(int seed)
    {
        var random = new Random(seed);
        for (int round = 0; Going; round++)
        {
            var old = (Element*)Interlocked.Exchange(ref s_cells[random.Next(Cells)], (nint)New());
            Interlocked.Increment(ref s_replaced);
            if (old == null) continue;
            old->Age = 1;
            switch (round % 4)
            {
                case 0:
                case 1:
                    s_domain.Synchronize();
                    break;
                case 2:
                    var token = s_domain.GetToken();
                    while (!s_domain.HasElapsed(token)) Thread.SpinWait(20);
                    break;
                default:
                    if (!s_domain.SynchronizeAsync().AsTask().Wait(60_000)) Fail("an asynchronous wait does not end");
                    break;
            }
            old->Age = 2;
            Free(old);
        }
    }

    private static void BarrierChecker()
    {
        var random = new Random(5);
        long run = 0, expected = 0;
        Action<object?> count = _ => Interlocked.Increment(ref run);
        while (Going)
        {
            int here = random.Next(1, 200), there = random.Next(1, 5);
            for (int i = 0; i < here; i++) s_domain.Defer(count, null);
            // A list that another, living thread holds back counts as well.
            using var deferred = new ManualResetEventSlim();
            using var ended = new ManualResetEventSlim();
            var other = Start(() =>
            {
                for (int i = 0; i < there; i++) s_domain.Defer(count, null);
                deferred.Set();
                ended.Wait();
            });
            deferred.Wait();
            expected += here + there;
            s_domain.Barrier();
            if (Volatile.Read(ref run) < expected) Fail($"a barrier returned after {run} of {expected} callbacks");
            ended.Set();
            other.Join();
            s_barriers++;
            Thread.Sleep(random.Next(3));
        }
    }

    private static void Churn()
    {
        var random = new Random(9);
        while (Going)
        {
            int kind = random.Next(3);
            var thread = Start(() =>
            {
                var section = s_domain.Enter();
                Look(new Random(kind), kind);
                for (int i = 0; i < kind; i++) Retire((Element*)Interlocked.Exchange(ref s_cells[i], (nint)New()));
                if (kind != 2) section.Dispose(); // every third dies inside
            });
            thread.Join();
            s_deaths++;
            Thread.Sleep(random.Next(4));
        }
    }

    // A domain that falls asleep between two heads: each must be called back although nothing follows it.
    private static void LonelyHeads()
    {
        using var domain = new RcuDomain(new() { PollInterval = TimeSpan.FromTicks(1), IdleThreadLifetime = TimeSpan.FromMilliseconds(20), DisposeTimeout = TimeSpan.FromSeconds(1) });
        var random = new Random(3);
        long run = 0;
        Action<object?> count = _ => Interlocked.Increment(ref run);
        for (long sent = 1; Going; sent++)
        {
            domain.Defer(count, null);
            long start = Stopwatch.GetTimestamp();
            while (Volatile.Read(ref run) < sent)
            {
                if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(20) || (Faults.Is(SeededFault.NoRecheck) && Stopwatch.GetElapsedTime(start) > TimeSpan.FromSeconds(3)))
                {
                    Fail("a lonely head was forgotten");
                    return;
                }
                Thread.Yield();
            }
            s_lonely++;
            Thread.SpinWait(random.Next(2000));
            if (random.Next(200) == 0) Thread.Sleep(random.Next(40));
        }
    }

    private static void StallingReader()
    {
        var random = new Random(6);
        while (Going)
        {
            using (s_domain.Enter())
            {
                Look(random, 0);
                Thread.Sleep(random.Next(30));
                Look(random, 1);
            }
            Thread.Sleep(random.Next(100));
        }
    }
}
