using System.Diagnostics.Tracing;

namespace Alloc.Native;

/// <summary>Rare events for diagnostic tools, under the name <c>Alloc.Native</c>.</summary>
[EventSource(Name = "Alloc.Native")]
internal sealed class NativeEventSource : EventSource
{
    public static readonly NativeEventSource Log = new();

    private NativeEventSource()
    {
    }

    [Event(1, Level = EventLevel.Warning, Message = "{0}")]
    public void Leaked(string report) => WriteEvent(1, report);
}
