using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Alloc.Native;
using Alloc.Rcu;

namespace Alloc.CodeProbe;

/// <summary>
/// Methods whose machine code <c>tests/GeneratedCode</c> reads, as the ahead-of-time compiler makes it for each processor. The protected word lies at a
/// displacement that occurs nowhere else, so that its load can be found between the announcing and the leaving store.
/// </summary>
internal static unsafe class Program
{
    private const int Displacement = 0x7A8;

    private static int Main()
    {
        using var domain = new RcuDomain();
        using RcuReader reader = domain.Register();
        using var allocator = new PageAllocator();
        using PageCache cache = allocator.CreateCache();
        byte* block = (byte*)NativeMemory.AllocZeroed(0x1000);
        ulong sum = Flat(reader, block) + Nested(reader, block) + Implicit(domain, block) + LoadTooEarly(reader, block);
        var head = (RcuHead*)NativeMemory.AllocZeroed((nuint)sizeof(RcuHead));
        Defer(reader, head, &Free);
        domain.Barrier();
        sum += PagePair(cache) + BlockPair(cache);
        NativeMemory.Free(block);
        return (int)sum;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Flat(RcuReader reader, byte* block)
    {
        ReadSection section = reader.EnterOutermost();
        ulong value = *(ulong*)(block + Displacement);
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Nested(RcuReader reader, byte* block)
    {
        ReadSection section = reader.Enter();
        ulong value = *(ulong*)(block + Displacement);
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong Implicit(RcuDomain domain, byte* block)
    {
        ReadSection section = domain.Enter();
        ulong value = *(ulong*)(block + Displacement);
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong LoadTooEarly(RcuReader reader, byte* block)
    {
        ulong value = Volatile.Read(ref *(ulong*)(block + Displacement));
        ReadSection section = reader.EnterOutermost();
        section.Dispose();
        return value;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Defer(RcuReader reader, RcuHead* head, delegate*<RcuHead*, void> callback) => reader.Defer(head, callback, 64);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong PagePair(PageCache cache)
    {
        if (!cache.TryAllocateUninitialized(out Page page)) return 1;
        cache.Free(page);
        if (!cache.TryAllocate(out page)) return 1;
        cache.FreeZeroed(page);
        return 0;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static ulong BlockPair(PageCache cache)
    {
        if (!cache.TryAllocateBlockUninitialized(64, out byte* block)) return 1;
        cache.FreeBlock(block);
        return 0;
    }

    private static void Free(RcuHead* head) => NativeMemory.Free(head);
}
