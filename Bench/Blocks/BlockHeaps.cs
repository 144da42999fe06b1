using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Bench.Peers.Native;
using Alloc.Native;

namespace Alloc.Bench.Blocks;

/// <summary>A way to get blocks. Structs, so that the loops are compiled for each.</summary>
internal unsafe interface IBlockHeap
{
    void* Take(int bytes);

    void Put(void* block);
}

/// <summary>The allocator, which finds the thread's cache itself.</summary>
internal readonly unsafe struct ImplicitHeap(PageAllocator allocator) : IBlockHeap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Take(int bytes) => allocator.TryAllocateBlockUninitialized(bytes, out var block) ? block : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(void* block) => allocator.FreeBlock((byte*)block);
}

/// <summary>A cache in the caller's hands.</summary>
internal readonly unsafe struct HandleHeap(PageCache cache) : IBlockHeap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Take(int bytes) => cache.TryAllocateBlockUninitialized(bytes, out var block) ? block : null;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(void* block) => cache.FreeBlock((byte*)block);
}

/// <summary>The C library, as .NET offers it.</summary>
internal readonly unsafe struct CLibraryHeap : IBlockHeap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Take(int bytes) => NativeMemory.Alloc((nuint)bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(void* block) => NativeMemory.Free(block);
}

/// <summary>mimalloc, called without a transition of the collector.</summary>
internal readonly unsafe struct MimallocHeap : IBlockHeap
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void* Take(int bytes) => Mimalloc.Allocate((nuint)bytes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Put(void* block) => Mimalloc.Free(block);
}
