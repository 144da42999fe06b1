namespace Alloc.PageTable;

/// <summary>Where a writer's walk ended.</summary>
internal enum WalkEnd
{
    /// <summary>At the terminal node of the key.</summary>
    Terminal,

    /// <summary>At an EMPTY slot.</summary>
    EmptySlot,

    /// <summary>At a slot that carries the mark: its directory is being replaced, and waits for help (F4).</summary>
    FrozenSlot,

    /// <summary>At a node that does not cover the key: the bits that were skipped above it differ.</summary>
    Mismatch,

    /// <summary>At the root of a disposed table.</summary>
    Disposed,
}

/// <summary>The walks that record their path, for whoever changes structure. Lookups take <see cref="Lookup"/>.</summary>
internal static class Walk
{
    /// <summary>To the terminal node of <paramref name="key"/>. A writer compares each node's prefix where bits were skipped.</summary>
    public static WalkEnd To(SharedWord root, ulong key, ref TreePath path)
    {
        path.StartAt(root);
        path.Route = key;
        if (path.Word.Equals(ChildWord.Disposed)) return WalkEnd.Disposed;
        while (true)
        {
            ChildWord word = path.Word;
            if (word.IsFrozen) return WalkEnd.FrozenSlot;
            if (word.IsEmpty) return WalkEnd.EmptySlot;
            if (word.Skips && !Covers(word, key)) return WalkEnd.Mismatch;
            if (!word.IsDirectory) return WalkEnd.Terminal;
            path.Push(word.Directory[word.IndexOf(key)]);
        }
    }

    /// <summary>
    /// To a node on the way to <paramref name="key"/> whose freeze pass has begun (F12): true with the path at that node, false where
    /// nothing on the way is frozen.
    /// </summary>
    public static bool ToFrozen(SharedWord root, ulong key, ref TreePath path)
    {
        path.StartAt(root);
        path.Route = key;
        while (true)
        {
            ChildWord word = path.Word;
            if (word.IsFrozen)
            {
                if (path.IsAtRoot) return false; // disposed
                path.Pop();
                return true;
            }
            if (word.IsEmpty || (word.Skips && !Covers(word, key))) return false;
            if (!word.IsDirectory) return Terminal.FreezeHasBegun(word);
            if (word.Directory.FreezeHasBegun) return true;
            path.Push(word.Directory[word.IndexOf(key)]);
        }
    }

    /// <summary>
    /// To the first directory on the way to <paramref name="key"/> that looks empty, or to a frozen slot before it; false where there is neither.
    /// </summary>
    public static bool ToEmptied(SharedWord root, ulong key, ref TreePath path)
    {
        path.StartAt(root);
        path.Route = key;
        while (true)
        {
            ChildWord word = path.Word;
            if (word.IsFrozen) return !path.IsAtRoot;
            if (word.IsEmpty || !word.IsDirectory || (word.Skips && !Covers(word, key))) return false;
            int index = word.IndexOf(key);
            if (word.Directory.LooksEmpty(index)) return true;
            path.Push(word.Directory[index]);
        }
    }

    private static bool Covers(ChildWord word, ulong key)
    {
        int bits = word.BitsBelow(Geometry.KeyBits);
        return bits >= Geometry.KeyBits || (word.FirstKey ^ key) >> bits == 0;
    }
}
