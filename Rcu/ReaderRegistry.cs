namespace Alloc.Rcu;

/// <summary>A run of slots in pinned memory that the collector frees when neither the domain nor a reader needs it any more.</summary>
internal sealed unsafe class SlotChunk
{
    private readonly byte[] _memory;

    public SlotChunk(int count)
    {
        _memory = PinnedMemory.Allocate(count * ReaderSlot.Size, ReaderSlot.Size, out byte* first);
        First = (ReaderSlot*)first;
        Count = count;
    }

    public ReaderSlot* First { get; }

    public int Count { get; }
}

// The slots of a domain. They lie in chunks that never move and are never given back while the domain lives, so a scan needs no lock.
//
// R1 A slot is visible to every scan that begins after its registration: the chunk is published, and the lock released, before the thread can
//    announce anything. A scan that misses the chunk began before, and then fence B lies before the thread's first load: it sees the unlink.
// R2 A slot changes hands only when its thread is dead (Thread.IsAlive, on the Thread object itself) or its domain is gone. So a section on a live
//    thread's stack never names a slot of somebody else.
// R3 A free slot is quiescent and its list is empty.
internal sealed unsafe class ReaderRegistry(RcuDomain domain)
{
    private const int SmallestChunk = 4, LargestChunk = 256;

    private readonly SteadyLock _lock = new();
    private readonly List<ThreadRecord> _records = [];
    private readonly Stack<(SlotChunk Chunk, nint Slot)> _free = new();
    private SlotChunk[] _chunks = [];
    private Tally _adopted, _slotCount;

    /// <summary>Threads found dead so far.</summary>
    public long DeadThreads => _adopted.Value;

    public int Count
    {
        get { using (_lock.Hold()) return _records.Count; }
    }

    public ThreadRecord Register()
    {
        using (_lock.Hold())
        {
            if (_free.Count == 0) SweepLocked();
            if (_free.Count == 0) Grow();
            var (chunk, address) = _free.Pop();
            var slot = (ReaderSlot*)address;
            slot->Domain = domain.Words;
            var record = new ThreadRecord(domain, chunk, slot);
            _records.Add(record);
            return record;
        }
    }

    /// <summary>The oldest epoch that any reader announces, or <see cref="ulong.MaxValue"/>.</summary>
    public ulong OldestAnnounced()
    {
        ulong oldest = ulong.MaxValue;
        foreach (var chunk in Volatile.Read(ref _chunks))
        {
            for (ReaderSlot* slot = chunk.First, end = slot + chunk.Count; slot < end; slot++)
            {
                ulong announced = slot->Scan();
                if (announced != ReaderSlot.Quiescent && announced < oldest) oldest = announced;
                if (Faults.Is(SeededFault.ShortScan)) return oldest;
            }
        }
        return oldest;
    }

    /// <summary>How many slots there are, used or not.</summary>
    public long SlotCount => _slotCount.Value;

    public SlotChunk[] Chunks => Volatile.Read(ref _chunks);

    /// <summary>The records of live threads, for slow paths and reports.</summary>
    public ThreadRecord[] Snapshot()
    {
        using (_lock.Hold()) return [.. _records];
    }

    /// <summary>Frees the slots of dead threads, also inside a section, and hands over what they deferred.</summary>
    public int Sweep()
    {
        using (_lock.Hold()) return SweepLocked();
    }

    /// <summary>The finalizer thread must not wait.</summary>
    public void SweepFromFinalizer()
    {
        if (!_lock.TryEnter()) return;
        try
        {
            SweepLocked();
        }
        finally
        {
            _lock.Exit();
        }
    }

    private int SweepLocked()
    {
        int dead = 0;
        for (int i = _records.Count - 1; i >= 0; i--)
        {
            var record = _records[i];
            if (record.Owner.IsAlive && !Faults.Is(SeededFault.BuryAlive)) continue;
            Interlocked.MemoryBarrier(); // what the thread stored last, before what is stored for it
            dead++;
            record.Slot->Leave(ReaderSlot.Quiescent);
            domain.Deferrals.Adopt(record.Slot);
            record.Slot->OwesPause = 0;
            _records[i] = _records[^1];
            _records.RemoveAt(_records.Count - 1);
            _free.Push((record.Chunk, (nint)record.Slot));
        }
        if (dead != 0) _adopted.Add(dead);
        return dead;
    }

    private void Grow()
    {
        int size = _chunks.Length == 0 ? SmallestChunk : Math.Min(_chunks[^1].Count * 2, LargestChunk);
        var chunk = new SlotChunk(size);
        _free.EnsureCapacity((int)SlotCount + size); // giving a slot back must not fail
        for (int i = size - 1; i >= 0; i--) _free.Push((chunk, (nint)(chunk.First + i)));
        _slotCount.Add(size);
        Volatile.Write(ref _chunks, [.. _chunks, chunk]);
    }
}

/// <summary>Zeroed, aligned memory that never moves and is freed by the collector.</summary>
internal static unsafe class PinnedMemory
{
    public static byte[] Allocate(int size, int alignment, out byte* address)
    {
        byte[] memory = GC.AllocateArray<byte>(size + alignment - 1, pinned: true);
        fixed (byte* start = memory) address = (byte*)(((nuint)start + (nuint)(alignment - 1)) & ~(nuint)(alignment - 1));
        return memory;
    }
}
