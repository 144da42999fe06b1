using Alloc.Rcu;

namespace Alloc.Litmus;

/// <summary>What validation mode must detect, and what it must not mistake for misuse.</summary>
internal static class Misuse
{
    public static int Run()
    {
        if (!Validation.Enabled)
        {
            Console.WriteLine("misuse: validation mode is off");
            return Program.Usage;
        }
        int passed = 0, failed = 0;

        void Detects(string what, Action<RcuDomain, RcuReader> action)
        {
            bool detected = false;
            var thread = new Thread(() =>
            {
                using var reader = Domain.Register();
                try
                {
                    action(Domain, reader);
                }
                catch (Exception e) when (e is InvalidOperationException or ArgumentException)
                {
                    detected = true;
                    Console.WriteLine($"  {what}: {e.Message}");
                }
            });
            thread.Start();
            thread.Join();
            if (detected) passed++;
            else
            {
                failed++;
                Console.WriteLine($"  {what}: NOT detected");
            }
        }

        Detects("double dispose", static (domain, reader) =>
        {
            var section = reader.Enter();
            section.Dispose();
            section.Dispose();
        });
        Detects("dispose of a copy while another section is open", static (domain, reader) =>
        {
            var first = reader.Enter();
            var copy = first;
            first.Dispose();
            using var second = reader.Enter();
            copy.Dispose();
        });
        unsafe
        {
            Detects("a head whose address needs more than 48 bits", static (domain, reader) => reader.Defer((RcuHead*)(1UL << 50), (delegate*<RcuHead*, void>)8));
        }
        Detects("wrong order", static (domain, reader) =>
        {
            var outer = reader.Enter();
            var inner = domain.Enter();
            outer.Dispose();
            inner.Dispose();
        });
        Detects("outermost inside a section", static (domain, reader) =>
        {
            using var outer = domain.Enter();
            using var inner = reader.EnterOutermost();
        });
        Detects("another thread's handle", static (domain, reader) =>
        {
            Exception? caught = null;
            var thread = new Thread(() =>
            {
                try
                {
                    using var section = reader.Enter();
                }
                catch (Exception e) when (e is InvalidOperationException or ArgumentException)
                {
                    caught = e;
                }
            });
            thread.Start();
            thread.Join();
            if (caught is not null) throw new InvalidOperationException(caught.Message);
        });
        Detects("another thread's handle defers", static (domain, reader) =>
        {
            Exception? caught = null;
            var thread = new Thread(() => caught = Catch(reader.Dispose));
            thread.Start();
            thread.Join();
            if (caught is not null) throw new InvalidOperationException(caught.Message);
        });

        // Correct use is not reported.
        using (var reader = Domain.Register())
        {
            for (int i = 0; i < 1000; i++)
            {
                using (reader.EnterOutermost())
                using (reader.Enter())
                using (Domain.Enter())
                {
                }
            }
            passed++;
        }
        // Counters begin just below a wrap of their low 16, 32 and 48 bits; the grace periods here cross it.
        for (ulong i = 0; i < 4 * Validation.StepsBeforeWrap; i++) Domain.Synchronize();
        passed++;
        Console.WriteLine($"misuse: {passed} passed, {failed} failed");
        return failed == 0 ? Program.Passed : Program.Failed;
    }

    private static RcuDomain Domain { get; } = new();

    private static Exception? Catch(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (InvalidOperationException e)
        {
            return e;
        }
    }
}
