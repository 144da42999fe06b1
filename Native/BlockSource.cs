namespace Alloc.Native;

/// <summary>Where the blocks of one size come from, below the caches and the depot.</summary>
internal abstract unsafe class BlockSource
{
    private long _out;

    /// <summary>Blocks that have left: handed out, or in caches.</summary>
    public long BlocksOut => SharedWord.Load(ref _out);

    /// <summary>Takes up to <paramref name="wanted"/> blocks; returns how many, 0 if limit or system refuse memory.</summary>
    public int Take(ulong* blocks, int wanted)
    {
        int taken = TakeSome(blocks, wanted);
        SharedWord.Add(ref _out, taken);
        return taken;
    }

    /// <summary>Takes a block for compaction: from where it is fullest. Null if limit or system refuse memory.</summary>
    public byte* TakeDense()
    {
        ulong block = 0;
        SharedWord.Add(ref _out, TakeFullest(&block));
        return (byte*)block;
    }

    /// <summary>Gives blocks back. What is emptied becomes pages again.</summary>
    public void Return(ReadOnlySpan<ulong> blocks)
    {
        int twice = ReturnAll(blocks);
        SharedWord.Add(ref _out, twice - blocks.Length);
        if (twice != 0)
            throw new InvalidOperationException("A block was freed twice by two threads at once.");
    }

    /// <summary>So many blocks of this size were given back past this.</summary>
    public void NoteReturned(int count) => SharedWord.Add(ref _out, -count);

    /// <summary>True if moving the block elsewhere would help to set memory free. Racy, hence a hint.</summary>
    public abstract bool IsSparse(byte* block);

    protected abstract int TakeSome(ulong* blocks, int wanted);

    protected abstract int TakeFullest(ulong* block);

    /// <summary>Returns how many were free already.</summary>
    protected abstract int ReturnAll(ReadOnlySpan<ulong> blocks);
}
