namespace Alloc.Native.Tests;

/// <summary>A thread may be interrupted at any time, and what it asks for or gives back must neither fail for that nor get lost.</summary>
public unsafe class InterruptTests
{
    [Fact]
    public void An_interrupt_never_comes_out_of_a_request_or_a_free()
    {
        using var allocator = new PageAllocator(new() { MaxBytes = 64 << 20 });
        bool stop = false;
        int rounds = TestScale.Of(3_000);
        Thread?[] workers = new Thread?[3];
        var nuisance = new Thread(() =>
        {
            while (!Volatile.Read(ref stop))
            {
                foreach (Thread? worker in workers) worker?.Interrupt();
                Thread.Yield();
            }
        });
        nuisance.Start();
        try
        {
            Checks.InParallel(workers.Length, i =>
            {
                workers[i] = Thread.CurrentThread;
                var random = new Random(i);
                // Many at a time, so that all of them meet at the locks below the caches.
                Span<nint> blocks = stackalloc nint[200];
                for (int round = 0; round < rounds; round++)
                {
                    for (int b = 0; b < blocks.Length; b++)
                    {
                        bool given = allocator.TryAllocateBlockUninitialized(1 + random.Next(SizeClasses.MaxSize), out byte* block);
                        Assert.True(given);
                        blocks[b] = (nint)block;
                    }
                    foreach (nint block in blocks)
                        allocator.FreeBlock((byte*)block);
                    if (round % 50 == 0)
                        allocator.Trim();
                }
                workers[i] = null;
                try
                {
                    Thread.Sleep(1); // takes the last interrupt
                }
                catch (ThreadInterruptedException)
                {
                }
            });
        }
        finally
        {
            Volatile.Write(ref stop, true);
            nuisance.Join();
        }
        Checks.NothingOut(allocator);
    }
}
