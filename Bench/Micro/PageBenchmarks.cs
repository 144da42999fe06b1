using System.Runtime.InteropServices;
using Alloc.Native;
using BenchmarkDotNet.Attributes;

namespace Alloc.Bench.Micro;

/// <summary>Alloc.Native alone: a group of pages taken and given back, beside the C library's aligned allocation.</summary>
[BenchmarkCategory("Native")]
public unsafe class PageBenchmarks
{
    /// <summary>How many pages are held at once: one never leaves the caches, many do.</summary>
    [Params(1, 256)]
    public int Held { get; set; }

    private PageAllocator _allocator = null!;
    private Page[] _pages = null!;
    private nint[] _blocks = null!;

    /// <summary>An allocator of its own, and room for what is held.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _allocator = new PageAllocator();
        _pages = new Page[Held];
        _blocks = new nint[Held];
    }

    /// <summary>Gives everything back; throws if a page is still out.</summary>
    [GlobalCleanup]
    public void Cleanup() => _allocator.Dispose();

    /// <summary>The peer: 4 KiB aligned to 4 KiB, cleared, as a page has to be.</summary>
    [Benchmark(Baseline = true)]
    public void AlignedAlloc()
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

    /// <summary>Pages that come zeroed and are given back as anything.</summary>
    [Benchmark]
    public void Zeroed()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            if (!_allocator.TryAllocate(out _pages[i]))
            {
                throw new InvalidOperationException("No page.");
            }
        }

        foreach (var page in _pages)
        {
            _allocator.Free(page);
        }
    }

    /// <summary>Pages whose content does not matter.</summary>
    [Benchmark]
    public void Uninitialized()
    {
        for (var i = 0; i < _pages.Length; i++)
        {
            if (!_allocator.TryAllocateUninitialized(out _pages[i]))
            {
                throw new InvalidOperationException("No page.");
            }
        }

        foreach (var page in _pages)
        {
            _allocator.Free(page);
        }
    }
}
