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
    public bool TryGetFirst(out ulong key, out TValue value) => TryFindUp(0, out key, out value);

    /// <summary>The entry with the highest key.</summary>
    /// <remarks>As <see cref="TryGetFirst"/>, from the other end.</remarks>
    /// <param name="key">The key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where the table is empty.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetLast(out ulong key, out TValue value) => TryFindDown(ulong.MaxValue, out key, out value);

    /// <summary>The entry at a key or, where there is none, at the next higher key that has one.</summary>
    /// <remarks>One walk where the entry lies in the node of <paramref name="key"/>; otherwise it goes on by way of the directories. While others
    /// write, the entry was there at a moment during the call, and no key between was there throughout. Allocates nothing.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key at or above <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetCeiling(ulong key, out ulong foundKey, out TValue value) => TryFindUp(key, out foundKey, out value);

    /// <summary>The entry at a key or, where there is none, at the next lower key that has one.</summary>
    /// <remarks>As <see cref="TryGetCeiling"/>, downwards. With ranges stored at their first address it finds the range that an address may lie in.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key at or below <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetFloor(ulong key, out ulong foundKey, out TValue value) => TryFindDown(key, out foundKey, out value);

    /// <summary>The entry at the next higher key that has one.</summary>
    /// <remarks>As <see cref="TryGetCeiling"/>, without <paramref name="key"/> itself.</remarks>
    /// <param name="key">Any key.</param>
    /// <param name="foundKey">The entry's key, or 0.</param>
    /// <param name="value">Its value, or default.</param>
    /// <returns>False where no key above <paramref name="key"/> is in the table.</returns>
    /// <exception cref="ObjectDisposedException">The table is disposed.</exception>
    public bool TryGetHigher(ulong key, out ulong foundKey, out TValue value)
    {
        if (key < ulong.MaxValue) return TryFindUp(key + 1, out foundKey, out value);
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
        if (key > 0) return TryFindDown(key - 1, out foundKey, out value);
        ThrowIfDisposed();
        foundKey = 0;
        value = default;
        return false;
    }

    private bool TryFindUp(ulong from, out ulong key, out TValue value)
    {
        // Nothing in here throws, so the section needs no finally.
        ReadSection section = _domain.Enter();
        bool found = TryFindUpHere(from, out key, out value) || TryFindUpSlow(from, ref section, out key, out value);
        section.Dispose();
        GC.KeepAlive(this);
        return found || Missing();
    }

    // In the node to which the key leads, by a lookup's walk.
    private bool TryFindUpHere(ulong from, out ulong key, out TValue value)
    {
        ulong* place = Lookup.FindPlace(_root, from, out ChildWord node);
        key = from;
        if (place != null && TryRead(new SharedWord(place).Read(), out value)) return true;
        value = default;
        return !node.IsEmpty && NodeScan.TryFindUp(node, from, out key, out ulong word) && TryRead(word, out value);
    }

    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    private bool TryFindUpSlow(ulong from, ref ReadSection section, out ulong key, out TValue value)
    {
        while (true)
        {
            var walk = new TerminalWalk(_root);
            bool there = walk.MoveUpTo(from);
            for (int nodes = 0; there && nodes < NodesPerSection; nodes++)
            {
                if (NodeScan.TryFindUp(walk.Node, from, out key, out ulong word)) return TryRead(word, out value);
                if (walk.LastKey == ulong.MaxValue) there = false;
                else
                {
                    from = walk.LastKey + 1;
                    there = walk.MoveUp();
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

    private bool TryFindDown(ulong from, out ulong key, out TValue value)
    {
        ReadSection section = _domain.Enter();
        bool found = TryFindDownHere(from, out key, out value) || TryFindDownSlow(from, ref section, out key, out value);
        section.Dispose();
        GC.KeepAlive(this);
        return found || Missing();
    }

    private bool TryFindDownHere(ulong from, out ulong key, out TValue value)
    {
        ulong* place = Lookup.FindPlace(_root, from, out ChildWord node);
        key = from;
        if (place != null && TryRead(new SharedWord(place).Read(), out value)) return true;
        value = default;
        return !node.IsEmpty && NodeScan.TryFindDown(node, from, out key, out ulong word) && TryRead(word, out value);
    }

    [MethodImpl(MethodImplOptions.NoInlining), SkipLocalsInit]
    private bool TryFindDownSlow(ulong from, ref ReadSection section, out ulong key, out TValue value)
    {
        while (true)
        {
            var walk = new TerminalWalk(_root);
            bool there = walk.MoveDownTo(from);
            for (int nodes = 0; there && nodes < NodesPerSection; nodes++)
            {
                if (NodeScan.TryFindDown(walk.Node, from, out key, out ulong word)) return TryRead(word, out value);
                if (walk.FirstKey == 0) there = false;
                else
                {
                    from = walk.FirstKey - 1;
                    there = walk.MoveDown();
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
