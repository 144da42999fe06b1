using System.Runtime.InteropServices;

namespace Alloc.Bench.Peers.Native;

/// <summary>Microsoft's mimalloc, where its library is installed (Debian: <c>libmimalloc-dev</c>).</summary>
internal static unsafe partial class Mimalloc
{
    private const string Library = "libmimalloc.so.2";

    /// <summary>Whether the library is there; benchmarks of it are left out otherwise.</summary>
    public static bool IsInstalled { get; } = NativeLibrary.TryLoad(Library, out _);

    [LibraryImport(Library, EntryPoint = "mi_malloc")]
    [SuppressGCTransition]
    public static partial void* Allocate(nuint bytes);

    [LibraryImport(Library, EntryPoint = "mi_malloc_aligned")]
    [SuppressGCTransition]
    public static partial void* AllocateAligned(nuint bytes, nuint alignment);

    [LibraryImport(Library, EntryPoint = "mi_free")]
    [SuppressGCTransition]
    public static partial void Free(void* block);
}
