using System.Runtime.InteropServices;

namespace Alloc.Litmus;

/// <summary>
/// Fills the store buffer with stores that must wait for memory. Stores retire in order, so the next one, an announcement, stays invisible for hundreds of
/// nanoseconds while the loads after it go ahead: what a missing barrier needs in order to show.
/// </summary>
internal static unsafe class ColdStores
{
    private const int Bytes = 64 << 20;

    private static readonly byte* Memory = (byte*)NativeMemory.AllocZeroed(Bytes);

    public static void Fill(Random random)
    {
        uint at = (uint)random.Next();
        for (int i = 0; i < 12; i++)
        {
            at = at * 1664525 + 1013904223;
            Memory[at % Bytes] = 1;
        }
    }
}
