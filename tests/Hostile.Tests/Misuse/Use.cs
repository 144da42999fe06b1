namespace Alloc.Hostile.Tests.Misuse;

/// <summary>One public member, called as it should be; and what it answers where it should not be called.</summary>
/// <param name="Member">The member, as <see cref="Surface"/> writes it.</param>
/// <param name="Call">Calls it with good arguments.</param>
internal sealed record Use(string Member, Action<Site> Call)
{
    /// <summary>After its object was disposed: the exception, or null where it goes on working.</summary>
    public Type? Disposed { get; init; } = typeof(ObjectDisposedException);

    /// <summary>Inside a read section of the domain.</summary>
    public Type? InSection { get; init; }

    /// <summary>Inside a callback of the domain.</summary>
    public Type? InCallback { get; init; }

    public override string ToString() => Member;

    /// <summary>Works whatever has been disposed.</summary>
    public Use Always() => this with { Disposed = null };

    /// <summary>Would wait for a grace period, which inside a section or callback would never end.</summary>
    public Use Waits() => this with { InSection = typeof(InvalidOperationException), InCallback = typeof(InvalidOperationException) };

    /// <summary>Reads of documented figures, and of what costs a check on the hot path: a disposed object may answer or throw.</summary>
    public Use MayAnswerDisposed() => this with { Disposed = typeof(Either) };

    /// <summary>Stands for "throws ObjectDisposedException or works".</summary>
    internal sealed class Either;
}
