namespace Alloc.Native.Tests;

public unsafe class SystemMemoryTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void A_reservation_is_aligned_zero_and_usable_once_committed(int chunks)
    {
        nuint size = (nuint)chunks * Chunk.Size;
        byte* memory = SystemMemory.Reserve(size, Chunk.Size);
        Assert.True(memory != null);
        Assert.Equal(0u, (nuint)memory % Chunk.Size);
        Assert.True(SystemMemory.Commit(memory, size));
        Assert.False(new Span<byte>(memory, (int)size).ContainsAnyExcept((byte)0));
        memory[size - 1] = 1;
        SystemMemory.Release(memory, size);
    }

    [Fact]
    public void A_decommitted_range_reads_as_zero_and_leaves_its_neighbours_alone()
    {
        byte* memory = SystemMemory.Reserve(Chunk.Size, Chunk.Size);
        Assert.True(SystemMemory.Commit(memory, Chunk.Size));
        int unit = SystemMemory.SystemPageSize;
        new Span<byte>(memory, 3 * unit).Fill(7);
        Assert.True(SystemMemory.Decommit(memory + unit, (nuint)unit));
        Assert.True(SystemMemory.Commit(memory + unit, (nuint)unit));
        Assert.False(new Span<byte>(memory + unit, unit).ContainsAnyExcept((byte)0));
        Assert.False(new Span<byte>(memory, unit).ContainsAnyExcept((byte)7));
        Assert.False(new Span<byte>(memory + (2 * unit), unit).ContainsAnyExcept((byte)7));
        SystemMemory.Release(memory, Chunk.Size);
    }

    [Fact]
    public void A_guard_can_be_put_up_and_taken_away()
    {
        byte* memory = SystemMemory.Reserve(Chunk.Size, Chunk.Size);
        Assert.True(SystemMemory.Commit(memory, Chunk.Size));
        nuint unit = (nuint)SystemMemory.SystemPageSize;
        Assert.True(SystemMemory.Guard(memory + unit, unit));
        Assert.True(SystemMemory.Unguard(memory + unit, unit));
        memory[unit] = 1;
        SystemMemory.Release(memory, Chunk.Size);
    }

    [Fact]
    public void A_reservation_that_cannot_be_is_a_null()
    {
        Assert.True(SystemMemory.Reserve((nuint)1 << 60, Chunk.Size) == null);
    }

    [Fact]
    public void A_place_that_was_returned_serves_again_and_is_zero()
    {
        var space = new AddressSpace(huge: false);
        byte* place = space.TryTake();
        Assert.True(SystemMemory.Commit(place, Chunk.Size));
        new Span<byte>(place, Chunk.Size).Fill(9);
        space.Return(place);
        byte* again = space.TryTake();
        Assert.Equal((nint)place, (nint)again);
        Assert.True(SystemMemory.Commit(again, Chunk.Size));
        Assert.False(new Span<byte>(again, Chunk.Size).ContainsAnyExcept((byte)0));
        SystemMemory.Release(again, Chunk.Size);
    }

    [Fact]
    public void Places_are_disjoint_and_aligned()
    {
        var space = new AddressSpace(huge: false);
        var seen = new HashSet<nint>();
        for (int i = 0; i < 100; i++)
        {
            byte* place = space.TryTake();
            Assert.Equal(0u, (nuint)place % Chunk.Size);
            Assert.True(seen.Add((nint)place));
        }
        foreach (nint place in seen)
            SystemMemory.Release((byte*)place, Chunk.Size);
    }

    [Fact]
    public void The_map_knows_every_chunk_and_nothing_else()
    {
        using var allocator = new PageAllocator();
        Assert.True(allocator.TryAllocate(out Page page));
        Assert.True(ChunkMap.Find(page.Address) != null);
        Assert.True(ChunkMap.Find(page.Address)->Address == (byte*)((nuint)page.Address & ~(nuint)(Chunk.Size - 1)));
        Assert.True(ChunkMap.Holds(page.Address));
        Assert.True(ChunkMap.Holds(page.Address + Page.Size - 1));
        foreach (nuint outside in (nuint[])[0, nuint.MaxValue, (nuint)1 << 48, (nuint)page.Address | (nuint)1 << 48])
            Assert.False(ChunkMap.Holds((void*)outside));
        Assert.True(ChunkMap.Find(null) == null);
        Assert.True(ChunkMap.Find((void*)ulong.MaxValue) == null);
        Assert.True(ChunkMap.Find((void*)(1UL << 48)) == null);
        allocator.Free(page);
        allocator.Trim();
        Assert.True(ChunkMap.Find(page.Address) == null);
        Assert.False(ChunkMap.Holds(page.Address));
        Checks.NothingOut(allocator);
    }
}
