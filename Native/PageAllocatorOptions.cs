namespace Alloc.Native;

/// <summary>How a <see cref="PageAllocator"/> behaves. Read once, by the constructor.</summary>
public sealed class PageAllocatorOptions
{
    /// <summary>
    /// The most bytes that may be out: pages handed out, slabs of blocks, and what threads cache. Rounded down to whole pages; 0 refuses
    /// everything. Before a request is refused, caches are emptied, so no page is lost to the limit. Default: no limit.
    /// </summary>
    /// <remarks>Descriptors (1.6 %) and the reserve come on top; so does what lies free until it has gone back to the system, never more than the peak.</remarks>
    public long MaxBytes { get; set; } = long.MaxValue;

    /// <summary>A limit shared with other allocators, on top of <see cref="MaxBytes"/>. Default: none.</summary>
    public MemoryBudget? Budget { get; set; }

    /// <summary>Where chunks come from. Default: the system's own mapping.</summary>
    public PageSourceKind Source { get; set; } = PageSourceKind.SystemMapping;

    /// <summary>
    /// When to ask for huge pages. Default: never. They take some percent off lookups in tables larger than the processor's caches, but a
    /// huge page that the machine has not touched before takes milliseconds, during which others may wait for the kernel.
    /// </summary>
    public HugePageUse HugePages { get; set; } = HugePageUse.Never;

    /// <summary>
    /// Whether memory that was not needed for a while goes back by itself, on a pool thread; otherwise only <see cref="PageAllocator.Trim"/>
    /// gives it back. Default: true.
    /// </summary>
    public bool TrimsWhenIdle { get; set; } = true;

    /// <summary>Checks that cost time and memory. Default: none but the usual ones.</summary>
    public Hardening Hardening { get; set; }

    /// <summary>How many freed pages and blocks wait in the quarantine of the hardened modes. Default: 1024.</summary>
    public int QuarantineLength { get; set; } = 1024;

    /// <summary>
    /// Told at the end what was never freed: by <see cref="PageAllocator.Dispose"/>, or by the finalizer on its thread. Default: none; the event
    /// source <c>Alloc.Native</c> tells it in any case.
    /// </summary>
    public Action<AllocatorLeak>? LeakHandler { get; set; }

    /// <summary>Whether the garbage collector hears of every chunk (<see cref="GC.AddMemoryPressure"/>), 2 MiB each. Default: false.</summary>
    public bool ReportsMemoryPressure { get; set; }

    /// <summary>A name for reports. Default: none.</summary>
    public string? Name { get; set; }

    /// <summary>Test seam: refuses every k-th request; 0 refuses none. Requests then go around the caches.</summary>
    internal int FailEvery { get; set; }

    /// <summary>Test seam: asked before each system call that takes memory; true makes the system refuse.</summary>
    internal Func<bool>? SystemRefuses { get; set; }

    /// <exception cref="ArgumentOutOfRangeException">A limit is negative, or a value unknown.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegative(MaxBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(QuarantineLength);
        if (!Enum.IsDefined(Source))
            throw new ArgumentOutOfRangeException(nameof(Source), Source, "Unknown page source.");
        if (!Enum.IsDefined(HugePages))
            throw new ArgumentOutOfRangeException(nameof(HugePages), HugePages, "Unknown use of huge pages.");
        if ((Hardening & ~(Hardening.Poison | Hardening.Guard | Hardening.TrackOwners)) != 0)
            throw new ArgumentOutOfRangeException(nameof(Hardening), Hardening, "Unknown hardening.");
    }
}
