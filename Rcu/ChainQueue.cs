namespace Alloc.Rcu;

/// <summary>The chains that wait for readers or for their turn, oldest first. The holder's of the reclaimer.</summary>
/// <remarks>
/// Of fixed size, so that taking allocates nothing and cannot fail. Only while a reader stands still do so many come together; then a new chain joins the
/// newest, whose heads wait for the later grace period with it.
/// </remarks>
internal sealed unsafe class ChainQueue
{
    private const int Capacity = 256;

    private readonly record struct Chain(nint First, ulong Cookie);

    private readonly Chain[] _ring = new Chain[Capacity];
    private int _oldest, _count;

    public bool IsEmpty => _count == 0;

    /// <summary>The grace period of the oldest chain. Only where there is one.</summary>
    public ulong OldestCookie => _ring[_oldest].Cookie;

    /// <returns>Whether it is a chain of its own.</returns>
    public bool Add(RcuHead* first, ulong cookie)
    {
        if (_count < Capacity)
        {
            _ring[(_oldest + _count++) % Capacity] = new Chain((nint)first, cookie);
            return true;
        }
        ref var newest = ref _ring[(_oldest + _count - 1) % Capacity];
        RcuHead* last = first;
        while (last->Next != null) last = last->Next;
        last->SetNext((RcuHead*)newest.First);
        newest = new Chain((nint)first, cookie);
        return false;
    }

    public RcuHead* RemoveOldest()
    {
        var first = (RcuHead*)_ring[_oldest].First;
        _oldest = (_oldest + 1) % Capacity;
        _count--;
        return first;
    }
}
