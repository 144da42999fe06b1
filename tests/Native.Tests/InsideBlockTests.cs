namespace Alloc.Native.Tests;

public unsafe class InsideBlockTests
{
    [Fact]
    public void No_place_inside_a_block_of_any_class_is_taken_for_one()
    {
        using var allocator = new PageAllocator();
        for (int size = 1; size <= PageAllocator.MaxBlockSize; size = PageAllocator.BlockSize(size) + 1)
        {
            // Several, so that a wrong step from the start of one leads into another.
            var blocks = new nint[4];
            for (int i = 0; i < blocks.Length; i++)
            {
                Assert.True(allocator.TryAllocateBlock(size, out byte* block));
                blocks[i] = (nint)block;
            }
            foreach (nint block in blocks)
            {
                for (int inside = 8; inside < PageAllocator.BlockSize(size); inside += 8)
                    Assert.ThrowsAny<ArgumentException>(() => allocator.FreeBlock((byte*)block + inside));
            }
            foreach (nint block in blocks)
                allocator.FreeBlock((byte*)block);
        }
        Checks.NothingOut(allocator);
    }
}
