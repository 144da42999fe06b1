using System.Runtime.CompilerServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable;

/// <summary>Collects what one operation has unlinked, and hands it on when the operation's section has ended (protocol 3).</summary>
/// <remarks>
/// Declare it before the section: C# disposes in reverse, so the section ends first and nobody waits for a grace period inside his own.
/// The order is always: unlink, then defer, then a grace period, then free (<see cref="ReclaimMode"/> tells what waits).
/// The first nodes go by their own heads: a page for one node would double the garbage. From the k-th on they share a page; without
/// memory for one they go on by their heads, so a removal never fails.
/// <para>It also keeps the spare pages that a freeze needs before its first mark (F11), and remembers what its operation froze and could not
/// replace (F12). Whatever it holds is in the heap's accounts since the section in which it came, so that a disposal waits for it.</para>
/// </remarks>
internal unsafe ref struct TableGather
{
    private const int MaxSingles = 8;

    /// <summary>So many nodes at most can wait for the one with which a batch begins.</summary>
    public const int MaxBatchThreshold = MaxSingles + 1;

    private readonly NodeHeap _heap;
    private Singles _singles;
    private int _count;
    private TableBatch _batch;
    private SparePages _spares;
    private bool _owes;
    private ulong _owedFirst;
    private ulong _owedLast;

    public TableGather(NodeHeap heap) => _heap = heap;

    /// <summary>Whose operation it is; set inside its section, before a tree sees the gather.</summary>
    public nuint ReaderId { get; set; }

    public void Add(ChildWord node)
    {
        if (Interleaving.Enabled) Interleaving.Point(Step.Retire, node.Address);
        _heap.CountOut(node);
        Add(new Retired(NodeMemory.Of(node)));
    }

    public void Add(ValueCell cell)
    {
        _heap.CountCellOut();
        Add(new Retired(cell, _heap.CellBytes));
    }

    private void Add(Retired retired)
    {
        _heap.CountPending(retired);
        if (!_batch.IsNull)
        {
            AddToBatch(retired);
        }
        else if (_count + 1 < _heap.BatchThreshold && _count < MaxSingles)
        {
            _singles[_count++] = retired;
        }
        else if (_heap.BatchThreshold != int.MaxValue && TableBatch.TryCreate(_heap, out _batch))
        {
            for (int i = 0; i < _count; i++) _batch.Add(_singles[i]);
            _count = 0;
            AddToBatch(retired);
        }
        else
        {
            if (_count == MaxSingles) FlushSingles();
            _singles[_count++] = retired;
        }
    }

    private void AddToBatch(Retired retired)
    {
        _batch.Add(retired);
        if (!_batch.IsFull) return;
        _batch.Defer(_heap);
        _batch = default;
    }

    /// <summary>Has a page aside in which the content of the node about to be frozen fits (F11). At the allocator's limit it is one of the
    /// reserve: where the content turns out to be nothing, as it nearly always does, the page goes straight back.</summary>
    public bool TryHoldSpare()
    {
        if (TryHoldSpareWithinLimits()) return true;
        if (!_heap.Pages.TryAllocateReserved(out Page page)) return false;
        Hold(page);
        return true;
    }

    /// <summary>The same for an insert, which is refused rather than served outside the limit.</summary>
    public bool TryHoldSpareWithinLimits() => TryHoldSparesWithinLimits(1);

    /// <summary>The same before several nodes are frozen at once, a page for each. Where that is refused, one is kept if there is one.</summary>
    public bool TryHoldSparesWithinLimits(int count)
    {
        while (_spares.Count < count)
        {
            if (!_heap.Pages.TryAllocateUninitialized(out Page page))
            {
                ReleaseSpares();
                return false;
            }
            Hold(page);
        }
        return true;
    }

    /// <summary>Keeps one of many: what they were held for is done.</summary>
    public void ReleaseSpares()
    {
        while (_spares.Count > 1) Release();
    }

    private void Hold(Page page)
    {
        _spares.Push(page);
        _heap.CountSpare(1);
    }

    private void Release()
    {
        _heap.Pages.Free(_spares.Pop());
        _heap.CountSpare(-1); // the last word: from here on the table's disposal may end
    }

    /// <summary>A page for a copy: the spare for the node that this thread began to freeze, otherwise one from the reserve. Not zeroed.</summary>
    public bool TryTakeForCopy(bool own, out Page page)
    {
        if (!own || _spares.Count == 0) return _heap.Pages.TryAllocateReserved(out page);
        page = _spares.Pop();
        _heap.CountSpare(-1);
        return true;
    }

    /// <summary>The page of a lost swing's private copy becomes the spare page again: its thread may still have to see the freeze through (F12).</summary>
    public void TakeBack(ChildWord copy)
    {
        NodeMemory memory = NodeMemory.Of(copy);
        if (_spares.Count != 0 || !memory.IsPage)
        {
            _heap.FreePrivate(copy);
            return;
        }
        _heap.CountOut(copy);
        Hold(Page.FromAddress(memory.Start));
    }

    /// <summary>The same for what may be a private tree, or nothing.</summary>
    public void TakeBackTree(ChildWord successor)
    {
        if (successor.IsDirectory) _heap.FreePrivateTree(successor);
        else if (!successor.IsEmpty) TakeBack(successor);
    }

    /// <summary>Remembers the keys that route to what this thread froze and has still to replace (F12).</summary>
    public void Owe(ulong first, ulong last)
    {
        _owedFirst = _owes ? Math.Min(_owedFirst, first) : first;
        _owedLast = _owes ? Math.Max(_owedLast, last) : last;
        _owes = true;
    }

    public readonly bool Owes => _owes;

    public readonly void GetOwed(out ulong first, out ulong last)
    {
        first = _owedFirst;
        last = _owedLast;
    }

    public void Settled() => _owes = false;

    /// <summary>Between the sections of a long operation: does not let singles pile up where waiting or deferring them is possible.</summary>
    public void FlushIfFull()
    {
        if (_count == MaxSingles) FlushSingles();
    }

    /// <summary>After the operation's section.</summary>
    public void Flush()
    {
        if (!_batch.IsNull)
        {
            _batch.Defer(_heap);
            _batch = default;
        }
        if (_count != 0) FlushSingles();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void FlushSingles()
    {
        bool wait = _heap.Mode == ReclaimMode.SemiRcu;
        if (wait && !_heap.Domain.CanWait)
        {
            // Inside a section, his own or the caller's, and in a callback nobody waits: deferred instead, and counted.
            wait = false;
            Interlocked.Increment(ref _heap.Account.WaitsDeferred);
        }
        if (!wait || !TryWaitAndFree()) DeferSingles();
    }

    // Where waiting is refused or interrupted nothing is lost: what waits is deferred, as it would be in Rcu mode.
    private bool TryWaitAndFree()
    {
        Interlocked.Increment(ref _heap.Account.SynchronousWaits);
        try
        {
            _heap.Domain.Synchronize();
        }
        catch (ThreadInterruptedException)
        {
            Interlocked.Decrement(ref _heap.Account.SynchronousWaits);
            Thread.CurrentThread.Interrupt(); // the caller's to see, at its next wait
            Interlocked.Increment(ref _heap.Account.WaitsDeferred);
            return false;
        }
        for (int i = 0; i < _count; i++) _heap.Free(_singles[i]);
        _count = 0;
        return true;
    }

    private void DeferSingles()
    {
        Interlocked.Add(ref _heap.Account.Singles, _count);
        for (int i = 0; i < _count; i++) _heap.Defer(_singles[i]);
        _count = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Dispose()
    {
        if (_count != 0 || !_batch.IsNull || _spares.Count != 0) DisposeSlow();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DisposeSlow()
    {
        Flush();
        while (_spares.Count != 0) Release();
    }

    [InlineArray(MaxSingles)]
    private struct Singles
    {
        private Retired _first;
    }
}
