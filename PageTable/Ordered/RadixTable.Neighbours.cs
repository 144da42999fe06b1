using System.Runtime.CompilerServices;
using Alloc.Rcu;

namespace Alloc.PageTable;

// Ordered queries for one entry. What they promise while writers run: the entry was in the table at a moment during the call, and no key
// that was present throughout lies between it and where the search began. That is less than linearizable, since words are
// looked at one after the other; where nobody writes between the two keys it is exact.
public sealed unsafe partial class RadixTable<TValue>
{
    /// <summary>Nodes that one section looks at; where they are all empty, another section goes on.</summary>
    private const int NodesPerSection = 32;

    /// <summary>The entry with the lowest key.</summary>
    /// <remarks>One walk, and one step more for each node that stands empty. No code of yours runs inside its section. While others write, the entry
    /// was there at a moment during the call, and no lower key was there throughout. Allocates nothing.</remarks>
    /// <param name="key">The key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where the table is empty.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetFirst(out ulong key, out TValue value) => TryFind(0, isUp: true, out key, out value);

    /// <summary>The entry with the highest key.</summary>
    /// <remarks>As <see cref="TryGetFirst"/>, from the other end.</remarks>
    /// <param name="key">The key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where the table is empty.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetLast(out ulong key, out TValue value) => TryFind(ulong.MaxValue, isUp: false, out key, out value);

    /// <summary>The entry at a key or, where there is none, at the next higher key that has one.</summary>
    /// <remarks>One walk where the entry lies in the node of <paramref name="key"/>; otherwise it goes on by way of the directories. While others
    /// write, the entry was there at a moment during the call, and no key between was there throughout. Allocates nothing.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key at or above <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetCeiling(ulong key, out ulong foundKey, out TValue value) => TryFind(key, isUp: true, out foundKey, out value);

    /// <summary>The entry at a key or, where there is none, at the next lower key that has one.</summary>
    /// <remarks>As <see cref="TryGetCeiling"/>, downwards. With ranges stored at their first address it finds the range that an address may lie in.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key at or below <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetFloor(ulong key, out ulong foundKey, out TValue value) => TryFind(key, isUp: false, out foundKey, out value);

    /// <summary>The entry at the next higher key that has one.</summary>
    /// <remarks>As <see cref="TryGetCeiling"/>, without <paramref name="key"/> itself.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key above <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetHigher(ulong key, out ulong foundKey, out TValue value)
    {
        if (key < ulong.MaxValue) return TryFind(key + 1, isUp: true, out foundKey, out value);
        ThrowIfDisposed();
        foundKey = 0;
        value = default;
        return false;
    }

    /// <summary>The entry at the next lower key that has one.</summary>
    /// <remarks>As <see cref="TryGetFloor"/>, without <paramref name="key"/> itself.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key below <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetLower(ulong key, out ulong foundKey, out TValue value)
    {
        if (key > 0) return TryFind(key - 1, isUp: false, out foundKey, out value);
        ThrowIfDisposed();
        foundKey = 0;
        value = default;
        return false;
    }

    private bool TryFind(ulong from, bool isUp, out ulong key, out TValue value)
    {
        // Nothing in here throws, so the section needs no finally.
        ReadSection section = _domain.Enter();
        bool found = TryFindHere(from, isUp, out key, out value) || TryFindSlow(from, isUp, ref section, out key, out value);
        section.Dispose();
        GC.KeepAlive(this);
        return found || Missing();
    }

    // In the node to which the key leads, by a lookup's walk. Where bits were skipped on the way, the node may not be the key's: then it has the key itself
    // or nothing to say.
    private bool TryFindHere(ulong from, bool isUp, out ulong key, out TValue value)
    {
        var node = new ChildWord(Lookup.Descend(_root, from, out ulong passed));
        if ((passed & ChildWord.SkipBit) != 0) return TryFindUnderSkip(from, isUp, out key, out value);
        key = from;
        if (!node.IsEmpty && !node.IsBucket)
        {
            // In a bucket the search for the key would be a line more to wait for.
            ulong* place = Terminal.Find(node, from);
            if (place != null && TryRead(new SharedWord(place).Read(), out value)) return true;
        }
        value = default;
        return !node.IsEmpty && NodeScan.TryFind(node, from, isUp, out key, out ulong word) && TryRead(word, out value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private bool TryFindUnderSkip(ulong from, bool isUp, out ulong key, out TValue value)
    {
        ulong* place = Lookup.FindPlace(_root, from, out ChildWord node);
        key = from;
        if (place != null && TryRead(new SharedWord(place).Read(), out value)) return true;
        value = default;
        return !node.IsEmpty && NodeScan.TryFind(node, from, isUp, out key, out ulong word) && TryRead(word, out value);
    }

    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    private bool TryFindSlow(ulong from, bool isUp, ref ReadSection section, out ulong key, out TValue value)
    {
        while (true)
        {
            var walk = new OrderedWalk(_root);
            bool there = walk.MoveTo(from, isUp);
            for (int nodes = 0; there && nodes < NodesPerSection; nodes++)
            {
                if (NodeScan.TryFind(walk.Node, from, isUp, out key, out ulong word)) return TryRead(word, out value);
                if (isUp ? walk.LastKey == ulong.MaxValue : walk.FirstKey == 0) there = false;
                else
                {
                    from = isUp ? walk.LastKey + 1 : walk.FirstKey - 1;
                    there = walk.Move(isUp);
                }
            }
            if (!there)
            {
                key = 0;
                value = default;
                return false;
            }
            section.Dispose();
            section = _domain.Enter();
        }
    }
}
