namespace Alloc.PageTable;

/// <summary>What ordered operations ask of one terminal node, in words and whatever the value type. Inside a section.</summary>
internal static unsafe class NodeScan
{
    /// <summary>The first entry at or after <paramref name="from"/>.</summary>
    public static bool TryFindUp(ChildWord node, ulong from, out ulong key, out ulong word)
    {
        Window window = Terminal.Window(node);
        window.Clip(from, ulong.MaxValue, out int at, out int to);
        for (at = window.NextValue(at, to); at <= to; at = window.NextValue(at + 1, to))
        {
            if (TryRead(window, at, out key, out word)) return true;
        }
        key = word = 0;
        return false;
    }

    /// <summary>The last entry at or before <paramref name="from"/>.</summary>
    public static bool TryFindDown(ChildWord node, ulong from, out ulong key, out ulong word)
    {
        Window window = Terminal.Window(node);
        window.Clip(0, from, out int first, out int at);
        for (at = window.PreviousValue(first, at); at >= first; at = window.PreviousValue(first, at - 1))
        {
            if (TryRead(window, at, out key, out word)) return true;
        }
        key = word = 0;
        return false;
    }

    /// <summary>The first keys of a range and their words, as many as there is room for, in ascending order.</summary>
    public static int CopyUp(ChildWord node, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = 0;
        for (; from <= to && count < room; from++)
        {
            if (TryRead(window, from, out keys[count], out words[count])) count++;
        }
        return count;
    }

    /// <summary>The last keys of a range and their words, as many as there is room for, in descending order.</summary>
    public static int CopyDown(ChildWord node, ulong first, ulong last, ulong* keys, ulong* words, int room)
    {
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = 0;
        for (; from <= to && count < room; to--)
        {
            if (TryRead(window, to, out keys[count], out words[count])) count++;
        }
        return count;
    }

    /// <summary>How many entries of a range the node has.</summary>
    public static int Count(ChildWord node, ulong first, ulong last)
    {
        Window window = Terminal.Window(node);
        window.Clip(first, last, out int from, out int to);
        int count = 0;
        for (; from <= to; from++)
        {
            if (!ValueWord.IsAbsent(window[from].Read())) count++;
        }
        return count;
    }

    /// <summary>The first key of a range without an entry; the range lies in the node's.</summary>
    public static bool TryFindFree(ChildWord node, ulong first, ulong last, out ulong key)
    {
        Window window = Terminal.Window(node);
        key = first;
        if (first < window.FirstKey || first > window.LastKey) return true;
        window.Clip(first, last, out int from, out int to);
        while (from <= to && !ValueWord.IsAbsent(window[from].Read())) from++;
        key = window.FirstKey + (uint)from;
        // Behind the window, where that ends before the range, keys are free.
        return from <= to || (from == window.Count && key != 0 && key <= last);
    }

    // A word is read once: between two reads it may have gone.
    private static bool TryRead(Window window, int index, out ulong key, out ulong word)
    {
        key = window.FirstKey + (uint)index;
        word = window[index].Read();
        return !ValueWord.IsAbsent(word);
    }
}
