using Alloc.Rcu;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Alloc.Rcu alone: what a read section costs, beside the lock that .NET offers for readers.</summary>
[BenchmarkCategory("Rcu", "Section")]
public class SectionBenchmarks
{
    private const int Times = 1000;
    private readonly ReaderWriterLockSlim _lock = new();
    private RcuDomain _domain = null!;
    private RcuReader _reader = null!;
    private long _shared;

    /// <summary>A domain of its own, with this thread registered.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _domain = new RcuDomain();
        _reader = _domain.Register();
        _shared = 1;
    }

    /// <summary>Ends the registration and the domain.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _reader.Dispose();
        _domain.Dispose();
        _lock.Dispose();
    }

    /// <summary>The peer: enter and leave the read lock.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Times)]
    public long ReaderWriterLock()
    {
        long sum = 0;
        for (var i = 0; i < Times; i++)
        {
            _lock.EnterReadLock();
            sum += _shared;
            _lock.ExitReadLock();
        }

        return sum;
    }

    /// <summary>A section found through the calling thread.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public long DomainEnter()
    {
        long sum = 0;
        for (var i = 0; i < Times; i++)
        {
            using var section = _domain.Enter();
            sum += Volatile.Read(ref _shared);
        }

        return sum;
    }

    /// <summary>A section of a registered reader, which may be nested.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public long ReaderEnter()
    {
        long sum = 0;
        for (var i = 0; i < Times; i++)
        {
            using var section = _reader.Enter();
            sum += Volatile.Read(ref _shared);
        }

        return sum;
    }

    /// <summary>A section of a registered reader that is known to be the outermost.</summary>
    [Benchmark(OperationsPerInvoke = Times)]
    public long ReaderEnterOutermost()
    {
        long sum = 0;
        for (var i = 0; i < Times; i++)
        {
            using var section = _reader.EnterOutermost();
            sum += Volatile.Read(ref _shared);
        }

        return sum;
    }
}
