using System.Diagnostics;

namespace Alloc.Bench.Peers;

/// <summary>No index at all: what a harness sees of it is the machine alone.</summary>
internal sealed class NothingKind : PeerKind
{
    public const string PeerName = "nothing: the machine alone";

    public override string Name => PeerName;

    public override IndexPeer Create<TValue>(int expected) => new PausingPeer(TimeSpan.Zero, every: int.MaxValue);
}

/// <summary>Does nothing but stop now and then, as a collector or a resize would; answers mixed operations as if they had been done.</summary>
internal sealed class PausingPeer(TimeSpan pause, int every) : IndexPeer(NothingKind.PeerName)
{
    private int _calls;

    public int Pauses { get; private set; }

    public override long Count => 0;

    public override long? NativeBytes => null;

    public override ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values) => (ulong)keys.Length;

    public override ulong Set(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values) => (ulong)keys.Length;

    public override ulong Lookup(ReadOnlySpan<ulong> keys) => 0;

    public override ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero) => 0;

    public override ulong ScanInOrder() => 0;

    public override ulong Remove(ReadOnlySpan<ulong> keys) => (ulong)keys.Length;

    public override ulong RemoveRange(ulong first, ulong last) => 0;

    public override ulong Run(ReadOnlySpan<Operation> operations)
    {
        if (++_calls % every == 0)
        {
            Pauses++;
            var began = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(began) < pause)
            {
            }
        }

        var sum = 0UL;
        foreach (var operation in operations)
        {
            sum += operation.Kind == OperationKind.Get ? 0UL : 1;
        }

        return sum;
    }

    public override void Trim()
    {
    }

    public override IndexPeer ForThisThread() => this;

    public override void Dispose()
    {
    }
}
