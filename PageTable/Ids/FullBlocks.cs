using System.Numerics;

namespace Alloc.PageTable;

/// <summary>Which blocks of 512 keys are believed full, so that a search for a free key skips a full front of any length in a few steps.</summary>
/// <remarks>
/// <b>What it is.</b> A tree of bits over the numbers of blocks, 32 children a word: bit i of a word of level 0 says that a block is full, a bit of level n + 1
/// that a word of level n has all its bits. The words are the values of a small table of this library, which holds nothing where nothing is full.
/// <para><b>Guarantee.</b> A hint, never a truth: a bit that is missing costs a look at the block; the key that a search returns has been looked at itself. At rest no
/// bit stands for a block that has a free key, so that searches then find the lowest.</para>
/// <para><b>Argument.</b> I1: who has found a block full sets its bit, <em>then</em> looks at the block again, and takes the bit back where it is not full any
/// more. I2: who has removed a key <em>then</em> looks at the bit, and takes it back where it is set. Setting, removing, and taking back are locked
/// instructions, so of the two looks one comes after both changes, and the bit goes. The same between each level and the one above: all bits set, then the
/// bit above, then look again; a bit taken back, then the bit above. A bit taken back too often is a missing one, and the next search
/// that comes by sets it again. Every step is lock-free, as the table is.</para>
/// <para>No memory for a bit is a missing bit as well.</para>
/// </remarks>
internal sealed class FullBlocks(RadixTableOptions options) : IDisposable
{
    private const int BitsPerLevel = 5;
    private const uint AllBits = uint.MaxValue;
    private const int BlockBits = Geometry.KeyBits - Geometry.BitsPerTable;
    private const int Levels = BlockBits / BitsPerLevel;
    private const int LevelShift = 60;

    private readonly RadixTable<uint> _words = new(options);

    /// <summary>The first block at or after <paramref name="block"/> that is not believed full; false where there is none.</summary>
    public bool TryFindNotFull(ulong block, out ulong found)
    {
        int level = 0;
        ulong at = block; // a block at level 0, a word of the level below at the others
        while (true)
        {
            uint full = Read(level, at >> BitsPerLevel), free = ~full & (AllBits << (int)(at & 31));
            if (free != 0)
            {
                at = (at & ~31UL) | (uint)BitOperations.TrailingZeroCount(free);
                if (level == 0)
                {
                    found = at;
                    return true;
                }
                level--;
                at <<= BitsPerLevel;
            }
            else
            {
                at >>= BitsPerLevel;
                if (full == AllBits) Raise(level + 1, at); // where it was taken back too often
                at++;
                level++;
                if (level == Levels || at >> (BlockBits - level * BitsPerLevel) != 0)
                {
                    found = 0;
                    return false;
                }
            }
        }
    }

    /// <summary>The caller has found a block full (I1).</summary>
    public void Set<TBlocks>(ulong block, TBlocks blocks)
        where TBlocks : struct, IBlocks
    {
        if (!TrySet(0, block)) return;
        if (!blocks.IsFull(block))
        {
            Clear(block);
            return;
        }
        Raise(1, block >> BitsPerLevel);
    }

    /// <summary>The caller has removed a key of a block (I2).</summary>
    public void Clear(ulong block) => Clear(0, block);

    /// <summary>The caller has removed keys of many blocks (I2).</summary>
    public void Clear(ulong first, ulong last)
    {
        for (int level = 0; level < Levels; level++)
        {
            first >>= BitsPerLevel;
            last >>= BitsPerLevel;
            _words.RemoveRange(Key(level, first), Key(level, last));
        }
    }

    public void Dispose() => _words.Dispose();

    /// <summary>For hints that nobody has seen.</summary>
    public void GiveUp() => _words.GiveUp();

    /// <summary>When the table that the hints are of has gone.</summary>
    public static async Task DisposeAfter(Task teardown, FullBlocks? blocks)
    {
        await teardown.ConfigureAwait(false);
        if (blocks is not null) await blocks._words.DisposeAsync().ConfigureAwait(false);
    }

    private static ulong Key(int level, ulong word) => (ulong)level << LevelShift | word;

    private uint Read(int level, ulong word) => _words.GetValueOrDefault(Key(level, word));

    private bool TrySet(int level, ulong at)
    {
        uint bit = 1u << (int)(at & 31);
        ulong key = Key(level, at >> BitsPerLevel);
        if ((_words.GetValueOrDefault(key) & bit) != 0) return true;
        try
        {
            _words.Or(key, bit);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    // The bits above a word that has all of its own (I1).
    private void Raise(int level, ulong at)
    {
        for (; level < Levels && Read(level - 1, at) == AllBits; level++, at >>= BitsPerLevel)
        {
            if (!TrySet(level, at)) return;
            if (Read(level - 1, at) == AllBits) continue;
            Clear(level, at);
            return;
        }
    }

    // Upwards as far as bits stand (I2); where one is missing already, whoever took it back goes on from there.
    private void Clear(int level, ulong at)
    {
        for (; level < Levels; level++, at >>= BitsPerLevel)
        {
            uint bit = 1u << (int)(at & 31);
            ulong key = Key(level, at >> BitsPerLevel);
            if ((_words.GetValueOrDefault(key) & bit) == 0) return;
            try
            {
                if ((_words.And(key, ~bit) & ~bit) == 0) _words.TryRemove(key, 0u);
            }
            catch (OutOfMemoryException)
            {
                _words.TryRemove(key, out _); // never fails, and costs hints only
            }
        }
    }
}

/// <summary>Who can tell whether a block is full.</summary>
internal interface IBlocks
{
    bool IsFull(ulong block);
}
