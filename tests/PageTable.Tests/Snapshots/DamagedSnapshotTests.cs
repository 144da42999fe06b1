using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>What is not exactly a snapshot is refused with InvalidDataException, and neither a table nor a page is left.</summary>
public sealed class DamagedSnapshotTests : IDisposable
{
    private readonly PageAllocator _allocator = new();
    private readonly RcuDomain _domain = new();

    public void Dispose()
    {
        Assert.Equal((0L, 0L), (_allocator.GetStatistics().LivePages, _allocator.GetStatistics().LiveBlocks));
        _domain.Dispose();
        _allocator.Dispose();
    }

    private RadixTable<TValue> Load<TValue>(Stream stream) where TValue : unmanaged =>
        RadixTable<TValue>.LoadFrom(stream, new RadixTableOptions { Allocator = _allocator, Domain = _domain });

    private byte[] Save<TValue>(int seed, int entries, Func<Random, TValue> make) where TValue : unmanaged
    {
        var random = new Random(seed);
        using var table = new RadixTable<TValue>(new RadixTableOptions { Allocator = _allocator, Domain = _domain });
        for (int i = 0; i < entries; i++) table[((ulong)random.Next(2) << 40) + (ulong)random.Next(64)] = make(random);
        var stream = new MemoryStream();
        table.SaveTo(stream);
        return stream.ToArray();
    }

    [Fact]
    public void Cut_off_anywhere_it_is_refused()
    {
        Check<long>(Save(1, 40, random => random.NextInt64()));
        Check<int>(Save(2, 0, _ => 1));
        Check<Guid>(Save(3, 30, _ => Guid.NewGuid()));

        void Check<TValue>(byte[] whole) where TValue : unmanaged
        {
            Load<TValue>(new MemoryStream(whole)).Dispose();
            for (int length = 0; length < whole.Length; length++)
            {
                var refusal = Assert.Throws<InvalidDataException>(() => Load<TValue>(new MemoryStream(whole, 0, length)));
                Assert.Contains("ends in", refusal.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void With_any_single_bit_flipped_it_is_refused()
    {
        Check<long>(Save(1, 40, random => random.NextInt64()));
        Check<byte>(Save<byte>(2, 60, _ => 1));
        Check<Guid>(Save(3, 20, _ => Guid.NewGuid()));
        Check<int>(Save(4, 0, _ => 1));

        void Check<TValue>(byte[] whole) where TValue : unmanaged
        {
            Load<TValue>(new MemoryStream(whole)).Dispose();
            for (int bit = 0; bit < whole.Length * 8; bit++)
            {
                whole[bit / 8] ^= (byte)(1 << bit % 8);
                Assert.Throws<InvalidDataException>(() => Load<TValue>(new MemoryStream(whole)));
                whole[bit / 8] ^= (byte)(1 << bit % 8);
            }
        }
    }

    [Fact]
    public void With_bytes_or_blocks_changed_moved_doubled_or_left_out_it_is_refused()
    {
        byte[] whole = Save(5, 100, random => random.NextInt64());
        var random = new Random(6);
        for (int round = 0; round < TestScale.Of(3000); round++)
        {
            byte[] damaged = [.. whole];
            int at = random.Next(whole.Length), length = random.Next(1, whole.Length - at + 1), to = random.Next(whole.Length - length + 1);
            switch (random.Next(4))
            {
                case 0:
                    random.NextBytes(damaged.AsSpan(at, length));
                    break;
                case 1:
                    whole.AsSpan(at, length).CopyTo(damaged.AsSpan(to));
                    break;
                case 2:
                    damaged = [.. whole[..at], .. whole[(at + length)..]];
                    break;
                default:
                    damaged = [.. whole[..(at + length)], .. whole[at..]];
                    break;
            }
            // A cut at the very end that leaves a whole snapshot in front is none.
            if (damaged.AsSpan().StartsWith(whole)) continue;
            Assert.Throws<InvalidDataException>(() => Load<long>(new MemoryStream(damaged)));
        }
    }

    [Fact]
    public void Blocks_that_are_each_whole_but_out_of_place_are_refused()
    {
        using var table = new RadixTable<int>(new RadixTableOptions { Allocator = _allocator, Domain = _domain });
        for (ulong key = 0; key < 6000; key++) table[key] = 0x01000000;
        var stream = new MemoryStream();
        table.SaveTo(stream);
        byte[] whole = stream.ToArray();
        int block = SnapshotFormat.BlockHeaderSize + 2 + 2048 * 4 + SnapshotFormat.ChecksumSize;
        byte[] header = whole[..24], first = whole[24..(24 + block)], second = whole[(24 + block)..(24 + 2 * block)], rest = whole[(24 + 2 * block)..];
        Load<int>(new MemoryStream([.. header, .. first, .. second, .. rest])).Dispose();
        Assert.Throws<InvalidDataException>(() => Load<int>(new MemoryStream([.. header, .. second, .. first, .. rest])));
        Assert.Throws<InvalidDataException>(() => Load<int>(new MemoryStream([.. header, .. second, .. rest])));
        Assert.Throws<InvalidDataException>(() => Load<int>(new MemoryStream([.. header, .. first, .. first, .. second, .. rest])));
        Assert.Throws<InvalidDataException>(() => Load<int>(new MemoryStream([.. header, .. rest])));
    }

    [Fact]
    public void Forged_numbers_are_refused_though_the_checksums_fit()
    {
        static byte[] Numbers(params ulong[] numbers) => ForgedSnapshot.Numbers(numbers);
        static byte[] Bytes(int count) => new byte[count];
        var forgeries = new Dictionary<string, Func<ForgedSnapshot>>
        {
            ["version"] = () => new ForgedSnapshot(8, version: 2).End(0),
            ["version 0"] = () => new ForgedSnapshot(8, version: 0).End(0),
            ["value size"] = () => new ForgedSnapshot(4).End(0),
            ["negative value size"] = () => new ForgedSnapshot(-1).End(0),
            ["huge count"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0), Bytes(1), int.MaxValue, 1),
            ["negative count"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0), Bytes(1), -1, 1),
            ["count beyond a block's"] = () => ForgedSnapshot.Of<long>().Run(0, 2049).End(2049),
            ["huge keys"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0), Bytes(1), 1, 1, keyBytes: int.MaxValue),
            ["negative keys"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0), Bytes(1), 1, 1, keyBytes: -5),
            ["no keys"] = () => ForgedSnapshot.Of<long>().Block(0, [], Bytes(1), 1, 1),
            ["values wider than they are"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0), Bytes(9), 1, 9),
            ["values of no width"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(99), [], 100, 0),
            ["values of negative width"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0), Bytes(1), 1, int.MinValue),
            ["a run longer than its block"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(5), Bytes(5), 5, 1).End(5),
            ["a run of all keys"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(ulong.MaxValue), Bytes(5), 5, 1).End(5),
            ["a run beyond the last key"] = () => ForgedSnapshot.Of<long>().Run(ulong.MaxValue - 1, 3).End(3),
            ["a gap beyond the last key"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0, ulong.MaxValue - 1, 0), Bytes(2), 2, 1).End(2),
            ["the largest gap"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0, ulong.MaxValue, 0), Bytes(2), 2, 1).End(2),
            ["a gap from the last key"] = () => ForgedSnapshot.Of<long>().Block(ulong.MaxValue, Numbers(0, 0, 0), Bytes(2), 2, 1).End(2),
            ["a gap from the last key but one"] = () => ForgedSnapshot.Of<long>().Block(ulong.MaxValue - 1, Numbers(0, 0, 0), Bytes(2), 2, 1).End(2),
            ["keys that end within a run"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0, 5), Bytes(2), 2, 1).End(2),
            ["keys that end within a number"] = () => ForgedSnapshot.Of<long>().Block(0, [0x80], Bytes(1), 1, 1).End(1),
            ["keys left over"] = () => ForgedSnapshot.Of<long>().Block(0, Numbers(0, 0), Bytes(1), 1, 1).End(1),
            ["a number of 65 bits"] = () => ForgedSnapshot.Of<long>().Block(0, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 2], Bytes(1), 1, 1).End(1),
            ["a number of eleven bytes"] = () => ForgedSnapshot.Of<long>().Block(0, [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0], Bytes(1), 1, 1).End(1),
            ["descending blocks"] = () => ForgedSnapshot.Of<long>().Run(1000, 5).Run(10, 5).End(10),
            ["overlapping blocks"] = () => ForgedSnapshot.Of<long>().Run(10, 5).Run(14, 5).End(10),
            ["the same block twice"] = () => ForgedSnapshot.Of<long>().Run(10, 5).Run(10, 5).End(10),
            ["too small a sum"] = () => ForgedSnapshot.Of<long>().Run(10, 5).End(4),
            ["too large a sum"] = () => ForgedSnapshot.Of<long>().Run(10, 5).End(ulong.MaxValue),
            ["an end block with keys"] = () => ForgedSnapshot.Of<long>().Block(0, [], [], 0, 0, keyBytes: 8),
            ["an end block with values"] = () => ForgedSnapshot.Of<long>().Block(0, [], [], 0, 8),
            ["no end block"] = () => ForgedSnapshot.Of<long>().Run(10, 5),
        };
        foreach (var (name, forge) in forgeries)
        {
            Exception? thrown = Record.Exception(() => Load<long>(forge().Finish()).Dispose());
            Assert.True(thrown is InvalidDataException, $"{name}: {thrown?.ToString() ?? "loaded"}");
            Assert.EndsWith("Nothing was loaded.", thrown!.Message, StringComparison.Ordinal);
        }
        // What the forger writes right is loaded: so it is the numbers that were refused above.
        using RadixTable<long> sound = Load<long>(ForgedSnapshot.Of<long>().Run(10, 5).Run(15, 2048).Run(ulong.MaxValue, 1).End(2054).Finish());
        Assert.Equal(2054, sound.Count);
        Assert.True(sound.ContainsKey(ulong.MaxValue) && sound.ContainsKey(10) && !sound.ContainsKey(9));
    }

    [Fact]
    public void Wide_values_are_stored_whole_or_refused()
    {
        Assert.Throws<InvalidDataException>(() => Load<Guid>(ForgedSnapshot.Of<Guid>().Block(0, [0], new byte[8], 1, 8).End(1).Finish()));
        Assert.Throws<InvalidDataException>(() => Load<Guid>(ForgedSnapshot.Of<Guid>().Block(0, [0], new byte[17], 1, 17).End(1).Finish()));
        Load<Guid>(ForgedSnapshot.Of<Guid>().Block(0, [0], new byte[16], 1, 16).End(1).Finish()).Dispose();
    }

    [Fact]
    public void Random_bytes_under_sound_checksums_are_refused_or_are_a_table()
    {
        var random = new Random(11);
        int loaded = 0, refused = 0;
        for (int round = 0; round < TestScale.Of(4000); round++)
        {
            ForgedSnapshot forged = ForgedSnapshot.Of<int>();
            int entries = random.Next(1, 6), width = random.Next(1, 5);
            var keys = new byte[random.Next(1, 12)];
            random.NextBytes(keys);
            if (random.Next(2) == 0)
            {
                for (int i = 0; i < keys.Length; i++) keys[i] &= 3;
            }
            forged.Block((ulong)random.NextInt64(long.MinValue, long.MaxValue), keys, new byte[entries * width], entries, width).End((ulong)entries);
            try
            {
                using RadixTable<int> table = Load<int>(forged.Finish());
                Assert.Equal(entries, table.Count);
                loaded++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }
        Assert.True(loaded > 50 && refused > 50, $"{loaded} loaded, {refused} refused");
    }

    [Fact]
    public void A_stream_of_other_things_says_so()
    {
        string message = Assert.Throws<InvalidDataException>(() => Load<int>(new MemoryStream("PK\u0003\u0004 this is something else altogether"u8.ToArray()))).Message;
        Assert.Contains("other data", message, StringComparison.Ordinal);
        message = Assert.Throws<InvalidDataException>(() => Load<int>(new MemoryStream(Save(1, 5, _ => 5L)))).Message;
        Assert.Contains("8 bytes", message, StringComparison.Ordinal);
        Assert.Contains("Int32 has 4", message, StringComparison.Ordinal);
    }
}
