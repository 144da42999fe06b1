using System.Runtime.InteropServices;
using Microsoft.Extensions.ObjectPool;

namespace Alloc.Rcu;

/// <summary>A managed callback that travels as a native head. Pooled, so that deferring allocates nothing when warm.</summary>
internal sealed unsafe class DeferredAction
{
    [StructLayout(LayoutKind.Sequential)]
    private struct Carrier
    {
        public RcuHead Head;
        public nint Handle;
    }

    private readonly byte[] _memory;
    private readonly Carrier* _carrier;
    private GCHandle _handle;
    private ObjectPool<DeferredAction>? _pool;
    private Action<object?>? _callback;
    private object? _state;

    public DeferredAction()
    {
        _memory = PinnedMemory.Allocate(sizeof(Carrier), 16, out byte* address);
        _carrier = (Carrier*)address;
        _handle = GCHandle.Alloc(null);
        _carrier->Handle = GCHandle.ToIntPtr(_handle);
    }

    // Only nodes that no pool took and that are not queued: a queued one is the target of its own handle.
    ~DeferredAction() => _handle.Free();

    public RcuHead* Prepare(ObjectPool<DeferredAction> pool, Action<object?> callback, object? state)
    {
        _pool = pool;
        _callback = callback;
        _state = state;
        _handle.Target = this;
        return &_carrier->Head;
    }

    public static void Run(RcuHead* head)
    {
        var node = (DeferredAction)GCHandle.FromIntPtr(((Carrier*)head)->Handle).Target!;
        var callback = node._callback!;
        object? state = node._state;
        node.Recycle();
        callback(state);
    }

    /// <summary>Goes back to the pool without having been called.</summary>
    public void Recycle()
    {
        var pool = _pool!;
        _pool = null;
        _callback = null;
        _state = null;
        _handle.Target = null;
        pool.Return(this);
        GC.KeepAlive(_memory);
    }
}
