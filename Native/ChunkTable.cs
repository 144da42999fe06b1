using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Alloc.Native;

/// <summary>
/// The slots for an allocator's chunks, in segments of 64, and for each segment two words that tell which chunks
/// <i>may</i> have a free page: a warm one (with memory behind it) or a cold one.
/// </summary>
/// <remarks>
/// A hint bit errs on one side only. T1: after a free bit was set, the hint is looked at and set if clear (both full
/// fences); who clears a hint looks at the chunk once more and sets it again if a page has come. Either sees the other.
/// </remarks>
internal sealed unsafe class ChunkTable
{
    private readonly SteadyLock _slots = new();
    private Segment*[] _segments = [];

    /// <summary>Slots that exist; <see cref="At"/> is legal below it.</summary>
    public int Length => Volatile.Read(ref _segments).Length * 64;

    public Chunk* At(int index) => Volatile.Read(ref _segments)[index >> 6]->At(index & 63);

    /// <summary>The lowest chunk at or above <paramref name="from"/> that may have a page of the kind, or null.</summary>
    public Chunk* Find(bool cold, int from)
    {
        Segment*[] segments = Volatile.Read(ref _segments);
        for (int s = from >> 6; s < segments.Length; s++)
        {
            ulong hints = SharedWord.Load(ref segments[s]->Hint(cold));
            if (s == from >> 6)
                hints &= ulong.MaxValue << (from & 63);
            if (hints != 0)
                return segments[s]->At(BitOperations.TrailingZeroCount(hints));
        }
        return null;
    }

    /// <summary>T1: to be called after free bits of the chunk were set.</summary>
    public void Hint(Chunk* chunk, bool cold)
    {
        ref ulong hint = ref Volatile.Read(ref _segments)[chunk->Index >> 6]->Hint(cold);
        ulong bit = 1UL << (chunk->Index & 63);
        if ((SharedWord.Load(ref hint) & bit) == 0)
            SharedWord.Set(ref hint, bit);
    }

    /// <summary>T1: to be called by who found no page of the kind in the chunk.</summary>
    public void Unhint(Chunk* chunk, bool cold)
    {
        ref ulong hint = ref Volatile.Read(ref _segments)[chunk->Index >> 6]->Hint(cold);
        ulong bit = 1UL << (chunk->Index & 63);
        SharedWord.Clear(ref hint, bit);
        if (cold ? chunk->HasCold() : chunk->HasWarm())
            SharedWord.Set(ref hint, bit);
    }

    /// <summary>A slot for a new chunk, or null: no memory for the slots.</summary>
    public Chunk* TryRent()
    {
        using (_slots.Hold())
        {
            foreach (Segment* segment in _segments)
            {
                if (segment->Used == ulong.MaxValue)
                    continue;
                int slot = BitOperations.TrailingZeroCount(~segment->Used);
                segment->Used |= 1UL << slot;
                return segment->At(slot);
            }

            Segment*[]? longer = TryCopyLonger(_segments);
            var fresh = longer == null ? null : (Segment*)PageSource.TryAlignedAllocZeroed(Segment.Size, 64);
            if (fresh == null)
                return null;
            for (int i = 0; i < 64; i++)
                fresh->At(i)->Index = (_segments.Length * 64) + i;
            fresh->Used = 1;
            longer![^1] = fresh;
            Volatile.Write(ref _segments, longer);
            return fresh->At(0);
        }
    }

    private static Segment*[]? TryCopyLonger(Segment*[] segments)
    {
        try
        {
            var longer = new Segment*[segments.Length + 1];
            for (int i = 0; i < segments.Length; i++)
                longer[i] = segments[i];
            return longer;
        }
        catch (OutOfMemoryException)
        {
            return null;
        }
    }

    public void Return(Chunk* chunk)
    {
        using (_slots.Hold())
            _segments[chunk->Index >> 6]->Used &= ~(1UL << (chunk->Index & 63));
    }

    /// <summary>Frees the slots. The caller vouches that no other thread looks at them any more.</summary>
    public void Dispose()
    {
        Segment*[] segments = Interlocked.Exchange(ref _segments, []);
        foreach (Segment* segment in segments)
            NativeMemory.AlignedFree(segment);
    }

    /// <summary>Lives in native memory only: 64 bytes of hints, then 64 chunks.</summary>
    private struct Segment
    {
        private const int HeadSize = 64;
        public const int Size = HeadSize + (64 * 256);

        private ulong _warm;
        private ulong _cold;
        public ulong Used;

        [UnscopedRef]
        public ref ulong Hint(bool cold) => ref cold ? ref _cold : ref _warm;

        public Chunk* At(int slot) => (Chunk*)((byte*)Unsafe.AsPointer(ref this) + HeadSize) + slot;
    }
}
