using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Alloc.PageTable;

/// <summary>The fences of the table that no access has by itself, lettered at both ends.</summary>
internal static class Fences
{
    /// <summary>
    /// E–F: a remover clears its value (E), then looks at the other values (F). Of two who remove the last two values one must see
    /// that the table is empty; without a full fence both could look before either clearing is visible, and the empty table would
    /// stay. On x86 the clearing's own compare-and-swap is that fence; on Arm64 its acquire-release form lets a later load pass.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void BetweenClearAndLook()
    {
        if (!X86Base.IsSupported) Interlocked.MemoryBarrier();
    }
}
