using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// Magazines (arrays of addresses) on their way between threads: one lock-free stack of full ones for each kind of thing, one of
/// empty ones for all. A transfer touches neither page nor descriptor nor block.
/// </summary>
/// <remarks>
/// Progress: lock-free; a failed CAS means that another thread moved a magazine.
/// Argument (Treiber 1986): D1 the head carries a tag that grows with every change, so a head that comes back to the same
/// magazine is not the same head (48 bits of tag: 2^48 changes within one stalled CAS). D2 magazines are never freed before the
/// allocator, so the link of one that was popped by another may be read; D1 makes the CAS fail then.
/// D3 the entries of a magazine belong to who popped it, until he pushes it.
/// </remarks>
internal sealed unsafe class Depot
{
    /// <summary>Entries of a magazine.</summary>
    public const int Capacity = 32;

    private const int MagazineCount = 512;
    private const int IndexBits = 16;

    private readonly ulong[] _full;
    private readonly int[] _counts;
    private ulong _empty;
    private ulong _magazines;

    public Depot(int kinds)
    {
        _full = new ulong[kinds];
        _counts = new int[kinds];
        // In validation mode the tags start just before they wrap.
        _empty = Validation.IsOn ? ulong.MaxValue << IndexBits : 0;
        Array.Fill(_full, _empty);
    }

    /// <summary>Things that lie in the depot, by kind. Exact at rest.</summary>
    public long CountOf(int kind) => Volatile.Read(ref _counts[kind]);

    /// <summary>Puts up to <see cref="Capacity"/> things in. False: no room, or already <paramref name="most"/> of the kind.</summary>
    public bool TryPush(int kind, ulong* entries, int count, int most)
    {
        if (Volatile.Read(ref _counts[kind]) + count > most || !TryEnsureMagazines())
            return false;
        Magazine* magazine = Pop(ref _empty);
        if (magazine == null)
            return false;
        new ReadOnlySpan<ulong>(entries, count).CopyTo(new Span<ulong>(magazine->Entries, Capacity));
        magazine->Count = count;
        Interlocked.Add(ref _counts[kind], count);
        Push(ref _full[kind], magazine);
        return true;
    }

    /// <summary>Takes one magazine's things out; returns how many, 0 if there is none.</summary>
    public int Pop(int kind, ulong* entries)
    {
        if (SharedWord.Load(ref _full[kind]) << (64 - IndexBits) == 0)
            return 0;
        Magazine* magazine = Pop(ref _full[kind]);
        if (magazine == null)
            return 0;
        int count = magazine->Count;
        new ReadOnlySpan<ulong>(magazine->Entries, count).CopyTo(new Span<ulong>(entries, count));
        Interlocked.Add(ref _counts[kind], -count);
        Push(ref _empty, magazine);
        return count;
    }

    /// <summary>Frees the magazines. The caller vouches that no other thread is in here.</summary>
    public void Dispose()
    {
        NativeMemory.AlignedFree((void*)_magazines);
        _magazines = 0;
        _empty = 0;
        Array.Clear(_full);
    }

    private bool TryEnsureMagazines()
    {
        if (SharedWord.Load(ref _magazines) != 0)
            return true;
        byte* fresh = PageSource.TryAlignedAllocZeroed(MagazineCount * Magazine.Size, 64);
        if (fresh == null)
            return false;
        if (!SharedWord.TryReplace(ref _magazines, 0, (ulong)fresh))
        {
            NativeMemory.AlignedFree(fresh);
            return true;
        }
        for (int i = 0; i < MagazineCount; i++)
            Push(ref _empty, At(i + 1));
        return true;
    }

    private Magazine* At(int number) => (Magazine*)(_magazines + ((ulong)(number - 1) * Magazine.Size));

    private void Push(ref ulong head, Magazine* magazine)
    {
        ulong number = (((ulong)magazine - _magazines) / Magazine.Size) + 1;
        while (true)
        {
            ulong seen = SharedWord.Load(ref head);
            SharedWord.Store(ref magazine->Next, seen & ((1 << IndexBits) - 1));
            if (SharedWord.TryReplace(ref head, seen, Successor(seen, number)))
                return;
        }
    }

    private Magazine* Pop(ref ulong head)
    {
        while (true)
        {
            ulong seen = SharedWord.Load(ref head);
            int number = (int)(seen & ((1 << IndexBits) - 1));
            if (number == 0)
                return null;
            Magazine* magazine = At(number);
            if (SharedWord.TryReplace(ref head, seen, Successor(seen, SharedWord.Load(ref magazine->Next))))
                return magazine;
        }
    }

    /// <summary>D1: the next tag, with another magazine.</summary>
    private static ulong Successor(ulong head, ulong number) =>
        Validation.LeftOut == LeftOut.DepotTag ? number : (((head >> IndexBits) + 1) << IndexBits) | number;

    [StructLayout(LayoutKind.Sequential)]
    private struct Magazine
    {
        public const int Size = 320; // five lines

        public ulong Next;
        public int Count;
        public fixed ulong Entries[Capacity];
    }
}
