using System.Runtime.CompilerServices;

namespace Alloc.PageTable.Tests;

#pragma warning disable IDE0044, IDE0051 // opaque storage: the bytes are written through spans

[InlineArray(3)]
internal struct Three : IEquatable<Three>
{
    private byte _first;

    public readonly bool Equals(Three other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Three other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(5)]
internal struct Five : IEquatable<Five>
{
    private byte _first;

    public readonly bool Equals(Five other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Five other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(7)]
internal struct Seven : IEquatable<Seven>
{
    private byte _first;

    public readonly bool Equals(Seven other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Seven other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(8)]
internal struct Eight : IEquatable<Eight>
{
    private byte _first;

    public readonly bool Equals(Eight other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Eight other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(9)]
internal struct Nine : IEquatable<Nine>
{
    private byte _first;

    public readonly bool Equals(Nine other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Nine other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(48)]
internal struct Sized48 : IEquatable<Sized48>
{
    private byte _first;

    public readonly bool Equals(Sized48 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Sized48 other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(1000)]
internal struct Sized1000 : IEquatable<Sized1000>
{
    private byte _first;

    public readonly bool Equals(Sized1000 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Sized1000 other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(3072)]
internal struct Sized3072 : IEquatable<Sized3072>
{
    private byte _first;

    public readonly bool Equals(Sized3072 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Sized3072 other && Equals(other);

    public override readonly int GetHashCode() => _first;
}

[InlineArray(4072)]
internal struct Sized4072 : IEquatable<Sized4072>
{
    private byte _first;

    public readonly bool Equals(Sized4072 other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals(object? obj) => obj is Sized4072 other && Equals(other);

    public override readonly int GetHashCode() => _first;
}
