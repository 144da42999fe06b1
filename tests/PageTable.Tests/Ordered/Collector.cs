namespace Alloc.PageTable.Tests;

/// <summary>Keeps what a scan shows, and holds it against what a scan promises of each block.</summary>
internal struct Collector<TValue> : IScanVisitor<TValue> where TValue : unmanaged
{
    public Collector()
    {
    }

    public List<KeyValuePair<ulong, TValue>> Entries { get; } = [];

    public int Calls { get; private set; }

    public int StopAfter { get; init; } = int.MaxValue;

    public bool Visit(ReadOnlySpan<ulong> keys, ReadOnlySpan<TValue> values)
    {
        Assert.InRange(keys.Length, 1, 512);
        Assert.Equal(keys.Length, values.Length);
        for (int i = 0; i < keys.Length; i++)
        {
            Assert.True(Entries.Count == 0 || Entries[^1].Key < keys[i]);
            Entries.Add(new(keys[i], values[i]));
        }
        return ++Calls < StopAfter;
    }
}
