using System.Diagnostics;
using System.Reflection;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.PageTable.Tests;

/// <summary>What a debugger evaluates never throws, is bounded, and tells what is there: looked at as a debugger does, by the attributes.</summary>
public class DebuggingTests
{
    [Fact]
    public void A_table_shows_its_first_entries_its_nodes_and_what_waits()
    {
        using var fixture = new TableFixture<Guid>();
        for (ulong key = 0; key < 3000; key++) fixture.Table[key << 20] = Guid.NewGuid();
        fixture.Domain.Barrier(); // what was replaced is free, so that the figures stand still
        object view = View(fixture.Table);
        var entries = (Array)Read(view, "Entries");
        Assert.Equal(1000, entries.Length);
        Assert.Equal(new DebugEntry<Guid>(5 << 20, fixture.Table[5 << 20]), entries.GetValue(5));
        Assert.Equal(true, Read(view, "HasMore"));
        Assert.Equal(fixture.Table.GetStatistics(), Read(view, "Statistics"));
        Assert.Equal((fixture.Allocator, fixture.Domain), Read(view, "Owners"));
        Assert.Contains("3000", fixture.Table.ToString(), StringComparison.Ordinal);
        Assert.Equal(1000, ((Array)Read(View(fixture.Table.AsDictionary()), "Entries")).Length);
        fixture.Table.RemoveRange(1 << 20, ulong.MaxValue);
        Assert.Single((Array)Read(view, "Entries"));
        Assert.Equal(false, Read(view, "HasMore"));
        Assert.Equal("[0x10]", $"[{new DebugEntry<int>(16, 1).Hex}]");
    }

    [Fact]
    public void A_domain_shows_who_is_in_a_section_and_what_waits()
    {
        using var fixture = new TableFixture<Guid>();
        for (ulong key = 0; key < 300; key++) fixture.Table[key] = Guid.NewGuid();
        object view = View(fixture.Domain);
        Assert.Empty((Array)Read(view, "Sections"));
        using (fixture.Domain.Enter())
        {
            fixture.Table.Clear();
            object? section = Assert.Single(((Array)Read(view, "Sections")).Cast<object>());
            Assert.Equal(Environment.CurrentManagedThreadId, Read(section, "ThreadId"));
            Assert.NotEqual(0, Assert.IsType<RcuStatistics>(Read(view, "Statistics")).PendingCount);
        }
        Assert.Contains("pending", fixture.Domain.ToString(), StringComparison.Ordinal);
        Assert.Equal(fixture.Domain.Name, Read(view, "Name"));
        Assert.IsType<ulong>(Read(view, "CompletedEpoch"));
    }

    [Fact]
    public void An_allocator_shows_what_is_out()
    {
        using var allocator = new PageAllocator(new PageAllocatorOptions { Name = "mine" });
        Assert.True(allocator.TryAllocate(out Page page));
        Assert.Equal(1, Assert.IsType<PageAllocatorStatistics>(Read(View(allocator), "Statistics")).LivePages);
        Assert.Contains("(mine): 1 pages", (string)Read(allocator, "DebuggerText"), StringComparison.Ordinal);
        allocator.Free(page);
    }

    [Fact]
    public void Everything_shown_of_a_disposed_object_is_empty_and_throws_nothing()
    {
        var fixture = new TableFixture<int>();
        fixture.Table[1] = 1;
        fixture.Dispose();
        foreach (object disposed in new object[] { fixture.Table, fixture.Table.AsDictionary(), fixture.Domain, fixture.Allocator })
        {
            object view = View(disposed);
            foreach (PropertyInfo property in view.GetType().GetProperties())
            {
                object? shown = property.GetValue(view);
                if (shown is Array entries) Assert.Empty(entries);
            }
            Assert.Contains("disposed", Display(disposed), StringComparison.Ordinal);
            Assert.NotEmpty(disposed.ToString()!);
        }
    }

    // Where the attribute names no member of the object, its field holds one that has an attribute itself.
    private static string Display(object target)
    {
        string expression = target.GetType().GetCustomAttribute<DebuggerDisplayAttribute>()!.Value.Trim('{', '}').Replace(",nq", "", StringComparison.Ordinal);
        return expression == "ToString()" ? target.ToString()! : Read(target, expression).ToString()!;
    }

    private static object View(object target)
    {
        Type proxy = Type.GetType(target.GetType().GetCustomAttribute<DebuggerTypeProxyAttribute>()!.ProxyTypeName)!;
        if (proxy.IsGenericTypeDefinition) proxy = proxy.MakeGenericType(target.GetType().GetGenericArguments());
        return Activator.CreateInstance(proxy, target)!;
    }

    private static object Read(object target, string member)
    {
        const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;
        return target.GetType().GetProperty(member, Any)?.GetValue(target) ?? target.GetType().GetField(member, Any)!.GetValue(target)!;
    }
}
