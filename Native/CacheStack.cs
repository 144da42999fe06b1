using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>A thread's stack of free things of one kind; see <see cref="CacheState"/> for who may touch it. Without entries it is both empty and full.</summary>
/// <remarks>
/// <code>
/// _floor              _top        _last
///   [ 0 ][ thing ] ... [ thing ] ... [ ]
/// </code>
/// Below the first thing lies a zero, which a pop finds when there is nothing else: one load gives the thing and says whether there is one.
/// </remarks>
[StructLayout(LayoutKind.Sequential, Size = Size)]
internal unsafe struct CacheStack
{
    public const int Size = 32;

    /// <summary>The zero of all stacks that have no entries yet. Nobody writes it, since they are full.</summary>
    private static readonly ulong* s_nothing = (ulong*)NativeMemory.AllocZeroed(sizeof(ulong));

    private ulong* _top;
    private ulong* _last;
    private ulong* _floor;

    /// <summary>How many things lie in it. Exact for the owner; for others racy, but never nonsense: a stack that is just being opened counts as empty.</summary>
    public readonly int Count => _top - _floor is var count and > 0 and <= 2 * Depot.Capacity ? (int)count : 0;

    /// <summary>Whether nothing more fits. True also before there is room for anything.</summary>
    public readonly bool IsFull => _top == _last;

    /// <summary>Entries that move at once: half of what fits.</summary>
    public readonly int Batch => (int)(_last - _floor) / 2;

    /// <summary>The words that a stack of so many entries needs, which are zero.</summary>
    public static int WordsFor(int limit) => limit + 1;

    /// <summary>Gives the stack room; it is empty.</summary>
    public void Open(ulong* words, int limit)
    {
        _floor = words;
        _last = words + limit;
        _top = words;
    }

    /// <summary>Takes the room away; it is empty.</summary>
    public void Close() => Open(s_nothing, 0);

    /// <summary>Takes the newest thing. False: there is none, and <paramref name="thing"/> is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPop(CacheStack* stack, out byte* thing)
    {
        ulong* top = stack->_top;
        thing = (byte*)*top;
        if (thing == null)
            return false;
        stack->_top = top - 1;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool TryPush(CacheStack* stack, byte* thing)
    {
        ulong* top = stack->_top;
        if (top == stack->_last)
            return false;
        top[1] = (ulong)thing;
        stack->_top = top + 1;
        return true;
    }

    /// <summary>Takes a magazine out of the depot. The stack is empty. False: there is none.</summary>
    public bool Refill(Depot depot, int kind)
    {
        if (Validation.IsOn)
            Validation.Assert(Count == 0, "a refill found entries");
        _top = _floor + depot.Pop(kind, _floor + 1);
        return _top != _floor;
    }

    /// <summary>Fills an empty stack with up to a batch, the lowest block on top: it goes out first.</summary>
    public bool Refill(BlockSource source)
    {
        int taken = source.Take(_floor + 1, Batch);
        _top = _floor + taken;
        AsSpan().Reverse();
        return taken > 0;
    }

    public readonly Span<ulong> AsSpan() => new(_floor + 1, Count);

    /// <summary>Drops the lowest (longest unused) entries.</summary>
    public void RemoveLowest(int count)
    {
        Span<ulong> entries = AsSpan();
        entries[count..].CopyTo(entries);
        _top -= count;
    }
}
