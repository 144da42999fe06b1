using System.Collections.Concurrent;
using Alloc.Native;

namespace Alloc.Torture.Scenarios;

/// <summary>Pages and blocks taken by one thread, written, checked and freed by another.</summary>
internal static unsafe class PageLoads
{
    public static void Run(Arena arena)
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { MaxBytes = 600 * Page.Size });
        var pages = new ConcurrentBag<(Page Page, ulong Mark)>();
        var blocks = new ConcurrentBag<(nint Block, int Size, ulong Mark)>();
        long marks = 0;
        arena.Go(
        [
            .. Arena.Times(3, thread => random =>
            {
                long travelled = 0, refused = 0;
                while (!arena.IsOver)
                {
                    ulong mark = (ulong)Interlocked.Increment(ref marks) * 0x9E3779B97F4A7C15;
                    switch (random.Next(5))
                    {
                        case 0 or 1:
                            if (!allocator.TryAllocate(out Page page))
                            {
                                refused++;
                                Drain();
                                break;
                            }
                            Arena.Check(!page.AsSpan().ContainsAnyExcept((byte)0), "a page did not come zeroed");
                            new Span<ulong>(page.Address, Page.Size / sizeof(ulong)).Fill(mark);
                            pages.Add((page, mark));
                            break;
                        case 2:
                            int size = random.Next(16, 3073) & ~7;
                            if (!allocator.TryAllocateBlock(size, out byte* block))
                            {
                                refused++;
                                Drain();
                                break;
                            }
                            Arena.Check(!new Span<byte>(block, size).ContainsAnyExcept((byte)0), "a block did not come zeroed");
                            new Span<ulong>(block, size / sizeof(ulong)).Fill(mark);
                            blocks.Add(((nint)block, size, mark));
                            break;
                        default:
                            if (FreeOne()) travelled++;
                            break;
                    }
                    if (random.Next(4096) == 0) allocator.Trim();
                }
                arena.Count("freed elsewhere", travelled);
                arena.Count("refusals", refused);
            }),
        ]);
        Drain();
        Arena.Check(allocator.GetStatistics() is { LivePages: 0, LiveBlocks: 0 }, "pages or blocks are lost");
        arena.Require("freed elsewhere", "refusals");

        void Drain()
        {
            while (FreeOne()) { }
        }

        bool FreeOne()
        {
            if (pages.TryTake(out var page))
            {
                Arena.Check(!new Span<ulong>(page.Page.Address, Page.Size / sizeof(ulong)).ContainsAnyExcept(page.Mark), "a page was written by somebody else");
                allocator.Free(page.Page);
                return true;
            }
            if (!blocks.TryTake(out var block)) return false;
            Arena.Check(!new Span<ulong>((void*)block.Block, block.Size / sizeof(ulong)).ContainsAnyExcept(block.Mark), "a block was written by somebody else");
            allocator.FreeBlock((byte*)block.Block);
            return true;
        }
    }
}
