using System.Runtime.InteropServices;
using Alloc.Bench.Peers.Native;
using Alloc.Native;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Alloc.Native's small blocks, taken and given back, beside the C library and mimalloc.</summary>
[BenchmarkCategory("Native")]
public unsafe class BlockBench
{
    private PageAllocator _allocator = null!;
    private PageCache _cache = null!;

    /// <summary>Bytes of a block.</summary>
    [Params(16, 64, 256, 1024, 3072)]
    public int Size { get; set; }

    /// <summary>An allocator of its own.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _allocator = new PageAllocator();
        _cache = _allocator.CreateCache();
    }

    /// <summary>Throws if a block is still out.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _cache.Dispose();
        _allocator.Dispose();
    }

    /// <summary>The peer: malloc and free.</summary>
    [Benchmark(Baseline = true)]
    public void CLibrary() => NativeMemory.Free(NativeMemory.Alloc((nuint)Size));

    /// <summary>mimalloc; not measured where the library is not installed.</summary>
    [Benchmark]
    public void MimallocBlock() => Mimalloc.Free(Mimalloc.Allocate((nuint)Size));

    /// <summary>Through a handle.</summary>
    [Benchmark]
    public void Handle()
    {
        if (_cache.TryAllocateBlockUninitialized(Size, out var block))
        {
            _cache.FreeBlock(block);
        }
    }

    /// <summary>Without one.</summary>
    [Benchmark]
    public void Implicit()
    {
        if (_allocator.TryAllocateBlockUninitialized(Size, out var block))
        {
            _allocator.FreeBlock(block);
        }
    }
}
