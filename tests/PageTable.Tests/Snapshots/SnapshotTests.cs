using System.Runtime.InteropServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>What is saved comes back, from any stream, in few bytes, also while writers run.</summary>
public class SnapshotTests
{
    [Fact]
    public void Values_of_every_size_come_back_from_keys_of_every_kind()
    {
        RoundTrip<byte>();
        RoundTrip<Three>();
        RoundTrip<int>();
        RoundTrip<Five>();
        RoundTrip<Seven>();
        RoundTrip<long>();
        RoundTrip<double>();
        RoundTrip<Eight>();
        RoundTrip<Nine>();
        RoundTrip<Guid>();
        RoundTrip<Sized48>();
        RoundTrip<Sized1000>();
        RoundTrip<Sized4072>();
    }

    private static void RoundTrip<TValue>() where TValue : unmanaged
    {
        foreach (int entries in new[] { 0, 1, 2, 3000 })
        {
            using var fixture = new TableFixture<TValue>();
            var random = new Random(entries);
            for (int i = 0; i < entries; i++)
            {
                ulong key = random.Next(4) switch
                {
                    0 => (ulong)random.Next(5000),
                    1 => (ulong)random.NextInt64(long.MinValue, long.MaxValue),
                    2 => ulong.MaxValue - (ulong)random.Next(700),
                    _ => (ulong)random.NextInt64() >> random.Next(60),
                };
                TValue value = default;
                Span<byte> bytes = MemoryMarshal.AsBytes(new Span<TValue>(ref value));
                random.NextBytes(bytes);
                if (i % 2 == 0) bytes[(bytes.Length / 2)..].Clear();
                fixture.Table[key] = value;
            }
            var stream = new MemoryStream();
            Assert.Equal(fixture.Table.Count, fixture.Table.SaveTo(stream));
            Check(stream);
            stream = new MemoryStream();
            Assert.Equal(fixture.Table.Count, fixture.Table.SaveToAsync(stream).GetAwaiter().GetResult());
            Check(stream);

            void Check(MemoryStream saved)
            {
                saved.Write([1, 2, 3]); // what follows is somebody else's
                saved.Position = 0;
                using (RadixTable<TValue> loaded = RadixTable<TValue>.LoadFrom(saved, Options(fixture)))
                {
                    Assert.Equal(fixture.Table.ToArray(), loaded.ToArray());
                    Assert.Equal(fixture.Table.Count, loaded.Count);
                }
                Assert.Equal(saved.Length - 3, saved.Position);
                saved.Position = 0;
                using (RadixTable<TValue> loaded = RadixTable<TValue>.LoadFromAsync(new TricklingStream(saved), Options(fixture)).GetAwaiter().GetResult())
                {
                    Assert.Equal(fixture.Table.ToArray(), loaded.ToArray());
                }
                Assert.Equal(saved.Length - 3, saved.Position);
            }
        }
    }

    private static RadixTableOptions Options<TValue>(TableFixture<TValue> fixture) where TValue : unmanaged =>
        new() { Allocator = fixture.Allocator, Domain = fixture.Domain };

    [Fact]
    public void Neighbours_with_48_bit_values_take_less_than_nine_and_a_half_bytes_an_entry_and_others_what_is_said()
    {
        using var fixture = new TableFixture<ulong>();
        var random = new Random(1);
        while (fixture.Table.Count < 200_000)
        {
            ulong first = (ulong)random.NextInt64(1L << 48);
            int run = random.Next(64, 513);
            for (int i = 0; i < run; i++) fixture.Table[first + (ulong)i] = (ulong)random.NextInt64(1L << 48);
        }
        Assert.InRange(BytesAnEntry(), 6, 6.2);

        fixture.Table.Clear();
        for (ulong i = 0; i < 50_000; i++) fixture.Table[i * 16 + (ulong)random.Next(16)] = (ulong)random.NextInt64(1L << 48);
        Assert.InRange(BytesAnEntry(), 7, 8.1);

        fixture.Table.Clear();
        for (int i = 0; i < 50_000; i++) fixture.Table[(ulong)random.NextInt64(long.MinValue, long.MaxValue)] = (ulong)random.NextInt64();
        Assert.InRange(BytesAnEntry(), 15, 17);

        double BytesAnEntry()
        {
            var stream = new MemoryStream();
            long entries = fixture.Table.SaveTo(stream);
            return (double)stream.Length / entries;
        }
    }

    [Fact]
    public void What_is_saved_while_writers_run_has_each_key_that_stays_once_and_no_torn_value()
    {
        using var fixture = new TableFixture<Wide>();
        RadixTable<Wide> table = fixture.Table;
        for (ulong key = 0; key < 2000; key += 2) table[key * 31] = WideValues.Make(key * 31, 1);
        int saved = 0;
        Crew.Run(
            () =>
            {
                var random = new Random(4);
                for (uint step = 1; Volatile.Read(ref saved) < TestScale.Of(60); step++)
                {
                    ulong key = (ulong)random.Next(2000) * 31;
                    if (key % 2 == 0 && key / 31 % 2 == 0) table[key] = WideValues.Make(key, step);
                    else if (!table.TryAdd(key, WideValues.Make(key, step))) table.TryRemove(key, out _);
                }
            },
            () =>
            {
                for (; saved < TestScale.Of(60); Volatile.Write(ref saved, saved + 1))
                {
                    var stream = new MemoryStream();
                    long entries = table.SaveTo(stream);
                    stream.Position = 0;
                    using RadixTable<Wide> loaded = RadixTable<Wide>.LoadFrom(stream, Options(fixture));
                    Assert.Equal(entries, loaded.Count);
                    foreach (var (key, value) in loaded) Assert.True(WideValues.Belongs(value, key));
                    for (ulong key = 0; key < 2000; key += 2) Assert.True(loaded.ContainsKey(key * 31));
                }
            });
    }

    [Fact]
    public void Saving_holds_no_section_while_the_stream_is_written()
    {
        using var fixture = new TableFixture<int>();
        for (ulong key = 0; key < 5000; key++) fixture.Table[key] = 1;
        var stream = new WatchedStream(() =>
        {
            Assert.False(fixture.Domain.IsInSection);
            fixture.Domain.Synchronize();
        });
        fixture.Table.SaveTo(stream);
        Assert.True(stream.Writes >= 4);
    }

    [Fact]
    public void A_snapshot_too_large_for_the_allocator_leaves_nothing()
    {
        using var fixture = new TableFixture<Guid>();
        for (ulong key = 0; key < 5000; key++) fixture.Table[key * 3] = Guid.NewGuid();
        var stream = new MemoryStream();
        fixture.Table.SaveTo(stream);
        for (int pages = 0; pages < 60; pages += 7)
        {
            stream.Position = 0;
            using var limited = new PageAllocator(new PageAllocatorOptions { MaxBytes = pages * Page.Size });
            Assert.Throws<OutOfMemoryException>(() => RadixTable<Guid>.LoadFrom(stream, new RadixTableOptions { Allocator = limited, Domain = fixture.Domain }));
            Assert.Equal((0L, 0L), (limited.GetStatistics().LivePages, limited.GetStatistics().LiveBlocks));
        }
    }

    [Fact]
    public void A_refusal_at_any_request_leaves_nothing()
    {
        using var fixture = new TableFixture<Guid>();
        for (ulong key = 0; key < 40; key++) fixture.Table[key * 90] = Guid.NewGuid();
        var stream = new MemoryStream();
        fixture.Table.SaveTo(stream);
        int refused = 0;
        for (int k = 1; k < 120; k++)
        {
            stream.Position = 0;
            using var flaky = new PageAllocator(new PageAllocatorOptions { FailEvery = k });
            try
            {
                using RadixTable<Guid> loaded = RadixTable<Guid>.LoadFrom(stream, new RadixTableOptions { Allocator = flaky, Domain = fixture.Domain });
                Assert.Equal(fixture.Table.ToArray(), loaded.ToArray());
            }
            catch (OutOfMemoryException)
            {
                refused++;
            }
            Assert.Equal((0L, 0L), (flaky.GetStatistics().LivePages, flaky.GetStatistics().LiveBlocks));
        }
        Assert.InRange(refused, 10, 118);
    }

    [Fact]
    public void A_stream_that_throws_is_passed_on_and_leaves_nothing()
    {
        using var fixture = new TableFixture<int>();
        for (ulong key = 0; key < 5000; key++) fixture.Table[key] = 1;
        var stream = new MemoryStream();
        fixture.Table.SaveTo(stream);
        int writes = 0;
        Assert.Throws<TimeoutException>(() => fixture.Table.SaveTo(new WatchedStream(() =>
        {
            if (++writes == 2) throw new TimeoutException();
        })));
        stream.Position = 0;
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => RadixTable<int>.LoadFromAsync(stream, Options(fixture), cancelled.Token).GetAwaiter().GetResult());
        Assert.ThrowsAny<OperationCanceledException>(() => fixture.Table.SaveToAsync(new MemoryStream(), cancelled.Token).GetAwaiter().GetResult());
    }

    [Fact]
    public void Bad_arguments_are_named()
    {
        using var fixture = new TableFixture<int>();
        using var closed = new MemoryStream();
        closed.Dispose();
        Assert.Throws<ArgumentNullException>("stream", () => fixture.Table.SaveTo(null!));
        Assert.Throws<ArgumentNullException>("stream", () => { _ = fixture.Table.SaveToAsync(null!); });
        Assert.Throws<ArgumentNullException>("stream", () => RadixTable<int>.LoadFrom(null!));
        Assert.Throws<ArgumentNullException>("stream", () => { _ = RadixTable<int>.LoadFromAsync(null!); });
        Assert.Throws<ArgumentException>("stream", () => fixture.Table.SaveTo(closed));
        Assert.Throws<ArgumentException>("stream", () => fixture.Table.SaveTo(new MemoryStream([], writable: false)));
        Assert.Throws<ArgumentException>("stream", () => RadixTable<int>.LoadFrom(closed));
        Assert.Throws<ArgumentOutOfRangeException>(() => RadixTable<int>.LoadFrom(new MemoryStream(), new RadixTableOptions { BatchThreshold = 0 }));
    }

    [Fact]
    public void A_disposed_table_is_not_saved()
    {
        var fixture = new TableFixture<int>();
        fixture.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Table.SaveTo(new MemoryStream()));
    }

    [Fact]
    public void A_bad_snapshot_may_be_met_inside_a_section_of_the_callers()
    {
        var leaked = new List<AllocatorLeak>();
        using var allocator = new PageAllocator(new PageAllocatorOptions { LeakHandler = leaked.Add });
        using var domain = new RcuDomain();
        var options = new RadixTableOptions { Allocator = allocator, Domain = domain };
        LoadInSection(domain, options);
        // Nobody can wait there, so the finalizer gives the memory back, and then the lease.
        Crew.Until(
            () =>
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
                try
                {
                    allocator.Dispose();
                    return true;
                }
                catch (InvalidOperationException)
                {
                    return false;
                }
            },
            "the forgotten table's lease");
        Assert.Empty(leaked);
    }

    private static void LoadInSection(RcuDomain domain, RadixTableOptions options)
    {
        using ReadSection section = domain.Enter();
        Assert.Throws<InvalidDataException>(() => RadixTable<int>.LoadFrom(ForgedSnapshot.Of<int>().Run(1, 100).End(99).Finish(), options));
    }

    /// <summary>Gives a byte or two at a time, and sometimes later.</summary>
    private sealed class TricklingStream(Stream inner) : WatchedStream(() => { })
    {
        private int _calls;

        public override bool CanRead => true;

        public override int Read(Span<byte> buffer) => inner.Read(buffer[..Math.Min(buffer.Length, Amount())]);

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (_calls % 64 == 0) await Task.Yield();
            return inner.Read(buffer.Span[..Math.Min(buffer.Length, Amount())]);
        }

        private int Amount() => ++_calls % 50 == 0 ? 1 << 20 : 1 + _calls % 2;
    }

    private class WatchedStream(Action written) : Stream
    {
        public int Writes { get; private set; }

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            Writes++;
            written();
        }

        public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

        public override void Flush() => Assert.Fail("the stream's owner flushes it");

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
