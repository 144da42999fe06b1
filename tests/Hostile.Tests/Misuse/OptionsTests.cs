using System.Reflection;
using Alloc.Native;
using Alloc.PageTable;
using Alloc.Rcu;

namespace Alloc.Hostile.Tests.Misuse;

/// <summary>Every setting with absurd values: refused by the constructor with the setting's name, or legal, and then it works.</summary>
public class OptionsTests
{
    private static readonly TimeSpan TooLong = TimeSpan.FromMilliseconds(1.0 + int.MaxValue);

    /// <summary>For each setting: what is refused, and what is legal though odd.</summary>
    private static readonly Dictionary<string, (object?[] Refused, object?[] Legal)> Settings = new()
    {
        ["PageAllocatorOptions.MaxBytes"] = ([-1L, long.MinValue], [0L, 1L, 4095L, long.MaxValue]),
        ["PageAllocatorOptions.Budget"] = ([], [null, new MemoryBudget(0)]),
        ["PageAllocatorOptions.Source"] = ([(PageSourceKind)(-1), (PageSourceKind)2], [PageSourceKind.AlignedAlloc]),
        ["PageAllocatorOptions.HugePages"] = ([(HugePageUse)(-1), (HugePageUse)3], [HugePageUse.Always, HugePageUse.WhenLarge]),
        ["PageAllocatorOptions.TrimsWhenIdle"] = ([], [true, false]),
        ["PageAllocatorOptions.Hardening"] = ([(Hardening)8, (Hardening)(-1)], [Hardening.Poison | Hardening.Guard | Hardening.TrackOwners]),
        ["PageAllocatorOptions.QuarantineLength"] = ([-1, int.MinValue], [0, 1, int.MaxValue]),
        ["PageAllocatorOptions.LeakHandler"] = ([], [null]),
        ["PageAllocatorOptions.ReportsMemoryPressure"] = ([], [true, false]),
        ["PageAllocatorOptions.Name"] = ([], [null, ""]),

        ["RcuDomainOptions.Name"] = ([null], [""]),
        ["RcuDomainOptions.Mode"] = ([(ReclaimerMode)(-1), (ReclaimerMode)2], [ReclaimerMode.Inline]),
        ["RcuDomainOptions.MaxPendingBytes"] = ([-1L, long.MinValue], [0L, 1L, long.MaxValue]),
        ["RcuDomainOptions.MaxPendingCount"] = ([-1L, long.MinValue], [0L, 1L, long.MaxValue]),
        ["RcuDomainOptions.BackPressure"] = ([(BackPressurePolicy)(-1), (BackPressurePolicy)3], [BackPressurePolicy.Block, BackPressurePolicy.Fail]),
        ["RcuDomainOptions.ProducerAssist"] = ([], [true, false]),
        ["RcuDomainOptions.AssistBytes"] = ([-1L], [0L, long.MaxValue]),
        ["RcuDomainOptions.AssistCount"] = ([-1L], [0L, long.MaxValue]),
        ["RcuDomainOptions.HighWatermarkBytes"] = ([-1L, 0L], [long.MaxValue]),
        ["RcuDomainOptions.LowWatermarkBytes"] = ([-1L, long.MaxValue], [0L]),
        ["RcuDomainOptions.HighWatermarkCount"] = ([-1L, 0L], [long.MaxValue]),
        ["RcuDomainOptions.LowWatermarkCount"] = ([-1L, long.MaxValue], [0L]),
        ["RcuDomainOptions.ThrottlePause"] = ([TimeSpan.FromTicks(-1), TimeSpan.MinValue], [TimeSpan.Zero, TimeSpan.MaxValue]),
        ["RcuDomainOptions.SliceCallbacks"] = ([-1, 0, int.MinValue, int.MaxValue], [1, 1 << 24]),
        ["RcuDomainOptions.SliceTime"] = ([TimeSpan.FromTicks(-1)], [TimeSpan.Zero, TimeSpan.FromDays(1)]),
        ["RcuDomainOptions.MinimumInterval"] = ([TimeSpan.FromTicks(-1)], [TimeSpan.Zero, TimeSpan.MaxValue]),
        ["RcuDomainOptions.PollInterval"] = ([TimeSpan.FromTicks(-1), TimeSpan.Zero, TooLong, TimeSpan.MaxValue], [TimeSpan.FromTicks(1), TimeSpan.FromMilliseconds(int.MaxValue)]),
        ["RcuDomainOptions.IdleThreadLifetime"] = ([TimeSpan.FromTicks(-1), TimeSpan.Zero, TooLong], [TimeSpan.FromTicks(1)]),
        ["RcuDomainOptions.StallTimeout"] = ([TimeSpan.FromTicks(-1), TimeSpan.Zero, TooLong], [TimeSpan.FromMilliseconds(int.MaxValue)]),
        ["RcuDomainOptions.CaptureEnterStacks"] = ([], [true, false]),
        ["RcuDomainOptions.DisposeTimeout"] = ([TimeSpan.FromTicks(-1)], [TimeSpan.Zero, TimeSpan.MaxValue]),
        ["RcuDomainOptions.MaxPooledActions"] = ([-1, int.MinValue], [0, 1]),

        ["RadixTableOptions.Allocator"] = ([], [null]),
        ["RadixTableOptions.BatchAllocator"] = ([], [null]),
        ["RadixTableOptions.Domain"] = ([], [null]),
        ["RadixTableOptions.Reclaim"] = ([(ReclaimMode)(-1), (ReclaimMode)3], [ReclaimMode.None, ReclaimMode.SemiRcu]),
        ["RadixTableOptions.BatchThreshold"] = ([0, -1, int.MinValue, 10, int.MaxValue - 1], [1, 9, int.MaxValue]),
    };

    public static TheoryData<string> Names => [.. Settings.Keys];

    [Fact]
    public void Every_setting_is_in_the_matrix() => Assert.Equal(Surface.Settings.Order(StringComparer.Ordinal), Settings.Keys.Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Names))]
    public void An_absurd_value_is_refused_and_a_legal_one_works_for(string setting)
    {
        string type = setting.Split('.')[0], name = setting.Split('.')[1];
        foreach (object? value in Settings[setting].Refused)
        {
            object options = Make(type, name, value);
            var thrown = Assert.ThrowsAny<ArgumentException>(() => UseWith(options));
            // Two settings may contradict each other, and then either may be named.
            string told = thrown.ParamName + thrown.Message;
            Assert.True(told.Contains(name, StringComparison.Ordinal) || told.Contains(name.Replace("Low", "High", StringComparison.Ordinal), StringComparison.Ordinal), $"{setting} = {value}: {told}");
        }
        foreach (object? value in Settings[setting].Legal) UseWith(Make(type, name, value));
    }

    [Fact]
    public void No_options_at_all_are_the_defaults()
    {
        using (var pages = new PageAllocator(null))
        using (var domain = new RcuDomain(null))
        using (var table = new RadixTable<int>(null))
        {
            Assert.True(pages.TryAllocate(out Page page));
            pages.Free(page);
            domain.Synchronize();
            table[1] = 2;
        }
    }

    [Fact]
    public void Options_changed_afterwards_change_nothing()
    {
        var forPages = new PageAllocatorOptions { MaxBytes = 10 * Page.Size };
        var forDomain = new RcuDomainOptions { Name = "before" };
        using var pages = new PageAllocator(forPages);
        using var domain = new RcuDomain(forDomain);
        forPages.MaxBytes = 0;
        forDomain.Name = "after";
        var options = new RadixTableOptions { Allocator = pages, Domain = domain };
        using var table = new RadixTable<int>(options);
        options.Allocator = null;
        options.Domain = null;
        table[1] = 2;
        Assert.Equal("before", domain.Name);
        Assert.True(pages.GetStatistics().LiveBytes > 0);
    }

    private static object Make(string type, string name, object? value)
    {
        Type of = Surface.Types.Single(t => t.Name == type);
        object options = Activator.CreateInstance(of)!;
        PropertyInfo property = of.GetProperty(name)!;
        property.SetValue(options, value);
        return options;
    }

    // A little of everything, so that a setting that was let through has to work.
    private static void UseWith(object options)
    {
        using var pages = new PageAllocator(options as PageAllocatorOptions);
        using var domain = new RcuDomain(options as RcuDomainOptions);
        var forTable = options as RadixTableOptions ?? new RadixTableOptions();
        forTable.Allocator ??= pages;
        forTable.Domain ??= domain;
        using var table = new RadixTable<ulong>(forTable);
        var refused = new HashSet<ulong>();
        for (ulong key = 0; key < 3000; key += 3)
        {
            try
            {
                table[key] = key << 40;
            }
            catch (OutOfMemoryException)
            {
                refused.Add(key);
            }
        }
        for (ulong key = 0; key < 3000; key += 3) Assert.Equal(!refused.Contains(key), table.TryGetValue(key, out ulong value) && value == key << 40);
        int ran = 0;
        for (int i = 0; i < 100; i++)
        {
            if (!domain.TryDefer(count => Interlocked.Increment(ref ran), null)) domain.Barrier();
        }
        Assert.Equal(1000 - refused.Count, table.RemoveRange(0, ulong.MaxValue));
        domain.Barrier();
        Assert.InRange(ran, 1, 100);
        Assert.Empty(table);
        if (table.GetStatistics() is { EmptiedLeftStanding: 0 } && forTable.Reclaim != ReclaimMode.None) Assert.Equal(0, pages.GetStatistics().LivePages);
    }
}
