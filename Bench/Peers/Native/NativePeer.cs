namespace Alloc.Bench.Peers.Native;

/// <summary>A foreign index: one call into C for each chunk.</summary>
internal sealed unsafe class NativePeer : IndexPeer
{
    [ThreadStatic]
    private static Dictionary<NativeFunctions, int>? _entered;

    private readonly NativeFunctions _functions;
    private readonly bool _isView;
    private readonly void* _index;

    public NativePeer(string name, NativeFunctions functions, int expected)
        : this(name, functions, functions.New((ulong)expected), isView: false)
    {
    }

    private NativePeer(string name, NativeFunctions functions, void* index, bool isView)
        : base(name)
    {
        _functions = functions;
        _index = index;
        _isView = isView;
        Enter();
    }

    public override long Count => (long)_functions.Count(_index);

    public override long? NativeBytes => _functions.Bytes(_index) is var bytes and >= 0 ? bytes : null;

    public override ulong Insert(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        fixed (ulong* k = keys, v = values)
        {
            return _functions.Insert(_index, k, v, (ulong)keys.Length);
        }
    }

    public override ulong Set(ReadOnlySpan<ulong> keys, ReadOnlySpan<ulong> values)
    {
        fixed (ulong* k = keys, v = values)
        {
            return _functions.Set(_index, k, v, (ulong)keys.Length);
        }
    }

    public override ulong Lookup(ReadOnlySpan<ulong> keys)
    {
        fixed (ulong* k = keys)
        {
            return _functions.Lookup(_index, k, (ulong)keys.Length);
        }
    }

    public override ulong LookupChain(ReadOnlySpan<ulong> keys, ulong zero)
    {
        fixed (ulong* k = keys)
        {
            return _functions.Chain(_index, k, (ulong)keys.Length, zero);
        }
    }

    public override ulong ScanInOrder() => _functions.Scan(_index);

    public override ulong Remove(ReadOnlySpan<ulong> keys)
    {
        fixed (ulong* k = keys)
        {
            return _functions.Remove(_index, k, (ulong)keys.Length);
        }
    }

    public override ulong RemoveRange(ulong first, ulong last) => _functions.RemoveRange(_index, first, last);

    public override ulong Run(ReadOnlySpan<Operation> operations)
    {
        fixed (Operation* first = operations)
        {
            return _functions.Run(_index, first, (ulong)operations.Length);
        }
    }

    public override void Trim()
    {
    }

    public override IndexPeer ForThisThread() => new NativePeer(Name, _functions, _index, isView: true);

    public override void Dispose()
    {
        if (!_isView)
        {
            _functions.Free(_index);
        }

        Leave();
    }

    // A thread is registered once, however many indexes it uses.
    private void Enter()
    {
        _entered ??= [];
        _entered.TryGetValue(_functions, out var times);
        _entered[_functions] = times + 1;
        if (times == 0)
        {
            _functions.Enter();
        }
    }

    private void Leave()
    {
        if (--_entered![_functions] == 0)
        {
            _functions.Leave();
        }
    }
}
