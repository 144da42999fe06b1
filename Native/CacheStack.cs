using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>A thread's stack of free things of one kind; see <see cref="CacheState"/> for who may touch it. Without entries it is both empty and full.</summary>
internal unsafe struct CacheStack
{
    private uint _count;
    private uint _limit;
    private ulong* _entries;

    public readonly int Count => (int)_count;

    /// <summary>Whether nothing more fits. True also before there is room for anything.</summary>
    public readonly bool IsFull => _count == _limit;

    /// <summary>Entries that move at once: half of what fits.</summary>
    public readonly int Batch => (int)_limit / 2;

    /// <summary>Gives the stack room; it is empty.</summary>
    public void Open(ulong* entries, int limit)
    {
        _entries = entries;
        _limit = (uint)limit;
    }

    /// <summary>The newest thing, or null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static byte* Pop(CacheStack* stack)
    {
        uint count = stack->_count;
        if (count == 0)
            return null;
        stack->_count = --count;
        return (byte*)stack->_entries[count];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPush(CacheStack* stack, byte* thing)
    {
        uint count = stack->_count;
        if (count >= stack->_limit)
            return false;
        stack->_count = count + 1;
        stack->_entries[count] = (ulong)thing;
        return true;
    }

    /// <summary>Takes a magazine out of the depot. The stack is empty. False: there is none.</summary>
    public bool Refill(Depot depot, int kind)
    {
        if (Validation.IsOn)
            Validation.Assert(_count == 0, "a refill found entries");
        _count = (uint)depot.Pop(kind, _entries);
        return _count > 0;
    }

    /// <summary>Fills an empty stack with up to a batch, the lowest block on top: it goes out first.</summary>
    public bool Refill(BlockSource source)
    {
        int taken = source.Take(_entries, Batch);
        new Span<ulong>(_entries, taken).Reverse();
        _count = (uint)taken;
        return taken > 0;
    }

    public readonly Span<ulong> AsSpan() => new(_entries, (int)_count);

    /// <summary>Drops the lowest (longest unused) entries.</summary>
    public void RemoveLowest(int count)
    {
        Span<ulong> entries = AsSpan();
        entries[count..].CopyTo(entries);
        _count -= (uint)count;
    }
}
