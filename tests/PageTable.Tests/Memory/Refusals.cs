using System.Reflection;
using Alloc.Native;

namespace Alloc.PageTable.Tests;

/// <summary>An allocator that refuses one chosen request, of a page or of a block; nothing comes from caches.</summary>
internal static class Refusals
{
    private static readonly FieldInfo FailEvery = Field(typeof(PageAllocator), "_failEvery");
    private static readonly FieldInfo Traffic = Field(typeof(PageAllocator), "_traffic");

    /// <summary>An allocator that counts requests and refuses none yet.</summary>
    public static PageAllocator CreateAllocator() => new(new PageAllocatorOptions { FailEvery = int.MaxValue });

    /// <summary>Requests so far.</summary>
    public static long Requests(PageAllocator pages) => (long)Field(Traffic.FieldType, "Requests").GetValue(Traffic.GetValue(pages))!;

    /// <summary>Refuses the k-th request from now on, and none after it before as many as there have been have come again.</summary>
    public static void RefuseOnce(PageAllocator pages, int k) => FailEvery.SetValue(pages, checked((int)Requests(pages) + k));

    /// <summary>Refuses every request from now on.</summary>
    public static void RefuseAll(PageAllocator pages) => FailEvery.SetValue(pages, 1);

    public static void RefuseNone(PageAllocator pages) => FailEvery.SetValue(pages, int.MaxValue);

    private static FieldInfo Field(Type type, string name) =>
        type.GetField(name, BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.Public) ?? throw new InvalidOperationException($"{type} has no field {name} any more");
}
