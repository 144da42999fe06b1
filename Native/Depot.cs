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

    private const int IndexBits = 16;
    private const int TrayBits = 5, TraySize = 1 << TrayBits, MaxTrays = 32;

    private readonly Line[] _full;
    private readonly SteadyLock _growing = new();
    private Line _empty;

    /// <summary>Magazines are made 32 at a time, when there is need of them.</summary>
    private readonly nint[] _trays = new nint[MaxTrays];
    private int _trayCount;

    public Depot(int kinds)
    {
        _full = new Line[kinds];
        // In validation mode the tags start just before they wrap.
        _empty.Head = Validation.IsOn ? ulong.MaxValue << IndexBits : 0;
        Array.Fill(_full, _empty);
    }

    /// <summary>Things that lie in the depot, by kind. Exact at rest.</summary>
    public long CountOf(int kind) => SharedWord.Load(ref _full[kind].Count);

    /// <summary>Puts up to <see cref="Capacity"/> things in. False: no room, or already <paramref name="most"/> of the kind.</summary>
    public bool TryPush(int kind, ulong* entries, int count, int most)
    {
        if (CountOf(kind) + count > most)
            return false;
        Magazine* magazine = Pop(ref _empty.Head);
        if (magazine == null && (!TryAddTray() || (magazine = Pop(ref _empty.Head)) == null))
            return false;
        new ReadOnlySpan<ulong>(entries, count).CopyTo(new Span<ulong>(magazine->Entries, Capacity));
        magazine->Count = count;
        SharedWord.Add(ref _full[kind].Count, count);
        Push(ref _full[kind].Head, magazine);
        return true;
    }

    /// <summary>Takes one magazine's things out; returns how many, 0 if there is none.</summary>
    public int Pop(int kind, ulong* entries)
    {
        if (SharedWord.Load(ref _full[kind].Head) << (64 - IndexBits) == 0)
            return 0;
        Magazine* magazine = Pop(ref _full[kind].Head);
        if (magazine == null)
            return 0;
        int count = magazine->Count;
        new ReadOnlySpan<ulong>(magazine->Entries, count).CopyTo(new Span<ulong>(entries, count));
        SharedWord.Add(ref _full[kind].Count, -count);
        Push(ref _empty.Head, magazine);
        return count;
    }

    /// <summary>Frees the magazines. The caller vouches that no other thread is in here.</summary>
    public void Dispose()
    {
        for (; _trayCount > 0; _trayCount--)
            NativeMemory.AlignedFree((void*)_trays[_trayCount - 1]);
        _empty = default;
        Array.Clear(_full);
    }

    /// <summary>The only lock here: growing is rare. False: no memory, or enough magazines for any use.</summary>
    private bool TryAddTray()
    {
        using (_growing.Hold())
        {
            if (_trayCount == MaxTrays)
                return false;
            byte* tray = PageSource.TryAlignedAllocZeroed(TraySize * Magazine.Size, 64);
            if (tray == null)
                return false;
            _trays[_trayCount] = (nint)tray;
            int first = (_trayCount++ << TrayBits) + 1;
            for (int i = 0; i < TraySize; i++)
            {
                At(first + i)->Number = first + i;
                Push(ref _empty.Head, At(first + i));
            }
            return true;
        }
    }

    /// <summary>A magazine by its number. Numbers travel through the heads, so the tray is visible to whoever has one.</summary>
    private Magazine* At(int number) => (Magazine*)_trays[(number - 1) >> TrayBits] + ((number - 1) & (TraySize - 1));

    private static void Push(ref ulong head, Magazine* magazine)
    {
        while (true)
        {
            ulong seen = SharedWord.Load(ref head);
            SharedWord.Store(ref magazine->Next, seen & ((1 << IndexBits) - 1));
            if (SharedWord.TryReplace(ref head, seen, Successor(seen, (ulong)magazine->Number)))
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

    /// <summary>A stack's head and its count of things, away from its neighbours.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 128)]
    private struct Line
    {
        public ulong Head;
        public long Count;
    }

    [StructLayout(LayoutKind.Sequential, Size = Size)]
    private struct Magazine
    {
        public const int Size = 320; // five lines

        public ulong Next;
        public int Number;
        public int Count;
        public fixed ulong Entries[Capacity];
    }
}
