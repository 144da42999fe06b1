namespace Alloc.Native;

/// <summary>Checks that cost time and memory, for finding out who misuses an allocator. They turn the caches off.</summary>
/// <remarks>
/// A write after free is found when its page or block leaves the quarantine: whichever call makes it leave (a free, <see cref="PageAllocator.Trim"/>,
/// an allocation at the limit, <see cref="PageAllocator.Dispose"/>) throws <see cref="InvalidOperationException"/> with address and offset.
/// </remarks>
[Flags]
public enum Hardening
{
    /// <summary>Only the checks that every allocator makes: double free, foreign page or block.</summary>
    None = 0,

    /// <summary>
    /// What is freed is filled with the pattern 0x00006b6b6b6b6b6b and waits in a quarantine; a write into it is found when it leaves. The pattern
    /// is a canonical address that nothing is mapped at: following it as a pointer is an access violation, not a null reference that could be caught.
    /// </summary>
    Poison = 1,

    /// <summary>Freed pages fault on any access while they are in quarantine. Blocks are poisoned instead.</summary>
    Guard = 2,

    /// <summary>Remembers the stack of every allocation, so that the leak report can tell who it was. Allocates managed memory.</summary>
    TrackOwners = 4,
}
