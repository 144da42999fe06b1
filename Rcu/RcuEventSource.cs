using System.Diagnostics.CodeAnalysis;
using System.Diagnostics.Tracing;

namespace Alloc.Rcu;

/// <summary>The EventSource <c>Alloc-Rcu</c>: stalls and failed callbacks.</summary>
[EventSource(Name = "Alloc-Rcu")]
internal sealed class RcuEventSource : EventSource
{
    public static readonly RcuEventSource Log = new();

    private RcuEventSource()
    {
    }

    [Event(1, Level = EventLevel.Warning, Message = "Domain {0}: thread {1} '{2}' has delayed a grace period for {3} ms; {4} bytes pending")]
    public void ReaderStalled(string domain, int managedThreadId, string thread, long milliseconds, long pendingBytes)
    {
        if (IsEnabled()) WriteStalled(domain, managedThreadId, thread, milliseconds, pendingBytes);
    }

    [Event(2, Level = EventLevel.Error, Message = "Domain {0}: a deferred callback threw {1}")]
    public void CallbackFailed(string domain, string exception)
    {
        if (IsEnabled()) WriteEvent(2, domain, exception);
    }

    [NonEvent]
    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Only strings and integers are written.")]
    private unsafe void WriteStalled(string domain, int managedThreadId, string thread, long milliseconds, long pendingBytes)
    {
        fixed (char* domainText = domain, threadText = thread)
        {
            var data = stackalloc EventData[5];
            data[0] = new EventData { DataPointer = (nint)domainText, Size = (domain.Length + 1) * 2 };
            data[1] = new EventData { DataPointer = (nint)(&managedThreadId), Size = sizeof(int) };
            data[2] = new EventData { DataPointer = (nint)threadText, Size = (thread.Length + 1) * 2 };
            data[3] = new EventData { DataPointer = (nint)(&milliseconds), Size = sizeof(long) };
            data[4] = new EventData { DataPointer = (nint)(&pendingBytes), Size = sizeof(long) };
            WriteEventCore(1, 5, data);
        }
    }
}
