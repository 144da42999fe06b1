using System.Runtime.InteropServices;
using Alloc.Rcu;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Alloc.Rcu alone: deferring and running callbacks, beside waiting for a grace period for each.</summary>
[BenchmarkCategory("Rcu", "Defer")]
public unsafe class DeferBenchmarks
{
    private const int Times = 4096;
    private static long _run;
    private RcuDomain _domain = null!;
    private RcuHead* _heads;

    /// <summary>A domain of its own, and the heads of what is deferred.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _domain = new RcuDomain();
        _heads = (RcuHead*)NativeMemory.AllocZeroed(Times, (nuint)sizeof(RcuHead));
    }

    /// <summary>Everything that was deferred has run; then the memory goes.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _domain.Dispose();
        NativeMemory.Free(_heads);
    }

    /// <summary>The other way to know that no reader holds on: wait, once.</summary>
    [Benchmark(Baseline = true)]
    public void Synchronize() => _domain.Synchronize();

    /// <summary>Intrusive heads, and the wait until all have run, an operation.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public long Intrusive()
    {
        for (var i = 0; i < Times; i++)
        {
            _domain.Defer(_heads + i, &Count);
        }

        _domain.Barrier();
        return Volatile.Read(ref _run);
    }

    /// <summary>Managed callbacks, and the wait until all have run, an operation.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public long Managed()
    {
        for (var i = 0; i < Times; i++)
        {
            _domain.Defer(static _ => Interlocked.Increment(ref _run), null);
        }

        _domain.Barrier();
        return Volatile.Read(ref _run);
    }

    private static void Count(RcuHead* head) => Interlocked.Increment(ref _run);
}
