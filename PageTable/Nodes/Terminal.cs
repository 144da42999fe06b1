namespace Alloc.PageTable;

/// <summary>What every terminal node can do, whatever its kind: leaf table, run or bucket.</summary>
internal static unsafe class Terminal
{
    /// <summary>The place of a key's value word; null where the node has none. The node covers the key.</summary>
    public static ulong* Find(ChildWord node, ulong key)
    {
        if (node.IsBucket) return Bucket.Find(node.Bits, key);
        return node.IsRun ? Run.Find(node.Bits, key) : node.LeafTable.Slots + LeafTable.Index(key);
    }

    /// <summary>The place of a key's value word, made for an insert where there is none.</summary>
    public static Claim TryClaim(ChildWord node, ulong key, bool inserts, out SharedWord value)
    {
        if (inserts && node.IsBucket && !Bucket.IsReserved(key)) return node.Bucket.TryClaim(key, out value);
        ulong* place = Find(node, key);
        value = new SharedWord(place);
        if (place != null) return Claim.Found;
        return inserts ? Claim.Crowded : Claim.Absent;
    }

    /// <summary>The value words of a node that is not a bucket.</summary>
    public static Window Window(ChildWord node) => node.IsRun ? node.Run.Window : node.LeafTable.Window;

    /// <summary>How many entries the node may hold at most.</summary>
    public static int Capacity(ChildWord node) => node.IsBucket ? node.Bucket.EndLane - Bucket.FirstLane : Window(node).Count;

    /// <summary>A pass begins with the node's first word, so one look tells whether it has begun (F1).</summary>
    public static bool FreezeHasBegun(ChildWord node) => node.IsBucket ? node.Bucket.FreezeHasBegun : Window(node).FreezeHasBegun;

    /// <summary>The whole pass (F2), and what the node holds for good.</summary>
    public static void Freeze(ChildWord node, ref Content content)
    {
        if (node.IsBucket) node.Bucket.Freeze(ref content);
        else Window(node).Freeze(ref content);
    }

    /// <summary>A guess that starts a replacement; the frozen content decides (F8).</summary>
    /// <param name="node">The node.</param>
    /// <param name="cleared">The value word just cleared, in whose line the search begins.</param>
    public static bool LooksEmpty(ChildWord node, SharedWord cleared)
    {
        if (node.IsBucket) return node.Bucket.LooksEmpty(cleared);
        Window window = Window(node);
        return window.LooksEmpty((int)(cleared.Location - window.Words));
    }

    public static bool LooksEmpty(ChildWord node) =>
        LooksEmpty(node, node.IsBucket ? node.Bucket.ValueLane(Bucket.FirstLane) : Window(node)[0]);

    /// <summary>The entries whose keys lie in a range, as they are read; what is read is right for the reason given at <see cref="Lookup"/>.</summary>
    public static void Collect(ChildWord node, ulong first, ulong last, ref Content content)
    {
        if (node.IsBucket)
        {
            node.Bucket.Collect(first, last, ref content);
            return;
        }
        Window window = Window(node);
        window.Clip(first, last, out int from, out int to);
        for (from = window.NextValue(from, to); from <= to; from = window.NextValue(from + 1, to))
        {
            ulong word = window[from].Read();
            if (!ValueWord.IsAbsent(word)) content.Add(window.FirstKey + (uint)from, ValueWord.Unfrozen(word));
        }
    }
}
