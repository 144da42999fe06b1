using System.Runtime.CompilerServices;

namespace Alloc.PageTable.Tests;

/// <summary>Which values stay inline, at the borders that the codec's page states; and that the others are as good.</summary>
public class ValueTests
{
    private const ulong CellCodes = 1UL << 48;

    [Fact]
    public void A_long_is_inline_up_to_the_border_of_the_spared_bit()
    {
        const long top = (1L << 62) - (1L << 48) - 2;
        AssertInline(0L, -1L, 1L, int.MinValue, int.MaxValue, -(1L << 62), top);
        AssertCell(long.MaxValue, long.MinValue, -(1L << 62) - 1, top + 1, 1L << 62);
    }

    [Fact]
    public void A_nint_and_a_TimeSpan_are_inline_as_a_long_is()
    {
        AssertInline<nint>(0, -1, unchecked((nint)0x7fff_ffff_f000));
        AssertInline(TimeSpan.Zero, TimeSpan.FromTicks(-1), TimeSpan.FromDays(10_000));
        AssertCell(TimeSpan.MinValue, TimeSpan.MaxValue);
    }

    [Fact]
    public void A_ulong_is_inline_unless_bit_62_or_the_cells_range_is_touched()
    {
        const ulong top = (1UL << 62) - (1UL << 47) - 1; // its code is 2^63 - 2^48 - 2
        AssertInline(0UL, 1UL, ulong.MaxValue >> 3, (1UL << 63) | 0xffff_ffff_ffffUL, 1UL << 63, (1UL << 61) | (1UL << 63), top);
        AssertCell(ulong.MaxValue, 1UL << 62, (1UL << 62) | (1UL << 63), top + 1, (1UL << 62) - 1);
    }

    [Fact]
    public void A_double_of_ordinary_size_is_inline_and_every_NaN_is_kept_bit_by_bit()
    {
        AssertInline(0.0, 1.0, -1.0, 2.0, Math.PI, -1e100, 1e-100, 1e150, 1e-150);
        AssertCell(-0.0, double.NaN, double.PositiveInfinity, double.NegativeInfinity, double.MaxValue, double.MinValue, double.Epsilon, 1e160, 1e-160);
        AssertCell(BitConverter.UInt64BitsToDouble(0x7ff0_dead_beef_0001), BitConverter.UInt64BitsToDouble(0xfff8_0000_0000_0001));
        // The one double whose code stands for zero.
        AssertCell(BitConverter.UInt64BitsToDouble(System.Numerics.BitOperations.RotateRight((0x7FFFUL << 48) - 2 + (1UL << 62), 1)));
    }

    [Fact]
    public void A_DateTime_of_any_kind_is_inline_before_the_year_7307()
    {
        var moment = new DateTime(2026, 11, 24, 8, 30, 0);
        AssertInline(default, moment, DateTime.SpecifyKind(moment, DateTimeKind.Utc), DateTime.SpecifyKind(moment, DateTimeKind.Local), new DateTime(7306, 1, 1));
        AssertCell(DateTime.MaxValue, new DateTime(7308, 1, 1));
    }

    [Fact]
    public void Values_of_up_to_seven_bytes_are_always_inline()
    {
        AssertInline(byte.MaxValue);
        AssertInline(uint.MaxValue, 0u);
        AssertInline(float.NaN, -0.0f);
        AssertInline(('a', (byte)255), (char.MaxValue, (byte)0));
    }

    [Fact]
    public void Values_of_more_than_eight_bytes_live_in_cells()
    {
        AssertCell(Guid.Empty, Guid.NewGuid());
        AssertCell(decimal.MaxValue, 0m);
    }

    [Fact]
    public void Every_inline_word_decodes_to_what_was_encoded_across_the_whole_range()
    {
        var random = new Random(11);
        for (int i = 0; i < TestScale.Of(200_000); i++)
        {
            ulong bits = (ulong)random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
            if (random.Next(2) == 0) bits = ~bits;
            AssertRoundTrip(bits);
            AssertRoundTrip((long)bits);
            AssertRoundTrip((nint)bits);
            AssertRoundTrip(BitConverter.UInt64BitsToDouble(bits));
            AssertRoundTrip((int)bits);
        }
    }

    [Fact]
    public void Exactly_the_topmost_codes_are_cells()
    {
        // 2^63 payloads, less zero for "absent", less those of cells: counted at the border.
        ulong last = (0x7FFFUL << 48) - 2;
        Assert.Equal((1UL << 63) - CellCodes - 2, last);
        Assert.True(ValueCodec<ulong>.TryEncode(System.Numerics.BitOperations.RotateRight(last, 1), out ulong word));
        Assert.False(ValueWord.IsCell(word));
        Assert.False(ValueCodec<ulong>.TryEncode(System.Numerics.BitOperations.RotateRight(last + 1, 1), out _));
    }

    private static void AssertRoundTrip<T>(T value) where T : unmanaged
    {
        if (!ValueCodec<T>.TryEncode(value, out ulong word)) return;
        Assert.False(ValueWord.IsAbsent(word));
        Assert.False(ValueWord.IsFrozen(word));
        Assert.False(ValueWord.IsCell(word));
        Assert.True(ValueCodec<T>.TryDecode(word, out T decoded));
        AssertSameBits(value, decoded);
        Assert.True(ValueCodec<T>.TryDecode(word | ValueWord.FrozenBit, out decoded));
        AssertSameBits(value, decoded);
    }

    private static void AssertInline<T>(params T[] values) where T : unmanaged => AssertStored(values, cells: 0);

    private static void AssertCell<T>(params T[] values) where T : unmanaged => AssertStored(values, cells: values.Length);

    private static void AssertStored<T>(T[] values, int cells) where T : unmanaged
    {
        using var fixture = new TableFixture<T>();
        for (int i = 0; i < values.Length; i++) fixture.Table[(ulong)i * 1000] = values[i];
        Assert.Equal(cells, fixture.Table.GetStatistics().Cells);
        for (int i = 0; i < values.Length; i++) AssertSameBits(values[i], fixture.Table[(ulong)i * 1000]);
        int seen = 0;
        foreach (var (_, value) in fixture.Table) AssertSameBits(values[seen++], value);
        Assert.Equal(values.Length, seen);
    }

    private static unsafe void AssertSameBits<T>(T expected, T actual) where T : unmanaged =>
        Assert.True(new ReadOnlySpan<byte>(&expected, sizeof(T)).SequenceEqual(new ReadOnlySpan<byte>(&actual, sizeof(T))), $"{expected} became {actual}");
}
