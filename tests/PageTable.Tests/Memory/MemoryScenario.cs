namespace Alloc.PageTable.Tests;

/// <summary>Steps that want memory, and what is in the table before them.</summary>
/// <param name="Before">Entries that are there when memory becomes scarce.</param>
/// <param name="Steps">What is done then.</param>
internal sealed record MemoryScenario(ulong[] Before, MemoryStep[] Steps)
{
    /// <summary>Whether the entries before lie in leaf tables, whatever their number.</summary>
    public bool InLeafTables { get; init; }

    public static ulong ValueOf(ulong key, ulong bits = 0) => InlineValues.Make(key, 5) | bits;

    public void SetUp(RadixTable<ulong> table, SortedDictionary<ulong, ulong> oracle)
    {
        if (InLeafTables) table.PutInLeafTables(key => ValueOf(key), Before);
        foreach (ulong key in Before) table[key] = oracle[key] = ValueOf(key);
    }
}

/// <summary>One operation on a table and on the dictionary that knows what has to be in it.</summary>
internal sealed record MemoryStep(string Name, Action<RadixTable<ulong>, SortedDictionary<ulong, ulong>> Act, bool Inserts)
{
    /// <summary>Does it. An insert may say that there is no memory, and then has changed nothing; a removal never does.</summary>
    public void Do(RadixTable<ulong> table, SortedDictionary<ulong, ulong> oracle)
    {
        List<KeyValuePair<ulong, ulong>> before = [.. oracle];
        try
        {
            Act(table, oracle);
        }
        catch (OutOfMemoryException)
        {
            Assert.True(Inserts, $"{Name} threw, and a removal never does");
            Assert.Equal(before, table.ToList()); // as it was
            oracle.Clear();
            foreach (var (key, value) in before) oracle.Add(key, value);
        }
        Assert.Equal(oracle.Count, table.Count);
        foreach (var (key, value) in oracle) Assert.True(table.TryGetValue(key, out ulong found) && found == value, $"{Name}: {key:x} is {found:x}");
    }

    public static MemoryStep Put(ulong key, ulong bits = 0) => new($"put {key:x}", (table, oracle) =>
    {
        ulong value = MemoryScenario.ValueOf(key, bits);
        table[key] = value;
        oracle[key] = value;
    }, true);

    public static MemoryStep[] PutAll(IEnumerable<ulong> keys) => [.. keys.Select(key => Put(key))];

    public static MemoryStep Update(ulong key, ulong bits) => new($"update {key:x}", (table, oracle) =>
    {
        if (!oracle.TryGetValue(key, out ulong present)) return;
        Assert.True(table.TryUpdate(key, MemoryScenario.ValueOf(key, bits), present));
        oracle[key] = MemoryScenario.ValueOf(key, bits);
    }, true);

    public static MemoryStep Cut(ulong key) => new($"cut {key:x}", (table, oracle) =>
    {
        bool had = oracle.Remove(key, out ulong expected);
        Assert.Equal(had, table.TryRemove(key, out ulong value));
        if (had) Assert.Equal(expected, value);
    }, false);

    public static MemoryStep[] CutAll(IEnumerable<ulong> keys) => [.. keys.Select(Cut)];

    public static MemoryStep CutExpected(ulong key) => new($"cut {key:x} as it is", (table, oracle) =>
    {
        if (!oracle.Remove(key, out ulong expected)) return;
        Assert.False(table.TryRemove(key, expected + 1));
        Assert.True(table.TryRemove(key, expected));
    }, false);

    public static MemoryStep CutRange(ulong first, ulong last) => new($"cut {first:x} to {last:x}", (table, oracle) =>
    {
        List<ulong> gone = [.. oracle.Keys.Where(key => key >= first && key <= last)];
        Assert.Equal(gone.Count, table.RemoveRange(first, last));
        gone.ForEach(key => oracle.Remove(key));
    }, false);

    public static MemoryStep Trim() => new("trim", (table, _) => table.Trim(), false);
}
