using Alloc.Rcu;

namespace Alloc.Torture.Scenarios;

/// <summary>Callbacks in masses, under limits, that misbehave, and without a thread to run them.</summary>
internal static unsafe class CallbackLoads
{
    /// <summary>Producers against a cap while a reader stands still for the whole time: what waits stays under the cap, whatever the policy for the rest.</summary>
    public static void CappedStall(Arena arena)
    {
        const long cap = 256L << 20;
        foreach (BackPressurePolicy policy in new[] { BackPressurePolicy.Fail, BackPressurePolicy.Block })
        {
            int bytes = policy == BackPressurePolicy.Fail ? 4096 : 256 * 1024; // few suffice to fill it
            using var items = new Items();
            using var domain = new RcuDomain(new RcuDomainOptions { MaxPendingBytes = cap, BackPressure = policy, StallTimeout = TimeSpan.FromMinutes(30), ThrottlePause = TimeSpan.Zero });
            var part = new Arena(arena.Seed, arena.Time / 2, arena.Readers);
            using var inside = new ManualResetEventSlim();
            using var go = new ManualResetEventSlim();
            var stalled = new Thread(() =>
            {
                using (domain.Enter())
                {
                    inside.Set();
                    go.Wait();
                }
            });
            stalled.Start();
            inside.Wait();
            long attempts = 0, accepted = 0;
            try
            {
                part.Go(
                [
                    .. Arena.Times(2, _ => random =>
                    {
                        long tried = 0, got = 0;
                        for (; !part.IsOver; tried++)
                        {
                            // Blocked producers stay until the reader goes, so they look for room with a timeout first.
                            if (policy == BackPressurePolicy.Block && !domain.WaitForCapacity(bytes, TimeSpan.FromMilliseconds(1))) continue;
                            var item = items.New();
                            if (policy == BackPressurePolicy.Block) domain.Defer(&item->Head, Items.Callback, (nuint)bytes);
                            else if (!domain.TryDefer(&item->Head, Items.Callback, (nuint)bytes))
                            {
                                Items.Free(&item->Head);
                                continue;
                            }
                            got++;
                        }
                        Interlocked.Add(ref attempts, tried);
                        Interlocked.Add(ref accepted, got);
                    }),
                    _ =>
                    {
                        // Who looks for room and then defers can pass the cap by one head, each; and what is on its way from a producer's list to the
                        // domain's may be seen in both.
                        while (!part.IsOver)
                        {
                            Arena.Check(domain.GetStatistics().PendingBytes <= cap + 4 * bytes + 2 * 64 * 1024, $"{domain.GetStatistics().PendingBytes} bytes wait, and the cap is {cap}");
                            Thread.Sleep(1);
                        }
                    },
                ]);
                Arena.Check(items.Out == accepted, $"{accepted} accepted, {items.Out} out under a stalled reader");
            }
            finally
            {
                go.Set();
            }
            arena.Join(stalled);
            domain.Barrier();
            items.Finish();
            arena.Count("attempts", attempts);
            arena.Count("accepted", accepted);
            arena.Count(policy == BackPressurePolicy.Fail ? "refused" : "waits in vain", attempts - accepted);
        }
        arena.Require("accepted", "refused", "waits in vain");
    }

    /// <summary>Producers that defer as fast as they can under a small cap while readers come and go.</summary>
    public static void FloodUnderCap(Arena arena)
    {
        const long cap = 1 << 20;
        const int largest = 8192;
        // What is on its way from a producer's list to the domain's may be seen in both.
        const long seenTwice = 2 * (64 * 1024 + largest);
        using var items = new Items();
        using var domain = new RcuDomain(new RcuDomainOptions { MaxPendingBytes = cap, BackPressure = BackPressurePolicy.Block });
        arena.Go(
        [
            .. Arena.Times(2, _ => random =>
            {
                long deferred = 0;
                for (; !arena.IsOver; deferred++)
                {
                    var item = items.New();
                    Arena.Check(domain.TryDefer(&item->Head, Items.Callback, (nuint)random.Next(64, largest)), "Block does not refuse");
                }
                arena.Count("deferred", deferred);
            }),
            .. Arena.Times(arena.Readers, _ => random =>
            {
                while (!arena.IsOver)
                {
                    using (domain.Enter())
                    {
                        if (random.Next(64) == 0) Thread.Sleep(1);
                        else Thread.SpinWait(random.Next(200));
                    }
                }
            }),
            _ =>
            {
                long full = 0;
                while (!arena.IsOver)
                {
                    long pending = domain.GetStatistics().PendingBytes;
                    Arena.Check(pending <= cap + 2 * largest + seenTwice, $"{pending} bytes wait, and the cap is {cap}");
                    if (pending > cap / 2) full++;
                    Thread.Yield();
                }
                arena.Count("more than half full", full);
            },
        ]);
        domain.Barrier();
        items.Finish();
        arena.Require("deferred", "more than half full");
    }

    /// <summary>Callbacks that throw, block, defer again and use the domain, beside such that must run all the same.</summary>
    public static void Unruly(Arena arena)
    {
        using var items = new Items();
        using var domain = new RcuDomain();
        long failures = 0, thrown = 0, again = 0, blocked = 0;
        domain.CallbackFailed += (_, e) =>
        {
            if (e.Exception is InvalidTimeZoneException) Interlocked.Increment(ref failures);
        };
        arena.Go(Arena.Times(2, _ => random =>
        {
            for (long i = 0; !arena.IsOver; i++)
            {
                var item = items.New();
                domain.Defer(&item->Head, Items.Callback, 64);
                switch (random.Next(64))
                {
                    case 0:
                        Interlocked.Increment(ref thrown);
                        domain.Defer(static _ => throw new InvalidTimeZoneException("a callback that throws"), null);
                        break;
                    case 1:
                        domain.Defer(_ =>
                        {
                            Interlocked.Increment(ref blocked);
                            Thread.Sleep(1);
                        }, null);
                        break;
                    case 2:
                        domain.Defer(_ =>
                        {
                            using (domain.Enter()) Interlocked.Increment(ref again);
                            var next = items.New();
                            domain.Defer(&next->Head, Items.Callback, 64);
                        }, null);
                        break;
                    case 3:
                        domain.Barrier();
                        break;
                }
            }
        }));
        // What a callback deferred was deferred after the first barrier began.
        domain.Barrier();
        domain.Barrier();
        Arena.Check(failures == thrown, $"{thrown} callbacks threw, {failures} were reported");
        items.Finish();
        arena.Count("thrown", thrown);
        arena.Count("blocked", blocked);
        arena.Count("deferred again", again);
        arena.Require("thrown", "blocked", "deferred again");
    }

    /// <summary>The system has no thread to give: who defers and who waits carry the work, and the next head gets its thread.</summary>
    public static void NoThreads(Arena arena)
    {
        if (!AddressSpaceLimit.IsSupported)
        {
            arena.Count("not this system");
            return;
        }
        // The runtime, too, must do without new memory meanwhile, so it may not compile anything anew, nor map code for writing. And the
        // system must not keep stacks of threads that have ended.
        (string, string)[] still = [("DOTNET_EnableWriteXorExecute", "0"), ("DOTNET_TieredCompilation", "0"), ("GLIBC_TUNABLES", "glibc.pthread.stack_cache_size=0")];
        if (still.Any(setting => Environment.GetEnvironmentVariable(setting.Item1) != setting.Item2))
        {
            int exit = Child.Run(arena, "no-threads", arena.Seed, Math.Max(1, arena.Time.TotalSeconds), [], still, out string said);
            Arena.Check(exit == 0, $"without threads: exit code {exit}\n{said}");
            arena.Count("ran in a process of its own");
            return;
        }
        long refused = 0, carried = 0, left = 0, started = 0;
        using var items = new Items();
        // Once with threads, so that nothing below has to be compiled while memory is refused.
        for (int round = 0; round < 2 || !arena.IsOver; round++)
        {
            using var domain = new RcuDomain(new RcuDomainOptions { IdleThreadLifetime = TimeSpan.FromMilliseconds(1) });
            using (domain.Enter()) { }
            domain.Barrier();
            var first = items.New();
            var thread = new Thread(static () => { }, 256 * 1024);
            bool none = false, waits = round % 2 == 0;
            using (new AddressSpaceLimit(tight: round > 0))
            {
                try
                {
                    thread.Start();
                }
                catch (OutOfMemoryException)
                {
                    none = true;
                }
                domain.Defer(&first->Head, Items.Callback, 64);
                if (none && waits) domain.Barrier();
            }
            if (!none)
            {
                thread.Join();
            }
            else
            {
                refused++;
                Arena.Check(!waits || items.Out == 0, "a barrier without a reclaimer's thread left something deferred");
                if (waits) carried++;
                else left++;
            }
            var second = items.New();
            domain.Defer(&second->Head, Items.Callback, 64);
            Arena.Until(() => items.Out == 0, "a head that nobody waits for is called back once there are threads again");
            started++;
        }
        items.Finish();
        arena.Count("thread starts refused", refused);
        arena.Count("carried by the caller", carried);
        arena.Count("left for the thread to come", left);
        arena.Count("started later", started);
        arena.Require("thread starts refused", "carried by the caller", "left for the thread to come", "started later");
    }
}
