using System.Diagnostics;

namespace Alloc.Native;

[DebuggerDisplay("{DebuggerText,nq}")]
[DebuggerTypeProxy(typeof(PageAllocatorDebugView))]
public sealed unsafe partial class PageAllocator
{
    internal bool IsDisposed => SharedWord.Load(ref _disposed) != 0;

    internal string DebuggerText
    {
        get
        {
            if (IsDisposed)
                return $"{this} (disposed)";
            PageAllocatorStatistics statistics = GetStatistics();
            return $"{this}: {statistics.LivePages} pages and {statistics.LiveBlocks} blocks out, {statistics.CommittedBytes} bytes committed";
        }
    }
}

/// <summary>What a debugger shows of an allocator: what is out, cached and committed. Safe on a disposed one, of which all is zero.</summary>
internal sealed class PageAllocatorDebugView(PageAllocator allocator)
{
    public bool IsDisposed => allocator.IsDisposed;

    public PageAllocatorStatistics Statistics => allocator.GetStatistics();
}
