using System.Buffers;
using System.Runtime.InteropServices;
using Alloc.Bench.Peers.Native;
using Alloc.Native;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>
/// Alloc.Native alone: pages taken and given back, through a handle and without one, beside the C library's aligned allocation, mimalloc where its
/// library is installed, and .NET's pooled arrays. What has to be cleared is compared with an allocation and a clear.
/// </summary>
[BenchmarkCategory("Native")]
public unsafe class PageAllocatorBench
{
    private PageAllocator _allocator = null!;
    private PageCache _cache = null!;
    private Page[] _pages = null!;
    private nint[] _blocks = null!;
    private byte[][] _arrays = null!;

    /// <summary>How many pages are held at once: one never leaves the caches, many do.</summary>
    [Params(1, 256)]
    public int Held { get; set; }

    /// <summary>An allocator of its own, and room for what is held.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _allocator = new PageAllocator();
        _cache = _allocator.CreateCache();
        _pages = new Page[Held];
        _blocks = new nint[Held];
        _arrays = new byte[Held][];
    }

    /// <summary>Gives everything back; throws if a page is still out.</summary>
    [GlobalCleanup]
    public void Cleanup()
    {
        _cache.Dispose();
        _allocator.Dispose();
    }

    /// <summary>The peer: 4 KiB aligned to 4 KiB, whatever is in them.</summary>
    [Benchmark(Baseline = true)]
    public void AlignedAlloc()
    {
        for (var i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = (nint)NativeMemory.AlignedAlloc(Page.Size, Page.Size);
        }

        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }

    /// <summary>The same, cleared.</summary>
    [Benchmark]
    public void AlignedAllocCleared()
    {
        for (var i = 0; i < _blocks.Length; i++)
        {
            var block = NativeMemory.AlignedAlloc(Page.Size, Page.Size);
            NativeMemory.Clear(block, Page.Size);
            _blocks[i] = (nint)block;
        }

        foreach (var block in _blocks)
        {
            NativeMemory.AlignedFree((void*)block);
        }
    }

    /// <summary>mimalloc's aligned allocation; not measured where the library is not installed.</summary>
    [Benchmark]
    public void MimallocAligned()
    {
        for (var i = 0; i < _blocks.Length; i++)
        {
            _blocks[i] = (nint)Mimalloc.AllocateAligned(Page.Size, Page.Size);
        }

        foreach (var block in _blocks)
        {
            Mimalloc.Free((void*)block);
        }
    }

    /// <summary>Managed arrays of a page's size from the shared pool.</summary>
    [Benchmark]
    public void PooledArrays()
    {
        for (var i = 0; i < _arrays.Length; i++)
        {
            _arrays[i] = ArrayPool<byte>.Shared.Rent(Page.Size);
        }

        foreach (var array in _arrays)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    /// <summary>Pages whose content does not matter, through a handle.</summary>
    [Benchmark]
    public void HandleUninitialized()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            Must(_cache.TryAllocateUninitialized(out _pages[i]));
        }

        foreach (var page in _pages)
        {
            _cache.Free(page);
        }
    }

    /// <summary>Pages whose content does not matter.</summary>
    [Benchmark]
    public void Uninitialized()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            Must(_allocator.TryAllocateUninitialized(out _pages[i]));
        }

        foreach (var page in _pages)
        {
            _allocator.Free(page);
        }
    }

    /// <summary>Zeroed pages that are given back as zeroed: nobody clears them.</summary>
    [Benchmark]
    public void KnownZero()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            Must(_allocator.TryAllocate(out _pages[i]));
        }

        foreach (var page in _pages)
        {
            _allocator.FreeZeroed(page);
        }
    }

    /// <summary>Zeroed pages that are given back as anything: each has to be cleared.</summary>
    [Benchmark]
    public void Cleared()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            Must(_allocator.TryAllocate(out _pages[i]));
        }

        foreach (var page in _pages)
        {
            _allocator.Free(page);
        }
    }

    private static void Must(bool allocated)
    {
        if (!allocated)
        {
            throw new InvalidOperationException("No page.");
        }
    }
}
