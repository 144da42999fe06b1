namespace Alloc.Native.Tests;

public unsafe class LayoutTests
{
    [Fact]
    public void A_descriptor_has_64_bytes_and_five_owner_words_at_its_start()
    {
        Assert.Equal(64, sizeof(PageDescriptor));
        PageDescriptor descriptor = default;
        byte* start = (byte*)&descriptor;
        Assert.Equal(0, (byte*)&descriptor.Word0 - start);
        Assert.Equal(8, (byte*)&descriptor.Word1 - start);
        Assert.Equal(16, (byte*)&descriptor.Word2 - start);
        Assert.Equal(24, (byte*)&descriptor.Word3 - start);
        Assert.Equal(32, (byte*)&descriptor.Word4 - start);
        Assert.Equal(40, (byte*)&descriptor.Tag - start);
    }

    [Fact]
    public void The_books_of_a_slab_fit_a_descriptor_and_keep_its_tag()
    {
        Assert.Equal(64, sizeof(Slab));
        Slab slab = default;
        Assert.Equal(40, (byte*)&slab.Tag - (byte*)&slab);
    }

    [Fact]
    public void A_chunk_is_2_MiB_with_512_descriptors_in_its_first_32_KiB()
    {
        Assert.Equal(2 << 20, Chunk.Size);
        Assert.Equal(512, Chunk.PageCount);
        Assert.Equal(32 << 10, Chunk.HeadSize);
        Assert.Equal(504, Chunk.UsablePages);
        Assert.Equal(256, sizeof(Chunk));
    }

    [Fact]
    public void Descriptor_and_page_find_each_other_by_masking()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        nuint chunk = (nuint)page.Address & ~(nuint)((2 << 20) - 1);
        nuint index = ((nuint)page.Address - chunk) / 4096;
        Assert.InRange(index, 8u, 511u);
        Assert.Equal((nuint)page.Descriptor, chunk + (index * 64));
        Assert.Equal((nuint)PageDescriptor.Of(page.Address + 4095), chunk + (index * 64));
        Assert.Equal(page, page.Descriptor->Page);
        Assert.Equal(page, Page.FromAddress(page.Address + 17));
        Assert.Equal(4096, page.AsSpan().Length);
        allocator.Free(page);
        Checks.NothingOut(allocator);
    }

    [Fact]
    public void Addresses_fit_48_bits()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        Assert.Equal(0u, (ulong)page.Address >> 48);
        allocator.Free(page);
    }

    [Fact]
    public void The_null_page_is_empty_and_equal_to_itself_only()
    {
        Page none = default;
        Assert.True(none.IsNull);
        Assert.True(none.AsSpan().IsEmpty);
        Assert.Equal(none, Page.FromAddress(null));
        Assert.True(none == default);
        Assert.False(none != default);
        Assert.False(none.Equals(Page.FromAddress((void*)8192)));
        Assert.True(Page.FromAddress((void*)8192).Equals((object)Page.FromAddress((void*)8200)));
        Assert.False(none.Equals((object)8192));
        Assert.Equal(Page.FromAddress((void*)8192).GetHashCode(), Page.FromAddress((void*)8200).GetHashCode());
    }

    [Fact]
    public void Every_class_of_slabs_fits_its_span_and_loses_little_and_the_others_are_whole_granules()
    {
        for (int c = 0; c < SizeClasses.Count; c++)
        {
            int size = SizeClasses.SizeOf(c), blocks = SizeClasses.BlocksOf(c), span = SizeClasses.SpanOf(c) * Page.Size;
            Assert.True(size % (size >= 64 ? 64 : 16) == 0);
            Assert.Equal(size is >= 64 and <= 1024, SizeClasses.IsMixed(c));
            if (SizeClasses.IsMixed(c))
            {
                Assert.Equal(size, (c - SizeClasses.BeforeMixed) * MixedPage.Granule);
                continue;
            }
            Assert.Equal(size is > 1024 and <= 2560, SizeClasses.IsWide(c));
            if (SizeClasses.IsWide(c))
            {
                Assert.Equal(c, SizeClasses.OfWide(size / MixedPage.WideGranule));
                continue;
            }
            Assert.InRange(blocks, 2, SizeClasses.MaxBlocks);
            Assert.InRange((double)(span - (blocks * size)) / span, 0, 0.07);
            for (uint offset = 0; offset < span; offset++)
            {
                Assert.Equal((int)(offset / (uint)size), SizeClasses.GeometryOf((uint)c)->NumberOf(offset));
                Assert.Equal(offset % size == 0 && offset / size < blocks, SizeClasses.GeometryOf((uint)c)->IsBlock(offset));
            }
        }
    }

    [Fact]
    public void Every_size_gets_the_smallest_class_that_holds_it()
    {
        for (int size = 1; size <= SizeClasses.MaxSize; size++)
        {
            int c = SizeClasses.ClassOf(size);
            Assert.True(SizeClasses.SizeOf(c) >= size);
            Assert.True(c == 0 || SizeClasses.SizeOf(c - 1) < size);
            Assert.Equal(SizeClasses.SizeOf(c), PageAllocator.BlockSize(size));
        }
    }
}
