namespace Alloc.Rcu;

/// <summary>A point in time of one domain; it elapses with the first grace period that began after it was taken.</summary>
/// <remarks>From <see cref="RcuDomain.GetToken"/>. <c>default</c> has elapsed in every domain.</remarks>
public readonly struct GracePeriodToken : IEquatable<GracePeriodToken>
{
    internal GracePeriodToken(long domain, ulong cookie)
    {
        Domain = domain;
        Cookie = cookie;
    }

    internal long Domain { get; }

    internal ulong Cookie { get; }

    /// <summary>Whether both name the same grace period of the same domain.</summary>
    public bool Equals(GracePeriodToken other) => Domain == other.Domain && Cookie == other.Cookie;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is GracePeriodToken other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Domain, Cookie);

    /// <summary>Whether both name the same grace period of the same domain.</summary>
    public static bool operator ==(GracePeriodToken left, GracePeriodToken right) => left.Equals(right);

    /// <summary>Whether they name different grace periods.</summary>
    public static bool operator !=(GracePeriodToken left, GracePeriodToken right) => !left.Equals(right);
}
