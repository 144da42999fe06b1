using System.Runtime.InteropServices;
using Alloc.Rcu;

namespace Alloc.Torture.Scenarios;

/// <summary>Native objects with a head, recycled through a pool, so that an early free shows as a wrong state and never as a crash.</summary>
internal sealed unsafe class Items : IDisposable
{
    public const ulong Alive = 0xA11C_A11C_A11C_A11C, Dead = 0xDEAD_DEAD_DEAD_DEAD;

    private readonly Stack<nint> _pool = new();
    private readonly Lock _sync = new();
    private readonly GCHandle _self;
    private long _out;

    public Items() => _self = GCHandle.Alloc(this);

    [StructLayout(LayoutKind.Sequential)]
    public struct Item
    {
        public RcuHead Head;
        public nint Owner;
        public ulong State;
        public long Age;
    }

    public long Out => Volatile.Read(ref _out);

    public static delegate*<RcuHead*, void> Callback => &Free;

    public Item* New()
    {
        Item* item;
        lock (_sync) item = _pool.TryPop(out nint pooled) ? (Item*)pooled : (Item*)NativeMemory.Alloc((nuint)sizeof(Item));
        *item = default;
        item->Owner = GCHandle.ToIntPtr(_self);
        Volatile.Write(ref item->State, Alive);
        Interlocked.Increment(ref _out);
        return item;
    }

    public static void Free(RcuHead* head)
    {
        var item = (Item*)head;
        var owner = (Items)GCHandle.FromIntPtr(item->Owner).Target!;
        Arena.Check(Interlocked.Exchange(ref item->State, Dead) == Alive, "freed twice");
        lock (owner._sync) owner._pool.Push((nint)item);
        Interlocked.Decrement(ref owner._out);
    }

    /// <summary>At the end of a run that found nothing; <see cref="Dispose"/> also comes after a fault, which it must not hide.</summary>
    public void Finish() => Arena.Check(Out == 0, $"{Out} objects are still out");

    public void Dispose()
    {
        if (Out != 0) return; // a fault was found, and what is out may still be called back
        foreach (nint item in _pool) NativeMemory.Free((void*)item);
        _self.Free();
    }
}
