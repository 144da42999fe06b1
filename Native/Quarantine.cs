using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// Where freed pages and blocks wait in the hardened modes, poisoned or guarded, first in, first out. They stay charged
/// to the limit; before a request is refused they are let go.
/// </summary>
internal sealed unsafe class Quarantine(Hardening mode, int length)
{
    public const ulong Pattern = 0x0000_6b6b_6b6b_6b6b;

    private readonly bool _guards = (mode & Hardening.Guard) != 0;
    private readonly SteadyLock _sync = new();
    private readonly Queue<Inmate> _inmates = new();

    /// <summary>Takes a freed thing in. True: another's time is over, and it is the caller's now.</summary>
    public bool Exchange(Inmate freed, out Inmate released)
    {
        Lock(ref freed);
        using (_sync.Hold())
        {
            _inmates.Enqueue(freed);
            if (_inmates.Count <= length)
            {
                released = default;
                return false;
            }
            released = _inmates.Dequeue();
        }
        return true;
    }

    /// <summary>Lets one out early. False: there is none.</summary>
    public bool TryRelease(out Inmate released)
    {
        using (_sync.Hold())
            return _inmates.TryDequeue(out released);
    }

    /// <summary>Makes a thing usable again. Returns the offset of the first byte that was written meanwhile, or −1.</summary>
    public static int Unlock(Inmate inmate)
    {
        if (inmate.IsGuarded)
        {
            if (!SystemMemory.Unguard(inmate.Address, (nuint)inmate.Size))
                throw new InvalidOperationException($"The system does not take the guard off 0x{(nuint)inmate.Address:x}.");
            return -1;
        }
        // The first word of a block holds the mark of freed blocks; both are known.
        ReadOnlySpan<ulong> words = new(inmate.Address, inmate.Size / sizeof(ulong));
        if (words[0] != inmate.FirstWord)
            return 0;
        int at = words[1..].IndexOfAnyExcept(Pattern);
        return at < 0 ? -1 : (at + 1) * sizeof(ulong);
    }

    private void Lock(ref Inmate freed)
    {
        if (_guards && freed.IsPage && SystemMemory.Guard(freed.Address, (nuint)freed.Size))
        {
            freed = new(freed.Address, freed.Size, freed.FirstWord, isGuarded: true);
            return;
        }
        ulong first = freed.FirstWord;
        MemoryMarshal.Cast<byte, ulong>(new Span<byte>(freed.Address, freed.Size)).Fill(Pattern);
        *(ulong*)freed.Address = first;
    }

    /// <summary>A freed page or block. No record: the NativeAOT compiler fails on the text of one that has a pointer.</summary>
    internal readonly struct Inmate(byte* address, int size, ulong firstWord, bool isGuarded = false)
    {
        public readonly byte* Address = address;
        public readonly int Size = size;

        /// <summary>What its first word holds meanwhile: the pattern, or the mark of a free block.</summary>
        public readonly ulong FirstWord = firstWord;
        public readonly bool IsGuarded = isGuarded;

        public bool IsPage => Size == Page.Size;
    }
}
