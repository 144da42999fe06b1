using System.Runtime.CompilerServices;

namespace Alloc.Native;

/// <summary>
/// 4 KiB of native memory: one pointer, by value. It does not own what it points to; <see cref="PageAllocator.Free(Page)"/> gives it back.
/// </summary>
public readonly unsafe struct Page : IEquatable<Page>
{
    /// <summary>Bytes in a page, and its alignment.</summary>
    public const int Size = 4096;

    private readonly byte* _address;

    private Page(byte* address) => _address = address;

    /// <summary>The first byte, or null for <c>default</c>. Constant time.</summary>
    public byte* Address => _address;

    /// <summary>True for <c>default</c>, which names no page.</summary>
    public bool IsNull => _address == null;

    /// <summary>
    /// The descriptor that lies beside the page. Pure arithmetic: nothing is loaded, and for an address that came from no
    /// <see cref="PageAllocator"/> the result means nothing.
    /// </summary>
    public PageDescriptor* Descriptor => PageDescriptor.Of(_address);

    /// <summary>The page that contains an address. Pure arithmetic; a null address gives <c>default</c>.</summary>
    /// <param name="address">Any address inside the page.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Page FromAddress(void* address) => new((byte*)((nuint)address & ~(nuint)(Size - 1)));

    /// <summary>The page that starts at an address that is known to be a page's.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static Page FromExact(byte* address) => new(address);

    /// <summary>The 4096 bytes of the page, or an empty span for <c>default</c>. Valid until the page is freed.</summary>
    public Span<byte> AsSpan() => _address == null ? default : new(_address, Size);

    /// <summary>True if both name the same page.</summary>
    /// <param name="other">The page to compare with.</param>
    public bool Equals(Page other) => _address == other._address;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Page other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => ((nuint)_address / Size).GetHashCode();

    /// <summary>The address in hexadecimal.</summary>
    public override string ToString() => $"0x{(nuint)_address:x}";

    /// <summary>True if both name the same page.</summary>
    /// <param name="left">One page.</param>
    /// <param name="right">The other page.</param>
    public static bool operator ==(Page left, Page right) => left.Equals(right);

    /// <summary>True if the two name different pages.</summary>
    /// <param name="left">One page.</param>
    /// <param name="right">The other page.</param>
    public static bool operator !=(Page left, Page right) => !left.Equals(right);
}
