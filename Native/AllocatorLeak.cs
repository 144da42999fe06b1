namespace Alloc.Native;

/// <summary>What was still out when an allocator was disposed, or found by the garbage collector.</summary>
/// <param name="Allocator">Its name.</param>
/// <param name="Pages">Pages that were out.</param>
/// <param name="Blocks">Blocks that were out.</param>
/// <param name="Bytes">Their bytes together.</param>
/// <param name="First">The first few of them.</param>
public sealed record AllocatorLeak(string Allocator, long Pages, long Blocks, long Bytes, IReadOnlyList<LeakedMemory> First)
{
    /// <summary>The report as text, a line for each of <see cref="First"/>.</summary>
    public override string ToString() => string.Join(Environment.NewLine,
        First.Select(leaked => "  " + leaked).Prepend($"{Allocator}: {Pages} pages and {Blocks} blocks ({Bytes} bytes) were never freed"));
}

/// <summary>A page or block that was never freed.</summary>
/// <param name="Address">Its first byte. The memory may be gone.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="FirstWord">A page's first owner word, a block's first word: often enough to tell whose it is.</param>
/// <param name="AllocatedBy">The stack that asked for it, with <see cref="Hardening.TrackOwners"/>; otherwise null.</param>
public readonly record struct LeakedMemory(nint Address, int Size, ulong FirstWord, string? AllocatedBy)
{
    /// <summary>Address, size, first word, and the stack if it is known.</summary>
    public override string ToString() =>
        $"0x{Address:x}, {Size} bytes, first word 0x{FirstWord:x}{(AllocatedBy == null ? "" : Environment.NewLine + AllocatedBy)}";
}
