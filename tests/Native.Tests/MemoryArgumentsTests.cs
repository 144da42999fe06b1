namespace Alloc.Native.Tests;

/// <summary>What is asked of systems that this one is not.</summary>
public class MemoryArgumentsTests
{
    // The numbers are those of the systems' headers.
    [Theory]
    [InlineData(nameof(SystemKind.Linux), false, 0x4022)]
    [InlineData(nameof(SystemKind.Linux), true, 0x4032)]
    [InlineData(nameof(SystemKind.MacOS), false, 0x1002)]
    [InlineData(nameof(SystemKind.MacOS), true, 0x1012)]
    public void A_mapping_is_private_anonymous_and_in_its_place(string system, bool replaces, int flags) =>
        Assert.Equal(flags, MemoryArguments.MapFlags(Enum.Parse<SystemKind>(system), replaces));

    /// <summary>
    /// XNU, bsd/sys/mman.h and bsd/kern/kern_mman.c (apple-oss-distributions/xnu at 8d741a5 and 1031c58): MAP_PRIVATE 2, MAP_FIXED 0x10, MAP_RENAME 0x20, MAP_NORESERVE 0x40, MAP_ANON 0x1000,
    /// MAP_RESILIENT_MEDIA 0x4000. mmap answers EINVAL for a flag that it does not know and for MAP_RESILIENT_MEDIA together with MAP_ANON. So Linux' MAP_ANONYMOUS
    /// (0x20) and MAP_NORESERVE (0x4000) would mean something else there, and the second would make every mapping fail.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Darwin_is_asked_by_its_own_flags_and_by_none_of_Linux(bool replaces)
    {
        const int darwinKnows = 0x2 | 0x10 | 0x1000, linuxAnonymous = 0x20, linuxNoReserve = 0x4000;
        int flags = MemoryArguments.MapFlags(SystemKind.MacOS, replaces);
        Assert.Equal(0, flags & ~darwinKnows);
        Assert.Equal(0, flags & (linuxAnonymous | linuxNoReserve));
        Assert.Equal(linuxAnonymous | linuxNoReserve, MemoryArguments.MapFlags(SystemKind.Linux, replaces) & (linuxAnonymous | linuxNoReserve));
    }

    /// <summary>
    /// The same sources: Darwin's advices are 0 to 11 (MADV_FREE 5, where Linux has 8; MADV_FREE_REUSABLE 7, MADV_FREE_REUSE 8, MADV_ZERO 11), and madvise answers EINVAL for any
    /// other. Of those that are asked of Linux only MADV_DONTNEED (4) is one of them, a hint there that need not take the content; so it is asked of Linux only.
    /// </summary>
    [Fact]
    public void An_advice_of_Linux_that_came_to_Darwin_would_be_refused_not_taken_for_another()
    {
        int[] linuxOnly = [MemoryArguments.MadvHugePage, MemoryArguments.MadvNoHugePage, MemoryArguments.MadvPopulateWrite, MemoryArguments.MadvGuardInstall, MemoryArguments.MadvGuardRemove];
        Assert.All(linuxOnly, advice => Assert.True(advice > 11));
        Assert.Equal(4, MemoryArguments.MadvDontNeed);
        Assert.Equal((14, 15, 23, 102, 103), (linuxOnly[0], linuxOnly[1], linuxOnly[2], linuxOnly[3], linuxOnly[4]));
    }

    [Fact]
    public void Windows_releases_with_a_size_of_zero_and_decommits_with_the_size()
    {
        Assert.Equal(((nuint)0, 0x8000), MemoryArguments.Free(Chunk.Size, release: true));
        Assert.Equal(((nuint)Chunk.Size, 0x4000), MemoryArguments.Free(Chunk.Size, release: false));
    }

    [Theory]
    [InlineData(0x10_0000_1000, 0x1F_F000)]
    [InlineData(0x10_001F_F000, 0x1000)]
    [InlineData(0x10_0020_0000, 0)]
    public void The_ends_that_are_cut_off_leave_an_aligned_range_of_the_size_asked_for(long start, long head)
    {
        (nuint before, nuint behind) = MemoryArguments.Ends((nuint)start, Chunk.Size);
        Assert.Equal((nuint)head, before);
        Assert.Equal((nuint)Chunk.Size, before + behind);
        Assert.Equal(0u, ((nuint)start + before) % Chunk.Size);
        Assert.Equal((nuint)start + before, MemoryArguments.AlignUp((nuint)start, Chunk.Size));
    }

    [Theory]
    [InlineData(4096, 0x1000, 0x1000, true)]
    [InlineData(4096, 0x1000, 0x800, false)]
    [InlineData(16384, 0x4000, 0x8000, true)]
    [InlineData(16384, 0x4000, 0x1000, false)] // would take three neighbours along
    [InlineData(16384, 0x5000, 0x4000, false)]
    [InlineData(65536, 0x10000, 0x10000, true)]
    [InlineData(65536, 0x14000, 0x10000, false)]
    public void Less_than_whole_system_pages_is_not_taken_away(int systemPage, int address, int size, bool whole) =>
        Assert.Equal(whole, MemoryArguments.IsWhole((nuint)address, (nuint)size, (nuint)systemPage));

    [Theory]
    [InlineData(4096)]
    [InlineData(16384)]
    [InlineData(65536)]
    public void Of_every_run_the_whole_system_pages_inside_are_found(int systemPage)
    {
        int unit = systemPage / Page.Size;
        for (int start = 0; start < 64; start++)
        {
            for (int length = 1; start + length <= 64; length++)
            {
                (int first, int count) = MemoryArguments.Inner(start, length, systemPage);
                Assert.Equal(0, count % unit);
                int expected = Enumerable.Range(0, 64 / unit).Count(u => u * unit >= start && (u + 1) * unit <= start + length);
                Assert.Equal(expected * unit, count);
                if (count > 0)
                {
                    Assert.True(first >= start && first + count <= start + length);
                    Assert.True(MemoryArguments.IsWhole((nuint)(first * Page.Size), (nuint)(count * Page.Size), (nuint)systemPage));
                }
            }
        }
    }

    [Theory]
    [InlineData(0, 0, nameof(Populated.Done))]
    [InlineData(-1, 22, nameof(Populated.Unknown))] // EINVAL
    [InlineData(-1, 4, nameof(Populated.Later))] // EINTR
    [InlineData(-1, 11, nameof(Populated.Later))] // EAGAIN
    [InlineData(-1, 12, nameof(Populated.NoMemory))] // ENOMEM
    [InlineData(-1, 14, nameof(Populated.NoMemory))] // EFAULT
    [InlineData(-1, 133, nameof(Populated.NoMemory))] // EHWPOISON
    public void Populating_tells_an_old_kernel_from_a_full_machine(int result, int error, string outcome) =>
        Assert.Equal(Enum.Parse<Populated>(outcome), MemoryArguments.OfPopulate(result, error));

    [Fact]
    public unsafe void A_part_of_a_system_page_is_neither_decommitted_nor_guarded()
    {
        byte* memory = SystemMemory.Reserve(Chunk.Size, Chunk.Size);
        Assert.True(SystemMemory.Commit(memory, Chunk.Size));
        new Span<byte>(memory, 2 * SystemMemory.SystemPageSize).Fill(7);
        nuint half = (nuint)SystemMemory.SystemPageSize / 2;
        Assert.False(SystemMemory.Decommit(memory, half));
        Assert.False(SystemMemory.Decommit(memory + half, 2 * half));
        Assert.False(SystemMemory.Guard(memory, half));
        Assert.False(new Span<byte>(memory, 2 * SystemMemory.SystemPageSize).ContainsAnyExcept((byte)7));
        SystemMemory.Release(memory, Chunk.Size);
    }
}
