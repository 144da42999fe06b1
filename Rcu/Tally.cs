namespace Alloc.Rcu;

/// <summary>A count that one thread at a time adds to and any may read.</summary>
internal struct Tally
{
    private long _value;

    public readonly long Value => SharedWord.Read(in _value);

    public void Add(long amount) => SharedWord.Write(ref _value, _value + amount);

    public void Set(long value) => SharedWord.Write(ref _value, value);
}
